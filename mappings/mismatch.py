"""A value that does not fit, and what every conversion is made of."""

from collections.abc import Callable, Mapping
from typing import Any

from mappings.rules import FromContext
from schemas.faults import shown
from schemas.words import Words

Context = Mapping[str, Any]
"""What the connector says of a transmission, and what is around an item."""
Convert = Callable[[Any, Context], Any]
TEXT = Words("text", "文本")


class Mismatch(Exception):
    """A value that does not fit: a ``Fault`` once its place is known. ``at`` is the pointer within the item."""

    def __init__(self, code: str, found: Words, expected: Words, at: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.found = found
        self.expected = expected
        self.at = at


def setting(given: str | FromContext | None, context: Context) -> str | None:
    """A constant of the document, or what the connector's context says."""
    return context.get(given.context) if isinstance(given, FromContext) else given


def text_of(value: object, expected: Words) -> str:
    """A value that is a text.

    Raises:
        Mismatch: It is none.
    """
    if isinstance(value, str):
        return value
    raise Mismatch("schema.type", shown(value), expected)
