"""What the walk of an own credential finds: its stretches, how each ended, its events, and when to look again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from hub.rules.credentials.demanded import CycleDemands
from hub.rules.credentials.restore import Cure
from hub.rules.span import Span
from hub.rules.values import Event, Kept
from schemas.credential import Status
from schemas.position import Provenance


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch in which a number holds by what the hub gave; ``bound`` is the end of its present period."""

    span: Span
    number: str
    bound: datetime
    stated_at: datetime | None = None
    known_by: Provenance | None = None
    given_by: Callable[[], tuple[str, ...]] = tuple
    """The facts by which it was given."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A word that ended the credential for good, of one of its numbers."""

    number: str
    kind: Status
    at: datetime
    ref: str


@dataclass(frozen=True, slots=True)
class Ending:
    """How a stretch of the life ended or will: its cycle's demands, and the word that ended it."""

    kind: Literal["held", "lapsed", "closed", "ground_lost"]
    at: datetime
    demands: CycleDemands | None = None
    closed: Closed | None = None


@dataclass(slots=True)
class Found:
    """What a walk has found."""

    runs: list[Run] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    looks: list[datetime] = field(default_factory=list)
    ending: Ending | None = None
    cycles: list[CycleDemands] = field(default_factory=list)
    cure: Cure | None = None

    @property
    def cycle(self) -> CycleDemands | None:
        """The last cycle."""
        return self.cycles[-1] if self.cycles else None

    def begin(self, cycle: CycleDemands) -> CycleDemands:
        """The demands of the cycle that runs from now on."""
        self.cycles.append(cycle)
        return cycle

    def end(self, ending: Ending) -> None:
        """Take down how the last stretch ended."""
        self.ending = ending

    def seek(self, cure: Cure) -> Cure:
        """The cure of the last lapse."""
        self.cure = cure
        return cure
