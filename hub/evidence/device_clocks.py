"""How far the clocks of devices were off, as people stated it: what a terminal recorded then is of another instant.

A statement reaches what its device had recorded in a time by its own clock: all that had come before it was said, and
later what was dated ahead of its arrival; else a clock that was mended meanwhile would be moved as well. Of several
statements that reach one punch the one that was said last holds.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from hub.clock import to_us
from hub.evidence.facts import fact_of, that_hold
from hub.identity.links import OPEN
from hub.rules.fact import Fact
from hub.store.statement import Connection
from hub.store.tables import facts
from schemas.attendance import ClockOffset

_SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class StatedOffset:
    """A statement about a device: ``start`` and ``end`` of the time by its clock, what is to be added, when it was
    said; stored microseconds."""

    device: str
    start: int
    end: int
    offset: int
    said: int
    fact: Fact

    def reaches(self, device: str, at: int, arrived_at: int, *, ahead: bool) -> bool:
        """Whether it says when something was that its device recorded; ``ahead``: dated ahead of its arrival."""
        return self.device == device and self.start <= at < self.end and (ahead or arrived_at <= self.said)


class DeviceClocks:
    """The statements that hold, the last one first."""

    def __init__(self, stated: Sequence[StatedOffset]) -> None:
        self._stated = stated

    @classmethod
    def read(cls, store: Connection, known_by: int = OPEN) -> Self:
        """Those that were known by an instant."""
        rows = that_hold(store.all(facts.of_devices, {"kind": ClockOffset.KIND, "known_by": known_by}))
        found = [_stated(fact_of(row, ClockOffset)) for row in rows]
        return cls(sorted(found, key=lambda each: (-each.said, each.fact.id)))

    def windows(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The times by devices' clocks, each inclusive, in which what happened between two instants may stand."""
        yield start, end
        for each in self._stated:
            low, high = max(start - each.offset, each.start), min(end - each.offset, each.end)
            if each.offset and low <= high:
                yield low, high

    def of(self, device: str, at: int, arrived_at: int, *, ahead: bool) -> StatedOffset | None:
        """The statement that says when something was that a device recorded; nothing where none does."""
        reaching = (each for each in self._stated if each.reaches(device, at, arrived_at, ahead=ahead))
        return next(reaching, None)


def offsets_of(device: str, store: Connection) -> Iterable[int]:
    """All that was ever said to be added to a device's time, none too; stored microseconds."""
    rows = store.all(facts.of_devices, {"kind": ClockOffset.KIND, "known_by": OPEN})
    said = (_stated(fact_of(row, ClockOffset)) for row in rows if row.topic == device)
    return {0, *(each.offset for each in said)}


def _stated(fact: Fact) -> StatedOffset:
    assert isinstance(fact.record, ClockOffset)
    said = fact.record
    offset = said.offset_seconds * _SECOND_US
    return StatedOffset(said.subject, to_us(said.starts_at), to_us(said.ends_at), offset, to_us(said.as_of), fact)
