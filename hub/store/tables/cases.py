"""Cases: what a person has to decide, each cause once, and whom it concerns."""

from typing import NamedTuple

from hub.store.columns import Index, Table, instant, number, text
from hub.store.statement import Query, Statement

CASES = Table(
    "cases",
    text("id", key=True),
    text("matter"),
    text("place"),
    instant("opened_at"),
    instant("due_at"),
    text("state"),
    text("outcome"),
    instant("changed_at"),
    rowid=False,
)
"""``state``: open; decided (a person has); closed (its cause went away). ``place`` is JSON and names nobody."""

CASE_MEMBERS = Table(
    "case_members",
    text("case_id", key=True),
    text("person", key=True),
    text("unit", key=True),
    text("topic"),
    number("open_seconds"),
    instant("starts_at", null=True),
    instant("ends_at", null=True),
    text("state"),
    text("verdict"),
    Index("case_members_person", "person"),
    rowid=False,
)
"""Whom a case concerns, and what is decided of: ``state`` is open, decided, or gone."""


class CaseRow(NamedTuple):
    """One case."""

    id: str
    matter: str
    place: str
    opened_at: int
    due_at: int
    state: str
    outcome: str
    changed_at: int


class MemberRow(NamedTuple):
    """One unit of one person in a case."""

    case_id: str
    person: str
    unit: str
    topic: str
    open_seconds: int
    starts_at: int | None
    ends_at: int | None
    state: str
    verdict: str


class MemberState(NamedTuple):
    """How a member of a case stands."""

    state: str
    verdict: str


class CaseId(NamedTuple):
    """A case."""

    id: str


class CasePerson(NamedTuple):
    """A person whom a case concerns."""

    person: str


class PersonsCase(NamedTuple):
    """An open case that concerns a person."""

    id: str
    matter: str
    place: str
    due_at: int
    unit: str


# One case.
case = Query(
    CaseRow, "SELECT id, matter, place, opened_at, due_at, state, outcome, changed_at FROM cases WHERE id = :id"
)

# Cases whose id begins so; two are enough to say that it is not clear which is meant.
cases_like = Query(
    CaseRow,
    """
    SELECT id, matter, place, opened_at, due_at, state, outcome, changed_at FROM cases
    WHERE id >= :low AND id < :high ORDER BY id LIMIT 2
    """,
)

# Every case in these states (a JSON array), the one that is due first first.
cases_in = Query(
    CaseRow,
    """
    SELECT id, matter, place, opened_at, due_at, state, outcome, changed_at FROM cases
    WHERE state IN (SELECT value FROM {each:states}) ORDER BY due_at, id LIMIT :limit
    """,
)

# Keep a case; one that was over is open again.
set_case = Statement("""
    INSERT INTO cases (id, matter, place, opened_at, due_at, state, outcome, changed_at)
    VALUES (:id, :matter, :place, :opened_at, :due_at, :state, :outcome, :changed_at)
    ON CONFLICT (id) DO UPDATE SET opened_at = excluded.opened_at, due_at = excluded.due_at, state = excluded.state,
      outcome = excluded.outcome, changed_at = excluded.changed_at
""")

# Whom a case concerns.
members_of = Query(
    MemberRow,
    """
    SELECT case_id, person, unit, topic, open_seconds, starts_at, ends_at, state, verdict FROM case_members
    WHERE case_id = :case_id ORDER BY person, unit
    """,
)

# The cases that concern or concerned a person.
members_of_person = Query(
    MemberRow,
    """
    SELECT case_id, person, unit, topic, open_seconds, starts_at, ends_at, state, verdict FROM case_members
    WHERE person = :person
    """,
)

# The states of those whom a case concerns.
member_states = Query(MemberState, "SELECT DISTINCT state, verdict FROM case_members WHERE case_id = :case_id")

# Keep a member of a case.
set_member = Statement("""
    INSERT INTO case_members (case_id, person, unit, topic, open_seconds, starts_at, ends_at, state, verdict)
    VALUES (:case_id, :person, :unit, :topic, :open_seconds, :starts_at, :ends_at, :state, :verdict)
    ON CONFLICT (case_id, person, unit) DO UPDATE SET topic = excluded.topic, open_seconds = excluded.open_seconds,
      starts_at = excluded.starts_at, ends_at = excluded.ends_at, state = excluded.state, verdict = excluded.verdict
""")

# The open cases that concern a person.
open_cases_of = Query(
    PersonsCase,
    """
    SELECT cases.id, cases.matter, cases.place, cases.due_at, case_members.unit
    FROM case_members JOIN cases ON cases.id = case_members.case_id
    WHERE case_members.person = :person AND case_members.state = 'open' ORDER BY cases.due_at, cases.id
    """,
)

# The open cases about a session or course.
cases_about = Query(
    CaseId, "SELECT DISTINCT case_id AS id FROM case_members WHERE topic = :topic AND state = 'open' ORDER BY case_id"
)

# Who has an open case of a matter about a session or course.
persons_about = Query(
    CasePerson,
    """
    SELECT DISTINCT case_members.person FROM case_members JOIN cases ON cases.id = case_members.case_id
    WHERE topic = :topic AND case_members.state = 'open' AND cases.matter = :matter
    """,
)
