"""Folds punches and study statements into attendance: what was credited, what was deducted and why.

The same inputs and settings give the same record, in whatever order and however often they came.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
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
    ``deducted`` accounts for every minute of the session that was not spent there, with its reason.
    """
    kept = _relevant(session, course, punches)
    intervals, strays = _intervals(kept, session)
    clipped = _graced(_clipped(intervals, session), session, course)
    merged = _merged(clipped, session.break_seconds, timedelta(minutes=course.leave_tolerance_minutes))
    scheduled = int((session.ends_at - session.starts_at).total_seconds())
    required = max(scheduled - session.break_seconds, 0)
    credited = min(sum(int((end - start).total_seconds()) for start, end in merged), required)
    status = _status(session, now, complete_until, credited >= required, bool(kept), bool(strays))
    running = status == "running"
    return Attended(
        unit=session.subject,
        course=session.course,
        mode="room",
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        required_seconds=required,
        credited_seconds=0 if running else credited,
        status=status,  # type: ignore[arg-type]
        deducted=() if running else tuple(_deducted(merged, strays, session)),
        flags=tuple(strays),
        inputs=_digest([session, *kept]),
    )


def _relevant(session: Session, course: Course, punches: Iterable[Punch]) -> list[Punch]:
    opens = session.starts_at - timedelta(minutes=course.enter_before_minutes)
    closes = session.ends_at + timedelta(minutes=course.leave_after_minutes)
    inside = (p for p in punches if opens <= p.occurred_at <= closes and p.device in session.devices)
    kept: list[Punch] = []
    last: dict[str, Punch] = {}
    for punch in sorted(inside, key=lambda p: (p.occurred_at, p.device, p.direction, p.verify_raw)):
        before = last.get(punch.device)
        if before is None or not _repeats(punch, before):
            kept.append(punch)
            last[punch.device] = punch
    return kept


def _repeats(punch: Punch, before: Punch) -> bool:
    """The same face seen twice. In and then out within the minute are two: both were said in so many words."""
    ways = {"in" if p.direction in _IN else "out" if p.direction in _OUT else "" for p in (punch, before)} - {""}
    return punch.occurred_at - before.occurred_at <= _REPEAT and len(ways) <= 1


def _intervals(punches: Iterable[Punch], session: Session) -> tuple[list[Interval], list[Span]]:
    """Times inside, and the times of which only one end is known.

    Who goes in twice left in between, unseen: the time since the first one is not known. Going in after the
    end, or out before the start, belongs to a neighbouring session.
    """
    found: list[Interval] = []
    strays: list[Span] = []
    inside: datetime | None = None
    left = session.starts_at
    for punch in punches:
        at = punch.occurred_at
        if punch.direction in _IN or (punch.direction not in _OUT and inside is None):
            if at >= session.ends_at:
                continue
            if inside is not None:
                strays.append(Span("missing_sign_out", inside, at))
            inside = at
        elif inside is not None:
            found.append((inside, at))
            inside, left = None, at
        elif at > max(left, session.starts_at):
            strays.append(Span("missing_sign_in", left, at))
    if inside is not None:
        strays.append(Span("missing_sign_out", inside, session.ends_at))
    return found, strays


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


def _merged(intervals: list[Interval], break_seconds: int, tolerance: timedelta) -> list[Interval]:
    """Join what a short leave or the scheduled break divides; a longer leave counts whole."""
    merged = intervals[:1]
    pause = timedelta(seconds=break_seconds)
    for start, end in intervals[1:]:
        gap = start - merged[-1][1]
        in_break = min(gap, pause)
        if gap - in_break <= tolerance:
            pause -= in_break
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def _deducted(merged: list[Interval], strays: Iterable[Span], session: Session) -> Iterable[Span]:
    """The rest of the session, and why it does not count."""
    if not merged:
        yield from (
            Span(s.reason, max(s.starts_at, session.starts_at), min(s.ends_at, session.ends_at)) for s in strays
        )
        return
    edges = [session.starts_at, *(edge for interval in merged for edge in interval), session.ends_at]
    gaps = [(edges[n], edges[n + 1]) for n in range(0, len(edges), 2)]
    for n, (start, end) in enumerate(gaps):
        if start < end:
            reason = "late" if n == 0 else "early_leave" if n == len(gaps) - 1 else "mid_leave"
            stray = next((s.reason for s in strays if s.starts_at < end and start < s.ends_at), reason)
            yield Span(stray, start, end)


def _status(
    session: Session, now: datetime, complete_until: datetime | None, full: bool, seen: bool, stray: bool
) -> str:
    if now < session.ends_at:
        return "running"
    if full:
        return "complete"
    if complete_until is None or complete_until < session.ends_at:
        return "unknown"
    if stray:
        return "pending_review"
    return "incomplete" if seen else "absent"


# --- an online course ----------------------------------------------------------------------------------------


def fold_course(course_id: str, course: Course, studies: Sequence[Study], *, zone: ZoneInfo) -> tuple[Attended, ...]:
    """Attendance of one person in one online course, a record per local day.

    What was opened and then closed or completed with nothing in between was measured, and counts whole;
    otherwise the time between two statements counts when it is at most the idle limit. A longer break than
    allowed within a day, before the course is completed, leaves that day incomplete; a later day that runs to
    the end without one clears it.

    The course's nominal length is required once for each time it is studied through, on the first day of it.
    Who comes back after completing it, later than the days to resume, begins anew; a look into a completed
    course that does not lead to its end again is required of nobody.
    """
    unique = {(s.occurred_at, s.statement, s.meaning): s for s in studies}
    by_day: dict[date, list[Study]] = {}
    for key in sorted(unique):
        by_day.setdefault(key[0].astimezone(zone).date(), []).append(unique[key])
    late = _resumed_late(list(by_day.values()), timedelta(days=course.resume_days))
    days = [_day(course_id, course, day, said, late.get(n)) for n, (day, said) in enumerate(by_day.items())]
    required = (course.nominal_minutes or 0) * 60
    first = _first_days(days, timedelta(days=course.resume_days))
    return tuple(replace(day, required_seconds=required if n in first else 0) for n, day in enumerate(days))


def _first_days(days: Sequence[Attended], resume: timedelta) -> set[int]:
    """Where each study of the course from its beginning starts: at once, and again after it was completed."""
    starts = [0]
    done = False
    for n, day in enumerate(days):
        if done and day.starts_at - days[n - 1].ends_at > resume:
            starts.append(n)
            done = False
        done = done or day.completed_at is not None
    passes = pairwise([*starts, len(days)])
    return {n for n, end in passes if n == 0 or any(day.completed_at is not None for day in days[n:end])}


def _day(course_id: str, course: Course, day: date, studies: list[Study], late: Span | None) -> Attended:
    completed_at = next((s.occurred_at for s in studies if s.meaning == "completed"), None)
    breaks = _long_breaks(studies, timedelta(minutes=course.break_minutes), completed_at)
    flags = [*breaks, *([late] if late is not None and completed_at is None else [])]
    clean = completed_at is not None and not breaks
    idle = timedelta(minutes=course.idle_minutes)
    counted = [_counts(before, after, idle) for before, after in _steps(studies)]
    return Attended(
        unit=f"{course_id}@{day.isoformat()}",
        course=course_id,
        mode="online",
        starts_at=studies[0].occurred_at,
        ends_at=studies[-1].occurred_at,
        required_seconds=0,
        credited_seconds=_credited(_steps(studies), counted),
        status="complete" if clean else "incomplete",
        deducted=tuple(_idle(_steps(studies), counted)),
        flags=tuple(flags),
        completed_at=completed_at if clean else None,
        inputs=_digest(studies),
    )


Said = tuple[datetime, frozenset[str]]
"""An instant and all that was said of it: statements of one instant have no order among them."""


def _steps(studies: Sequence[Study]) -> list[tuple[Said, Said]]:
    said: dict[datetime, set[str]] = {}
    for each in studies:
        said.setdefault(each.occurred_at, set()).add(each.meaning)
    return list(pairwise((at, frozenset(meanings)) for at, meanings in said.items()))


def _counts(before: Said, after: Said, idle: timedelta) -> bool:
    if "opened" in before[1]:
        return _measured(before, after) or after[0] - before[0] <= idle
    return "closed" not in before[1] and after[0] - before[0] <= idle


def _measured(before: Said, after: Said) -> bool:
    return "opened" in before[1] and not after[1].isdisjoint({"closed", "completed"})


def _credited(steps: Iterable[tuple[Said, Said]], counted: Iterable[bool]) -> int:
    found = (after[0] - before[0] for (before, after), counts in zip(steps, counted, strict=True) if counts)
    return int(sum(found, timedelta()).total_seconds())


def _idle(steps: Iterable[tuple[Said, Said]], counted: Iterable[bool]) -> Iterable[Span]:
    for (before, after), counts in zip(steps, counted, strict=True):
        if not counts:
            yield Span("idle", before[0], after[0])


def _long_breaks(studies: Sequence[Study], limit: timedelta, completed_at: datetime | None) -> list[Span]:
    return [
        Span("long_break", before[0], after[0])
        for before, after in _steps(studies)
        if after[0] - before[0] > limit
        and not _measured(before, after)
        and (completed_at is None or after[0] <= completed_at)
    ]


def _resumed_late(days: list[list[Study]], limit: timedelta) -> dict[int, Span]:
    return {
        n: Span("resumed_late", before[-1].occurred_at, after[0].occurred_at)
        for n, (before, after) in enumerate(pairwise(days))
        if after[0].occurred_at - before[-1].occurred_at > limit
    }


# --- across records ------------------------------------------------------------------------------------------


def credited_once(attended: Sequence[Attended]) -> tuple[Attended, ...]:
    """The same records, each unit once, so that no second of a person's time credits two of them.

    Where two overlap, the time spent in a room counts before an online course, then what began earlier; the
    other one keeps what lies outside. Hours without a time of day (opening balances) stay as they are.
    """
    units = {each.unit: each for each in attended}
    if len(units) < len(attended):
        units = {each.unit: each for each in sorted(attended, key=lambda e: (e.unit, e.inputs, e.credited_seconds))}
    timed = sorted([e for e in units.values() if e.credited_seconds and e.starts_at < e.ends_at], key=_begins)
    if any(later.starts_at < earlier.ends_at for earlier, later in pairwise(timed)):
        units |= _apart(timed)
    return tuple(sorted(units.values(), key=lambda e: (e.ends_at, e.unit)))


def _begins(unit: Attended) -> tuple[datetime, str]:
    return unit.starts_at, unit.unit


def _apart(timed: Iterable[Attended]) -> dict[str, Attended]:
    taken: list[Interval] = []
    found: dict[str, Attended] = {}
    for each in sorted(timed, key=lambda e: (e.mode != "room", *_begins(e))):
        own = _without(_without([(each.starts_at, each.ends_at)], _pairs(each.deducted)), taken)
        seconds = int(sum((end - start for start, end in own), timedelta()).total_seconds())
        found[each.unit] = replace(each, credited_seconds=min(each.credited_seconds, seconds))
        taken += own
    return found


def _pairs(spans: Iterable[Span]) -> list[Interval]:
    return [(span.starts_at, span.ends_at) for span in spans]


def _without(intervals: list[Interval], taken: Iterable[Interval]) -> list[Interval]:
    for start, end in taken:
        pieces = [((a, min(b, start)), (max(a, end), b)) for a, b in intervals]
        intervals = [(a, b) for pair in pieces for a, b in pair if a < b]
    return intervals


def _digest(records: Iterable[Record]) -> str:
    """Digest over what went in, whatever its order."""
    found = hashlib.sha256()
    for text in sorted({each.model_dump_json() for each in records}):
        found.update(text.encode())
    return found.hexdigest()
