"""Judges one requirement over one window at one instant, with the figures it was judged by."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from hub.rules.dossier import Attended, Finding
from hub.rules.windows import Span
from schemas.learning import Result
from schemas.people import Leave
from schemas.position import CourseRequirement, ExamRequirement, HoursRequirement

_OPEN = ("unknown", "pending_review")
"""Units whose missing time may still turn out to be attended."""


def hours(
    name: str,
    rule: HoursRequirement,
    attended: Iterable[Attended],
    leaves: Sequence[Leave],
    span: Span,
    at: datetime,
) -> Finding:
    """Whether hours and rate suffice. At least is ``>=``; a unit wholly within a leave is left out of both sums."""
    units = [each for each in attended if each.course in rule.courses and span.holds(each.ends_at)]
    counted = sorted(
        (e for e in units if e.ends_at <= at and e.status != "running" and not _excused(e, leaves)),
        key=lambda e: (e.ends_at, e.unit),
    )
    since = _since(rule, counted)
    credited, required = sum(e.credited_seconds for e in counted), sum(e.required_seconds for e in counted)
    short = _shortfall(rule, credited, required)
    hidden = sum(max(e.required_seconds - e.credited_seconds, 0) for e in counted if e.status in _OPEN)
    unknown = bool(short) and bool(hidden) and not _shortfall(rule, credited + hidden, required)
    running = [e.ends_at for e in units if e.ends_at > at]
    return Finding(
        requirement=name,
        state="met" if not short else "unknown" if unknown else "not_met",
        since=since if not short else None,
        figures=_figures(rule, credited, required),
        reason="evidence_unknown" if unknown else short,
        next_look=min(running, default=None),
    )


def course(name: str, rule: CourseRequirement, attended: Iterable[Attended], span: Span, at: datetime) -> Finding:
    """Whether an online course was studied to its end without a break that was too long."""
    units = sorted((e for e in attended if e.course == rule.course and span.holds(e.ends_at)), key=lambda e: e.ends_at)
    done = [e.completed_at for e in units if e.completed_at is not None and e.completed_at <= at]
    flags = [
        f"{flag.reason} {flag.starts_at.isoformat()}..{flag.ends_at.isoformat()}" for e in units for flag in e.flags
    ]
    figures = [("completed", done[0].isoformat())] if done else [("breaks", "; ".join(flags))] if flags else []
    return Finding(
        requirement=name,
        state="met" if done else "not_met",
        since=done[0] if done else None,
        figures=tuple(figures),
        reason="" if done else "course_incomplete",
    )


def exam(name: str, rule: ExamRequirement, results: Iterable[Result], span: Span, at: datetime) -> Finding:
    """Whether the exam was passed in the window; one pass is enough."""
    tries = sorted(
        (r for r in results if r.exam == rule.exam and span.holds(r.occurred_at) and r.occurred_at <= at),
        key=lambda r: (r.occurred_at, r.statement),
    )
    passed = next((r for r in tries if r.passed), None)
    shown = passed or (tries[-1] if tries else None)
    return Finding(
        requirement=name,
        state="met" if passed else "not_met",
        since=passed.occurred_at if passed else None,
        figures=(("score", shown.score),) if shown is not None and shown.score else (),
        reason="" if passed else "exam_failed" if tries else "exam_missing",
    )


def _excused(unit: Attended, leaves: Sequence[Leave]) -> bool:
    return any(leave.starts_at <= unit.starts_at and unit.ends_at <= leave.ends_at for leave in leaves)


def _since(rule: HoursRequirement, counted: Iterable[Attended]) -> datetime | None:
    """When the requirement became met, and stayed so."""
    credited = required = 0
    since: datetime | None = None
    for each in counted:
        credited, required = credited + each.credited_seconds, required + each.required_seconds
        if _shortfall(rule, credited, required):
            since = None
        elif since is None:
            since = each.ends_at
    return since


def _shortfall(rule: HoursRequirement, credited: int, required: int) -> str:
    if rule.at_least_hours is not None and credited < rule.at_least_hours * rule.class_minutes * 60:
        return "hours_short"
    if rule.at_least_rate is not None and (not required or credited < rule.at_least_rate * required):
        return "rate_short"
    return ""


def _figures(rule: HoursRequirement, credited: int, required: int) -> tuple[tuple[str, str], ...]:
    found = []
    if rule.at_least_hours is not None:
        done = (Decimal(credited) / (rule.class_minutes * 60)).quantize(Decimal("0.1"), ROUND_DOWN)
        found.append(("hours", f"{done}/{rule.at_least_hours}"))
    if rule.at_least_rate is not None:
        rate = (Decimal(credited * 100) / required).quantize(Decimal("0.1"), ROUND_DOWN) if required else Decimal(0)
        found.append(("rate", f"{min(rate, Decimal(100))}%/{(rule.at_least_rate * 100).normalize():f}%"))
    return tuple(found)
