"""Rows and objects for people: headings and states in their language, within the width of a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hub.cli.headings import BOUNDS, HEADINGS, NO, SAID, STATES, YES
from hub.cli.language import spoken
from hub.cli.output import short
from hub.clock import site_time, site_until
from hub.columns import WIDEST, folded, padded, width, words_of, wrapped
from hub.wording import printable
from schemas.words import Words, told

_GAP = 2
_NAME = 8
"""How wide a Chinese name, or a heading, of four characters is."""
_COLON = Words(": ", "：")


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], zone: ZoneInfo) -> str:
    """Rows below their headings; where they do not fit side by side, one member a line and a blank line between rows.

    Instants are in the site's zone. No line is wider than a page, unless one word is.
    """
    language = spoken()
    heads = [heading(column, language) for column in columns]
    cells = [[cell(column, row.get(column), zone, language) for column in columns] for row in rows]
    widths = _widths([heads, *cells])
    if sum(widths) + _GAP * (len(widths) - 1) > WIDEST:
        return "\n\n".join("\n".join(_block(heads, row)) for row in cells) or "  ".join(heads)
    return "\n".join(line for row in (heads, *cells) for line in _lines(row, widths))


def members(value: Mapping[str, Any]) -> str:
    """An object, one member a line."""
    language = spoken()
    colon = told(_COLON, language)
    texts = ((heading(name, language), cell(name, member, None, language)) for name, member in value.items())
    return "\n".join(folded(f"{name}{colon}{text}") for name, text in texts)


def heading(column: str, language: str) -> str:
    """What a column or a member is called; one without a name of its own as it is."""
    return told(HEADINGS.get(column, column), language)


def cell(column: str, value: Any, zone: ZoneInfo | None, language: str) -> str:
    """A value as people read it on one line."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return told(YES if value else NO, language)
    if zone is not None and (isinstance(value, datetime) or column in BOUNDS):
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return site_until(at, zone) if column in BOUNDS else site_time(at, zone)
    if column in SAID and str(value) in STATES:
        return told(STATES[str(value)], language)
    if column == "counts" and isinstance(value, Mapping):
        return counts(value, language) or "-"
    return short(told(value, language) if isinstance(value, Words) else value)


def counts(value: Mapping[str, Any], language: str) -> str:
    """How many became what, on one line."""
    return ", ".join(f"{heading(name, language)} {printable(str(number))}" for name, number in value.items())


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """How wide each column is: as its widest cell, the widest ones narrower until all fit, as far as words let them."""
    columns = list(zip(*rows, strict=True))
    widths = [max(map(width, column)) for column in columns]
    least = [max(_least(text) for text in column) for column in columns]
    while sum(widths) + _GAP * (len(widths) - 1) > WIDEST:
        wide = max((n for n in range(len(widths)) if widths[n] > least[n]), key=widths.__getitem__, default=None)
        if wide is None:
            break
        widths[wide] -= 1
    return widths


def _least(text: str) -> int:
    """How narrow a cell may get: no word is broken, and no name stands on two lines."""
    return max(min(width(text), _NAME), *(width(word) for word in words_of(text)))


def _lines(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """One row, on as many lines as its longest cell takes."""
    parts = [list(wrapped(text, room)) for text, room in zip(row, widths, strict=True)]
    for n in range(max(map(len, parts))):
        texts = (part[n] if n < len(part) else "" for part in parts)
        yield (" " * _GAP).join(padded(text, room) for text, room in zip(texts, widths, strict=True)).rstrip()


def _block(heads: Sequence[str], row: Sequence[str]) -> Iterator[str]:
    room = max(map(width, heads))
    for name, text in zip(heads, row, strict=True):
        first, *more = wrapped(text, WIDEST - room - _GAP)
        yield f"{padded(name, room)}{' ' * _GAP}{first}".rstrip()
        yield from (" " * (room + _GAP) + line for line in more)
