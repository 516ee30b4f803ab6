"""Who it is: sealed identifiers, persons, and the links that say which identifier is which person, when."""

from typing import NamedTuple

from hub.store.columns import Index, Table, blob, instant, number, text
from hub.store.statement import Query, RowChange, Statement

SUBJECTS = Table(
    "subjects",
    text("token", key=True),
    text("source"),
    blob("lookup", unique=True),
    text("key"),
    blob("sealed"),
)

PEOPLE = Table(
    "people",
    text("person", key=True),
    text("subject", unique=True),
    number("epoch"),
    instant("as_of"),
    blob("profile", null=True),
)
"""``profile`` is a JSON object, how to call and reach somebody, sealed under the key of ``subject`` for ``person``."""

LINKS = Table(
    "links",
    text("subject", key=True),
    text("person", key=True),
    instant("valid_from", key=True),
    instant("valid_until"),
    instant("known_at"),
    Index("links_person", "person"),
    rowid=False,
)


class SubjectKey(NamedTuple):
    """The token of an identifier and the id of the key that seals it."""

    token: str
    key: str


class SubjectRow(NamedTuple):
    """An identifier as it lies sealed."""

    source: str
    key: str
    sealed: bytes


class LinkedSubject(NamedTuple):
    """A sealed identifier and when it is a person's."""

    token: str
    source: str
    key: str
    sealed: bytes
    valid_from: int
    valid_until: int


class PersonOfSubject(NamedTuple):
    """The person of a roster identifier, and from when the roster's word is."""

    person: str
    as_of: int


class EpochRow(NamedTuple):
    """The fencing token of what is wanted for a person."""

    person: str
    epoch: int


class PersonRow(NamedTuple):
    """The roster identifier of a person, and the fencing token of what is wanted for them."""

    subject: str
    epoch: int


class SealedProfile(NamedTuple):
    """How to call and reach a person, their roster identifier, and the key that opens both."""

    profile: bytes | None
    key: str
    token: str
    sealed: bytes


class AsOf(NamedTuple):
    """From when the roster's word about a person is."""

    as_of: int


class PersonSubject(NamedTuple):
    """A person and their roster identifier."""

    person: str
    subject: str


class LinkRow(NamedTuple):
    """Whose an identifier is, in ``[valid_from, valid_until)``."""

    person: str
    valid_from: int
    valid_until: int


class PartedRow(NamedTuple):
    """Until when an identifier was a person's, and when that was known."""

    valid_until: int
    known_at: int


class KeyInUse(NamedTuple):
    """An identifier and its key."""

    token: str
    key: str


# Who a keyed digest stands for.
subject_by_lookup = Query(SubjectKey, "SELECT token, key FROM subjects WHERE lookup = :lookup")

# Those of some tokens that stand for somebody; ``tokens`` is a JSON array.
subjects_by_token = Query(
    SubjectKey, "SELECT token, key FROM subjects WHERE token IN (SELECT value FROM {each:tokens})"
)

# Keep a new identifier; somebody may have been quicker.
insert_subject = Statement("""
    INSERT INTO subjects (token, source, lookup, key, sealed) VALUES (:token, :source, :lookup, :key, :sealed)
    ON CONFLICT DO NOTHING
""")

# An identifier, to be opened.
subject = Query(SubjectRow, "SELECT source, key, sealed FROM subjects WHERE token = :token")

# All identifiers that are or were a person's.
subjects_of_person = Query(
    LinkedSubject,
    """
    SELECT subjects.token, subjects.source, subjects.key, subjects.sealed, links.valid_from, links.valid_until
    FROM subjects JOIN links ON links.subject = subjects.token
    WHERE links.person = :person
    """,
)

# Keep a new person.
insert_person = Statement("""
    INSERT INTO people (person, subject, epoch, as_of) VALUES (:person, :subject, :epoch, :as_of)
    ON CONFLICT DO NOTHING
""")

# The person whom the roster means by an identifier.
person_of_subject = Query(PersonOfSubject, "SELECT person, as_of FROM people WHERE subject = :subject")

# A person.
person = Query(PersonRow, "SELECT subject, epoch FROM people WHERE person = :person")

# How to call and reach a person.
profile = Query(
    SealedProfile,
    """
    SELECT people.profile, subjects.key, subjects.token, subjects.sealed
    FROM people JOIN subjects ON subjects.token = people.subject
    WHERE people.person = :person
    """,
)

# Say how to call and reach a person.
set_profile = RowChange("UPDATE people SET profile = :profile WHERE person = :of")

# From when the roster's word about a person is.
person_as_of = Query(AsOf, "SELECT as_of FROM people WHERE person = :person")

# Everybody.
all_people = Query(PersonSubject, "SELECT person, subject FROM people")

# The roster has said something later about a person.
set_person_as_of = RowChange("UPDATE people SET as_of = :as_of WHERE person = :of")

# What is wanted for a person has changed.
grow_epoch = RowChange("UPDATE people SET epoch = epoch + 1 WHERE person = :of")

# Their tokens; ``people`` is a JSON array.
epochs_of = Query(EpochRow, "SELECT person, epoch FROM people WHERE person IN (SELECT value FROM {each:people})")

# The identifiers that are a person's no more, until when they were, and when that was known.
parted_from = Query(
    PartedRow,
    """
    SELECT valid_until, known_at FROM links
    WHERE person = :person AND valid_until < 4611686018427387904 AND known_at <= :known_by
    """,
)

# Say whose an identifier is; one that begins at the same instant is replaced.
insert_link = Statement("""
    INSERT INTO links (subject, person, valid_from, valid_until, known_at)
    VALUES (:subject, :person, :valid_from, :valid_until, :known_at)
    ON CONFLICT (subject, person, valid_from)
    DO UPDATE SET valid_until = excluded.valid_until, known_at = excluded.known_at
""")

# Whose an identifier is or was.
links_of_subject = Query(LinkRow, "SELECT person, valid_from, valid_until FROM links WHERE subject = :subject")

# End what is open of a link.
end_link = Statement("""
    UPDATE links SET valid_until = :until, known_at = :now
    WHERE subject = :of AND person = :whom AND valid_until > :until
""")

# Take a link away.
delete_link = RowChange("DELETE FROM links WHERE subject = :of AND person = :whom AND valid_from = :since")

# The keys of all identifiers, some at a time.
keys_in_use = Query(KeyInUse, "SELECT token, key FROM subjects WHERE token > :after ORDER BY token LIMIT :limit")
