"""Sums of the units of some courses over any period, at any instant, without looking at each unit again."""

from bisect import bisect_right
from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from operator import attrgetter, itemgetter

from hub.rules.demands.columns import Columns
from hub.rules.demands.odd_units import OddOnes, Settling, Step, marked, running
from hub.rules.demands.passes import Change, Passes, Studies
from hub.rules.demands.tally import Tally, minus, plus, total
from hub.rules.unit import Unit
from hub.rules.values import Period, Slice


class Sums:
    """The units of some courses, in the order in which they were over, with what they add up to.

    Most count simply when they were over: ``columns`` are their running sums. Those that do not are kept apart: passes
    of a course of which there are several, and odd ones (deferred, made up, not over yet).
    """

    def __init__(
        self,
        units: Sequence[Unit],
        settling: Settling,
        now: datetime,
        odd: Sequence[Unit] | None = None,
        passes: dict[str, Passes] | None = None,
    ) -> None:
        """``odd`` are the units that may be, ``passes`` those of their courses; found, where they are not given."""
        self.units = units
        self._settling, self._now = settling, now
        found = OddOnes(marked(units, now).units if odd is None else odd, settling, now)
        self.steps = found.steps()
        self._homes = [step.home for step in self.steps]
        self._totals = running(self.steps)
        self._deferred = [unit for unit in found.apart if unit.deferred_until is not None]
        apart = {unit.id for unit in found.apart}
        if passes is None:
            studies = Studies(units, {unit.id for unit in (*found.apart, *found.open)})
            passes = studies.of(studies.courses)
        self.passes = passes
        regular = [unit for unit in units if unit.id not in apart] if apart else units
        self.columns = Columns(_not_in(self.passes, regular) if self.passes else regular)

    @cached_property
    def overs(self) -> list[datetime]:
        """When each was over."""
        return list(map(attrgetter("over_at"), self.units))

    @property
    def defers(self) -> bool:
        """Whether anything is put off."""
        return bool(self._deferred)

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
        found = self.regular(period.start, min(period.end, instant))
        return plus(found, self.odd(period, instant)) if self.steps else found

    def regular(self, start: datetime, end: datetime) -> Tally:
        """The sums of what was over after an instant and by another one, without what is odd."""
        found = self.columns.tally(*self.columns.bounds(start, end))
        for passes in self.passes.values():
            found = plus(found, passes.tally(start, end))
        return found

    def odd(self, period: Period, instant: datetime) -> Tally:
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

    def apart(self, period: Period) -> list[Change]:
        """How passes and odd units change the sums of a period, in the order of time."""
        found: list[Change] = [step for each in self.passes.values() for step in each.steps(period)]
        if self.steps:
            found += ((step.at, *step.change) for step in self.odd_steps(period))
        found.sort(key=itemgetter(0))
        return found

    def instants(self, period: Period) -> list[datetime]:
        """The instants at which something of a period was over, or changes by itself."""
        low, high = self.columns.bounds(period.start, period.end)
        return sorted({*self.columns.over[low:high], *(at for at, *_change in self.apart(period))})

    def slice(self, period: Period, instant: datetime) -> Slice:
        """The units of a period that were over at an instant."""
        low = bisect_right(self.overs, period.start)
        return Slice(self.units, low, max(low, bisect_right(self.overs, min(period.end, instant))))


def _not_in(passes: Container[str], units: Sequence[Unit]) -> list[Unit]:
    """The units that are no day of a pass of which there are several."""
    return [unit for unit in units if unit.course not in passes or not unit.study or unit.repeats or unit.open]
