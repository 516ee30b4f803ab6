"""Folds the punches of one session in a room into attended time: what was credited, what was deducted and why.

The same inputs and settings give the same record, in whatever order and however often they came.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from hub.rules.digest import digest_of
from hub.rules.dossier import Attended, Fact, NotedSpan, ids
from schemas.attendance import Punch
from schemas.learning import Session
from schemas.position import Course

_IN = frozenset({"in", "break_in", "ot_in"})
_OUT = frozenset({"out", "break_out", "ot_out"})
_REPEAT = timedelta(seconds=60)
"""Two punches at one device within a minute are one (a face seen twice)."""

Interval = tuple[datetime, datetime]


def fold_session(
    planned: Fact[Session],
    course: Course,
    punches: Sequence[Fact[Punch]],
    *,
    now: datetime,
    complete_until: datetime | None,
) -> Attended:
    """Attendance of one person at one scheduled session.

    Time from a punch in without a punch out counts as nothing until a person decides. What is missing while
    the terminals have not been heard of up to the session's end is ``unknown``: silence is not evidence.
    ``deducted`` accounts for every minute of the session that was not spent there, with its reason.
    """
    session = planned.record
    facts = _relevant(session, course, punches)
    kept = [each.record for each in facts]
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
        inputs=digest_of([session, *kept]),
        evidence=ids((planned.id, *(each.id for each in facts))),
    )


def _relevant(session: Session, course: Course, punches: Iterable[Fact[Punch]]) -> list[Fact[Punch]]:
    opens = session.starts_at - timedelta(minutes=course.enter_before_minutes)
    closes = session.ends_at + timedelta(minutes=course.leave_after_minutes)
    inside = (p for p in punches if opens <= p.record.occurred_at <= closes and p.record.device in session.devices)
    kept: list[Fact[Punch]] = []
    last: dict[str, Punch] = {}
    for fact in sorted(inside, key=_place):
        before = last.get(fact.record.device)
        if before is None or not _repeats(fact.record, before):
            kept.append(fact)
            last[fact.record.device] = fact.record
    return kept


def _place(fact: Fact[Punch]) -> tuple[datetime, str, str, str, str]:
    punch = fact.record
    return punch.occurred_at, punch.device, punch.direction, punch.verify_raw, fact.id


def _repeats(punch: Punch, before: Punch) -> bool:
    """The same face seen twice. In and then out within the minute are two: both were said in so many words."""
    ways = {"in" if p.direction in _IN else "out" if p.direction in _OUT else "" for p in (punch, before)} - {""}
    return punch.occurred_at - before.occurred_at <= _REPEAT and len(ways) <= 1


def _intervals(punches: Iterable[Punch], session: Session) -> tuple[list[Interval], list[NotedSpan]]:
    """Times inside, and the times of which only one end is known.

    Who goes in twice left in between, unseen: the time since the first one is not known. Going in after the
    end, or out before the start, belongs to a neighbouring session.
    """
    found: list[Interval] = []
    strays: list[NotedSpan] = []
    inside: datetime | None = None
    left = session.starts_at
    for punch in punches:
        at = punch.occurred_at
        if punch.direction in _IN or (punch.direction not in _OUT and inside is None):
            if at >= session.ends_at:
                continue
            if inside is not None:
                strays.append(NotedSpan("missing_sign_out", inside, at))
            inside = at
        elif inside is not None:
            found.append((inside, at))
            inside, left = None, at
        elif at > max(left, session.starts_at):
            strays.append(NotedSpan("missing_sign_in", left, at))
    if inside is not None:
        strays.append(NotedSpan("missing_sign_out", inside, session.ends_at))
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


def _deducted(merged: list[Interval], strays: Iterable[NotedSpan], session: Session) -> Iterable[NotedSpan]:
    """The rest of the session, and why it does not count."""
    if not merged:
        yield from (
            NotedSpan(s.reason, max(s.starts_at, session.starts_at), min(s.ends_at, session.ends_at)) for s in strays
        )
        return
    edges = [session.starts_at, *(edge for interval in merged for edge in interval), session.ends_at]
    gaps = [(edges[n], edges[n + 1]) for n in range(0, len(edges), 2)]
    for n, (start, end) in enumerate(gaps):
        if start < end:
            reason = "late" if n == 0 else "early_leave" if n == len(gaps) - 1 else "mid_leave"
            stray = next((s.reason for s in strays if s.starts_at < end and start < s.ends_at), reason)
            yield NotedSpan(stray, start, end)


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
