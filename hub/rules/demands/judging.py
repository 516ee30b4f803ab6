"""How hours and rate stand as sums grow: the changes of the state, found without adding up again."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress, count, islice, repeat
from operator import add, ne

from hub.rules.demands.clause import STATES
from hub.rules.demands.columns import Columns, Rate
from hub.rules.demands.sums import Sums
from hub.rules.demands.tally import NOTHING, Tally
from hub.rules.timeline import END
from hub.rules.values import Period, State

NO_RATE: Rate = (0, 1)
"""A share of nothing, which whatever was counted suffices for."""
_CERTAIN: tuple[State, ...] = ("not_met", "met")
"""What a state can be where nothing is open."""


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
    enough = demanded.seconds + columns.at_best[low]
    credited = counted = required = open_ = 0
    for n, (following, more, of_rate, due, unknown) in enumerate([*apart, (END, 0, 0, 0, 0)]):
        if n == 0 or following > at:
            until = bisect_left(columns.over, following, place, high)
            if was != "not_met" or columns.at_best[until] + credited + open_ >= enough:  # else it stays so
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

    def changes(self, place: int, until: int, extra: Tally, was: State) -> Iterator[tuple[int, State]]:
        """Where the state becomes another one than it ``was``, from one place to another; ``extra`` counts besides."""
        begins, levels = self._suffices(place, until, extra, at_best=False)
        states = _CERTAIN
        if self._columns.open[until] + extra.open > self._columns.open[self._low]:
            states = STATES
            begins, levels = self._with_unknown(place, until, extra, begins, levels)
        if begins > place and was != "not_met":
            was = "not_met"
            yield place, was
        for n in turns(levels):
            if states[levels[n]] != was:
                was = states[levels[n]]
                yield begins + n, was

    def _with_unknown(
        self, place: int, until: int, extra: Tally, certain: int, met: Sequence[int]
    ) -> tuple[int, Sequence[int]]:
        """The levels where something is open, given where it is met for certain: open time is asked only elsewhere."""
        if all(met):
            begins, levels = self._suffices(place, certain - 1, extra, at_best=True)
            return begins, [*levels, *repeat(2, len(met))]
        begins, levels = self._suffices(place, until, extra, at_best=True)
        return begins, list(map(add, levels, [*repeat(0, certain - begins), *met]))

    def _suffices(self, place: int, until: int, extra: Tally, *, at_best: bool) -> tuple[int, Sequence[int]]:
        """From where hours suffice, as they then go on to, and at each place from there on whether the rate does too.

        ``at_best`` counts all open time.
        """
        columns, low, demanded = self._columns, self._low, self._demanded
        more = extra.open if at_best else 0
        hours = columns.at_best if at_best else columns.credited
        first = bisect_left(hours, demanded.seconds + hours[low] - extra.credited - more, place, until + 1)
        if demanded.rate is None:
            return first, [True] * (until + 1 - first)
        if demanded.nothing_required != "met":
            first = bisect_right(columns.required, columns.required[low] - extra.required, first, until + 1)
        share, whole = demanded.rate
        margin = columns.margin(demanded.rate)
        fair = margin[low] - (extra.counted + more) * whole + extra.required * share
        if not at_best:
            return first, reach(margin, fair, first, until)
        known = columns.open[low]
        sums = zip(margin[first : until + 1], columns.open[first : until + 1], strict=True)
        return first, [each + (hidden - known) * whole >= fair for each, hidden in sums]


def reach(column: Sequence[int], least: int, first: int, last: int) -> list[bool]:
    """Whether a column comes to at least so much, at each place from one to another."""
    return [each >= least for each in column[first : last + 1]]


def turns(levels: Sequence[int]) -> Iterator[int]:
    """The first of some places, and each at which the level is another one than before."""
    if levels:
        yield 0
        if levels.count(levels[0]) < len(levels):
            yield from compress(count(1), map(ne, levels, islice(levels, 1, None)))
