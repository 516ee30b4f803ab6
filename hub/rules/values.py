"""What the rules answer with: verdicts, periods, events, holds, cures and the standing they make up."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from hub.rules.timeline import END
from hub.rules.unit import Unit

State = Literal["met", "not_met", "unknown"]

Figures = tuple[tuple[str, str], ...]
"""Name and value, in the order in which they are told."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A stretch over which something is demanded. Evidence belongs to it if ``start < over_at <= end``.

    It is judged at ``due``: its end, or later by an approved deferral.
    """

    start: datetime
    end: datetime
    due: datetime

    def holds(self, over_at: datetime) -> bool:
        """Whether evidence that is over at an instant belongs to it."""
        return self.start < over_at <= self.end


def period(start: datetime, end: datetime = END, due: datetime | None = None) -> Period:
    """A period that is due at its end unless said otherwise."""
    return Period(start, end, due or end)


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of the units of a requirement, in the order in which they were over; spelt out when it is read."""

    units: Sequence[Unit] = ()
    first: int = 0
    bound: int = 0

    def read(self) -> Sequence[Unit]:
        """The units."""
        return self.units[self.first : self.bound]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a requirement stands: ``met``, ``not_met`` or ``unknown``, since when, and the figures it was judged by.

    ``missing`` is what would have to be added in seconds (hours) or in number; ``refs`` are the facts it rests on.
    """

    requirement: str
    state: State
    since: datetime | None = None
    figures: Figures = ()
    reason: str = ""
    missing: int = 0
    parts: tuple["Verdict", ...] = ()
    refs: tuple[str, ...] = ()
    period: Period | None = None
    units: Slice | None = field(default=None, compare=False, repr=False)

    def spelt(self) -> "Verdict":
        """The same with its facts spelt out, those of its units too: as it is kept."""
        units = () if self.units is None else self.units.read()
        refs = dict.fromkeys([*self.refs, *(ref for unit in units for ref in unit.refs)])
        parts = tuple(part.spelt() for part in self.parts)
        return replace(self, refs=tuple(refs), parts=parts, units=None)

    def rests_on(self) -> tuple[str, ...]:
        """The facts that it and its parts rest on, those of units too."""
        units = () if self.units is None else self.units.read()
        of_units = (ref for unit in units for ref in unit.refs)
        return tuple(dict.fromkeys([*self.refs, *of_units, *(ref for part in self.parts for ref in part.rests_on())]))


EventKind = Literal[
    "granted",
    "renewal_ready",
    "renewed",
    "restored",
    "corrected",
    "ground_lost",
    "check_passed",
    "check_failed",
    "cure_opened",
    "cured",
    "cure_missed",
    "checkpoint_failed",
    "debt",
    "note",
    "deferred",
    "expired",
    "lapsed",
    "suspended",
    "revoked",
    "superseded",
    "reinstated",
    "dates_changed",
    "withdrawn",
    "extended",
    "widened",
    "narrowed",
]


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """What happened in the life of a credential, a scope or a probation, at its own exact instant."""

    at: datetime
    kind: EventKind
    subject: str
    until: datetime | None = None
    figures: Figures = ()
    refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class HeldNumber:
    """A number by which a credential is held, until when (``None``: open). ``own``: the hub itself gave it.

    The credential is called as its issuer's words call it.
    """

    credential: str
    number: str
    until: datetime | None = None
    own: bool = False


Alternatives = tuple[HeldNumber, ...]
"""Numbers of which one must hold."""


@dataclass(frozen=True, slots=True)
class RestsOn:
    """What a rung that stands rests on: all of ``needs``, each by one of its alternatives. Empty: no credential."""

    scope: str
    needs: tuple[Alternatives, ...]


@dataclass(frozen=True, slots=True)
class Cure:
    """What removes one hold and no other: what is to be done, by whom, until when it helps."""

    zh: str
    en: str
    by: Literal["person", "hr", "issuer", "source", "time"] = "person"
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """One cause that keeps a scope lower. ``explicit``: its issuer closed it, or a person did, in so many words."""

    cause: str
    below: str
    reason: str
    cure: Cure
    figures: Figures = ()
    since: datetime | None = None
    explicit: bool = False
    refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """What keeps a scope that would fall otherwise (``unknown_grace``, ``not_warned``, ``holders_keep_until`` ...)."""

    by: str
    cause: str
    until: datetime


@dataclass(frozen=True, slots=True, order=True)
class Alarm:
    """Something a person must look at: contradicting words, a forged or stray one. It closes and opens nothing."""

    code: str
    subject: str
    refs: tuple[str, ...] = ()
