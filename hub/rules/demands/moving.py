"""The least and the most that a moving stretch of time can hold, and the state that this comes to throughout."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from hub.rules.demands.columns import Rate
from hub.rules.demands.judging import Demanded
from hub.rules.demands.sums import Sums
from hub.rules.demands.tally import NOTHING, Tally, total
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
    if moving.last > moving.begins:
        return None
    bounds = _Bounds(sums, moving)
    if bounds.always(demanded):
        return "met"
    return "not_met" if bounds.never(demanded) else None


class _Bounds:
    def __init__(self, sums: Sums, moving: Moving) -> None:
        self._sums, self._moving, columns = sums, moving, sums.columns
        self._low = bisect_right(columns.over, moving.first), bisect_right(columns.over, moving.last)
        self._high = bisect_right(columns.over, moving.begins), bisect_left(columns.over, moving.ends)
        self._odd, self._at_times = _odd(sums, moving)

    def always(self, demanded: Demanded) -> bool:
        """Whether it is met with the least that they hold."""
        columns, (first, last), (begins, ends) = self._sums.columns, self._low, self._high
        credited = columns.credited[begins] - columns.credited[last] + self._least(_CREDITED)
        lacking = demanded.seconds - credited
        if lacking > 0 and lacking > self._of_passes(self._moving.last, self._moving.begins).credited:
            return False
        if demanded.rate is None:
            return True
        required = columns.required[begins] - columns.required[last] + self._least(_REQUIRED)
        if demanded.nothing_required != "met" and required <= 0:
            return False
        margin = columns.margin(demanded.rate)
        least = min(margin[begins : ends + 1]) - max(margin[first : last + 1]) + self._least(_margin(demanded.rate))
        return least >= sum(each.loss(demanded.rate) for each in self._sums.passes.values())

    def never(self, demanded: Demanded) -> bool:
        """Whether it is not met with the most that they hold."""
        columns, (first, last), (begins, ends) = self._sums.columns, self._low, self._high
        hidden = columns.open[ends] - columns.open[first] + self._most(_OPEN)
        most = columns.credited[ends] - columns.credited[first] + self._most(_CREDITED) + hidden
        passes = self._of_passes(self._moving.first, self._moving.ends)
        if most + passes.credited + passes.open < demanded.seconds:
            return True
        if demanded.rate is None or self._sums.passes:
            return False
        _share, whole = demanded.rate
        margin = columns.margin(demanded.rate)
        best = max(margin[begins : ends + 1]) - min(margin[first : last + 1]) + hidden * whole
        return best + self._most(_margin(demanded.rate)) < 0

    def _least(self, worth: Callable[[Tally], int]) -> int:
        return worth(self._odd) + sum(min(worth(change), 0) for change in self._at_times)

    def _most(self, worth: Callable[[Tally], int]) -> int:
        return worth(self._odd) + sum(max(worth(change), 0) for change in self._at_times)

    def _of_passes(self, start: datetime, end: datetime) -> Tally:
        return total(each.tally(start, end, end) for each in self._sums.passes.values())


_CREDITED, _REQUIRED, _OPEN = attrgetter("credited"), attrgetter("required"), attrgetter("open")


def _margin(rate: Rate) -> Callable[[Tally], int]:
    """How far what was counted lies above a share of what was required."""
    share, whole = rate
    return lambda tally: tally.counted * whole - tally.required * share


def _odd(sums: Sums, moving: Moving) -> tuple[Tally, Sequence[Tally]]:
    if not sums.steps:
        return NOTHING, ()
    return sums.odd_over(moving.first, moving.last, moving.begins, moving.ends)
