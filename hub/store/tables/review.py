"""Who is looked at again and when, what was decided, and where everybody stands."""

from typing import NamedTuple

from hub.store.columns import Index, Table, blob, instant, small, text
from hub.store.statement import Query, Statement

DUE = Table(
    "due",
    text("person", key=True),
    instant("at"),
    text("because"),
    small("tries", default="0"),
    small("crowd", default="0"),
    Index("due_at", "crowd", "at"),
    rowid=False,
)
"""``crowd``: 1 for one of many whom one cause concerned at once. They and all others are looked at in turn."""

STANDINGS = Table(
    "standings",
    text("person", key=True),
    text("position", key=True),
    text("scope"),
    text("body"),
    blob("salt", null=True),
    text("entry"),
    text("decision"),
    instant("decided_at"),
    Index("standings_position", "position"),
    rowid=False,
)
"""``entry`` put ``body`` on record: the decision, or a later one for which only figures had changed. ``salt`` opens
its commitment; without it nobody can try what the body says."""

DECISIONS = Table(
    "decisions",
    text("id", key=True),
    text("person"),
    text("position"),
    instant("decided_at"),
    text("triggers"),
    text("evidence"),
    text("before"),
    text("after"),
    text("body"),
    blob("salt", null=True),
    Index("decisions_person", "person", "decided_at"),
)
"""``triggers`` is why somebody was looked at, a JSON array; ``evidence`` what it rests on: a JSON object of facts by
transmission. ``salt`` opens the commitment of the entry, as that of a standing does."""


class DuePerson(NamedTuple):
    """A person to look at, why, and how often that failed."""

    person: str
    because: str
    tries: int
    crowd: int


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
    """Where a person stands at one position, and the entry that put it on record."""

    position: str
    scope: str
    body: str
    decision: str
    decided_at: int
    entry: str


class Holder(NamedTuple):
    """A person who holds a position."""

    person: str


class KeptStanding(NamedTuple):
    """A standing with the entry that committed to it, and the salt if it was not erased."""

    entry: str
    person: str
    position: str
    scope: str
    decision: str
    body: str
    salt: bytes | None


class KeptDecision(NamedTuple):
    """A decision, whose entry committed to its standing, and the salt if it was not erased."""

    id: str
    person: str
    position: str
    evidence: str
    before: str
    after: str
    body: str
    salt: bytes | None


class HeldPosition(NamedTuple):
    """A position in which somebody has a standing."""

    position: str


class PersonsStanding(NamedTuple):
    """A standing of a person, whole."""

    person: str
    body: str


class ScopeRow(NamedTuple):
    """Where a person stands in one position."""

    person: str
    scope: str


class ScopeChange(NamedTuple):
    """The scope of a person from an instant on."""

    decided_at: int
    after: str


class DecisionRow(NamedTuple):
    """A decision about a person at one position."""

    id: str
    position: str
    decided_at: int
    triggers: str
    evidence: str
    before: str
    after: str
    body: str


# Look at a person at an instant; of two instants the earlier one holds.
postpone = Statement("""
    INSERT INTO due (person, at, because, tries, crowd) VALUES (:person, :at, :because, :tries, :crowd)
    ON CONFLICT (person) DO UPDATE SET
      at = CASE WHEN due.at < excluded.at THEN due.at ELSE excluded.at END,
      crowd = CASE WHEN due.at > excluded.at THEN excluded.crowd ELSE due.crowd * excluded.crowd END,
      because = excluded.because, tries = excluded.tries
""")

# Look at a person at this instant, whatever was planned.
set_due = Statement("""
    INSERT INTO due (person, at, because, tries) VALUES (:person, :at, :because, :tries)
    ON CONFLICT (person) DO UPDATE SET
      at = excluded.at, because = excluded.because, tries = excluded.tries, crowd = excluded.crowd
""")

# Nobody needs to look at a person.
clear_due = Statement("DELETE FROM due WHERE person = :person")

# Who is to be looked at now, of a crowd or of the others, longest first.
due_now = Query(
    DuePerson,
    """
    SELECT person, because, tries, crowd FROM due WHERE crowd = :crowd AND at <= :now ORDER BY at, person LIMIT :limit
    """,
)

# When somebody is to be looked at next.
next_due = Query(
    NextInstant,
    """
    SELECT min(at) AS at FROM (
      SELECT min(at) AS at FROM due WHERE crowd = 0 UNION ALL SELECT min(at) AS at FROM due WHERE crowd = 1
    ) AS each
    """,
)

# When a person is looked at.
due_of = Query(DueRow, "SELECT at, because, tries FROM due WHERE person = :person")

# Whose review fails.
stuck = Query(StuckPerson, "SELECT person, tries, because FROM due WHERE tries > 0")

# Where a person stands.
standings_of = Query(
    StandingRow, "SELECT position, scope, body, decision, decided_at, entry FROM standings WHERE person = :person"
)

# Standings of those who have courses to take.
standings_with_courses = Query(PersonsStanding, "SELECT person, body FROM standings WHERE body LIKE :having")

# Say where a person stands at a position.
set_standing = Statement("""
    INSERT INTO standings (person, position, scope, body, salt, entry, decision, decided_at)
    VALUES (:person, :position, :scope, :body, :salt, :entry, :decision, :decided_at)
    ON CONFLICT (person, position) DO UPDATE SET
      scope = excluded.scope, body = excluded.body, salt = excluded.salt, entry = excluded.entry,
      decision = excluded.decision, decided_at = excluded.decided_at
""")

# Who has a standing at a position.
holders_of = Query(Holder, "SELECT person FROM standings WHERE position = :position")

# Who has a standing at all.
holders = Query(Holder, "SELECT DISTINCT person FROM standings")

# The positions in which anybody has a standing.
positions_held = Query(HeldPosition, "SELECT DISTINCT position FROM standings")

# Where everybody stands in a position.
scopes_in = Query(ScopeRow, "SELECT person, scope FROM standings WHERE position = :position ORDER BY person")

# The standings after one, in their order, with the entries that put them on record.
kept_standings = Query(
    KeptStanding,
    """
    SELECT entry, person, position, scope, decision, body, salt FROM standings
    WHERE person > :person OR (person = :person AND position > :position) ORDER BY person, position LIMIT :limit
    """,
)

# The standings of these persons, with the entries that put them on record; ``ids`` is a JSON array.
kept_standings_of = Query(
    KeptStanding,
    """
    SELECT entry, person, position, scope, decision, body, salt FROM standings
    WHERE person IN (SELECT value FROM {each:ids})
    """,
)

# Of whom something was decided since an instant.
decided_since = Query(Holder, "SELECT DISTINCT person FROM decisions WHERE decided_at >= :since")

# What these decisions came to; ``ids`` is a JSON array.
kept_decisions = Query(
    KeptDecision,
    """
    SELECT id, person, position, evidence, before, after, body, salt
    FROM decisions WHERE id IN (SELECT value FROM {each:ids})
    """,
)

# Keep a decision.
insert_decision = Statement("""
    INSERT INTO decisions (id, person, position, decided_at, triggers, evidence, before, after, body, salt)
    VALUES (:id, :person, :position, :decided_at, :triggers, :evidence, :before, :after, :body, :salt)
""")

# When the scope of a person in a position changed, by what was decided until an instant, in order.
scopes_over_time = Query(
    ScopeChange,
    """
    SELECT decided_at, after FROM decisions
    WHERE person = :person AND position = :position AND decided_at <= :known_by ORDER BY decided_at, id
    """,
)

# What was decided about a person, latest first.
decisions_of = Query(
    DecisionRow,
    """
    SELECT id, position, decided_at, triggers, evidence, before, after, body
    FROM decisions WHERE person = :person ORDER BY decided_at DESC LIMIT :limit
    """,
)
