"""The least and the most that a moving stretch of time can hold, and the state that this comes to throughout."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime

from hub.rules.demands.judging import Demanded
from hub.rules.demands.sums import Sums
from hub.rules.demands.tally import Tally, total
from hub.rules.timeline import BEGINNING
from hub.rules.values import State


@dataclass(frozen=True, slots=True)
class Moving:
    """Stretches that start after an instant from ``first`` to ``last``, and end within ``[begins, ends)``."""

    first: datetime
    last: datetime
    begins: datetime
    ends: datetime


def throughout(sums: Sums, moving: Moving, demanded: Demanded) -> State | None:
    """The state that all these stretches have for certain; none where it may change, or cannot be told so simply."""
    extra = _steady(sums, moving)
    if extra is None:
        return None
    over = sums.columns.over
    low = bisect_right(over, moving.first), bisect_right(over, moving.last)
    high = bisect_right(over, moving.begins), bisect_left(over, moving.ends)
    if low[1] > high[0]:
        return None
    bounds = _Bounds(sums, moving, low, high, extra)
    if bounds.always(demanded):
        return "met"
    return "not_met" if bounds.never(demanded) else None


class _Bounds:
    def __init__(self, sums: Sums, moving: Moving, low: tuple[int, int], high: tuple[int, int], extra: Tally) -> None:
        self._sums, self._moving = sums, moving
        self._low, self._high, self._extra = low, high, extra

    def always(self, demanded: Demanded) -> bool:
        """Whether it is met with the least that they hold."""
        columns, (first, last), (begins, ends) = self._sums.columns, self._low, self._high
        lacking = demanded.seconds - (columns.credited[begins] - columns.credited[last] + self._extra.credited)
        if lacking > 0 and lacking > self._of_passes(self._moving.last, self._moving.begins).credited:
            return False
        if demanded.rate is None:
            return True
        share, whole = demanded.rate
        if demanded.nothing_required != "met" and columns.required[begins] == columns.required[last]:
            return False
        margin = columns.margin(demanded.rate)
        least = min(margin[begins : ends + 1]) - max(margin[first : last + 1])
        least += self._extra.counted * whole - self._extra.required * share
        return least >= sum(each.loss(demanded.rate) for each in self._sums.passes.values())

    def never(self, demanded: Demanded) -> bool:
        """Whether it is not met with the most that they hold."""
        columns, (first, last), (begins, ends) = self._sums.columns, self._low, self._high
        hidden = columns.open[ends] - columns.open[first] + self._extra.open
        most = columns.credited[ends] - columns.credited[first] + self._extra.credited + hidden
        passes = self._of_passes(self._moving.first, self._moving.ends)
        if most + passes.credited + passes.open < demanded.seconds:
            return True
        if demanded.rate is None or self._sums.passes:
            return False
        share, whole = demanded.rate
        margin = columns.margin(demanded.rate)
        best = max(margin[begins : ends + 1]) - min(margin[first : last + 1]) + hidden * whole
        return best + self._extra.counted * whole - self._extra.required * share < 0

    def _of_passes(self, start: datetime, end: datetime) -> Tally:
        return total(each.tally(start, end) for each in self._sums.passes.values())


def _steady(sums: Sums, moving: Moving) -> Tally | None:
    """What odd units add, if it is the same to all the stretches."""
    steps = [step for step in sums.steps if moving.first < step.home < moving.ends and step.at < moving.ends]
    for step in steps:
        bound = step.ends_from != BEGINNING or step.starts_from != BEGINNING
        if bound or step.home <= moving.last or step.at > moving.begins:
            return None
    return total(step.change for step in steps)
