"""What a place of a rule leads to: in an item, or in what is around it."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from mappings.mismatch import Context, Mismatch
from schemas.faults import shown
from schemas.words import Words

ABSENT: Any = object()
"""What a place leads to where there is nothing; null and empty text count as nothing too."""

Find = Callable[..., Any]
"""What a pointer finds in an item; a second argument, the context, is allowed and unused."""
Take = Callable[[Any, Context], Any]
"""What is found for an item in a context."""
Put = Callable[..., None]
"""What lets a pointer lead to a value in an item; a third argument, the context, is allowed and unused."""

_AROUND, _NAMES = "@around", "@names"
"""Under these names the context holds what is around an item, outermost first, and what it is called in there."""
_LONGEST = 1_024
"""A text around an item is taken up to so many characters: it counts once for each item."""


class Nested(NamedTuple):
    """An item with what is around it, outermost first, and its name or number at each of these levels."""

    item: Any
    around: tuple[Any, ...]
    names: tuple[str, ...]

    def context(self, context: Context) -> Context:
        """The context in which its rules look around."""
        return {**context, _AROUND: self.around, _NAMES: self.names}


def within(item: Any, context: Context, name: str, element: Any) -> Nested:
    """An element of an item as an item of its own."""
    return Nested(element, (*context.get(_AROUND, ()), item), (*context.get(_NAMES, ()), name))


def place(at: str) -> Take:
    """What a place of a rule leads to."""
    if at.startswith("/"):
        return finder(at)
    if at == ".":
        return lambda item, _context: ABSENT if item is None or item == "" else item
    up = at.count("..")
    rest = at.removeprefix("/".join([".."] * up))
    return _name(up) if rest.endswith("#") else _around(up, rest)


def climbs(at: str) -> int:
    """So many levels a place leads up from an item."""
    return 0 if at.startswith("/") else at.count("..")


def _name(up: int) -> Take:
    def take(_item: Any, context: Context) -> Any:
        names: Sequence[str] = context.get(_NAMES, ())
        return names[-1 - up] if up < len(names) else ABSENT

    return take


def _around(up: int, rest: str) -> Take:
    find = finder(rest) if rest else None

    def take(_item: Any, context: Context) -> Any:
        around: Sequence[Any] = context.get(_AROUND, ())
        if up > len(around):
            return ABSENT
        value = find(around[-up]) if find else around[-up]
        if type(value) is str and len(value) > _LONGEST:
            raise Mismatch(
                "schema.range",
                Words(f"{len(value)} characters around an item", f"条目外层有 {len(value)} 个字符"),
                Words(f"at most {_LONGEST}", f"至多 {_LONGEST}"),
            )
        return value

    return take


def steps(pointer: str) -> list[str]:
    """The names and numbers that a pointer goes by, one after the other."""
    return [each.replace("~1", "/").replace("~0", "~") for each in pointer.split("/")[1:]]


def putter(pointer: str) -> Put:
    """What lets a pointer lead to a value in an item.

    It raises ``Mismatch`` where the pointer leads into something that is there already.
    """
    *above, last = steps(pointer)
    if not above:
        return lambda item, value, _context=None: _put(item, last, value, pointer)
    first, *others = above
    if others:
        return _put_into(tuple(above), last, pointer)

    def put(item: Any, value: Any, _context: object = None) -> None:
        inner = item.get(first)
        if inner is None:
            item[first] = {last: value}
        elif type(inner) is dict and last not in inner:
            inner[last] = value
        else:
            _put(_object(inner, pointer), last, value, pointer)

    return put


def _put_into(above: tuple[str, ...], last: str, pointer: str) -> Put:
    """The same within objects, which are made where they are not there yet."""

    def put_into(item: Any, value: Any, _context: object = None) -> None:
        for step in above:
            holder, item = item, item.get(step)
            if item is None:
                item = holder[step] = {}
            elif type(item) is not dict:
                _object(item, pointer)
        if last in item:
            _put(item, last, value, pointer)
        else:
            item[last] = value

    return put_into


def _put(item: dict[str, Any], name: str, value: Any, pointer: str) -> None:
    there = item.setdefault(name, value)
    if there is not value and there != value:
        one, other = shown(value), shown(there)
        found = Words(f"{one} beside {other}", f"{one} 与 {other} 并存")
        raise Mismatch("meaning.contradiction", found, Words("one value", "同一个值"), pointer)


def _object(found: Any, pointer: str) -> dict[str, Any]:
    if type(found) is not dict:
        raise Mismatch("schema.type", shown(found), Words("an object", "对象"), pointer)
    return found


def finder(pointer: str) -> Find:
    """What a pointer finds in an item. A step ``0`` into something that is no list finds that thing itself."""
    tokens = steps(pointer)
    numbers = [int(token) if token.isascii() and token.isdigit() and len(token) < 6 else None for token in tokens]
    if any(number is not None for number in numbers):
        return _through_lists(tuple(zip(tokens, numbers, strict=True)))
    return _member(tokens[0]) if len(tokens) == 1 else _through_objects(tuple(tokens[:-1]), tokens[-1])


def _through_lists(steps: tuple[tuple[str, int | None], ...]) -> Find:
    def find(item: Any, _context: object = None) -> Any:
        for token, index in steps:
            item = _step(item, token, index)
            if item is None or item is ABSENT or item == "":
                return ABSENT
        return item

    return find


def _through_objects(tokens: tuple[str, ...], last: str) -> Find:
    def find(item: Any, _context: object = None) -> Any:
        for token in tokens:
            if type(item) is not dict:
                return ABSENT
            item = item.get(token)
        value = item.get(last) if type(item) is dict else None
        return ABSENT if value is None or value == "" else value

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
