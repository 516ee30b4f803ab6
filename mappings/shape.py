"""What a sample body looks like: how it is read, where its items are, what they hold."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from mappings.places import pointer
from schemas.errors import ConfigError, PayloadError
from schemas.reading import LIMITS, Limits, read_json, read_lines, read_xml, xml_tree
from schemas.words import Words

_SEPARATORS = (",", "\t", ";", "|", "||")
_MOST_ITEMS = 200
_PAIR = re.compile(r"[^\s=&]{1,64}=[^&]*(?:&[^\s=&]{1,64}=[^&]*)*")
_GREAT = re.compile(rb'"([A-Za-z_][A-Za-z0-9_.-]{0,63})"\s*:\s*-?[0-9]{16,}')
_FOOTERS = ("合计", "总计", "小计", "to")
_ANSWERED = {"code": (0, 200), "errcode": (0,), "errorCode": (0,), "success": (True,)}


class Shape(NamedTuple):
    """How a body is read (the members of a form), and its first items: the plain values at each place of a rule."""

    form: dict[str, Any]
    items: tuple[dict[str, Any], ...]


def shape_of(body: bytes) -> Shape:
    """What a sample body looks like.

    Raises:
        ConfigError: It is of no kind that can be told from a sample.
    """
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    try:
        if start == b"<":
            return _xml(body)
        if start in (b"{", b"["):
            return _json(body)
    except PayloadError as error:
        raise ConfigError(
            Words(
                f"the sample cannot be read: {error.message} ({error.code} {error.where})",
                f"样例无法读取：{error.told('zh')}（{error.code} {error.where}）",
            ),
            cure=Words("save the sample as it was received, then again", "将样例按收到时的原样保存后重试"),
        ) from error
    lines = read_lines(body)
    text = [line for line in lines if line and line.strip()]
    if len(text) == 1 and _PAIR.fullmatch(text[0]):
        return _form(dict(parse_qsl(text[0])))
    separator, columns = _separator(text)
    return _table(text, separator, columns) if columns > 1 else _blocks(lines, text)


# ---------------------------------------------------------------- JSON, XML and forms


def _json(body: bytes) -> Shape:
    great = sorted({name.decode() for name in _GREAT.findall(body)})
    limits = replace(LIMITS, texts=frozenset(great))
    named = {"great": great} if great else {}
    lines = [line for line in body.split(b"\n") if line.strip()]
    if len(lines) > 1 and (first := _object(lines[0], limits)) is not None:
        found = [first, *(each for line in lines[1:_MOST_ITEMS] if (each := _object(line, limits)) is not None)]
        unpack = _unpack(found)
        form = {"read": "json_lines", **named, **({"unpack_each": unpack} if unpack else {})}
        return Shape(form, tuple(dict(leaves(each)) for each in found))
    value = read_json(body, limits=limits)
    told = next((n for n, good in _ANSWERED.items() if isinstance(value, dict) and value.get(n) in good), None)
    expect = {} if told is None else {"expect": [{"at": f"/{told}", "is": value[told]}]}
    return _tree(value, {"read": "json", **named, **expect})


def _object(line: bytes, limits: Limits) -> dict[str, Any] | None:
    try:
        value = read_json(line, limits=limits)
    except PayloadError:
        return None
    return value if isinstance(value, dict) else None


def _xml(body: bytes) -> Shape:
    spaces = {uri: prefix or "n" for node in xml_tree(body).iter() for prefix, uri in node.nsmap.items()}
    value = read_xml(body, prefixes=spaces or None)
    named = {"namespaces": {prefix: uri for uri, prefix in spaces.items()}} if spaces else {}
    [(root, inner)] = value.items()
    return _tree(inner or {}, {"read": "xml", **named, "root": pointer(root)})


def _form(value: dict[str, Any]) -> Shape:
    unpack = _unpack([value])
    return _tree(value, {"read": "form", **({"unpack": unpack} if unpack else {})})


def _unpack(items: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The texts that are JSON in every item that has them; they are put into their places."""
    found = []
    for name in dict.fromkeys(name for item in items for name in item):
        texts = [item[name] for item in items if isinstance(item.get(name), str) and item[name][:1] in ("{", "[")]
        read = [_read(each) for each in texts]
        if read and all(each is not None for each in read):
            found.append({"at": pointer(name), "read": "json"})
            values = iter(read)
            for item in items:
                if item.get(name) in texts:
                    item[name] = next(values)
    return found


def _read(text: str) -> Any:
    try:
        return read_json(text.encode())
    except PayloadError:
        return None


# ---------------------------------------------------------------- where the items are


def _tree(value: Any, form: dict[str, Any]) -> Shape:
    """The items are the largest list of objects; where its elements have lists that are larger together, those."""
    lists = list(_lists(value, ""))
    if not lists:
        return Shape(form, (dict(leaves(value)),) if isinstance(value, dict) else ())
    way, outer = max(lists, key=lambda each: len(each[1]))
    inner = max(_inner([each for _name, each in outer]), key=lambda each: len(each[1]), default=None)
    around = value if isinstance(value, dict) else {}
    if inner is not None and len(inner[1]) > len(outer):
        nested = [dict(leaves(each)) | _above(outer[n], "..") | _above(("", around), "../..") for n, each in inner[1]]
        return Shape({**form, "each": [way, inner[0]] if way else inner[0]}, tuple(nested[:_MOST_ITEMS]))
    told = [dict(leaves(each[1])) | _named(each, "") | _above(("", around), "..") for each in outer]
    return Shape({**form, **({"each": way} if way else {})}, tuple(told[:_MOST_ITEMS]))


Named = tuple[str, Any]


def _above(element: Named, up: str) -> dict[str, Any]:
    """The values around an item, by their places."""
    return {f"{up}{at}": value for at, value in leaves(element[1])} | _named(element, f"{up}/")


def _named(element: Named, at: str) -> dict[str, Any]:
    return {f"{at}#": element[0]} if element[0] else {}


def _lists(value: Any, at: str) -> Iterator[tuple[str, list[Named]]]:
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        yield at, [("", each) for each in value]
    elif isinstance(value, dict):
        members = list(value.values())
        if len(members) > 1 and all(isinstance(each, dict) for each in members) and _alike(members):
            yield f"{at}/*", list(value.items())
        for name, inner in value.items():
            yield from _lists(inner, at + pointer(name))


def _alike(members: list[dict[str, Any]]) -> bool:
    """Whether objects have a member in common, as those have that are keyed by an id."""
    return bool(set.intersection(*map(set, members)))


def _inner(elements: list[dict[str, Any]]) -> Iterator[tuple[str, list[tuple[int, dict[str, Any]]]]]:
    """Each list of objects that elements have, by its pointer, with the number of the element around it."""
    for name in dict.fromkeys(name for each in elements for name in each):
        found = [(n, each.get(name)) for n, each in enumerate(elements)]
        if any(isinstance(each, list) for _n, each in found):
            listed = [(n, one) for n, each in found for one in (each if isinstance(each, list) else [each])]
            yield pointer(name), [(n, one) for n, one in listed if isinstance(one, dict)]


def leaves(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """The plain values in an item, with their pointers; lists are passed over."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from leaves(inner, at + pointer(str(name)))
    elif not isinstance(value, list) and value not in (None, ""):
        yield at, value


# ---------------------------------------------------------------- lines


def _blocks(lines: Sequence[str | None], text: Sequence[str]) -> Shape:
    usual = (each for each in (": ", ":", "=") if sum(each in line for line in text) * 4 > len(text) * 3)
    assign = next(usual, "")
    if not assign:
        raise ConfigError(
            Words(
                "found neither JSON, XML, a form, a table nor pairs in the sample: write the form by hand",
                "样例不是 JSON、XML、表单、表格或键值对：请手工编写形式",
            ),
            cure=Words(
                "write the form by hand, or begin from a shipped one: `licet mapping new NAME --from SHIPPED`",
                "手工编写该形式，或以内置文档为基础：`licet mapping new 名称 --from 内置文档`",
            ),
        )
    blocks = re.split(r"\n\s*\n", "\n".join(line or "" for line in lines).strip())
    pairs = [[line.partition(assign) for line in block.split("\n") if assign in line] for block in blocks]
    items = ({pointer(name.strip()): told.strip() for name, _, told in each if told.strip()} for each in pairs)
    return Shape({"read": "key_value", "separator": "\n", "assign": assign.strip()}, tuple(items)[:_MOST_ITEMS])


def _separator(lines: Sequence[str]) -> tuple[str, int]:
    """The separator that gives most lines the same number of columns, and that number."""
    counts = {each: Counter(line.count(each) + 1 for line in lines) for each in _SEPARATORS}
    likely = {each: count.most_common(1)[0] for each, count in counts.items() if count}
    best = max(likely, key=lambda each: (likely[each][0] > 1, likely[each][1] * likely[each][0]), default="")
    return (best, likely[best][0]) if best else ("", 0)


def _table(lines: Sequence[str], separator: str, columns: int) -> Shape:
    whole = [n for n, line in enumerate(lines) if line.count(separator) + 1 == columns]
    rows = [[cell.strip().strip('"') for cell in lines[n].split(separator)] for n in whole]
    quoted = len(separator) == 1 and any('"' in line for line in lines)
    form: dict[str, Any] = {"read": "delimited", "separator": separator, **({"quotes": True} if quoted else {})}
    header = next((n for n, row in enumerate(rows) if all(row) and len({*row}) == columns), None)
    if header is not None and not any(re.search(r"[0-9]{2}", cell) for cell in rows[header]):
        names, rows = rows[header], rows[header + 1 :]
        form |= {"header": names} | ({"title_lines": whole[header]} if whole[header] else {})
    else:
        names = [f"c{n + 1}" for n in range(columns)]
        form["columns"] = names
    footer = [row[0][:2] for row in rows if row[0][:2].lower() in _FOOTERS]
    form |= {"footer": footer[:1]} if footer else {}
    told = (dict(zip(map(pointer, names), row, strict=True)) for row in rows if sum(map(bool, row)) * 2 > columns)
    return Shape(form, tuple({at: cell for at, cell in row.items() if cell} for row in told)[:_MOST_ITEMS])
