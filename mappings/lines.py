"""Lines of text as items: delimited and fixed columns, pairs of names and values, JSON."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from mappings.columns import Line, header, header_at, splitter
from mappings.document import DelimitedForm, FixedForm, JsonLinesForm, KeyValueForm
from mappings.mismatch import Mismatch
from schemas.errors import PayloadError
from schemas.reading import LIMITS, read_json, read_lines
from schemas.words import Words

LineForm = DelimitedForm | FixedForm | JsonLinesForm | KeyValueForm
Parse = Callable[[str], Any]
_OTHER_ENDS = re.compile("[\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029]")
"""Where some reader or other ends a line, and we do not: what stands behind would count as more columns."""
_MAY_HOLD_OTHER_ENDS = re.compile(rb"[\x0b\x0c\x1c-\x1e]|\r(?!\n)|\xc2\x85|\xe2\x80[\xa8\xa9]|\x810\x815|\x816\xa6[56]")
_MOST_LINES = 64
"""A row or a block goes on over at most so many lines."""


class Rows(NamedTuple):
    """The number of an item that takes several lines: that of its first, and of its last."""

    first: int
    last: int


Number = int | Rows
Numbered = Iterable[tuple[Number, Line]]


def line_items(form: LineForm) -> Callable[[bytes], Iterable[tuple[Number, Any]]]:
    """What gives number and value of each item of a body, or the ``Mismatch`` that keeps one from being a value.

    Raises:
        PayloadError: The header is not what it must be.
    """
    if isinstance(form, DelimitedForm) and form.header:
        return _under_header(form)
    parse, number = _parser(form), _numbering(form)
    return lambda body: _parsed(number(_lines(body), _title(form)), form, parse)


def _lines(body: bytes) -> list[Line]:
    """The lines of a body; one in which a reader may see several is none that can be read."""
    lines = read_lines(body)
    if not _MAY_HOLD_OTHER_ENDS.search(body):
        return lines
    return [None if line is not None and _OTHER_ENDS.search(line) else line for line in lines]


def line_place(n: Number, at: str) -> str:
    """Where a pointer into an item leads, as people find it."""
    first = n.first if isinstance(n, Rows) else n
    return f"line {first + 1}{at and ' '}{at[1:]}"


def line_raw(form: LineForm) -> Callable[[bytes], Callable[[Number], bytes]]:
    """What cuts an item out of a body; with its header and title, so that it can be read again once it is mended."""
    named, titled = isinstance(form, DelimitedForm) and bool(form.header), _title(form)

    def cutter(body: bytes) -> Callable[[Number], bytes]:
        lines = body.split(b"\n")
        if not named and not titled:
            return lambda n: lines[n] if isinstance(n, int) else _cut(lines, n)
        at = header_at(read_lines(body), form) if isinstance(form, DelimitedForm) and named else 0
        head = lines[at : at + 1] if named else lines[:titled]
        return lambda n: b"\n".join([*head, _cut(lines, n)])

    return cutter


def stands_alone(form: LineForm) -> bool:
    """Whether each line is read for itself, so that a part of the lines can be read like all of them."""
    if form.footer or _title(form):
        return False
    if isinstance(form, DelimitedForm):
        return bool(form.columns) and not form.line_breaks
    return not (isinstance(form, KeyValueForm) and form.separator == "\n")


def _cut(lines: list[bytes], n: Number) -> bytes:
    return b"\n".join(lines[n.first : n.last + 1]) if isinstance(n, Rows) else lines[n]


def _title(form: LineForm) -> int:
    return form.title_lines if isinstance(form, DelimitedForm | FixedForm) else 0


def _parsed(numbered: Numbered, form: LineForm, parse: Parse) -> Iterator[tuple[Number, Any]]:
    skip, footer = form.skip, form.footer
    for n, line in numbered:
        if line is None:
            found = Words("bytes of neither encoding, or a line end within", "编码无效的字节，或行内含换行")
            yield (
                n,
                Mismatch(
                    "encoding.invalid",
                    found,
                    Words("UTF-8 or GB18030, lines that end with LF or CRLF", "UTF-8 或 GB18030，以 LF 或 CRLF 换行"),
                ),
            )
        elif line and not line.isspace() and not line.startswith(skip):
            if footer and line.startswith(footer):
                return
            try:
                value = parse(line)
            except Mismatch as bad:
                value = bad
            yield n, value


# ---------------------------------------------------------------- what is an item's text


def _numbering(form: LineForm) -> Callable[[list[Line], int], Numbered]:
    if isinstance(form, KeyValueForm) and form.separator == "\n":
        return lambda lines, _start: _blocks(lines, form)
    if isinstance(form, DelimitedForm) and form.line_breaks:
        return _rows
    return lambda lines, start: islice(enumerate(lines), start, None)


def _blocks(lines: list[Line], form: KeyValueForm) -> Iterator[tuple[Number, Line]]:
    """The lines between empty ones, each block as one text."""
    begins = 0
    for n in range(len(lines) + 1):
        line = lines[n] if n < len(lines) else ""
        ended = line is not None and (not line or line.isspace())
        if ended and begins < n:
            yield Rows(begins, n - 1), _block(lines[begins:n], form.skip)
        if ended:
            begins = n + 1


def _block(lines: Sequence[Line], skip: tuple[str, ...]) -> Line:
    told = [line for line in lines if line is not None and not line.startswith(skip)]
    return None if None in lines else "\n".join(told)


def _rows(lines: list[Line], start: int) -> Iterator[tuple[Number, Line]]:
    """Rows whose cells in quotes may hold line breaks; a quote that nobody closes spoils its own line."""
    n = start
    while n < len(lines):
        last = _row_ends(lines, n)
        part = [line for line in lines[n : last + 1] if line is not None]
        yield (n if last == n else Rows(n, last)), ("\n".join(part) if part else None)
        n = last + 1


def _row_ends(lines: list[Line], n: int) -> int:
    quotes = 0
    for last in range(n, min(n + _MOST_LINES, len(lines))):
        line = lines[last]
        if line is None:
            break
        quotes += line.count('"')
        if quotes % 2 == 0:
            return last
    return n


# ---------------------------------------------------------------- from a text to a value


def _parser(form: LineForm) -> Parse:
    if isinstance(form, JsonLinesForm):
        return _json(form)
    if isinstance(form, FixedForm):
        return _fixed(form)
    if isinstance(form, KeyValueForm):
        return _pairs(form)
    return _row(form.columns, form.min_columns or len(form.columns), None, splitter(form))


def _json(form: JsonLinesForm) -> Parse:
    limits = replace(LIMITS, texts=frozenset(form.great))

    def parse(line: str) -> Any:
        try:
            value = read_json(line.encode(), limits=limits)
        except PayloadError as error:
            raise Mismatch(error.code, error.message, Words("a JSON object", "JSON 对象"), error.where) from error
        if type(value) is not dict:
            raise Mismatch("schema.type", Words("something else", "其他内容"), Words("a JSON object", "JSON 对象"))
        return value

    return parse


def _fixed(form: FixedForm) -> Parse:
    columns = tuple((name, start, end) for name, (start, end) in form.columns.items())
    least, count = max(start for _name, start, _end in columns), form.count

    def by_character(line: str) -> dict[str, str]:
        _require_long(len(line), least)
        return {name: line[start:end].strip() for name, start, end in columns}

    def by_byte(line: str) -> dict[str, str]:
        text = line.encode(count)
        _require_long(len(text), least)
        return {name: _decoded(text[start:end], count) for name, start, end in columns}

    return by_character if count == "characters" else by_byte


def _require_long(length: int, least: int) -> None:
    if length < least:
        raise Mismatch(
            "text.columns",
            Words(f"a line of {length}", f"长度为 {length} 的行"),
            Words(f"at least {least}: every column begins in it", f"至少 {least}：各列均在行内开始"),
        )


def _decoded(cell: bytes, encoding: str) -> str:
    try:
        return cell.decode(encoding).strip()
    except UnicodeDecodeError as error:
        raise Mismatch(
            "text.columns",
            Words("a character across a border", "跨列的字符"),
            Words(f"columns as {encoding} counts them", f"按 {encoding} 计数的列"),
        ) from error


def _pairs(form: KeyValueForm) -> Parse:
    separator, assign, blocks = form.separator, form.assign, form.separator == "\n"

    def parse(line: str) -> dict[str, str]:
        cells = [cell.partition(assign) for cell in line.split(separator) if cell]
        pairs = {name.strip(): value.strip() if blocks else value for name, _, value in cells}
        if not all(found for _, found, _ in cells):
            raise Mismatch(
                "text.columns",
                Words(f"a part without {assign!r}", f"不含 {assign!r} 的部分"),
                Words(f"name{assign}value", f"名称{assign}值"),
            )
        if len(pairs) < len(cells):
            raise Mismatch("text.columns", Words("a name twice", "重复的名称"), Words("each name once", "每个名称一次"))
        return pairs

    return parse


def _row(names: Sequence[str], least: int, most: int | None, split: Callable[[str], list[str]]) -> Parse:
    expected = _columns(least, most)

    def parse(line: str) -> dict[str, str]:
        cells = split(line)
        count = len(cells)
        if least <= count and (most is None or count <= most):
            return dict(zip(names, cells, strict=False))
        raise Mismatch("text.columns", _counted(count), expected)

    return parse


@lru_cache(maxsize=64)
def _counted(count: int) -> Words:
    """Wrong lines come by the thousand, and most of them have as many columns as the last one."""
    return Words(f"{count} columns", f"{count} 列")


def _columns(least: int, most: int | None) -> Words:
    if most is None:
        return Words(f"at least {least} columns", f"至少 {least} 列")
    if least == most:
        return Words(f"{most} columns", f"{most} 列")
    return Words(f"{least} to {most} columns", f"{least} 至 {most} 列")


def _under_header(form: DelimitedForm) -> Callable[[bytes], Iterable[tuple[Number, Any]]]:
    split, number = splitter(form), _numbering(form)

    def items(body: bytes) -> Iterable[tuple[Number, Any]]:
        lines = _lines(body)
        at = header_at(lines, form)
        names = header(lines[at], at, form, split)
        return _parsed(number(lines, at + 1), form, _row(names, len(names), len(names), split))

    return items
