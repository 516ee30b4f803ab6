"""Identifiers that a body gives to several people at one time: nobody would know whose what comes under them is."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from mappings.document import Form
from mappings.mismatch import Mismatch
from mappings.places import pointer
from mappings.records import record_class
from mappings.taking import source_place
from mappings.together import Check, Standing, listed
from schemas.faults import shown
from schemas.people import OtherIdentifier, Person
from schemas.transmission import Item, Outcome
from schemas.words import Words

_BEGINNING, _END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class _Holder(NamedTuple):
    """A person to whom an item gives an identifier."""

    item: int
    person: Person
    identifier: OtherIdentifier


def ownership(form: Form) -> Check | None:
    """What finds the items that give one identifier to several people at one time: all of them are wrong.

    Nothing where items of this form give none.
    """
    rules = [rule for rule in form.records if record_class(rule.record) is Person and "identifiers" in rule.fields]
    if not rules:
        return None
    field = rules[0].fields["identifiers"]
    place, columns = source_place(field), field.columns

    def shared(outcomes: Sequence[Outcome], standing: Standing) -> Iterator[tuple[int, Mismatch]]:
        wrong: set[int] = set()
        for holders in _holders(outcomes).values():
            if _at_one_time(holders):
                found, expected = _told(holders, standing)
                at = place if columns is None else pointer(columns + holders[0].identifier.source)
                for each in holders:
                    if each.item not in wrong:
                        yield each.item, Mismatch("meaning.contradiction", found, expected, at)
                wrong.update(each.item for each in holders)

    return shared


def _holders(outcomes: Sequence[Outcome]) -> dict[tuple[str, str], list[_Holder]]:
    """Who is given each identifier."""
    found: dict[tuple[str, str], list[_Holder]] = {}
    for index, outcome in enumerate(outcomes):
        for record in outcome.records if isinstance(outcome, Item) else ():
            if isinstance(record, Person):
                for each in record.identifiers:
                    found.setdefault((each.source, each.subject), []).append(_Holder(index, record, each))
    return found


def _at_one_time(holders: Sequence[_Holder]) -> bool:
    """Whether two people have it at some instant: one is given it before all others before have lost it."""
    if len({each.person.subject for each in holders}) < 2:
        return False
    ends: list[tuple[datetime, str]] = []  # the two latest ends of different people
    for begins, until, who in sorted(map(_span, holders)):
        if any(end > begins for end, other in ends if other != who):
            return True
        latest = {other: end for end, other in sorted([*ends, (until, who)])}
        ends = sorted(((end, other) for other, end in latest.items()), reverse=True)[:2]
    return False


def _span(holder: _Holder) -> tuple[datetime, datetime, str]:
    identifier = holder.identifier
    return identifier.valid_from or _BEGINNING, identifier.valid_until or _END, holder.person.subject


def _told(holders: Sequence[_Holder], standing: Standing) -> tuple[Words, Words]:
    identifier = holders[0].identifier
    people = listed(list(_people(holders, standing)))
    found = Words(
        f"{shown(identifier.subject)}, which several people have at {identifier.source}: {people}",
        f"{shown(identifier.subject)}，在 {identifier.source} 中由多人共用：{people.zh}",
    )
    expected = Words(
        "a number of one person alone; clear it in the rows of all others, and leave it empty where somebody has none",
        "每人各用一个编号；请清空其他人员该列，没有编号的人员留空",
    )
    return found, expected


def _people(holders: Iterable[_Holder], standing: Standing) -> Iterator[Words]:
    for item, person, _identifier in holders:
        place, who = standing(item), f"{person.subject} {person.name}"
        yield Words(f"{who} ({place})", f"{who}（{place.zh}）")
