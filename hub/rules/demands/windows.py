"""A requirement as a rung of the ladder asks for it: over the stint, ever, a rolling stretch, or a calendar window."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from hub.rules.calendar import period_end, period_start
from hub.rules.demands.clause import Clause, Judged
from hub.rules.demands.hours import Hours, HoursOver
from hub.rules.demands.rolling import Rolling
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
