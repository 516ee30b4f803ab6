"""What one person did in one session, or on one day of an online course: the evidence that hours and rates count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import attrgetter, lt
from typing import Literal

from hub.rules.span import Spans
from hub.rules.timeline import BEGINNING

UnitKind = Literal["session", "study", "opening", "credited"]
"""A session in a room, a local day of a study, hours earned before the hub began, hours that HR credited."""

UnitStatus = Literal["pending", "unknown", "complete", "incomplete", "absent", "excused"]

Completion = Literal["none", "open", "counted"]
"""Whether an online course was completed by then: not, yes but it cannot be told whether it counts, yes."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A stretch of time and why it is noted (``late``, ``mid_leave``, ``idle``, ``disputed`` ...). Half-open."""

    reason: str
    starts_at: datetime
    ends_at: datetime

    @property
    def seconds(self) -> int:
        """Whole seconds from start to end."""
        return int((self.ends_at - self.starts_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of attendance, folded from evidence by the course version in force when it was over.

    Times are whole seconds. ``required`` is what full presence would earn outside leave; ``credited`` is proven;
    ``open`` cannot be told yet and is part of neither. One second of a person is credited in one unit.
    A unit that is not over yet has the status ``pending`` and counts in no sum before ``over_at``.
    """

    id: str
    """Its identity: the session, or course, pass and local day. A later fold of it has the same."""
    kind: UnitKind
    course: str
    starts_at: datetime
    over_at: datetime
    """The session's end; the last activity of the day."""
    required: int
    credited: int
    open: int = 0
    status: UnitStatus = "complete"
    intervals: Spans = ()
    """The time that is credited."""
    deducted: tuple[Noted, ...] = ()
    """The time that is not, with its reason, open time included."""
    reasons: tuple[str, ...] = ()
    """Why it stands so, the strongest first (``no_sign_out``, ``unwitnessed``, ``completed_too_fast`` ...)."""
    refs: tuple[str, ...] = ()
    """Ids of the facts it was folded from."""
    known_at: datetime = BEGINNING
    """When the last word was known by which it stands so: of these facts, or one that took something from it."""
    category: str = ""
    """Of the course; groups of an hours requirement go by it."""
    study: str = ""
    """The pass of an online course that this day belongs to; empty for a session."""
    repeats: bool = False
    """Whether another pass of the same course in one period counts again."""
    completion: Completion = "none"
    completed_at: datetime | None = None
    makes_up: str = ""
    """The unit that this one makes up for, if it does."""
    deferred_until: datetime | None = None
    """Approved deferral: nothing is required before this due instant."""
    open_since: datetime | None = None
    """Since when time is or was open and overdue; ageing (``unknown.settle_after``) counts from there."""
    ruled_at: datetime | None = None
    """When a person at HR decided last that some of it does not count: what had aged until then was settled."""
    settled_by: str = ""
    """What settled it ahead of ageing (``retired``), so that it asks nobody any more."""
    decided: str = ""
    """How a person at HR decided of it (``credited``, ``rejected`` ...), the last decision; empty where none did."""
    next_at: datetime | None = None
    """When the fold may change by itself: its end, or the end of settling."""

    @property
    def counted(self) -> int:
        """What counts for the rate: credited up to what is still required."""
        return min(self.credited, self.required)

    @property
    def ground(self) -> str:
        """What an issue remembers of it, to see later whether it still stands so."""
        return f"{self.course}:{self.credited}/{self.required}"

    def credited_less(
        self, lost: int, *, open_: int, intervals: Spans, noted: tuple[Noted, ...], reason: str, known_at: datetime
    ) -> "Unit":
        """The same with so many seconds less, some of them open; written out, as a dossier may hold hundreds."""
        return Unit(
            self.id,
            self.kind,
            self.course,
            self.starts_at,
            self.over_at,
            self.required,
            self.credited - lost,
            self.open + open_,
            self.status,
            intervals,
            self.deducted + noted,
            self.reasons if not reason or reason in self.reasons else (*self.reasons, reason),
            self.refs,
            known_at,
            self.category,
            self.study,
            self.repeats,
            self.completion,
            self.completed_at,
            self.makes_up,
            self.deferred_until,
            self.open_since or (self.over_at if open_ else None),
            self.ruled_at,
            self.settled_by,
            self.decided,
            self.next_at,
        )


def in_order(units: Iterable[Unit]) -> Sequence[Unit]:
    """Units in the order in which they were over: mostly they come so."""
    found = list(units)
    over = [unit.over_at for unit in found]
    if all(map(lt, over, islice(over, 1, None))):
        return found
    return sorted(found, key=attrgetter("over_at", "id"))
