"""When a person holds a post: rows that replace each other, and stints that touch and are one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from hub.rules.calendar import add
from hub.rules.fact import Fact, of_kind
from hub.rules.span import Span, Spans, united, without
from hub.rules.timeline import END
from schemas.people import Assignment, AssignmentsListed, Person, Unlisted

_WHOLE = 100


@dataclass(frozen=True, slots=True)
class Stint:
    """A stretch in one post. Evidence windows see it whole; access is open in ``spans`` only.

    ``announced_at`` is when somebody first said that it would begin.
    """

    start: datetime
    end: datetime
    announced_at: datetime
    spans: Spans
    shares: tuple[tuple[Span, int], ...] = ()
    """Of each row, in time: which part of full time it is, in percent."""
    sponsor: str = ""
    refs: tuple[str, ...] = ()

    def holds(self, instant: datetime) -> bool:
        """Whether an instant lies within."""
        return self.start <= instant < self.end


def stints(facts: Sequence[Fact], position: str, zone: ZoneInfo, bridge_days: int = 0) -> tuple[Stint, ...]:
    """The stints of a person in one post, the earliest first; those whose ends touch are one.

    Who leaves the house holds no post from the day after, whatever the rows of the posts say.
    """
    return _joined(_rows(facts, position), zone, bridge_days)


@dataclass(frozen=True, slots=True)
class Sponsored:
    """A time in a post for which somebody answers, and when that was known."""

    position: str
    sponsor: str
    span: Span
    known_at: datetime


def sponsored(facts: Sequence[Fact]) -> Iterator[Sponsored]:
    """Of each post, when somebody answers for the person there, and who, as the roster writes them."""
    named = {said.position for _fact, said in of_kind(facts, Assignment) if said.sponsor}
    for position in sorted(named):
        for row in _rows(facts, position):
            if row.stated.sponsor:
                yield Sponsored(position, row.stated.sponsor, row.span, row.said.known_at)


@dataclass(frozen=True, slots=True)
class Leaving:
    """That a person leaves the house, at the end of the last day, and what says so."""

    at: datetime
    ref: str
    known_at: datetime


def leaving(facts: Iterable[Fact]) -> Leaving | None:
    """When a person leaves, as was said last; nothing where the last word names no day."""
    said = of_kind(facts, Person)
    if not said or (at := said[-1][1].leaves_at) is None:
        return None
    return Leaving(at, said[-1][0].id, said[-1][0].known_at)


def left_out(facts: Iterable[Fact]) -> Fact | None:
    """The word by which a whole roster first named a person no more; nothing where a later one does again."""
    known = list(facts)
    listed = max((fact.at for fact, _said in of_kind(known, Person)), default=None)
    words = [fact for fact, _said in of_kind(known, Unlisted) if listed is None or fact.at > listed]
    return min(words, key=lambda fact: fact.said_at, default=None)


def rows_left_out(facts: Sequence[Fact], position: str, now: datetime) -> list[tuple[Span, Fact]]:
    """The rows of a post that a list of all the person's posts left out, each with the first such list.

    Those by which the post is held, now or later, that no other row gives.
    """
    lists = of_kind(facts, AssignmentsListed)
    rows = [(row, _left_out(row.said, lists)) for row in _rows(facts, position)] if lists else []
    listed = [row.span for row, missed in rows if missed is None]
    ahead = ((row.span, missed) for row, missed in rows if missed is not None and row.span.end > now)
    return [(span, missed) for span, missed in ahead if without([Span(max(span.start, now), span.end)], united(listed))]


def _left_out(said: Fact, lists: Iterable[tuple[Fact, AssignmentsListed]]) -> Fact | None:
    later = (listed for listed, _said in lists if listed.source == said.source and listed.said_at > said.said_at)
    return min(later, key=lambda listed: listed.said_at, default=None)


def part_times(stints: Iterable[Stint]) -> tuple[tuple[Span, int], ...]:
    """When less than full time was held, and how much of it, in percent; rows that overlap add up."""
    rows = [row for each in stints for row in each.shares]
    if all(share == _WHOLE for _span, share in rows):
        return ()
    edges = sorted({edge for span, _share in rows for edge in (span.start, span.end)})
    found = [(Span(start, end), _share_at(start, rows)) for start, end in pairwise(edges)]
    return tuple((span, share) for span, share in found if 0 < share < _WHOLE)


def _share_at(instant: datetime, rows: Iterable[tuple[Span, int]]) -> int:
    return min(sum(share for span, share in rows if span.holds(instant)), _WHOLE)


@dataclass(frozen=True, slots=True)
class _Row:
    stated: Assignment
    announced_at: datetime
    said: Fact
    leaving: Leaving | None = None
    """The last day in the house, where it comes before the end that was said."""

    @property
    def span(self) -> Span:
        end = self.stated.ends_at or END
        return Span(self.stated.starts_at, end if self.leaving is None else self.leaving.at)

    @property
    def refs(self) -> tuple[str, ...]:
        return (self.said.id,) if self.leaving is None else (self.said.id, self.leaving.ref)


def _rows(facts: Sequence[Fact], position: str) -> Sequence[_Row]:
    """The rows of one post that hold, the earliest first, as far as the person is in the house."""
    rows: list[_Row] = []
    for fact, stated in of_kind(facts, Assignment):
        if stated.position == position:
            rows = _stated(rows, _Row(stated, fact.said_at, fact))
    return sorted(_within(rows, leaving(facts)), key=_begins)


def _within(rows: Sequence[_Row], left: Leaving | None) -> Sequence[_Row]:
    """The rows as far as they lie before the end of the last day."""
    if left is None:
        return rows
    before = (row for row in rows if row.span.start < left.at)
    return [replace(row, leaving=left) if left.at < row.span.end else row for row in before]


def _begins(row: _Row) -> tuple[datetime, datetime]:
    return row.span.start, row.span.end


def _stated(rows: Sequence[_Row], new: _Row) -> list[_Row]:
    """The rows once another one is said: it replaces what it states anew, and keeps when that was announced."""
    replaced = [row for row in rows if _same(row, new)]
    kept = [row for row in rows if row not in replaced]
    if new.stated.withdrawn:
        return kept
    announced = min((row.announced_at for row in replaced), default=new.announced_at)
    return [*kept, replace(new, announced_at=min(announced, new.announced_at))]


def _same(row: _Row, new: _Row) -> bool:
    if row.stated.id or new.stated.id:
        return row.stated.id == new.stated.id
    begins, ends = row.span.start == new.span.start, row.span.end == new.span.end
    overlap = row.span.start < new.span.end and new.span.start < row.span.end
    return begins or (ends and overlap)


def _joined(rows: Sequence[_Row], zone: ZoneInfo, bridge_days: int) -> tuple[Stint, ...]:
    found: list[Stint] = []
    for row in rows:
        span = row.span
        if found and span.start <= add(found[-1].end, f"{bridge_days} days", zone):
            found[-1] = _with(found[-1], row)
        else:
            stated = row.stated
            found.append(
                Stint(
                    span.start,
                    span.end,
                    row.announced_at,
                    (span,),
                    ((span, stated.share_percent),),
                    stated.sponsor,
                    row.refs,
                )
            )
    return tuple(found)


def _with(stint: Stint, row: _Row) -> Stint:
    return replace(
        stint,
        end=max(stint.end, row.span.end),
        spans=united((*stint.spans, row.span)),
        shares=(*stint.shares, (row.span, row.stated.share_percent)),
        sponsor=row.stated.sponsor or stint.sponsor,
        refs=(*stint.refs, *row.refs),
    )
