"""Conversions the other way: what is written, so that the conversion gives the value again."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from mappings.mismatch import Context, Mismatch, setting
from mappings.rules import Details
from mappings.vocabulary import PLACE
from mappings.zones import Zone, zone_of
from schemas.faults import shown
from schemas.words import Words

Invert = Callable[[Any, Context], Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHEETS_BEGIN = datetime(1899, 12, 30)  # noqa: DTZ001 - local time of a spreadsheet
_DAY = 86400
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,63}")


def inverse(do: str, details: Details) -> Invert | None:
    """What undoes a conversion; nothing where its result does not tell what it was made of."""
    if do in _AS_IT_IS:
        return lambda value, _context: value
    make = _INVERSES.get(do)
    return None if make is None else make(details)


_AS_IT_IS = frozenset({"text", "trim", "cell", "nfc", "nfkc", "half_width", "upper", "lower", "pad"})
_AS_IT_IS |= {"boolean", "list"}


def _of_one(_details: Details) -> Invert:
    return lambda value, _context: [value]


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
    form, local_of = (details.formats or ("rfc3339",))[0], zone_of(details)
    return lambda value, context: _told(value, form, local_of(context))


def _day(later: int) -> Callable[[Details], Invert]:
    def make(details: Details) -> Invert:
        form, local_of = (details.formats or ("YYYY-MM-DD",))[0], zone_of(details)

        def invert(value: Any, context: Context) -> str:
            moment = _local(value, local_of(context)) - timedelta(days=later)
            return _patterned(moment, form, "")

        return invert

    return make


def _told(value: datetime, form: str, local: Zone | None) -> str:
    if form in ("rfc3339", "iso8601"):
        return value.isoformat().replace("+00:00", "Z")
    if form in ("unix", "unix_ms"):
        return str((value - _EPOCH) // timedelta(milliseconds=1 if form == "unix_ms" else 1000))
    if form == "excel":
        seconds = Decimal((_local(value, local) - _SHEETS_BEGIN) // timedelta(seconds=1))
        return f"{seconds / _DAY:.9f}"
    if form == "zk":
        raise Mismatch(
            "schema.form",
            Words("a count of ZKTeco", "ZKTeco 计数"),
            Words("a format that can be written", "可写出的格式"),
        )
    if "Z" in form:
        return _patterned(value.replace(tzinfo=None), form, "Z")
    return _patterned(_local(value, local), form, "")


def _local(value: datetime, local: Zone | None) -> datetime:
    if local is None:
        raise Mismatch(
            "time.invalid",
            shown(str(value)),
            Words("the zone of its source, to write local time", "来源时区，以便写出本地时间"),
        )
    return local.local(value)


def _patterned(moment: datetime, form: str, offset: str) -> str:
    half = "AM" if moment.hour < 12 else "PM"
    hour = (moment.hour % 12 or 12) if "A" in PLACE.findall(form) else moment.hour
    parts = {"YYYY": moment.year, "MM": moment.month, "M": moment.month, "mm": moment.minute, "m": moment.minute}
    parts |= {"DD": moment.day, "D": moment.day, "hh": hour, "h": hour, "ss": moment.second, "s": moment.second}

    def place(letters: str) -> str:
        if letters in ("A", "Z"):
            return half if letters == "A" else offset
        if letters == "SSS":
            return f"{moment.microsecond:06}"
        return f"{parts[letters]:0{len(letters)}}"

    return PLACE.sub(lambda found: place(found[0]), form)


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
