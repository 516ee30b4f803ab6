"""The periods that a demand is judged over in one cycle of a credential."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.rules.calendar import add, day_of, midnight_from, period_end, period_start
from hub.rules.span import Span
from hub.rules.timeline import BEGINNING
from hub.rules.values import Period
from hub.rules.workdays import Workdays

CALENDAR = ("week", "month", "quarter", "year")
_WORKED_WEEK = 4
"""A part of a week with fewer working days demands nothing."""


class Judged(NamedTuple):
    """A period that a cycle judges, and what its figure is meant for (the whole year of which it is a part)."""

    period: Period
    frame: Span


@dataclass(frozen=True, slots=True)
class CyclePeriods:
    """The periods that a cycle judges, and the one that runs on into the next cycle.

    ``running`` demands nothing here; what is done in it pays debts.
    """

    judged: tuple[Judged, ...]
    running: Judged | None = None


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
        return CyclePeriods(tuple(_years(cycle, zone)))
    start = cycle.start
    if over.startswith("rolling "):
        start = add(cycle.end, over.removeprefix("rolling "), zone, -1)
    return CyclePeriods((_whole(start, cycle.end),))


def next_from(over: str, cycle: Cycle, zone: ZoneInfo) -> datetime:
    """From where the next cycle judges the periods of a calendar: one that runs at the end belongs to it, whole.

    If none of at least half its length closes in the cycle, the running one is judged at the end too.
    """
    since = cycle.judged_from.get(over, cycle.start)
    edges = _edges(over, since, cycle, zone)
    running = max(edges[-2], since)
    halves = ((end - max(start, since)) * 2 >= end - start for start, end in pairwise(edges[:-1]))
    return running if running < cycle.end and any(halves) else cycle.end


def _years(cycle: Cycle, zone: ZoneInfo) -> Iterator[Judged]:
    start, n = cycle.start, 1
    while start < cycle.end:
        bound = midnight_from(add(cycle.start, "1 year", zone, n), zone)
        frame = Span(start, bound)
        yield Judged(_period(start, min(bound, cycle.end)), frame)
        start, n = bound, n + 1


def _calendar(over: str, cycle: Cycle, zone: ZoneInfo, workdays: Workdays) -> CyclePeriods:
    """Those that close within the cycle; the running one belongs to the next, or its part to the end is judged too."""
    since = cycle.judged_from.get(over, cycle.start)
    edges = _edges(over, since, cycle, zone)
    closed = [Judged(_period(max(start, since), end), Span(start, end)) for start, end in pairwise(edges[:-1])]
    asked = tuple(each for each in closed if bound_after(each, cycle) and _is_asked(over, each, zone, workdays))
    running = max(edges[-2], since)
    if running >= cycle.end:
        return CyclePeriods(asked)
    rest = Judged(_period(running, cycle.end), Span(edges[-2], edges[-1]))
    belongs_here = next_from(over, cycle, zone) == cycle.end
    return CyclePeriods((*asked, rest)) if belongs_here else CyclePeriods(asked, rest)


def _edges(over: str, since: datetime, cycle: Cycle, zone: ZoneInfo) -> list[datetime]:
    """The starts of the calendar's periods from one that holds an instant, to the first that is later than the end."""
    edges = [period_start(over, since, zone)]
    while edges[-1] <= cycle.end:
        edges.append(period_end(over, edges[-1], zone))
    return edges


def bound_after(judged: Judged, cycle: Cycle) -> bool:
    """Whether a period closes after what an opening balance has settled."""
    return judged.period.end > cycle.settled_at


def _is_asked(over: str, judged: Judged, zone: ZoneInfo, workdays: Workdays) -> bool:
    """A part of a week with few working days demands nothing."""
    period = judged.period
    if over != "week" or period.start == judged.frame.start:
        return True
    return workdays.count(day_of(period.start, zone), day_of(period.end, zone)) >= _WORKED_WEEK


def _whole(start: datetime, end: datetime) -> Judged:
    return Judged(_period(start, end), Span(start, end))


def _period(start: datetime, end: datetime) -> Period:
    return Period(start, end, end)
