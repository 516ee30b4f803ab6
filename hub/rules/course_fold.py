"""Folds the study of one online course into attended time, a record per local day.

The same inputs and settings give the same records, in whatever order and however often they came.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hub.rules.digest import digest_of
from hub.rules.dossier import Attended, Fact, NotedSpan, ids
from schemas.learning import Study
from schemas.position import Course


def fold_course(
    course_id: str, course: Course, studies: Sequence[Fact[Study]], *, zone: ZoneInfo
) -> tuple[Attended, ...]:
    """Attendance of one person in one online course, a record per local day.

    What was opened and then closed or completed with nothing in between was measured, and counts whole;
    otherwise the time between two statements counts when it is at most the idle limit. A longer break than
    allowed within a day, before the course is completed, leaves that day incomplete; a later day that runs to
    the end without one clears it.

    The course's nominal length is required once for each time it is studied through, on the first day of it.
    Who comes back after completing it, later than the days to resume, begins anew; a look into a completed
    course that does not lead to its end again is required of nobody.
    """
    unique = {(s.record.occurred_at, s.record.statement, s.record.meaning): s for s in sorted(studies, key=_id)}
    facts: dict[date, list[Fact[Study]]] = {}
    for key in sorted(unique):
        facts.setdefault(key[0].astimezone(zone).date(), []).append(unique[key])
    by_day = {day: [each.record for each in said] for day, said in facts.items()}
    late = _resumed_late(list(by_day.values()), timedelta(days=course.resume_days))
    folded = (_day(course_id, course, day, said, late.get(n)) for n, (day, said) in enumerate(by_day.items()))
    days = [replace(day, evidence=ids(map(_id, said))) for day, said in zip(folded, facts.values(), strict=True)]
    required = (course.nominal_minutes or 0) * 60
    first = _first_days(days, timedelta(days=course.resume_days))
    return tuple(replace(day, required_seconds=required if n in first else 0) for n, day in enumerate(days))


def _id(fact: Fact[Study]) -> str:
    return fact.id


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


def _day(course_id: str, course: Course, day: date, studies: list[Study], late: NotedSpan | None) -> Attended:
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
        inputs=digest_of(studies),
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


def _idle(steps: Iterable[tuple[Said, Said]], counted: Iterable[bool]) -> Iterable[NotedSpan]:
    for (before, after), counts in zip(steps, counted, strict=True):
        if not counts:
            yield NotedSpan("idle", before[0], after[0])


def _long_breaks(studies: Sequence[Study], limit: timedelta, completed_at: datetime | None) -> list[NotedSpan]:
    return [
        NotedSpan("long_break", before[0], after[0])
        for before, after in _steps(studies)
        if after[0] - before[0] > limit
        and not _measured(before, after)
        and (completed_at is None or after[0] <= completed_at)
    ]


def _resumed_late(days: list[list[Study]], limit: timedelta) -> dict[int, NotedSpan]:
    return {
        n: NotedSpan("resumed_late", before[-1].occurred_at, after[0].occurred_at)
        for n, (before, after) in enumerate(pairwise(days))
        if after[0].occurred_at - before[-1].occurred_at > limit
    }
