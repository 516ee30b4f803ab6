"""Sums of the units of some courses over any period, at any instant, without looking at each unit again."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import accumulate
from operator import attrgetter, itemgetter

from hub.rules.demands.odd_units import OddOnes, Settling, Step, repeated_courses, running, total
from hub.rules.demands.passes import Passes
from hub.rules.demands.tally import Tally, minus, plus
from hub.rules.unit import Unit
from hub.rules.values import Period, Slice

Change = tuple[datetime, int, int, int, int]
"""When the sums change, and by what: credited, counted, required, open."""


class Sums:
    """The units of some courses, in the order in which they were over, with what they add up to.

    Most count simply when they were over. Those that do not are kept apart: passes of a course of which there are
    several, and odd ones (open, deferred, made up).
    """

    def __init__(self, units: Sequence[Unit], settling: Settling, now: datetime) -> None:
        self.units = units
        self._settling, self._now = settling, now
        self.overs = list(map(attrgetter("over_at"), units))
        odd = OddOnes(units, settling, now)
        self.steps = odd.steps()
        self._homes = [step.home for step in self.steps]
        self._totals = running(self.steps)
        self._deferred = [unit for unit in odd.units if unit.deferred_until is not None]
        apart = {unit.id for unit in odd.units}
        self.passes = _passes([unit for unit in units if unit.id not in apart] if apart else units)
        regular = units
        if apart or self.passes:
            courses = self.passes
            regular = [
                u for u in units if u.id not in apart and not (u.course in courses and u.study and not u.repeats)
            ]
        self.over = list(map(attrgetter("over_at"), regular))
        credited, required = (list(map(attrgetter(name), regular)) for name in ("credited", "required"))
        self._each = [credited, list(map(min, credited, required)), required]
        self.credited, self.counted, self.required = ([0, *accumulate(each)] for each in self._each)

    def deferred_until(self, period: Period) -> datetime | None:
        """The latest new due of what was deferred in a period."""
        found = (unit for unit in self._deferred if period.holds(unit.over_at))
        return max((unit.deferred_until for unit in found if unit.deferred_until), default=None)

    def capped(self, period: Period, latest: datetime) -> "Sums":
        """The same sums; what was put off in a period beyond ``latest`` is due then."""
        beyond = {
            unit.id
            for unit in self._deferred
            if unit.deferred_until is not None and unit.deferred_until > latest and period.holds(unit.over_at)
        }
        if not beyond:
            return self
        units = [replace(unit, deferred_until=latest) if unit.id in beyond else unit for unit in self.units]
        return Sums(units, self._settling, self._now)

    def tally(self, period: Period, instant: datetime) -> Tally:
        """The sums of what belongs to a period, by what was over at an instant."""
        low, high = self.bounds(period, instant)
        found = Tally(
            self.credited[high] - self.credited[low],
            self.counted[high] - self.counted[low],
            self.required[high] - self.required[low],
        )
        for passes in self.passes.values():
            found = plus(found, passes.tally(period, instant))
        return plus(found, self._odd(period, instant)) if self.steps else found

    def _odd(self, period: Period, instant: datetime) -> Tally:
        """The sums of what is odd in a period: running sums, unless one waits or counts in some periods only."""
        low, high = self._odd_bounds(period)
        if high > low and (self._totals[high].bound > self._totals[low].bound or self._totals[high].at > instant):
            return total(each for each in self.odd_steps(period) if each.at <= instant)
        return minus(self._totals[high].sum, self._totals[low].sum)

    def bounds(self, period: Period, instant: datetime) -> tuple[int, int]:
        """Where the regular units of a period begin and end, by what was over at an instant."""
        low = bisect_right(self.over, period.start)
        return low, max(low, bisect_right(self.over, min(period.end, instant)))

    def odd_steps(self, period: Period) -> list[Step]:
        """The steps of a period that are not simply one unit when it was over."""
        low, high = self._odd_bounds(period)
        return [step for step in self.steps[low:high] if step.counts_in(period)]

    def _odd_bounds(self, period: Period) -> tuple[int, int]:
        return bisect_right(self._homes, period.start), bisect_right(self._homes, period.end)

    def is_plain(self, period: Period) -> bool:
        """Whether every unit of a period simply counts when it was over."""
        if self.passes:
            return False
        low, high = self._odd_bounds(period)
        return low == high

    def regular(self, low: int = 0, high: int | None = None) -> Iterator[tuple[datetime, int, int, int]]:
        """The units that simply count when they were over: credited, counted, required."""
        stop = len(self.over) if high is None else high
        return zip(
            self.over[low:stop], self._each[0][low:stop], self._each[1][low:stop], self._each[2][low:stop], strict=True
        )

    def changes(self, period: Period, *, passes: bool = True) -> list[Change]:
        """Every change of the sums of a period, in the order of time."""
        low, high = self.bounds(period, period.end)
        found: list[Change] = [(over, c, k, r, 0) for over, c, k, r in self.regular(low, high)]
        for each in self.passes.values() if passes else ():
            found += each.steps(period)
        found += ((step.at, *step.change) for step in self.odd_steps(period))
        found.sort(key=itemgetter(0))
        return found

    def instants(self, period: Period) -> list[datetime]:
        """The instants at which something of a period was over, or changes by itself."""
        return sorted({change[0] for change in self.changes(period)})

    def slice(self, period: Period, instant: datetime) -> Slice:
        """The units of a period that were over at an instant."""
        low = bisect_right(self.overs, period.start)
        return Slice(self.units, low, max(low, bisect_right(self.overs, min(period.end, instant))))


def _passes(units: Sequence[Unit]) -> dict[str, Passes]:
    """Courses of which there are several passes, and each counts once in a period."""
    repeated = repeated_courses(units)
    if not repeated:
        return {}
    found: dict[str, list[Unit]] = {}
    for unit in units:
        if unit.study and not unit.repeats and unit.course in repeated:
            found.setdefault(unit.course, []).append(unit)
    return {course: Passes(found[course]) for course in sorted(found)}
