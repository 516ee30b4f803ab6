"""A record of an item: each field taken, all of them validated, faults with their place."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from mappings.conditions import Leaf, all_hold
from mappings.mismatch import Context, Mismatch
from mappings.places import pointer
from mappings.pointers import ABSENT, finder, within
from mappings.rules import RecordRule
from mappings.taking import field_taker, source_place
from schemas.faults import faults_of, shown
from schemas.pauses import Pause
from schemas.record import Record
from schemas.words import Words

WORLDS = ("people", "attendance", "learning", "credential", "access", "door")
Build = Callable[[Any, Context], Record]
Records = Callable[[Any, Context], Iterable[Record]]
_MOST = 1_000
"""So many records may one rule make of one item."""


@cache
def record_class(name: str) -> type[Record] | None:
    """The record class of a name such as ``attendance.Punch``; ``None`` if there is none."""
    world, _, title = name.partition(".")
    found = getattr(import_module(f"schemas.{world}"), title, None) if world in WORLDS else None
    return found if isinstance(found, type) and issubclass(found, Record) and found is not Record else None


def record_names() -> list[str]:
    """The names of all records that a document may make."""
    worlds = {world: vars(import_module(f"schemas.{world}")) for world in WORLDS}
    named = (f"{world}.{title}" for world, members in worlds.items() for title in members)
    return [name for name in named if record_class(name) is not None]


def records_of(rule: RecordRule, leaf: Leaf) -> Records:
    """The records that a rule makes of an item: one, none, or one of each element of a list in it.

    Raises:
        Mismatch: A value does not fit.
    """
    applies, build = all_hold(rule.when, leaf), _build(rule, leaf)
    if rule.each is None and not rule.when:
        return lambda item, context: (build(item, context),)
    if rule.each is None:
        return lambda item, context: (build(item, context),) if applies(item, context) else ()

    def records(item: Any, context: Context) -> Iterable[Record]:
        elements = elements_of(rule, item, context)
        return [_at_element(build, each, around, at) for at, each, around in elements if applies(each, around)]

    return records


def elements_of(rule: RecordRule, item: Any, context: Context) -> list[tuple[str, Any, Context]]:
    """The elements of the list for each of which a rule makes a record: pointer, value, and the context around it.

    Raises:
        Mismatch: They are too many.
    """
    each = rule.each or ""
    listed = _listed(finder(each)(item), rule.by)
    if len(listed) > _MOST:
        raise Mismatch(
            "schema.range",
            Words(f"a list of {len(listed)}", f"{len(listed)} 项的列表"),
            Words(f"at most {_MOST}", f"至多 {_MOST}"),
            each,
        )
    nested = (within(item, context, str(n), element) for n, element in enumerate(listed))
    return [(f"{each}/{n}", inner.item, inner.context(context)) for n, inner in enumerate(nested)]


def _listed(found: Any, by: str) -> list[Any]:
    if isinstance(found, str) and by:
        divided = found.translate(dict.fromkeys(map(ord, by), by[0])).split(by[0])
        return [text for each in divided if (text := each.strip())]
    return found if isinstance(found, list) else [] if found is ABSENT else [found]


def _at_element(build: Build, element: Any, context: Context, at: str) -> Record:
    try:
        return build(element, context)
    except Mismatch as bad:
        bad.at = f"{at}{bad.at}" if bad.at.startswith("/") or not bad.at else bad.at
        raise


def _build(rule: RecordRule, leaf: Leaf) -> Build:
    model = record_class(rule.record)
    if model is None:
        raise ValueError(f"no record {rule.record}: lint the document before it is compiled")
    places = {name: source_place(each) for name, each in rule.fields.items()}
    takes = tuple((name, field_taker(each, leaf), each.optional) for name, each in rule.fields.items())
    validate = model.__pydantic_validator__.validate_python
    earliest = model.EARLIEST
    spans = tuple(pair for pair in _SPANS if set(pair) <= set(model.model_fields))

    def build(item: Any, context: Context) -> Record:
        values, name = {}, ""
        try:
            for name, take, optional in takes:
                value = take(item, context)
                if type(value) is dict:
                    value = leaf(value)
                if type(value) is str:
                    if "\0" in value:
                        raise Mismatch("schema.charset", Words("a NUL character", "NUL 字符"), Words("text", "文本"))
                elif value is ABSENT:
                    if optional:
                        continue
                    raise Mismatch("schema.missing", Words("nothing", "无"), Words("a value", "有值"))
                values[name] = value
        except Mismatch as bad:
            bad.at = places[name]
            raise
        try:
            record: Record = validate(values)
        except ValidationError as error:
            raise _refused(error, places) from error
        if earliest is not None and record.at < earliest:
            found = Words(f"an instant of {record.at.year}", f"{record.at.year} 年的时刻")
            raise Mismatch(
                "time.stale",
                found,
                Words(f"one since {earliest.year}", f"{earliest.year} 年以后"),
                places.get("occurred_at", ""),
            )
        for span in spans:
            _in_order(record, span, places, item, context)
        return record

    return build


_SPANS = (("valid_from", "valid_until"), ("starts_at", "ends_at"))


def _in_order(record: Record, span: tuple[str, str], places: Mapping[str, str], item: Any, context: Context) -> None:
    first, last = span
    begins, ends = getattr(record, first), getattr(record, last)
    if begins is None or ends is None:
        return
    longest = record.LONGEST
    if ends < begins or (longest is not None and not begins < ends <= begins + longest):
        raise _disordered(record, span, places, item, _zone_of(record, context))
    if longest is None:
        return
    pause, whole = getattr(record, "break_seconds", 0), int((ends - begins).total_seconds())
    if pause >= whole:
        found = Words(f"a break of {pause} s", f"休息 {pause} 秒")
        expected = Words(f"less than the {whole} s that it interrupts", f"少于所在时段的 {whole} 秒")
        raise Mismatch("schema.range", found, expected, places.get("break_seconds", ""))
    if pauses := getattr(record, "pauses", ()):
        _paused_inside(pauses, begins, ends, places, _zone_of(record, context))


def _disordered(record: Record, span: tuple[str, str], places: Mapping[str, str], item: Any, zone: tzinfo) -> Mismatch:
    """What is wrong with an end that does not fit its start, both as they are written."""
    begins = getattr(record, span[0])
    start, end = (_as_written(getattr(record, name), places.get(name, ""), item, zone) for name in span)
    found, place = Words(f"an end at {end}", f"结束于 {end}"), places.get(span[1], "")
    if getattr(record, span[1]) < begins or record.LONGEST is None:
        expected = Words(f"one not before its start, {start}", f"不早于开始时间 {start}")
        return Mismatch("meaning.order", found, expected, place)
    by = _local(begins + record.LONGEST, zone)
    expected = Words(
        f"one after its start, {start}, and by {by}; several days are several rows",
        f"晚于开始时间 {start} 且不晚于 {by}；多日应分多行",
    )
    return Mismatch("schema.range", found, expected, place)


def _zone_of(record: Record, context: Context) -> tzinfo:
    """The zone whose clocks whoever wrote the item goes by, as far as that is known."""
    name = getattr(record, "zone", "") or context.get("zone")
    try:
        return ZoneInfo(name) if isinstance(name, str) and name else UTC
    except (ValueError, ZoneInfoNotFoundError):
        return UTC


def _as_written(instant: datetime, place: str, item: Any, zone: tzinfo) -> str:
    """An instant as the item says it; on the clocks of a zone where it is not said in one place."""
    written = finder(place)(item) if place.startswith("/") and isinstance(item, dict) else None
    return shown(written) if isinstance(written, str | int) else _local(instant, zone)


def _local(instant: datetime, zone: tzinfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M} ({zone})"


def _paused_inside(
    pauses: Sequence[Pause], begins: datetime, ends: datetime, places: Mapping[str, str], zone: tzinfo
) -> None:
    """Each break lies inside of what it interrupts, beside the others, and something is left."""
    left, free = ends - begins, begins
    for start, end in pauses:
        if not free <= start < end <= ends:
            first, last, since, until = (_local(each, zone) for each in (start, end, free, ends))
            raise Mismatch(
                "schema.range",
                Words(f"a break from {first} to {last}", f"{first} 至 {last} 的休息"),
                Words(f"one between {since} and {until}", f"在 {since} 与 {until} 之间"),
                places.get("breaks", ""),
            )
        left, free = left - (end - start), end
    if not left:
        raise Mismatch(
            "schema.range",
            Words("breaks all along", "全程休息"),
            Words("less than what they interrupt", "短于所在时段"),
            places.get("breaks", ""),
        )


_PLAIN = Words("no blank, control or invisible characters", "不含空格、控制字符或不可见字符")


def _refused(error: ValidationError, places: Mapping[str, str]) -> Mismatch:
    first = faults_of(error)[0]
    field = first.at[0] if first.at else ""
    expected = _PLAIN if first.code == "schema.charset" else first.expected
    return Mismatch(first.code, first.found, expected, places.get(field) or pointer(field))
