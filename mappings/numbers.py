"""Conversions to numbers and truth."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from mappings.mismatch import Context, Convert, Mismatch
from mappings.rules import Details
from schemas.faults import shown
from schemas.words import Words


def _integer(_details: Details) -> Convert:
    def convert(value: Any, _context: Context) -> int:
        if type(value) is int:
            return value
        digits = value.removeprefix("-") if isinstance(value, str) else ""
        if is_number(digits) and (digits == "0" or digits[0] != "0"):
            return int(value)
        raise Mismatch("schema.type", shown(value), Words("a whole number", "整数"))

    return convert


def _digits(_details: Details) -> Convert:
    def convert(value: Any, _context: Context) -> int:
        if isinstance(value, str) and is_number(value):
            return int(value)
        raise Mismatch("schema.type", shown(value), Words("up to 18 digits as text", "至多 18 位数字（文本）"))

    return convert


def is_number(text: str) -> bool:
    """Whether a text is up to 18 digits."""
    return text.isascii() and text.isdigit() and len(text) <= 18


def _amount(details: Details) -> Convert:
    times, units = details.times, details.units

    def convert(value: Any, _context: Context) -> int:
        text = value if isinstance(value, str) else "" if isinstance(value, bool) else str(value)
        return _whole(_of_units(text, units) if units else _number(text), times, value)

    return convert


def _whole(found: Decimal | None, times: int, value: Any) -> int:
    if found is None:
        raise Mismatch(
            "schema.type",
            shown(value),
            Words("a number such as 40 or 1.5, with a unit that is known", "数字，如 40 或 1.5，单位须为已知"),
        )
    product = found * times
    if found.is_signed() or product != product.to_integral_value():
        raise Mismatch(
            "schema.range",
            shown(value),
            Words(f"no less than 0, and whole once multiplied by {times}", f"不小于 0，且乘以 {times} 后为整数"),
        )
    return int(product)


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


def _of_units(text: str, units: Mapping[str, Decimal]) -> Decimal | None:
    """The sum of numbers each with its unit, such as ``1小时30分``; the unit of a bare number is the empty one."""
    total, end = Decimal(0), 0
    for part in _WITH_UNIT.finditer(text):
        unit = units.get(part[2])
        if part.start() != end or unit is None:
            return None
        total, end = total + Decimal(part[1]) * unit, part.end()
    return total if end == len(text) and text else None


_AMOUNT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?")
_WITH_UNIT = re.compile(r"[ ]{0,4}(-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?)[ ]{0,4}([^0-9 .-]{0,16})[ ]{0,4}")

# ---------------------------------------------------------------- durations

_SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds", "秒"), Decimal(1)),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "分", "分钟"), Decimal(60)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "小时", "时"), Decimal(3600)),
    **dict.fromkeys(("d", "day", "days", "天"), Decimal(86400)),
}
"""A class hour (学时, 课时) is none of these: how long it is the document states in ``units``."""
_CLOCK = re.compile(r"([0-9]{1,6}):([0-5][0-9])(?::([0-5][0-9]))?")
_ISO = re.compile(
    r"P(?:([0-9]{1,6})D)?(?:T(?:([0-9]{1,6}(?:\.[0-9]{1,9})?)H)?(?:([0-9]{1,6}(?:\.[0-9]{1,9})?)M)?"
    r"(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)S)?)?"
)


def _duration(details: Details) -> Convert:
    times, units = details.times, {**_SECONDS, **details.units}

    def convert(value: Any, _context: Context) -> int:
        text = "" if isinstance(value, bool) else str(value).strip()
        found = next((each for each in (_iso(text), _clock(text)) if each is not None), None)
        found = _of_units(text.lower(), units) if found is None else found
        return _whole(found, times, value)

    return convert


def _iso(text: str) -> Decimal | None:
    found = _ISO.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    return sum(
        (Decimal(part or 0) * unit for part, unit in zip(found.groups(), (86400, 3600, 60, 1), strict=True)), _NONE
    )


_NONE = Decimal(0)


def _clock(text: str) -> Decimal | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return Decimal(hours * 3600 + minutes * 60 + seconds)


# ---------------------------------------------------------------- truth

_BOOLEANS = {"true": True, "1": True, "yes": True, "是": True, "false": False, "0": False, "no": False, "否": False}


def _boolean(_details: Details) -> Convert:
    def convert(value: Any, _context: Context) -> bool:
        known = value if isinstance(value, bool) else _BOOLEANS.get(value.lower()) if isinstance(value, str) else None
        if known is None:
            raise Mismatch("schema.type", shown(value), Words("true or false", "真或假"))
        return known

    return convert


NUMBERS: Mapping[str, Callable[[Details], Convert]] = {
    "integer": _integer,
    "digits": _digits,
    "amount": _amount,
    "duration": _duration,
    "boolean": _boolean,
}
"""Makers of conversions to numbers and truth."""
