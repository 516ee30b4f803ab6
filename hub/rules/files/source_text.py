"""The text of a TOML file as it is written: where in it something stands, and why it cannot be read."""

import re
import tomllib
from collections.abc import Sequence

from schemas.words import Words

_HEADER = re.compile(r"^\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_QUOTED = re.compile(r'"([^"]*)"|\'([^\']*)\'|([^.\s]+)')
_AT = re.compile(r"at line ([0-9]+), column ([0-9]+)")

Place = tuple[int, int]
"""Line and column, from 1."""

_BROKEN = (
    ("Cannot overwrite", Words("a name that stands here twice", "重复的名称")),
    ("Cannot declare", Words("a table that stands here twice", "重复的表")),
    ("Cannot mutate", Words("a name of a table that is closed", "已写完的表中的名称")),
    ("Expected '=' after", Words("a name without =", "名称后没有 =")),
    ("Expected newline or end", Words("more on the line after its value", "值之后还有内容")),
    ("Expected ']'", Words("a bracket that is not closed", "未闭合的方括号")),
    ("Invalid initial character", Words("a name that begins with none of A-Z a-z 0-9 _ -", "名称首字符无效")),
    ("Invalid value", Words("a value that is none: a text stands in quotes", "无效的值：文字须加引号")),
    ("Unclosed array", Words("a list that is not closed", "未闭合的列表")),
    ("Unclosed inline", Words("a table in braces that is not closed", "未闭合的花括号")),
    ("Unterminated string", Words("a text whose quotes are not closed", "引号未闭合的文字")),
    ('Expected \'"""\'', Words("a text whose quotes are not closed", "引号未闭合的文字")),
    ("Unescaped", Words("a backslash in a text: write it twice", "文字中有单个反斜杠：应写两个")),
    ("Illegal character", Words("a line end or control character in a text", "文字中有换行或控制字符")),
    ("Found invalid character", Words("a control character", "控制字符")),
    ("Duplicate inline", Words("a name that stands twice in braces", "花括号中重复的名称")),
    ("Invalid date", Words("a date that is none", "不存在的日期")),
)
"""What the reader of TOML says, by its beginning, in our words."""
_NO_TOML = Words("what is no TOML", "不符合 TOML 的内容")


def broken(error: tomllib.TOMLDecodeError, text: str) -> tuple[Place, Words]:
    """Where a file stops being TOML, and what stands there."""
    said = str(error)
    at = _AT.search(said)
    lines = text.splitlines() or [""]
    place = (int(at[1]), int(at[2])) if at else (len(lines), len(lines[-1]) + 1)
    return place, next((words for begins, words in _BROKEN if said.startswith(begins)), _NO_TOML)


class SourceText:
    """The text of a TOML file, to tell on which line something stands."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def place_of(self, path: Sequence[str]) -> Place:
        """Line and column of the deepest part of a path that can be found; the beginning where none can."""
        table = self._table(path)
        if table is None:
            return self._within(path, 0, self._end_of_table(-1)) or (1, 1)
        depth = len(self._header(table))
        begins = len(self._lines[table]) - len(self._lines[table].lstrip()) + 1
        return self._within(path[depth:], table + 1, self._end_of_table(table)) or (table + 1, begins)

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
