"""What is wrong with a mapping document: each finding says where, what was found, what was expected, how to mend."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from mappings.document import DelimitedForm, Document, Form, TreeForm
from mappings.finding import LintFinding, WrongFile
from mappings.in_vain import in_vain
from mappings.mismatch import Mismatch
from mappings.model_findings import read_model
from mappings.places import Lines, pointer
from mappings.pointers import climbs
from mappings.records import WORLDS, record_class, record_names
from mappings.rules import Condition, FieldRule, FromContext, RecordRule, Source, Step
from mappings.sources import columns_of, contexts, places, sources
from mappings.zones import zone
from schemas.nearest import did_you_mean
from schemas.words import Words


def lint(path: Path) -> list[LintFinding]:
    """Everything that there is to say about the document at ``path``, what refuses it first; empty if it is sound."""
    return examine(str(path), path.read_bytes())[1]


def contexts_unknown(path: Path, told: Collection[str]) -> Iterator[LintFinding]:
    """What a document looks for beside a body and no connector that reads with it tells; nothing of a wrong one."""
    text = path.read_bytes()
    document, _findings = examine(str(path), text)
    lines = Lines(text.decode()) if document is not None else None
    if document is None or lines is None:
        return
    for name, form in document.forms.items():
        for where, asked in contexts(form, pointer("forms", name)):
            if asked not in told:
                mend = did_you_mean(asked, told) or Words("see the adapter's page", "见该适配器的页面")
                yield LintFinding(str(path), where, repr(asked), _one_of(sorted(told)), mend, *lines.of(where))


def examine(file: str, text: bytes) -> tuple[Document | None, list[LintFinding]]:
    """The document in ``text``, if it is one, and all that there is to say about it."""
    document, found = _examined(file, text)
    return document, list(found)


@lru_cache(maxsize=64)  # one process reads the same documents for each of its connectors, for their cases and for lint
def _examined(file: str, text: bytes) -> tuple[Document | None, tuple[LintFinding, ...]]:
    try:
        document, lines = read_model(
            Document, file, text, Words("see mappings/mapping.schema.json", "见 mappings/mapping.schema.json")
        )
    except WrongFile as error:
        return None, tuple(error.findings)
    wrong = tuple(LintFinding(file, *rest, *lines.of(rest[0])) for rest in _meaning(document))
    if wrong:
        return document, wrong
    return document, tuple(LintFinding(file, *rest, *lines.of(rest[0]), refused=False) for rest in in_vain(document))


_Place = tuple[str, str, str, str]
_WANTED = {
    "records": Words("a rule of what each item becomes, under records", "records 中至少一条规则，写明每项读作什么"),
    "key": Words(
        'under key the place in an item that tells it from all others, as "key": [{"at": "/id"}]',
        'key 中写明条目内可与其他条目相区别的位置，如 "key": [{"at": "/id"}]',
    ),
}
_NAME_ONE = Words("name one of them", "填写其中之一")
_NAME_COLUMN = Words("name the column there", "填写列名")


def _meaning(document: Document) -> Iterator[_Place]:
    for name, form in document.forms.items():
        at = pointer("forms", name)
        if form.like is not None:
            yield from _borrowed(document, name, form, at)
        elif not form.records or (not form.key and _keeps(form)):
            part = "records" if not form.records else "key"
            wanted = _WANTED[part]
            mend = Words(
                'add it (`licet mapping preview` shows items); or write "like": "FORM" if it reads as another form',
                '补充（条目内容可用 `licet mapping preview` 查看）；如与另一形式读法相同，则写 "like": "形式"',
            )
            yield at, Words(f"no {part}", f"没有 {part}"), wanted, mend
        yield from _records(form, at)
        yield from _aliases(form, at)
        for where, source in sources(form, at):
            yield from _source(form, where, source)


def _keeps(form: Form) -> bool:
    """Whether it gives facts, which are kept once; what is read on the spot needs no key."""
    return any(model is None or model.FACT for model in (record_class(rule.record) for rule in form.records))


def _borrowed(document: Document, name: str, form: Form, at: str) -> Iterator[_Place]:
    other = document.forms.get(form.like or "")
    if other is None or other.like is not None or form.like == name:
        fit = ", ".join(each for each, one in document.forms.items() if one.like is None and each != name)
        yield f"{at}/like", repr(form.like), Words(f"a whole form: {fit}", f"完整的形式：{fit}"), _NAME_ONE
    if form.records or form.key or form.ignore or form.refuse:
        found = Words("like beside key, records, ignore or refuse", "like 与 key、records、ignore 或 refuse 并存")
        mend = Words("remove what the other form says", "删除另一形式已说明的内容")
        yield at, found, Words("one of both", "二者之一"), mend


def _records(form: Form, at: str) -> Iterator[_Place]:
    for n, rule in enumerate(form.records):
        where = f"{at}/records/{n}"
        model = record_class(rule.record)
        if model is None:
            worlds, listed = ", ".join(WORLDS), "、".join(WORLDS)
            wanted = Words(f"a record of {worlds}", f"{listed} 中的记录")
            yield f"{where}/record", repr(rule.record), wanted, _nearest(rule.record)
        else:
            yield from _fields(rule, model.model_fields, where)


def _fields(rule: RecordRule, fields: dict[str, Any], where: str) -> Iterator[_Place]:
    for name in rule.fields:
        if name not in fields:
            mend = did_you_mean(name, fields) or Words("remove it", "删除")
            yield where + pointer("fields", name), repr(name), _one_of(fields), mend
    for name, field in fields.items():
        given = rule.fields.get(name)
        if field.is_required() and given is None:
            wanted = Words(f"all required fields of {rule.record}", f"{rule.record} 的全部必填字段")
            yield f"{where}/fields", Words(f"no {name}", f"没有 {name}"), wanted, Words(f"add {name}", f"补充 {name}")
        elif field.is_required() and given is not None and given.optional:
            wanted = Words(f"a value: {name} is required", f"有值：{name} 为必填")
            yield where + pointer("fields", name), "optional", wanted, Words("remove optional", "删除 optional")


def _source(form: Form, where: str, source: Source | Condition) -> Iterator[_Place]:
    part, _, rest = where.split("/", 3)[3].partition("/")
    record = form.records[int(rest.partition("/")[0])] if part == "records" else None
    inner = int(record is not None and record.each is not None)
    for at in places(source):
        if (up := climbs(at)) > _levels(form) + inner:
            most = _levels(form) + inner
            wanted = Words(f"at most {most} times ..", f"最多 {most} 个 ..")
            yield f"{where}/at", repr(at), wanted, Words("there is nothing around that", "其外层没有内容")
        elif up == 0 and not inner and at.startswith("/"):
            yield from _column(form, where, at)
    if isinstance(source, FieldRule):
        for zoned, at in _zones(source, where):
            yield from _zone(zoned, at)


def _levels(form: Form) -> int:
    return len(form.each) if isinstance(form, TreeForm) else 0


def _column(form: Form, where: str, at: str) -> Iterator[_Place]:
    names = columns_of(form)
    if names and at.split("/")[1].replace("~1", "/").replace("~0", "~") not in names:
        mend = did_you_mean(at, [pointer(each) for each in names]) or _NAME_COLUMN
        yield f"{where}/at", repr(at), _a_column(names), mend


def _zones(rule: FieldRule, where: str) -> Iterator[tuple[str | FromContext | None, str]]:
    yield rule.zone, f"{where}/zone"
    for n, step in enumerate(rule.as_):
        yield (step.zone if isinstance(step, Step) else None), f"{where}/as/{n}/zone"


def _zone(given: str | FromContext | None, at: str) -> Iterator[_Place]:
    try:
        if isinstance(given, str):
            zone(given)
    except Mismatch as bad:
        yield at, repr(given), bad.expected, Words("write the zone of the source", "填写来源的时区")


def _aliases(form: Form, at: str) -> Iterator[_Place]:
    if isinstance(form, DelimitedForm):
        names = columns_of(form)
        for alias, name in form.aliases.items():
            if name not in names:
                mend = did_you_mean(name, names) or _NAME_COLUMN
                yield at + pointer("aliases", alias), repr(name), _a_column(names), mend


def _a_column(names: Sequence[str]) -> Words:
    columns = ", ".join(names)
    return Words(f"a column: {columns}", f"列：{columns}")


def _one_of(names: Iterable[str]) -> Words:
    listed = ", ".join(names)
    return Words(f"one of {listed}", f"其中之一：{listed}")


def _nearest(record: str) -> Words:
    return did_you_mean(record, record_names()) or Words("see schemas/", "见 schemas/")
