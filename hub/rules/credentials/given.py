"""Periods of an own credential that stand whatever the rules say now: issued by the hub, or stated when it opened."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from hub.rules.credentials.numbers import Number
from hub.rules.fact import Fact, Rank, of_kind
from hub.rules.timeline import BEGINNING
from hub.rules.values import Verdict
from schemas.decision import Ground, Issued
from schemas.position import Provenance

Manner = Literal["granted", "renewed", "restored"]


@dataclass(frozen=True, slots=True)
class Given:
    """A period of an own credential. ``issued``: the fact, where the hub wrote one; ``settled_at`` of an opening."""

    start: datetime
    end: datetime
    number: str
    manner: Manner
    first_at: datetime
    times: int = 1
    settled_at: datetime = BEGINNING
    issued: Issued | None = None
    refs: tuple[str, ...] = ()
    stated_at: datetime | None = None
    """When the word arrived that states its end, where the hub did not issue it."""
    known_by: Provenance | None = None
    """How that word is known."""
    known_at: datetime = BEGINNING
    """When it was issued: by what was known then."""

    @property
    def beginning(self) -> tuple[str, datetime]:
        """What tells it from every other one: its number, and from when it is held under that."""
        return self.number, self.start


@dataclass(frozen=True, slots=True)
class IssueDue:
    """A period that the hub has to issue, with what it rests on."""

    position: str
    credential: str
    given: Given
    version: str
    grounds: Callable[[], tuple[Ground, ...]] = field(compare=False, repr=False)

    def record(self, subject: str) -> Issued:
        """The fact to be written."""
        return Issued(
            subject=subject,
            position=self.position,
            credential=self.credential,
            number=self.given.number,
            manner=self.given.manner,
            issued_from=self.given.start,
            issued_until=self.given.end,
            first_at=self.given.first_at,
            times=self.given.times,
            version=self.version,
            grounds=self.grounds(),
        )


def number_of(person: str, credential: str, instant: datetime) -> str:
    """The number of what is issued: it follows from person, credential and instant, never from a counter."""
    said = f"{person}\n{credential}\n{instant.isoformat()}"
    return f"{credential[:24]}-{instant:%Y%m%d}-{hashlib.sha256(said.encode()).hexdigest()[:8]}"


def givens(
    position: str, credential: str, facts: Iterable[Fact], stated: Sequence[Number], least: Provenance | None
) -> list[Given]:
    """All that was issued or stated, the earliest first."""
    found = [*_issued(position, credential, facts), *(each for number in stated for each in _stated(number, least))]
    return sorted(found, key=lambda each: (each.start, each.end, each.number))


def grounds_of(verdicts: Iterable[Verdict]) -> tuple[Ground, ...]:
    """What verdicts rest on: the units that were counted, and the facts."""
    found: dict[tuple[str, str], Ground] = {}
    for each in _all(verdicts):
        for unit in () if each.units is None else each.units.read():
            found["unit", unit.id] = Ground(kind="unit", ref=unit.id, stood=unit.ground)
        for ref in each.refs:
            found["fact", ref] = Ground(kind="fact", ref=ref, stood="")
    return tuple(found[key] for key in sorted(found))


def refs_of(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    """The facts that verdicts rest on, those of the units that were counted among them."""
    units: dict[str, tuple[str, ...]] = {}
    facts: set[str] = set()
    for each in _all(verdicts):
        units.update((unit.id, unit.refs) for unit in (() if each.units is None else each.units.read()))
        facts.update(each.refs)
    return tuple(dict.fromkeys([*sorted(facts), *(ref for id in sorted(units) for ref in units[id])]))


def _all(verdicts: Iterable[Verdict]) -> Iterable[Verdict]:
    for each in verdicts:
        yield each
        yield from _all(each.parts)


def _issued(position: str, credential: str, facts: Iterable[Fact]) -> Iterable[Given]:
    seen: set[str] = set()
    for fact, said in of_kind(facts, Issued):
        if (said.position, said.credential) == (position, credential) and said.number not in seen:
            seen.add(said.number)
            yield Given(
                said.issued_from,
                said.issued_until,
                said.number,
                said.manner,
                said.first_at,
                said.times,
                issued=said,
                refs=(fact.id,),
                known_at=fact.known_at,
            )


def _stated(number: Number, least: Provenance | None) -> Iterable[Given]:
    for each in number.periods:
        start = each.sufficient_from(least)
        if start is None or start >= each.end:
            continue
        opened = [fact.said_at for fact in each.said if fact.rank is not Rank.ISSUER]
        settled = min(opened) if opened else BEGINNING
        refs = tuple(fact.id for fact in each.said)
        arrived = each.said[0].arrived_at
        yield Given(
            start,
            each.end,
            number.number,
            "granted",
            each.start,
            1,
            settled,
            refs=refs,
            stated_at=arrived,
            known_by=each.known_by,
        )
