"""Requirements that single facts prove: a course completed, an exam passed, practicals done, a credential held."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from hub.rules.calendar import add
from hub.rules.demands.results import Sitting
from hub.rules.life import CredentialState, ExamSeat, Life
from hub.rules.timeline import BEGINNING, END, Timeline, where
from hub.rules.unit import Unit
from hub.rules.values import Figures, Period, State, Verdict
from schemas.position import CourseRequirement, ExamRequirement, PracticalRequirement

Eligibility = Literal["case", "count", "refuse"]


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of evidence at its instant: it proves, fails to, or cannot be told."""

    at: datetime
    state: State
    reason: str = ""
    figures: Figures = ()
    refs: tuple[str, ...] = ()
    until: datetime = END


class ProvenOver:
    """A requirement over one period that ``enough`` proofs meet. A later failure takes nothing back."""

    def __init__(
        self, name: str, period: Period, proofs: Iterable[Proof], missing: str, *, enough: int = 1, counted: str = ""
    ) -> None:
        self._name = name
        self.period = period
        self._all = proofs
        self._missing = missing
        self.enough = enough
        self._counted = counted

    @cached_property
    def _proofs(self) -> list[Proof]:
        return sorted((each for each in self._all if self.period.holds(each.at)), key=lambda each: each.at)

    @cached_property
    def states(self) -> Timeline[State]:
        """The state at every instant."""
        first: State = "met" if self.enough <= 0 else "not_met"
        instants = sorted({edge for each in self._proofs for edge in (each.at, each.until) if edge < END})
        return Timeline(first, ((instant, self._state(instant)) for instant in instants))

    def verdict(self, instant: datetime) -> Verdict:
        """The verdict at an instant, with the proof that decides it: the one that holds the longest, then the first."""
        known = [each for each in self._proofs if each.at <= instant]
        state = self.states.at(instant)
        in_force = [each for each in known if each.state == "met" and each.until > instant]
        shown = max(in_force, key=lambda each: each.until, default=None)
        shown = shown if shown is not None and state == "met" else (known[-1] if known else None)
        done = self.done(instant)
        counted: Figures = ((self._counted, f"{done}/{self.enough}"),) if self._counted else ()
        return Verdict(
            self._name,
            state,
            self.states.since(instant) if state == "met" else None,
            (*counted, *(shown.figures if shown else ())),
            "" if state == "met" else (shown.reason if shown and shown.reason else self._missing),
            max(self.enough - done, 0),
            refs=tuple(ref for each in known for ref in each.refs) if self._counted else (shown.refs if shown else ()),
            period=self.period,
        )

    def done(self, instant: datetime, best: bool = False) -> int:
        """How many proofs there are at an instant; ``best`` counts those that cannot be told."""
        known = [each for each in self._proofs if each.at <= instant < each.until]
        return sum(each.state == "met" or (best and each.state == "unknown") for each in known)

    def _state(self, instant: datetime) -> State:
        if self.done(instant) >= self.enough:
            return "met"
        return "unknown" if self.done(instant, best=True) >= self.enough else "not_met"


@dataclass(frozen=True, slots=True)
class Course:
    """An online course completed."""

    name: str
    rule: CourseRequirement
    units: Sequence[Unit]

    def over(self, period: Period) -> ProvenOver:
        """The requirement over one period."""
        return ProvenOver(self.name, period, self._proofs(), "course_incomplete")

    def _proofs(self) -> Iterable[Proof]:
        for unit in self.units:
            at = unit.completed_at or unit.over_at
            if unit.completion == "counted":
                yield Proof(at, "met", "", (("completed", at.isoformat()),), unit.refs)
            elif unit.completion == "open":
                yield Proof(at, "unknown", "evidence_unknown", _noted(unit), unit.refs)
            elif _noted(unit):
                yield Proof(at, "not_met", "course_incomplete", _noted(unit), unit.refs)


def _noted(unit: Unit) -> Figures:
    breaks = [each for each in unit.deducted if each.reason in ("long_break", "not_resumed")]
    found = "; ".join(f"{each.starts_at.isoformat()}..{each.ends_at.isoformat()}" for each in breaks)
    return (("breaks", found),) if found else (("reasons", ", ".join(unit.reasons)),) if unit.reasons else ()


@dataclass(frozen=True, slots=True)
class Exam:
    """An exam passed. Only a result of who was eligible at its instant counts, unless the position says otherwise."""

    name: str
    rule: ExamRequirement
    sittings: Sequence[Sitting]
    zone: ZoneInfo
    eligible: Callable[[datetime], bool] | None = None
    eligibility: Eligibility = "case"

    def over(self, period: Period) -> ProvenOver:
        """The requirement over one period."""
        return ProvenOver(self.name, period, self._proofs(period), "exam_missing")

    def within(self, length: str, eligible: Callable[[datetime], bool]) -> "Exam":
        """The same exam, with passes that count no longer than a length, or than its own if that is shorter.

        ``eligible``: when it may be sat.
        """
        own = self.rule.valid_for
        shorter = own is not None and add(BEGINNING, own, self.zone) < add(BEGINNING, length, self.zone)
        valid_for = own if shorter else length
        return replace(self, rule=self.rule.model_copy(update={"valid_for": valid_for}), eligible=eligible)

    def passed(self, sitting: Sitting) -> bool:
        """Whether a result passes, by the source's mark or the raw score that the position demands."""
        least = self.rule.at_least_score
        if least is None:
            return sitting.passed
        try:
            return Decimal(sitting.score) >= least
        except InvalidOperation:
            return False

    def sat_before(self, period: Period) -> tuple[str, ...]:
        """Passes in a period from before the person was eligible: each is a case."""
        return tuple(
            each.ref
            for each in self.sittings
            if not each.decided and period.holds(each.at) and self.passed(each) and not self._was_eligible(each.at)
        )

    def seat(self, credential: str, period: Period, instant: datetime) -> ExamSeat:
        """Whether the person may sit it for a credential, and has passed it."""
        return ExamSeat(
            self.name,
            self.rule.exam,
            credential,
            self._was_eligible(instant),
            self.over(period).states.at(instant) == "met",
            self.sat_before(period),
        )

    def _proofs(self, period: Period) -> Iterable[Proof]:
        both = _both_at_once((each.at, self.passed(each)) for each in self.sittings)
        for each in self.sittings:
            if not period.holds(each.at):
                continue
            state, reason = self._read(each, each.at in both)
            figures = (("score", each.score),) if each.score else ()
            valid_for = self.rule.valid_for
            until = END if valid_for is None else add(each.at, valid_for, self.zone)
            yield Proof(each.at, state, reason, figures, (each.ref, *each.decision), until)

    def _read(self, sitting: Sitting, contradicted: bool) -> tuple[State, str]:
        passed = self.passed(sitting)
        if contradicted and not sitting.decided:
            return "unknown", "contradicting_results"
        if not passed:
            return "not_met", "exam_failed"
        if sitting.decided:
            return ("met", "") if sitting.decided == "credited" else ("not_met", "exam_missing")
        if sitting.disputed:
            return "unknown", "disputed_date"
        if self.eligibility == "count" or self._was_eligible(sitting.at):
            return "met", ""
        return ("unknown", "sat_before_eligible") if self.eligibility == "case" else ("not_met", "exam_missing")

    def _was_eligible(self, instant: datetime) -> bool:
        return self.eligible is None or self.rule.exam_needs == "none" or self.eligible(instant)


def _both_at_once(results: Iterable[tuple[datetime, bool]]) -> set[datetime]:
    seen: dict[datetime, bool] = {}
    return {at for at, passed in results if seen.setdefault(at, passed) != passed}


@dataclass(frozen=True, slots=True)
class Performed:
    """A practical: when, and its performance result if it has one."""

    at: datetime
    passed: bool | None
    ref: str


@dataclass(frozen=True, slots=True)
class Practicals:
    """So many practicals."""

    name: str
    rule: PracticalRequirement
    performed: Sequence[Performed]

    def over(self, period: Period) -> ProvenOver:
        """The requirement over one period."""
        proofs = (Proof(each.at, "met", "", (), (each.ref,)) for each in self.performed if self._counts(each))
        return ProvenOver(
            self.name, period, proofs, "practicals_short", enough=self.rule.at_least, counted="practicals"
        )

    def _counts(self, performed: Performed) -> bool:
        return performed.passed is True if self.rule.graded else performed.passed is not False


class HeldOver:
    """A credential held, whatever the period."""

    def __init__(self, name: str, life: Life) -> None:
        self._name = name
        self.life = life

    @cached_property
    def states(self) -> Timeline[State]:
        """Met while it is held."""
        held = where(bool, self.life.numbers)
        return Timeline("not_met", ((start, "met" if value else "not_met") for start, value in held))

    def verdict(self, instant: datetime) -> Verdict:
        """The verdict at an instant: until when it is held, or why it is not."""
        found = self.life.state(instant)
        held = self.life.held(instant)
        since = self.states.since(instant) if held else None
        return Verdict(
            self._name,
            "met" if held else "unknown" if found.unknown else "not_met",
            since,
            held_figures(found),
            "" if held else found.reason,
            parts=() if held else found.parts,
            refs=found.refs,
        )


def held_figures(found: CredentialState) -> Figures:
    """The dates of a credential, and how it is known, as figures."""
    dates = (("valid_until", found.bound if found.status == "active" else None), ("ended", found.ended_at))
    known_by = () if found.known_by is None else (("known_by", found.known_by),)
    return (*((name, at.isoformat()) for name, at in dates if at is not None), *known_by)


@dataclass(frozen=True, slots=True)
class Held:
    """A credential held now: an authority's, one of this post's own, or another post's."""

    name: str
    life: Callable[[], Life]

    def over(self, period: Period) -> HeldOver:
        """The requirement; a credential is held at an instant, not over a period."""
        del period
        return HeldOver(self.name, self.life())
