"""Every place of a form where something of an item is looked at, with the pointer to the rule that does."""

from collections.abc import Iterator, Sequence

from mappings.document import Condition, FieldRule, Form, Source
from mappings.places import pointer

Placed = tuple[str, Source | Condition]


def sources(form: Form, at: str) -> Iterator[Placed]:
    """The sources and conditions of a form that stands at a pointer of its document, in their order."""
    for n, part in enumerate(form.key):
        yield from _of_field(f"{at}/key/{n}", part)
    for n, ignored in enumerate(form.ignore):
        yield from conditions(ignored.when, f"{at}/ignore/{n}/when")
    for n, refused in enumerate(form.refuse):
        yield from conditions(refused.when, f"{at}/refuse/{n}/when")
    for n, record in enumerate(form.records):
        yield from conditions(record.when, f"{at}/records/{n}/when")
        for name, rule in record.fields.items():
            yield from _of_field(f"{at}/records/{n}{pointer('fields', name)}", rule)


def conditions(when: Sequence[Condition], at: str) -> Iterator[tuple[str, Condition]]:
    """The conditions of a list that stands at a pointer."""
    for n, test in enumerate(when):
        yield f"{at}/{n}", test


def tried(rule: FieldRule, at: str) -> list[tuple[str, Source]]:
    """The sources of a field in the order in which they are tried."""
    return [(at, rule), *((f"{at}/else/{n}", other) for n, other in enumerate(rule.else_))]


def _of_field(at: str, rule: FieldRule) -> Iterator[Placed]:
    for where, source in tried(rule, at):
        yield where, source
        yield from conditions(source.when, f"{where}/when")


def pointers(form: Form) -> Iterator[str]:
    """The pointers into an item that any rule follows."""
    for _where, source in sources(form, ""):
        if source.at is not None:
            yield source.at
        if isinstance(source, Source):
            yield from source.digest or ()
        if isinstance(source, FieldRule) and source.offset is not None:
            yield source.offset


def prefixes(form: Form) -> Iterator[str]:
    """The pointers with which those begin that a rule reads by their beginning."""
    for _where, source in sources(form, ""):
        if isinstance(source, Source) and source.columns is not None:
            yield pointer(source.columns)
