"""Whose access an issuer's own word closed, until HR was told of it."""

from typing import NamedTuple

from hub.store.columns import Index, Table, instant, text
from hub.store.statement import Query, Statement

WITHDRAWALS = Table(
    "withdrawals",
    text("person", key=True),
    text("position", key=True),
    instant("at"),
    Index("withdrawals_at", "at"),
    rowid=False,
)


class Withdrawals(NamedTuple):
    """How many people HR was not told of, and when the first and the last of them lost access."""

    people: int
    first: int | None
    last: int | None


class OfPosition(NamedTuple):
    """How many of them stand in one post."""

    position: str
    people: int


class Withdrawn(NamedTuple):
    """One of them."""

    person: str


# Keep that an issuer's word closed somebody's access in a post.
insert_withdrawal = Statement("""
    INSERT INTO withdrawals (person, position, at) VALUES (:person, :position, :at)
    ON CONFLICT (person, position) DO UPDATE SET at = excluded.at
""")

# What there is to tell.
withdrawals = Query(
    Withdrawals, "SELECT count(DISTINCT person) AS people, min(at) AS first, max(at) AS last FROM withdrawals"
)

# The same by post, the most first.
by_position = Query(
    OfPosition,
    """
    SELECT position, count(*) AS people FROM withdrawals WHERE at <= :until
    GROUP BY position ORDER BY people DESC, position
    """,
)

# Some of them, in the order in which they lost access.
some = Query(
    Withdrawn,
    "SELECT person FROM withdrawals WHERE at <= :until GROUP BY person ORDER BY min(at), person LIMIT :limit",
)

# HR knows of all until an instant.
forget_told = Statement("DELETE FROM withdrawals WHERE at <= :until")
