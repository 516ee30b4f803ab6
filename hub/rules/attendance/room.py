"""What a presence earns of one session in a room: what is credited, what is deducted and why, what is open."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from hub.rules.attendance.sightings import Presence
from hub.rules.span import Span, Spans, seconds, shared, united, without
from hub.rules.unit import Noted


@dataclass(frozen=True, slots=True)
class Tolerances:
    """What is forgiven in a session of a course, in seconds; ``cap`` is the most that is forgiven in one session."""

    late: int = 300
    early: int = 300
    leave: int = 600
    cap: int = 1200
    leave_deduction: Literal["full", "excess"] = "full"


@dataclass(frozen=True, slots=True)
class Frame:
    """When a session asks for somebody: its span, the breaks with a place, the seconds of those without one, leaves."""

    starts_at: datetime
    ends_at: datetime
    breaks: Spans = ()
    break_seconds: int = 0
    leaves: Spans = ()

    @property
    def span(self) -> Span:
        """From start to end."""
        return Span(self.starts_at, self.ends_at)

    @property
    def teaching(self) -> Spans:
        """The span without the breaks that have a place."""
        return without([self.span], self.breaks)

    @property
    def expected(self) -> Spans:
        """The teaching outside of leaves: absence is deducted in it alone."""
        return without(self.teaching, self.leaves)


@dataclass(frozen=True, slots=True)
class Credit:
    """Seconds of one session: ``required``, ``credited`` for certain, ``open`` in doubt, and each deduction.

    ``credited`` exceeds ``required`` where somebody came although on leave: it counts for hours in full, for the rate
    up to ``required``.
    """

    required: int
    credited: int
    open: int
    intervals: Spans = ()
    deducted: tuple[Noted, ...] = ()
    doubts: tuple[Noted, ...] = ()


def credit(frame: Frame, found: Presence, tolerances: Tolerances) -> Credit:
    """What a presence in the room earns of a session.

    Open is what would be earned on top if every doubt were presence; so a doubt that changes nothing is none.
    """
    expected = frame.expected
    required = seconds(expected) - _break_share(frame.break_seconds, expected, frame)
    doubtful = [Span(each.starts_at, each.ends_at) for each in found.doubts]
    certain = shared(found.certain, [frame.span])
    sure, deducted = _earned(frame, certain, required, tolerances)
    most, _ = _earned(frame, shared(united([*found.certain, *doubtful]), [frame.span]), required, tolerances)
    inside = [each for each in found.doubts if each.starts_at < frame.ends_at and frame.starts_at < each.ends_at]
    doubts = tuple(inside) if most > sure else ()
    return Credit(required, sure, max(most - sure, 0), shared(certain, frame.teaching), tuple(deducted), doubts)


def _earned(frame: Frame, certain: Spans, required: int, tolerances: Tolerances) -> tuple[int, Sequence[Noted]]:
    if not certain:
        return 0, [Noted("absent", frame.starts_at, frame.ends_at)] if required else []
    missed, unpaid = _missed(frame, certain)
    forgiven, deducted = _forgive(missed, tolerances)
    present = shared(certain, frame.expected)
    owed = seconds(present) - _break_share(unpaid, present, frame) + forgiven
    though_away = seconds(shared(shared(certain, frame.leaves), frame.teaching))
    return min(max(owed, 0), required) + though_away, deducted


@dataclass(frozen=True, slots=True)
class _Gap:
    """A time away: where it lies outside of breaks and leaves, and how much of it is left once a break paid."""

    reason: Literal["late", "mid_leave", "early_leave"]
    where: Spans
    left: int


def _missed(frame: Frame, certain: Spans) -> tuple[list[_Gap], int]:
    """The times away in order, and the break that none of them has paid: the longest pays first."""
    expected = frame.expected
    found = [_gap(gap, shared([gap], expected), frame) for gap in without([frame.span], certain)]
    unpaid = frame.break_seconds
    inner = [n for n, gap in enumerate(found) if gap.reason == "mid_leave"]
    for n in sorted(inner, key=lambda n: (-found[n].left, n)):
        paid = min(found[n].left, unpaid)
        found[n] = replace(found[n], left=found[n].left - paid)
        unpaid -= paid
    return [each for each in found if each.left], unpaid


def _gap(gap: Span, where: Spans, frame: Frame) -> _Gap:
    return _Gap(_reason(gap, frame), where, seconds(where))


def _reason(gap: Span, frame: Frame) -> Literal["late", "mid_leave", "early_leave"]:
    if gap.start == frame.starts_at:
        return "late"
    return "early_leave" if gap.end == frame.ends_at else "mid_leave"


def _break_share(unpaid: int, present: Spans, frame: Frame) -> int:
    """What of a break without a place presence pays: at most what there is on the smaller side of the middle.

    So staying longer never costs.
    """
    middle = frame.starts_at + (frame.ends_at - frame.starts_at) / 2
    sides = (Span(frame.starts_at, middle), Span(middle, frame.ends_at))
    return min(unpaid, *(seconds(shared(present, [side])) for side in sides))


def _forgive(missed: Iterable[_Gap], tolerances: Tolerances) -> tuple[int, list[Noted]]:
    """What is forgiven, in the order of time up to the cap; and what is not."""
    total = 0
    deducted: list[Noted] = []
    for each in missed:
        wish = _tolerated(each, tolerances)
        given = min(wish, tolerances.cap - total)
        total += given
        reason = "tolerance_exceeded" if given < wish else each.reason
        deducted += [Noted(reason, span.start, span.end) for span in _last(each.where, each.left - given)]
    return total, deducted


def _tolerated(gap: _Gap, tolerances: Tolerances) -> int:
    limit = {"late": tolerances.late, "early_leave": tolerances.early, "mid_leave": tolerances.leave}[gap.reason]
    if gap.left <= limit:
        return gap.left
    return limit if gap.reason == "mid_leave" and tolerances.leave_deduction == "excess" else 0


def _last(where: Spans, wanted: int) -> Spans:
    """So many seconds of some stretches, the last ones."""
    found: list[Span] = []
    for each in reversed(where):
        taken = min(wanted, each.seconds)
        if taken:
            found.append(Span(each.end - (each.end - each.start) * taken / each.seconds, each.end))
        wanted -= taken
    return united(found)
