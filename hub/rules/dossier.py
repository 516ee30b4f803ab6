"""What the rules see of one person, and what they answer: plain immutable values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar

from schemas.credential import CredentialStatus, Status
from schemas.learning import Result
from schemas.notice import Notice
from schemas.people import Assignment, Leave
from schemas.record import Record

RequirementState = Literal["met", "not_met", "unknown"]
R_co = TypeVar("R_co", bound=Record, covariant=True)


Ids = tuple[str, ...]
"""Ids of facts, in one order, each once."""


def ids(facts: Iterable[str]) -> Ids:
    """Ids in their order, each once."""
    return tuple(sorted(set(facts)))


@dataclass(frozen=True, slots=True)
class Fact(Generic[R_co]):
    """A record as it is known: its id here, the instance it came by, when it arrived and when it was accepted.

    ``arrived_at`` is the first arrival of its bytes; ``known_at`` is later where it was held or kept aside first.
    """

    id: str
    source: str
    arrived_at: datetime
    known_at: datetime
    record: R_co


@dataclass(frozen=True, slots=True)
class NotedSpan:
    """A stretch of time with the reason why it is noted: deducted time, a break, an anomaly. Half-open."""

    reason: str
    starts_at: datetime
    ends_at: datetime

    @property
    def seconds(self) -> int:
        """Whole seconds from start to end."""
        return int((self.ends_at - self.starts_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Attended:
    """Attendance of a scheduled session, of one local day of an online course, or of opening hours, folded.

    ``credited_seconds`` never exceeds what was observed, less ``deducted``. ``inputs`` is the digest of all facts
    that went in: same inputs, same settings, same record. ``evidence`` are their ids.
    """

    unit: str
    course: str
    mode: Literal["room", "online", "opening"]
    starts_at: datetime
    ends_at: datetime
    required_seconds: int
    credited_seconds: int
    status: Literal["complete", "incomplete", "absent", "pending_review", "unknown", "running"]
    deducted: tuple[NotedSpan, ...] = ()
    flags: tuple[NotedSpan, ...] = ()
    completed_at: datetime | None = None
    inputs: str = ""
    evidence: Ids = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is known of one person at one instant.

    Assignments and credentials are all that was ever said; the rules find which of them hold.
    """

    person: str
    assignments: tuple[Fact[Assignment], ...] = ()
    leaves: tuple[Fact[Leave], ...] = ()
    credentials: tuple[Fact[CredentialStatus], ...] = ()
    attended: tuple[Attended, ...] = ()
    results: tuple[Fact[Result], ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """How one requirement stands: state, since when, the figures it was judged by, when it may change by itself.

    ``evidence`` are the ids of the facts that it rests on.
    """

    requirement: str
    state: RequirementState
    since: datetime | None
    figures: tuple[tuple[str, str], ...]
    reason: str = ""
    next_look: datetime | None = None
    evidence: Ids = ()


@dataclass(frozen=True, slots=True)
class CredentialState:
    """A credential of the position as it stands for this person (the employer's own, or an authority's)."""

    credential: str
    status: Status
    valid_from: datetime | None
    valid_until: datetime | None
    own: bool
    explicit: bool = False
    """Whether its issuer suspended or revoked it in so many words."""
    evidence: Ids = ()
    """Ids of the facts that granted, renewed or took it."""


@dataclass(frozen=True, slots=True)
class HeldNumber:
    """A number under which a credential holds until an instant (``None``: open). Ours has none: it is empty."""

    credential: str
    number: str
    until: datetime | None


Alternatives = tuple[HeldNumber, ...]
"""Numbers of which one must hold."""


@dataclass(frozen=True, slots=True)
class RestsOn:
    """What a rung that is reached rests on: all of ``needs``, each by one of its alternatives. Empty: no credential."""

    scope: str
    needs: tuple[Alternatives, ...]


@dataclass(frozen=True, slots=True)
class Hold:
    """One cause that keeps a scope lower. It is removed by its own cure, and by nothing else."""

    cause: str
    below: str
    reason: str
    figures: tuple[tuple[str, str], ...]
    cure_zh: str
    cure_en: str
    explicit: bool = False
    evidence: Ids = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Scope permitted in one position, why, what would cure it, whom to tell, and when to look again.

    ``evidence`` are the ids of all facts that scope and holds rest on; ``rests_on`` are the credentials of each rung
    that is reached, the lowest first.
    """

    position: str
    scope: str
    holds: tuple[Hold, ...] = ()
    findings: tuple[Finding, ...] = ()
    credentials: tuple[CredentialState, ...] = ()
    notices: tuple[Notice, ...] = ()
    next_look: datetime | None = None
    evidence: Ids = ()
    rests_on: tuple[RestsOn, ...] = ()
