"""A form of a document the other way: items become a body that the form reads back as the same items."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mappings.document import Form
from mappings.encode import encoder, put
from mappings.inverses import Invert, inverse
from mappings.mismatch import Context, Mismatch
from mappings.pointers import ABSENT, finder
from mappings.records import record_class
from mappings.rules import Conditions, FieldRule, RecordRule
from schemas.errors import ConfigError, PayloadError
from schemas.record import Record
from schemas.transmission import Item
from schemas.words import Words

Write = Callable[[Sequence[Item], Context], bytes]
Put = Callable[[dict[str, Any], Any, Context], None]


def writer(form: Form) -> Write:
    """What renders items. What it renders was not yet read back.

    Raises:
        ConfigError: Items of this form are only read, and why.
    """
    encode, key = encoder(form), tuple(map(_put_part, form.key))
    rules = tuple((rule, _record(rule)) for rule in form.records)

    def write(items: Sequence[Item], context: Context) -> bytes:
        """Raises ``PayloadError``: an item cannot be told in this form."""
        try:
            return encode([_item(each, key, rules, context) for each in items])
        except Mismatch as bad:
            raise PayloadError(bad.code, f"found {bad.found}, expected {bad.expected}", bad.at) from bad

    return write


Fill = Callable[[dict[str, Any], Record, Context], None]


def _item(item: Item, key: Sequence[Put], rules: Sequence[tuple[RecordRule, Fill]], context: Context) -> dict[str, Any]:
    found: dict[str, Any] = {}
    left = list(item.records)
    for rule, fill in rules:
        if left and isinstance(left[0], record_class(rule.record) or ()):
            fill(found, left.pop(0), context)
    if left:
        raise Mismatch(
            "schema.form",
            f"a {type(left[0]).__name__}",
            Words("records in the order of the mapping", "按映射顺序排列的记录"),
        )
    for put_part, part in zip(key, item.key.split("|"), strict=False):
        put_part(found, part.replace("%7C", "|").replace("%25", "%"), context)
    return found


def _record(rule: RecordRule) -> Fill:
    if rule.each is not None:
        raise ConfigError(
            Words(
                f"found each of {rule.record}: items with lists of records are only read",
                f"{rule.record} 使用了 each：含记录列表的条目只能读取",
            )
        )
    puts = {name: _put(field, f"{rule.record} {name}") for name, field in rule.fields.items()}
    defaults = {name: field.default for name, field in (record_class(rule.record) or Record).model_fields.items()}
    stated = tuple(_stated(rule.when))

    def fill(item: dict[str, Any], record: Record, context: Context) -> None:
        for at, constant in stated:
            put(item, at, constant)
        for name, put_field in puts.items():
            value = getattr(record, name)
            if value is not None and not (rule.fields[name].optional and value == defaults[name]):
                put_field(item, value, context)

    return fill


def _stated(when: Conditions) -> Iterator[tuple[str, Any]]:
    """What an item must say so that a rule applies to it, where the condition tells."""
    for condition in when:
        if condition.at is not None and condition.at.startswith("/") and condition.is_ is not None:
            yield condition.at, condition.is_


def _put_part(rule: FieldRule) -> Put:
    """What puts a part of a key where nothing stands yet: where it is a text of the item as it is."""
    at = rule.at or ""
    if (
        not at.startswith("/")
        or rule.table is not None
        or rule.table_by is not None
        or any(do not in ("text", "trim", "cell") for do, _details in rule.chain)
    ):
        return lambda _item, _part, _context: None
    find = finder(at)

    def put_part(item: dict[str, Any], part: str, _context: Context) -> None:
        if part and find(item) is ABSENT:
            put(item, at, part)

    return put_part


def _put(rule: FieldRule, name: str) -> Put:
    """What puts the value of a field where the field takes it from."""
    if rule.at is None and rule.join is None and rule.columns is None:
        return lambda _item, _value, _context: None  # it is said elsewhere; reading back tells whether it is the same
    places = (rule.at,) if rule.at is not None else rule.join or ()
    if any(not at.startswith("/") for at in places):
        raise ConfigError(
            Words(
                f"found {places} of {name}: what is around an item is only read",
                f"{name} 取自 {places}：条目之外的内容只能读取",
            )
        )
    undo, codes = _undone(rule, name), _codes(rule)

    def put_field(item: dict[str, Any], value: Any, context: Context) -> None:
        if value == rule.missing and rule.missing is not None:
            return
        found = _coded(value, codes) if codes is not None else value
        for invert in undo:
            found = invert(found, context)
        _place(item, found, rule, places)

    return put_field


def _place(item: dict[str, Any], value: Any, rule: FieldRule, places: Sequence[str]) -> None:
    if rule.columns is not None:
        for each in value:
            item[f"{rule.columns}{each.source}"] = each.subject
    elif rule.join is not None:
        parts = str(value).split(rule.joint, len(places) - 1) if rule.joint else [str(value)]
        if len(parts) != len(places):
            raise Mismatch(
                "schema.type",
                str(value)[:64],
                Words(
                    f"{len(places)} parts with {rule.joint!r} between them",
                    f"以 {rule.joint!r} 分隔的 {len(places)} 部分",
                ),
            )
        for at, part in zip(places, parts, strict=True):
            put(item, at, part)
    elif value != "":
        put(item, places[0], list(value) if isinstance(value, tuple) else value)


def _undone(rule: FieldRule, name: str) -> tuple[Invert, ...]:
    inverses = [(do, inverse(do, details)) for do, details in reversed(rule.chain)]
    lost = [do for do, undo in inverses if undo is None]
    if lost:
        raise ConfigError(
            Words(
                f"found {lost[0]} of {name}: what it was made of cannot be told, so it is only read",
                f"{name} 使用了 {lost[0]}：无法还原其来源，只能读取",
            )
        )
    return tuple(undo for _do, undo in inverses if undo is not None)


def _codes(rule: FieldRule) -> Mapping[Any, str] | None:
    """The first code of each meaning."""
    if rule.table_by is not None:
        table = rule.table_by.otherwise
    elif rule.table is not None:
        table = rule.table
    else:
        return None
    return {meaning: code for code, meaning in reversed(table.items())}


def _coded(value: Any, codes: Mapping[Any, str]) -> str:
    if value not in codes:
        raise Mismatch("table.unknown", str(value)[:64], f"one of {', '.join(map(str, codes))}"[:200])
    return codes[value]
