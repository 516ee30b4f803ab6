"""How a unit stands whose time cannot be told: open until somebody decides of it, or until it has aged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from hub.rules.calendar import add
from hub.rules.unit import Unit


@dataclass(frozen=True, slots=True)
class Settling:
    """What becomes of open time that nobody decides: after so long the rest is required of nobody, or absent."""

    after: str
    manner: Literal["excused", "absent"]
    zone: ZoneInfo


class Stage(NamedTuple):
    """From an instant on: what is required beyond what was counted, and what is open."""

    at: datetime
    missing: int
    open: int


def stages(unit: Unit, settling: Settling) -> Sequence[Stage]:
    """How a unit stands from when it was over.

    Time that had aged, and of which somebody decides afterwards that it does not count, stood as it was judged
    until then: open, then required of nobody. From then on it is required.
    """
    missing = unit.required - unit.counted
    over = Stage(unit.over_at, missing, unit.open)
    if unit.open_since is None:
        return (over,)
    settled = max(add(unit.open_since, settling.after, settling.zone), unit.over_at)
    excuses = settling.manner == "excused"
    if unit.open:
        return over, Stage(settled, 0 if excuses else missing, 0)
    if unit.ruled_at is None or unit.ruled_at <= settled or not missing or not excuses:
        return (over,)
    return over._replace(open=missing), Stage(settled, 0, 0), Stage(unit.ruled_at, missing, 0)
