"""What somebody did of each course over a stretch of time: the sums that other systems are told, or ask for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from hub.rules.calendar import start_of
from hub.rules.unit import Unit
from hub.rules.values import Period


@dataclass(frozen=True, slots=True)
class Sums:
    """Whole seconds of the units of one course: ``counted`` is what of the required time was attended."""

    credited: int = 0
    counted: int = 0
    required: int = 0
    open: int = 0

    def plus(self, unit: Unit) -> "Sums":
        """The same with one more unit."""
        return Sums(
            self.credited + unit.credited,
            self.counted + unit.counted,
            self.required + unit.required,
            self.open + unit.open,
        )

    def together(self, other: "Sums") -> "Sums":
        """These and others."""
        return Sums(
            self.credited + other.credited,
            self.counted + other.counted,
            self.required + other.required,
            self.open + other.open,
        )


def sums_in(units: Iterable[Unit], period: Period, now: datetime) -> dict[str, Sums]:
    """By course, what is over by now and belongs to a period. A course without such a unit is not in it."""
    found: dict[str, Sums] = {}
    for unit in units:
        if unit.over_at <= now and period.holds(unit.over_at):
            found[unit.course] = found.get(unit.course, Sums()).plus(unit)
    return found


def sums_by_year(units: Iterable[Unit], zone: ZoneInfo, now: datetime) -> dict[tuple[str, int], Sums]:
    """By course and calendar year, what is over by now."""
    found: dict[tuple[str, int], Sums] = {}
    for unit in units:
        if unit.over_at <= now:
            place = unit.course, _year_of(unit.over_at, zone)
            found[place] = found.get(place, Sums()).plus(unit)
    return found


def _year_of(over_at: datetime, zone: ZoneInfo) -> int:
    """The year that evidence belongs to: what is over as a year begins belongs to the one before."""
    year = over_at.astimezone(zone).year
    return year - 1 if over_at == start_of(date(year, 1, 1), zone) else year


def days_of(year: int) -> Iterator[date]:
    """The first and the last day of a year."""
    yield date(year, 1, 1)
    yield date(year, 12, 31)
