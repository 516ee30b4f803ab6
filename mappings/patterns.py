"""Patterns of a date or a local time: each becomes one function that reads it and one that writes it, once."""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import datetime
from operator import attrgetter

from mappings.mismatch import Mismatch
from mappings.vocabulary import PLACE
from schemas.faults import shown
from schemas.words import Words

YEARS, _MONTHS = range(1900, 2200), range(1, 13)


def moment_of(text: str, year: int, *rest: int) -> datetime:
    """The naive moment of these parts.

    Raises:
        Mismatch: The calendar has none.
    """
    try:
        if year in YEARS:
            return datetime(year, *rest)  # type: ignore[arg-type]  # noqa: DTZ001 - local time, its zone follows
    except ValueError:
        pass
    raise Mismatch("time.invalid", *_no_moment(text, year, *rest[:2]))


def _no_moment(text: str, year: int, month: int = 1, day: int = 1) -> tuple[Words, Words]:
    """What is found where the calendar has no such moment, and what is expected: by the part that is none."""
    found = shown(text)
    if year not in YEARS:
        return found, Words("a year from 1900 to 2199", "1900 至 2199 年")
    if month not in _MONTHS:
        return Words(f"{found}, of a month {month}", f"{found.zh}（{month} 月不存在）"), Words(
            "a month from 1 to 12", "1 至 12 月"
        )
    last = monthrange(year, month)[1]
    if not 1 <= day <= last:
        return Words(f"{found}, a day that does not exist", f"{found.zh}，此日期不存在"), Words(
            f"a day of {year}-{month:02}, which has {last}", f"{year} 年 {month} 月的日期（该月共 {last} 天）"
        )
    return found, Words("a time of day from 00:00:00 to 23:59:59", "00:00:00 至 23:59:59 的时间")


def micros(fraction: str | None) -> int:
    """The microseconds of the digits of a fraction of a second; more digits are cut off."""
    return int((fraction or "0").ljust(6, "0")[:6])


_DIGITS = {"SSS": "1,9", "YYYY": "4"}
_OTHERS = {"A": "[AaPp][Mm]|上午|下午", "Z": "[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?"}
_NAMES = {"YYYY": "year", "SSS": "fraction", "A": "half", "Z": "offset"}
_PARTS = {"MM": "month", "M": "month", "D": "day", "h": "hour", "m": "minute", "s": "second"}


def _named(place: str) -> str:
    return _NAMES.get(place) or _PARTS.get(place) or _PARTS[place[0]]


def _shape(pattern: str) -> re.Pattern[str]:
    """A pattern as an expression: a group of letters stands for exactly that many ASCII digits, one for 1 or 2."""
    expression, end = "", 0
    for place in PLACE.finditer(pattern):
        letters = place.group()
        digits = _DIGITS.get(letters) or ("1,2" if len(letters) == 1 else f"{len(letters)}")
        wanted = _OTHERS.get(letters) or f"[0-9]{{{digits}}}"
        expression += f"{re.escape(pattern[end : place.start()])}(?P<{_named(letters)}>{wanted})"
        end = place.end()
    return re.compile(expression + re.escape(pattern[end:]))


Local = Callable[[str], tuple[datetime, str | None] | None]
"""A reader of local times: the moment, and the offset that it states, if it does."""


def pattern_reader(pattern: str) -> Local:
    """What reads texts of a pattern; it gives nothing for a text of another form.

    It raises ``Mismatch`` for a moment that the calendar does not have.
    """
    shape = _shape(pattern)
    if pattern in _ISO_PATTERNS:
        return _as_iso(shape)
    return _with_words(shape) if {"half", "fraction", "offset"} & shape.groupindex.keys() else _of_digits(shape)


_ISO_PATTERNS = ("YYYY-MM-DD", "YYYY-MM-DD hh:mm:ss", "YYYY-MM-DDThh:mm:ss")


def _as_iso(shape: re.Pattern[str]) -> Local:
    """Where the library reads the same text faster; what it refuses is refused in our words."""

    def parse(text: str) -> tuple[datetime, str | None] | None:
        found = shape.fullmatch(text)
        if found is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return moment_of(text, *map(int, found.groups())), None
        return (moment if moment.year in YEARS else moment_of(text, moment.year)), None

    return parse


def _of_digits(shape: re.Pattern[str]) -> Local:
    """Where all parts are digits, in whatever order."""
    places = tuple(shape.groupindex.get(name, 0) for name in ("year", "month", "day", "hour", "minute", "second"))

    def in_order(text: str) -> tuple[datetime, str | None] | None:
        found = shape.fullmatch(text)
        return None if found is None else (moment_of(text, *map(int, found.groups())), None)

    def parse(text: str) -> tuple[datetime, str | None] | None:
        found = shape.fullmatch(text)
        if found is None:
            return None
        return moment_of(text, *[int(found[place]) if place else 0 for place in places]), None

    return in_order if places[: shape.groups] == tuple(range(1, shape.groups + 1)) else parse


def _with_words(shape: re.Pattern[str]) -> Local:
    def parse(text: str) -> tuple[datetime, str | None] | None:
        found = shape.fullmatch(text)
        if found is None:
            return None
        parts = found.groupdict()
        hour = _of_twelve(text, parts) if parts.get("half") else int(parts.get("hour") or 0)
        minute, second = int(parts.get("minute") or 0), int(parts.get("second") or 0)
        day = (int(parts["year"]), int(parts["month"]), int(parts["day"]))
        return moment_of(text, *day, hour, minute, second, micros(parts.get("fraction"))), parts.get("offset")

    return parse


def _of_twelve(text: str, parts: Mapping[str, str]) -> int:
    hour = int(parts.get("hour") or 0)
    if not 1 <= hour <= 12:
        raise Mismatch("time.invalid", shown(text), Words("an hour of twelve", "12 小时制的小时"))
    return hour % 12 + (12 if parts["half"].lower() in ("pm", "下午") else 0)


# ---------------------------------------------------------------- the other way

Tell = Callable[[datetime], str]


def pattern_writer(pattern: str) -> Tell:
    """What tells a moment by a pattern; an offset is told as ``Z``."""
    text = PLACE.sub(_slot, pattern.replace("%", "%%"))
    places = [each for each in PLACE.findall(pattern) if each != "Z"]
    parts = tuple(_part(each, of_twelve="A" in places) for each in places)
    return lambda moment: text % tuple([part(moment) for part in parts])


def _slot(place: re.Match[str]) -> str:
    letters = place[0]
    if letters in ("A", "Z"):
        return "%s" if letters == "A" else "Z"
    return "%06d" if letters == "SSS" else f"%0{len(letters)}d"


def _part(letters: str, *, of_twelve: bool) -> Callable[[datetime], object]:
    """What one group of letters tells of a moment."""
    if letters == "A":
        return lambda moment: "AM" if moment.hour < 12 else "PM"
    if letters[0] == "h" and of_twelve:
        return lambda moment: moment.hour % 12 or 12
    return attrgetter("microsecond" if letters == "SSS" else _named(letters))
