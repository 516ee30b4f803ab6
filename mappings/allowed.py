"""What may stand in an item: the members that an object has, and of which kind what stands at a place is."""

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from mappings.conditions import Leaf, leaf_of
from mappings.document import Form, TreeForm
from mappings.mismatch import Mismatch
from mappings.places import pointer
from mappings.pointers import ABSENT, finder, steps
from mappings.rules import Kind
from mappings.taking import among
from schemas.faults import shown
from schemas.words import Words

Check = Callable[[Any], None]

_KINDS: Mapping[Kind, tuple[Callable[[Any], bool], Words]] = {
    "text": (lambda value: type(value) is str, Words("text", "文本")),
    "some_text": (lambda value: type(value) is str and value != "", Words("text that is not empty", "非空文本")),
    "object": (lambda value: type(value) is dict, Words("an object", "一个对象")),
    "list": (lambda value: type(value) is list, Words("a list", "列表")),
    "number": (lambda value: type(value) in (int, Decimal), Words("a number", "数字")),
    "truth": (lambda value: type(value) is bool, Words("true or false", "true 或 false")),
}
_EMPTY = Words("nothing in it", "空元素")


def checks_of(form: Form) -> tuple[Check, ...]:
    """What refuses an item in which something stands that may not.

    It raises ``Mismatch``.
    """
    if not isinstance(form, TreeForm):
        return ()
    members = (_only(at, frozenset(names), attributes=form.read == "xml") for at, names in form.known.items())
    kinds = (_of_kind(at, kind, leaf_of(form), xml=form.read == "xml") for at, kind in form.kinds.items())
    return (*members, *kinds)


def lies_in(at: str, wholes: Collection[str]) -> bool:
    """Whether a place is one of others, or in what stands there."""
    return any(at == whole or at.startswith(f"{whole}/") for whole in wholes)


def _only(at: str, names: frozenset[str], *, attributes: bool) -> Check:
    find = finder(at) if at else None

    def check(item: Any) -> None:
        found = find(item) if find else item
        if type(found) is dict and not found.keys() <= names:
            for odd in sorted(found.keys() - names):
                if attributes and odd.startswith("@"):
                    continue  # attributes of XML are not fields
                raise Mismatch("schema.unknown-field", shown(odd), among(names), at + pointer(odd[:64]))

    return check


def _of_kind(at: str, kind: Kind | tuple[str, ...], leaf: Leaf, *, xml: bool) -> Check:
    *above, last = steps(at)
    fits, expected = _KINDS[kind] if isinstance(kind, str) else (kind.__contains__, among(kind))
    code = "schema.type" if isinstance(kind, str) else "schema.range"

    def check(item: Any) -> None:
        value = _there(item, above, last)
        if type(value) is dict and kind != "object":
            value = leaf(value)
        if value is ABSENT or (value is None and (kind == "text" or not xml)):  # an empty element is there, and empty
            return
        if not (isinstance(kind, str) or type(value) is str) or not fits(value):
            raise Mismatch(code, _EMPTY if value is None else shown(value), expected, at)

    return check


def _there(item: Any, above: Sequence[str], last: str) -> Any:
    """What stands at a place, null and empty text too; of what is no object nothing."""
    for step in above:
        item = item.get(step) if type(item) is dict else None
    return item.get(last, ABSENT) if type(item) is dict else ABSENT
