"""Sums of the units of some courses over any period, at any instant, without looking at each unit again."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

from hub.rules.demands.columns import Columns
from hub.rules.demands.odd_units import OddOnes, Step, marked, running
from hub.rules.demands.passes import Change, Passes, Studies
from hub.rules.demands.settling import Settling
from hub.rules.demands.tally import Tally, minus, plus, total
from hub.rules.demands.unit_columns import UnitColumns, columns_of
from hub.rules.unit import Unit
from hub.rules.values import Period, Slice


class ToldApart(NamedTuple):
    """What is known of some units before they are added up.

    ``odd`` are those that may be odd, ``passes`` those of their courses, ``regular`` what is no day of any of these.
    """

    odd: Sequence[Unit]
    passes: dict[str, Passes]
    regular: UnitColumns


class Sums:
    """The units of some courses, in the order in which they were over, with what they add up to.

    Most count simply when they were over: ``columns`` are their running sums. Those that do not are kept apart: passes
    of a course of which there are several, and odd ones (deferred, made up, not over yet).
    """

    def __init__(self, listed: UnitColumns, settling: Settling, now: datetime, told: ToldApart | None = None) -> None:
        """``told``: what is known of the units; found out, where it is not given."""
        self.units, self.overs = listed.units, listed.over
        self._settling, self._now = settling, now
        found = OddOnes(told.odd if told else marked(listed, now).units, settling, now)
        self._deferred = [unit for unit in found.apart if unit.deferred_until is not None]
        apart = {unit.id for unit in found.apart}
        _odd, passes, regular = told or _told_apart(listed, apart)
        self.passes = {course: each.settled(settling) for course, each in passes.items()}
        self.steps = found.steps(self.passes)
        self._homes = [step.home for step in self.steps]
        self._totals = running(self.steps)
        self._settled = [each.at for each in self._totals]
        self.turns = sorted({*(step.at for step in self.steps), *chain(*(each.turns for each in self.passes.values()))})
        self.columns = Columns(_without(regular, apart) if apart else regular)

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
        return Sums(columns_of(units), self._settling, self._now)

    def tally(self, period: Period, instant: datetime) -> Tally:
        """The sums of what belongs to a period, by what was over at an instant."""
        found = self.regular(period.start, min(period.end, instant), instant)
        return plus(found, self.odd(period, instant)) if self.steps else found

    def regular(self, start: datetime, end: datetime, instant: datetime) -> Tally:
        """The sums at an instant of what was over after one instant and by another one, without what is odd."""
        found = self.columns.tally(*self.columns.bounds(start, end))
        for passes in self.passes.values():
            found = plus(found, passes.tally(start, end, instant))
        return found

    def odd(self, period: Period, instant: datetime) -> Tally:
        """The sums of what is odd in a period: running sums as far as none waits, or counts in some periods only."""
        low, high = self._odd_bounds(period)
        sure = high if high <= low else min(max(bisect_right(self._settled, instant) - 1, low), high)
        if high > low and self._totals[high].bound > self._totals[low].bound:
            sure = low
        found = minus(self._totals[sure].sum, self._totals[low].sum)
        later = (each for each in self.steps[sure:high] if each.at <= instant and each.counts_in(period))
        return plus(found, total(each.change for each in later)) if sure < high else found

    def odd_over(self, first: datetime, last: datetime, begins: datetime, ends: datetime) -> tuple[Tally, list[Tally]]:
        """What is odd in all stretches that start from ``first`` to ``last`` and end within ``[begins, ends)``.

        First what counts in each of them, then the changes that count in some.
        """
        low, inner, high = (bisect_right(self._homes, each) for each in (first, last, ends))
        sure = max(min(bisect_right(self._settled, begins) - 1, bisect_right(self._homes, begins)), inner)
        if self._totals[sure].bound > self._totals[inner].bound:
            sure = inner
        always, at_times = minus(self._totals[sure].sum, self._totals[inner].sum), []
        for step in chain(self.steps[low:inner], self.steps[sure:high]):
            if step.is_bound or step.home <= last or max(step.home, step.at) > begins:
                if step.at < ends:
                    at_times.append(step.change)
            else:
                always = plus(always, step.change)
        return always, at_times

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


def _told_apart(listed: UnitColumns, apart: set[str]) -> ToldApart:
    studies = Studies(listed, apart)
    passes = studies.of(studies.courses)
    days = studies.days(passes)
    regular = listed.at([place for place in range(len(listed.units)) if place not in days]) if days else listed
    return ToldApart((), passes, regular)


def _without(listed: UnitColumns, apart: set[str]) -> UnitColumns:
    return listed.at([place for place, unit in enumerate(listed.units) if unit.id not in apart])
