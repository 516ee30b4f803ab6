"""Who is looked at again and when, what was decided, and where everybody stands."""

from typing import NamedTuple

from sqlalchemy import Index, Table

from hub.store.columns import instant, metadata, small, text
from hub.store.statement import Query, Statement

DUE = Table(
    "due",
    metadata,
    text("person", key=True),
    instant("at"),
    text("because"),
    small("tries", default="0"),
    Index("due_at", "at"),
    sqlite_with_rowid=False,
)

STANDINGS = Table(
    "standings",
    metadata,
    text("person", key=True),
    text("position", key=True),
    text("scope"),
    text("body"),
    text("decision"),
    instant("decided_at"),
    Index("standings_position", "position"),
    sqlite_with_rowid=False,
)

DECISIONS = Table(
    "decisions",
    metadata,
    text("id", key=True),
    text("person"),
    text("position"),
    instant("decided_at"),
    text("because"),
    text("before"),
    text("after"),
    text("body"),
    Index("decisions_person", "person", "decided_at"),
)


class DuePerson(NamedTuple):
    """A person to look at, why, and how often that failed."""

    person: str
    because: str
    tries: int


class NextInstant(NamedTuple):
    """The earliest instant, if there is one."""

    at: int | None


class DueRow(NamedTuple):
    """When a person is looked at, why, and how often that failed."""

    at: int
    because: str
    tries: int


class StuckPerson(NamedTuple):
    """A person whose review fails."""

    person: str
    tries: int
    because: str


class StandingRow(NamedTuple):
    """Where a person stands at one position."""

    position: str
    scope: str
    body: str
    decision: str
    decided_at: int


class Holder(NamedTuple):
    """A person who holds a position."""

    person: str


class DecisionRow(NamedTuple):
    """A decision about a person at one position."""

    id: str
    position: str
    decided_at: int
    because: str
    before: str
    after: str
    body: str


# Look at a person at an instant; of two instants the earlier one holds.
postpone = Statement("""
    INSERT INTO due (person, at, because, tries) VALUES (:person, :at, :because, :tries)
    ON CONFLICT (person) DO UPDATE SET
      at = CASE WHEN due.at < excluded.at THEN due.at ELSE excluded.at END,
      because = excluded.because, tries = excluded.tries
""")

# Look at a person at this instant, whatever was planned.
set_due = Statement("""
    INSERT INTO due (person, at, because, tries) VALUES (:person, :at, :because, :tries)
    ON CONFLICT (person) DO UPDATE SET at = excluded.at, because = excluded.because, tries = excluded.tries
""")

# Nobody needs to look at a person.
clear_due = Statement("DELETE FROM due WHERE person = :person")

# Who is to be looked at now, longest first.
due_now = Query(DuePerson, "SELECT person, because, tries FROM due WHERE at <= :now ORDER BY at LIMIT :limit")

# When somebody is to be looked at next.
next_due = Query(NextInstant, "SELECT min(at) AS at FROM due")

# When a person is looked at.
due_of = Query(DueRow, "SELECT at, because, tries FROM due WHERE person = :person")

# Whose review fails.
stuck = Query(StuckPerson, "SELECT person, tries, because FROM due WHERE tries > 0")

# Where a person stands.
standings_of = Query(
    StandingRow, "SELECT position, scope, body, decision, decided_at FROM standings WHERE person = :person"
)

# Say where a person stands at a position.
set_standing = Statement("""
    INSERT INTO standings (person, position, scope, body, decision, decided_at)
    VALUES (:person, :position, :scope, :body, :decision, :decided_at)
    ON CONFLICT (person, position) DO UPDATE SET
      scope = excluded.scope, body = excluded.body, decision = excluded.decision, decided_at = excluded.decided_at
""")

# Who has a standing at a position.
holders_of = Query(Holder, "SELECT person FROM standings WHERE position = :position")

# Who has a standing at all.
holders = Query(Holder, "SELECT DISTINCT person FROM standings")

# Keep a decision.
insert_decision = Statement("""
    INSERT INTO decisions (id, person, position, decided_at, because, before, after, body)
    VALUES (:id, :person, :position, :decided_at, :because, :before, :after, :body)
""")

# What was decided about a person, latest first.
decisions_of = Query(
    DecisionRow,
    """
    SELECT id, position, decided_at, because, before, after, body
    FROM decisions WHERE person = :person ORDER BY decided_at DESC LIMIT :limit
    """,
)
