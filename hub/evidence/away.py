"""Whether somebody is on leave at an instant, by the leave alone: asked of those who would be left in a post."""

from datetime import datetime

from hub.evidence.facts import fact_of, that_hold
from hub.identity.links import OPEN
from hub.rules.people.leaves import leaves
from hub.store.statement import Connection
from hub.store.tables.facts import statements_of
from schemas.people import Leave, LeavesListed

_KINDS = {each.KIND: each for each in (Leave, LeavesListed)}


def is_away(person: str, store: Connection, now: datetime) -> bool:
    """Whether a person is on leave now."""
    said = store.all(statements_of, {"person": person, "known_by": OPEN})
    rows = that_hold(row for row in said if row.kind in _KINDS)
    return any(span.holds(now) for span in leaves(fact_of(row, _KINDS[row.kind]) for row in rows))
