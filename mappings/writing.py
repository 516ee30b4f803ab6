"""A form of a document the other way: items become a body that the form reads back as the same items."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mappings.document import Form
from mappings.encode import encoder
from mappings.inverses import Invert, as_it_is, inverse
from mappings.mismatch import Context, Mismatch
from mappings.pointers import ABSENT, Put, finder, putter
from mappings.records import record_class
from mappings.rules import Conditions, FieldRule, RecordRule
from schemas.errors import ConfigError, PayloadError
from schemas.faults import shown
from schemas.record import Record
from schemas.transmission import Item
from schemas.words import Words, named, unlike

Write = Callable[[Sequence[Item], Context], bytes]
Fill = Callable[[dict[str, Any], Record, Context], None]
Key = Callable[[dict[str, Any], str], None]


def writer(form: Form) -> Write:
    """What renders items. What it renders was not yet read back.

    Raises:
        ConfigError: Items of this form are only read, and why.
    """
    encode, make = encoder(form), _maker(form)

    def write(items: Sequence[Item], context: Context) -> bytes:
        """Raises ``PayloadError``: an item cannot be told in this form."""
        try:
            return encode([make(each, context) for each in items])
        except Mismatch as bad:
            raise PayloadError(
                bad.code,
                unlike(bad.found, bad.expected),
                bad.at,
            ) from bad

    return write


def _maker(form: Form) -> Callable[[Item, Context], dict[str, Any]]:
    """What makes of an item the plain values from which it is read."""
    rules = tuple((record_class(rule.record) or (), _record(rule)) for rule in form.records)
    put_key = _key(form.key)

    def make(item: Item, context: Context) -> dict[str, Any]:
        found: dict[str, Any] = {}
        records, n = item.records, 0
        for kind, fill in rules:
            if n < len(records) and isinstance(records[n], kind):
                fill(found, records[n], context)
                n += 1
        if n < len(records):
            raise Mismatch(
                "schema.form",
                named(type(records[n]).__name__),
                Words("records in the order of the mapping", "按映射顺序排列的记录"),
            )
        put_key(found, item.key)
        return found

    return make


def _record(rule: RecordRule) -> Fill:
    if rule.each is not None:
        raise ConfigError(
            Words(
                f"found each of {rule.record}: items with lists of records are only read",
                f"{rule.record} 使用了 each：含记录列表的条目只能读取",
            ),
            cure=Words("leave that form out of what is written: it is for reading", "该形式仅用于读取，请勿用于写出"),
        )
    model = (record_class(rule.record) or Record).model_fields
    told = (_field(field, name, f"{rule.record} {name}", model[name].default) for name, field in rule.fields.items())
    puts = tuple(each for each in told if each is not None)
    stated = tuple((putter(at), constant) for at, constant in _stated(rule.when))

    def fill(item: dict[str, Any], record: Record, context: Context) -> None:
        for put, constant in stated:
            put(item, constant)
        for name, unsaid, put in puts:
            value = getattr(record, name)
            if value is not None and value not in unsaid:
                put(item, value, context)

    return fill


def _stated(when: Conditions) -> Iterator[tuple[str, Any]]:
    """What an item must say so that a rule applies to it, where the condition tells."""
    for condition in when:
        if condition.at is not None and condition.at.startswith("/") and condition.is_ is not None:
            yield condition.at, condition.is_


def _key(rules: Sequence[FieldRule]) -> Key:
    """What puts the parts of a key where nothing stands yet."""
    parts = tuple((n, finder(at), putter(at)) for n, rule in enumerate(rules) if (at := _text_at(rule)))

    def put_key(item: dict[str, Any], key: str) -> None:
        for n, find, put in parts:
            if find(item) is ABSENT and (part := _part(key, n)):
                put(item, part)

    return put_key


def _text_at(rule: FieldRule) -> str:
    """Where a part of a key is a text of the item as it is; empty where it is anything else."""
    if rule.at is None or rule.table is not None or rule.table_by is not None:
        return ""
    plain = rule.at.startswith("/") and all(do in ("text", "trim", "cell") for do, _details in rule.chain)
    return rule.at if plain else ""


def _part(key: str, n: int) -> str:
    parts = key.split("|", n + 1)
    return parts[n].replace("%7C", "|").replace("%25", "%") if n < len(parts) else ""


def _field(rule: FieldRule, field: str, name: str, default: Any) -> tuple[str, tuple[Any, ...], Put] | None:
    """A field, the values but `None` that an item tells by saying nothing, and what puts others where it takes them.

    Nothing where it is said elsewhere: reading back tells whether it is the same.
    """
    if rule.at is None and rule.join is None and rule.columns is None:
        return None
    turns, put = (*_coded(rule), *_undone(rule, name)), _placer(rule, name)
    unsaid = [*([default] if rule.optional else ()), *([] if rule.missing is None else [rule.missing])]
    return (field, tuple(unsaid), _turned(turns, put)) if turns else (field, (*unsaid, ""), put)


def _turned(turns: Sequence[Invert], put: Put) -> Put:
    """What puts what conversions and tables turn into a value."""
    first, *others = turns
    if not others:

        def put_one_turned(item: dict[str, Any], value: Any, context: Context) -> None:
            if (value := first(value, context)) != "":
                put(item, value)

        return put_one_turned

    def put_turned(item: dict[str, Any], value: Any, context: Context) -> None:
        value = first(value, context)
        for turn in others:
            value = turn(value, context)
        if value != "":
            put(item, value)

    return put_turned


def _placer(rule: FieldRule, name: str) -> Put:
    places = (rule.at,) if rule.at is not None else rule.join or ()
    if any(not at.startswith("/") for at in places):
        raise ConfigError(
            Words(
                f"found {places} of {name}: what is around an item is only read",
                f"{name} 取自 {places}：条目之外的内容只能读取",
            ),
            cure=Words("leave that form out of what is written: it is for reading", "该形式仅用于读取，请勿用于写出"),
        )
    if rule.columns is not None:
        return _columns(rule.columns)
    return putter(places[0]) if rule.join is None else _parts(places, rule.joint)


def _columns(prefix: str) -> Put:
    def put(item: dict[str, Any], value: Any, _context: object = None) -> None:
        for each in value:
            item[f"{prefix}{each.source}"] = each.subject

    return put


def _parts(places: Sequence[str], joint: str) -> Put:
    puts = tuple(map(putter, places))

    def put(item: dict[str, Any], value: Any, _context: object = None) -> None:
        parts = str(value).split(joint, len(puts) - 1) if joint else [str(value)]
        if len(parts) != len(puts):
            raise Mismatch(
                "schema.type",
                shown(value),
                Words(f"{len(puts)} parts with {joint!r} between them", f"以 {joint!r} 分隔的 {len(puts)} 部分"),
            )
        for put_part, part in zip(puts, parts, strict=True):
            put_part(item, part)

    return put


def _undone(rule: FieldRule, name: str) -> tuple[Invert, ...]:
    inverses = [(do, inverse(do, details)) for do, details in reversed(rule.chain)]
    lost = [do for do, undo in inverses if undo is None]
    if lost:
        raise ConfigError(
            Words(
                f"found {lost[0]} of {name}: what it was made of cannot be told, so it is only read",
                f"{name} 使用了 {lost[0]}：无法还原其来源，只能读取",
            ),
            cure=Words("leave that form out of what is written: it is for reading", "该形式仅用于读取，请勿用于写出"),
        )
    return tuple(undo for _do, undo in inverses if undo is not None and undo is not as_it_is)


def _coded(rule: FieldRule) -> tuple[Invert, ...]:
    """What gives the first code of each meaning, where a field has codes."""
    table = rule.table if rule.table_by is None else rule.table_by.otherwise
    if table is None:
        return ()
    codes = {meaning: code for code, meaning in reversed(table.items())}

    def coded(value: Any, _context: Context) -> str:
        if value not in codes:
            known = [str(each) for each in codes]
            expected = Words(f"one of {', '.join(known)}"[:200], f"以下之一：{'、'.join(known)}"[:200])
            raise Mismatch("table.unknown", shown(value), expected)
        return codes[value]

    return (coded,)
