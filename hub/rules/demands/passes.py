"""Passes of one online course: of several in one period the best one counts, once."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import accumulate, chain, compress, count, pairwise
from operator import attrgetter, sub

from hub.rules.demands.settling import Settling, stages
from hub.rules.demands.tally import NOTHING, Tally
from hub.rules.demands.unit_columns import UnitColumns
from hub.rules.unit import Unit
from hub.rules.values import Period

Change = tuple[datetime, int, int, int, int]
"""When sums change, and by what: credited, counted, required, open."""

_Worth = tuple[int, int, int]
"""Credited, counted, and the negative of what was required: most credited is best, the fullest rate among equals."""

_NONE: _Worth = (-1, 0, 0)


def is_day_of(unit: Unit, courses: Container[str]) -> bool:
    """Whether a unit is a day of a pass of one of some courses, of which the best pass counts."""
    return bool(unit.study) and not unit.repeats and unit.course in courses


class Passes:
    """The days of all passes of one course, in the order in which they were over; a pass follows the one before it.

    What is open of any of them may still be credited: it is open beside the best one. Once it has aged, what is lacking
    of its day is required of nobody (``changes``: when, of which day, and how much more is required from then on).
    """

    def __init__(self, days: UnitColumns, changes: Sequence[tuple[datetime, int, int]] = ()) -> None:
        self._days, self._changes = days, changes
        self.turns = [at for at, _day, _more in changes]
        self.over = days.over
        self._credited = [0, *accumulate(days.credited)]
        self._counted = [0, *accumulate(days.counted)]
        self._required = [0, *accumulate(days.required)]
        self._open = [0, *accumulate(days.open)]
        self._losses: dict[tuple[int, int], int] = {}
        self._after: dict[int, Sequence[int]] = {}
        self._known: dict[tuple[int, int, int], Tally] = {}
        studies = list(map(attrgetter("study"), days.units))
        self._starts = [0, *(n for n, (before, study) in enumerate(pairwise(studies), 1) if study != before)]

    def settled(self, settling: Settling) -> "Passes":
        """The same, with what becomes of time that cannot be told."""
        changes = []
        for day, unit in enumerate(self._days.units):
            if unit.open_since is not None:
                for before, stage in pairwise(stages(unit, settling)):
                    changes.append((stage.at, day, stage.missing - before.missing))
        return Passes(self._days, sorted(changes)) if changes else self

    def tally(self, start: datetime, end: datetime, instant: datetime) -> Tally:
        """The best pass of the days that were over after ``start`` and by ``end``, as they stand at an instant."""
        low = bisect_right(self.over, start)
        high = bisect_right(self.over, end, low) if start < end else low
        turn = bisect_right(self.turns, instant) if self.turns else 0
        if (low, high, turn) not in self._known:
            self._known[low, high, turn] = self._between(low, high, turn) if low < high else NOTHING
        return self._known[low, high, turn]

    def loss(self, rate: tuple[int, int]) -> int:
        """How far a run of days may at most lie below a rate."""
        if rate not in self._losses:
            share, whole = rate
            margin = [c * whole - r * share for c, r in zip(self._counted, self._required, strict=True)]
            self._losses[rate] = max(map(sub, accumulate(margin, max), margin))
        return self._losses[rate]

    def _between(self, low: int, high: int, turn: int) -> Tally:
        required = self._required_at(turn) if turn else self._required
        credited, counted, less = max(self._sum(*each, required) for each in self._within(low, high))
        return Tally(credited, counted, -less, self._open[high] - self._open[low])

    def steps(self, period: Period) -> Iterator[Change]:
        """What the best pass of a period gains with each day, as changes of the sums."""
        low, high = bisect_right(self.over, period.start), bisect_right(self.over, period.end)
        yield from self._hidden(low, high)
        ages = [change for change in self._changes if low <= change[1] < high]
        yield from self._settling(low, high, ages) if ages else self._growing(low, high)

    def _settling(self, low: int, high: int, ages: Iterable[tuple[datetime, int, int]]) -> Iterator[Change]:
        days = self._days
        gains = [(days.over[n], n, (days.credited[n], days.counted[n], -days.required[n])) for n in range(low, high)]
        gains += ((at, day, (0, 0, -more)) for at, day, more in ages)
        worths, told = dict[int, _Worth](), (0, 0, 0)
        for at, day, more in sorted(gains):
            begun = max(low, self._starts[bisect_right(self._starts, day) - 1])
            was = worths.get(begun, (0, 0, 0))
            worths[begun] = was[0] + more[0], was[1] + more[1], was[2] + more[2]
            best = max(worths.values())
            if best != told:
                yield at, best[0] - told[0], best[1] - told[1], told[2] - best[2], 0
                told = best

    def _growing(self, low: int, high: int) -> Iterator[Change]:
        told, best = (0, 0, 0), _NONE
        for begins, ends in self._within(low, high):
            before = best
            since = bisect_left(self._credited, self._credited[begins] + before[0], begins + 1, ends + 1)
            for n in range(since, ends + 1):  # until then less is credited of this pass than of the best one before
                best = max(self._sum(begins, n, self._required), before)
                if best != told:
                    yield self.over[n - 1], best[0] - told[0], best[1] - told[1], told[2] - best[2], 0
                    told = best

    def _hidden(self, low: int, high: int) -> Iterator[Change]:
        if self._open[high] > self._open[low]:
            for n in range(low, high):
                if more := self._open[n + 1] - self._open[n]:
                    yield self.over[n], 0, 0, 0, more

    def _within(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """The passes among days from one place to another: where each begins and ends."""
        if low < high:
            starts = self._starts[bisect_right(self._starts, low) : bisect_left(self._starts, high)]
            yield from pairwise([low, *starts, high])

    def _sum(self, low: int, high: int, required: Sequence[int]) -> _Worth:
        return (
            self._credited[high] - self._credited[low],
            self._counted[high] - self._counted[low],
            required[low] - required[high],
        )

    def _required_at(self, turn: int) -> Sequence[int]:
        """What is required up to each day, after so many changes."""
        if turn not in self._after:
            each = list(self._days.required)
            for _at, day, more in self._changes[:turn]:
                each[day] += more
            self._after[turn] = [0, *accumulate(each)]
        return self._after[turn]


class Studies:
    """The passes of online courses, made once for all that ask for them."""

    def __init__(self, listed: UnitColumns, apart: Container[str]) -> None:
        """``apart`` are units that are part of no pass."""
        self._listed = listed
        self._days: dict[str, list[int]] = {}
        for place in compress(count(), map(attrgetter("study"), listed.units)):
            unit = listed.units[place]
            if not unit.repeats and unit.id not in apart:
                self._days.setdefault(unit.course, []).append(place)
        self._made: dict[str, Passes | None] = {}

    def of(self, courses: Iterable[str]) -> dict[str, Passes]:
        """The passes of those courses of which there are several; each counts once in a period."""
        found = ((course, self._passes(course)) for course in courses)
        return {course: passes for course, passes in found if passes is not None}

    @property
    def courses(self) -> Collection[str]:
        """The courses of which there is any."""
        return self._days.keys()

    def days(self, courses: Iterable[str]) -> Collection[int]:
        """The places of all days of the passes of some courses."""
        return set(chain.from_iterable(self._days[course] for course in courses))

    def _passes(self, course: str) -> Passes | None:
        if course not in self._made:
            days = self._listed.at(self._days.get(course, ()))
            several = len(set(map(attrgetter("study"), days.units))) > 1
            self._made[course] = Passes(days) if several else None
        return self._made[course]
