"""Running sums of the units that simply count when they were over: before the first instant, and after each."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import accumulate, compress
from operator import add, ne

from hub.rules.demands.tally import Tally
from hub.rules.demands.unit_columns import UnitColumns

Rate = tuple[int, int]
"""A share as two whole numbers, so that no comparison rounds."""


class Columns:
    """The sums of some units, column by column.

    ``over`` are the instants, each once; place ``n`` of a column is what was done by ``over[n - 1]``.
    """

    def __init__(self, listed: UnitColumns) -> None:
        last = () if listed.distinct else [*map(ne, listed.over, listed.over[1:]), True]
        self.over: Sequence[datetime] = list(compress(listed.over, last)) if last else listed.over
        self.credited = _running(listed.credited, last)
        self.counted = self.credited if listed.counted is listed.credited else _running(listed.counted, last)
        self.required = _running(listed.required, last)
        self.hides = any(listed.open)
        """Whether anything is open at all."""
        self.open = _running(listed.open, last) if self.hides else [0] * len(self.credited)
        self.at_best = list(map(add, self.credited, self.open)) if self.hides else self.credited
        """What was credited, had all open time been."""
        self._margins: dict[Rate, list[int]] = {}

    def bounds(self, start: datetime, end: datetime) -> tuple[int, int]:
        """Where what was over after an instant begins, and where it ends by another one."""
        low = bisect_right(self.over, start)
        return low, max(low, bisect_right(self.over, end))

    def tally(self, low: int, high: int) -> Tally:
        """What was done from one place to another."""
        return Tally(
            self.credited[high] - self.credited[low],
            self.counted[high] - self.counted[low],
            self.required[high] - self.required[low],
            self.open[high] - self.open[low],
        )

    def margin(self, rate: Rate) -> list[int]:
        """How far what was counted lies above a share of what was required; negative, where below."""
        share, whole = rate
        if not share and whole == 1:
            return self.counted
        if rate not in self._margins:
            sums = zip(self.counted, self.required, strict=True)
            self._margins[rate] = [counted * whole - required * share for counted, required in sums]
        return self._margins[rate]

    def reached(self, seconds: int, low: int, high: int) -> int | None:
        """The first place between two at which so many seconds were credited since the lower one."""
        place = bisect_left(self.credited, self.credited[low] + seconds, low, high + 1)
        return place if low < place <= high else None


def _running(amounts: Iterable[int], last: Sequence[bool]) -> list[int]:
    """Running sums; where several units were over at one instant, only those of the ``last`` of them."""
    running = accumulate(amounts)
    return [0, *(compress(running, last) if last else running)]
