"""From the bytes of a body to its items: plain values that places address, each with its own place and bytes."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from mappings.document import Form, FormForm, JsonForm, TreeForm, Unpack, XmlForm
from mappings.lines import line_items, line_place, line_raw, stands_alone
from mappings.mismatch import Context, Mismatch
from mappings.places import pointer
from mappings.pointers import ABSENT, Nested, finder
from mappings.sources import looks_around
from schemas.content import Content, Way, content_of
from schemas.errors import PayloadError
from schemas.faults import shown
from schemas.reading import LIMITS, read_json, read_xml
from schemas.words import Words

_MOST_PARAMETERS = 10_000


class Decoder(NamedTuple):
    """How the bodies of a form are taken apart, made once.

    ``items`` gives number and value of each, or the ``Mismatch`` that keeps one from being a value; a value is
    ``Nested`` where something is around it. It raises ``PayloadError`` where the whole body cannot be read. What is
    known of its ``Content`` may stand behind a body in JSON or XML, which is then not read again. ``place``
    names a pointer within item ``n`` as people find it. ``raw`` gives, for one body, what cuts out the item's own
    bytes, empty for all. ``in_lines``: each line is read for itself.
    """

    items: Callable[..., Iterable[tuple[Any, Any]]]
    place: Callable[[Any, str], str]
    raw: Callable[[bytes], Callable[[Any], bytes]]
    in_lines: bool = False


def decoder(form: Form, expected: Callable[[Any], None] = lambda _body: None) -> Decoder:
    """What takes apart the bodies of a form. ``expected`` is shown a whole body, and raises where it is not one."""
    if isinstance(form, TreeForm):
        found = _tree(form, expected)
    else:
        lines = line_items(form)
        found = Decoder(lambda body, _known=None: lines(body), line_place, line_raw(form), stands_alone(form))
    if not form.unpack_each:
        return found
    unpacks = tuple(map(_unpacked, form.unpack_each))
    return found._replace(
        items=lambda body, _known=None: ((n, _with_texts_read(item, unpacks)) for n, item in found.items(body))
    )


# ---------------------------------------------------------------- JSON, XML and forms


def _tree(form: TreeForm, expected: Callable[[Any], None]) -> Decoder:
    read, root = _reader(form), form.root or ""
    find_root = finder(root) if root else None
    wrong_root = "schema.namespace" if isinstance(form, XmlForm) else "schema.missing"
    unpacks, walk = tuple(map(_unpacked, form.unpack)), _walk(form)

    def items(body: bytes, known: Content | None = None) -> Iterable[tuple[str, Any]]:
        whole = read(body, None if unpacks else known)  # what is unpacked into it is not for others to find
        for unpack in unpacks:
            unpack(whole)
        expected(whole)
        value = whole if find_root is None else find_root(whole)
        if value is ABSENT and not (form.each and _is_empty(whole, root)):
            raise PayloadError(wrong_root, Words(f"found nothing at {root}", f"{root} 处没有内容"), root)
        return () if value is ABSENT else walk(value)

    return Decoder(items, lambda n, at: f"{root}{n}{_in_item(at)}", lambda _body: lambda _n: b"")


def _in_item(at: str) -> str:
    return at if at.startswith("/") else ""


def _reader(form: TreeForm) -> Callable[[bytes, Content | None], Any]:
    if isinstance(form, FormForm):
        return lambda body, _known: _read_form(body, form.encoding)
    if isinstance(form, JsonForm):
        way = Way("json", limits=replace(LIMITS, unread=frozenset(form.unread), texts=frozenset(form.great)))
    else:
        way = Way("xml", form.namespace, tuple((namespace, prefix) for prefix, namespace in form.namespaces.items()))
    return lambda body, known: content_of(body, way, known).plain()


def _read_form(body: bytes, encoding: str = "utf-8") -> dict[str, Any]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            encoding=encoding,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except UnicodeDecodeError as error:
        raise PayloadError(
            "encoding.invalid", Words(f"found bytes that are not {encoding}", f"内容不符合 {encoding} 编码"), ""
        ) from error
    except ValueError as error:
        raise PayloadError(
            "json.size", Words(f"more than {_MOST_PARAMETERS} parameters", f"参数超过 {_MOST_PARAMETERS} 个")
        ) from error
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


# ---------------------------------------------------------------- where the items are


def _walk(form: TreeForm) -> Callable[[Any], Iterable[tuple[str, Any]]]:
    levels = tuple(_level(each) for each in form.each)
    if not levels:
        return _alone
    if len(levels) == 1 and not looks_around(form):
        return lambda value: ((at, _object(each)) for at, _name, each in _children(value, levels[0], form, ""))
    return lambda value: _nested(value, levels, form, "", (), ())


def _alone(value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, list):
        return ((f"/{n}", _object(item)) for n, item in enumerate(value))
    return (("", _object(value)),)


class _Level(NamedTuple):
    at: str
    find: Callable[..., Any] | None
    members: bool


def _level(way: str) -> _Level:
    members = way.endswith("/*")
    at = way.removesuffix("/*")
    return _Level(at, finder(at) if at else None, members)


def _children(value: Any, level: _Level, form: TreeForm, at: str) -> Iterator[tuple[str, str, Any]]:
    """Pointer, name and value of each element at one level.

    Raises:
        PayloadError: There is nothing where the elements should be.
    """
    found = level.find(value) if level.find else value
    at += level.at
    if found is ABSENT:
        if not (form.optional_each or _is_empty(value, level.at)):
            raise PayloadError(
                "schema.missing",
                Words(f"found nothing at {form.root or ''}{at}", f"{form.root or ''}{at} 处没有内容"),
                f"{form.root or ''}{at}",
            )
    elif isinstance(found, list):
        yield from ((f"{at}/{n}", str(n), each) for n, each in enumerate(found))
    elif level.members and isinstance(found, dict):
        yield from ((at + pointer(name), name, each) for name, each in found.items() if name[:1] not in ("@", "#"))
    else:
        yield at, "0", found


def _nested(
    value: Any, levels: tuple[_Level, ...], form: TreeForm, at: str, around: tuple[Any, ...], names: tuple[str, ...]
) -> Iterator[tuple[str, Any]]:
    try:
        children = list(_children(value, levels[0], form, at))
    except PayloadError as error:
        if not around:
            raise
        children = []  # its neighbours have what it lacks
        yield at, Mismatch(error.code, Words("nothing", "无"), Words("a list", "列表"), levels[0].at)
    for place, name, each in children:
        here, called = (*around, value), (*names, name)
        if len(levels) > 1:
            yield from _nested(each, levels[1:], form, place, here, called)
        else:
            yield place, Nested(each, here, called)


def _is_empty(value: Any, at: str) -> bool:
    """Whether something was said at a pointer and it is nothing, or what should hold it has nothing in it at all."""
    above, _, last = at.rpartition("/")
    holder = finder(above)(value) if above else value
    if holder is ABSENT:
        return _is_empty(value, above)
    if not isinstance(holder, dict):
        return False
    return last.replace("~1", "/").replace("~0", "~") in holder or all(name.startswith(("@", "#")) for name in holder)


def _object(item: Any) -> Any:
    return item if type(item) is dict else Mismatch("schema.type", shown(item), Words("an object", "对象"))


# ---------------------------------------------------------------- texts in texts


Unpacked = Callable[[Any], None]
_DECLARATION = re.compile(rb"\s*<\?xml\s[^>]{0,200}\?>")


def _read_inner_xml(text: bytes) -> dict[str, Any]:
    """A document in a text has the encoding of that text, whatever it declares."""
    return read_xml(_DECLARATION.sub(b"", text, count=1))


_READERS: dict[str, Callable[[bytes], Any]] = {"json": read_json, "xml": _read_inner_xml, "form": _read_form}


def _unpacked(unpack: Unpack) -> Unpacked:
    """What puts the value of a text in its place.

    Raises:
        PayloadError: The text cannot be read; ``where`` leads to it.
    """
    above, _, last = unpack.at.rpartition("/")
    find, read = finder(above) if above else None, _READERS[unpack.read]
    name = last.replace("~1", "/").replace("~0", "~")

    def put(value: Any) -> None:
        holder = find(value) if find else value
        text = holder.get(name) if isinstance(holder, dict) else None
        if isinstance(holder, dict) and isinstance(text, str) and text:
            try:
                holder[name] = read(text.encode())
            except PayloadError as error:
                error.where = f"{unpack.at}{error.where if error.where.startswith('/') else ''}"
                raise

    return put


def _with_texts_read(item: Any, unpacks: tuple[Unpacked, ...]) -> Any:
    """An item with its texts read, or the ``Mismatch`` that keeps one from being read."""
    try:
        for put in unpacks:
            put(item.item if isinstance(item, Nested) else item)
    except PayloadError as error:
        return Mismatch(error.code, error.message, Words("a text that can be read", "可读取的文本"), error.where)
    return item


def within_context(item: Any, context: Context) -> tuple[Any, Context]:
    """An item with the context in which its rules look around."""
    return (item.item, item.context(context)) if isinstance(item, Nested) else (item, context)
