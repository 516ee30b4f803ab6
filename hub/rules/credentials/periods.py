"""The periods that active words state of one number: dates complete each other, a later period rules from its start."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import get_args
from zoneinfo import ZoneInfo

from hub.rules.calendar import add, end_after
from hub.rules.credentials.words import Word
from hub.rules.fact import Fact, Rank
from hub.rules.span import Span
from hub.rules.timeline import END
from schemas.position import Provenance

_PROVENANCE: tuple[Provenance, ...] = get_args(Provenance)
"""From the least to the best."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A period of a number as it was stated, by whom, and the end of it that holds by then."""

    start: datetime
    end: datetime
    rank: Rank
    said: tuple[Fact, ...]
    reviews: tuple[tuple[datetime, datetime], ...] = ()
    """From when the issuer says by when its own review must be done, in the order in which it said so."""

    @property
    def span(self) -> Span:
        """From when to when."""
        return Span(self.start, self.end)

    @property
    def known_by(self) -> Provenance:
        """How it is known: by the best of the words that state it."""
        return max((fact.known_by for fact in self.said), key=_PROVENANCE.index)

    def sufficient_from(self, least: Provenance | None) -> datetime | None:
        """From when it is known well enough; never, if it is not."""
        if least is None:
            return self.start
        needed = _PROVENANCE.index(least)
        good = [fact.arrived_at for fact in self.said if _PROVENANCE.index(fact.known_by) >= needed]
        return max(self.start, min(good)) if good else None


@dataclass(frozen=True, slots=True)
class Length:
    """How long a credential holds that is stated without dates: the length of an own one, open for an authority's."""

    valid_for: str | None
    zone: ZoneInfo

    def end(self, start: datetime) -> datetime:
        """When it ends if it began then."""
        return END if self.valid_for is None else end_after(start, self.valid_for, self.zone)

    def start(self, end: datetime, otherwise: datetime) -> datetime:
        """When it began if it ends then."""
        return otherwise if self.valid_for is None else add(end, self.valid_for, self.zone, -1)


def stated_periods(words: Iterable[Word], length: Length) -> tuple[Stated, ...]:
    """The periods of one number, each cut where a later one begins; what a higher rank has said stays as it is.

    The words come in the order that holds. A lower rank adds a period of which the higher one has said nothing.
    """
    known: dict[datetime, Stated] = {}
    undated: Stated | None = None
    for word in words:
        if word.closes:
            continue
        if word.dated:
            known = _with(known, word, length)
        elif not known and undated is None and word.fact.rank is not Rank.OPENING:
            start = word.acts_at
            undated = Stated(start, length.end(start), word.fact.rank, (word.fact,), _review(word))
        elif word.stated.review_due and known:
            known = _reviewed(known, word)
    found = sorted(known.values(), key=_start) or ([undated] if undated else [])
    return _cut(_of_highest(found))


def _with(known: dict[datetime, Stated], word: Word, length: Length) -> dict[datetime, Stated]:
    said, rank = word.stated, word.fact.rank
    start = said.valid_from
    if start is None:
        assert said.valid_until is not None
        mine = [each for each in known.values() if each.rank >= rank]
        start = max(mine, key=_start).start if mine else length.start(said.valid_until, word.acts_at)
    before = known.get(start)
    if before is not None and before.rank > rank:
        return known
    end = said.valid_until or (before.end if before is not None else _last_end(known, start, length))
    sources = (word.fact,) if before is None or before.end != end else (*before.said, word.fact)
    reviews = (*(before.reviews if before is not None else ()), *_review(word))
    return {**known, start: Stated(start, end, rank, sources, reviews)}


def _reviewed(known: dict[datetime, Stated], word: Word) -> dict[datetime, Stated]:
    last = max(known.values(), key=_start)
    return {**known, last.start: replace(last, reviews=(*last.reviews, *_review(word)))}


def _review(word: Word) -> tuple[tuple[datetime, datetime], ...]:
    return () if word.stated.review_due is None else ((word.acts_at, word.stated.review_due),)


def _last_end(known: dict[datetime, Stated], start: datetime, length: Length) -> datetime:
    ends = [each.end for each in known.values() if each.end > start]
    return max(ends) if ends and length.valid_for is None else length.end(start)


def _of_highest(found: Sequence[Stated]) -> list[Stated]:
    """Without the periods that a lower rank states of a time of which a higher one has spoken."""
    return [each for each in found if not any(other.rank > each.rank and _overlap(other, each) for other in found)]


def _overlap(one: Stated, other: Stated) -> bool:
    return one.start < other.end and other.start < one.end


def _cut(found: Sequence[Stated]) -> tuple[Stated, ...]:
    """Each period to the start of the next one that touches it: from then on its own end rules."""
    cut: list[Stated] = []
    for each in found:
        while cut and cut[-1].end > each.start:
            last = cut.pop()
            if last.start < each.start:
                cut.append(replace(last, end=each.start))
        cut.append(each)
    return tuple(each for each in cut if each.start < each.end)


def _start(period: Stated) -> datetime:
    return period.start
