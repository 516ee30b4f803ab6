"""The leave of a person that holds, of all that rosters have said."""

from collections.abc import Iterable, Sequence

from hub.rules.dossier import Fact
from schemas.people import Leave, LeavesListed


def leaves_that_hold(facts: Iterable[Fact[Leave]], lists: Sequence[Fact[LeavesListed]]) -> tuple[Fact[Leave], ...]:
    """Leave by its start: an overlapping later row replaces an earlier one, and what a later list leaves out is
    withdrawn. Leave that was over by then stays, for rosters list present leave only."""
    held: list[Fact[Leave]] = []
    for fact in sorted(facts, key=lambda each: (each.record.as_of, each.record.ends_at)):
        held = [each for each in held if not _is_same(each.record, fact.record)]
        held.append(fact)
    held = [each for each in held if not _is_left_out(each, lists)]
    return tuple(sorted(held, key=lambda each: each.record.starts_at))


def _is_same(earlier: Leave, later: Leave) -> bool:
    if earlier.id or later.id:
        return earlier.id == later.id
    return earlier.starts_at < later.ends_at and later.starts_at < earlier.ends_at


def _is_left_out(fact: Fact[Leave], lists: Sequence[Fact[LeavesListed]]) -> bool:
    later = (
        each.record.as_of for each in lists if each.source == fact.source and each.record.as_of > fact.record.as_of
    )
    return any(as_of < fact.record.ends_at for as_of in later)
