"""A form of a document becomes one function: a transmission in, its outcomes out. Compiled once, run per body."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from traceback import extract_tb
from typing import Any, NamedTuple

from mappings.allowed import checks_of, lies_in
from mappings.conditions import Leaf, all_hold, leaf_of
from mappings.decode import decoder, within_context
from mappings.document import Form, TreeForm
from mappings.mismatch import Context, Mismatch
from mappings.owners import ownership
from mappings.pointers import ABSENT, Take, finder
from mappings.records import records_of
from mappings.rules import Condition, FieldRule, RecordRule
from mappings.sources import sources
from mappings.taking import OutOfScope, field_taker, source_place
from mappings.together import Standing, agreement, resolution
from schemas.errors import CODES, PayloadError
from schemas.faults import shown
from schemas.record import Names, Record
from schemas.transmission import Fault, Ignored, Item, Outcome, Transmission
from schemas.words import Words, named, parted

Judge = Callable[[Any, Context], Item | Ignored]
Read = Callable[[Transmission], tuple[Outcome, ...]]

BUG = "mapping.bug"
_LONGEST_KEY = 2_048
_MOST_JUDGES = 64


class Bounds(NamedTuple):
    """So much work one body may be: its items times the rules of its form, and its records."""

    steps: int = 2_000_000
    records: int = 100_000


USUAL = Bounds()


def reader(form: Form, names: Names, bounds: Bounds = USUAL) -> Read:
    """What reads the transmissions of a form. It never raises for what a body holds."""
    (items, place, raw, _lines), judge_in = decoder(form, _expected(form)), _judges(form)
    checks = tuple(check for check in (agreement(form), ownership(form), resolution(form, names)) if check)
    context_of, most_items = item_context(form), bounds.steps // (1 + sum(1 for _ in sources(form, "")))
    most_records = bounds.records

    def read(transmission: Transmission) -> tuple[Outcome, ...]:
        body, given = transmission.body, context_of(transmission)
        outcomes: list[Outcome] = []
        numbers: list[Any] = []
        cut, records, judge = None, 0, judge_in(given)
        try:
            for taken, (n, found) in enumerate(items(body, transmission.content), 1):
                numbers.append(n)
                try:
                    outcome = judge(found, given) if type(found) is dict else _of_other(found, given, judge)
                    if type(outcome) is Item:
                        records += len(outcome.records)
                        if (left_out := outcome.left_out) is not None:
                            outcome = outcome._replace(left_out=replace(left_out, where=place(n, left_out.where)))
                    outcomes.append(outcome)
                except OutOfScope as out:
                    outcomes.append(Ignored(out.reason))
                except Mismatch as bad:
                    cut = cut or raw(body)
                    outcomes.append(Fault(bad.code, place(n, bad.at), bad.found, bad.expected, cut(n)))
                except PayloadError:
                    raise
                except Exception as bug:  # one item with which the engine is at a loss keeps no other from its people
                    cut = cut or raw(body)
                    outcomes.append(Fault(BUG, place(n, ""), *_at_a_loss(bug), cut(n)))
                if taken > most_items or records > most_records:
                    raise PayloadError(
                        "mapping.cost",
                        Words(
                            f"more than {most_items} items, or {bounds.records} records",
                            f"超过 {most_items} 项，或 {bounds.records} 条记录",
                        ),
                    )
        except PayloadError as error:
            return (whole_fault(error),)
        for check in checks:
            for index, odd in list(check(outcomes, _standing(transmission, numbers, place))):
                cut, n = cut or raw(body), numbers[index]
                outcomes[index] = Fault(odd.code, place(n, odd.at), odd.found, odd.expected, cut(n))
        return tuple(outcomes)

    return read


def _at_a_loss(bug: Exception) -> tuple[Words, Words]:
    """What was found and expected where the engine itself fails: of the value nothing, of the engine where."""
    last = extract_tb(bug.__traceback__)[-1]
    ended = f"{type(bug).__name__} ({Path(last.filename).name}:{last.lineno})"
    return Words(f"a value that ends in {ended}", f"导致 {ended} 的数据"), Words("one that can be read", "可读取的数据")


def _standing(transmission: Transmission, numbers: Sequence[Any], place: Callable[[Any, str], str]) -> Standing:
    """Where items stand for people: in the file that they came from, where the connector tells, else in the body."""
    lines = transmission.context.get("lines", "").split()

    def standing(index: int) -> Words:
        at = f"line {lines[index]}" if len(lines) == len(numbers) else place(numbers[index], "")
        return Words(at, f"第 {at[5:]} 行" if at.startswith("line ") else at)

    return standing


def _of_other(found: Any, context: Context, judge: Judge) -> Item | Ignored:
    """What becomes of an item with something around it, or of what keeps one from being a value."""
    if isinstance(found, Mismatch):
        raise found
    return judge(*within_context(found, context))


def item_context(form: Form) -> Callable[[Transmission], Context]:
    """What gives the context in which the items of a transmission are read."""
    if '"received_at"' not in form.model_dump_json():
        return lambda transmission: transmission.context
    return lambda transmission: {**transmission.context, "received_at": transmission.received_at.isoformat()}


def _not(code: str) -> Words:
    return Words(f"not: {CODES[code].en}", f"不出现该错误：{CODES[code].zh}")


def whole_fault(error: PayloadError) -> Fault:
    """The one fault of a body that cannot be read."""
    if error.expected is not None:
        return Fault(error.code, error.where, error.found, error.expected)
    found, expected = parted(error.found)
    return Fault(error.code, error.where, found, expected or _not(error.code))


# ---------------------------------------------------------------- a body, and an item of it


def _expected(form: Form) -> Callable[[Any], None]:
    """What refuses a body that is not what the document expects, such as an answer that says of itself that it failed.

    Raises:
        PayloadError: ``schema.form``.
    """
    conditions = form.expect if isinstance(form, TreeForm) else ()
    tests = tuple((each, all_hold((each,), leaf_of(form))) for each in conditions)

    def expected(body: Any) -> None:
        for condition, holds in tests:
            if not holds(body, {}):
                raise PayloadError("schema.form", _not_as_expected(condition, body), condition.at or "")

    return expected if tests else lambda _body: None


def _not_as_expected(condition: Condition, body: Any) -> Words:
    wanted = condition.model_dump_json(by_alias=True, exclude_defaults=True)
    found = finder(condition.at)(body) if condition.at and condition.at.startswith("/") else ABSENT
    none = found is ABSENT
    return Words(
        f"found {'nothing' if none else shown(found)}, expected a body of which {wanted} holds",
        f"{'未填写' if none else f'现为 {shown(found).zh}'}，应为符合 {wanted} 的报文",
    )


def _judges(form: Form) -> Callable[[Context], Judge]:
    """What judges the items of a body: rules of which its context alone decides whether they apply are decided once."""
    leaf = leaf_of(form)
    tests = tuple(all_hold(rule.when, leaf) if _of_context(rule) else None for rule in form.records)
    if not any(tests):
        judge = _judge(form)
        return lambda _context: judge
    judges: dict[tuple[bool, ...], Judge] = {}

    def judge_in(context: Context) -> Judge:
        apply = tuple([test is None or test({}, context) for test in tests])
        judge = judges.get(apply)
        if judge is None:
            if len(judges) >= _MOST_JUDGES:
                judges.clear()
            judges[apply] = judge = _judge(_where(form, apply))
        return judge

    return judge_in


def _of_context(rule: RecordRule) -> bool:
    """Whether the context of a body alone decides if a rule applies to its items."""
    told = (not each.inner and each.at is None and each.same_as is None for each in rule.when)
    return bool(rule.when) and rule.each is None and all(told)


def _where(form: Form, apply: Sequence[bool]) -> Form:
    """A form in a context in which these of its rules apply."""
    kept = (rule for rule, applies in zip(form.records, apply, strict=True) if applies)
    records = tuple(rule.model_copy(update={"when": ()}) if _of_context(rule) else rule for rule in kept)
    return form.model_copy(update={"records": records})


def _judge(form: Form) -> Judge:
    leaf = leaf_of(form)
    ignores = tuple((all_hold(rule.when, leaf), Ignored(rule.reason)) for rule in form.ignore)
    refusals = tuple((all_hold(rule.when, leaf), rule) for rule in form.refuse)
    records_in = _records(form, leaf)
    apart = tuple(rule.apart for rule in form.records if rule.apart is not None)
    key = _key(form.key, leaf)
    checks = checks_of(form)

    def judge(item: Any, context: Context) -> Item | Ignored:
        for applies, ignored in ignores:
            if applies(item, context):
                return ignored
        odd: list[Mismatch] = []
        for check in checks:
            try:
                check(item)
            except Mismatch as bad:
                if not lies_in(bad.at, apart):
                    raise
                odd.append(bad)
        for applies, rule in refusals:
            if applies(item, context):
                raise Mismatch("meaning.itself", named(rule.found), named(rule.expected), rule.at)
        identity = key(item, context)
        records = records_in(item, context, odd)
        if not records:
            raise Mismatch(
                "schema.form",
                Words("an item to which no record of the mapping applies", "没有适用记录的条目"),
                Words("one that it describes", "映射所描述的条目"),
            )
        return Item(records, identity) if not odd else Item(records, identity, _left_out(odd[0]))

    return judge


def _left_out(bad: Mismatch) -> Fault:
    return Fault(bad.code, bad.at, bad.found, bad.expected)


def _records(form: Form, leaf: Leaf) -> Callable[[Any, Context, list[Mismatch]], tuple[Record, ...]]:
    """All records of an item. To a list goes why the one that is kept apart was not made."""
    builds = [(records_of(rule, leaf), () if rule.apart is None else (rule.apart,)) for rule in form.records]
    if len(builds) == 1 and not builds[0][1]:
        ((only, _apart),) = builds
        return lambda item, context, _odd: tuple(only(item, context))

    def records(item: Any, context: Context, odd: list[Mismatch]) -> tuple[Record, ...]:
        made: list[Record] = []
        for build, apart in builds:
            if apart and any(lies_in(each.at, apart) for each in odd):
                continue
            try:
                made += build(item, context)
            except Mismatch as bad:
                if not lies_in(bad.at, apart):
                    raise
                odd.append(bad)
        return tuple(made)

    return records


def _key(parts: tuple[FieldRule, ...], leaf: Leaf) -> Take:
    takes = tuple((field_taker(rule, leaf), source_place(rule), rule.optional) for rule in parts)

    def key(item: Any, context: Context) -> str:
        texts, place = [], ""
        try:
            for take, place, optional in takes:  # noqa: B007 - read where it goes wrong
                value = take(item, context)
                if value is ABSENT and not optional:
                    raise Mismatch("schema.missing", Words("nothing", "无"), Words("a value", "有值"))
                plain = type(value) is str and "|" not in value and "%" not in value
                texts.append(value if plain else _part(leaf(value) if type(value) is dict else value))
        except Mismatch as bad:
            bad.at = place
            raise
        text = "|".join(texts)
        if len(text) > _LONGEST_KEY:
            raise Mismatch(
                "schema.range",
                Words(f"a key of {len(text)} characters", f"{len(text)} 个字符的标识"),
                Words(f"at most {_LONGEST_KEY}", f"至多 {_LONGEST_KEY}"),
            )
        return text

    return key


def _part(value: Any) -> str:
    """One part of a key, so written that no two lists of parts give one key."""
    if value is ABSENT:
        return ""
    text = value.isoformat() if isinstance(value, datetime) else value if type(value) is str else str(value)
    return text.replace("%", "%25").replace("|", "%7C") if "|" in text or "%" in text else text
