"""The statutory calendar of a hub folder: ``calendar/YEAR.toml`` each, as the State Council announces it (调休)."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from hub.config.settings_file import text_of
from hub.rules.files.finding import Finding, UnreadableFile, at
from hub.rules.files.reading import finding_of, toml_of
from hub.rules.files.source_text import SourceText
from hub.rules.workdays import Workdays, workdays
from schemas.faults import faults_of
from schemas.words import Words


class YearCalendar(BaseModel):
    """One year: the holidays that fall on weekdays or weekends, and the weekends worked in exchange."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    holidays: tuple[date, ...]
    worked_weekends: tuple[date, ...] = ()


def read_workdays(path: Path) -> Workdays:
    """The calendar of all years that a folder states; weekdays alone where it states none.

    Raises:
        ConfigError: A file cannot be read, or has days of another year: all that is wrong in all files.
    """
    wrong: list[Finding] = []
    years = list(_years(path / "calendar", wrong))
    if wrong:
        raise UnreadableFile(wrong)
    return workdays(years)


def _years(folder: Path, wrong: list[Finding]) -> Iterator[tuple[int, tuple[date, ...], tuple[date, ...]]]:
    for file in sorted(folder.glob("*.toml")):
        name = f"calendar/{file.name}"
        if not file.stem.isdecimal():
            expected = Words("the year as its name, for example 2026.toml", "以年份命名，如 2026.toml")
            wrong.append(at(name, (1, 1), (), Words(f"the name {file.stem!r}", f"名称 {file.stem!r}"), expected))
            continue
        try:
            found, source = _read(file, name)
        except UnreadableFile as error:
            wrong += error.findings
            continue
        wrong += _elsewhere(found, int(file.stem), source, name)
        yield int(file.stem), found.holidays, found.worked_weekends


def _elsewhere(found: YearCalendar, year: int, source: SourceText, name: str) -> Iterator[Finding]:
    """Days of another year than the file's."""
    for key in ("holidays", "worked_weekends"):
        for day in getattr(found, key):
            if day.year != year:
                expected = Words(f"days of {year}", f"{year} 年的日期")
                yield at(name, source.place_of((key, str(day))), (key,), str(day), expected, code="schema.range")


def _read(file: Path, name: str) -> tuple[YearCalendar, SourceText]:
    text = text_of(file, name)
    source = SourceText(text)
    try:
        return YearCalendar.model_validate(toml_of(text, name)), source
    except ValidationError as error:
        faults = faults_of(error)
        raise UnreadableFile([finding_of(each, source, name, YearCalendar, each.at) for each in faults]) from error
