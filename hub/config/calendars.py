"""The statutory calendar of a hub folder: ``calendar/YEAR.toml`` each, as the State Council announces it (调休)."""

import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from hub.rules.workdays import Workdays, workdays
from schemas.errors import ConfigError
from schemas.faults import faults_of


class YearCalendar(BaseModel):
    """One year: the holidays that fall on weekdays or weekends, and the weekends worked in exchange."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    holidays: tuple[date, ...]
    worked_weekends: tuple[date, ...] = ()


def read_workdays(path: Path) -> Workdays:
    """The calendar of all years that a folder states; weekdays alone where it states none.

    Raises:
        ConfigError: A file cannot be read, or has days of another year.
    """
    return workdays(_years(path / "calendar"))


def _years(folder: Path) -> Iterator[tuple[int, tuple[date, ...], tuple[date, ...]]]:
    for file in sorted(folder.glob("*.toml")):
        year = _year(file)
        found = _read(file)
        for day in (*found.holidays, *found.worked_weekends):
            if day.year != year:
                raise ConfigError(f"calendar/{file.name}: found {day}, expected days of {year}")
        yield year, found.holidays, found.worked_weekends


def _year(file: Path) -> int:
    if not file.stem.isdecimal():
        raise ConfigError(f"calendar/{file.name}: expected the year as its name, for example 2026.toml")
    return int(file.stem)


def _read(file: Path) -> YearCalendar:
    try:
        return YearCalendar.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"calendar/{file.name}: {error}") from error
    except ValidationError as error:
        raise ConfigError("; ".join(f"calendar/{file.name}: {each}" for each in faults_of(error))) from error
