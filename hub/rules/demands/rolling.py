"""Hours over the stretch of a length that ends at each instant: it gains what is over, and loses what drops out.

The state seldom changes, so it is not asked at every instant: over a range of time, the least and the most that the
stretch can hold mostly tell that it stays the same. Only where they do not, the range is halved.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from itertools import takewhile
from zoneinfo import ZoneInfo

from hub.rules.calendar import dropped_at
from hub.rules.demands.hours import Hours, HoursOver
from hub.rules.demands.judging import Demanded, state_changes
from hub.rules.demands.moving import Moving, throughout
from hub.rules.demands.tally import plus
from hub.rules.span import Span
from hub.rules.timeline import BEGINNING, END, Timeline
from hub.rules.values import Period, State, Verdict

_FEW = 16
"""So few units are asked one by one."""


class Rolling:
    """An hours requirement over the stretch of a length that ends at each instant."""

    def __init__(self, clause: Hours, length: str, zone: ZoneInfo) -> None:
        self._clause = clause
        self._sums = clause.sums
        self._overs = clause.sums.overs
        self._length = length
        self._zone = zone

    @cached_property
    def states(self) -> Timeline[State]:
        """The state at every instant at which something is added or drops out."""
        return Timeline(self._state(BEGINNING, BEGINNING), self._changes())

    def verdict(self, instant: datetime) -> Verdict:
        """The verdict of the stretch that ends at an instant."""
        place = bisect_right(self._overs, instant, key=self._drops)
        found = self._over(self._overs[place - 1] if place else BEGINNING, instant).verdict(instant)
        since = self.states.since(instant) if found.state == "met" else None
        return replace(found, since=since)

    def turns(self, instant: datetime) -> datetime | None:
        """When the next unit drops out."""
        place = bisect_right(self._overs, instant, key=self._drops)
        return self._drops(self._overs[place]) if place < len(self._overs) else None

    @cached_property
    def _demanded(self) -> Demanded:
        return self._clause.over(Period(BEGINNING, END, END)).demanded

    def _over(self, start: datetime, instant: datetime) -> HoursOver:
        """The stretch that ends at an instant, with the figure as it is: nothing is taken off for its days."""
        return self._clause.over(Period(start, instant, instant), Span(BEGINNING, END))

    def _state(self, start: datetime, instant: datetime) -> State:
        sums = self._sums
        odd = sums.steps and sums.odd(Period(start, instant, instant), instant)
        tally = sums.regular(start, instant, instant)
        return self._demanded.state(plus(tally, odd) if odd else tally)

    def _drops(self, over: datetime) -> datetime:
        return dropped_at(over, self._length, self._zone)

    def _changes(self) -> list[tuple[datetime, State]]:
        if not self._overs:
            return []
        until = self._drops(self._overs[0])
        grown = state_changes(self._sums, Period(BEGINNING, until, END), self._demanded)
        found = list(takewhile(lambda change: change[0] < until, grown))
        self._losing(found, 0, len(self._overs), until, END)
        return found

    def _losing(
        self, found: list[tuple[datetime, State]], first: int, last: int, begins: datetime, ends: datetime
    ) -> None:
        """Find the states from the instant at which one unit drops out to that of another one."""
        if begins >= ends:
            return
        moving = Moving(self._overs[first], self._overs[last - 1], begins, ends)
        state = throughout(self._sums, moving, self._demanded)
        if state is not None:
            found.append((begins, state))
        elif last - first <= _FEW:
            found += self._each(first, last, begins, ends)
        else:
            middle = (first + last) // 2
            between = self._drops(self._overs[middle])
            self._losing(found, first, middle, begins, between)
            self._losing(found, middle, last, between, ends)

    def _each(self, first: int, last: int, begins: datetime, ends: datetime) -> Iterator[tuple[datetime, State]]:
        """The state wherever something drops out or is added, within a range of time."""
        drops = [self._drops(over) for over in self._overs[first:last]]
        gained = self._overs[bisect_left(self._overs, begins) : bisect_left(self._overs, ends)]
        turns = self._sums.turns
        edges = {*drops, *gained, *turns[bisect_left(turns, begins) : bisect_left(turns, ends)]}
        for edge in sorted(edges):
            if begins <= edge < ends:
                start = self._overs[first + bisect_right(drops, edge) - 1]
                yield edge, self._state(start, edge)
