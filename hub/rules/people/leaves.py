"""When a person was away: rows that replace each other, and leave that a later file no longer states."""

from collections.abc import Iterable, Sequence

from hub.rules.fact import Fact, of_kind
from hub.rules.span import Span, Spans, united
from schemas.people import Leave, LeavesListed


def leaves(facts: Iterable[Fact]) -> Spans:
    """The leave that holds, of all that was said. Leave that was over when a file left it out stays.

    HR's files list present leave only, so that an ended one that is gone from them was not withdrawn.
    """
    said = list(facts)
    rows: list[tuple[Fact, Leave]] = []
    for fact, stated in of_kind(said, Leave):
        rows = [row for row in rows if not _same(row[1], stated)]
        if not stated.withdrawn:
            rows.append((fact, stated))
    lists = of_kind(said, LeavesListed)
    return united(Span(row.starts_at, row.ends_at) for fact, row in rows if not _left_out(fact, row, lists))


def _same(row: Leave, new: Leave) -> bool:
    if row.id or new.id:
        return row.id == new.id
    return row.starts_at < new.ends_at and new.starts_at < row.ends_at


def _left_out(fact: Fact, row: Leave, lists: Sequence[tuple[Fact, LeavesListed]]) -> bool:
    later = (said for listed, said in lists if listed.source == fact.source and listed.said_at > fact.said_at)
    return any(said.as_of < row.ends_at for said in later)
