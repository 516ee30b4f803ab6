"""What is found about a position file: where, what stands there, what was expected, and what was probably meant."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.errors import ConfigError
from schemas.faults import MEANT

Path = tuple[str, ...]
"""Where a value stands: table, key, and so on."""

_TOLD = {
    "en": ("warning: ", "found {}, expected {}", MEANT),
    "zh": ("警告: ", "现为 {}, 应为 {}", "是否应为"),
}
_HEADER = re.compile(r"^\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_QUOTED = re.compile(r'"([^"]*)"|\'([^\']*)\'|([^.\s]+)')


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``refused``: the file is not taken; else it is a warning."""

    file: str
    line: int
    path: Path
    found: str
    expected: str
    hint: str = ""
    refused: bool = True

    def __str__(self) -> str:
        return self.told("en")

    def told(self, language: str) -> str:
        """The finding as one line for people: place, key, what stands there, what was expected, what was meant."""
        warning, form, meant = _TOLD[language]
        place = f"{self.file}:{self.line}" if self.line else self.file
        where = f"{'.'.join(self.path)}: " if self.path else ""
        hint = f"; {self.hint.replace(MEANT, meant)}" if self.hint else ""
        return f"{place}: {'' if self.refused else warning}{where}{form.format(self.found, self.expected)}{hint}"


class UnreadableFile(ConfigError):
    """A file that is not taken, with every finding about it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = tuple(findings)


class SourceText:
    """The text of a TOML file, to tell on which line something stands."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def line_of(self, path: Sequence[str]) -> int:
        """The line of the deepest part of a path that can be found; the first one where none can."""
        table = self._table(path)
        if table is None:
            return self._within(path, 0, self._end_of_table(-1)) or 1
        depth = len(self._header(table))
        return self._within(path[depth:], table + 1, self._end_of_table(table)) or table + 1

    def _table(self, keys: Sequence[str]) -> int | None:
        """The line of the deepest table header that leads to some keys."""
        headers = [(n, self._header(n)) for n in range(len(self._lines)) if _HEADER.match(self._lines[n])]
        leading = [(len(header), -n) for n, header in headers if header and header == list(keys[: len(header)])]
        return -max(leading)[1] if leading else None

    def _header(self, number: int) -> list[str]:
        match = _HEADER.match(self._lines[number])
        return _keys(match.group(1)) if match else []

    def _end_of_table(self, number: int) -> int:
        for later in range(number + 1, len(self._lines)):
            if _HEADER.match(self._lines[later]):
                return later
        return len(self._lines)

    def _within(self, keys: Sequence[str], start: int, end: int) -> int:
        """The line where the keys stand one after the other, as far as they do; a number counts tables of a list."""
        found, skip = 0, 0
        for key in keys:
            if key.isdecimal():
                skip = int(key)
                continue
            lines = [n for n in range(start, end) for _match in _standing(key).finditer(self._lines[n])]
            if len(lines) <= skip:
                break
            start, skip = lines[skip], 0
            found = start + 1
        return found


def _standing(key: str) -> re.Pattern[str]:
    """A key, or a quoted value, as it stands in a line."""
    return re.compile(rf'(?:^|[\s{{,."\[]){re.escape(key)}["\']?\s*(?:=|\.|["\',\]])')


def _keys(dotted: str) -> list[str]:
    return [a or b or c for a, b, c in _QUOTED.findall(dotted)]
