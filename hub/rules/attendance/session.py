"""The unit of one person's session: from a presence in the room, what people decided of it, and how complete it is."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Literal

from hub.rules.attendance.decided import Decision, ruled_at
from hub.rules.attendance.room import Credit, Frame, Tolerances, credit
from hub.rules.attendance.sightings import Presence
from hub.rules.span import Span, Spans, shared, united, without
from hub.rules.unit import Noted, Unit, UnitStatus


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """How a course in a room is counted, by the version in force when the session was over."""

    tolerances: Tolerances = field(default_factory=Tolerances)
    enter_before: timedelta = timedelta(minutes=30)
    leave_after: timedelta = timedelta(minutes=30)
    settle: timedelta = timedelta(minutes=15)
    complete_rate: Fraction = Fraction(9, 10)


@dataclass(frozen=True, slots=True)
class Deferral:
    """A deferral that was asked for: the unit is unknown while it is, and excused until its due once approved."""

    state: Literal["asked", "approved", "refused", "expired"]
    until: datetime


@dataclass(frozen=True, slots=True)
class Sitting:
    """What is known of one person at one session."""

    session: str
    course: str
    frame: Frame
    presence: Presence = field(default_factory=Presence)
    elsewhere: bool = False
    """Seen meanwhile, but only in another room of the site."""
    complete_until: datetime | None = None
    """How far every terminal of the room is complete; none if one of them never said."""
    retired: bool = False
    """A source of the room was retired before it delivered: what it did not record is required of nobody."""
    decisions: tuple[Decision, ...] = ()
    deferral: Deferral | None = None
    makes_up: str = ""
    category: str = ""


def unit_of(sitting: Sitting, settings: RoomSettings, *, now: datetime) -> Unit:
    """The unit as it stands at ``now``.

    Time that is missing is open until the room is complete beyond the window and settled; then absence is a fact.
    """
    frame = sitting.frame
    earned = _decided(sitting, credit(frame, _with_sign_out(sitting), settings.tolerances))
    settles_at = frame.ends_at + settings.leave_after + settings.settle
    whole = sitting.complete_until is not None and sitting.complete_until >= frame.ends_at + settings.leave_after
    settled = now >= settles_at and (whole or sitting.retired or _is_decided(sitting))
    status = _status(sitting, earned, settings, now=now, settles_at=settles_at, settled=settled)
    missing = max(earned.required - earned.credited, 0)
    ruled = ruled_at(sitting.decisions)
    required = earned.credited if status == "excused" and sitting.deferral is None else earned.required
    return Unit(
        id=sitting.session,
        kind="session",
        course=sitting.course,
        starts_at=frame.starts_at,
        over_at=frame.ends_at,
        required=required,
        credited=earned.credited,
        open=_open(status, earned, missing, settled=settled and not _is_elsewhere(sitting) and not _is_asked(sitting)),
        status=status,
        intervals=earned.intervals,
        deducted=_in_order(earned),
        reasons=_reasons(sitting, earned, status, silent=now >= settles_at and not whole and not _is_decided(sitting)),
        refs=_refs(sitting),
        category=sitting.category,
        makes_up=sitting.makes_up,
        deferred_until=_deferred_until(sitting),
        open_since=settles_at if status == "unknown" or ruled is not None else None,
        ruled_at=ruled,
        settled_by="retired" if sitting.retired and status == "excused" and not _is_decided(sitting) else "",
        decided=sitting.decisions[-1].kind if sitting.decisions else "",
        next_at=next((at for at in (frame.ends_at, settles_at) if now < at), None),
    )


def _with_sign_out(sitting: Sitting) -> Presence:
    """The presence, with the sign-outs that a decision assumes for all who lack one."""
    found = sitting.presence
    if not any(each.kind == "sign_out_assumed" for each in sitting.decisions):
        return found
    assumed = [each for each in found.doubts if each.reason == "no_sign_out"]
    certain = united([*found.certain, *(Span(each.starts_at, each.ends_at) for each in assumed)])
    return replace(found, certain=certain, doubts=tuple(each for each in found.doubts if each not in assumed))


def _decided(sitting: Sitting, earned: Credit) -> Credit:
    """What was earned, after the decisions in their order."""
    for each in sitting.decisions:
        if each.kind == "credited":
            whole = sitting.frame.expected
            earned = replace(earned, credited=max(earned.credited, earned.required), open=0, doubts=(), deducted=())
            earned = replace(earned, intervals=united([*earned.intervals, *whole]))
        elif each.kind == "rejected":
            earned = replace(earned, open=0, doubts=())
        elif each.kind == "partly" and each.start is not None and each.end is not None:
            earned = _partly(earned, shared([Span(each.start, each.end)], sitting.frame.expected))
    return earned


def _partly(earned: Credit, given: Spans) -> Credit:
    added = without(given, earned.intervals)
    more = min(earned.credited + sum(each.seconds for each in added), max(earned.required, earned.credited))
    return replace(earned, credited=more, open=0, doubts=(), intervals=united([*earned.intervals, *added]))


def _status(
    sitting: Sitting,
    earned: Credit,
    settings: RoomSettings,
    *,
    now: datetime,
    settles_at: datetime,
    settled: bool,
) -> UnitStatus:
    deferral = sitting.deferral
    if deferral is not None and deferral.state in ("asked", "approved"):
        return "unknown" if deferral.state == "asked" else "excused"
    if now < sitting.frame.ends_at:
        return "pending"
    if any(each.kind == "excused" for each in sitting.decisions) or not earned.required:
        return "excused"
    if earned.credited >= settings.complete_rate * earned.required:
        return "complete"
    return "pending" if now < settles_at else _short(sitting, earned, settled=settled)


def _short(sitting: Sitting, earned: Credit, *, settled: bool) -> UnitStatus:
    """How a unit stands that is over, settles no more, and lacks time."""
    if sitting.retired:
        return "excused"
    if not settled or earned.open or _is_elsewhere(sitting):
        return "unknown"
    return "incomplete" if sitting.presence.sightings or earned.credited else "absent"


def _open(status: UnitStatus, earned: Credit, missing: int, *, settled: bool) -> int:
    if status in ("excused", "absent"):
        return 0
    return earned.open if settled else missing


def _is_elsewhere(sitting: Sitting) -> bool:
    """Whether the other room in which the person was seen still asks somebody to decide."""
    return sitting.elsewhere and not _is_decided(sitting)


def _is_decided(sitting: Sitting) -> bool:
    """Whether somebody decided what counts of it; a sign-out that is assumed leaves all else as it was found."""
    return any(each.kind != "sign_out_assumed" for each in sitting.decisions)


def _is_asked(sitting: Sitting) -> bool:
    return sitting.deferral is not None and sitting.deferral.state == "asked"


def _in_order(earned: Credit) -> tuple[Noted, ...]:
    """What is not counted, each stretch once: where a doubt lies, the doubt is the reason."""
    doubtful = [Span(each.starts_at, each.ends_at) for each in earned.doubts]
    found = list(earned.doubts)
    for each in earned.deducted:
        left = without([Span(each.starts_at, each.ends_at)], doubtful)
        found += [Noted(each.reason, span.start, span.end) for span in left]
    return tuple(sorted(found, key=lambda each: (each.starts_at, each.ends_at, each.reason)))


def _reasons(sitting: Sitting, earned: Credit, status: UnitStatus, *, silent: bool) -> tuple[str, ...]:
    """Why it stands so, the strongest first: a missing sign-out explains more than a terminal that is behind.

    What is listed about its evidence, whatever the status, comes last.
    """
    listed = tuple(dict.fromkeys(each.flag for each in sitting.presence.sightings if each.flag))
    if status in ("complete", "excused"):
        return listed
    found = [each.reason for each in earned.doubts]
    if _is_elsewhere(sitting):
        found.append("other_room")
    if _is_asked(sitting):
        found.append("deferral_asked")
    if silent:
        found.append("source_behind")
    return tuple(dict.fromkeys((*found, *listed)))


def _refs(sitting: Sitting) -> tuple[str, ...]:
    seen = (each.ref for each in sitting.presence.sightings)
    return tuple(dict.fromkeys(ref for ref in (*seen, *(each.ref for each in sitting.decisions)) if ref))


def _deferred_until(sitting: Sitting) -> datetime | None:
    deferral = sitting.deferral
    return deferral.until if deferral is not None and deferral.state == "approved" else None
