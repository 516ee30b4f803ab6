"""The facts that a judgement rests on, by id: what counted, what excused, which result was shown."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import takewhile

from hub.rules.clauses import counted_attempt, excusing
from hub.rules.dossier import Attended, Dossier, Fact, Ids, ids
from hub.rules.windows import Span
from schemas.learning import Result
from schemas.people import Leave
from schemas.position import CourseRequirement, ExamRequirement, HoursRequirement


def grounds(
    rule: HoursRequirement | CourseRequirement | ExamRequirement, dossier: Dossier, span: Span, at: datetime
) -> Ids:
    """The facts by which a requirement was judged over a window at an instant."""
    if isinstance(rule, HoursRequirement):
        return ids(_of_hours(rule, dossier.attended, dossier.leaves, span, at))
    if isinstance(rule, CourseRequirement):
        return ids(_of_course(rule, dossier.attended, span, at))
    return ids(_of_exam(rule, dossier.results, span, at))


def _of_hours(
    rule: HoursRequirement, attended: Iterable[Attended], leaves: Sequence[Fact[Leave]], span: Span, at: datetime
) -> Iterable[str]:
    for each in attended:
        if each.course in rule.courses and span.holds(each.ends_at) and each.ends_at <= at:
            excused_by = [leave.id for leave in leaves if excusing(leave.record, each)]
            yield from excused_by or (() if each.status == "running" else each.evidence)


def _of_course(rule: CourseRequirement, attended: Iterable[Attended], span: Span, at: datetime) -> Iterable[str]:
    """The days up to its completion; all of them where it was not completed."""
    days = sorted((e for e in attended if e.course == rule.course and span.holds(e.ends_at)), key=lambda e: e.ends_at)
    done = [each.completed_at for each in days if each.completed_at is not None and each.completed_at <= at]
    counted = takewhile(lambda day: day.starts_at <= done[0], days) if done else days
    return (each for day in counted for each in day.evidence)


def _of_exam(rule: ExamRequirement, results: Iterable[Fact[Result]], span: Span, at: datetime) -> Iterable[str]:
    facts = [each for each in results if each.record.exam == rule.exam]
    shown = counted_attempt(rule, [each.record for each in facts], span, at)
    return (each.id for each in facts if each.record == shown)
