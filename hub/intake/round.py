"""What one round of asking a system brought, and where in its file each item that is not taken stands."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from connectors.port import Page
from schemas.errors import LicetError, UnavailableError
from schemas.expected import of_pattern
from schemas.faults import shown
from schemas.people import Person
from schemas.record import MAIL_ADDRESS, Record
from schemas.transmission import Fault, Item, Outcome, Transmission

REST_SECONDS = 3600.0
"""The longest that a system may ask to be left alone: what it knows of withdrawals must be heard."""
_MAIL = re.compile(MAIL_ADDRESS, re.ASCII)
_ADDRESS = of_pattern(rf"^{MAIL_ADDRESS}$")


class ItemFault(NamedTuple):
    """An item that could not be taken, for whoever asked; what was found in it is kept nowhere but under seal.

    ``line`` is its place in the file that it came from; 0 where that is not known.
    """

    peer: str
    line: int
    where: str
    code: str
    found: str
    expected: str


class HeldItem(NamedTuple):
    """An item that waits because nobody is known by an identifier in it; ``line`` as of an ``ItemFault``."""

    peer: str
    line: int
    identifier: str


@dataclass(slots=True)
class Round:
    """What one round of asking brought: the last page, what became of all items by word, and those not taken.

    ``sources`` are those by whose identifiers it names people.

    Without a page there is the ``error`` because of which nothing was read.
    """

    page: Page | None = None
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[ItemFault] = field(default_factory=list)
    held: list[HeldItem] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)
    error: LicetError | None = None

    @property
    def again_in(self) -> float | None:
        """In how many seconds there is more to ask for."""
        return None if self.page is None else self.page.again_in

    @property
    def rest(self) -> float:
        """For how many seconds the system wants to be left alone, as far as it is."""
        asked = self.error.retry_after if isinstance(self.error, UnavailableError) else None
        return min(asked or 0.0, REST_SECONDS)

    def followed_by(self, later: "Round") -> "Round":
        """This round and its next page."""
        return Round(
            later.page,
            self.counts + later.counts,
            self.faults + later.faults,
            self.held + later.held,
            self.sources | later.sources,
            later.error,
        )


def faults_in(transmission: Transmission, outcomes: Sequence[Outcome]) -> Iterator[ItemFault]:
    """The items of a transmission that could not be taken."""
    lines = _lines(transmission, outcomes)
    for line, each in zip(lines, outcomes, strict=True):
        if isinstance(each, Fault):
            at = int(transmission.context.get("header_line", line)) if each.code == "text.header" else line
            yield ItemFault(transmission.peer, at, each.where, each.code, each.found, each.expected)


def odd_addresses(transmission: Transmission, outcomes: Sequence[Outcome]) -> Iterator[ItemFault]:
    """The people at whose address no mail arrives, as it is none; their rows are taken."""
    for line, each in zip(_lines(transmission, outcomes), outcomes, strict=True):
        for record in each.records if isinstance(each, Item) else ():
            if isinstance(record, Person) and record.mail and not _MAIL.fullmatch(record.mail):
                yield ItemFault(transmission.peer, line, "mail", "schema.charset", shown(record.mail), _ADDRESS)


def _lines(transmission: Transmission, outcomes: Sequence[Outcome]) -> list[int]:
    """Where each item stands in the file that it came from; 0 where that is not known."""
    lines = [int(each) for each in transmission.context.get("lines", "").split()]
    return lines if len(lines) == len(outcomes) else [0] * len(outcomes)


def held_items(transmission: Transmission, outcomes: Sequence[Outcome], held: Sequence[int]) -> Iterator[HeldItem]:
    """The items that wait for somebody; who is withdrawn from something need not be known for that."""
    lines = _lines(transmission, outcomes) if held else []
    for n in held:
        outcome = outcomes[n]
        named = {
            record.subject
            for record in (outcome.records if isinstance(outcome, Item) else ())
            if record.OF_A_PERSON and not getattr(record, "withdrawn", False)
        }
        for identifier in sorted(named):
            yield HeldItem(transmission.peer, lines[n], identifier)


def sources_in(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """The sources by whose identifiers people are named."""
    for record in records_in(outcomes):
        if isinstance(record, Person):
            yield from (identifier.source for identifier in record.identifiers)


def records_in(outcomes: Sequence[Outcome]) -> Iterator[Record]:
    """The records of the items that could be read."""
    for each in outcomes:
        yield from each.records if isinstance(each, Item) else ()
