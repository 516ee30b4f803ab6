"""What is wrong with a mapping document: each finding says where, what was found, what was expected, how to mend."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mappings.document import DelimitedForm, Document, Form, TreeForm
from mappings.finding import LintFinding, WrongFile
from mappings.in_vain import in_vain
from mappings.mismatch import Mismatch
from mappings.model_findings import read_model
from mappings.places import pointer
from mappings.pointers import climbs
from mappings.records import WORLDS, record_class
from mappings.rules import Condition, FieldRule, FromContext, RecordRule, Source, Step
from mappings.sources import columns_of, places, sources
from mappings.zones import zone
from schemas.nearest import did_you_mean


def lint(path: Path) -> list[LintFinding]:
    """Everything that there is to say about the document at ``path``, what refuses it first; empty if it is sound."""
    return examine(str(path), path.read_bytes())[1]


def examine(file: str, text: bytes) -> tuple[Document | None, list[LintFinding]]:
    """The document in ``text``, if it is one, and all that there is to say about it."""
    try:
        document, lines = read_model(Document, file, text, "see mapping.schema.json")
    except WrongFile as error:
        return None, list(error.findings)
    wrong = [LintFinding(file, *rest, lines.of(rest[0])) for rest in _meaning(document)]
    if wrong:
        return document, wrong
    return document, [LintFinding(file, *rest, lines.of(rest[0]), refused=False) for rest in in_vain(document)]


_Place = tuple[str, str, str, str]


def _meaning(document: Document) -> Iterator[_Place]:
    for name, form in document.forms.items():
        at = pointer("forms", name)
        if form.like is not None:
            yield from _borrowed(document, name, form, at)
        elif not form.records or (not form.key and _keeps(form)):
            part = "records" if not form.records else "key"
            yield at, f"no {part}", f"at least one in {part}", "add it, or name a form in `like`"
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
        yield f"{at}/like", repr(form.like), f"a whole form: {fit}", "name one of them"
    if form.records or form.key or form.ignore or form.refuse:
        yield at, "like beside key, records, ignore or refuse", "one of both", "remove what the other form says"


def _records(form: Form, at: str) -> Iterator[_Place]:
    for n, rule in enumerate(form.records):
        where = f"{at}/records/{n}"
        model = record_class(rule.record)
        if model is None:
            yield f"{where}/record", repr(rule.record), f"a record of {', '.join(WORLDS)}", "see schemas/"
        else:
            yield from _fields(rule, model.model_fields, where)


def _fields(rule: RecordRule, fields: dict[str, Any], where: str) -> Iterator[_Place]:
    for name in rule.fields:
        if name not in fields:
            mend = did_you_mean(name, fields) or "remove it"
            yield where + pointer("fields", name), repr(name), f"one of {', '.join(fields)}", mend
    for name, field in fields.items():
        given = rule.fields.get(name)
        if field.is_required() and given is None:
            yield f"{where}/fields", f"no {name}", f"all required fields of {rule.record}", f"add {name}"
        elif field.is_required() and given is not None and given.optional:
            yield where + pointer("fields", name), "optional", f"a value: {name} is required", "remove optional"


def _source(form: Form, where: str, source: Source | Condition) -> Iterator[_Place]:
    part, _, rest = where.split("/", 3)[3].partition("/")
    record = form.records[int(rest.partition("/")[0])] if part == "records" else None
    inner = int(record is not None and record.each is not None)
    for at in places(source):
        if (up := climbs(at)) > _levels(form) + inner:
            yield f"{where}/at", repr(at), f"at most {_levels(form) + inner} times ..", "there is nothing around that"
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
        mend = did_you_mean(at, [pointer(each) for each in names]) or "name the column there"
        yield f"{where}/at", repr(at), f"a column: {', '.join(names)}", mend


def _zones(rule: FieldRule, where: str) -> Iterator[tuple[str | FromContext | None, str]]:
    yield rule.zone, f"{where}/zone"
    for n, step in enumerate(rule.as_):
        yield (step.zone if isinstance(step, Step) else None), f"{where}/as/{n}/zone"


def _zone(given: str | FromContext | None, at: str) -> Iterator[_Place]:
    try:
        if isinstance(given, str):
            zone(given)
    except Mismatch as bad:
        yield at, repr(given), bad.expected, "write the zone of the source"


def _aliases(form: Form, at: str) -> Iterator[_Place]:
    if isinstance(form, DelimitedForm):
        names = columns_of(form)
        for alias, name in form.aliases.items():
            if name not in names:
                mend = did_you_mean(name, names) or "name the column there"
                yield at + pointer("aliases", alias), repr(name), f"a column: {', '.join(names)}", mend
