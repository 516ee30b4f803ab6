"""Folds punches and study statements into attendance: what was credited, what was deducted and why.

The same inputs and settings give the same record, in whatever order and however often they came.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hub.rules.dossier import Attended, Span
from schemas.attendance import Punch
from schemas.learning import Session, Study
from schemas.position import Course
from schemas.record import Record

_IN = frozenset({"in", "break_in", "ot_in"})
_OUT = frozenset({"out", "break_out", "ot_out"})
_REPEAT = timedelta(seconds=60)
"""Two punches at one device within a minute are one (a face seen twice)."""

Interval = tuple[datetime, datetime]


# --- a session in a room -------------------------------------------------------------------------------------


def fold_session(
    session: Session, course: Course, punches: Sequence[Punch], *, now: datetime, complete_until: datetime | None
) -> Attended:
    """Attendance of one person at one scheduled session.

    Time from a punch in without a punch out counts as nothing until a person decides. What is missing while
    the terminals have not been heard of up to the session's end is ``unknown``: silence is not evidence.
    """
    kept = _relevant(session, course, punches)
    intervals, open_since = _intervals(kept)
    clipped = _graced(_clipped(intervals, session), session, course)
    merged, deducted = _merged(clipped, session.break_seconds, timedelta(minutes=course.leave_tolerance_minutes))
    required = int((session.ends_at - session.starts_at).total_seconds()) - session.break_seconds
    credited = min(sum(int((end - start).total_seconds()) for start, end in merged), required)
    status = _status(session, now, complete_until, credited >= required, bool(kept), open_since is not None)
    return Attended(
        unit=session.subject,
        course=session.course,
        mode="room",
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        required_seconds=required,
        credited_seconds=0 if status == "running" else credited,
        status=status,  # type: ignore[arg-type]
        deducted=tuple(deducted),
        flags=() if open_since is None else (Span("missing_sign_out", open_since, max(session.ends_at, open_since)),),
        inputs=_digest([session, *kept]),
    )


def _relevant(session: Session, course: Course, punches: Iterable[Punch]) -> list[Punch]:
    opens = session.starts_at - timedelta(minutes=course.enter_before_minutes)
    closes = session.ends_at + timedelta(minutes=course.leave_after_minutes)
    inside = (p for p in punches if opens <= p.occurred_at <= closes and p.device in session.devices)
    kept: list[Punch] = []
    last: dict[str, datetime] = {}
    for punch in sorted(inside, key=lambda p: (p.occurred_at, p.device, p.direction, p.verify_raw)):
        before = last.get(punch.device)
        if before is None or punch.occurred_at - before > _REPEAT:
            kept.append(punch)
            last[punch.device] = punch.occurred_at
    return kept


def _intervals(punches: Iterable[Punch]) -> tuple[list[Interval], datetime | None]:
    """Times inside, and since when somebody is inside without having come out."""
    found: list[Interval] = []
    inside: datetime | None = None
    for punch in punches:
        goes_in = punch.direction in _IN or (punch.direction not in _OUT and inside is None)
        if goes_in:
            inside = inside or punch.occurred_at
        elif inside is not None:
            found.append((inside, punch.occurred_at))
            inside = None
    return found, inside


def _clipped(intervals: Iterable[Interval], session: Session) -> list[Interval]:
    pairs = ((max(start, session.starts_at), min(end, session.ends_at)) for start, end in intervals)
    return [(start, end) for start, end in pairs if start < end]


def _graced(intervals: list[Interval], session: Session, course: Course) -> list[Interval]:
    """A little late counts from the start, a little early counts to the end."""
    if not intervals:
        return []
    (first, first_end), (last_start, last) = intervals[0], intervals[-1]
    if first <= session.starts_at + timedelta(minutes=course.late_grace_minutes):
        intervals[0] = (session.starts_at, first_end)
        last_start = intervals[-1][0]
    if last >= session.ends_at - timedelta(minutes=course.early_grace_minutes):
        intervals[-1] = (last_start, session.ends_at)
    return intervals


def _merged(intervals: list[Interval], break_seconds: int, tolerance: timedelta) -> tuple[list[Interval], list[Span]]:
    """Join what a short leave or the scheduled break divides; a longer leave is deducted whole."""
    merged, deducted = intervals[:1], []
    pause = timedelta(seconds=break_seconds)
    for start, end in intervals[1:]:
        left = merged[-1][1]
        gap = start - left
        if gap - min(gap, pause) <= tolerance:
            pause -= min(gap, pause)
            merged[-1] = (merged[-1][0], end)
        else:
            deducted.append(Span("mid_leave", left, start))
            merged.append((start, end))
    return merged, deducted


def _status(
    session: Session, now: datetime, complete_until: datetime | None, full: bool, seen: bool, inside: bool
) -> str:
    if now < session.ends_at:
        return "running"
    if full:
        return "complete"
    if complete_until is None or complete_until < session.ends_at:
        return "unknown"
    if inside:
        return "pending_review"
    return "incomplete" if seen else "absent"


# --- an online course ----------------------------------------------------------------------------------------


def fold_course(course_id: str, course: Course, studies: Sequence[Study], *, zone: ZoneInfo) -> tuple[Attended, ...]:
    """Attendance of one person in one online course, a record per local day.

    Time between two statements counts when it is at most the idle limit. A longer break than allowed within a
    day, before the course is completed, leaves that day incomplete; a later day that runs to the end without
    one clears it. The course's nominal length is required once, on its first day.
    """
    unique = {(s.occurred_at, s.statement, s.meaning): s for s in studies}
    ordered = [unique[key] for key in sorted(unique)]
    days: dict[date, list[Study]] = {}
    for each in ordered:
        days.setdefault(each.occurred_at.astimezone(zone).date(), []).append(each)
    required = (course.nominal_minutes or 0) * 60
    late = _resumed_late(list(days.values()), timedelta(days=course.resume_days))
    return tuple(
        _day(course_id, course, day, pass_, required if n == 0 else 0, late.get(n))
        for n, (day, pass_) in enumerate(days.items())
    )


def _day(course_id: str, course: Course, day: date, studies: list[Study], required: int, late: Span | None) -> Attended:
    completed_at = next((s.occurred_at for s in studies if s.meaning == "completed"), None)
    breaks = _long_breaks(studies, timedelta(minutes=course.break_minutes), completed_at)
    flags = [*breaks, *([late] if late is not None and completed_at is None else [])]
    clean = completed_at is not None and not breaks
    return Attended(
        unit=f"{course_id}@{day.isoformat()}",
        course=course_id,
        mode="online",
        starts_at=studies[0].occurred_at,
        ends_at=studies[-1].occurred_at,
        required_seconds=required,
        credited_seconds=_credited(studies, timedelta(minutes=course.idle_minutes)),
        status="complete" if clean else "incomplete",
        flags=tuple(flags),
        completed_at=completed_at if clean else None,
        inputs=_digest(studies),
    )


def _credited(studies: Sequence[Study], idle: timedelta) -> int:
    total = timedelta()
    for before, after in pairwise(studies):
        gap = after.occurred_at - before.occurred_at
        if before.meaning != "closed" and gap <= idle:
            total += gap
    return int(total.total_seconds())


def _long_breaks(studies: Sequence[Study], limit: timedelta, completed_at: datetime | None) -> list[Span]:
    return [
        Span("long_break", before.occurred_at, after.occurred_at)
        for before, after in pairwise(studies)
        if after.occurred_at - before.occurred_at > limit
        and (completed_at is None or after.occurred_at <= completed_at)
    ]


def _resumed_late(days: list[list[Study]], limit: timedelta) -> dict[int, Span]:
    return {
        n: Span("resumed_late", before[-1].occurred_at, after[0].occurred_at)
        for n, (before, after) in enumerate(pairwise(days))
        if after[0].occurred_at - before[-1].occurred_at > limit
    }


def _digest(records: Iterable[Record]) -> str:
    """Digest over what went in, whatever its order."""
    found = hashlib.sha256()
    for text in sorted({each.model_dump_json() for each in records}):
        found.update(text.encode())
    return found.hexdigest()
