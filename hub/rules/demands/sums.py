"""Sums of the units of some courses over any period, at any instant, without looking at each unit again."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from operator import attrgetter

from hub.rules.demands.odd_units import OddOnes, Settling, Step, total
from hub.rules.demands.tally import Tally
from hub.rules.unit import Unit
from hub.rules.values import Period, Slice


class Sums:
    """The units of some courses, in the order in which they were over, with what they add up to."""

    def __init__(self, units: Sequence[Unit], settling: Settling, now: datetime) -> None:
        self.units = units
        self.overs = list(map(attrgetter("over_at"), units))
        odd = OddOnes(units, settling, now)
        self.steps = odd.steps()
        self._homes = [step.home for step in self.steps]
        self._deferred = [unit for unit in odd.units if unit.deferred_until is not None]
        gone = {unit.id for unit in odd.units}
        regular = [unit for unit in units if unit.id not in gone] if gone else units
        self.over = list(map(attrgetter("over_at"), regular)) if gone else self.overs
        self.credited = [0, *accumulate(map(attrgetter("credited"), regular))]
        self.counted = [0, *accumulate(map(attrgetter("counted"), regular))]
        self.required = [0, *accumulate(map(attrgetter("required"), regular))]

    def deferred_until(self, period: Period) -> datetime | None:
        """The latest new due of what was deferred in a period."""
        found = (unit for unit in self._deferred if period.holds(unit.over_at))
        return max((unit.deferred_until for unit in found if unit.deferred_until), default=None)

    def tally(self, period: Period, instant: datetime) -> Tally:
        """The sums of what belongs to a period, by what was over at an instant."""
        low, high = self.bounds(period, instant)
        found = Tally(
            self.credited[high] - self.credited[low],
            self.counted[high] - self.counted[low],
            self.required[high] - self.required[low],
        )
        return found + total(each for each in self.odd_steps(period) if each.at <= instant) if self.steps else found

    def bounds(self, period: Period, instant: datetime) -> tuple[int, int]:
        """Where the regular units of a period begin and end, by what was over at an instant."""
        low = bisect_right(self.over, period.start)
        return low, max(low, bisect_right(self.over, min(period.end, instant)))

    def odd_steps(self, period: Period) -> list[Step]:
        """The steps of a period that are not simply one unit when it was over."""
        low, high = bisect_right(self._homes, period.start), bisect_right(self._homes, period.end)
        return [step for step in self.steps[low:high] if step.counts_in(period)]

    def slice(self, period: Period, instant: datetime) -> Slice:
        """The units of a period that were over at an instant."""
        low = bisect_right(self.overs, period.start)
        return Slice(self.units, low, max(low, bisect_right(self.overs, min(period.end, instant))))
