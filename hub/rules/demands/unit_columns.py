"""Units in the order in which they were over, column by column: what sums ask of each is read off it once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import gt, itemgetter, lt

from hub.rules.unit import Unit, in_order


@dataclass(frozen=True, slots=True)
class UnitColumns:
    """Units in the order in which they were over; place ``n`` of each column speaks of unit ``n``.

    ``distinct``: no two were over at one instant. ``counted`` is ``credited`` itself where no unit was credited beyond
    what was required of it.
    """

    units: Sequence[Unit]
    over: Sequence[datetime]
    credited: Sequence[int]
    counted: Sequence[int]
    required: Sequence[int]
    open: Sequence[int]
    distinct: bool

    def at(self, places: Sequence[int]) -> "UnitColumns":
        """Those at some places, the least first."""
        if len(places) == len(self.units):
            return self
        if len(places) < 2:  # of one place, a getter gives no sequence
            return columns_of([self.units[place] for place in places])
        pick = itemgetter(*places)
        credited = pick(self.credited)
        counted = credited if self.counted is self.credited else pick(self.counted)
        over = pick(self.over)
        distinct = self.distinct or _ascend(over)
        return UnitColumns(pick(self.units), over, credited, counted, pick(self.required), pick(self.open), distinct)


def columns_of(units: Iterable[Unit]) -> UnitColumns:
    """Units, in whatever order, as columns."""
    found = in_order(units)
    over, hidden = [unit.over_at for unit in found], [unit.open for unit in found]
    credited, required = [unit.credited for unit in found], [unit.required for unit in found]
    counted = list(map(min, credited, required)) if any(map(gt, credited, required)) else credited
    return UnitColumns(found, over, credited, counted, required, hidden, _ascend(over))


def _ascend(over: Sequence[datetime]) -> bool:
    return all(map(lt, over, islice(over, 1, None)))
