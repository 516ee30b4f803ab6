"""Days, lengths and ends of a zone's calendar: a length is added by the calendar, a day begins at its first instant."""

from calendar import monthrange
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hub.rules.timeline import BEGINNING, END

_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_ALWAYS_THERE = 28
"""A day that no month lacks."""
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@lru_cache(maxsize=8192)
def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The local day of an instant."""
    return instant.astimezone(zone).date()


@lru_cache(maxsize=8192)
def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, also where a clock change skips its midnight."""
    found = datetime.combine(day, time(), zone).astimezone(UTC)
    if found.astimezone(zone).time() == time():
        return found
    before, after = found - _DAY, found  # midnight does not exist: the day begins where the clock jumps
    while after - before > _MICROSECOND:
        middle = before + (after - before) / 2
        before, after = (middle, after) if middle.astimezone(zone).date() < day else (before, middle)
    return after


def midnight_from(instant: datetime, zone: ZoneInfo) -> datetime:
    """The first local midnight at or after an instant."""
    today = start_of(day_of(instant, zone), zone)
    return today if today == instant else start_of(day_of(instant, zone) + _DAY, zone)


def last_valid_day(bound: datetime, zone: ZoneInfo) -> date:
    """The day that is told as the last one of what ends at a bound."""
    return day_of(bound - _MICROSECOND, zone)


def bound_of(day: date, zone: ZoneInfo) -> datetime:
    """The bound of what is valid to the end of a day."""
    return start_of(day + _DAY, zone)


@lru_cache(maxsize=256)
def _parts(length: str) -> tuple[int, str]:
    number, unit = length.split(" ", 1)
    return int(number), unit.rstrip("s")


@lru_cache(maxsize=8192)
def add(instant: datetime, length: str, zone: ZoneInfo, times: int = 1) -> datetime:
    """The instant so many lengths later (earlier, if ``times`` is below zero).

    Months and years go by the calendar of the zone: a day that the month lacks becomes its last one, and what the
    calendar does not hold any more is its beginning or end. Hours are exact.
    """
    try:
        return max(min(_moved(instant, length, zone, times), END), BEGINNING)
    except (ValueError, OverflowError):
        return END if times > 0 else BEGINNING


def _moved(instant: datetime, length: str, zone: ZoneInfo, times: int) -> datetime:
    number, unit = _parts(length)
    if unit == "hour":
        return instant + times * timedelta(hours=number)
    local = instant.astimezone(zone)
    if unit in ("day", "week"):
        day = local.date() + times * timedelta(days=number * (7 if unit == "week" else 1))
    else:
        month_no = local.year * 12 + local.month - 1 + times * number * _MONTHS[unit]
        year, month = divmod(month_no, 12)
        day = date(year, month + 1, min(local.day, monthrange(year, month + 1)[1]))
    if local.time() == time():
        return start_of(day, zone)
    return datetime.combine(day, local.time(), zone).astimezone(UTC)


@lru_cache(maxsize=8192)
def dropped_at(over: datetime, length: str, zone: ZoneInfo) -> datetime:
    """When what was over at an instant drops out of the stretch of a length that ends at each instant.

    It is the first instant that lies a whole length later, counted backwards from it: two days of January that
    February lacks drop out with 1 March, never before.
    """
    number, unit = _parts(length)
    if unit in ("hour", "day", "week"):
        return add(over, length, zone)
    local = over.astimezone(zone)
    month_no = local.year * 12 + local.month - 1 + number * _MONTHS[unit]
    year, month = divmod(month_no, 12)
    if local.day > _ALWAYS_THERE and year < MAXYEAR and local.day > monthrange(year, month + 1)[1]:
        return start_of(date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1), zone)
    return add(over, length, zone)


def end_after(first: datetime, length: str, zone: ZoneInfo, times: int = 1) -> datetime:
    """The end of an own credential: the first local midnight so many lengths after its first issue."""
    return midnight_from(add(first, length, zone, times), zone)


def fixed_end(issued: datetime, ends_on: str, at_least: str, zone: ZoneInfo) -> datetime:
    """The end on a fixed last day of the year (``06-30``), the first one at least a length after the issue."""
    month, day = map(int, ends_on.split("-"))
    earliest = add(issued, at_least, zone)
    year = day_of(earliest, zone).year
    for each in (year, year + 1):
        end = bound_of(date(each, month, min(day, monthrange(each, month)[1])), zone)
        if end >= earliest:
            return end
    return END


def period_start(kind: str, instant: datetime, zone: ZoneInfo) -> datetime:
    """The start of the calendar week, month, quarter or year that an instant lies in."""
    day = day_of(instant, zone)
    if kind == "week":
        return start_of(day - timedelta(days=day.weekday()), zone)
    months = _MONTHS[kind]
    return start_of(date(day.year, (day.month - 1) // months * months + 1, 1), zone)


def period_end(kind: str, start: datetime, zone: ZoneInfo) -> datetime:
    """The bound of the calendar period that begins at an instant."""
    return add(start, f"1 {kind}", zone)


def days_between(start: datetime, end: datetime, zone: ZoneInfo) -> int:
    """How many local days begin within ``[start, end)``."""
    return (day_of(midnight_from(end, zone), zone) - day_of(midnight_from(start, zone), zone)).days
