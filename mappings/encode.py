"""From items as plain values to the bytes of a body: the other way of ``decode``."""

import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

import orjson

from mappings.document import DelimitedForm, FixedForm, Form, FormForm, JsonForm, JsonLinesForm, KeyValueForm, XmlForm
from mappings.mismatch import Mismatch
from mappings.pointers import putter, steps
from mappings.sources import pointers
from schemas.errors import ConfigError
from schemas.faults import shown
from schemas.words import Words

Encode = Callable[[Sequence[dict[str, Any]]], bytes]


def encoder(form: Form) -> Encode:
    """What makes a body of items.

    Raises:
        ConfigError: Bodies of such a form are only read.
    """
    if isinstance(form, JsonForm | XmlForm | FormForm):
        return _tree(form)
    if isinstance(form, JsonLinesForm):
        encode = _json(form)
        return lambda items: b"".join([encode(item) + b"\n" for item in items])
    if isinstance(form, DelimitedForm):
        return _delimited(form)
    return _fixed(form) if isinstance(form, FixedForm) else _pairs(form)


def _tree(form: JsonForm | XmlForm | FormForm) -> Encode:
    way = "".join(form.each)
    if len(form.each) > 1 or way.endswith("/*") or form.unpack or form.unpack_each:
        raise ConfigError(
            Words(
                "found nested lists, members or texts in texts: bodies of such a form are only read",
                "含嵌套列表、成员或文本中的文本：此类形式的报文只能读取",
            ),
            cure=Words("leave that form out of what is written: it is for reading", "该形式仅用于读取，请勿用于写出"),
        )
    encode = _xml(form) if isinstance(form, XmlForm) else _form if isinstance(form, FormForm) else _json(form)
    if not (form.root or way):
        return lambda items: encode(items[0] if len(items) == 1 else list(items))
    put_items = putter(f"{form.root or ''}{way}")
    told = ((each.at or "", each.is_) for each in form.expect if each.is_ is not None)
    stated = tuple((putter(at), constant) for at, constant in told if at.startswith("/"))

    def encoded(items: Sequence[dict[str, Any]]) -> bytes:
        body: dict[str, Any] = {}
        put_items(body, items[0] if len(items) == 1 and not way else list(items))
        for put, constant in stated:
            put(body, constant)
        return encode(body)

    return encoded


def _json(form: Form) -> Callable[[Any], bytes]:
    own = (form.root or "", *form.each, *(each.at or "" for each in form.expect)) if isinstance(form, JsonForm) else ()
    lists = any("0" in steps(at) for at in (*own, *pointers(form)))
    return lambda value: _dumped(_with_lists(value) if lists else value)


_UNTELLABLE = Words("a value that JSON cannot tell", "JSON 无法表示的值")


def _dumped(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except TypeError as error:  # such as a number of more than 64 bits, or half of a surrogate pair
        raise Mismatch("schema.type", _UNTELLABLE, Words("what JSON can tell", "JSON 可表示的值")) from error


def _with_lists(value: Any) -> Any:
    """What pointers put at `0` alone is the one element of a list."""
    if isinstance(value, dict):
        inner = {name: _with_lists(each) for name, each in value.items()}
        return [inner["0"]] if inner.keys() == {"0"} else inner
    return [_with_lists(each) for each in value] if isinstance(value, list) else value


def _form(value: Any) -> bytes:
    return urlencode(value, doseq=True).encode() if isinstance(value, dict) else b""


# ---------------------------------------------------------------- XML

_NAME = re.compile(r"(?:[^\W\d][\w.-]*:)?[^\W\d][\w.-]*")


def _xml(form: XmlForm) -> Callable[[Any], bytes]:
    declared = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in form.namespaces.items())
    declared += f" xmlns={quoteattr(form.namespace)}" if form.namespace else ""

    def encode(body: Any) -> bytes:
        if not isinstance(body, dict) or len(body) != 1:
            raise Mismatch(
                "xml.syntax",
                Words("no single root element", "没有唯一的根元素"),
                Words("a `root` that names one", "指定根元素的 `root`"),
            )
        [(name, value)] = body.items()
        return f'<?xml version="1.0" encoding="UTF-8"?>{"".join(_elements(name, value, declared))}'.encode()

    return encode


def _elements(name: str, value: Any, declared: str = "") -> list[str]:
    if not _NAME.fullmatch(name):
        raise Mismatch("xml.syntax", shown(name), Words("the name of an element", "元素名称"))
    return [_element(name, each, declared) for each in (value if isinstance(value, list | tuple) else [value])]


def _element(name: str, value: Any, declared: str) -> str:
    members = value if isinstance(value, dict) else {"#text": value}
    attributes = "".join(f" {key[1:]}={quoteattr(_text(each))}" for key, each in members.items() if key[:1] == "@")
    inner = [escape(_text(members["#text"]))] if "#text" in members else []
    inner += [part for key, each in members.items() if key[:1] not in "@#" for part in _elements(key, each)]
    return f"<{name}{declared}{attributes}>{''.join(inner)}</{name}>"


# ---------------------------------------------------------------- lines


def _delimited(form: DelimitedForm) -> Encode:
    names, separator = form.columns or form.header + form.optional_header, form.separator
    title = [list(names)] if form.header else [[""] for _line in range(form.title_lines)]
    blanks, told = [""] * len(names), sum(map(len, title)) - len(title)

    def encode(items: Sequence[dict[str, Any]]) -> bytes:
        rows = [*title, *[list(map(item.get, names, blanks)) for item in items]]
        try:
            text = "".join([f"{separator.join(row)}\n" for row in rows])
        except TypeError:  # a cell is no text
            return _in_cells(rows, form)
        separators = told + len(items) * (len(names) - 1)
        plain = text.count(separator) == separators and text.count("\n") == len(rows) and "\r" not in text
        return text.encode() if plain and not (form.quotes and '"' in text) else _in_cells(rows, form)

    return encode


def _in_cells(rows: Sequence[Sequence[Any]], form: DelimitedForm) -> bytes:
    """Rows of which some cell is no text, or holds what divides it from others."""
    return "".join(f"{form.separator.join(_cell(_text(each), form) for each in row)}\n" for row in rows).encode()


def _cell(text: str, form: DelimitedForm) -> str:
    if form.quotes and ('"' in text or form.separator in text or (form.line_breaks and "\n" in text)):
        return '"' + text.replace('"', '""') + '"'
    return _within_line(text, form.separator)


def _within_line(text: str, separator: str) -> str:
    if separator in text or "\n" in text or "\r" in text:
        raise Mismatch(
            "text.columns",
            shown(text),
            Words(f"a text without {separator!r} and line breaks", f"不含 {separator!r} 与换行的文本"),
        )
    return text


def _fixed(form: FixedForm) -> Encode:
    width = max(end for _start, end in form.columns.values())

    def encode(items: Sequence[dict[str, Any]]) -> bytes:
        lines = [_placed(item, form, width) for item in items]
        return "".join(f"{line}\n" for line in [*[" " * width] * form.title_lines, *lines]).encode()

    return encode


def _placed(item: dict[str, Any], form: FixedForm, width: int) -> str:
    encoding = "utf-32-le" if form.count == "characters" else form.count
    unit = len(" ".encode(encoding))
    line = bytearray(" ".encode(encoding) * width)
    for name, (start, end) in form.columns.items():
        cell = _within_line(_text(item.get(name, "")), "\n").encode(encoding)
        if len(cell) > (end - start) * unit:
            raise Mismatch(
                "text.columns", shown(item[name]), Words(f"at most {end - start} places", f"至多 {end - start} 位")
            )
        line[start * unit : start * unit + len(cell)] = cell
    return line.decode(encoding)


def _pairs(form: KeyValueForm) -> Encode:
    def encode(items: Sequence[dict[str, Any]]) -> bytes:
        blocks = (form.separator.join(_pair(name, each, form) for name, each in item.items()) for item in items)
        return "".join(f"{block}\n" if form.separator != "\n" else f"{block}\n\n" for block in blocks).encode()

    return encode


def _pair(name: str, value: Any, form: KeyValueForm) -> str:
    return f"{name}{form.assign}{_within_line(_text(value), form.separator)}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    raise Mismatch("schema.type", shown(value), Words("a single value", "单个值"))
