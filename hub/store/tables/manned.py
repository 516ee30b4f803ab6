"""Who stands in a post, and who still gets in there: what is asked where too few would be left."""

from typing import NamedTuple

from hub.store.statement import Query


class ScopeAndLook(NamedTuple):
    """Where a person stands in one position, when they are looked at next, and how often that failed."""

    person: str
    scope: str
    at: int | None
    tries: int | None


class FallenRow(NamedTuple):
    """A standing below full of a person, and a door that is open to them all the same."""

    person: str
    body: str
    sink: str
    target: str
    positions: str


# Where everybody stands in a position, and when they are looked at next.
scopes_and_looks = Query(
    ScopeAndLook,
    """
    SELECT standings.person, scope, due.at, due.tries
    FROM standings LEFT JOIN due ON due.person = standings.person WHERE position = :position
    """,
)

# Who stands below full in a position, and has an open door.
fallen_in = Query(
    FallenRow,
    """
    SELECT standings.person, body, sink, target, positions
    FROM standings JOIN desired ON desired.person = standings.person
    WHERE position = :position AND scope <> 'full' AND wanted = 'present' AND mode = 'enforce'
    """,
)
