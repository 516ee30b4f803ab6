"""Conversions to instants: named formats, patterns, days."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from mappings.mismatch import TEXT, Context, Convert, Mismatch, text_of
from mappings.numbers import is_number
from mappings.patterns import YEARS, micros, moment_of, pattern_reader
from mappings.rules import Details
from mappings.zones import EAST, WEST, Zone, zone_of
from schemas.faults import shown
from schemas.words import Words

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_END = "9999-12-31"  # the usual way to write that something does not end
_KEPT_DAYS = 1024
_SHEETS_DAY = re.compile("[1-7][0-9]{4}")
"""A number by which a spreadsheet keeps a day, from 1927 to 2119."""
_KEPT_FORM = "YYYY-MM-DD hh:mm:ss"

_RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_OFFSET_GROUP = 8
_DATE_AND_TIME, _DATE = Words("a date and time", "日期和时间"), Words("a date", "日期")

Parse = Callable[[str, Zone | None], datetime | None]


def rfc3339(text: str, local: Zone | None = None) -> datetime | None:
    """The UTC instant of an RFC 3339 date-time, ``None`` if it is none; without an offset it is time of ``local``.

    Digits beyond microseconds are cut off.

    Raises:
        Mismatch: ``time.invalid``, ``time.offset`` (outside -12:00 to +14:00) or ``time.ambiguous``.
    """
    if text[4:17:3] == "--T::" and text[19:] == "Z" and (whole := _usual(text)) is not None:
        return whole
    found = _RFC3339.fullmatch(text)
    if found is None:
        return None
    if found.lastindex == _OFFSET_GROUP and (whole := _usual(text)) is not None:
        return whole
    *parts, fraction, offset = found.groups()
    return _placed(text, moment_of(text, *map(int, parts), micros(fraction)), offset, local)


def _usual(text: str) -> datetime | None:
    """The instant of a date-time with an offset, where nothing about it is out of the ordinary."""
    try:
        stated = datetime.fromisoformat(text)
    except ValueError:
        return None
    if stated.tzinfo is UTC and stated.year in YEARS:
        return stated
    ahead = stated.utcoffset()
    if stated.year not in YEARS or ahead is None or not WEST <= ahead <= EAST:
        return None
    return stated.astimezone(UTC)


def _local(text: str, moment: datetime, local: Zone | None) -> datetime:
    if local is None:
        raise Mismatch(
            "time.invalid",
            Words(f"{shown(text)} without offset", f"{shown(text)}，无时区偏移"),
            Words("an offset, or the zone of its source", "时区偏移，或来源的时区"),
        )
    return local.utc(moment)


def _iso8601(text: str, local: Zone | None) -> datetime | None:
    found = _ISO8601.fullmatch(text)
    if found is None:
        return None
    day, hours, minutes, seconds, fraction, offset = found.groups()
    moment = moment_of(text, *map(int, day.split("-")), int(hours), int(minutes), int(seconds or 0), micros(fraction))
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
        raise Mismatch(
            "time.offset", shown(text), Words("an offset between -12:00 and +14:00", "-12:00 至 +14:00 的时区偏移")
        )
    return (moment - ahead).replace(tzinfo=UTC)


def _unix(text: str, _local: Zone | None) -> datetime | None:
    # Nine or ten digits: 1973 to 2286; fourteen digits are a date.
    return _EPOCH + timedelta(seconds=int(text)) if is_number(text) and len(text) in (9, 10) else None


def _unix_ms(text: str, _local: Zone | None) -> datetime | None:
    return _EPOCH + timedelta(milliseconds=int(text)) if is_number(text) and len(text) in (12, 13) else None


def _excel(text: str, local: Zone | None) -> datetime | None:
    """Of a spreadsheet's count of days; without a fraction it is a date alone, which is no instant."""
    if not _SHEETS_INSTANT.fullmatch(text):
        return None
    seconds = (Decimal(text) * 86400).to_integral_value()
    moment = _SHEETS_BEGIN + timedelta(seconds=int(seconds))
    if moment.year not in YEARS:
        raise Mismatch("time.invalid", shown(text), Words("a day of the years 1900 to 2199", "1900 至 2199 年的日期"))
    return _local(text, moment, local)


_ISO8601 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r"[ ]?([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_SHEETS_INSTANT = re.compile(r"[0-9]{1,6}\.[0-9]{1,18}")
_SHEETS_BEGIN = datetime(1899, 12, 30)  # noqa: DTZ001 - local time, its zone follows


def _zk_moment(text: str) -> datetime:
    """The naive local time of the vendor's count of seconds, in which every month has 31 days."""
    if not is_number(text) or len(text) > 10:
        raise Mismatch("time.invalid", shown(text), Words("seconds as ZKTeco counts them", "ZKTeco 计数的秒数"))
    days, seconds = divmod(int(text), 86400)
    months, day = divmod(days, 31)
    year, month = divmod(months, 12)
    hour, rest = divmod(seconds, 3600)
    return moment_of(text, year + 2000, month + 1, day + 1, hour, *divmod(rest, 60))


def _zk(text: str, local: Zone | None) -> datetime | None:
    return _local(text, _zk_moment(text), local) if is_number(text) and len(text) <= 10 else None


def _zk_text(_details: Details) -> Convert:
    return lambda value, _context: _zk_moment(text_of(value, TEXT).strip()).strftime("%Y-%m-%d %H:%M:%S")


def _parser(form: str) -> Parse:
    if form in _NAMED:
        return _NAMED[form]
    read = pattern_reader(form)

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
        raise Mismatch(
            "time.invalid",
            shown(text),
            Words(f"a date and time: {', '.join(forms)}", f"日期和时间：{', '.join(forms)}"),
        )

    return convert


def _told(value: Any) -> str:
    """A number as the text of a count of seconds or days."""
    if type(value) is int:
        return str(value)
    return format(value, "f") if isinstance(value, Decimal) else text_of(value, _DATE_AND_TIME)


def _date_start(details: Details) -> Convert:
    return _day(details, timedelta())


def _end_of_day(details: Details) -> Convert:
    return _day(details, timedelta(days=1))


def _no_day(text: str) -> Words:
    """What stands where a day should; a number as a spreadsheet keeps days, with the day that it shows for it."""
    if not _SHEETS_DAY.fullmatch(text):
        return shown(text)
    day = date(1899, 12, 30) + timedelta(days=int(text))
    return Words(f"{shown(text)}, by which a spreadsheet keeps {day}", f"{shown(text)}（电子表格中 {day} 的序号）")


def _day(details: Details, later: timedelta) -> Convert:
    forms = details.formats or ("YYYY-MM-DD",)
    readers, local_of = tuple(map(pattern_reader, forms)), zone_of(details)

    @lru_cache(maxsize=_KEPT_DAYS)
    def instant_of(text: str, local: Zone) -> datetime:
        for read in readers:
            if (found := read(text)) is not None:
                return local.day_begins(found[0] + later)
        if (instant := rfc3339(text, local)) is not None:
            return instant
        raise Mismatch("time.invalid", _no_day(text), Words(f"a date: {', '.join(forms)}", f"日期：{'、'.join(forms)}"))

    def convert(value: Any, context: Context) -> datetime | None:
        text = text_of(value, _DATE)
        if later and text == _NO_END:
            return None
        local = local_of(context)
        if local is None:
            raise Mismatch(
                "time.invalid",
                Words(f"{shown(text)} without a zone", f"{shown(text)}，无时区"),
                Words("the zone of its source in the settings", "在设置中填写来源的时区"),
            )
        return instant_of(text, local)

    return convert


INSTANTS: Mapping[str, Callable[[Details], Convert]] = {
    "instant": _instant,
    "date_start": _date_start,
    "end_of_day": _end_of_day,
    "zk_text": _zk_text,
}
"""Makers of conversions to instants."""
