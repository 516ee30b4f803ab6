"""How hours and rate stand as sums grow: the changes of the state, found without adding up again."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from hub.rules.demands.columns import Columns, Rate
from hub.rules.demands.sums import Sums
from hub.rules.demands.tally import NOTHING, Tally, plus
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
    columns = sums.columns
    low, high = columns.bounds(period, period.end)
    growing = Growing(columns, demanded)
    place, extra, so_far, was = low, NOTHING, NOTHING, demanded.state(NOTHING)
    for at, more in sums.apart(period):
        until = bisect_left(columns.over, at, place, high)
        for n, state in growing.changes(place, until, so_far, was):
            was = state
            yield columns.over[n - 1], state
        extra, place = plus(extra, more), bisect_right(columns.over, at, until, high)
        so_far = plus(columns.tally(low, place), extra)
        state = demanded.state(so_far)
        if state != was:
            was = state
            yield at, state
    for n, state in growing.changes(place, high, so_far, was):
        yield columns.over[n - 1], state


class Growing:
    """What is demanded, against sums that grow along the columns."""

    def __init__(self, columns: Columns, demanded: Demanded) -> None:
        self._columns = columns
        self._demanded = demanded
        self._rate = demanded.rate or NO_RATE
        self._from_nothing = demanded.rate is None or demanded.nothing_required == "met"

    def changes(self, place: int, until: int, so_far: Tally, was: State) -> Iterator[tuple[int, State]]:
        """Where the state changes after a place, at which the sums are ``so_far`` and the state is ``was``."""
        columns, (share, whole) = self._columns, self._rate
        enough = self._demanded.seconds - so_far.credited + columns.credited[place]
        first = place + 1 if self._from_nothing else self._required(place, until, so_far)
        hidden = columns.open[until] - columns.open[place] + so_far.open
        if not hidden:
            first = bisect_left(columns.credited, enough, first, until + 1)
        if first > until:
            return
        credited, margin = columns.credited, columns.margin(self._rate)
        fair = margin[place] - so_far.counted * whole + so_far.required * share
        known = columns.open[place] - so_far.open
        for n in range(first, until + 1):
            state: State = "not_met"
            if credited[n] >= enough and margin[n] >= fair:
                state = "met"
            elif hidden:
                more = columns.open[n] - known
                if credited[n] + more >= enough and margin[n] + more * whole >= fair:
                    state = "unknown"
            if state != was:
                was = state
                yield n, state

    def _required(self, place: int, until: int, so_far: Tally) -> int:
        """The first place at which anything was required."""
        required = self._columns.required
        return bisect_right(required, required[place] - so_far.required, place + 1, until + 1)
