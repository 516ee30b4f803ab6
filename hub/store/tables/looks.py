"""Figures that an operator asks for at once: how much waits where, and since when."""

from typing import NamedTuple

from hub.store.statement import Query


class Waits(NamedTuple):
    """How many wait, and since when the longest does."""

    waiting: int
    since: int | None


class Overdue(NamedTuple):
    """How many cases are open, and how many of them are past the day by which they were to be decided."""

    cases: int
    overdue: int


class Ahead(NamedTuple):
    """How many entries are not signed yet, and the instant of the first of them."""

    entries: int
    since: int | None


class Checksums(NamedTuple):
    """Whether a PostgreSQL server checks its pages, and how many of this database were found bad."""

    on: str
    failures: int | None


class Counted(NamedTuple):
    """How many of one kind there are in one state."""

    kind: str
    state: str
    items: int


# Who was to be looked at before an instant, and was not yet.
late_reviews = Query(
    Waits, "SELECT count(*) AS waiting, min(at) AS since FROM due WHERE crowd IN (0, 1) AND at <= :before AND tries = 0"
)

# What could not be read, and waits for somebody.
quarantined = Query(Waits, "SELECT count(*) AS waiting, min(at) AS since FROM quarantine WHERE state = 'waiting'")

# Identifiers of which something came, and that are nobody's yet.
held_subjects = Query(Waits, "SELECT count(*) AS waiting, min(since) AS since FROM held")

# The cases that wait.
open_cases = Query(
    Overdue,
    """
    SELECT count(*) AS cases, count(CASE WHEN due_at <= :now THEN 1 END) AS overdue FROM cases WHERE state = 'open'
    """,
)

# What no signed head covers.
unsigned = Query(
    Ahead,
    """
    SELECT count(*) AS entries, min(at) AS since FROM entries
    WHERE seq >= coalesce((SELECT max(size) FROM checkpoints), 0)
    """,
)

# What could not be read and waits, by instance and code.
unread_by_code = Query(
    Counted,
    """
    SELECT connector AS kind, code AS state, count(*) AS items FROM quarantine WHERE state = 'waiting'
    GROUP BY connector, code ORDER BY connector, code
    """,
)

# How far the doors are, by sink.
doors_by_state = Query(
    Counted,
    """
    SELECT sink AS kind, state, count(*) AS items FROM desired WHERE mode = 'enforce'
    GROUP BY sink, state ORDER BY sink, state
    """,
)

# How far messages are, by kind.
notices_by_state = Query(
    Counted, "SELECT kind, state, count(*) AS items FROM notices GROUP BY kind, state ORDER BY kind, state"
)

# Cases, by what they are about.
cases_by_state = Query(
    Counted,
    "SELECT matter AS kind, state, count(*) AS items FROM cases GROUP BY matter, state ORDER BY matter, state",
)

# Where people stand, by post.
scopes_by_post = Query(
    Counted,
    """
    SELECT position AS kind, scope AS state, count(*) AS items FROM standings
    GROUP BY position, scope ORDER BY position, scope
    """,
)

# Whether the pages of a PostgreSQL store are checked. The embedded one has no such table.
checksums = """
    SELECT current_setting('data_checksums'),
      (SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database())
"""
