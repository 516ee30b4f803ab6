"""How hours and rate stand as sums grow: the changes of the state, found without adding up again."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from hub.rules.demands.columns import Columns, Rate
from hub.rules.demands.sums import Sums
from hub.rules.demands.tally import NOTHING, Tally
from hub.rules.timeline import END
from hub.rules.values import Period, State

NO_RATE: Rate = (0, 1)
"""A share of nothing, which whatever was counted suffices for."""


@dataclass(frozen=True, slots=True)
class Demanded:
    """Seconds and rate as whole numbers, so that no comparison rounds."""

    seconds: int
    rate: Rate | None
    nothing_required: State
    """What a rate is judged by when nothing was required: a grant is not met, a renewal is."""

    def short(self, tally: Tally) -> str:
        """Which of both is not met; empty for none."""
        if tally.credited < self.seconds:
            return "hours_short"
        return "rate_short" if self.rate_short(tally) else ""

    def rate_short(self, tally: Tally) -> bool:
        """Whether the rate is too low."""
        if self.rate is None:
            return False
        if not tally.required:
            return self.nothing_required != "met"
        share, whole = self.rate
        return tally.counted * whole < share * tally.required

    def state(self, tally: Tally) -> State:
        """Met for certain, not met even if all open time counted, or unknown."""
        if not self.short(tally):
            return "met"
        return "unknown" if tally.open and not self.short(at_best(tally)) else "not_met"


def at_best(tally: Tally) -> Tally:
    """The sums if all open time were credited."""
    counted = min(tally.counted + tally.open, max(tally.required, tally.counted))
    return Tally(tally.credited + tally.open, counted, tally.required)


def state_changes(sums: Sums, period: Period, demanded: Demanded) -> Iterator[tuple[datetime, State]]:
    """The changes of the state over a period, in the order of time; changes of one instant count together."""
    columns, apart = sums.columns, sums.apart(period)
    low, high = columns.bounds(period.start, period.end)
    growing = Growing(columns, low, demanded)
    was, at, place = demanded.state(NOTHING), period.start, low
    credited = counted = required = open_ = 0
    for n, (following, more, of_rate, due, unknown) in enumerate([*apart, (END, 0, 0, 0, 0)]):
        if n == 0 or following > at:
            until = bisect_left(columns.over, following, place, high)
            for here, state in growing.changes(place, until, Tally(credited, counted, required, open_), was):
                was = state
                yield columns.over[here - 1] if here > place else at, state
            at, place = following, bisect_right(columns.over, following, until, high)
        credited, counted, required, open_ = credited + more, counted + of_rate, required + due, open_ + unknown


class Growing:
    """What is demanded, against the sums since a place of the columns."""

    def __init__(self, columns: Columns, low: int, demanded: Demanded) -> None:
        self._columns = columns
        self._low = low
        self._demanded = demanded
        self._share, self._whole = demanded.rate or NO_RATE
        self._margin = columns.margin(demanded.rate or NO_RATE)
        self._from_nothing = demanded.rate is None or demanded.nothing_required == "met"

    def changes(self, place: int, until: int, extra: Tally, was: State) -> Iterator[tuple[int, State]]:
        """Where the state becomes another one than it ``was``, from one place to another; ``extra`` counts besides."""
        columns, low, margin, nothing = self._columns, self._low, self._margin, self._from_nothing
        credited, required = columns.credited, columns.required
        enough = self._demanded.seconds + credited[low] - extra.credited
        fair = margin[low] - extra.counted * self._whole + extra.required * self._share
        none = required[low] - extra.required
        known = columns.open[low] - extra.open
        hidden = columns.open[until] > known
        first = place
        if not hidden and was == "not_met":  # until hours suffice it stays so
            first = bisect_left(credited, enough, place, until + 1)
        for n in range(first, until + 1):
            state: State = "not_met"
            if credited[n] >= enough and margin[n] >= fair and (nothing or required[n] > none):
                state = "met"
            elif hidden and self._at_best(n, enough, fair, known) and (nothing or required[n] > none):
                state = "unknown"
            if state != was:
                was = state
                yield n, state

    def _at_best(self, place: int, enough: int, fair: int, known: int) -> bool:
        more = self._columns.open[place] - known
        return self._columns.credited[place] + more >= enough and self._margin[place] + more * self._whole >= fair
