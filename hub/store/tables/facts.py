"""What is known: facts, and attendance folded from them."""

from typing import NamedTuple

from sqlalchemy import Index, Table
from sqlalchemy import text as sql

from hub.store.columns import blob, instant, metadata, number, row_number, text
from hub.store.statement import Query, Statement

FACTS = Table(
    "facts",
    metadata,
    row_number("id", auto=True),
    number("slot"),
    blob("key"),
    blob("digest"),
    text("kind"),
    text("subject"),
    text("topic"),
    instant("at"),
    instant("known_at"),
    text("transmission"),
    text("body"),
    Index("facts_slot", "slot", "key", unique=True),
    Index(
        "facts_subject",
        "subject",
        "kind",
        "at",
        sqlite_where=sql("kind <> 'punch'"),
        postgresql_where=sql("kind <> 'punch'"),
    ),
    Index(
        "facts_topic",
        "topic",
        "kind",
        sqlite_where=sql("kind IN ('enrolment', 'voided')"),
        postgresql_where=sql("kind IN ('enrolment', 'voided')"),
    ),
)

FOLDED = Table(
    "folded",
    metadata,
    text("person", key=True),
    text("unit", key=True),
    text("body", null=True),
    sqlite_with_rowid=False,
)


class FactDigest(NamedTuple):
    """The content of a fact, as a digest, and what brought it first."""

    key: bytes
    digest: bytes
    transmission: str


class FactRow(NamedTuple):
    """A fact with its record as JSON."""

    id: int
    kind: str
    subject: str
    topic: str
    at: int
    body: str


class PunchRow(NamedTuple):
    """A punch with its record as JSON; its topic is the terminal."""

    subject: str
    topic: str
    at: int
    body: str


class Topic(NamedTuple):
    """What facts are about: a course, a session, a statement."""

    topic: str


class FactOrigin(NamedTuple):
    """Whom and what a fact is about."""

    subject: str
    kind: str
    topic: str
    at: int


class SessionRow(NamedTuple):
    """A statement about a session of the plan."""

    body: str
    known_at: int


class Enrolled(NamedTuple):
    """An identifier of somebody who was enrolled."""

    subject: str


class FoldRow(NamedTuple):
    """Attendance of one unit, folded; nothing where it must be folded again."""

    unit: str
    body: str | None


# Keep a fact; the same one may be known.
insert_fact = Statement("""
    INSERT INTO facts (slot, key, digest, kind, subject, topic, at, known_at, transmission, body)
    VALUES (:slot, :key, :digest, :kind, :subject, :topic, :at, :known_at, :transmission, :body)
    ON CONFLICT DO NOTHING
""")

# The fact of a key, to compare it.
fact_digests = Query(FactDigest, "SELECT key, digest, transmission FROM facts WHERE slot = :slot AND key = :key")

# What is said of a person; ``kind <> 'punch'`` lets the index be used that holds only these.
statements_of = Query(
    FactRow,
    """
    SELECT facts.id, facts.kind, facts.subject, facts.topic, facts.at, facts.body
    FROM links JOIN facts ON facts.subject = links.subject
    WHERE links.person = :person AND facts.at >= links.valid_from AND facts.at < links.valid_until
      AND facts.known_at <= :known_by AND facts.kind <> 'punch'
      AND facts.kind IN ('assignment', 'leave', 'enrolment', 'credential_status', 'result', 'credited_hours')
    """,
)

# What a person studied in one course.
studies_of = Query(
    FactRow,
    """
    SELECT facts.id, facts.kind, facts.subject, facts.topic, facts.at, facts.body
    FROM links JOIN facts ON facts.subject = links.subject
    WHERE links.person = :person AND facts.at >= links.valid_from AND facts.at < links.valid_until
      AND facts.known_at <= :known_by AND facts.kind <> 'punch' AND facts.kind = 'study' AND facts.topic = :topic
    """,
)

# The courses that a person studied.
courses_of_person = Query(
    Topic,
    """
    SELECT DISTINCT facts.topic
    FROM links JOIN facts ON facts.subject = links.subject
    WHERE links.person = :person AND facts.at >= links.valid_from AND facts.at < links.valid_until
      AND facts.known_at <= :known_by AND facts.kind <> 'punch' AND facts.kind = 'study'
    """,
)

# The punches of some slots and between two instants, both inclusive; ``slots`` is a JSON array.
punches_in = Query(
    PunchRow,
    """
    SELECT subject, topic, at, body FROM facts
    WHERE slot IN (SELECT CAST(value AS BIGINT) FROM {each:slots}) AND kind = 'punch'
      AND at >= :from AND at <= :until AND known_at <= :known_by
    """,
)

# The courses that were studied under an identifier.
courses_of_subject = Query(
    Topic,
    "SELECT DISTINCT topic FROM facts WHERE subject = :subject AND kind <> 'punch' AND kind = 'study'",
)

# The sessions in which an identifier was enrolled.
sessions_of_subject = Query(
    Topic,
    "SELECT DISTINCT topic FROM facts WHERE subject = :subject AND kind <> 'punch' AND kind = 'enrolment'",
)

# The statements that their source withdrew.
all_voided = Query(Topic, "SELECT topic FROM facts WHERE kind = 'voided'")

# Whom and what the fact of a sender's id is about.
fact_subject = Query(FactOrigin, "SELECT subject, kind, topic, at FROM facts WHERE slot = 0 AND key = :key")

# All that was said about sessions of the plan.
sessions = Query(
    SessionRow,
    "SELECT body, known_at FROM facts WHERE subject = '' AND kind <> 'punch' AND kind = 'session'",
)

# Who was enrolled in a session, by identifier.
enrolled_in = Query(Enrolled, "SELECT DISTINCT subject FROM facts WHERE topic = :topic AND kind = 'enrolment'")

# The folded units of a person.
folds_of = Query(FoldRow, "SELECT unit, body FROM folded WHERE person = :person")

# Keep a folded unit, or, without a body, have it folded again.
set_fold = Statement("""
    INSERT INTO folded (person, unit, body) VALUES (:person, :unit, :body)
    ON CONFLICT (person, unit) DO UPDATE SET body = excluded.body
""")
