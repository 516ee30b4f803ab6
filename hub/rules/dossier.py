"""What the rules see of one person, and what they answer: plain immutable values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from schemas.credential import CredentialStatus, Status
from schemas.learning import Result
from schemas.notice import Notice
from schemas.people import Assignment, Leave

RequirementState = Literal["met", "not_met", "unknown"]


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
    """Folded attendance of one unit: a scheduled session, one local day of an online course, or opening hours.

    ``credited_seconds`` never exceeds what was observed, less ``deducted``. ``inputs`` is the digest of all facts
    that went in: same inputs, same settings, same record.
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


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is known of one person at one instant.

    Assignments and credentials are all that was ever said; the rules find which of them hold.
    """

    person: str
    assignments: tuple[Assignment, ...] = ()
    leaves: tuple[Leave, ...] = ()
    credentials: tuple[CredentialStatus, ...] = ()
    attended: tuple[Attended, ...] = ()
    results: tuple[Result, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """How one requirement stands: state, since when, the figures it was judged by, when it may change by itself."""

    requirement: str
    state: RequirementState
    since: datetime | None
    figures: tuple[tuple[str, str], ...]
    reason: str = ""
    next_look: datetime | None = None


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


@dataclass(frozen=True, slots=True)
class Standing:
    """Scope permitted in one position, why, what would cure it, whom to tell, and when to look again."""

    position: str
    scope: str
    holds: tuple[Hold, ...] = ()
    findings: tuple[Finding, ...] = ()
    credentials: tuple[CredentialState, ...] = ()
    notices: tuple[Notice, ...] = ()
    next_look: datetime | None = None
