"""Judges one requirement over one window at one instant, with the figures it was judged by."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import ceil

from hub.rules.dossier import Attended, Finding
from hub.rules.windows import END, Runs, Span
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
    """Whether hours and rate suffice. At least is ``>=``.

    What lies wholly within a leave and was not attended in full is left out of both sums. An online
    course never counts for more than is required of it, so studying it again makes up for no session missed.
    """
    return hours_over(name, rule, attended, leaves, span, at)[0]


def hours_over(
    name: str,
    rule: HoursRequirement,
    attended: Iterable[Attended],
    leaves: Sequence[Leave],
    span: Span,
    at: datetime,
) -> tuple[Finding, Runs]:
    """The finding of ``hours``, and when hours and rate sufficed by what was over at each moment.

    The last run is open (ends at ``END``) while they still do.
    """
    units = [each for each in attended if each.course in rule.courses and span.start <= each.ends_at < span.end]
    counted = _counted(units, leaves, at)
    sums, runs = _sweep(rule, counted)
    short = sums.shortfall()
    unknown = bool(short) and _may_suffice(sums, counted)
    return Finding(
        requirement=name,
        state="met" if not short else "unknown" if unknown else "not_met",
        since=runs[-1].start if not short else None,
        figures=sums.figures(rule),
        reason="evidence_unknown" if unknown else short,
        next_look=min((e.ends_at for e in units if e.ends_at > at), default=None)
        if len(units) > len(counted)
        else None,
    ), runs


def _may_suffice(sums: "_Sums", counted: Iterable[Attended]) -> bool:
    """Whether units that are not told yet could make up the difference."""
    hidden = sum(max(e.required_seconds - e.credited_seconds, 0) for e in counted if e.status in _OPEN)
    return bool(hidden) and not sums.shortfall(hidden)


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


def exam(name: str, rule: ExamRequirement, results: Sequence[Result], span: Span, at: datetime) -> Finding:
    """Whether the exam was passed in the window; one pass is enough. A result from the future waits for its instant."""
    shown = counted_attempt(rule, results, span, at)
    passed = shown is not None and shown.passed
    ahead = (r.occurred_at for r in results if r.exam == rule.exam and span.holds(r.occurred_at) and r.occurred_at > at)
    return Finding(
        requirement=name,
        state="met" if passed else "not_met",
        since=shown.occurred_at if shown is not None and passed else None,
        figures=(("score", shown.score),) if shown is not None and shown.score else (),
        reason="" if passed else "exam_failed" if shown is not None else "exam_missing",
        next_look=min(ahead, default=None),
    )


def counted_attempt(rule: ExamRequirement, results: Iterable[Result], span: Span, at: datetime) -> Result | None:
    """The attempt that counts: the first one that passed, else the last."""
    inside = (r for r in results if r.exam == rule.exam and span.holds(r.occurred_at) and r.occurred_at <= at)
    tries = sorted(inside, key=_attempt)
    return next((r for r in tries if r.passed), tries[-1] if tries else None)


def _attempt(result: Result) -> tuple[datetime, str, str, bool]:
    return result.occurred_at, result.statement, result.score, result.passed


def _counted(units: Iterable[Attended], leaves: Sequence[Leave], at: datetime) -> list[Attended]:
    over = (e for e in units if e.ends_at <= at and e.status != "running" and not _excused(e, leaves))
    return sorted(over, key=lambda e: (e.ends_at, e.unit))


def _excused(unit: Attended, leaves: Sequence[Leave]) -> bool:
    return any(excusing(leave, unit) for leave in leaves)


def excusing(leave: Leave, unit: Attended) -> bool:
    """Whether a leave excuses from what was not attended in full: all of it lies within."""
    if unit.credited_seconds >= unit.required_seconds or unit.mode == "opening":
        return False
    return leave.starts_at <= unit.starts_at and unit.ends_at <= leave.ends_at


def _sweep(rule: HoursRequirement, counted: Sequence[Attended]) -> tuple["_Sums", Runs]:
    """The sums over all units, and when the demand was met on the way; units that end together count together."""
    sums = _Sums(rule)
    runs: list[Span] = []
    since: datetime | None = None
    last = len(counted) - 1
    for n, each in enumerate(counted):
        sums.add(each)
        if n < last and counted[n + 1].ends_at == each.ends_at:
            continue
        if not sums.shortfall():
            since = since or each.ends_at
        elif since is not None:
            runs.append(Span(since, each.ends_at))
            since = None
    return sums, (*runs, Span(since, END)) if since is not None else tuple(runs)


class _Sums:
    """Seconds so far: ``credited`` for the hours, ``counted`` of ``required`` for the rate."""

    __slots__ = ("_demanded", "_online", "_rate", "counted", "credited", "required")

    def __init__(self, rule: HoursRequirement) -> None:
        self.credited = self.counted = self.required = 0
        self._online: dict[str, tuple[int, int]] = {}
        # Whole numbers, so that no comparison rounds: seconds demanded, and the rate as a fraction.
        self._demanded = ceil((rule.at_least_hours or 0) * rule.class_minutes * 60)
        self._rate = None if rule.at_least_rate is None else rule.at_least_rate.as_integer_ratio()

    def add(self, unit: Attended) -> None:
        """Count a unit. Time beyond what a course requires never makes up for another one in the rate."""
        credited, required = unit.credited_seconds, unit.required_seconds
        self.required += required
        if unit.mode == "online":
            before = self._online.get(unit.course, (0, 0))
            after = self._online[unit.course] = (before[0] + credited, before[1] + required)
            self.credited += _capped(*after) - _capped(*before)
            self.counted += min(after) - min(before)
        else:
            self.credited += credited
            self.counted += credited if credited < required else required

    def shortfall(self, hidden: int = 0) -> str:
        """Which demand is not met, if ``hidden`` seconds turned out to be attended as well; empty for none."""
        if self.credited + hidden < self._demanded:
            return "hours_short"
        if self._rate is None:
            return ""
        share, whole = self._rate
        enough = self.required and (self.counted + hidden) * whole >= share * self.required
        return "" if enough else "rate_short"

    def figures(self, rule: HoursRequirement) -> tuple[tuple[str, str], ...]:
        """Done and demanded, rounded down to a tenth."""
        found = []
        if rule.at_least_hours is not None:
            found.append(("hours", f"{_tenths(self.credited, rule.class_minutes * 60)}/{rule.at_least_hours}"))
        if rule.at_least_rate is not None:
            rate = _tenths(self.counted * 100, self.required) if self.required else "0"
            found.append(("rate", f"{rate}%/{(rule.at_least_rate * 100).normalize():f}%"))
        return tuple(found)


def _capped(credited: int, required: int) -> int:
    """A course without a nominal length has nothing to be measured by: its time counts as it is."""
    return min(credited, required) if required else credited


def _tenths(done: int, of: int) -> str:
    whole, tenth = divmod(done * 10 // of, 10)
    return f"{whole}.{tenth}"
