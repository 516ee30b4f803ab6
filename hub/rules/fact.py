"""A fact as the rules read it, the order of words about one thing, and the gate that every dated one passes."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import Any, TypeVar

from schemas.position import Provenance
from schemas.record import Record

R = TypeVar("R", bound=Record)
T = TypeVar("T")

AHEAD = timedelta(minutes=5)
"""How far ahead of its arrival a study, a result or a punch may be dated and still count at its own instant."""
FAR_AHEAD = timedelta(hours=24)
BACKDATED = timedelta(days=7)


class Rank(IntEnum):
    """Whose word about a credential number holds over whose."""

    OPENING = 1
    REGISTER = 2
    ISSUER = 3


_BY_RANK: Mapping[Rank, Provenance] = {Rank.OPENING: "person", Rank.REGISTER: "person", Rank.ISSUER: "push"}


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement that was accepted: who said it, when it arrived first, when it was known here."""

    id: str
    source: str
    rank: Rank
    arrived_at: datetime
    known_at: datetime
    record: Record
    provenance: Provenance | None = None
    """How it is known, where its source says so."""
    doubt: str = ""
    """Why its date proves nothing by itself, as found when it arrived first (``clock_skew``, ``behind_mark``)."""
    beside: tuple[str, ...] = ()
    """Ids of the facts that say how it is to be read: what was stated of its device's clock."""

    @property
    def known_by(self) -> Provenance:
        """How what it says of a credential is known: as its source says, or as whoever is of its rank tells."""
        return self.provenance or _BY_RANK[self.rank]

    @property
    def said_at(self) -> datetime:
        """When its sender said it; never later than it arrived."""
        stated = getattr(self.record, "said_at", None) or getattr(self.record, "as_of", None)
        return self.arrived_at if stated is None else min(stated, self.arrived_at)

    @property
    def at(self) -> tuple[datetime, datetime]:
        """Its place in time among words about one thing: later said, later arrived."""
        return self.said_at, self.arrived_at

    @property
    def order(self) -> tuple[int, str, int, str]:
        """Its place among those of one place in time: stricter, then the greater digest.

        Of one word by two ways that of the higher rank comes last.
        """
        record = self.record
        return record.strictness, digest_of(record), self.rank, self.source


@lru_cache(maxsize=4096)
def digest_of(record: Record) -> str:
    """The digest of what a record says."""
    return hashlib.sha256(record.model_dump_json().encode()).hexdigest()


def sorted_by(items: Iterable[T], place: Callable[[T], Any], order: Callable[[T], Any]) -> list[T]:
    """Items by their place, those of one place by an order that costs more to find."""
    items = list(items)
    if len(items) < 2:
        return items
    placed = sorted(((place(each), each) for each in items), key=itemgetter(0))
    if any(one[0] == other[0] for one, other in pairwise(placed)):
        placed.sort(key=lambda entry: (entry[0], order(entry[1])))
    return [each for _place, each in placed]


def of_kind(facts: Iterable[Fact], kind: type[R]) -> list[tuple[Fact, R]]:
    """Facts of one kind with their records, in the order in which they were said."""
    found = [(fact, fact.record) for fact in facts if isinstance(fact.record, kind)]
    return sorted_by(found, lambda pair: pair[0].at, lambda pair: pair[0].order)


@dataclass(frozen=True, slots=True)
class Gated:
    """When a study or a result counts, what is flagged about its date, and whether HR must decide first."""

    at: datetime
    flag: str = ""
    disputed: bool = False


def gate(occurred_at: datetime, arrived_at: datetime) -> Gated:
    """The gate at arrival of a study or result: one dated ahead counts when it arrived, far ahead only by HR's word."""
    ahead = occurred_at - arrived_at
    if ahead > AHEAD:
        return Gated(arrived_at, "dated_ahead", disputed=ahead > FAR_AHEAD)
    return Gated(occurred_at, "backdated" if -ahead > BACKDATED else "")
