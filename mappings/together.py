"""What is wrong with the items of a body only when they are seen together, or against the names of a hub's folder."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from mappings.document import Form
from mappings.mismatch import Mismatch
from mappings.records import record_class
from mappings.taking import among, source_place
from schemas.faults import shown
from schemas.nearest import did_you_mean
from schemas.record import Named, Names, Record
from schemas.transmission import Item, Outcome
from schemas.words import Words

Standing = Callable[[int], Words]
"""Where an item stands, as people find it: its line, or its place in the body."""
Check = Callable[[Sequence[Outcome], Standing], Iterable[tuple[int, Mismatch]]]
"""What finds the items of a body that are wrong though each could be read: its number, and why."""
_KINDS = {
    "person": Words("person", "人员"),
    "session": Words("session", "培训场次"),
    "position": Words("position", "岗位"),
    "course": Words("course", "课程"),
}
_NAMED = 5
"""So many of the items that contradict each other are named."""


def agreement(form: Form) -> Check | None:
    """What finds the items of a body that contradict each other: all of them are wrong, for nobody knows which is.

    Nothing where no two items of this form can.
    """
    models = {record_class(rule.record) for rule in form.records}
    shared = tuple(model for model in models if model is not None and model.AGREES)
    return _contradictions if shared else None


def _contradictions(outcomes: Sequence[Outcome], standing: Standing) -> Iterator[tuple[int, Mismatch]]:
    said: dict[tuple[str, str], list[tuple[int, Record]]] = {}
    for index, outcome in enumerate(outcomes):
        for record in outcome.records if isinstance(outcome, Item) else ():
            if record.AGREES:
                said.setdefault((record.KIND, record.subject), []).append((index, record))
    for (kind, subject), statements in said.items():
        differ = [name for name in statements[0][1].AGREES if len({_plain(each, name) for _n, each in statements}) > 1]
        if differ:
            found, expected = _differing(_KINDS[kind], subject, differ, statements, standing)
            for index, _record in statements:
                yield index, Mismatch("meaning.contradiction", found, expected)


def _differing(
    kind: Words, subject: str, differ: Sequence[str], statements: Sequence[tuple[int, Record]], standing: Standing
) -> tuple[Words, Words]:
    """What rows of one subject say differently, and where they stand; what is expected of them."""
    values = [getattr(record, differ[0]) for _index, record in statements]
    told = [f" {shown(each)}" if isinstance(each, str) else "" for each in values]
    rows = listed([_at(value, standing(index)) for (index, _record), value in zip(statements, told, strict=True)])
    named = ", ".join(differ)
    found = Words(
        f"rows of one {kind} {subject} that differ in {named}: {rows}",
        f"同一{kind.zh} {subject} 的多行在 {named} 上不一致：{rows.zh}",
    )
    expected = Words(
        f"the same word about one {kind} in all its rows; a row that is of another one needs a number of its own",
        f"同一{kind.zh}的各行一致；如属另一{kind.zh}，须使用其本身的编号",
    )
    return found, expected


def _at(told: str, place: Words) -> Words:
    return Words(f"{place}{told}", f"{place.zh}{told}")


def listed(texts: Sequence[Words]) -> Words:
    """Some texts in a row; of many the first ones, and how many more there are."""
    more = len(texts) - _NAMED
    en, zh = ", ".join(texts[:_NAMED]), "、".join(each.zh for each in texts[:_NAMED])
    return Words(f"{en} and {more} more", f"{zh} 等共 {len(texts)} 处") if more > 0 else Words(en, zh)


def _plain(record: Record, name: str) -> Any:
    """A value for comparison; the order of a list says nothing."""
    value = getattr(record, name)
    return frozenset(value) if type(value) is tuple else value


def resolution(form: Form, names: Names) -> Check | None:
    """What finds the items with a name that the hub's folder does not have: nothing would ever follow of them.

    Nothing where items of this form hold no such names.
    """
    places = {
        (model.KIND, name): source_place(field)
        for rule in form.records
        if (model := record_class(rule.record)) is not None and model.named is not Record.named
        for name, field in rule.fields.items()
    }
    if not places or not names:
        return None

    def unresolved(outcomes: Sequence[Outcome], _standing: Standing) -> Iterable[tuple[int, Mismatch]]:
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
    more = hint or (among(known) if known else Words("", ""))
    divided = "; " if hint else ", " if known else ""
    expected = Words(
        f"a {named.kind} of the hub's folder{divided}{more}",
        f"配置目录中的{_KINDS[named.kind].zh}{'；' if more else ''}{more.zh}",
    )
    return Mismatch("ref.unknown-name", shown(named.name), expected, place)
