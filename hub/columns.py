"""Text in columns of a terminal, where a Chinese character takes two."""

import re
from collections.abc import Iterator
from unicodedata import combining, east_asian_width

WIDEST = 100
"""Columns that a page of a terminal, or of a mail, has for certain."""
_WIDE = "\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6"
_PIECE = re.compile(rf"(?:[{_WIDE}]|[^\s{_WIDE}]+)[，。；：、！？）》”’]*\s*|\s+")
"""What stays on one line: a word, or one wide character, and the mark behind it."""
_TYPED = re.compile(rf"(?:`[^`\n]+`|licet docs [\w.-]+)[^\s{_WIDE}]*[，。；：、！？）》”’]*\s*|{_PIECE.pattern}")
"""And, in a text that is read, a command as it is typed."""


def width(text: str) -> int:
    """How many columns a text takes."""
    return sum(0 if combining(each) else 2 if east_asian_width(each) in "WF" else 1 for each in text)


def padded(text: str, room: int) -> str:
    """A text with spaces behind it, to that width at least."""
    return text + " " * (room - width(text))


def words_of(text: str) -> list[str]:
    """What of a text stays on one line, piece by piece; at least one."""
    return [piece.rstrip() for piece in _PIECE.findall(text)] or [""]


def wrapped(text: str, room: int) -> Iterator[str]:
    """A text in lines of at most that width, broken between words, or anywhere where one is too long.

    A command in backticks, or of a page, is never broken: it is typed as it stands.
    """
    line = ""
    for piece in _TYPED.findall(text):
        if line and width(line + piece.rstrip()) > room:
            yield line.rstrip()
            line = ""
        line += piece
        while not line.startswith("`") and width(line.rstrip()) > room:
            head = _fitting(line, room)
            yield head
            line = line[len(head) :]
    if line.strip() or not text.strip():
        yield line.rstrip()


def folded(text: str) -> str:
    """A text as lines of a page; those after the first are set in."""
    first = next(wrapped(text, WIDEST))
    rest = text[len(first) :].strip()
    return "\n    ".join([first, *(wrapped(rest, WIDEST - 4) if rest else ())])


def _fitting(text: str, room: int) -> str:
    """The beginning of a text that fits; one character at least."""
    taken = 0
    for n, each in enumerate(text):
        taken += width(each)
        if taken > room:
            return text[: max(n, 1)]
    return text
