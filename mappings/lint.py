"""What is wrong with a mapping document: each finding says where, what was found, what was expected, how to mend."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mappings.conversions import Mismatch, zone
from mappings.decode import pointer
from mappings.document import Condition, DelimitedForm, Document, FieldRule, Form, RecordRule, Source
from mappings.reading import WORLDS, record_class
from schemas.errors import PayloadError
from schemas.faults import ModelFault, faults_of
from schemas.reading import read_json


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One mistake in a document; ``pointer`` leads to it."""

    file: str
    pointer: str
    found: str
    expected: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}#{self.pointer}: found {self.found}, expected {self.expected}; {self.mend}"


def lint(path: Path) -> list[LintFinding]:
    """Everything that is wrong with the document at ``path``, in its order; empty if it can be used."""
    return examine(str(path), path.read_bytes())[1]


def examine(file: str, text: bytes) -> tuple[Document | None, list[LintFinding]]:
    """The document in ``text``, if it is one, and all that is wrong with it."""
    try:
        document = Document.model_validate(read_json(text))
    except PayloadError as error:
        return None, [LintFinding(file, error.where, error.message, "a JSON text", "mend the JSON")]
    except ValidationError as error:
        return None, [_of_model(file, each) for each in faults_of(error)]
    return document, [LintFinding(file, *rest) for rest in _meaning(document)]


def _of_model(file: str, fault: ModelFault) -> LintFinding:
    steps = list(fault.at)
    if len(steps) > 2 and steps[0] == "forms":
        del steps[2]  # pydantic puts the kind of form after its name
    unknown = fault.code == "schema.unknown-field"
    mend = "remove it, or mend its spelling" if unknown else "see mapping.schema.json"
    return LintFinding(file, pointer(*steps), fault.found, fault.expected, mend)


_Place = tuple[str, str, str, str]


def _meaning(document: Document) -> Iterator[_Place]:
    for name, form in document.forms.items():
        at = pointer("forms", name)
        if form.like is not None:
            yield from _borrowed(document, name, form, at)
        elif not form.records or not form.key:
            part = "records" if not form.records else "key"
            yield at, f"no {part}", f"at least one in {part}", "add it, or name a form in `like`"
        yield from _records(form, at)
        for where, source in _sources(form, at):
            yield from _source(form, where, source)


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
            near = get_close_matches(name, fields, 1)
            mend = f"write {near[0]}" if near else "remove it"
            yield where + pointer("fields", name), repr(name), f"one of {', '.join(fields)}", mend
    for name, field in fields.items():
        given = rule.fields.get(name)
        if field.is_required() and given is None:
            yield f"{where}/fields", f"no {name}", f"all required fields of {rule.record}", f"add {name}"
        elif field.is_required() and given is not None and given.optional:
            yield where + pointer("fields", name), "optional", f"a value: {name} is required", "remove optional"


def _sources(form: Form, at: str) -> Iterator[tuple[str, Source | Condition]]:
    for n, part in enumerate(form.key):
        yield from _with_others(f"{at}/key/{n}", part)
    for n, ignored in enumerate(form.ignore):
        for m, test in enumerate(ignored.when):
            yield f"{at}/ignore/{n}/when/{m}", test
    for n, refused in enumerate(form.refuse):
        for m, test in enumerate(refused.when):
            yield f"{at}/refuse/{n}/when/{m}", test
    for n, record in enumerate(form.records):
        for m, test in enumerate(record.when):
            yield f"{at}/records/{n}/when/{m}", test
        for name, rule in record.fields.items():
            yield from _with_others(f"{at}/records/{n}{pointer('fields', name)}", rule)


def _with_others(at: str, rule: FieldRule) -> Iterator[tuple[str, Source | Condition]]:
    yield at, rule
    for n, other in enumerate(rule.else_):
        yield f"{at}/else/{n}", other
    for where, source in ((at, rule), *((f"{at}/else/{n}", other) for n, other in enumerate(rule.else_))):
        for m, test in enumerate(source.when):
            yield f"{where}/when/{m}", test


def _source(form: Form, where: str, source: Source | Condition) -> Iterator[_Place]:
    if isinstance(form, DelimitedForm) and source.at is not None:
        names = form.columns or form.header + form.optional_header
        if source.at[1:] not in names:
            near = get_close_matches(source.at[1:], names, 1)
            mend = f"write /{near[0]}" if near else "name the column there"
            yield f"{where}/at", repr(source.at), f"a column: {', '.join(names)}", mend
    if isinstance(source, FieldRule) and isinstance(source.zone, str):
        try:
            zone(source.zone)
        except Mismatch as bad:
            yield f"{where}/zone", repr(source.zone), bad.expected, "write the zone of the source"
