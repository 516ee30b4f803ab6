"""A form of a document becomes one function: item and context in, outcome out. Compiled once, run per item."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from mappings.conversions import OFFSET, Context, Convert, Mismatch, conversion
from mappings.decode import ABSENT, decoder, finder
from mappings.document import Condition, FieldRule, Form, RecordRule, Source, TableByContext
from mappings.places import pointer
from schemas.errors import CODES, PayloadError
from schemas.faults import did_you_mean, faults_of, shown
from schemas.record import Named, Names, Record
from schemas.transmission import Fault, Ignored, Item, Outcome, Transmission

Take = Callable[[Any, Context], Any]
Test = Callable[[Any, Context], bool]
Judge = Callable[[Any, Context], Item | Ignored]
Build = Callable[[Any, Context], Record]
Leaf = Callable[[dict[str, Any]], Any]

WORLDS = ("people", "attendance", "learning", "credential", "access")


class OutOfScope(Exception):
    """A table says that this item is ignored."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@cache
def record_class(name: str) -> type[Record] | None:
    """The record class of a name such as ``attendance.Punch``; ``None`` if there is none."""
    world, _, title = name.partition(".")
    found = getattr(import_module(f"schemas.{world}"), title, None) if world in WORLDS else None
    return found if isinstance(found, type) and issubclass(found, Record) and found is not Record else None


def reader(form: Form, names: Names) -> Callable[[Transmission], tuple[Outcome, ...]]:
    """What reads the transmissions of a form. It never raises for what a body holds."""
    (items, place, raw), judge = decoder(form), _judge(form)
    checks = (_agreement(form), _resolution(form, names))
    context_of = item_context(form)

    def read(transmission: Transmission) -> tuple[Outcome, ...]:
        body, context = transmission.body, context_of(transmission)
        outcomes: list[Outcome] = []
        numbers: list[int] = []
        cut = None
        try:
            for n, item in items(body):
                numbers.append(n)
                try:
                    if type(item) is Mismatch:
                        raise item
                    outcomes.append(judge(item, context))
                except OutOfScope as out:
                    outcomes.append(Ignored(out.reason))
                except Mismatch as bad:
                    cut = cut or raw(body)
                    outcomes.append(Fault(bad.code, place(n, bad.at), bad.found, bad.expected, cut(n)))
        except PayloadError as error:
            return (whole_fault(error),)
        for check in checks:
            for index, odd in list(check(outcomes)):
                cut, n = cut or raw(body), numbers[index]
                outcomes[index] = Fault(odd.code, place(n, odd.at), odd.found, odd.expected, cut(n))
        return tuple(outcomes)

    return read


def item_context(form: Form) -> Callable[[Transmission], Context]:
    """What gives the context in which the items of a transmission are read."""
    if '"received_at"' not in form.model_dump_json():
        return lambda transmission: transmission.context
    return lambda transmission: {**transmission.context, "received_at": transmission.received_at.isoformat()}


def whole_fault(error: PayloadError) -> Fault:
    """The one fault of a body that cannot be read."""
    return Fault(error.code, error.where, error.message, f"not: {CODES[error.code].en}")


Check = Callable[[Sequence[Outcome]], Iterable[tuple[int, Mismatch]]]
"""What finds the items of a body that are wrong though each could be read: its number, and why."""


def _agreement(form: Form) -> Check:
    """What finds the items of a body that contradict each other: all of them are wrong, for nobody knows which is."""
    models = {record_class(rule.record) for rule in form.records}
    shared = tuple(model for model in models if model is not None and model.AGREES)
    return _contradictions if shared else lambda _outcomes: ()


def _contradictions(outcomes: Sequence[Outcome]) -> Iterator[tuple[int, Mismatch]]:
    said: dict[tuple[str, str], list[tuple[int, Record]]] = {}
    for index, outcome in enumerate(outcomes):
        for record in outcome.records if isinstance(outcome, Item) else ():
            if record.AGREES:
                said.setdefault((record.KIND, record.subject), []).append((index, record))
    for (kind, _subject), statements in said.items():
        differ = [name for name in statements[0][1].AGREES if len({_plain(each, name) for _n, each in statements}) > 1]
        for index, _record in statements if differ else ():
            found = f"rows of one {kind} that differ in {', '.join(differ)}"
            yield index, Mismatch("meaning.contradiction", found, f"one word about each {kind}")


def _plain(record: Record, name: str) -> Any:
    """A value for comparison; the order of a list says nothing."""
    value = getattr(record, name)
    return frozenset(value) if type(value) is tuple else value


def _resolution(form: Form, names: Names) -> Check:
    """What finds the items with a name that the hub's folder does not have: nothing would ever follow of them."""
    places = {
        (model.KIND, name): rule_place(field)
        for rule in form.records
        if (model := record_class(rule.record)) is not None and model.named is not Record.named
        for name, field in rule.fields.items()
    }
    if not places or not names:
        return lambda _outcomes: ()

    def unresolved(outcomes: Sequence[Outcome]) -> Iterable[tuple[int, Mismatch]]:
        for index, outcome in enumerate(outcomes):
            for record in outcome.records if isinstance(outcome, Item) else ():
                if odd := next((each for each in record.named if _unknown(each, names)), None):
                    yield index, _nobody_has(odd, names[odd.kind], places.get((record.KIND, odd.field), ""))
                    break

    return unresolved


def _unknown(named: Named, names: Names) -> bool:
    return named.kind in names and named.name not in names[named.kind]


def _nobody_has(named: Named, known: Collection[str], place: str) -> Mismatch:
    hint = did_you_mean(named.name, known)
    expected = f"a {named.kind} of the hub's folder" + (f"; {hint}" if hint else f", {_among(known)}" if known else "")
    return Mismatch("ref.unknown-name", shown(named.name), expected, place)


def _judge(form: Form) -> Judge:
    ignores = tuple((all_hold(rule.when), Ignored(rule.reason)) for rule in form.ignore)
    leaf = leaf_of(form)
    refusals = tuple((all_hold(rule.when), rule) for rule in form.refuse)
    builds = tuple((all_hold(rule.when), _build(rule, leaf)) for rule in form.records)
    key = _key(form.key, leaf)
    strict = _known(getattr(form, "known", {}), attributes=form.read == "xml")

    def judge(item: Any, context: Context) -> Item | Ignored:
        for applies, ignored in ignores:
            if applies(item, context):
                return ignored
        for check in strict:
            check(item)
        for applies, rule in refusals:
            if applies(item, context):
                raise Mismatch("meaning.itself", rule.found, rule.expected, rule.at)
        identity = key(item, context)
        records = tuple([build(item, context) for applies, build in builds if applies(item, context)])
        if not records:
            raise Mismatch("schema.form", "an item to which no record of the mapping applies", "one that it describes")
        return Item(records, identity)

    return judge


def _known(known: Mapping[str, tuple[str, ...]], *, attributes: bool) -> tuple[Callable[[Any], None], ...]:
    return tuple(_only(at, frozenset(names), attributes=attributes) for at, names in known.items())


def _only(at: str, names: frozenset[str], *, attributes: bool) -> Callable[[Any], None]:
    find = finder(at) if at else None

    def check(item: Any) -> None:
        found = find(item) if find else item
        if type(found) is dict and not found.keys() <= names:
            for odd in sorted(found.keys() - names):
                if attributes and odd.startswith("@"):
                    continue  # attributes of XML are not fields
                raise Mismatch("schema.unknown-field", shown(odd), _among(names), at + pointer(odd[:64]))

    return check


def _among(names: Iterable[str]) -> str:
    return f"one of {', '.join(sorted(names))}"[:200]


# ---------------------------------------------------------------- keys


def _key(parts: tuple[FieldRule, ...], leaf: Leaf) -> Take:
    takes = tuple((field_taker(rule, leaf), rule_place(rule), rule.optional) for rule in parts)

    def key(item: Any, context: Context) -> str:
        texts, place = [], ""
        try:
            for take, place, optional in takes:  # noqa: B007 - read where it goes wrong
                value = take(item, context)
                if value is ABSENT and not optional:
                    raise Mismatch("schema.missing", "nothing", "a value")
                plain = type(value) is str and "|" not in value and "%" not in value
                texts.append(value if plain else _part(leaf(value) if type(value) is dict else value))
        except Mismatch as bad:
            bad.at = place
            raise
        return "|".join(texts)

    return key


def _part(value: Any) -> str:
    """One part of a key, so written that no two lists of parts give one key."""
    if value is ABSENT:
        return ""
    text = value.isoformat() if isinstance(value, datetime) else value if type(value) is str else str(value)
    return text.replace("%", "%25").replace("|", "%7C") if "|" in text or "%" in text else text


def _digest(pointers: tuple[str, ...]) -> Take:
    finds = tuple(map(finder, pointers))

    def take(item: Any, _context: Context) -> str:
        parts = [None if (found := find(item)) is ABSENT else found for find in finds]
        text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    return take


# ---------------------------------------------------------------- conditions


def all_hold(conditions: tuple[Condition, ...]) -> Test:
    """Whether all of these conditions hold for an item."""
    tests = tuple(map(_test, conditions))
    if not tests:
        return lambda _item, _context: True
    if len(tests) == 1:
        return tests[0]
    return lambda item, context: all(test(item, context) for test in tests)


def _test(condition: Condition) -> Test:
    find = _found(condition)
    if condition.exists is not None:
        wanted = condition.exists
        return lambda item, context: (find(item, context) is not ABSENT) is wanted
    if condition.prefix is not None:
        prefix = condition.prefix
        return lambda item, context: isinstance(text := find(item, context), str) and text.startswith(prefix)
    if condition.in_ is not None or condition.is_ is not None:
        return _equals(find, condition.in_ or (condition.is_,), wanted=True)
    return _equals(find, condition.not_in or (condition.is_not,), wanted=False)


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


def _found(source: Source | Condition) -> Take:
    if source.at is not None:
        return finder(source.at)
    name = source.context or ""
    return lambda _item, context: context.get(name) or ABSENT


# ---------------------------------------------------------------- fields and records


def source_taker(source: Source) -> Take:
    """What a source finds in an item, as it stands there."""
    take = _plain_source(source)
    if not source.when:
        return take
    applies = all_hold(source.when)
    return lambda item, context: take(item, context) if applies(item, context) else ABSENT


def _plain_source(source: Source) -> Take:
    if source.value is not None:
        value = source.value
        return lambda _item, _context: value
    if source.columns is not None:
        return _prefixed(source.columns)
    if source.digest is not None:
        return _digest(source.digest)
    return _found(source)


def _prefixed(prefix: str) -> Take:
    def take(item: Any, _context: Context) -> tuple[dict[str, str], ...]:
        return tuple(
            {"source": name[len(prefix) :], "subject": value}
            for name, value in item.items()
            if value and name.startswith(prefix)
        )

    return take


def field_taker(rule: FieldRule, leaf: Leaf) -> Take:
    """The value of a field, converted and looked up.

    Raises:
        Mismatch: What is found does not fit.
        OutOfScope: A table says that the item is ignored.
    """
    take = _first_of(rule)
    if (convert := conversion(rule)) is not None:
        take = _converted(take, convert, leaf) if rule.offset is None else _offset(take, convert, leaf, rule.offset)
    if rule.table is not None or rule.table_by is not None:
        take = _looked_up(take, rule, leaf)
    return take


def _first_of(rule: FieldRule) -> Take:
    if not rule.else_:
        return source_taker(rule)
    takes = tuple(source_taker(each) for each in (rule, *rule.else_))

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
    offset, usual = _found(Source(at=pointer)), _converted(take, convert, leaf)

    def converted(item: Any, context: Context) -> Any:
        said = offset(item, context)
        text = "" if said is ABSENT else str(leaf(said) if type(said) is dict else said).strip()
        return usual(item, {**context, OFFSET: text} if text.lstrip("0") else context)

    return converted


def leaf_of(form: Form) -> Leaf:
    """What makes a plain value of an object, where it can stand for one."""
    return _leaf if form.read == "xml" else _as_it_is


def _as_it_is(value: dict[str, Any]) -> Any:
    """An object of JSON: whatever its members are called, it is no single value."""
    return value


def _leaf(value: dict[str, Any]) -> Any:
    """The text of an XML element that has attributes too; with elements inside, it is no single value."""
    return value["#text"] if "#text" in value and all(name.startswith(("#", "@")) for name in value) else value


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
        found = table.get(code) if type(code) is str else None
        if found is not None:
            return found
        if reason is not None:
            raise OutOfScope(reason)
        if default is not None:
            return default
        raise Mismatch("table.unknown", shown(code), _among(table))

    return looked_up


def _tables(rule: FieldRule) -> tuple[str, Mapping[str, Mapping[str, Any]], Mapping[str, Any]]:
    """Which context chooses among which tables, and the table where it chooses none."""
    if isinstance(rule.table_by, TableByContext):
        return rule.table_by.context, rule.table_by.tables, rule.table_by.otherwise
    return "", {}, rule.table or {}


def rule_place(rule: Source) -> str:
    """Where a value is looked for, as a pointer."""
    return rule.at or (f"/{{{rule.context}}}" if rule.context else "")


def _build(rule: RecordRule, leaf: Leaf) -> Build:
    model = record_class(rule.record)
    if model is None:
        raise ValueError(f"no record {rule.record}: lint the document before it is compiled")
    places = {name: rule_place(each) for name, each in rule.fields.items()}
    takes = tuple((name, field_taker(each, leaf), places[name], each.optional) for name, each in rule.fields.items())
    validate = model.__pydantic_validator__.validate_python
    earliest = model.EARLIEST
    spans = tuple(pair for pair in _SPANS if set(pair) <= set(model.model_fields))

    def build(item: Any, context: Context) -> Record:
        values, place = {}, ""
        try:
            for name, take, place, optional in takes:  # noqa: B007 - read where it goes wrong
                value = take(item, context)
                if value is ABSENT:
                    if optional:
                        continue
                    raise Mismatch("schema.missing", "nothing", "a value")
                if type(value) is dict:
                    value = leaf(value)
                if type(value) is str and "\0" in value:
                    raise Mismatch("schema.charset", "a NUL character", "text")
                values[name] = value
        except Mismatch as bad:
            bad.at = place
            raise
        try:
            record: Record = validate(values)
        except ValidationError as error:
            raise _refused(error, places) from error
        if earliest is not None and record.at < earliest:
            found = f"an instant of {record.at.year}"
            raise Mismatch("time.stale", found, f"one since {earliest.year}", places.get("occurred_at", ""))
        for first, last in spans:
            _in_order(record, first, last, places)
        return record

    return build


_SPANS = (("valid_from", "valid_until"), ("starts_at", "ends_at"))


def _in_order(record: Record, first: str, last: str, places: Mapping[str, str]) -> None:
    begins, ends = getattr(record, first), getattr(record, last)
    if begins is None or ends is None:
        return
    if ends < begins:
        raise Mismatch("meaning.order", f"an end at {ends}", f"one not before {begins}", places.get(last, ""))
    if record.LONGEST is None:
        return
    if not begins < ends <= begins + record.LONGEST:
        expected = f"one after {begins} and by {begins + record.LONGEST}; several days are several rows"
        raise Mismatch("schema.range", f"an end at {ends}", expected, places.get(last, ""))
    pause, whole = getattr(record, "break_seconds", 0), int((ends - begins).total_seconds())
    if pause >= whole:
        found, expected = f"a break of {pause} s", f"less than the {whole} s that it interrupts"
        raise Mismatch("schema.range", found, expected, places.get("break_seconds", ""))


def _refused(error: ValidationError, places: Mapping[str, str]) -> Mismatch:
    first = faults_of(error)[0]
    field = first.at[0] if first.at else ""
    expected = "no blank, control or invisible characters" if first.code == "schema.charset" else first.expected
    return Mismatch(first.code, first.found, expected, places.get(field) or pointer(field))
