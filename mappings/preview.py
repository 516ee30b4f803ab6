"""What a document makes of one body, field by field: where values come from, and what of the body no rule reads."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mappings import MappingDocument
from mappings.cases import written
from mappings.conditions import Leaf, all_hold, leaf_of
from mappings.decode import decoder, within_context
from mappings.document import Form
from mappings.mismatch import Context, Mismatch
from mappings.places import pointer
from mappings.pointers import ABSENT
from mappings.reading import item_context
from mappings.records import elements_of
from mappings.rules import Details, FieldRule, FromContext, RecordRule, Source, Step
from mappings.sources import pointers, prefixes, tried
from mappings.taking import OutOfScope, field_taker, source_place, source_taker
from schemas.errors import PayloadError
from schemas.faults import shown
from schemas.transmission import Fault, Item, Outcome, Transmission
from schemas.words import Words

_MOST_ITEMS = 50
"""So many items are looked at field by field."""
_A_VALUE = Words("a value", "有值")


@dataclass(frozen=True, slots=True)
class FieldPreview:
    """One field of a record: the pointer it is taken from, what stands there, what is done with it, what it becomes.

    ``details``: what the conversions are told. ``rule`` leads to it in the document. ``wrong``: the code of why it
    becomes nothing, ``expected`` what it could be; for ``ignored`` the reason.
    """

    record: str
    field: str
    source: str
    found: str
    conversion: str
    value: str
    details: str = ""
    rule: str = ""
    wrong: str = ""
    expected: str = ""


@dataclass(frozen=True, slots=True)
class ItemPreview:
    """One item: where it stands, what became of it, its fields, and the pointers of what no rule reads.

    Of a fault also what was ``found`` and what was ``expected``; of an item of which a part is left out that part's.
    """

    where: str
    outcome: dict[str, Any]
    fields: tuple[FieldPreview, ...] = ()
    unread: tuple[str, ...] = ()
    found: str = ""
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """A body as its document reads it; ``items`` are the first ones of ``total``."""

    form: str
    total: int
    items: tuple[ItemPreview, ...]


def preview(document: MappingDocument, transmission: Transmission) -> Preview:
    """What a document makes of a transmission. Never raises for what the body holds."""
    outcomes = document.read(transmission)
    try:
        name = document.form_of(transmission)
        form = document.document.resolved(name)
        items, place, _raw, _in_lines = decoder(form)
        found = [each for each, _n in zip(items(transmission.body), range(_MOST_ITEMS), strict=False)]
    except PayloadError:
        return Preview("", len(outcomes), tuple(_item("", each, ((), ())) for each in outcomes[:_MOST_ITEMS]))
    look = _look(form, pointer("forms", name), item_context(form)(transmission))
    looked = zip(found, outcomes, strict=False)
    return Preview(name, len(outcomes), tuple(_item(place(n, ""), fate, look(item)) for (n, item), fate in looked))


def _item(where: str, fate: Outcome, seen: tuple[tuple[FieldPreview, ...], tuple[str, ...]]) -> ItemPreview:
    [outcome] = written([fate])
    odd = fate if isinstance(fate, Fault) else fate.left_out if isinstance(fate, Item) else None
    why = ("", "") if odd is None else (odd.found, odd.expected)
    return ItemPreview(where, outcome, *seen, *why)


def _look(form: Form, at: str, context: Context) -> Callable[[Any], tuple[tuple[FieldPreview, ...], tuple[str, ...]]]:
    begins, leaf = tuple(prefixes(form)), leaf_of(form)

    def look(found: Any) -> tuple[tuple[FieldPreview, ...], tuple[str, ...]]:
        if isinstance(found, Mismatch):
            return (), ()
        item, around = within_context(found, context)
        applies = [rule.each is not None or all_hold(rule.when, leaf)(item, around) for rule in form.records]
        made = [(f"{at}/records/{n}", rule) for n, rule in enumerate(form.records) if applies[n]]
        fields = tuple(each for where, rule in made for each in _fields(rule, where, leaf, item, around))
        # Of a record that does not apply only its conditions were read.
        followed = (
            rule if applied else rule.model_copy(update={"fields": {}})
            for rule, applied in zip(form.records, applies, strict=True)
        )
        read = frozenset(pointers(form.model_copy(update={"records": tuple(followed)})))
        return fields, tuple(each for each in _leaves(item) if not _is_read(each, read, begins))

    return look


def _fields(rule: RecordRule, where: str, leaf: Leaf, item: Any, context: Context) -> Iterator[FieldPreview]:
    elements = elements_of(rule, item, context) if rule.each is not None else [("", item, context)]
    for at, element, around in elements:
        if all_hold(rule.when, leaf)(element, around):
            for name, field in rule.fields.items():
                source, found = _source(field, leaf, element, around)
                done = {
                    "conversion": _conversion(field),
                    "details": _details(field, around),
                    **_value(field, leaf, element, around),
                }
                yield FieldPreview(rule.record, name, at + source, found, rule=where + pointer("fields", name), **done)


def _source(rule: FieldRule, leaf: Leaf, item: Any, context: Context) -> tuple[str, str]:
    """Where the value of a field is found, and what stands there."""
    for _at, source in tried(rule, ""):
        found = source_taker(source, leaf)(item, context)
        if found is not ABSENT:
            return _named(source), _shown(found)
    return _named(rule), ""


def _named(source: Source) -> str:
    if source.value is not None:
        return "value"
    if source.join is not None:
        return source.joint.join(source.join)
    if source.digest is not None:
        return f"digest of {', '.join(source.digest)}"
    return f"columns {source.columns}*" if source.columns is not None else source_place(source)


def _conversion(rule: FieldRule) -> str:
    return ", ".join([*(do for do, _details in rule.chain), *(["table"] if rule.table or rule.table_by else [])])


def _details(rule: FieldRule, context: Context) -> str:
    """What conversions are told, as in ``formats YYYY-MM-DD h:mm, zone Asia/Shanghai``."""
    parts = [*(each for each in rule.as_ if isinstance(each, Step)), rule]
    return ", ".join(told for each in parts for told in _told(each, context))


def _told(details: Details, context: Context) -> Iterator[str]:
    for name, field in Details.model_fields.items():
        value = getattr(details, name)
        if value and value != field.get_default():
            yield f"{name} {_word(value, context)}"


def _word(value: Any, context: Context) -> str:
    if isinstance(value, FromContext):
        return str(context.get(value.context, f"context {value.context}"))
    if isinstance(value, Mapping):
        return " ".join(f"{name}={each}" for name, each in value.items())
    return " | ".join(value) if isinstance(value, tuple) else str(value)


def _value(rule: FieldRule, leaf: Leaf, item: Any, context: Context) -> dict[str, str]:
    """What a field becomes, or why nothing."""
    try:
        value = field_taker(rule, leaf)(item, context)
    except Mismatch as bad:
        return {"value": "", "wrong": bad.code, "expected": bad.expected}
    except OutOfScope as out:
        return {"value": "", "wrong": "ignored", "expected": out.reason}
    if value is ABSENT:
        lacking = {} if rule.optional else {"wrong": "schema.missing", "expected": _A_VALUE}
        return {"value": "", **lacking}
    return {"value": _shown(value)}


def _shown(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else shown(value)


def _leaves(value: Any, at: str = "") -> Iterator[str]:
    """The pointers of the plain values in an item that are not empty."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, at + pointer(str(name)))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for n, inner in enumerate(value):
            yield from _leaves(inner, f"{at}/{n}")
    elif value is not None and value != "":
        yield at


def _is_read(leaf: str, read: frozenset[str], begins: tuple[str, ...]) -> bool:
    """Whether a rule looks at a leaf, at something around it, or at the text of an element with attributes."""
    steps = leaf.split("/")
    around = ("/".join(steps[: n + 1]) for n in range(1, len(steps)))
    alone = leaf.removesuffix("/#text")
    return leaf.startswith(begins) or any(each in read or each.removesuffix("/0") in read for each in (*around, alone))
