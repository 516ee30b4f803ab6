"""Lengths of time in words, and the windows over which evidence counts."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from schemas.position import Window

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """``[start, end)``."""

    start: datetime
    end: datetime

    def holds(self, instant: datetime) -> bool:
        """Whether an instant lies within."""
        return self.start <= instant < self.end


Runs = tuple[Span, ...]
"""Disjoint stretches of time, the earliest first."""


def joined(spans: Iterable[Span]) -> Runs:
    """The time that lies in any of the spans; spans that touch become one."""
    runs: list[Span] = []
    for each in sorted(spans, key=lambda s: (s.start, s.end)):
        if runs and each.start <= runs[-1].end:
            runs[-1] = Span(runs[-1].start, max(runs[-1].end, each.end))
        elif each.start < each.end:
            runs.append(each)
    return tuple(runs)


def shared(one: Runs, other: Runs) -> Runs:
    """The time that lies in both."""
    pairs = (Span(max(a.start, b.start), min(a.end, b.end)) for a in one for b in other)
    return joined(each for each in pairs if each.start < each.end)


@cache
def _parts(length: str) -> tuple[int, str]:
    number, unit = length.split(" ")
    return int(number), unit.rstrip("s")


@lru_cache(maxsize=4096)
def add(instant: datetime, length: str, zone: ZoneInfo, sign: int = 1) -> datetime:
    """The instant a length later (or earlier). Days, months and years go by the calendar of the zone.

    A day that the month does not have becomes its last one; what the calendar does not hold any more is its end.
    """
    try:
        return min(_moved(instant, length, zone, sign), END)
    except (ValueError, OverflowError):
        return END if sign > 0 else BEGINNING


def _moved(instant: datetime, length: str, zone: ZoneInfo, sign: int) -> datetime:
    number, unit = _parts(length)
    if unit == "hour":
        return instant + sign * timedelta(hours=number)
    local = instant.astimezone(zone)
    if unit == "day":
        moved = local.replace(tzinfo=None) + sign * timedelta(days=number)
    else:
        months = local.year * 12 + local.month - 1 + sign * number * (12 if unit == "year" else 1)
        year, month = divmod(months, 12)
        day = min(local.day, monthrange(year, month + 1)[1])
        moved = local.replace(tzinfo=None, year=year, month=month + 1, day=day)
    return moved.replace(tzinfo=zone).astimezone(UTC)


def window(kind: Window, at: datetime, zone: ZoneInfo, *, assigned: datetime, cycle: Span | None = None) -> Span:
    """Where evidence counts at an instant. ``cycle`` without a credential's period is the assignment."""
    if kind == "ever":
        return Span(BEGINNING, END)
    if kind == "assignment" or (kind == "cycle" and cycle is None):
        return Span(assigned, END)
    if kind == "cycle":
        assert cycle is not None
        return cycle
    if kind == "rolling_year":
        return Span(add(at, "1 year", zone, -1), END)
    return _calendar(kind, at, zone)


def _calendar(kind: Window, at: datetime, zone: ZoneInfo) -> Span:
    local = at.astimezone(zone)
    months = {"month": 1, "quarter": 3, "year": 12}[kind]
    first = (local.month - 1) // months * months + 1
    start = datetime(local.year, first, 1, tzinfo=zone).astimezone(UTC)
    return Span(start, add(start, f"{months} months", zone))
