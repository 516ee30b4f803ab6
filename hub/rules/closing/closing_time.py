"""When doors close after something lapsed: at once, when the shift ends, or on the next working morning."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from hub.rules.calendar import day_of
from hub.rules.workdays import Workdays
from schemas.position import Position

_DAY = timedelta(days=1)


def closes_at(lapsed_at: datetime, position: Position, workdays: Workdays, zone: ZoneInfo) -> datetime:
    """The instant at which a position has doors closed of what lapsed at an instant; that instant at the earliest."""
    own = ZoneInfo(position.zone) if position.zone else zone
    days = (day_of(lapsed_at, own) + n * _DAY for n in count())
    if position.close_at == "end of shift":
        return _first(lapsed_at, ((day, each) for day in days for each in sorted(position.shift_ends)), own)
    if position.close_at == "next working morning":
        return _first(lapsed_at, ((day, position.morning) for day in days if workdays.is_working(day)), own)
    return lapsed_at


def _first(instant: datetime, clocks: Iterator[tuple[date, str]], zone: ZoneInfo) -> datetime:
    """The first of times on a zone's clocks that is not before an instant."""
    found = (datetime.combine(day, time.fromisoformat(clock), zone).astimezone(instant.tzinfo) for day, clock in clocks)
    return next(each for each in found if each >= instant)
