"""The periods that a demand is judged over in one cycle of a credential."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.rules.calendar import add, day_of, midnight_from, period_end, period_start
from hub.rules.span import Span
from hub.rules.timeline import BEGINNING
from hub.rules.values import Period
from hub.rules.workdays import Workdays

CALENDAR = ("week", "month", "quarter", "year")
_WORKED_WEEK = 4
"""A part of a week with fewer working days demands nothing."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A period that a cycle judges, and what its figure is meant for (the whole year of which it is a part)."""

    period: Period
    frame: Span


@dataclass(frozen=True, slots=True)
class CyclePeriods:
    """The periods that a cycle judges, the one that runs on into the next cycle, and where that one takes over.

    ``running`` demands nothing here; what is done in it pays debts.
    """

    judged: tuple[Judged, ...]
    running: Judged | None
    next_from: datetime


@dataclass(frozen=True, slots=True)
class Cycle:
    """One period of validity of an own credential.

    ``first_at`` is the first issue of the unbroken life, ``times`` how many lengths later it ends; ``judged_from`` is
    where the calendar periods begin that no earlier cycle has judged; what closed before ``settled_at`` is settled.
    """

    start: datetime
    end: datetime
    first_at: datetime
    times: int = 1
    judged_from: dict[str, datetime] = field(default_factory=dict, compare=False, hash=False)
    settled_at: datetime = BEGINNING

    @property
    def span(self) -> Span:
        """From when to when."""
        return Span(self.start, self.end)


def cycle_periods(over: str, cycle: Cycle, zone: ZoneInfo, workdays: Workdays) -> CyclePeriods:
    """The periods of a demand ``over`` something in a cycle."""
    if over in CALENDAR:
        return _calendar(over, cycle, zone, workdays)
    if over == "credential_year":
        return CyclePeriods(tuple(_years(cycle, zone)), None, cycle.end)
    start = cycle.start
    if over.startswith("rolling "):
        start = add(cycle.end, over.removeprefix("rolling "), zone, -1)
    return CyclePeriods((_whole(start, cycle.end),), None, cycle.end)


def _years(cycle: Cycle, zone: ZoneInfo) -> Iterator[Judged]:
    start, n = cycle.start, 1
    while start < cycle.end:
        bound = midnight_from(add(cycle.start, "1 year", zone, n), zone)
        frame = Span(start, bound)
        yield Judged(_period(start, min(bound, cycle.end)), frame)
        start, n = bound, n + 1


def _calendar(over: str, cycle: Cycle, zone: ZoneInfo, workdays: Workdays) -> CyclePeriods:
    """Those that close within the cycle; the running one belongs to the next, whole.

    If none of at least half its length closes, the running one is judged at the end too, its rest in the next cycle.
    """
    since = cycle.judged_from.get(over, cycle.start)
    start, closed = period_start(over, since, zone), []
    while (bound := period_end(over, start, zone)) <= cycle.end:
        closed.append(Judged(_period(max(start, since), bound), Span(start, bound)))
        start = bound
    asked = [each for each in closed if bound_after(each, cycle) and _is_asked(over, each, zone, workdays)]
    if max(start, since) >= cycle.end:
        return CyclePeriods(tuple(asked), None, cycle.end)
    rest = Judged(_period(max(start, since), cycle.end), Span(start, bound))
    if any(_at_least_half(each) for each in closed):
        return CyclePeriods(tuple(asked), rest, rest.period.start)
    return CyclePeriods((*asked, rest), None, cycle.end)


def bound_after(judged: Judged, cycle: Cycle) -> bool:
    """Whether a period closes after what an opening balance has settled."""
    return judged.period.end > cycle.settled_at


def _is_asked(over: str, judged: Judged, zone: ZoneInfo, workdays: Workdays) -> bool:
    """A part of a week with few working days demands nothing."""
    period = judged.period
    if over != "week" or period.start == judged.frame.start:
        return True
    return workdays.count(day_of(period.start, zone), day_of(period.end, zone)) >= _WORKED_WEEK


def _at_least_half(judged: Judged) -> bool:
    part = judged.period.end - judged.period.start
    return part * 2 >= judged.frame.end - judged.frame.start


def _whole(start: datetime, end: datetime) -> Judged:
    return Judged(_period(start, end), Span(start, end))


def _period(start: datetime, end: datetime) -> Period:
    return Period(start, end, end)
