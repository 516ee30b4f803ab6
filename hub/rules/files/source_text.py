"""The text of a TOML file as it is written: where in it something stands."""

import re
from collections.abc import Iterator, Sequence

_HEADER = re.compile(r"^\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_QUOTED = re.compile(r'"([^"]*)"|\'([^\']*)\'|([^.\s]+)')

Place = tuple[int, int]
"""Line and column, from 1."""


class SourceText:
    """The text of a TOML file, to tell on which line something stands."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._headers = list(self._counted())

    def place_of(self, path: Sequence[str]) -> Place:
        """Line and column of the deepest part of a path that can be found; the beginning where none can."""
        found = self._table(path)
        if found is None:
            return self._within(path, 0, self._end_of_table(-1)) or self._first_below(path)
        table, depth = found
        begins = len(self._lines[table]) - len(self._lines[table].lstrip()) + 1
        return self._within(path[depth:], table + 1, self._end_of_table(table)) or (table + 1, begins)

    def _table(self, keys: Sequence[str]) -> tuple[int, int] | None:
        """The line of the deepest table header that leads to some keys, and to how many of them."""
        leading = [
            (len(header), -n)
            for n, *both in self._headers
            for header in both
            if header and header == list(keys[: len(header)])
        ]
        if not leading:
            return None
        depth, line = max(leading)
        return -line, depth

    def _counted(self) -> Iterator[tuple[int, list[str], list[str]]]:
        """Every table header: its line, its keys, and these with the number of each table of a list behind its key."""
        latest: dict[tuple[str, ...], int] = {}
        for n, line in enumerate(self._lines):
            keys = self._header(n)
            if not keys:
                continue
            if line.lstrip().startswith("[["):
                number = latest.get(tuple(keys), -1) + 1
                latest = {each: n_th for each, n_th in latest.items() if list(each[: len(keys)]) != keys}
                latest[tuple(keys)] = number
            counted = []
            for depth, key in enumerate(keys, 1):
                last = latest.get(tuple(keys[:depth]))
                counted += [key] if last is None else [key, str(last)]
            yield n, keys, counted

    def _first_below(self, keys: Sequence[str]) -> Place:
        """Where the first table stands that lies within one that has no header of its own; else the beginning."""
        for n, line in enumerate(self._lines):
            if keys and _HEADER.match(line) and self._header(n)[: len(keys)] == list(keys):
                return n + 1, len(line) - len(line.lstrip()) + 1
        return 1, 1

    def _header(self, number: int) -> list[str]:
        match = _HEADER.match(self._lines[number])
        return _keys(match.group(1)) if match else []

    def _end_of_table(self, number: int) -> int:
        for later in range(number + 1, len(self._lines)):
            if _HEADER.match(self._lines[later]):
                return later
        return len(self._lines)

    def _within(self, keys: Sequence[str], start: int, end: int) -> Place | None:
        """Where the keys stand one after the other, as far as they do; a number counts tables of a list."""
        found: Place | None = None
        skip = 0
        for key in keys:
            if key.isdecimal():
                skip = int(key)
                continue
            places = [
                (n, match.start(1) + 1) for n in range(start, end) for match in _standing(key).finditer(self._lines[n])
            ]
            if len(places) <= skip:
                break
            (start, column), skip = places[skip], 0
            found = start + 1, column
        return found


def _standing(key: str) -> re.Pattern[str]:
    """A key, or a quoted value, as it stands in a line."""
    return re.compile(rf'(?:^|[\s{{,."\'\[])({re.escape(key)})["\']?\s*(?:=|\.|["\',\]])')


def _keys(dotted: str) -> list[str]:
    return [a or b or c for a, b, c in _QUOTED.findall(dotted)]
