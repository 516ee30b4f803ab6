"""Conversions to instants: named formats, patterns, days."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from mappings.mismatch import Context, Convert, Mismatch, text_of
from mappings.numbers import is_number
from mappings.rules import Details
from mappings.vocabulary import PLACE
from mappings.zones import EAST, WEST, Zone, zone_of
from schemas.faults import shown

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(1900, 2200)
_NO_END = "9999-12-31"  # the usual way to write that something does not end
_KEPT_FORM = "YYYY-MM-DD hh:mm:ss"

_RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_OFFSET_GROUP = 8

Parse = Callable[[str, Zone | None], datetime | None]


def rfc3339(text: str, local: Zone | None = None) -> datetime | None:
    """The UTC instant of an RFC 3339 date-time, ``None`` if it is none; without an offset it is time of ``local``.

    Digits beyond microseconds are cut off.

    Raises:
        Mismatch: ``time.invalid``, ``time.offset`` (outside -12:00 to +14:00) or ``time.ambiguous``.
    """
    found = _RFC3339.fullmatch(text)
    if found is None:
        return None
    if found.lastindex == _OFFSET_GROUP and (whole := _usual(text)) is not None:
        return whole
    *parts, fraction, offset = found.groups()
    return _placed(text, _moment(text, *map(int, parts), _micros(fraction)), offset, local)


def _usual(text: str) -> datetime | None:
    """The instant of a date-time with an offset, where nothing about it is out of the ordinary."""
    try:
        stated = datetime.fromisoformat(text)
    except ValueError:
        return None
    ahead = stated.utcoffset()
    if stated.year not in _YEARS or ahead is None or not WEST <= ahead <= EAST:
        return None
    return stated.astimezone(UTC)


def _moment(text: str, year: int, *rest: int) -> datetime:
    try:
        if year in _YEARS:
            return datetime(year, *rest)  # type: ignore[arg-type]  # noqa: DTZ001 - local time, its zone follows
    except ValueError:
        pass
    raise Mismatch("time.invalid", shown(text), "a date and time of the calendar, 1900 to 2199")


def _local(text: str, moment: datetime, local: Zone | None) -> datetime:
    if local is None:
        raise Mismatch("time.invalid", f"{shown(text)} without offset", "an offset, or the zone of its source")
    return local.utc(moment)


def _iso8601(text: str, local: Zone | None) -> datetime | None:
    found = _ISO8601.fullmatch(text)
    if found is None:
        return None
    day, hours, minutes, seconds, fraction, offset = found.groups()
    moment = _moment(text, *map(int, day.split("-")), int(hours), int(minutes), int(seconds or 0), _micros(fraction))
    return _placed(text, moment, offset, local)


def _placed(text: str, moment: datetime, offset: str | None, local: Zone | None) -> datetime:
    """The instant of a moment that states its offset, or is local time."""
    if not offset:
        return _local(text, moment, local)
    if offset in "Zz":
        return moment.replace(tzinfo=UTC)
    digits = offset[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:])) * (1 if offset[0] == "+" else -1)
    if int(digits[2:]) > 59 or not WEST <= ahead <= EAST:
        raise Mismatch("time.offset", shown(text), "an offset between -12:00 and +14:00")
    return (moment - ahead).replace(tzinfo=UTC)


def _micros(fraction: str | None) -> int:
    return int((fraction or "0").ljust(6, "0")[:6])


def _unix(text: str, _local: Zone | None) -> datetime | None:
    # Nine or ten digits: 1973 to 2286; fourteen digits are a date.
    return _EPOCH + timedelta(seconds=int(text)) if is_number(text) and len(text) in (9, 10) else None


def _unix_ms(text: str, _local: Zone | None) -> datetime | None:
    return _EPOCH + timedelta(milliseconds=int(text)) if is_number(text) and len(text) in (12, 13) else None


def _excel(text: str, local: Zone | None) -> datetime | None:
    """Of a spreadsheet's count of days; without a fraction it is a date alone, which is no instant."""
    if not _SERIAL.fullmatch(text):
        return None
    seconds = (Decimal(text) * 86400).to_integral_value()
    moment = _SHEETS_BEGIN + timedelta(seconds=int(seconds))
    if moment.year not in _YEARS:
        raise Mismatch("time.invalid", shown(text), "a day of the years 1900 to 2199")
    return _local(text, moment, local)


_ISO8601 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r"[ ]?([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_SERIAL = re.compile(r"[0-9]{1,6}\.[0-9]{1,18}")
_SHEETS_BEGIN = datetime(1899, 12, 30)  # noqa: DTZ001 - local time, its zone follows


def _zk_moment(text: str) -> datetime:
    """The naive local time of the vendor's count of seconds, in which every month has 31 days."""
    if not is_number(text) or len(text) > 10:
        raise Mismatch("time.invalid", shown(text), "seconds as ZKTeco counts them")
    days, seconds = divmod(int(text), 86400)
    months, day = divmod(days, 31)
    year, month = divmod(months, 12)
    hour, rest = divmod(seconds, 3600)
    return _moment(text, year + 2000, month + 1, day + 1, hour, *divmod(rest, 60))


def _zk(text: str, local: Zone | None) -> datetime | None:
    return _local(text, _zk_moment(text), local) if is_number(text) and len(text) <= 10 else None


def _zk_text(_details: Details) -> Convert:
    return lambda value, _context: _zk_moment(text_of(value, "text").strip()).strftime("%Y-%m-%d %H:%M:%S")


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


def _pattern(pattern: str) -> Local:
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
            return _moment(text, *map(int, found.groups())), None
        return (moment if moment.year in _YEARS else _moment(text, moment.year)), None

    return parse


def _of_digits(shape: re.Pattern[str]) -> Local:
    """Where all parts are digits, in whatever order."""
    places = tuple(shape.groupindex.get(name, 0) for name in ("year", "month", "day", "hour", "minute", "second"))

    def in_order(text: str) -> tuple[datetime, str | None] | None:
        found = shape.fullmatch(text)
        return None if found is None else (_moment(text, *map(int, found.groups())), None)

    def parse(text: str) -> tuple[datetime, str | None] | None:
        found = shape.fullmatch(text)
        if found is None:
            return None
        return _moment(text, *[int(found[place]) if place else 0 for place in places]), None

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
        return _moment(text, *day, hour, minute, second, _micros(parts.get("fraction"))), parts.get("offset")

    return parse


def _of_twelve(text: str, parts: Mapping[str, str]) -> int:
    hour = int(parts.get("hour") or 0)
    if not 1 <= hour <= 12:
        raise Mismatch("time.invalid", shown(text), "an hour of twelve")
    return hour % 12 + (12 if parts["half"].lower() in ("pm", "下午") else 0)


def _parser(form: str) -> Parse:
    if form in _NAMED:
        return _NAMED[form]
    read = _pattern(form)

    def parse(text: str, local: Zone | None) -> datetime | None:
        found = read(text)
        if found is None:
            return None
        moment, offset = found
        instant = _placed(text, moment, offset, local)
        if form == _KEPT_FORM and local is not None:
            local.keep(text, moment)
        return instant

    return parse


_NAMED: Mapping[str, Parse] = {
    "rfc3339": rfc3339,
    "iso8601": _iso8601,
    "unix": _unix,
    "unix_ms": _unix_ms,
    "zk": _zk,
    "excel": _excel,
}


def _instant(details: Details) -> Convert:
    forms = details.formats or ("rfc3339",)
    parsers = tuple(map(_parser, forms))
    keeps, local_of = _KEPT_FORM in forms, zone_of(details)

    def convert(value: Any, context: Context) -> datetime:
        text = value if type(value) is str else _told(value)
        local = local_of(context)
        if keeps and local is not None and (kept := local.seen(text)) is not None:
            return kept
        for parse in parsers:
            if (instant := parse(text, local)) is not None:
                return instant
        raise Mismatch("time.invalid", shown(text), f"a date and time: {', '.join(forms)}")

    return convert


def _told(value: Any) -> str:
    """A number as the text of a count of seconds or days."""
    if type(value) is int:
        return str(value)
    return format(value, "f") if isinstance(value, Decimal) else text_of(value, "a date and time")


def _date_start(details: Details) -> Convert:
    return _day(details, timedelta())


def _end_of_day(details: Details) -> Convert:
    return _day(details, timedelta(days=1))


def _day(details: Details, later: timedelta) -> Convert:
    forms = details.formats or ("YYYY-MM-DD",)
    readers, local_of = tuple(map(_pattern, forms)), zone_of(details)

    def convert(value: Any, context: Context) -> datetime | None:
        text = text_of(value, "a date")
        if later and text == _NO_END:
            return None
        local = local_of(context)
        if local is None:
            raise Mismatch("time.invalid", f"{shown(text)} without a zone", "the zone of its source in the settings")
        for read in readers:
            if (found := read(text)) is not None:
                return local.day_begins(found[0] + later)
        if (instant := rfc3339(text, local)) is not None:
            return instant
        raise Mismatch("time.invalid", shown(text), f"a date: {', '.join(forms)}")

    return convert


INSTANTS: Mapping[str, Callable[[Details], Convert]] = {
    "instant": _instant,
    "date_start": _date_start,
    "end_of_day": _end_of_day,
    "zk_text": _zk_text,
}
"""Makers of conversions to instants."""
