"""Conditions of a rule, each one function of an item and its context; and what stands at one place of both."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from mappings.document import Form
from mappings.mismatch import Context
from mappings.pointers import ABSENT, Take, place
from mappings.rules import Condition, Origin

Test = Callable[[Any, Context], bool]
Leaf = Callable[[dict[str, Any]], Any]


def leaf_of(form: Form) -> Leaf:
    """What makes a plain value of an object, where it can stand for one."""
    return _leaf if form.read == "xml" else _as_it_is


def _as_it_is(value: dict[str, Any]) -> Any:
    """An object of JSON: whatever its members are called, it is no single value."""
    return value


def _leaf(value: dict[str, Any]) -> Any:
    """The text of an XML element that has attributes too; with elements inside, it is no single value."""
    return value["#text"] if "#text" in value and all(name.startswith(("#", "@")) for name in value) else value


def origin_taker(origin: Origin) -> Take:
    """What stands where something is looked for."""
    if origin.at is not None:
        return place(origin.at)
    name = origin.told or ""
    return lambda _item, context: context.get(name) or ABSENT


def all_hold(conditions: Sequence[Condition], leaf: Leaf) -> Test:
    """Whether all of these conditions hold for an item."""
    tests = tuple(_test(each, leaf) for each in conditions)
    if not tests:
        return lambda _item, _context: True
    if len(tests) == 1:
        return tests[0]
    return lambda item, context: all(test(item, context) for test in tests)


def _test(condition: Condition, leaf: Leaf) -> Test:
    if condition.inner:
        return _group(condition, leaf)
    find = plain(origin_taker(condition), leaf)
    if condition.exists is not None:
        wanted = condition.exists
        return lambda item, context: (find(item, context) is not ABSENT) is wanted
    if (special := _special(condition, find, leaf)) is not None:
        return special
    if condition.in_ is not None or condition.is_ is not None:
        return _equals(find, condition.in_ or (condition.is_,), wanted=True)
    return _equals(find, condition.not_in or (condition.is_not,), wanted=False)


def _special(condition: Condition, find: Take, leaf: Leaf) -> Test | None:
    """The test of a beginning, of an order, or against another place; nothing where it is none of these."""
    if condition.prefix is not None:
        prefix = condition.prefix
        return lambda item, context: isinstance(text := find(item, context), str) and text.startswith(prefix)
    if condition.same_as is not None:
        other = plain(place(condition.same_as), leaf)
        return lambda item, context: _same(find(item, context), other(item, context))
    bound = _order(condition)
    return None if bound is None else _compared(find, *bound)


def _group(condition: Condition, leaf: Leaf) -> Test:
    if condition.any_:
        tests = tuple(_test(each, leaf) for each in condition.any_)
        return lambda item, context: any(test(item, context) for test in tests)
    holds = all_hold(condition.inner, leaf)
    return holds if condition.all_ else lambda item, context: not holds(item, context)


def plain(take: Take, leaf: Leaf) -> Take:
    """The same with the text of an element instead of the element."""
    if leaf is _as_it_is:
        return take

    def plain(item: Any, context: Context) -> Any:
        value = take(item, context)
        return leaf(value) if type(value) is dict else value

    return plain


def _same(one: Any, other: Any) -> bool:
    return one is not ABSENT and type(one) is type(other) and one == other


_ORDERS: Mapping[str, Callable[[Decimal, Any], bool]] = {
    "lt": lambda value, bound: value < bound,
    "le": lambda value, bound: value <= bound,
    "gt": lambda value, bound: value > bound,
    "ge": lambda value, bound: value >= bound,
}


def _order(condition: Condition) -> tuple[Callable[[Decimal, Any], bool], int | Decimal] | None:
    stated = ((holds, getattr(condition, name)) for name, holds in _ORDERS.items())
    return next(((holds, bound) for holds, bound in stated if bound is not None), None)


def _compared(find: Take, holds: Callable[[Decimal, Any], bool], bound: int | Decimal) -> Test:
    def test(item: Any, context: Context) -> bool:
        number = _number(find(item, context))
        return number is not None and holds(number, bound)

    return test


def _number(value: Any) -> Decimal | None:
    """A number, or a text that is one; anything else is none, and so in no order."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    return None if isinstance(value, str) and not _NUMBER.fullmatch(value) else Decimal(value)


_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")


def _equals(find: Take, values: tuple[Any, ...], *, wanted: bool) -> Test:
    # With its type, for ``true`` is not 1; a structure is equal to nothing.
    if len(values) == 1:
        (only,) = values
        kind = type(only)
        return lambda item, context: (type(value := find(item, context)) is kind and value == only) is wanted
    among = frozenset((type(value), value) for value in values)

    def test(item: Any, context: Context) -> bool:
        value = find(item, context)
        return (bool(value.__hash__) and (type(value), value) in among) is wanted

    return test
