"""What the sources, conditions and fields of a rule find in an item: each becomes one function, once."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from mappings.conditions import Leaf, all_hold, origin_taker, plain
from mappings.conversions import conversion
from mappings.mismatch import Context, Convert, Mismatch
from mappings.pointers import ABSENT, Take, finder, place
from mappings.rules import FieldRule, Source
from mappings.zones import OFFSET
from schemas.faults import shown
from schemas.words import Words

_LONGEST = 65_536


class OutOfScope(Exception):
    """A table says that this item is ignored."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# ---------------------------------------------------------------- sources


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
    return origin_taker(source)


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
    takes = tuple(plain(place(each), leaf) for each in places)

    def take(item: Any, context: Context) -> Any:
        parts = [each(item, context) for each in takes]
        if ABSENT in parts:
            return ABSENT
        text = joint.join([each if type(each) is str else plain_text(each) for each in parts])
        if len(text) > _LONGEST:
            raise Mismatch(
                "schema.range",
                Words(f"{len(text)} characters", f"{len(text)} 个字符"),
                Words(f"at most {_LONGEST}", f"至多 {_LONGEST}"),
            )
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
    raise Mismatch("schema.type", shown(value), Words("a single value", "单个值"))


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
        if said is ABSENT:
            return usual(item, context)
        text = str(leaf(said) if type(said) is dict else said).strip()
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


def among(names: Iterable[str]) -> Words:
    """What a message expects: one of these."""
    listed = ", ".join(sorted(names))
    return Words(f"one of {listed}"[:200], f"其中之一：{listed}"[:200])


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
