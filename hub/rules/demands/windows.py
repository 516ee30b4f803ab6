"""A requirement as a rung of the ladder asks for it: over the stint, ever, a rolling stretch, or a calendar window."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from zoneinfo import ZoneInfo

from hub.rules.calendar import dropped_at, period_end, period_start
from hub.rules.demands.clause import Clause, Judged
from hub.rules.demands.hours import Demanded, Hours, HoursOver, transitions
from hub.rules.demands.passes import Passes
from hub.rules.demands.sums import Change
from hub.rules.demands.tally import NOTHING, minus
from hub.rules.span import Span
from hub.rules.timeline import BEGINNING, END, Timeline
from hub.rules.values import Period, State, Verdict

CALENDAR = ("week", "month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Window:
    """Over which time a rung judges a need, for a stint that began then."""

    over: str
    begins: datetime
    now: datetime
    zone: ZoneInfo

    def judged(self, clause: Clause) -> Judged:
        """The clause over this window, at every instant up to now."""
        if self.over in CALENDAR and isinstance(clause, Hours):
            return LastClosed(clause, self)
        if self.over.startswith("rolling ") and isinstance(clause, Hours):
            return Rolling(clause, self.over.removeprefix("rolling "), self.zone)
        start = BEGINNING if self.over == "ever" else self.begins
        return clause.over(Period(start, END, END))


def turns(judged: Judged, instant: datetime) -> datetime | None:
    """When its window turns after an instant: another period is the last closed one, or something drops out."""
    return judged.turns(instant) if isinstance(judged, LastClosed | Rolling) else None


class LastClosed:
    """The last closed calendar period of an hours requirement; its debt is paid by what is done since.

    What pays it does not count for the period that runs. Before the first one has closed it demands nothing.
    """

    def __init__(self, clause: Hours, window: Window) -> None:
        self._clause = clause
        self._window = window

    @cached_property
    def states(self) -> Timeline[State]:
        """Met while the last closed period is met or paid."""
        return Timeline("met", self._steps())

    def verdict(self, instant: datetime) -> Verdict:
        """The verdict of the last closed period, with what has been paid since."""
        closed = [each for each in self._periods if each.period.end <= instant]
        state = self.states.at(instant)
        since = self.states.since(instant) if state == "met" else None
        if not closed:
            return Verdict(self._clause.name, "met", since)
        found = closed[-1].verdict(instant)
        reason = "" if state == "met" else "evidence_unknown" if state == "unknown" else found.reason or "hours_short"
        owed = self._left(len(closed), instant) if state == "not_met" else 0
        return Verdict(
            found.requirement,
            state,
            since,
            (*found.figures, *self._clause.debt(owed)),
            reason,
            owed or found.missing,
            period=found.period,
            units=found.units,
        )

    def turns(self, instant: datetime) -> datetime | None:
        """When another period will be the last closed one."""
        return next((each.period.end for each in self._periods if each.period.end > instant), None)

    @cached_property
    def _periods(self) -> list[HoursOver]:
        """The periods since the stint began, the one that runs now included."""
        window, found = self._window, []
        start = period_start(window.over, window.begins, window.zone)
        while start <= window.now:
            end = period_end(window.over, start, window.zone)
            period = Period(max(start, window.begins), end, end)
            found.append(self._clause.over(period, Span(start, end)))
            start = end
        return found

    @cached_property
    def _debts(self) -> list[tuple[int, int]]:
        """What each closed period leaves owed, and would leave if all open time counted: it pays the one before it."""
        found = []
        owed = owed_at_best = 0
        for over in self._periods[:-1]:
            tally, demanded = over.tally(over.period.end), over.demanded
            owed = max(demanded.seconds - tally.credited + min(owed, tally.credited), 0)
            best = tally.credited + tally.open
            owed_at_best = max(demanded.seconds - best + min(owed_at_best, best), 0)
            found.append((owed, owed_at_best))
        return found

    def _left(self, closed: int, instant: datetime) -> int:
        """What is still owed of the last of so many closed periods, once what was done since has paid."""
        paid = self._periods[closed].tally(instant).credited if closed < len(self._periods) else 0
        return max(self._debts[closed - 1][0] - paid, 0)

    def _steps(self) -> Iterator[tuple[datetime, State]]:
        for n, (owed, owed_at_best) in enumerate(self._debts):
            yield from self._after(self._periods[n], self._periods[n + 1], owed, owed_at_best)

    def _after(
        self, over: HoursOver, following: HoursOver, owed: int, owed_at_best: int
    ) -> Iterator[tuple[datetime, State]]:
        """The states from the end of a period to that of the following one."""
        end = over.period.end
        rate = over.demanded.rate_short(over.tally(end))
        state: State = "met" if not owed and not rate else "unknown" if not owed_at_best and not rate else "not_met"
        yield end, state
        paid = following.reached(owed) if owed and not rate else None
        if paid is not None and paid < following.period.end:
            yield paid, "met"


class Rolling:
    """An hours requirement over the stretch of a length that ends at each instant."""

    def __init__(self, clause: Hours, length: str, zone: ZoneInfo) -> None:
        self._clause = clause
        self._length = length
        self._zone = zone

    @cached_property
    def states(self) -> Timeline[State]:
        """The state at every instant at which something is added or drops out."""
        return Timeline(self._demanded.state(NOTHING), self._changes())

    def verdict(self, instant: datetime) -> Verdict:
        """The verdict of the stretch that ends at an instant."""
        found = self._over(instant).verdict(instant)
        since = self.states.since(instant) if found.state == "met" else None
        return replace(found, since=since)

    def turns(self, instant: datetime) -> datetime | None:
        """When the next unit drops out."""
        return next((each for each in self._drops if each > instant), None)

    @cached_property
    def _demanded(self) -> Demanded:
        return self._clause.over(Period(BEGINNING, END, END)).demanded

    def _over(self, instant: datetime) -> HoursOver:
        """The stretch that ends at an instant, with the figure as it is: nothing is taken off for its days."""
        return self._clause.over(Period(self._start(instant), instant, instant), Span(BEGINNING, END))

    def _start(self, instant: datetime) -> datetime:
        """The last instant whose evidence has dropped out."""
        place = bisect_right(self._drops, instant)
        return self._clause.sums.overs[place - 1] if place else BEGINNING

    @cached_property
    def _drops(self) -> list[datetime]:
        """When each unit drops out, in the order in which they were over."""
        return [dropped_at(over, self._length, self._zone) for over in self._clause.sums.overs]

    def _changes(self) -> Iterator[tuple[datetime, State]]:
        return transitions(sorted(self._sliding(), key=itemgetter(0)), self._demanded)

    def _sliding(self) -> Iterator[Change]:
        """What the stretch gains and loses as it slides along."""
        sums, length, zone = self._clause.sums, self._length, self._zone
        yield from sums.changes(_EVER, passes=False)
        for over, c, k, r in sums.regular():
            yield dropped_at(over, length, zone), -c, -k, -r, 0
        for step in sums.steps:
            lost = minus(NOTHING, step.change)
            yield (max(step.at, dropped_at(step.home, self._length, self._zone)), *lost)
        for passes in sums.passes.values():
            yield from self._of_passes(passes)

    def _of_passes(self, passes: Passes) -> Iterator[Change]:
        """How the best pass in the stretch changes as it slides along."""
        return passes.sliding([dropped_at(over, self._length, self._zone) for over in passes.over])


_EVER = Period(BEGINNING, END, END)
