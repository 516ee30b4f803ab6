"""Who may sit which exam, and who has to take which course, and how far an exam or learning system knows of it."""

from typing import NamedTuple

from hub.store.columns import Index, Table, Unique, instant, number, small, text
from hub.store.statement import Query, RowChange, Statement

REGISTRATIONS = Table(
    "registrations",
    text("id", key=True),
    text("kind"),
    text("person"),
    text("position"),
    text("credential"),
    text("requirement"),
    text("topic"),
    text("wanted"),
    number("sequence"),
    text("state"),
    instant("decided_at"),
    instant("next_at"),
    text("owner", null=True),
    instant("heartbeat_at", null=True),
    small("tries", default="0"),
    text("code", null=True),
    text("connector", null=True),
    instant("accepted_at", null=True),
    Unique("kind", "person", "position", "credential", "requirement"),
    Index("registrations_person", "person"),
    Index("registrations_state", "state", "next_at"),
)
"""One row for one person's way to one exam of one credential, or (``kind`` course) to one course, with the post that
asks for it and the course in place of the requirement. ``topic`` is the exam or the course. ``wanted``: registered,
withdrawn, or over, of which nobody is told. ``state`` is how far the system there knows: decided, sent, unknown,
accepted, failed; or listed, where no system is told and people read the list. ``sequence`` grows with each change;
``next_at`` and ``heartbeat_at`` are of the store's own clock; ``owner`` is who sends."""


class RegistrationRow(NamedTuple):
    """One registration of a person."""

    id: str
    position: str
    credential: str
    requirement: str
    topic: str
    wanted: str
    accepted_at: int | None


class WaitingRegistration(NamedTuple):
    """A registration to be told now."""

    id: str
    kind: str
    person: str
    position: str
    credential: str
    topic: str
    wanted: str
    sequence: int
    decided_at: int
    tries: int
    state: str


class ListedRegistration(NamedTuple):
    """A registration as people read it."""

    id: str
    person: str
    position: str
    credential: str
    topic: str
    wanted: str
    state: str
    decided_at: int
    accepted_at: int | None
    code: str | None
    connector: str | None


class NextRegistration(NamedTuple):
    """How long until something is to be told, microseconds, if there is anything."""

    wait: int | None


# The exams of a person in a post.
registrations_of = Query(
    RegistrationRow,
    """
    SELECT id, position, credential, requirement, topic, wanted, accepted_at FROM registrations
    WHERE person = :person AND position = :position AND kind = 'exam'
    """,
)

# The courses of a person, whichever posts ask for them.
enrolments_of = Query(
    RegistrationRow,
    """
    SELECT id, position, credential, requirement, topic, wanted, accepted_at FROM registrations
    WHERE person = :person AND kind = 'course'
    """,
)

# Say what is wanted of an exam or a course from now on: a further word about the same registration.
set_wanted = Statement("""
    INSERT INTO registrations (id, kind, person, position, credential, requirement, topic, wanted, sequence, state,
      decided_at, next_at)
    VALUES (:id, :kind, :person, :position, :credential, :requirement, :topic, :wanted, 1, :state, :decided_at, 0)
    ON CONFLICT (kind, person, position, credential, requirement) DO UPDATE SET
      topic = excluded.topic, wanted = excluded.wanted, sequence = registrations.sequence + 1, state = excluded.state,
      decided_at = excluded.decided_at, next_at = 0, owner = NULL, tries = 0, code = NULL, accepted_at = NULL
""")

# Another post asks for a course.
move_enrolment = RowChange("UPDATE registrations SET position = :position WHERE id = :of")

# Somebody need not take a course any more, of which nobody is told; when the system took the last word is kept.
end_enrolment = RowChange("""
    UPDATE registrations SET wanted = 'over', state = 'accepted', sequence = sequence + 1, owner = NULL WHERE id = :of
""")

# Somebody has to take a course again in which they are enrolled already.
resume_enrolment = RowChange("UPDATE registrations SET wanted = 'registered' WHERE id = :of")

# What is to be told now, longest first; what is being told, once its lease has ended. Nothing waits beyond the horizon.
registrations_now = Query(
    WaitingRegistration,
    """
    SELECT id, kind, person, position, credential, topic, wanted, sequence, decided_at, tries, state FROM registrations
    WHERE state IN ('decided', 'unknown', 'sent') AND (next_at <= :now OR next_at > :horizon)
    ORDER BY next_at, decided_at LIMIT :limit
    """,
)

# How long until something is to be told.
next_registration = Query(
    NextRegistration,
    """
    SELECT (SELECT min(next_at) FROM registrations WHERE state IN ('decided', 'unknown', 'sent')) - now AS wait
    FROM store_clock
    """,
)

# Take a registration for oneself: until ``:until`` it is left alone by others.
send_registration = RowChange("""
    UPDATE registrations SET state = 'sent', owner = :owner, heartbeat_at = :now, next_at = :until, tries = :tries
    WHERE id = :of
""")

# Say that somebody is still at it; touches no row once it was changed or somebody else is.
beat_registration = Statement("""
    UPDATE registrations SET heartbeat_at = :now, next_at = :until
    WHERE id = :of AND owner = :owner AND state = 'sent'
""")

# What was being told by owners that are gone is unknown: their leases have ended, or they held the seat of ``:owner``.
lose_registrations = Statement("""
    UPDATE registrations SET state = 'unknown', owner = NULL, next_at = :now
    WHERE state = 'sent' AND owner <> :owner AND (next_at < :now OR owner LIKE :seat)
""")

# Say how far one word is; touches no row where another word has come since.
set_registration = Statement("""
    UPDATE registrations SET state = :state, owner = NULL, next_at = :next_at, tries = :tries, code = :code,
      connector = :connector, accepted_at = :accepted_at
    WHERE id = :of AND sequence = :sequence
""")

# What no system took is told once there is one.
route_registrations = Statement("UPDATE registrations SET state = 'decided', next_at = 0 WHERE state = 'listed'")

# Tell once more what was refused for good, after a person has mended why.
retry_registrations = Statement("""
    UPDATE registrations SET state = 'decided', next_at = 0, tries = 0, code = NULL WHERE state = 'failed'
""")

# Every registration of a kind that is wanted or was withdrawn, by exam or course.
registrations_listed = Query(
    ListedRegistration,
    """
    SELECT id, person, position, credential, topic, wanted, state, decided_at, accepted_at, code, connector
    FROM registrations WHERE kind = :kind AND wanted <> 'over' ORDER BY topic, decided_at, id
    """,
)
