"""A body written anew with other values and names at their places: its structure, encoding and order stay."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode
from xml.sax.saxutils import escape, quoteattr

from mappings.document import DelimitedForm, FixedForm, Form, FormForm, JsonForm, JsonLinesForm, KeyValueForm, XmlForm
from mappings.lines import LineForm
from schemas.errors import PayloadError
from schemas.reading import LIMITS, read_json, xml_tree

Path = tuple[str, ...]
"""The way to a value, by names; what is one of many, or has a name that is replaced, is ``*``."""
Value = Callable[[Path, str], str]
"""What stands at a place instead of a text."""
Name = Callable[[str], str]
"""What a member, an element or a column is called instead."""
Rewrite = Callable[[bytes, Value, Name], bytes]

_ENCODINGS = ("utf-8-sig", "utf-8", "gb18030")
_MARK = b"\xef\xbb\xbf"
_ANY, _LINE = "*", ("line",)
_ANY_NUMBER = replace(LIMITS, any_number=True)
_MOST_COLUMNS = 256


def rewriter(form: Form) -> Rewrite:
    """What writes bodies of a form anew. It raises ``ValueError`` or ``PayloadError`` for one that it cannot read."""
    if isinstance(form, XmlForm):
        return _xml
    if isinstance(form, JsonForm):
        return _json
    if isinstance(form, FormForm):
        return lambda body, value, name: _form(body, value, name, form.encoding)
    return _lines(form)


def _step(name: str, called: Name) -> str:
    return name if called(name) == name else _ANY


# ---------------------------------------------------------------- JSON and XML


def _json(body: bytes, value: Value, name: Name) -> bytes:
    found = read_json(body, limits=_ANY_NUMBER)
    made = _walked(found, (), value, name)
    return json.dumps(made, ensure_ascii=False, indent=1 if b"\n " in body else None).encode()


_FURTHEST = 308
"""The power of ten up to which a number is one in a JSON document that others read, too."""


def _walked(found: Any, path: Path, value: Value, name: Name) -> Any:
    if isinstance(found, dict):
        return {name(key): _walked(each, (*path, _step(key, name)), value, name) for key, each in found.items()}
    if isinstance(found, list):
        return [_walked(each, (*path, _ANY), value, name) for each in found]
    if isinstance(found, str):
        return _text(found, path, value, name)
    if isinstance(found, bool) or found is None:
        return found
    if isinstance(found, int):
        return int(value(path, str(found)))
    return _number(str(found), path, value)


def _number(found: str, path: Path, value: Value) -> float | str:
    """A number; one that would fill the memory, written out, stays a text as it is."""
    number = Decimal(found)
    within = abs(number.adjusted()) <= _FURTHEST
    return float(value(path, f"{number:f}")) if within else value(path, str(number))


def _text(found: str, path: Path, value: Value, name: Name) -> str:
    """A text; one that is itself JSON or XML is walked through."""
    rewrite = {"{": _json, "[": _json, "<": _inner_xml}.get(found.lstrip()[:1])
    if rewrite is not None:
        try:
            return rewrite(found.encode(), lambda inner, text: value((*path, *inner), text), name).decode()
        except (ValueError, PayloadError):
            pass
    return value(path, found)


_DECLARATION = re.compile(rb"""\s*<\?xml[^>]*\?>""")
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")


def _xml(body: bytes, value: Value, name: Name) -> bytes:
    root = xml_tree(body)
    declared = _DECLARATION.match(body.removeprefix(_MARK))
    found = _ENCODING.search(declared[0]) if declared else None
    encoding = found[1].decode() if found else "utf-8"
    text = _element(root, {}, (), value, name)
    try:
        return (declared[0].strip() + b"\n" if declared else b"") + text.encode(encoding, "xmlcharrefreplace")
    except LookupError as error:
        raise ValueError(str(error)) from error


def _inner_xml(body: bytes, value: Value, name: Name) -> bytes:
    """A document in a text has the encoding of that text, whatever it declares."""
    declared = _DECLARATION.match(body)
    plain = body[declared.end() :] if declared else body
    return (declared[0] if declared else b"") + _element(xml_tree(plain), {}, (), value, name).encode()


def _element(node: Any, outer: Mapping[str | None, str], path: Path, value: Value, name: Name) -> str:
    """An element without comments, under other names and in other namespaces."""
    here = (*path, _step(_local(node.tag), name))
    called = _called(node.prefix, node.tag, name)
    said = [called, *_spaces(node, outer, value, name)]
    for at, text in node.attrib.items():
        prefix = next((key for key, uri in node.nsmap.items() if key and at.startswith(f"{{{uri}}}")), None)
        prefix = "xml" if at.startswith(_XML) else prefix
        said.append(f"{_called(prefix, at, name)}={quoteattr(value((*here, f'@{_local(at)}'), text))}")
    inner = "".join(_inner(node, here, value, name))
    return f"<{' '.join(said)}>{inner}</{called}>" if inner else f"<{' '.join(said)}/>"


_XML = "{http://www.w3.org/XML/1998/namespace}"


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _called(prefix: str | None, tag: str, name: Name) -> str:
    if prefix == "xml":
        return f"xml:{_local(tag)}"
    return f"{name(prefix)}:{name(_local(tag))}" if prefix else name(_local(tag))


def _spaces(node: Any, outer: Mapping[str | None, str], value: Value, name: Name) -> Iterator[str]:
    """The namespaces that an element declares."""
    for prefix, uri in node.nsmap.items():
        if outer.get(prefix) != uri:
            said = uri if uri.startswith("http://www.w3.org/") else value(("#namespace",), uri)
            yield f"xmlns{':' if prefix else ''}{name(prefix) if prefix else ''}={quoteattr(said)}"


def _inner(node: Any, here: Path, value: Value, name: Name) -> Iterator[str]:
    """What stands in an element."""
    yield _said(node.text, here, value, name)
    for each in node:
        if isinstance(each.tag, str):
            yield _element(each, node.nsmap, here, value, name)
        yield _said(each.tail, (*here, "#tail"), value, name)


def _said(text: str | None, path: Path, value: Value, name: Name) -> str:
    said = _text(text, path, value, name) if text and text.strip() else text or ""
    return escape(said, {"\r": "&#13;"})


# ---------------------------------------------------------------- forms and lines


def _form(body: bytes, value: Value, name: Name, encoding: str) -> bytes:
    found = parse_qsl(body.decode("ascii"), keep_blank_values=True, encoding=encoding, errors="strict")
    said = [(name(key), _text(text, (_step(key, name),), value, name)) for key, text in found]
    return urlencode(said, encoding=encoding).encode("ascii")


Row = Callable[[str, Value, Name], str]


def _lines(form: LineForm) -> Rewrite:
    rewrite = _row(form)

    def rewritten(body: bytes, value: Value, name: Name) -> bytes:
        text, encoding = _decoded(body)
        rows = ((each.removesuffix("\r"), each.endswith("\r")) for each in _rows(text.split("\n"), form))
        made = (rewrite(row, value, name) + "\r" * returns for row, returns in rows)
        return "\n".join(made).encode(encoding)

    return rewritten


def _decoded(body: bytes) -> tuple[str, str]:
    for encoding in _ENCODINGS:
        if (encoding == "utf-8-sig") == body.startswith(_MARK):
            try:
                return body.decode(encoding), encoding
            except UnicodeDecodeError:
                continue
    raise ValueError("a text in no encoding that is known")


def _rows(lines: Sequence[str], form: LineForm) -> Iterator[str]:
    """The lines; one in whose quotes a line ends goes on with the next."""
    goes_on = isinstance(form, DelimitedForm) and form.line_breaks
    open_row: list[str] = []
    quotes = 0
    for line in lines:
        open_row.append(line)
        quotes += line.count('"')
        if not (goes_on and quotes % 2):
            yield "\n".join(open_row)
            open_row, quotes = [], 0
    if open_row:
        yield "\n".join(open_row)


def _row(form: LineForm) -> Row:
    framing = tuple(each for each in (*form.skip, *form.footer) if each)
    rewrite = _item(form)

    def row(line: str, value: Value, name: Name) -> str:
        begins = next((each for each in framing if line.startswith(each)), None)
        if begins is not None:
            return begins + value(_LINE, line.removeprefix(begins))
        return rewrite(line, value, name) if line.strip() else line

    return row


def _item(form: LineForm) -> Row:
    if isinstance(form, JsonLinesForm):
        return lambda line, value, name: _text(line, (), value, name)
    if isinstance(form, KeyValueForm):
        return lambda line, value, name: form.separator.join(
            _pair(each, form.assign, value, name) for each in line.split(form.separator)
        )
    if isinstance(form, FixedForm):
        return lambda line, value, _name: _places(line, form, value)
    return lambda line, value, name: _cells(line, form, value, name)


def _pair(text: str, assign: str, value: Value, name: Name) -> str:
    key, found, said = text.partition(assign)
    if not found:
        return value(_LINE, text)
    plain = key.strip()
    called = key.replace(plain, name(plain)) if plain else key
    return f"{called}{found}{_text(said, (_step(plain, name),), value, name)}"


def _places(line: str, form: FixedForm, value: Value) -> str:
    """Each column at its place, and what is between them."""
    counted = None if form.count == "characters" else form.count
    text: Any = line if counted is None else line.encode(counted)
    made, at = [], 0
    for name, (start, end) in sorted(form.columns.items(), key=lambda each: each[1]):
        made += [((_ANY,), text[at:start]), ((name,), text[start:end])]
        at = max(at, end)
    cells = ((path, each.decode(counted) if counted else str(each)) for path, each in (*made, ((_ANY,), text[at:])))
    return "".join(value(path, cell) for path, cell in cells)


def _cells(line: str, form: DelimitedForm, value: Value, name: Name) -> str:
    by_blanks = form.blanks is not None and form.separator not in line
    cells = _words(line, form) if by_blanks else _divided(line, form)
    if form.header and _is_header(cells, form):
        made = [_within_quotes(each, name) for each in cells]
    else:
        made = [_cell(each, (_column(n, form),), value, name) for n, each in enumerate(cells)]
    return (" " if by_blanks else form.separator).join(made)


def _cell(text: str, path: Path, value: Value, name: Name) -> str:
    return _within_quotes(text, lambda plain: _text(plain, path, value, name))


def _within_quotes(cell: str, change: Callable[[str], str]) -> str:
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        return '"' + change(cell[1:-1].replace('""', '"')).replace('"', '""') + '"'
    return change(cell)


def _words(line: str, form: DelimitedForm) -> list[str]:
    """The words of a line; a time may be two of them."""
    words = line.split()
    time = form.columns.index(form.blanks or "")
    if len(words) > time + 1 and ":" in words[time + 1]:
        words[time : time + 2] = [f"{words[time]} {words[time + 1]}"]
    return words


def _divided(line: str, form: DelimitedForm) -> list[str]:
    if not form.quotes:
        return line.split(form.separator)
    cells: list[str] = []
    open_cell: list[str] = []
    quotes = 0  # counted as they come: a quote that nobody closes is looked at once, not with each part anew
    for part in line.split(form.separator):
        quotes += part.count('"') + (form.separator.count('"') if open_cell else 0)
        open_cell.append(part)
        if quotes % 2 == 0:
            cells.append(form.separator.join(open_cell))
            open_cell, quotes = [], 0
    return [*cells, form.separator.join(open_cell)] if open_cell else cells


def _is_header(cells: Sequence[str], form: DelimitedForm) -> bool:
    plain = {each.strip().strip('"').strip() for each in cells}
    return {form.aliases.get(each, each) for each in plain} >= set(form.header)


def _column(n: int, form: DelimitedForm) -> str:
    if n < len(form.columns):
        return form.columns[n]
    return f"column {n}" if n < _MOST_COLUMNS else _ANY
