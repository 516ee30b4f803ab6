"""Who was erased, and the texts that take what names somebody out of the store; entries of the log stay."""

from typing import NamedTuple

from hub.store.columns import Table, instant, text
from hub.store.statement import Query, RowChange, Statement

ERASED = Table(
    "erased",
    text("person", key=True),
    instant("at"),
    text("entry"),
    text("keys"),
    text("documents"),
    text("state"),
    rowid=False,
)
"""``keys`` and ``documents`` are JSON arrays: what is still to be destroyed outside the store while ``state`` is due;
then it is done, and both are empty."""


class ErasedRow(NamedTuple):
    """A person who was erased, and what is still to be destroyed outside the store."""

    person: str
    at: int
    entry: str
    keys: str
    documents: str
    state: str


class SealedBody(NamedTuple):
    """The raw body of a transmission, sealed."""

    id: str
    connector: str
    digest: bytes
    received_at: int
    bucket: str
    sealed: bytes


class SealedAside(NamedTuple):
    """An item set aside, sealed, with what its seal is bound to."""

    id: str
    item: int
    connector: str
    digest: bytes
    bucket: str
    sealed: bytes


class SealedEnclosure(NamedTuple):
    """What a member of an entry commits to, sealed."""

    entry: str
    member: str
    bucket: str
    sealed: bytes


class LastWord(NamedTuple):
    """When something was said last, if ever."""

    at: int | None


class FromTransmission(NamedTuple):
    """What brought something, and when."""

    transmission: str
    at: int


class ErasureEntry(NamedTuple):
    """The canonical bytes of an entry, as text."""

    body: str


class NumberSealed(NamedTuple):
    """A certificate number, sealed under the key of its holder."""

    token: str
    key: str
    sealed: bytes


# Whether a person was erased.
erased_of = Query(ErasedRow, "SELECT person, at, entry, keys, documents, state FROM erased WHERE person = :person")

# Of whom something outside the store is still to be destroyed.
erased_due = Query(ErasedRow, "SELECT person, at, entry, keys, documents, state FROM erased WHERE state = 'due'")

# A person is erased.
insert_erased = Statement("""
    INSERT INTO erased (person, at, entry, keys, documents, state)
    VALUES (:person, :at, :entry, :keys, :documents, 'due')
""")

# What lay outside the store is destroyed too.
settle_erased = RowChange("UPDATE erased SET keys = '[]', documents = '[]', state = 'done' WHERE person = :of")

# Raw bodies, some at a time; of those that were erased none.
bodies_after = Query(
    SealedBody,
    """
    SELECT id, connector, digest, received_at, bucket, sealed FROM transmissions
    WHERE id > :after AND state <> 'erased' ORDER BY id LIMIT :limit
    """,
)

# The raw bodies of these transmissions, and what these entries commit to; ``ids`` is a JSON array.
bodies_of = Query(
    SealedBody,
    """
    SELECT id, connector, digest, received_at, bucket, sealed FROM transmissions
    WHERE id IN (SELECT value FROM {each:ids})
    """,
)
enclosures_with = Query(
    SealedEnclosure,
    "SELECT entry, member, bucket, sealed FROM enclosures WHERE entry IN (SELECT value FROM {each:ids})",
)

# Items set aside, some at a time.
asides_after = Query(
    SealedAside,
    """
    SELECT quarantine.id, item, quarantine.connector, transmissions.digest, quarantine.bucket, quarantine.sealed
    FROM quarantine JOIN transmissions ON transmissions.id = quarantine.transmission
    WHERE quarantine.id > :after ORDER BY quarantine.id LIMIT :limit
    """,
)

# What entries commit to, some at a time.
enclosures_after = Query(
    SealedEnclosure,
    """
    SELECT entry, member, bucket, sealed FROM enclosures WHERE (entry, member) > (:entry, :member)
    ORDER BY entry, member LIMIT :limit
    """,
)

# What brought the facts of identifiers; ``subjects`` is a JSON array.
facts_brought = Query(
    FromTransmission,
    """
    SELECT transmission, max(arrived_at) AS at FROM facts WHERE subject IN (SELECT value FROM {each:subjects})
    GROUP BY transmission
    """,
)

# What brought their punches.
punches_brought = Query(
    FromTransmission,
    """
    SELECT transmission, max(arrived_at) AS at FROM punches WHERE subject IN (SELECT value FROM {each:subjects})
    GROUP BY transmission
    """,
)

# When the last document of a person was filed.
last_filed = Query(LastWord, "SELECT max(filed_at) AS at FROM documents WHERE person = :person")

# The certificate numbers that keys seal; ``keys`` is a JSON array.
numbers_sealed = Query(
    NumberSealed,
    """
    SELECT token, key, sealed FROM subjects
    WHERE key IN (SELECT value FROM {each:keys}) AND source = :source ORDER BY token
    """,
)

# Nothing opens these bodies any more; ``ids`` is a JSON array. Their rows stay, so that a repeat is known.
erase_bodies = Statement("""
    UPDATE transmissions SET sealed = :nothing, state = 'erased'
    WHERE id IN (SELECT value FROM {each:ids})
""")
erase_asides_of = Statement("""
    UPDATE quarantine SET sealed = :nothing, state = CASE state WHEN 'waiting' THEN 'erased' ELSE state END
    WHERE transmission IN (SELECT value FROM {each:ids})
""")
erase_asides = Statement("""
    UPDATE quarantine SET sealed = :nothing, state = CASE state WHEN 'waiting' THEN 'erased' ELSE state END
    WHERE id IN (SELECT value FROM {each:ids})
""")
erase_receipts = Statement("DELETE FROM receipts WHERE transmission IN (SELECT value FROM {each:ids})")
erase_enclosures = Statement("DELETE FROM enclosures WHERE entry IN (SELECT value FROM {each:entries})")

# What was said under an identifier, while it was a person's.
erase_facts = Statement("DELETE FROM facts WHERE subject = :subject AND at >= :since AND at < :until")
erase_punches = Statement("DELETE FROM punches WHERE subject = :subject AND at >= :since AND at < :until")
# Who answers for a post of somebody else is named no more.
forget_sponsor = Statement("""
    UPDATE facts SET body = replace(body, :named, :unnamed) WHERE kind = 'assignment' AND body LIKE :like
""")
erase_held = Statement("DELETE FROM held WHERE subject = :subject")
erase_subjects = Statement("DELETE FROM subjects WHERE key = :key")

# Decisions stay, without what they said; their entries commit to that.
erase_decisions = Statement("UPDATE decisions SET body = '', salt = NULL WHERE person = :person")
erase_documents = Statement("""
    UPDATE documents SET state = 'erased', sealed = NULL WHERE person = :person AND state = 'kept'
""")
erase_certificates = Statement("""
    UPDATE certificates SET state = 'nobody', signed = NULL, page = NULL WHERE person = :person
""")

OF_A_PERSON = (
    Statement("DELETE FROM alarms WHERE person = :person"),
    Statement("DELETE FROM case_members WHERE person = :person"),
    Statement("DELETE FROM commands WHERE person = :person"),
    Statement("DELETE FROM desired WHERE person = :person"),
    Statement("DELETE FROM due WHERE person = :person"),
    Statement("DELETE FROM folded WHERE person = :person"),
    Statement("DELETE FROM guarded WHERE person = :person"),
    Statement("DELETE FROM known_open WHERE person = :person"),
    Statement("DELETE FROM links WHERE person = :person"),
    Statement("DELETE FROM notices WHERE person = :person"),
    Statement("DELETE FROM outbox WHERE person = :person"),
    Statement("DELETE FROM overrides WHERE person = :person"),
    Statement("DELETE FROM partner_words WHERE person = :person"),
    Statement("DELETE FROM people WHERE person = :person"),
    Statement("DELETE FROM registrations WHERE person = :person"),
    Statement("DELETE FROM sponsored WHERE person = :person"),
    Statement("DELETE FROM standings WHERE person = :person"),
    Statement("DELETE FROM told WHERE person = :person"),
    Statement("DELETE FROM withdrawals WHERE person = :person"),
)
"""What goes whole with a person."""

# The entries that say what was erased.
erasures = Query(ErasureEntry, "SELECT body FROM entries WHERE kind = 'erased' ORDER BY seq")
