"""What the sources, conditions and fields of a rule find in an item: each becomes one function, once."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from mappings.conversions import conversion
from mappings.document import Form
from mappings.mismatch import Context, Convert, Mismatch
from mappings.pointers import ABSENT, Take, finder, place
from mappings.rules import Condition, FieldRule, Origin, Source
from mappings.zones import OFFSET
from schemas.faults import shown

Test = Callable[[Any, Context], bool]
Leaf = Callable[[dict[str, Any]], Any]
_LONGEST = 65_536


class OutOfScope(Exception):
    """A table says that this item is ignored."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def leaf_of(form: Form) -> Leaf:
    """What makes a plain value of an object, where it can stand for one."""
    return _leaf if form.read == "xml" else _as_it_is


def _as_it_is(value: dict[str, Any]) -> Any:
    """An object of JSON: whatever its members are called, it is no single value."""
    return value


def _leaf(value: dict[str, Any]) -> Any:
    """The text of an XML element that has attributes too; with elements inside, it is no single value."""
    return value["#text"] if "#text" in value and all(name.startswith(("#", "@")) for name in value) else value


# ---------------------------------------------------------------- conditions


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
    find = _plain(_found(condition), leaf)
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
        other = _plain(place(condition.same_as), leaf)
        return lambda item, context: _same(find(item, context), other(item, context))
    bound = _order(condition)
    return None if bound is None else _compared(find, *bound)


def _group(condition: Condition, leaf: Leaf) -> Test:
    if condition.any_:
        tests = tuple(_test(each, leaf) for each in condition.any_)
        return lambda item, context: any(test(item, context) for test in tests)
    holds = all_hold(condition.inner, leaf)
    return holds if condition.all_ else lambda item, context: not holds(item, context)


def _plain(take: Take, leaf: Leaf) -> Take:
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


# ---------------------------------------------------------------- sources


def _found(origin: Origin) -> Take:
    if origin.at is not None:
        return place(origin.at)
    name = origin.told or ""
    return lambda _item, context: context.get(name) or ABSENT


def source_taker(source: Source, leaf: Leaf) -> Take:
    """What a source finds in an item, as it stands there."""
    take = _unconditional(source, leaf)
    if not source.when:
        return take
    applies = all_hold(source.when, leaf)
    return lambda item, context: take(item, context) if applies(item, context) else ABSENT


def _unconditional(source: Source, leaf: Leaf) -> Take:
    if source.value is not None:
        value = source.value
        return lambda _item, _context: value
    if source.columns is not None:
        return _prefixed(source.columns)
    if source.digest is not None:
        return _digest(source.digest)
    if source.join is not None:
        return _joined(source.join, source.joint, leaf)
    return _found(source)


def _prefixed(prefix: str) -> Take:
    def take(item: Any, _context: Context) -> tuple[dict[str, str], ...]:
        return tuple(
            {"source": name[len(prefix) :], "subject": value}
            for name, value in item.items()
            if value and name.startswith(prefix)
        )

    return take


def _digest(pointers: tuple[str, ...]) -> Take:
    finds = tuple(map(finder, pointers))

    def take(item: Any, _context: Context) -> str:
        parts = [None if (found := find(item)) is ABSENT else found for find in finds]
        text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    return take


def _joined(places: tuple[str, ...], joint: str, leaf: Leaf) -> Take:
    takes = tuple(_plain(place(each), leaf) for each in places)

    def take(item: Any, context: Context) -> Any:
        parts = [each(item, context) for each in takes]
        if ABSENT in parts:
            return ABSENT
        text = joint.join([each if type(each) is str else plain_text(each) for each in parts])
        if len(text) > _LONGEST:
            raise Mismatch("schema.range", f"{len(text)} characters", f"at most {_LONGEST}")
        return text

    return take


def plain_text(value: Any) -> str:
    """A plain value as JSON writes it, a text as it is.

    Raises:
        Mismatch: It is a structure.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    raise Mismatch("schema.type", shown(value), "a single value")


# ---------------------------------------------------------------- fields


def field_taker(rule: FieldRule, leaf: Leaf) -> Take:
    """The value of a field, converted and looked up.

    Raises:
        Mismatch: What is found does not fit.
        OutOfScope: A table says that the item is ignored.
    """
    take = _first_of(rule, leaf)
    if (convert := conversion(rule)) is not None:
        take = _converted(take, convert, leaf) if rule.offset is None else _offset(take, convert, leaf, rule.offset)
    if rule.table is not None or rule.table_by is not None:
        take = _looked_up(take, rule, leaf)
    return take if rule.missing is None else _or_else(take, rule.missing)


def _or_else(take: Take, missing: Any) -> Take:
    return lambda item, context: missing if (value := take(item, context)) is ABSENT else value


def _first_of(rule: FieldRule, leaf: Leaf) -> Take:
    if not rule.else_:
        return source_taker(rule, leaf)
    takes = tuple(source_taker(each, leaf) for each in (rule, *rule.else_))

    def take(item: Any, context: Context) -> Any:
        for each in takes:
            if (value := each(item, context)) is not ABSENT:
                return value
        return ABSENT

    return take


def _converted(take: Take, convert: Convert, leaf: Leaf) -> Take:
    def converted(item: Any, context: Context) -> Any:
        value = take(item, context)
        if value is ABSENT:
            return value
        value = convert(leaf(value) if type(value) is dict else value, context)
        return ABSENT if value is None or value == "" else value

    return converted


def _offset(take: Take, convert: Convert, leaf: Leaf, pointer: str) -> Take:
    """A local time that may bring its own offset; a bare 0 only fills a column."""
    offset, usual = finder(pointer), _converted(take, convert, leaf)

    def converted(item: Any, context: Context) -> Any:
        said = offset(item, context)
        text = "" if said is ABSENT else str(leaf(said) if type(said) is dict else said).strip()
        return usual(item, {**context, OFFSET: text} if text.lstrip("0") else context)

    return converted


def _looked_up(take: Take, rule: FieldRule, leaf: Leaf) -> Take:
    by, tables, otherwise = _tables(rule)
    default, reason = rule.default, rule.ignore

    def looked_up(item: Any, context: Context) -> Any:
        code = take(item, context)
        if code is ABSENT:
            return ABSENT
        if type(code) is dict:
            code = leaf(code)
        table = tables.get(context.get(by, ""), otherwise) if tables else otherwise
        found = table.get(code if type(code) is str else _code(code))
        if found is not None:
            return found
        if reason is not None:
            raise OutOfScope(reason)
        if default is not None:
            return default
        raise Mismatch("table.unknown", shown(code), among(table))

    return looked_up


def _code(value: Any) -> str:
    """A number or a truth as a table has it for its key; of a structure none."""
    return plain_text(value) if isinstance(value, int | Decimal) else ""


def among(names: Iterable[str]) -> str:
    """What a message expects: one of these."""
    return f"one of {', '.join(sorted(names))}"[:200]


def _tables(rule: FieldRule) -> tuple[str, Mapping[str, Mapping[str, Any]], Mapping[str, Any]]:
    """Which context chooses among which tables, and the table where it chooses none."""
    if rule.table_by is not None:
        return rule.table_by.context, rule.table_by.tables, rule.table_by.otherwise
    return "", {}, rule.table or {}


def source_place(source: Source) -> str:
    """Where a value is looked for, as a pointer."""
    if source.join is not None:
        return source.join[0]
    return source.at or (f"/{{{source.told}}}" if source.told else "")
