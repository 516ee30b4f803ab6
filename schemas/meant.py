"""What was probably meant: by a value without its unit or with another one than is taken, by a misspelt time zone."""

import re
from difflib import get_close_matches
from typing import Any
from zoneinfo import available_timezones

from pydantic_core import ErrorDetails

from schemas.expected import SECONDS, ZONE

_NUMBER = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*(%|％|[^\W\d_]*)\s*")
_UNITS = {
    **dict.fromkeys(("", "s", "sec", "secs", "second", "seconds", "秒", "秒钟"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "分", "分钟"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "小时", "时"), 3600),
    **dict.fromkeys(("d", "day", "days", "天", "日"), 86400),
}
_PERCENT = ("%", "％")


def meant(error: ErrorDetails, wanted: str) -> str:
    """How a refused value is to be written, where that is plain; else nothing."""
    if wanted == ZONE:
        return next(map(repr, get_close_matches(str(error["input"]), available_timezones(), n=1)), "")
    number = _NUMBER.fullmatch(str(error["input"])) if isinstance(error["input"], str | int | float) else None
    if number is None or isinstance(error["input"], bool):
        return ""
    if wanted == SECONDS:
        seconds = float(number[1]) * _UNITS.get(number[2].lower(), 0)
        return f'"{seconds:.0f} seconds"' if seconds >= 1 and seconds.is_integer() else ""
    if number[2] in _PERCENT and error["type"] in ("float_parsing", "float_type", "decimal_parsing"):
        return f"{float(number[1]) / 100:g}"
    return _share(float(number[1]), error.get("ctx", {})) if not number[2] else ""


def _share(number: float, bounds: dict[str, Any]) -> str:
    """A percentage where a share of one is wanted."""
    most = bounds.get("le", bounds.get("lt"))
    return f"{number / 100:g}" if most == 1 and 1 < number <= 100 else ""
