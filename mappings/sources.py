"""Every place of a form where something of an item is looked at, with the pointer to the rule that does."""

from collections.abc import Iterator, Sequence

from mappings.document import DelimitedForm, FixedForm, Form, TreeForm
from mappings.places import pointer
from mappings.rules import Condition, FieldRule, FromContext, Source, Step

Placed = tuple[str, Source | Condition]


def sources(form: Form, at: str) -> Iterator[Placed]:
    """The sources and conditions of a form that stands at a pointer of its document, in their order."""
    if isinstance(form, TreeForm):
        yield from conditions(form.expect, f"{at}/expect")
    for n, ignored in enumerate(form.ignore):
        yield from conditions(ignored.when, f"{at}/ignore/{n}/when")
    for n, refused in enumerate(form.refuse):
        yield from conditions(refused.when, f"{at}/refuse/{n}/when")
    for n, record in enumerate(form.records):
        yield from conditions(record.when, f"{at}/records/{n}/when")
    for where, rule in fields(form, at):
        yield from _of_field(where, rule)


def fields(form: Form, at: str) -> Iterator[tuple[str, FieldRule]]:
    """The fields of keys and records."""
    for n, part in enumerate(form.key):
        yield f"{at}/key/{n}", part
    for n, record in enumerate(form.records):
        for name, rule in record.fields.items():
            yield f"{at}/records/{n}{pointer('fields', name)}", rule


def conditions(when: Sequence[Condition], at: str) -> Iterator[tuple[str, Condition]]:
    """The conditions of a list that stands at a pointer, with those that they join."""
    for n, test in enumerate(when):
        yield from _joined(test, f"{at}/{n}")


def tried(rule: FieldRule, at: str) -> list[tuple[str, Source]]:
    """The sources of a field in the order in which they are tried."""
    return [(at, rule), *((f"{at}/else/{n}", other) for n, other in enumerate(rule.else_))]


def _joined(test: Condition, at: str) -> Iterator[tuple[str, Condition]]:
    yield at, test
    for name, tests in (("any", test.any_), ("all", test.all_)):
        yield from conditions(tests or (), f"{at}/{name}")
    if test.not_ is not None:
        yield from _joined(test.not_, f"{at}/not")


def _of_field(at: str, rule: FieldRule) -> Iterator[Placed]:
    for where, source in tried(rule, at):
        yield where, source
        yield from conditions(source.when, f"{where}/when")


def places(source: Source | Condition) -> Iterator[str]:
    """The places at which one source or condition looks."""
    if source.at is not None:
        yield source.at
    if isinstance(source, Source):
        yield from (*(source.digest or ()), *(source.join or ()))
    elif source.same_as is not None:
        yield source.same_as
    if isinstance(source, FieldRule) and source.offset is not None:
        yield source.offset


def contexts(form: Form, at: str) -> Iterator[tuple[str, str]]:
    """Every name by which a form looks for something beside the body, with the pointer to the rule that does."""
    for where, source in sources(form, at):
        if source.told is not None:
            yield where, source.told
    for where, rule in fields(form, at):
        if rule.table_by is not None:
            yield f"{where}/table_by/context", rule.table_by.context
        steps = [(f"{where}/as/{n}", each) for n, each in enumerate(rule.as_) if isinstance(each, Step)]
        for place, details in [(where, rule), *steps]:
            for name in ("zone", "prefix"):
                if isinstance(given := getattr(details, name), FromContext):
                    yield f"{place}/{name}/context", given.context


def pointers(form: Form) -> Iterator[str]:
    """The pointers into an item that any rule follows; those of a list's elements begin at the list."""
    for where, source in sources(form, ""):
        part, _, rest = where[1:].partition("/")
        each = form.records[int(rest.partition("/")[0])].each if part == "records" else None
        if part != "expect":
            yield from (_from_item(at, each) for at in places(source))
    yield from (record.each for record in form.records if record.each is not None)


def _from_item(at: str, each: str | None) -> str:
    """A place as it leads from the item; one of an element is the whole list, one around it may be the item."""
    if each is None:
        return at
    if not at.startswith(".."):
        return each
    return at.removeprefix("..").removeprefix("/") if at.startswith("../..") else at.removeprefix("..") or "."


def looks_around(form: Form) -> bool:
    """Whether a rule looks at something else than what is in an item."""
    return any(not at.startswith("/") for at in pointers(form))


def prefixes(form: Form) -> Iterator[str]:
    """The pointers with which those begin that a rule reads by their beginning."""
    for _where, source in sources(form, ""):
        if isinstance(source, Source) and source.columns is not None:
            yield pointer(source.columns)


def columns_of(form: Form) -> tuple[str, ...]:
    """The columns of a form of lines; none where its items have members that nobody lists."""
    if isinstance(form, DelimitedForm):
        return form.columns or form.header + form.optional_header
    return tuple(form.columns) if isinstance(form, FixedForm) else ()
