"""What was closed of late at each sink, and what drifted there: read from what must be true outside."""

from typing import NamedTuple

from hub.store.statement import Query


class ClosureRow(NamedTuple):
    """One target of somebody that was decided of late, and when it was last seen."""

    sink: str
    wanted: str
    state: str
    decided_at: int
    observed_at: int | None


# What was decided of enforced targets since an instant, and what drifted.
closures_since = Query(
    ClosureRow,
    """
    SELECT sink, wanted, state, decided_at, observed_at FROM desired
    WHERE mode = 'enforce' AND (state IN ('drifted', 'held') OR (wanted = 'absent' AND decided_at >= :since))
    """,
)
