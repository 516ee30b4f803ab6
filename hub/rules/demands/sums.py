"""Sums of the units of some courses over any period, at any instant, without looking at each unit again."""

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from itertools import compress, groupby
from operator import attrgetter, itemgetter

from hub.rules.demands.columns import Columns
from hub.rules.demands.odd_units import OddOnes, Settling, Step, marked, repeated_courses, running
from hub.rules.demands.passes import Passes
from hub.rules.demands.tally import NOTHING, Tally, minus, plus, total
from hub.rules.timeline import END
from hub.rules.unit import Unit
from hub.rules.values import Period, Slice

Change = tuple[datetime, int, int, int, int]
"""When the sums change, and by what: credited, counted, required, open."""


class Sums:
    """The units of some courses, in the order in which they were over, with what they add up to.

    Most count simply when they were over: ``columns`` are their running sums. Those that do not are kept apart: passes
    of a course of which there are several, and odd ones (deferred, made up, not over yet).
    """

    def __init__(
        self, units: Sequence[Unit], settling: Settling, now: datetime, odd: Sequence[Unit] | None = None
    ) -> None:
        """``odd`` are those that may be, where it is known already."""
        self.units = units
        self._settling, self._now = settling, now
        found = OddOnes(marked(units, now) if odd is None else odd, settling, now)
        self.steps = found.steps()
        self._homes = [step.home for step in self.steps]
        self._totals = running(self.steps)
        self._deferred = [unit for unit in found.apart if unit.deferred_until is not None]
        apart = {unit.id for unit in found.apart}
        self.passes = _passes(units, {*apart, *(unit.id for unit in found.open)})
        regular = [unit for unit in units if unit.id not in apart] if apart else units
        self.columns = Columns(_not_in(self.passes, regular) if self.passes else regular)

    @cached_property
    def overs(self) -> list[datetime]:
        """When each was over."""
        return list(map(attrgetter("over_at"), self.units))

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
        found = self.columns.tally(*self.columns.bounds(period, instant))
        for passes in self.passes.values():
            found = plus(found, passes.tally(period, instant))
        return plus(found, self._odd(period, instant)) if self.steps else found

    def _odd(self, period: Period, instant: datetime) -> Tally:
        """The sums of what is odd in a period: running sums, unless one waits or counts in some periods only."""
        low, high = self._odd_bounds(period)
        if high > low and (self._totals[high].bound > self._totals[low].bound or self._totals[high].at > instant):
            return total(each.change for each in self.odd_steps(period) if each.at <= instant)
        return minus(self._totals[high].sum, self._totals[low].sum)

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

    def apart(self, period: Period) -> list[tuple[datetime, Tally]]:
        """How passes and odd units change the sums of a period, instant by instant."""
        found: list[Change] = [step for each in self.passes.values() for step in each.steps(period)]
        found += ((step.at, *step.change) for step in self.odd_steps(period))
        found.sort(key=itemgetter(0))
        return [(at, _together(changes)) for at, changes in groupby(found, key=itemgetter(0))]

    def changes(self, period: Period) -> list[tuple[datetime, Tally]]:
        """The sums of a period at every instant at which they change, in the order of time."""
        columns, (low, high) = self.columns, self.columns.bounds(period, period.end)
        found, place, extra = [], low, NOTHING
        for at, more in [*self.apart(period), (END, NOTHING)]:
            before = bisect_left(columns.over, at, place, high)
            found += [(columns.over[n - 1], plus(columns.tally(low, n), extra)) for n in range(place + 1, before + 1)]
            extra, place = plus(extra, more), bisect_right(columns.over, at, before, high)
            if at < END:
                found.append((at, plus(columns.tally(low, place), extra)))
        return found

    def instants(self, period: Period) -> list[datetime]:
        """The instants at which something of a period was over, or changes by itself."""
        low, high = self.columns.bounds(period, period.end)
        return sorted({*self.columns.over[low:high], *(at for at, _change in self.apart(period))})

    def slice(self, period: Period, instant: datetime) -> Slice:
        """The units of a period that were over at an instant."""
        low = bisect_right(self.overs, period.start)
        return Slice(self.units, low, max(low, bisect_right(self.overs, min(period.end, instant))))


def _passes(units: Sequence[Unit], apart: Container[str]) -> dict[str, Passes]:
    """Courses of which there are several passes, and each counts once in a period."""
    studied = compress(units, map(attrgetter("study"), units))
    passed = [unit for unit in studied if not unit.repeats and unit.id not in apart]
    repeated = repeated_courses(passed)
    found: dict[str, list[Unit]] = {course: [] for course in sorted(repeated)}
    for unit in passed if repeated else ():
        if unit.course in repeated:
            found[unit.course].append(unit)
    return {course: Passes(days) for course, days in found.items()}


def _not_in(passes: Container[str], units: Sequence[Unit]) -> list[Unit]:
    """The units that are no day of a pass of which there are several."""
    return [unit for unit in units if unit.course not in passes or not unit.study or unit.repeats or unit.open]


def _together(changes: Iterable[Change]) -> Tally:
    return total(Tally(*each[1:]) for each in changes)
