"""Passes of one online course: of several in one period the best one counts, once."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import accumulate
from operator import attrgetter

from hub.rules.demands.tally import NOTHING, Tally, minus
from hub.rules.unit import Unit
from hub.rules.values import Period


class Passes:
    """The days of all passes of one course, in the order in which they were over; a pass follows the one before it."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self.over = list(map(attrgetter("over_at"), units))
        self._credited = [0, *accumulate(map(attrgetter("credited"), units))]
        self._counted = [0, *accumulate(map(attrgetter("counted"), units))]
        self._required = [0, *accumulate(map(attrgetter("required"), units))]
        self._starts = [n for n, unit in enumerate(units) if n == 0 or unit.study != units[n - 1].study]

    def tally(self, period: Period, instant: datetime) -> Tally:
        """The best pass of a period by what was over at an instant."""
        low = bisect_right(self.over, period.start)
        return self.between(low, bisect_right(self.over, min(period.end, instant)))

    def between(self, low: int, high: int) -> Tally:
        """The best pass among days from one place to another."""
        if low >= high:
            return NOTHING
        first = bisect_right(self._starts, low)
        edges = [low, *(start for start in self._starts[first:] if start < high), high]
        return max((self._sum(edges[n], edges[n + 1]) for n in range(len(edges) - 1)), key=_better)

    def steps(self, period: Period) -> Iterator[tuple[datetime, int, int, int, int]]:
        """What the best pass of a period gains with each day, as changes of the sums."""
        low, high = bisect_right(self.over, period.start), bisect_right(self.over, period.end)
        starts = set(self._starts)
        told, begins = NOTHING, low
        finished: Tally | None = None
        for n in range(low, high):
            if n in starts and n > low:
                before = self._sum(begins, n)
                finished = before if finished is None else max(finished, before, key=_better)
                begins = n
            running = self._sum(begins, n + 1)
            best = running if finished is None else max(finished, running, key=_better)
            if best != told:
                yield (self.over[n], *minus(best, told))
                told = best

    def _sum(self, low: int, high: int) -> Tally:
        return Tally(
            self._credited[high] - self._credited[low],
            self._counted[high] - self._counted[low],
            self._required[high] - self._required[low],
        )


def _better(tally: Tally) -> tuple[int, int, int]:
    """Most credited, the fullest rate among equals."""
    return tally.credited, tally.counted, -tally.required
