"""Why a text is no JSON, in our words: the place that is to be mended, what stands there, and what could."""

import re
from typing import NamedTuple

from schemas.words import Words

_QUOTES = "“”„‟＂‘’＇「」『』"
_WIDE = "，：；［］｛｝【】（）"
_VALUE = Words(
    "a text in double quotes, a number, true, false, null, [ … ] or { … }",
    "加英文双引号的文字、数字、true、false、null、[ … ] 或 { … }",
)
_STRAIGHT = Words('a straight double one: "', '英文双引号 "')
_OPENED = {
    "a list": (Words("the end of the text within a list", "列表未闭合，内容已结束"), "]"),
    "an object": (Words("the end of the text within an object", "花括号未闭合，内容已结束"), "}"),
    "a string": (Words("the end of the text within a text in quotes", "引号未闭合，内容已结束"), '"'),
}
_TOLD = (
    ("trailing characters", Words("more behind the value", "值之后还有内容"), Words("one value alone", "只有一个值")),
    (
        "invalid number",
        Words("a number that is none", "无效的数字"),
        Words("one such as 12, -0.5 or 1e3: no leading zeros", "数字，如 12、-0.5、1e3，不带前导零"),
    ),
    (
        "invalid escape",
        Words("a backslash with what may not follow it", "反斜杠后的字符无效"),
        Words('two backslashes, or one before " / b f n r t uXXXX', '两个反斜杠，或其后为 " / b f n r t uXXXX'),
    ),
    (
        "control character",
        Words(
            "a text whose quote is not closed before the line end or control character in it",
            "文字在换行或控制字符之前没有以引号结束",
        ),
        Words(r'a closing " where the text ends (\n for a line end within)', r'在文字末尾加 "（文字内的换行写作 \n）'),
    ),
    (
        "key must be a string",
        Words("a name without double quotes", "名称没有双引号"),
        Words('a name in double quotes, as "name": …', '加英文双引号的名称，如 "name": …'),
    ),
    ("expected `:`", Words("a name without a colon", "名称后没有冒号"), Words('"name": and a value', '"name": 及其值')),
)
"""By what the reader says: what stands there and what could."""
_NEIGHBOUR = re.compile(r"expected `,` or `(.)`")


class Syntax(NamedTuple):
    """Line and column, from 1, what stands there, and what could."""

    line: int
    column: int
    found: Words
    expected: Words


def syntax_of(cause: str, body: bytes, line: int, column: int) -> Syntax:
    """What is wrong with a text for the ``cause`` that its reader names, in bytes, at a place."""
    at = sum(len(each) + 1 for each in body.split(b"\n")[: line - 1]) + column - 1
    text, start = body.decode(), len(body[: max(at, 0)].decode(errors="ignore"))
    before = len(text[:start].rstrip()) - 1
    for place, told in (_mark(cause, text, start), _comma(cause, text, start, before), _of_cause(cause, start)):
        if told is not None:
            return Syntax(text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place), *told)
    return Syntax(line, max(column, 1), Words("what is no value", "无效的值"), _VALUE)


_Told = tuple[int, tuple[Words, Words] | None]


def _mark(cause: str, text: str, at: int) -> _Told:
    """A mark that stands there, or that was meant to close a text, and that JSON does not have."""
    if cause.startswith("control character"):
        quoted = range(text.rfind('"', 0, at) + 1, at)
        at = max((n for n in quoted if text[n] in _QUOTES), default=at)
    mark = text[at : at + 1]
    if mark and mark in _QUOTES:
        return at, (Words(f"the Chinese quotation mark {mark}", f"中文引号 {mark}"), _STRAIGHT)
    if mark and mark in _WIDE:
        return at, (Words(f"the full-width mark {mark}", f"全角符号 {mark}"), Words("the plain one", "对应的半角符号"))
    if mark == "'":
        return at, (Words("a single quote", "单引号"), _STRAIGHT)
    if mark == "#" or text[at : at + 2] in ("//", "/*"):
        return at, (Words("a comment", "注释"), Words("none: JSON has no comments", "不写注释：JSON 没有注释"))
    return at, None


def _comma(cause: str, text: str, at: int, before: int) -> _Told:
    """A comma too many or too few; ``before``: where the last thing ahead of the place ends."""
    ahead, here = text[before] if before >= 0 else "", text[at : at + 1]
    if ahead == "," and (cause == "trailing comma" or here in (",", "]", "}")):
        behind = Words("a comma with nothing behind it", "逗号之后没有内容")
        return before, (behind, Words("a value behind it, or no comma", "其后写值，或删除该逗号"))
    if here == "," and cause.startswith(("expected value", "key must be")):
        return at, (Words("a comma with nothing before it", "逗号之前没有内容"), Words("no comma there", "删除该逗号"))
    if (neighbour := _NEIGHBOUR.match(cause)) is None:
        return at, None
    if here in ("]", "}"):
        return at, (Words(f"a {here} that nothing opened", f"没有对应开头的 {here}"), Words(neighbour[1], neighbour[1]))
    lacking = Words("a value with no comma behind it", "值之后没有逗号")
    return max(before, 0), (lacking, Words(f"a comma, or {neighbour[1]}", f"逗号，或 {neighbour[1]}"))


def _of_cause(cause: str, at: int) -> _Told:
    if cause.startswith("EOF while parsing "):
        found, closing = _OPENED.get(cause.removeprefix("EOF while parsing "), (None, ""))
        if found is None:
            return at, (Words("the end of the text where a value begins", "该处应有值，内容已结束"), _VALUE)
        return at, (found, Words(f"what closes it: {closing}", f"以 {closing} 结束"))
    return at, next(((found, expected) for begins, found, expected in _TOLD if cause.startswith(begins)), None)
