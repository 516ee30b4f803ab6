"""What is known: facts, and attendance folded from them and from punches."""

from typing import NamedTuple

from hub.store.columns import Index, Table, blob, instant, row_number, text
from hub.store.statement import Query, Statement

_REPLACED = (
    "kind IN ('assignment', 'leave', 'enrolment', 'session', 'credential_status', 'credited_hours', 'present_access',"
    " 'held_figures', 'credential_claim', 'renewal_demand')"
)
"""Of which a later word replaces an earlier one; said in so many words, the index that holds only these is used."""


FACTS = Table(
    "facts",
    row_number("id", auto=True),
    blob("key", unique=True),
    blob("about"),
    blob("digest"),
    text("kind"),
    text("subject"),
    text("topic"),
    instant("at"),
    instant("said_at", null=True),
    instant("arrived_at"),
    instant("known_at"),
    text("transmission"),
    text("body", null=True),
    Index("facts_about", "about", only=_REPLACED),
    Index("facts_subject", "subject", "kind", "at"),
    Index("facts_mentoring", "topic", only="kind = 'mentoring'"),
    Index("facts_voided", "about", "known_at", only="kind = 'voided'"),
    Index("facts_topic", "topic", "kind", only="kind IN ('enrolment', 'voided')"),
)
"""What was said. ``key`` is the same for the same statement, ``about`` for all statements of which the latest holds;
a row is never rewritten, and one without a body withdraws what it is about."""

FOLDED = Table(
    "folded",
    text("person", key=True),
    text("unit", key=True),
    text("body", null=True),
    rowid=False,
)


class Mentored(NamedTuple):
    """A person who was given a mentor, and the record of it."""

    person: str
    body: str | None
    """Nothing where it was withdrawn."""


class FactOrigin(NamedTuple):
    """What brought a fact first, and its content as a digest where the key does not say it all."""

    transmission: str
    digest: bytes


class LastWord(NamedTuple):
    """The content of what was said last about something, as a digest."""

    digest: bytes


class FactRow(NamedTuple):
    """A fact with its record as JSON, or with none where it withdraws what it is about."""

    id: int
    about: bytes
    digest: bytes
    kind: str
    subject: str
    topic: str
    at: int
    said_at: int | None
    arrived_at: int
    known_at: int
    transmission: str
    connector: str | None
    body: str | None


class FactProvenance(NamedTuple):
    """What a fact says of what, and what brought it; its body where that says how a credential is known."""

    id: int
    kind: str
    topic: str
    at: int
    arrived_at: int
    transmission: str
    connector: str | None
    body: str | None


class Voiding(NamedTuple):
    """A statement that its source withdrew, and when that was known."""

    about: bytes
    known_at: int


class Topic(NamedTuple):
    """What facts are about: a course, a session, a statement."""

    topic: str


class FactSubject(NamedTuple):
    """Whom and what a fact is about."""

    subject: str
    kind: str
    topic: str
    at: int
    arrived_at: int


class Enrolled(NamedTuple):
    """An identifier of somebody who was enrolled."""

    subject: str


class FoldRow(NamedTuple):
    """Attendance of one unit, folded; nothing where it must be folded again."""

    unit: str
    body: str | None


# Keep a fact; the same one may be known.
insert_fact = Statement("""
    INSERT INTO facts (key, about, digest, kind, subject, topic, at, said_at, arrived_at, known_at, transmission, body)
    VALUES (:key, :about, :digest, :kind, :subject, :topic, :at, :said_at, :arrived_at, :known_at, :transmission, :body)
    ON CONFLICT DO NOTHING
""")

# The fact of a key.
fact = Query(FactOrigin, "SELECT transmission, digest FROM facts WHERE key = :key")

# The content of the last word about something.
last_word = Query(
    LastWord,
    """
    SELECT digest FROM facts
    WHERE about = :about AND kind IN ('assignment', 'leave', 'enrolment', 'session', 'credential_status',
      'credited_hours', 'present_access', 'held_figures', 'credential_claim', 'renewal_demand')
    ORDER BY COALESCE(said_at, arrived_at) DESC, arrived_at DESC, digest DESC LIMIT 1
    """,
)

# What is said of a person.
statements_of = Query(
    FactRow,
    """
    SELECT facts.id, facts.about, facts.digest, facts.kind, facts.subject, facts.topic, facts.at, facts.said_at,
      facts.arrived_at, facts.known_at, facts.transmission, transmissions.connector, facts.body
    FROM links JOIN facts ON facts.subject = links.subject
      LEFT JOIN transmissions ON transmissions.id = facts.transmission
    WHERE links.person = :person AND facts.at >= links.valid_from AND facts.at < links.valid_until
      AND facts.known_at <= :known_by
      AND facts.kind IN ('person', 'assignment', 'leave', 'enrolment', 'credential_status', 'result',
        'credited_hours', 'leaves_listed', 'assignments_listed', 'unlisted', 'practical', 'unit_decision', 'deferral',
        'objection', 'mentoring', 'list_row', 'witness_mark', 'block', 'override', 'renewal_act', 'reopened',
        'register_entry', 'result_decision', 'incident', 'recording', 'held_figures', 'credential_claim')
    """,
)

# What was said of anybody, of a kind, about an instant since then.
of_kind = Query(
    FactRow,
    """
    SELECT facts.id, facts.about, facts.digest, facts.kind, facts.subject, facts.topic, facts.at, facts.said_at,
      facts.arrived_at, facts.known_at, facts.transmission, transmissions.connector, facts.body
    FROM facts LEFT JOIN transmissions ON transmissions.id = facts.transmission
    WHERE facts.kind = :kind AND facts.at >= :since
    """,
)

# Who was ever given a mentor in a post, and what was said of it.
mentorings_in = Query(
    Mentored,
    """
    SELECT links.person, facts.body FROM facts JOIN links ON facts.subject = links.subject
    WHERE facts.topic = :position AND facts.kind = 'mentoring'
    """,
)

# What a person studied in one course between two instants. One dated ahead is of when it arrived: before it happened.
studies_within = Query(
    FactRow,
    """
    SELECT facts.id, facts.about, facts.digest, facts.kind, facts.subject, facts.topic, facts.at, facts.said_at,
      facts.arrived_at, facts.known_at, facts.transmission, transmissions.connector, facts.body
    FROM links JOIN facts ON facts.subject = links.subject
      LEFT JOIN transmissions ON transmissions.id = facts.transmission
    WHERE links.person = :person AND facts.at >= links.valid_from AND facts.at < links.valid_until
      AND facts.known_at <= :known_by AND facts.kind = 'study' AND facts.topic = :topic
      AND facts.at >= :from AND (facts.at < :until OR facts.arrived_at < :until)
    """,
)

# The courses that a person studied.
courses_of_person = Query(
    Topic,
    """
    SELECT DISTINCT facts.topic
    FROM links JOIN facts ON facts.subject = links.subject
    WHERE links.person = :person AND facts.at >= links.valid_from AND facts.at < links.valid_until
      AND facts.known_at <= :known_by AND facts.kind = 'study'
    """,
)

# Where facts came from; ``ids`` is a JSON array of their numbers.
provenance_of_facts = Query(
    FactProvenance,
    """
    SELECT facts.id, facts.kind, facts.topic, facts.at, facts.arrived_at, facts.transmission, transmissions.connector,
      CASE WHEN facts.kind IN ('credential_status', 'register_entry') THEN facts.body END AS body
    FROM facts LEFT JOIN transmissions ON transmissions.id = facts.transmission
    WHERE facts.id IN (SELECT CAST(value AS BIGINT) FROM {each:ids})
    """,
)

# The courses that were studied under an identifier.
courses_of_subject = Query(Topic, "SELECT DISTINCT topic FROM facts WHERE subject = :subject AND kind = 'study'")

# The sessions in which an identifier was enrolled.
sessions_of_subject = Query(Topic, "SELECT DISTINCT topic FROM facts WHERE subject = :subject AND kind = 'enrolment'")

# The statements that their source withdrew, and when that was known first.
all_voided = Query(
    Voiding,
    """
    SELECT about, min(known_at) AS known_at FROM facts WHERE kind = 'voided' AND known_at <= :known_by GROUP BY about
    """,
)

# Whom and what the fact of a sender's id is about.
fact_subject = Query(FactSubject, "SELECT subject, kind, topic, at, arrived_at FROM facts WHERE key = :key")

# All that was said about sessions of the plan; they have no subject.
sessions = Query(
    FactRow,
    """
    SELECT facts.id, facts.about, facts.digest, facts.kind, facts.subject, facts.topic, facts.at, facts.said_at,
      facts.arrived_at, facts.known_at, facts.transmission, transmissions.connector, facts.body
    FROM facts LEFT JOIN transmissions ON transmissions.id = facts.transmission
    WHERE facts.subject = '' AND facts.kind = 'session' AND facts.known_at <= :known_by
    """,
)

# What was said of devices, of a kind; these words have no subject.
of_devices = Query(
    FactRow,
    """
    SELECT facts.id, facts.about, facts.digest, facts.kind, facts.subject, facts.topic, facts.at, facts.said_at,
      facts.arrived_at, facts.known_at, facts.transmission, transmissions.connector, facts.body
    FROM facts LEFT JOIN transmissions ON transmissions.id = facts.transmission
    WHERE facts.subject = '' AND facts.kind = :kind AND facts.known_at <= :known_by
    """,
)

# Who was enrolled in a session, by identifier.
enrolled_in = Query(Enrolled, "SELECT DISTINCT subject FROM facts WHERE topic = :topic AND kind = 'enrolment'")

# The folded units of a person.
folds_of = Query(FoldRow, "SELECT unit, body FROM folded WHERE person = :person")

# Which of some units were ever folded for a person; ``units`` is a JSON array.
folded_among = Query(
    Topic,
    """
    SELECT unit AS topic FROM folded WHERE person = :person AND unit IN (SELECT value FROM {each:units})
    """,
)

# Keep a folded unit, or, without a body, have it folded again.
set_fold = Statement("""
    INSERT INTO folded (person, unit, body) VALUES (:person, :unit, :body)
    ON CONFLICT (person, unit) DO UPDATE SET body = excluded.body
""")

# Forget the fold of a unit that is no more.
drop_fold = Statement("DELETE FROM folded WHERE person = :person AND unit = :unit")
