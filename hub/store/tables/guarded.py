"""Closures that the hub derived by itself: those that were let pass of late, and waves that wait for a person."""

from typing import NamedTuple

from hub.store.columns import Index, Table, instant, text
from hub.store.statement import Query, RowChange, Statement

GUARDED = Table(
    "guarded",
    text("person", key=True),
    text("position", key=True),
    text("cause", key=True),
    instant("at"),
    text("doors"),
    text("wave"),
    text("state"),
    instant("until", null=True),
    Index("guarded_cause", "position", "cause", "at"),
    rowid=False,
)
"""``doors`` is JSON: each door that closes, with the posts that opened it and what that rested on. ``state``: passed
(it closes), waiting (a person has to let it), released (a person did), refused (it stays open until ``until``).
``wave`` names the waves that wait."""


class GuardedRow(NamedTuple):
    """One closure of a person's doors in a post, by one cause."""

    person: str
    position: str
    cause: str
    at: int
    doors: str
    wave: str
    state: str
    until: int | None


class WaveSize(NamedTuple):
    """How many people a cause closed at in a post, and the wave that waits there."""

    people: int
    wave: str | None


class HolderCount(NamedTuple):
    """How many people there are of a kind."""

    people: int


class Member(NamedTuple):
    """A person."""

    person: str


# The derived closures of a person.
guarded_of = Query(
    GuardedRow,
    "SELECT person, position, cause, at, doors, wave, state, until FROM guarded WHERE person = :person",
)

# Keep a closure.
set_guarded = Statement("""
    INSERT INTO guarded (person, position, cause, at, doors, wave, state, until)
    VALUES (:person, :position, :cause, :at, :doors, :wave, :state, :until)
    ON CONFLICT (person, position, cause) DO UPDATE SET
      at = excluded.at, doors = excluded.doors, wave = excluded.wave, state = excluded.state, until = excluded.until
""")

# Of how many people a cause closed something in a post since an instant, and the wave that waits there.
wave_size = Query(
    WaveSize,
    """
    SELECT count(*) AS people, max(CASE WHEN state = 'waiting' THEN wave END) AS wave FROM guarded
    WHERE position = :position AND cause = :cause AND at > :since AND state IN ('passed', 'waiting')
    """,
)

# Whose closures were let pass since an instant.
passed = Query(
    Member,
    "SELECT person FROM guarded WHERE position = :position AND cause = :cause AND at > :since AND state = 'passed'",
)

# What was let pass since an instant waits.
hold_passed = RowChange("""
    UPDATE guarded SET state = 'waiting', wave = :wave
    WHERE position = :position AND cause = :cause AND at > :since AND state = 'passed'
""")

# A person decided about somebody in a wave.
decide = RowChange("""
    UPDATE guarded SET state = :state, until = :until
    WHERE person = :of AND position = :at_position AND wave = :of_wave
""")

# A closure is over.
forget = RowChange("DELETE FROM guarded WHERE person = :of AND position = :at_position AND cause = :of_cause")

# How many people stand in a post, those among them whom a cause has closed since an instant.
holder_count = Query(
    HolderCount,
    """
    SELECT count(*) AS people FROM (
      SELECT person FROM standings WHERE position = :position AND scope <> 'none'
      UNION SELECT person FROM guarded WHERE position = :position AND cause = :cause AND at > :since) AS holders
    """,
)

# How many people the hub judges.
people_count = Query(HolderCount, "SELECT count(DISTINCT person) AS people FROM standings")
