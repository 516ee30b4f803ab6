"""What came in: transmissions with their sealed bodies, items set aside, items that wait for a link."""

from typing import NamedTuple

from hub.store.columns import Index, Table, blob, instant, number, small, text
from hub.store.statement import Query, RowChange, Statement

TRANSMISSIONS = Table(
    "transmissions",
    text("id", key=True),
    text("connector"),
    blob("digest"),
    instant("received_at"),
    text("terminal", null=True),
    text("bucket"),
    blob("sealed"),
    text("counts"),
    text("state"),
    blob("mapping", null=True),
)
"""``mapping`` is the digest of the document that read it, if one was asked. ``terminal`` is what its terminal was when
it brought it; whatever else came with the body may name somebody, and is sealed with it."""

MAPPING_DOCUMENTS = Table(
    "mapping_documents",
    blob("digest", key=True),
    text("name"),
    text("version"),
    blob("text"),
    instant("first_at"),
)
"""Every document that ever read something, as its file was."""

QUARANTINE = Table(
    "quarantine",
    text("id", key=True),
    text("connector"),
    text("transmission"),
    small("item"),
    text("code"),
    text("place"),
    text("expected"),
    text("expected_zh"),
    text("bucket"),
    blob("sealed"),
    instant("at"),
    text("state"),
    Index("quarantine_state", "state", "at"),
    Index("quarantine_waiting", "connector", "code", "at", only="state = 'waiting'"),
)

HELD = Table(
    "held",
    text("subject", key=True),
    text("connector", key=True),
    number("items"),
    instant("since"),
    rowid=False,
)


class KnownTransmission(NamedTuple):
    """What tells a repeat from new content under a known id, and what was answered."""

    id: str
    digest: bytes
    counts: str
    state: str


class TransmissionRow(NamedTuple):
    """A transmission as it was kept."""

    connector: str
    received_at: int
    bucket: str
    sealed: bytes
    state: str
    digest: bytes
    counts: str


class Brought(NamedTuple):
    """A transmission, and when it arrived."""

    id: str
    received_at: int


class ReadTransmission(NamedTuple):
    """A transmission as it was kept, with the digest of the document that read it."""

    id: str
    connector: str
    received_at: int
    bucket: str
    sealed: bytes
    digest: bytes
    mapping: bytes | None


class KeptDocument(NamedTuple):
    """A document as its file was when it read something."""

    name: str
    text: bytes


class SealedTransmission(NamedTuple):
    """The sealed bytes of a transmission."""

    id: str
    connector: str
    sealed: bytes


class QuarantineRow(NamedTuple):
    """Why an item was set aside; what it said stays sealed."""

    id: str
    connector: str
    transmission: str
    item: int
    code: str
    place: str
    expected: str
    expected_zh: str
    at: int


class QuarantinedItem(NamedTuple):
    """An item set aside, with its sealed bytes."""

    connector: str
    transmission: str
    bucket: str
    sealed: bytes
    state: str
    item: int
    place: str


class HeldItems(NamedTuple):
    """How many items of an instance wait for the link of one subject."""

    connector: str
    items: int


class HeldRow(NamedTuple):
    """A subject whose items wait, and since when."""

    subject: str
    connector: str
    items: int
    since: int


# Keep a transmission.
insert_transmission = Statement("""
    INSERT INTO transmissions (id, connector, digest, received_at, terminal, bucket, sealed, counts, state, mapping)
    VALUES (:id, :connector, :digest, :received_at, :terminal, :bucket, :sealed, :counts, :state, :mapping)
""")

# Keep a mapping document; it may be known.
insert_mapping = Statement("""
    INSERT INTO mapping_documents (digest, name, version, text, first_at)
    VALUES (:digest, :name, :version, :text, :first_at)
    ON CONFLICT DO NOTHING
""")

# Which of these ids are known; ``ids`` is a JSON array.
known_transmissions = Query(
    KnownTransmission,
    "SELECT id, digest, counts, state FROM transmissions WHERE id IN (SELECT value FROM {each:ids})",
)

# The sealed bytes of these transmissions; ``ids`` is a JSON array.
sealed_transmissions = Query(
    SealedTransmission, "SELECT id, connector, sealed FROM transmissions WHERE id IN (SELECT value FROM {each:ids})"
)

# The sealed bytes of what a mended transmission took the place of; ``versions`` is its id followed by ``~%``.
superseded_transmissions = Query(
    SealedTransmission, "SELECT id, connector, sealed FROM transmissions WHERE id LIKE :versions"
)

# One transmission, to be read again.
transmission = Query(
    TransmissionRow,
    "SELECT connector, received_at, bucket, sealed, state, digest, counts FROM transmissions WHERE id = :id",
)

# Which transmissions an instance brought since an instant, the earliest first.
brought_since = Query(
    Brought,
    """
    SELECT id, received_at FROM transmissions
    WHERE connector = :connector AND received_at >= :since AND state <> 'superseded' ORDER BY received_at, id
    """,
)

# These transmissions, with what read each; ``ids`` is a JSON array.
transmissions_of = Query(
    ReadTransmission,
    """
    SELECT id, connector, received_at, bucket, sealed, digest, mapping FROM transmissions
    WHERE id IN (SELECT value FROM {each:ids}) ORDER BY received_at, id
    """,
)

# The text of a document that read something.
mapping_document = Query(KeptDocument, "SELECT name, text FROM mapping_documents WHERE digest = :digest")

# Set a transmission aside under another id, because a mended one takes its own.
rename_transmission = RowChange("UPDATE transmissions SET id = :to, state = 'superseded' WHERE id = :of")

# Set an item aside.
insert_quarantine = Statement("""
    INSERT INTO quarantine
      (id, connector, transmission, item, code, place, expected, expected_zh, bucket, sealed, at, state)
    VALUES
      (:id, :connector, :transmission, :item, :code, :place, :expected, :expected_zh, :bucket, :sealed, :at, :state)
""")

# The items set aside in one state, longest first.
quarantine_list = Query(
    QuarantineRow,
    """
    SELECT id, connector, transmission, item, code, place, expected, expected_zh, at
    FROM quarantine WHERE state = :state ORDER BY at LIMIT :limit
    """,
)

# One item set aside, to be read again.
quarantine_one = Query(
    QuarantinedItem, "SELECT connector, transmission, bucket, sealed, state, item, place FROM quarantine WHERE id = :id"
)

# Say what became of an item set aside.
set_quarantine = Statement("UPDATE quarantine SET state = :state WHERE id = :of AND state = 'waiting'")

# Items of a transmission that a mended one replaces wait no longer.
supersede_quarantine = Statement("""
    UPDATE quarantine SET state = 'superseded', transmission = :to WHERE transmission = :of AND state = 'waiting'
""")

# So many items more wait for the link of a subject.
add_held = Statement("""
    INSERT INTO held (subject, connector, items, since) VALUES (:subject, :connector, :items, :since)
    ON CONFLICT (subject, connector) DO UPDATE SET items = held.items + excluded.items
""")

# What waits for the link of one subject.
held_of_subject = Query(HeldItems, "SELECT connector, items FROM held WHERE subject = :subject")

# Nothing waits for the link of a subject any more.
delete_held = Statement("DELETE FROM held WHERE subject = :subject")

# Who is waited for, longest first.
held_list = Query(HeldRow, "SELECT subject, connector, items, since FROM held ORDER BY since LIMIT :limit")
