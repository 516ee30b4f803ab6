"""What the rules are asked about: one person's facts and units, and the versions of all positions and courses."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.rules.calendar import start_of
from hub.rules.fact import Fact
from hub.rules.span import Span
from hub.rules.timeline import BEGINNING, END, Timeline
from hub.rules.unit import Unit
from hub.rules.workdays import WEEKDAYS, Workdays
from schemas.position import Position


@dataclass(frozen=True, slots=True)
class WalkIn:
    """A person was in a session without being enrolled there: how much of it, when it was over, when that was known."""

    session: str
    seconds: int
    over_at: datetime
    known_at: datetime


@dataclass(frozen=True, slots=True)
class LateWord:
    """The plan took a person out of a session that was over; who was to come stays so until somebody decides."""

    session: str
    known_at: datetime


@dataclass(frozen=True, slots=True)
class DoubtedWord:
    """Something was said under a key that somebody else may have had: whose key, of what, and when that was known."""

    owner: str
    kid: str
    kind: str
    topic: str
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is known of one person at one instant.

    ``gone`` says when it was known that a fact or a unit, by its kind and id, was taken away: withdrawn, or moved to
    another person. ``mentors`` gives, for each
    person named as mentor and each position, when that person held full scope there. ``settings`` are those
    of each course by which units are counted, as digests.
    """

    person: str
    facts: Sequence[Fact] = ()
    units: Sequence[Unit] = ()
    gone: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    mentors: Mapping[tuple[str, str], Timeline[bool]] = field(default_factory=dict)
    walk_ins: Sequence[WalkIn] = ()
    late_withdrawals: Sequence[LateWord] = ()
    doubted: Sequence[DoubtedWord] = ()
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PositionVersion:
    """A version of a position and when it is in force. ``name`` is its digest or number, as entries name it."""

    position: Position
    span: Span
    name: str = ""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules of all positions, each in all its versions, the earliest first.

    ``replaced`` names, by course, the older courses whose evidence counts as its own.
    """

    positions: Mapping[str, Sequence[PositionVersion]]
    zone: ZoneInfo
    workdays: Workdays = WEEKDAYS
    replaced: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def current(self, position: str, now: datetime) -> Position:
        """The version of a position in force at an instant."""
        versions = self.positions[position]
        return next((each for each in reversed(versions) if each.span.start <= now), versions[0]).position

    def in_force(self, now: datetime) -> Mapping[str, Position]:
        """All positions as they are in force at an instant; of a thousand, those that are asked for are looked up."""
        return _InForce(self, now)

    def issues(self, position: str) -> bool:
        """Whether a position gives a credential of its own, in any of its versions."""
        return any(rule.own for each in self.positions[position] for rule in each.position.credential.values())


class _InForce(Mapping[str, Position]):
    def __init__(self, rulebook: Rulebook, now: datetime) -> None:
        self._rulebook = rulebook
        self._now = now

    def __getitem__(self, position: str) -> Position:
        return self._rulebook.current(position, self._now)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rulebook.positions)

    def __len__(self) -> int:
        return len(self._rulebook.positions)


def versions(files: Sequence[Position], zone: ZoneInfo, names: Sequence[str] = ()) -> tuple[PositionVersion, ...]:
    """The versions of one position from its files; each is in force until the next one is."""
    dated = [(_starts(each, zone), each, name) for each, name in zip(files, names or [""] * len(files), strict=True)]
    found = sorted(dated, key=lambda one: one[0])
    starts = [BEGINNING, *(start for start, _position, _name in found[1:]), END]
    return tuple(
        PositionVersion(position, Span(starts[n], starts[n + 1]), name)
        for n, (_start, position, name) in enumerate(found)
    )


def _starts(position: Position, zone: ZoneInfo) -> datetime:
    own = ZoneInfo(position.zone) if position.zone else zone
    return BEGINNING if position.effective_from is None else start_of(position.effective_from, own)
