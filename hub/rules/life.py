"""The life of one credential of one person: when it is held and by which numbers, and what happened in it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from hub.rules.span import Spans
from hub.rules.timeline import Timeline
from hub.rules.values import Alarm, Event, Kept, Period, State, Verdict
from schemas.credential import Status
from schemas.decision import Issued
from schemas.position import Provenance


@dataclass(frozen=True, slots=True)
class CredentialState:
    """A credential as it stands at an instant: held until when, or not held since when and why.

    ``bound`` is the end of its present period, exclusive; ``parts`` are what grants or renews it.
    """

    credential: str
    own: bool
    status: Status
    number: str = ""
    valid_from: datetime | None = None
    bound: datetime | None = None
    reason: str = ""
    ended_at: datetime | None = None
    explicit: bool = False
    since: datetime | None = None
    stated_at: datetime | None = None
    """When the word that states its present end arrived; an own one's end is known from its issue."""
    parts: tuple[Verdict, ...] = ()
    refs: tuple[str, ...] = ()
    given_by: tuple[str, ...] = ()
    """The facts by which an own one was given and renewed, once they are spelt out."""
    unknown: bool = False
    """Whether it cannot be told whether it will be granted, or holds."""
    known_by: Provenance | None = None
    """How the word is known that states its present period, or that closed it; nothing where the hub itself gave it."""
    giving: Callable[[], tuple[str, ...]] | None = field(default=None, compare=False, repr=False)
    """Spells them out: years of units, which most looks at a person never ask for."""

    def rests_on(self) -> tuple[str, ...]:
        """The facts by which it was given, those of its own words first."""
        return (*self.refs, *(self.given_by if self.giving is None else self.giving()))

    def spelt(self) -> "CredentialState":
        """The same with its facts spelt out, those of its parts too: as it is kept."""
        given_by = self.given_by if self.giving is None else self.giving()
        return replace(self, parts=tuple(part.spelt() for part in self.parts), given_by=given_by, giving=None)


@dataclass(frozen=True, slots=True)
class ExamSeat:
    """Who may sit an exam for a credential: all other parts are met. ``sat_before`` are passes from before that."""

    requirement: str
    exam: str
    credential: str
    eligible: bool
    passed: bool
    sat_before: tuple[str, ...] = ()


class Demanded(Protocol):
    """What the present cycle of a credential demands, at any instant of it."""

    def progress(self, instant: datetime) -> State:
        """How all that binds stands by then."""

    def verdicts(self, instant: datetime) -> tuple[Verdict, ...]:
        """How each demand stands by then."""


class ToIssue(Protocol):
    """A period that the hub has to issue, in a post."""

    @property
    def position(self) -> str:
        """The post."""

    def record(self, subject: str) -> Issued:
        """The fact to be written."""


def _no_periods(requirement: str) -> tuple[Period, ...]:
    del requirement
    return ()


@dataclass(frozen=True, slots=True)
class Life:
    """A credential over time: what holds it at each instant, its events, and what the hub has to issue for it.

    ``numbers`` are those that hold; none, where it is not held. ``looks`` are instants at which it may change.
    """

    credential: str
    own: bool
    numbers: Timeline[tuple[str, ...]]
    state: Callable[[datetime], CredentialState]
    events: tuple[Event, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    kept: tuple[Kept, ...] = ()
    looks: tuple[datetime, ...] = ()
    issues: tuple[ToIssue, ...] = ()
    runs: Spans = ()
    """When it is held without interruption."""
    closings: tuple[datetime, ...] = ()
    """When issuers' closing words act, whatever else had ended by then."""
    ends: tuple[tuple[str, datetime], ...] = ()
    """The ends of its numbers that are stated, the earliest first."""
    demanded: Demanded | None = None
    periods_of: Callable[[str], tuple[Period, ...]] = _no_periods
    """The periods over which a requirement is judged for it."""
    exams: tuple[ExamSeat, ...] = ()

    def until(self, number: str, instant: datetime) -> datetime | None:
        """When a number that holds at an instant ends by what is known; nothing, while nobody has said."""
        return next((end for name, end in self.ends if name == number and end > instant), None)

    def held(self, instant: datetime) -> bool:
        """Whether it is held at an instant."""
        return bool(self.numbers.at(instant))
