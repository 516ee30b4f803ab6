"""Passes of one online course: of several in one period the best one counts, once."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import accumulate, islice
from operator import attrgetter, sub

from hub.rules.demands.tally import NOTHING, Tally
from hub.rules.unit import Unit
from hub.rules.values import Period

_Worth = tuple[int, int, int]
"""Credited, counted, and the negative of what was required: most credited is best, the fullest rate among equals."""

_NONE: _Worth = (-1, 0, 0)


class Passes:
    """The days of all passes of one course, in the order in which they were over; a pass follows the one before it."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self.over = list(map(attrgetter("over_at"), units))
        self._credited = [0, *accumulate(map(attrgetter("credited"), units))]
        self._counted = [0, *accumulate(map(attrgetter("counted"), units))]
        self._required = [0, *accumulate(map(attrgetter("required"), units))]
        self._losses: dict[tuple[int, int], int] = {}
        self._starts = [n for n, unit in enumerate(units) if n == 0 or unit.study != units[n - 1].study]

    def tally(self, period: Period, instant: datetime) -> Tally:
        """The best pass of a period by what was over at an instant."""
        low = bisect_right(self.over, period.start)
        return self.between(low, bisect_right(self.over, min(period.end, instant)))

    def between(self, low: int, high: int) -> Tally:
        """The best pass among days from one place to another."""
        return _tally(self._best(low, high)) if low < high else NOTHING

    def credited(self, start: datetime, end: datetime) -> int:
        """What is credited of the best pass after an instant, up to another one."""
        return self.between(bisect_right(self.over, start), bisect_right(self.over, end)).credited

    def loss(self, rate: tuple[int, int]) -> int:
        """How far a run of days may at most lie below a rate."""
        if rate not in self._losses:
            share, whole = rate
            margin = [c * whole - r * share for c, r in zip(self._counted, self._required, strict=True)]
            self._losses[rate] = max(map(sub, accumulate(margin, max), margin))
        return self._losses[rate]

    def _best(self, low: int, high: int) -> _Worth:
        begins, best = low, _NONE
        for start in islice(self._starts, bisect_right(self._starts, low), None):
            if start >= high:
                break
            best = max(best, self._sum(begins, start))
            begins = start
        return max(best, self._sum(begins, high))

    def steps(self, period: Period) -> Iterator[tuple[datetime, int, int, int, int]]:
        """What the best pass of a period gains with each day, as changes of the sums."""
        low, high = bisect_right(self.over, period.start), bisect_right(self.over, period.end)
        starts, credited, counted, required = set(self._starts), self._credited, self._counted, self._required
        told, begins, finished = (0, 0, 0), low, _NONE
        for n in range(low, high):
            if n in starts and n > low:
                finished = max(finished, self._sum(begins, n))
                begins = n
            running = (
                credited[n + 1] - credited[begins],
                counted[n + 1] - counted[begins],
                required[begins] - required[n + 1],
            )
            best = running if running > finished else finished
            if best != told:
                yield self.over[n], best[0] - told[0], best[1] - told[1], told[2] - best[2], 0
                told = best

    def _sum(self, low: int, high: int) -> _Worth:
        return (
            self._credited[high] - self._credited[low],
            self._counted[high] - self._counted[low],
            self._required[low] - self._required[high],
        )


def _tally(worth: _Worth) -> Tally:
    return Tally(worth[0], worth[1], -worth[2])
