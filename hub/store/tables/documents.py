"""Documents of the register: what there is of whom, and how often; the content lies sealed in a file beside the store.

What describes a document (the key of its file, its name, the number and dates that stand on it) is sealed under the key
of the person whom it is about.
"""

from typing import NamedTuple

from hub.store.columns import Index, Table, Unique, blob, instant, number, text
from hub.store.statement import Query, RowChange, Statement

DOCUMENTS = Table(
    "documents",
    text("id", key=True),
    text("person"),
    text("kind"),
    text("about"),
    text("series"),
    number("edition"),
    text("media"),
    number("size"),
    text("mark"),
    text("ct_sha256"),
    text("state"),
    instant("filed_at"),
    text("entry"),
    text("transmission", null=True),
    blob("sealed", null=True),
    Index("documents_person", "person"),
    Index("documents_entry", "entry"),
    Unique("series", "edition"),
)
"""``series``: what is one after another the same paper of a person. ``state``: kept, or removed: then nothing is sealed
here any more, and the file is gone. ``mark``: a keyed digest of the content, by which the same again is known.
``entry``: the one of its filing. ``transmission``: what was entered upon it."""


class DocumentRow(NamedTuple):
    """A document of the register."""

    id: str
    person: str
    kind: str
    about: str
    series: str
    edition: int
    media: str
    size: int
    mark: str
    ct_sha256: str
    state: str
    filed_at: int
    entry: str
    transmission: str | None
    sealed: bytes | None


class FiledDocument(NamedTuple):
    """What an entry filed."""

    id: str
    entry: str
    size: int
    ct_sha256: str


class DocumentId(NamedTuple):
    """That there is one."""

    id: str


class DocumentCount(NamedTuple):
    """How many there are, and how many bytes they have."""

    documents: int
    bytes: int


# A document.
document = Query(
    DocumentRow,
    """
    SELECT id, person, kind, about, series, edition, media, size, mark, ct_sha256, state, filed_at, entry, transmission,
      sealed
    FROM documents WHERE id = :id
    """,
)

# The documents of a person, by kind and what they are about, the first edition first.
documents_of = Query(
    DocumentRow,
    """
    SELECT id, person, kind, about, series, edition, media, size, mark, ct_sha256, state, filed_at, entry, transmission,
      sealed
    FROM documents WHERE person = :person ORDER BY kind, about, series, edition
    """,
)

# The documents that are kept, some at a time, in the order of their ids.
kept_after = Query(
    DocumentRow,
    """
    SELECT id, person, kind, about, series, edition, media, size, mark, ct_sha256, state, filed_at, entry, transmission,
      sealed
    FROM documents WHERE state = 'kept' AND id > :after ORDER BY id LIMIT :limit
    """,
)

# The documents that these entries filed; ``entries`` is a JSON array.
documents_filed = Query(
    FiledDocument,
    "SELECT id, entry, size, ct_sha256 FROM documents WHERE entry IN (SELECT value FROM {each:entries})",
)

# Which of these documents are kept; ``ids`` is a JSON array.
kept_among = Query(DocumentId, "SELECT id FROM documents WHERE state = 'kept' AND id IN (SELECT value FROM {each:ids})")

# How many documents a person has.
count_of_person = Query(
    DocumentCount,
    "SELECT count(*) AS documents, CAST(coalesce(sum(size), 0) AS BIGINT) AS bytes FROM documents "
    "WHERE person = :person AND state = 'kept'",
)

# How many there are in all.
count_of_all = Query(
    DocumentCount,
    "SELECT count(*) AS documents, CAST(coalesce(sum(size), 0) AS BIGINT) AS bytes FROM documents WHERE state = 'kept'",
)

# File a document.
insert_document = Statement("""
    INSERT INTO documents (id, person, kind, about, series, edition, media, size, mark, ct_sha256, state, filed_at,
      entry, transmission, sealed)
    VALUES (:id, :person, :kind, :about, :series, :edition, :media, :size, :mark, :ct_sha256, 'kept', :filed_at,
      :entry, :transmission, :sealed)
""")

# Remove one: nothing can open its file any more.
remove_document = RowChange("UPDATE documents SET state = 'removed', sealed = NULL WHERE id = :of AND state = 'kept'")
