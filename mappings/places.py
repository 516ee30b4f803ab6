"""Where the values of a JSON text stand: line and column of each, by its pointer."""

import json
import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from schemas.reading import escape

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


def pointer(*steps: str) -> str:
    """The JSON pointer of these steps."""
    return "".join(f"/{escape(step)}" for step in steps)


class Place(NamedTuple):
    """Line and column, counted from 1."""

    line: int
    column: int


class Lines:
    """Line and column of the values of a JSON text that a reader has taken."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _found(self) -> dict[str, Place]:
        """Every pointer with its place, looked up once something is asked: of a sound document, nothing is."""
        return _Walk(self._text).found

    def of(self, at: str) -> Place:
        """Where a value stands, a member by its name; where nothing stands there, what should hold it."""
        while at and at not in self._found:
            at = at.rpartition("/")[0]
        return self._found.get(at, Place(1, 1))

    def written(self, at: str) -> str:
        """A pointer as the text has it: where one of something may stand for a list, it does."""
        return at.removesuffix("/0") if at not in self._found and at.endswith("/0") else at


class _Walk:
    """The way through the values of a JSON text, from its first to its last token."""

    def __init__(self, text: str) -> None:
        self.found: dict[str, Place] = {}
        self._tokens = list(_tokens(text))
        self._next = 0
        if self._tokens:
            self._value("")

    def _value(self, at: str) -> None:
        mark, place = self._take()
        self.found.setdefault(at, place)
        if mark == "{":
            self._members(at)
        elif mark == "[":
            self._elements(at)

    def _members(self, at: str) -> None:
        while (taken := self._take())[0] != "}":
            name, place = taken
            if name != ",":
                inner = at + pointer(json.loads(name, strict=False))
                self.found.setdefault(inner, place)
                self._take()  # the colon
                self._value(inner)

    def _elements(self, at: str) -> None:
        n = 0
        while (mark := self._tokens[self._next][0]) != "]":
            if mark == ",":
                self._take()
            else:
                self._value(f"{at}/{n}")
                n += 1
        self._take()

    def _take(self) -> tuple[str, Place]:
        self._next += 1
        return self._tokens[self._next - 1]


def _tokens(text: str) -> Iterator[tuple[str, Place]]:
    line, end = 1, 0
    for found in _TOKEN.finditer(text):
        line += text.count("\n", end, found.start())
        end = found.start()
        yield found[0], Place(line, end - text.rfind("\n", 0, end))
