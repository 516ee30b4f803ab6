"""From the bytes of a body to its items: plain values that pointers address, each with its place and its own bytes."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from mappings.conversions import Mismatch
from mappings.document import DelimitedForm, Form, JsonForm, KeyValueForm, XmlForm
from schemas.errors import PayloadError
from schemas.faults import shown
from schemas.reading import LIMITS, read_json, read_lines, read_xml

ABSENT: Any = object()
"""What a pointer finds where there is nothing; null and empty text count as nothing too."""

Find = Callable[..., Any]
"""What a pointer finds in an item; a second argument, the context, is allowed and unused."""
Line = str | None


class Decoder(NamedTuple):
    """How the bodies of a form are taken apart, made once.

    ``items`` gives number and value of each, or the ``Mismatch`` that keeps one from being a value; it raises
    ``PayloadError`` where the whole body cannot be read. ``place`` names a pointer within item ``n`` as people find
    it. ``raw`` gives, for one body, what cuts out the item's own bytes, empty for all.
    """

    items: Callable[[bytes], Iterable[tuple[int, Any]]]
    place: Callable[[int, str], str]
    raw: Callable[[bytes], Callable[[int], bytes]]


def decoder(form: Form) -> Decoder:
    """What takes apart the bodies of a form."""
    if isinstance(form, JsonForm):
        limits = replace(LIMITS, unread=frozenset(form.unread))
        return _tree(form, lambda body: read_json(body, limits=limits))
    if isinstance(form, XmlForm):
        namespace = form.namespace
        return _tree(form, lambda body: read_xml(body, namespace=namespace))
    if isinstance(form, DelimitedForm):
        return _delimited(form)
    return _key_value(form)


# ---------------------------------------------------------------- pointers


def finder(pointer: str) -> Find:
    """What a pointer finds in an item. A step ``0`` into something that is no list finds that thing itself."""
    steps = tuple(
        (token, int(token) if token.isascii() and token.isdigit() and len(token) < 6 else None)
        for token in (each.replace("~1", "/").replace("~0", "~") for each in pointer.split("/")[1:])
    )
    if len(steps) == 1 and steps[0][1] is None:
        return _member(steps[0][0])

    def find(item: Any, _context: object = None) -> Any:
        for token, index in steps:
            item = _step(item, token, index)
            if item is None or item is ABSENT or item == "":
                return ABSENT
        return item

    return find


def _member(name: str) -> Find:
    def find(item: Any, _context: object = None) -> Any:
        value = item.get(name) if type(item) is dict else None
        return ABSENT if value is None or value == "" else value

    return find


def _step(item: Any, token: str, index: int | None) -> Any:
    if type(item) is dict:
        return item.get(token, item if index == 0 else None)
    if type(item) is list:
        return item[index] if index is not None and index < len(item) else ABSENT
    return item if index == 0 else ABSENT


# ---------------------------------------------------------------- JSON and XML


_ONLY = -1
"""The number of an item that stands in no list."""


def _tree(form: JsonForm | XmlForm, read: Callable[[bytes], Any]) -> Decoder:
    root, each = form.root or "", form.each or ""
    find_root, find_items = finder(root) if root else None, finder(each) if each else None
    wrong_root = "schema.namespace" if isinstance(form, XmlForm) else "schema.missing"

    def items(body: bytes) -> Iterable[tuple[int, Any]]:
        value = read(body)
        if find_root is not None:
            value = find_root(value)
            if value is ABSENT:
                raise PayloadError(wrong_root, f"found nothing at {root}", root)
        if find_items is not None:
            value = find_items(value)
            if value is ABSENT:
                raise PayloadError("schema.missing", f"found nothing at {root}{each}", root + each)
        if not isinstance(value, list):
            return ((_ONLY, _object(value)),)
        return ((n, _object(item)) for n, item in enumerate(value))

    def place(n: int, at: str) -> str:
        return f"{root}{each}{at}" if n == _ONLY else f"{root}{each}/{n}{at}"

    return Decoder(items, place, _whole)


def _object(item: Any) -> Any:
    return item if type(item) is dict else Mismatch("schema.type", shown(item), "an object")


def _whole(_body: bytes) -> Callable[[int], bytes]:
    return lambda _n: b""


# ---------------------------------------------------------------- lines


def _delimited(form: DelimitedForm) -> Decoder:
    split, skip = _splitter(form), form.skip
    least = form.min_columns or len(form.columns)

    def by_position(body: bytes) -> Iterable[tuple[int, Any]]:
        return _rows(read_lines(body), 0, form.columns, least, None, split, skip)

    def by_header(body: bytes) -> Iterable[tuple[int, Any]]:
        lines = read_lines(body)
        at = _header_at(lines)
        names = _header(lines, at, form, split)
        return _rows(lines, at + 1, names, len(names), len(names), split, skip)

    if form.columns:
        return Decoder(by_position, _line_place, _raw_lines)
    return Decoder(by_header, _line_place, _raw_lines_under_header)


def _rows(
    lines: list[Line],
    start: int,
    names: tuple[str, ...],
    least: int,
    most: int | None,
    split: Callable[[str], list[str]],
    skip: tuple[str, ...],
) -> Iterator[tuple[int, Any]]:
    for n in range(start, len(lines)):
        line = lines[n]
        if line is None:
            yield n, _unreadable()
        elif line and not line.isspace() and not line.startswith(skip):
            try:
                cells = split(line)
            except Mismatch as bad:
                yield n, bad
                continue
            if least <= len(cells) and (most is None or len(cells) <= most):
                yield n, dict(zip(names, cells, strict=False))
            else:
                yield n, Mismatch("text.columns", f"{len(cells)} columns", _columns(least, most))


def _columns(least: int, most: int | None) -> str:
    if most is None:
        return f"at least {least} columns"
    return f"{most} columns" if least == most else f"{least} to {most} columns"


def _unreadable() -> Mismatch:
    return Mismatch("encoding.invalid", "bytes of neither encoding", "UTF-8 or GB18030")


def _splitter(form: DelimitedForm) -> Callable[[str], list[str]]:
    separator = form.separator
    if form.blanks is not None:
        return _or_blanks(separator, form.columns.index(form.blanks))
    if form.quotes:
        return _quoted(separator)
    return lambda line: line.split(separator)


def _or_blanks(separator: str, time: int) -> Callable[[str], list[str]]:
    def split(line: str) -> list[str]:
        if separator in line:
            return line.split(separator)
        cells = line.split()
        if len(cells) > time + 1 and ":" in cells[time + 1]:
            cells[time : time + 2] = [f"{cells[time]} {cells[time + 1]}"]
        return cells

    return split


def _quoted(separator: str) -> Callable[[str], list[str]]:
    def split(line: str) -> list[str]:
        if '"' not in line:
            return line.split(separator)
        try:
            # One line at a time: a quote left open spoils its own line and swallows no other.
            return next(csv.reader((line,), delimiter=separator, strict=True))
        except csv.Error as error:
            raise Mismatch(
                "text.columns", f"quotes that do not match ({error})", 'cells such as "a ""b"" c"'
            ) from error

    return split


def _header_at(lines: Sequence[Line]) -> int:
    return next((n for n, line in enumerate(lines) if line is None or line.strip()), 0)


def _header(lines: list[Line], at: int, form: DelimitedForm, split: Callable[[str], list[str]]) -> tuple[str, ...]:
    try:
        names = tuple(name.strip() for name in split(lines[at] or ""))
    except Mismatch as bad:
        raise PayloadError("text.header", f"found {bad.found}, expected column names", f"line {at + 1}") from bad
    missing = [name for name in form.header if name not in names]
    if missing:
        raise PayloadError("text.header", f"columns {', '.join(missing)} not found", f"line {at + 1}")
    if len(set(names)) < len(names):
        raise PayloadError("text.header", "found a column twice", f"line {at + 1}")
    return names


def _key_value(form: KeyValueForm) -> Decoder:
    return Decoder(lambda body: _pairs(read_lines(body), form), _line_place, _raw_lines)


def _pairs(lines: list[Line], form: KeyValueForm) -> Iterator[tuple[int, Any]]:
    separator, assign, skip = form.separator, form.assign, form.skip
    for n, line in enumerate(lines):
        if line is None:
            yield n, _unreadable()
        elif line and not line.isspace() and not line.startswith(skip):
            cells = [cell.partition(assign) for cell in line.split(separator) if cell]
            pairs = {name.strip(): value for name, _, value in cells}
            if not all(found for _, found, _ in cells):
                yield n, Mismatch("text.columns", f"a part without {assign!r}", f"name{assign}value")
            elif len(pairs) < len(cells):
                yield n, Mismatch("text.columns", "a name twice", "each name once")
            else:
                yield n, pairs


def _line_place(n: int, at: str) -> str:
    return f"line {n + 1}{at and ' '}{at[1:]}"


def _raw_lines(body: bytes) -> Callable[[int], bytes]:
    return body.split(b"\n").__getitem__


def _raw_lines_under_header(body: bytes) -> Callable[[int], bytes]:
    """With its header a line can be read again once it is mended."""
    lines = body.split(b"\n")
    header = lines[_header_at(read_lines(body))]
    return lambda n: header + b"\n" + lines[n]
