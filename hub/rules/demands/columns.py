"""Running sums of the units that simply count when they were over: before the first instant, and after each."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import accumulate, compress, repeat
from operator import attrgetter, gt, mul, ne, sub

from hub.rules.demands.tally import Tally
from hub.rules.unit import Unit

Rate = tuple[int, int]
"""A share as two whole numbers, so that no comparison rounds."""


class Columns:
    """The sums of some units, given in the order in which they were over, column by column.

    ``over`` are the instants, each once; place ``n`` of a column is what was done by ``over[n - 1]``.
    """

    def __init__(self, units: Sequence[Unit]) -> None:
        over: list[datetime] = list(map(attrgetter("over_at"), units))
        columns = [_running(each) for each in _amounts(units)]
        last = [*map(ne, over, over[1:]), True] if over else []
        if not all(last):
            over = list(compress(over, last))
            columns = [[0, *compress(each[1:], last)] for each in columns]
        self.over = over
        self.credited, self.counted, self.required, self.open = columns
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
            counted, required = map(mul, self.counted, repeat(whole)), map(mul, self.required, repeat(share))
            self._margins[rate] = list(map(sub, counted, required))
        return self._margins[rate]

    def reached(self, seconds: int, low: int, high: int) -> int | None:
        """The first place between two at which so many seconds were credited since the lower one."""
        place = bisect_left(self.credited, self.credited[low] + seconds, low, high + 1)
        return place if low < place <= high else None


def _running(amounts: Iterable[int]) -> list[int]:
    return [0, *accumulate(amounts)]


def _amounts(units: Sequence[Unit]) -> tuple[list[int], list[int], list[int], list[int]]:
    """Credited, counted, required and open of each: what is credited beyond what was required counts for no rate."""
    credited, required, hidden = (list(map(_read(name), units)) for name in ("credited", "required", "open"))
    counted = credited
    if any(beyond := list(map(gt, credited, required))):
        counted = credited.copy()
        for n in compress(range(len(counted)), beyond):
            counted[n] = required[n]
    return credited, counted, required, hidden


def _read(name: str) -> Callable[[Unit], int]:
    return attrgetter(name)
