"""Places in a plain value, for those who read few members of an answer: JSON pointers (RFC 6901)."""

from decimal import Decimal
from typing import Any

NOWHERE = object()
"""What a pointer finds that leads nowhere; null where null stands is ``None``."""


def at(value: Any, pointer: str) -> Any:
    """What stands at a pointer, ``None`` where null stands on the way; ``NOWHERE`` where nothing does."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if value is None:
            return None
        if isinstance(value, dict):
            value = value.get(name, NOWHERE)
        elif isinstance(value, list) and name.isascii() and name.isdigit():
            value = value[int(name)] if int(name) < len(value) else NOWHERE
        else:
            return NOWHERE
    return value


_LONGEST_NUMBER = 64
"""Digits of a number that anybody means."""


def text_of(value: Any) -> str | None:
    """A plain value as JSON writes it, a text bare; nothing where none is there, or a number that nobody means."""
    if value is NOWHERE or value is None or isinstance(value, dict | list):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        written_out = max(abs(value.adjusted()), len(value.as_tuple().digits))
        return format(value, "f") if written_out <= _LONGEST_NUMBER else None
    if isinstance(value, int) and abs(value) >= 10**_LONGEST_NUMBER:
        return None
    return str(value)
