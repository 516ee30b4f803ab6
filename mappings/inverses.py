"""Conversions the other way: what is written, so that the conversion gives the value again."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from mappings.mismatch import Context, Mismatch, setting
from mappings.patterns import pattern_writer
from mappings.rules import Details
from mappings.zones import SIXTY, Zone, zone_by
from schemas.faults import shown
from schemas.words import Words

Invert = Callable[[Any, Context], Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHEETS_BEGIN = datetime(1899, 12, 30)  # noqa: DTZ001 - local time of a spreadsheet
_DAY = 86400
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,63}")


def inverse(do: str, details: Details) -> Invert | None:
    """What undoes a conversion; nothing where its result does not tell what it was made of."""
    if do in _AS_IT_IS or (do == "slice" and not details.start):  # what is short enough is its own beginning
        return as_it_is
    make = _INVERSES.get(do)
    return None if make is None else make(details)


def as_it_is(value: Any, _context: Context) -> Any:
    """The value itself: its conversion gives the same again."""
    return value


_AS_IT_IS = frozenset({"text", "trim", "cell", "nfc", "nfkc", "half_width", "upper", "lower", "pad"})
_AS_IT_IS |= {"boolean", "list"}


def _of_one(_details: Details) -> Invert:
    return lambda value, _context: (value,)


def _integer(_details: Details) -> Invert:
    return lambda value, _context: int(value) if type(value) is int or _WHOLE.fullmatch(value) else _no_number(value)


def _no_number(value: str) -> int:
    raise Mismatch("schema.type", shown(value), Words("a whole number", "整数"))


def _digits(_details: Details) -> Invert:
    return lambda value, _context: str(value)


def _before(details: Details) -> Invert:
    return lambda value, _context: f"{value}{details.by}"


def _after(details: Details) -> Invert:
    return lambda value, _context: f"{details.by}{value}"


def _strip_prefix(details: Details) -> Invert:
    return lambda value, context: f"{setting(details.prefix, context) or ''}{value}"


def _strip_suffix(details: Details) -> Invert:
    return lambda value, _context: f"{value}{details.suffix}"


def _split(details: Details) -> Invert:
    return lambda value, _context: details.by[0].join(value)


def _amount(details: Details) -> Invert:
    unit, worth = min(details.units.items(), key=lambda each: each[1], default=("", Decimal(1)))

    def invert(value: Any, _context: Context) -> str:
        return f"{Decimal(value) / details.times / worth:f}{unit}"

    return invert


def _duration(details: Details) -> Invert:
    return lambda value, _context: f"PT{Decimal(value) / details.times:f}S"


# ---------------------------------------------------------------- time


def _instant(details: Details) -> Invert:
    form = (details.formats or ("rfc3339",))[0]
    if form in _TOLD:
        tell = _TOLD[form]
        return lambda value, _context: tell(value)
    if form == "zk":
        return _no_count
    if form in _LOCAL:
        return _at_home(details, _LOCAL[form])
    pattern = pattern_writer(form)
    if "Z" in form:
        return lambda value, _context: pattern(value)
    return _at_home(details, lambda zone, value: pattern(zone.local(value)))


@lru_cache(maxsize=4096)
def _date(day: date) -> str:
    return day.isoformat()


def _zulu(value: datetime) -> str:
    if value.microsecond:
        return value.isoformat().replace("+00:00", "Z")
    return f"{_date(value.date())}T{value.hour:02}{SIXTY[value.minute]}{SIXTY[value.second]}Z"


_TOLD: Mapping[str, Callable[[datetime], str]] = {
    "rfc3339": _zulu,
    "iso8601": _zulu,
    "unix": lambda value: str((value - _EPOCH) // timedelta(seconds=1)),
    "unix_ms": lambda value: str((value - _EPOCH) // timedelta(milliseconds=1)),
}
_LOCAL: Mapping[str, Callable[[Zone, datetime], str]] = {
    "YYYY-MM-DD hh:mm:ss": Zone.told,
    "excel": lambda zone, value: _serial(zone.local(value)),
}


def _serial(local: datetime) -> str:
    seconds = Decimal((local.replace(tzinfo=None) - _SHEETS_BEGIN) // timedelta(seconds=1))
    return f"{seconds / _DAY:.9f}"


def _no_count(_value: datetime, _context: Context) -> str:
    raise Mismatch(
        "schema.form",
        Words("a count of ZKTeco", "ZKTeco 计数"),
        Words("a format that can be written", "可写出的格式"),
    )


def _day(later: int) -> Callable[[Details], Invert]:
    days = timedelta(days=later)

    def make(details: Details) -> Invert:
        form = (details.formats or ("YYYY-MM-DD",))[0]
        if form == "YYYY-MM-DD":
            return _at_home(details, lambda zone, value: _date(zone.local(value).date() - days))
        pattern = pattern_writer(form)
        return _at_home(details, lambda zone, value: pattern(zone.local(value) - days))

    return make


def _at_home(details: Details, tell: Callable[[Zone, datetime], str]) -> Invert:
    """What tells an instant in the zone of its source."""
    zone_of = zone_by(details.zone)

    def invert(value: datetime, context: Context) -> str:
        zone = zone_of(context)
        if zone is None:
            raise Mismatch(
                "time.invalid",
                shown(str(value)),
                Words("the zone of its source, to write local time", "来源时区，以便写出本地时间"),
            )
        return tell(zone, value)

    return invert


_INVERSES: Mapping[str, Callable[[Details], Invert]] = {
    "digits": _digits,
    "integer": _integer,
    "first": _of_one,
    "last": _of_one,
    "before": _before,
    "after": _after,
    "strip_prefix": _strip_prefix,
    "strip_suffix": _strip_suffix,
    "split": _split,
    "amount": _amount,
    "duration": _duration,
    "instant": _instant,
    "date_start": _day(0),
    "end_of_day": _day(1),
}
