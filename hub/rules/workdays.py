"""Working days by the statutory calendar: weekdays, less public holidays, plus the weekends worked in exchange."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.rules.calendar import bound_of, day_of, start_of

_DAY = timedelta(days=1)
_SATURDAY = 5
_ANNOUNCED = 11
"""The month in which the holidays of the next year are announced."""


@dataclass(frozen=True, slots=True)
class Workdays:
    """The statutory calendar as its yearly files state it (调休 included). A year that none states has weekdays."""

    holidays: frozenset[date] = frozenset()
    worked_weekends: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()
    """The years whose file is known."""

    def is_working(self, day: date) -> bool:
        """Whether people work on a day."""
        return day in self.worked_weekends or (day.weekday() < _SATURDAY and day not in self.holidays)

    def count(self, first: date, bound: date) -> int:
        """Working days in ``[first, bound)``."""
        return sum(self.is_working(first + n * _DAY) for n in range((bound - first).days))

    def deadline(self, instant: datetime, days: int, zone: ZoneInfo) -> datetime:
        """The bound of the last of so many working days after the day of an instant."""
        day = day_of(instant, zone)
        left = days
        while left > 0:
            day += _DAY
            left -= self.is_working(day)
        return bound_of(day, zone)

    def next_working(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """The instant itself on a working day, else the start of the next one."""
        day = day_of(instant, zone)
        if self.is_working(day):
            return instant
        while not self.is_working(day):
            day += _DAY
        return start_of(day, zone)

    def missing_year(self, day: date) -> int | None:
        """The year of a day, where only others are stated; else the next one, from November on, if none states it."""
        if self.years and day.year not in self.years:
            return day.year
        return day.year + 1 if day.month >= _ANNOUNCED and day.year + 1 not in self.years else None


WEEKDAYS = Workdays()
"""Monday to Friday, where no file states a year."""


def workdays(files: Iterable[tuple[int, Iterable[date], Iterable[date]]]) -> Workdays:
    """The calendar of yearly files: year, holidays, weekends worked in exchange."""
    stated = [(year, frozenset(holidays), frozenset(worked)) for year, holidays, worked in files]
    return Workdays(
        holidays=frozenset().union(*(holidays for _year, holidays, _worked in stated)),
        worked_weekends=frozenset().union(*(worked for _year, _holidays, worked in stated)),
        years=frozenset(year for year, _holidays, _worked in stated),
    )
