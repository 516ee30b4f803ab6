"""Why a text is no TOML, in our words: where it stops being any, what stands there, and what could."""

import re
import tomllib
from calendar import monthrange
from datetime import datetime
from typing import NamedTuple

from hub.rules.files.source_text import Place
from schemas.words import Words

_AT = re.compile(r"at line ([0-9]+), column ([0-9]+)")
_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt ][0-9]{1,2}:[0-9:.]*)?")
_QUOTES = "“”„‟＂‘’＇「」『』"
_PLAIN = dict(zip("＝，．：［］｛｝＃－", "=,.:[]{}#-", strict=True)) | {"、": ",", "。": ".", "【": "[", "】": "]"}
"""Marks as Chinese keyboards write them, and what TOML has instead."""

_VALUE = Words(
    'a text in straight quotes, as "…", a number, true or false, a day such as 2026-02-16, or a list, as ["…"]',
    '加英文引号的文字，如 "…"；或数字、true、false、日期（如 2026-02-16）、列表（如 ["…"]）',
)
_CLOSED = Words('a closing " on the same line', '同一行内以 " 结束')
_ONE_A_LINE = Words("NAME = VALUE, one a line", "每行一项：名称 = 值")
_NAME = Words(
    'a name of A-Z a-z 0-9 _ -, or any other in quotes, as "…"',
    '由 A-Z a-z 0-9 _ - 组成的名称，其他名称加英文引号，如 "…"',
)
_ONCE = Words("each name once in its table", "同一表中每个名称只写一次")
_OPEN_TEXT = Words("a text whose quotes are not closed", "引号未闭合的文字")
_BROKEN = (
    ("Cannot overwrite", Words("a name that stands here twice", "重复的名称"), _ONCE),
    (
        "Cannot declare",
        Words("a table that stands here twice", "重复的表"),
        Words("each table once", "每个表只写一次"),
    ),
    (
        "Cannot mutate",
        Words("a name of a table that is closed", "已写完的表中的名称"),
        Words("all of a table in one place", "同一个表写在一处"),
    ),
    ("Expected '=' after", Words("a name without =", "名称后没有 ="), _ONE_A_LINE),
    ("Expected newline or end", Words("more on the line after its value", "值之后还有内容"), _ONE_A_LINE),
    (
        "Expected ']'",
        Words("a bracket that is not closed", "未闭合的方括号"),
        Words("[TABLE] on a line of its own", "[表名] 单独一行"),
    ),
    ("Invalid statement", Words("what begins no line", "行首字符无效"), _NAME),
    ("Invalid initial character", Words("a name that begins with none of A-Z a-z 0-9 _ -", "名称首字符无效"), _NAME),
    ("Invalid value", Words("a value that is none", "无效的值"), _VALUE),
    (
        "Unclosed array",
        Words("a list that is not closed, or lacks a comma", "未闭合的列表，或列表中缺少逗号"),
        Words(
            'commas between its values and a ] behind the last, as ["…", "…"]',
            '各值以英文逗号分隔，末尾有 ]，如 ["…", "…"]',
        ),
    ),
    (
        "Unclosed inline",
        Words("a table in braces that is not closed, or lacks a comma", "未闭合的花括号，或其中缺少逗号"),
        Words("commas between its names and a } behind the last", "各项以英文逗号分隔，末尾有 }"),
    ),
    ("Unterminated string", _OPEN_TEXT, _CLOSED),
    ('Expected \'"""\'', _OPEN_TEXT, _CLOSED),
    (
        "Unescaped",
        Words("a backslash in a text", "文字中有单个反斜杠"),
        Words("two of them, or /, or a text in single quotes", "两个反斜杠，或改用 /，或以单引号书写该文字"),
    ),
    (
        "Illegal character",
        Words("a control character in a text", "文字中有控制字符"),
        Words("text without control characters", "不含控制字符的文字"),
    ),
    (
        "Found invalid character",
        Words("a control character", "控制字符"),
        Words("text without control characters", "不含控制字符的文字"),
    ),
    ("Duplicate inline", Words("a name that stands twice in braces", "花括号中重复的名称"), _ONCE),
)
"""What the reader of TOML says, by its beginning, in our words; and what it takes there."""
_NO_TOML = Words("what is no TOML", "不符合 TOML 的内容")


class Broken(NamedTuple):
    """Where a file stops being TOML, what stands there, and what could."""

    place: Place
    found: Words
    expected: Words
    cure: str = ""
    """What to do, where that is plainer than what is always done."""


def broken(error: tomllib.TOMLDecodeError, text: str) -> Broken:
    """Why a text is no TOML."""
    said = str(error)
    at = _AT.search(said)
    lines = text.split("\n")
    line, column = (int(at[1]), int(at[2])) if at else (len(lines), len(lines[-1]) + 1)
    written = lines[line - 1] if line <= len(lines) else ""
    if (mark := _mark(written, column - 1, said)) is not None:
        return Broken((line, mark + 1), *_of_mark(written[mark]))
    if (day := _day_at(written, column - 1)) is not None:
        return Broken((line, day.start() + 1), *_of_day(day))
    at_end = column > len(written.rstrip("\r"))
    if at_end and said.startswith(("Illegal character", "Unterminated string", 'Expected "\'"')):
        return Broken((line, column), *_open_text(written, line))
    found, expected = next((told for begins, *told in _BROKEN if said.startswith(begins)), (_NO_TOML, _ONE_A_LINE))
    return Broken((line, column), found, expected)


def _open_text(written: str, line: int) -> tuple[Words, Words, Words]:
    """Of a text whose quote is not closed on its line: of which setting it is, what closes it, and where that goes."""
    name, equals, value = written.partition("=")
    key, quote = name.strip(), "'" if value.lstrip().startswith("'") else '"'
    of = Words(f"the text of {key}", f"{key} 的文字") if equals and key else Words("a text", "一段文字")
    found = Words(f"{of}, whose quote is not closed", f"{of.zh}（引号未闭合）")
    expected = Words(f"a closing {quote} on the same line", f"同一行内以 {quote} 结束")
    if "#" in value:
        return (
            found,
            expected,
            Words(f"add {quote} behind the text in line {line}", f"在第 {line} 行文字之后补 {quote}"),
        )
    return found, expected, Words(f"add {quote} at the end of line {line}", f"在第 {line} 行末尾补 {quote}")


def _mark(line: str, column: int, said: str) -> int | None:
    """Where a mark of a Chinese keyboard stands that is why nothing can be read; a text may hold any of them."""
    if line[column : column + 1] and line[column] in _QUOTES + "".join(_PLAIN):
        return column
    if said.startswith("Illegal character") and (opened := line.rfind('"', 0, column)) >= 0:
        quotes = [n for n in range(opened + 1, len(line)) if line[n] in _QUOTES]
        return quotes[-1] if quotes else None  # what was meant to close the text
    return None


def _of_mark(mark: str) -> tuple[Words, Words]:
    if mark in _QUOTES:
        return Words(f"the Chinese quotation mark {mark}", f"中文引号 {mark}"), Words('a straight one: "', '英文引号 "')
    plain = repr(_PLAIN[mark])
    return Words(f"the full-width mark {mark!r}", f"全角符号 {mark!r}"), Words(
        f"the plain one: {plain}", f"半角符号 {plain}"
    )


def _day_at(line: str, column: int) -> re.Match[str] | None:
    """The day, perhaps with a time, that stands there and that there is not; TOML stops within it, or at its end."""
    for day in _DAY.finditer(line):
        if day.start() <= column <= day.end():
            try:
                datetime.fromisoformat(day[0])
            except ValueError:
                return day
    return None


def _of_day(day: re.Match[str]) -> tuple[Words, Words]:
    """What is said of a day, or of a time of it, that there is not."""
    found = Words(f"{day[0]}, which there is not", f"不存在的日期或时间 {day[0]}")
    year, month = int(day[1]), int(day[2])
    if not 1 <= month <= 12 or year < 1 or len(day[2] + day[3]) < len("0216"):
        return found, Words("a day such as 2026-02-16, its month from 01 to 12", "日期，如 2026-02-16，月份为 01 至 12")
    last = monthrange(year, month)[1]
    if not 1 <= int(day[3]) <= last:
        shown = f"{year:04}-{month:02}-{last}"
        return found, Words(f"a day of that month: {shown} is its last", f"该月内的日期，最后一日为 {shown}")
    return found, Words("a time from 00:00:00 to 23:59:59", "00:00:00 至 23:59:59 之间的时间")
