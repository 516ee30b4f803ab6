"""Where the values of a JSON text stand: the line of each, by its pointer."""

import json
import re
from collections.abc import Iterator

from schemas.reading import escape

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


def pointer(*steps: str) -> str:
    """The JSON pointer of these steps."""
    return "".join(f"/{escape(step)}" for step in steps)


class Lines:
    """The lines of the values of a JSON text that a reader has taken."""

    def __init__(self, text: str) -> None:
        self._found: dict[str, int] = {}
        self._tokens = list(_tokens(text))
        self._next = 0
        if self._tokens:
            self._value("")

    def of(self, at: str) -> int:
        """The line of a value, of a member that of its name; where nothing stands there, of what should hold it."""
        while at and at not in self._found:
            at = at.rpartition("/")[0]
        return self._found.get(at, 1)

    def written(self, at: str) -> str:
        """A pointer as the text has it: where one of something may stand for a list, it does."""
        return at.removesuffix("/0") if at not in self._found and at.endswith("/0") else at

    def _value(self, at: str) -> None:
        mark, line = self._take()
        self._found.setdefault(at, line)
        if mark == "{":
            self._members(at)
        elif mark == "[":
            self._elements(at)

    def _members(self, at: str) -> None:
        while (taken := self._take())[0] != "}":
            name, line = taken
            if name != ",":
                inner = at + pointer(json.loads(name, strict=False))
                self._found.setdefault(inner, line)
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

    def _take(self) -> tuple[str, int]:
        self._next += 1
        return self._tokens[self._next - 1]


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    line, end = 1, 0
    for found in _TOKEN.finditer(text):
        line += text.count("\n", end, found.start())
        end = found.start()
        yield found[0], line
