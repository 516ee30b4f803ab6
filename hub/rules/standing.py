"""From a dossier to a standing: scope on the ladder, the holds that keep it lower, what to tell, when to look again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hub.rules import clauses
from hub.rules.cures import cure
from hub.rules.dossier import Dossier, Finding, Held, Hold, Standing
from hub.rules.fold import credited_once
from hub.rules.position import rank
from hub.rules.statements import by_number, closing, dated, held_runs, lifted
from hub.rules.windows import END, Runs, Span, add, joined, shared, window
from schemas.credential import CredentialStatus
from schemas.notice import Notice
from schemas.people import Assignment
from schemas.position import (
    AnyOfRequirement,
    CourseRequirement,
    CredentialRequirement,
    ExamRequirement,
    HoursRequirement,
    OwnCredential,
    Position,
    Requirement,
)

_LOOK_AGAIN = timedelta(minutes=15)
"""How soon an ``unknown`` is looked at again: a silent source gives no other sign."""
_MAX_CYCLES = 200
_TICK = timedelta(microseconds=1)
_MOVING = frozenset({"month", "quarter", "year", "rolling_year"})
"""Windows that evidence leaves by the calendar alone."""


def standings(
    dossier: Dossier, positions: Mapping[str, Position], *, now: datetime, zone: ZoneInfo
) -> tuple[Standing, ...]:
    """One standing per position that the person holds, held or will hold, by position."""
    seen = replace(dossier, attended=credited_once(dossier.attended))
    return tuple(
        _assigned(seen, positions[position], assignment, now, zone)
        for position, assignment in sorted(_assignments(dossier).items())
        if position in positions
    )


def standing(dossier: Dossier, position: Position, *, now: datetime, zone: ZoneInfo) -> Standing:
    """The standing in one position; ``none`` without a hold for somebody who was never assigned to it."""
    found = standings(dossier, {position.id: position}, now=now, zone=zone)
    return found[0] if found else Standing(position.id, "none")


def _assignments(dossier: Dossier) -> dict[str, Assignment]:
    """The assignment that holds per position: the one stated last, of equals the one that ends first."""
    ordered = sorted(dossier.assignments, key=lambda a: (a.as_of, -(a.ends_at or END).timestamp(), a.starts_at))
    return {each.position: each for each in ordered}


def _assigned(dossier: Dossier, position: Position, assignment: Assignment, now: datetime, zone: ZoneInfo) -> Standing:
    end = assignment.ends_at or END
    if not assignment.starts_at <= now < end:
        zh, en = cure("not_assigned", (), zone)
        hold = Hold("assignment", position.ladder[0].scope, "not_assigned", (), zh, en)
        look = assignment.starts_at if now < assignment.starts_at else None
        return Standing(position.id, "none", holds=(hold,), next_look=look)
    found = _Judged(dossier, position, assignment, now, zone).standing()
    if assignment.ends_at is None:
        return found
    looks = [look for look in (found.next_look, assignment.ends_at) if look is not None]
    return replace(found, next_look=min(looks, default=None))


@dataclass(frozen=True, slots=True)
class _Life:
    """A credential as it stands: how it is held, since when without interruption, and how its renewal stands.

    ``parts`` are the requirements that grant it, or renew it in ``cycle``; ``runs`` are the times it held.
    """

    held: Held
    finding: Finding
    parts: tuple[Finding, ...] = ()
    looks: tuple[datetime, ...] = ()
    runs: Runs = ()
    cycle: Span | None = None


class _Judged:
    """One person in one position at one instant. Every clause is judged, also those that change nothing."""

    def __init__(
        self, dossier: Dossier, position: Position, assignment: Assignment, now: datetime, zone: ZoneInfo
    ) -> None:
        self._dossier = dossier
        self._position = position
        self._assignment = assignment
        self._now = now
        self._zone = zone
        self._lives: dict[str, _Life] = {}
        self._findings: dict[str, Finding] = {}
        self._looks: list[datetime] = []
        self._tallies: dict[tuple[str, datetime, datetime, datetime], tuple[Finding, Runs]] = {}

    def standing(self) -> Standing:
        """Scope, holds, findings, notices, next look."""
        named = [*self._position.requirement, *self._position.credential]
        findings = [self._of(name) for name in named]
        scope, since, holds = self._ladder()
        notices = (
            *self._granted(scope, since),
            *self._warnings(scope),
            *self._restrictions(scope, holds),
            *self._exams(),
        )
        return Standing(
            position=self._position.id,
            scope=scope,
            holds=tuple(holds),
            findings=tuple(findings),
            credentials=tuple(self._lives[name].held for name in sorted(self._lives)),
            notices=notices,
            next_look=self._next_look(findings),
        )

    # --- requirements ----------------------------------------------------------------------------------------

    def _of(self, name: str) -> Finding:
        """How a requirement or credential stands now; one over a cycle, in the credential's present cycle."""
        found = self._findings.get(name)
        if found is None:
            found = self._findings[name] = self._judge(name, self._now, self._cycle_of(name))
        return found

    def _cycle_of(self, name: str) -> Span | None:
        rule = self._position.requirement.get(name)
        if getattr(rule, "window", "") != "cycle":
            return None
        renews = (c for c, own in self._position.credential.items() if name in (own.renewed_by or own.granted_by))
        return next((self._life(credential).cycle for credential in renews), None)

    def _judge(self, name: str, at: datetime, cycle: Span | None) -> Finding:
        """How it stood at an instant. With a cycle, evidence counts over that and no longer."""
        rule = self._position.requirement.get(name)
        if rule is None or isinstance(rule, CredentialRequirement):
            return self._credential_at(name, name if rule is None else rule.credential, at)
        if isinstance(rule, AnyOfRequirement):
            return self._any_of(name, rule, at, cycle)
        span = self._span(rule, at, cycle)
        judged: Finding
        if isinstance(rule, HoursRequirement):
            judged = self._hours(name, rule, span, at)[0]
        elif isinstance(rule, CourseRequirement):
            judged = clauses.course(name, rule, self._dossier.attended, span, at)
        else:
            judged = clauses.exam(name, rule, self._dossier.results, span, at)
        return self._edged(judged, rule.window, span) if rule.window in _MOVING else judged

    def _hours(self, name: str, rule: HoursRequirement, span: Span, at: datetime) -> tuple[Finding, Runs]:
        asked = (name, span.start, span.end, at)
        found = self._tallies.get(asked)
        if found is None:
            dossier = self._dossier
            found = clauses.hours_over(name, rule, dossier.attended, dossier.leaves, span, at)
            self._tallies[asked] = found
        return found

    def _span(
        self, rule: HoursRequirement | CourseRequirement | ExamRequirement, at: datetime, cycle: Span | None
    ) -> Span:
        if cycle is not None and rule.window not in _MOVING:
            # What granted a cycle, at the instant it began, belongs to the one before; what is over at its end to it.
            return Span(cycle.start + _TICK, cycle.end + _TICK)
        return window(rule.window, at, self._zone, assigned=self._assignment.starts_at)

    def _edged(self, finding: Finding, kind: str, span: Span) -> Finding:
        """A calendar window changes by itself at its end; a rolling one any day."""
        edge = self._now + timedelta(days=1) if kind == "rolling_year" else span.end
        return replace(finding, next_look=min(edge, finding.next_look or edge))

    def _any_of(self, name: str, rule: AnyOfRequirement, at: datetime, cycle: Span | None) -> Finding:
        ways = [[self._of(each) if cycle is None else self._judge(each, at, cycle) for each in way] for way in rule.of]
        met = [way for way in ways if all(each.state == "met" for each in way)]
        if met:
            return Finding(name, "met", min(_latest(way) for way in met), ())
        unmet = next(each for each in ways[0] if each.state != "met")
        unknown = any(all(each.state != "not_met" for each in way) for way in ways)
        return replace(unmet, requirement=name, state="unknown" if unknown else "not_met", since=None)

    def _credential_at(self, name: str, credential: str, at: datetime) -> Finding:
        life = self._life(credential)
        if at == self._now:
            return life.finding if name == credential else replace(life.finding, requirement=name)
        run = next((run for run in life.runs if run.holds(at)), None)
        if run is None:
            return Finding(name, "not_met", None, (), "credential_missing")
        return Finding(name, "met", run.start, ())

    # --- when a requirement was met --------------------------------------------------------------------------

    def _when(self, name: str, cycle: Span | None = None) -> Runs:
        """When it was met, judged at each moment by what was over by then."""
        rule = self._position.requirement.get(name)
        if rule is None or isinstance(rule, CredentialRequirement):
            return self._life(name if rule is None else rule.credential).runs
        if isinstance(rule, AnyOfRequirement):
            return joined(run for way in rule.of for run in self._together(way, cycle))
        if rule.window in _MOVING:
            return self._when_moving(name, rule)
        span = self._span(rule, self._now, cycle)
        if isinstance(rule, HoursRequirement):
            return self._hours(name, rule, span, self._now)[1]
        since = self._judge(name, self._now, cycle).since
        return () if since is None else (Span(since, END),)

    def _together(self, names: Iterable[str], cycle: Span | None = None) -> Runs:
        """When all of them were met at once."""
        return reduce(shared, (self._when(each, cycle) for each in names))

    def _when_moving(self, name: str, rule: HoursRequirement | CourseRequirement | ExamRequirement) -> Runs:
        instants = {each for e in self._evidence(rule) for each in (e, self._leaves_window(rule.window, e))}
        steps = [*sorted(each for each in instants if each <= self._now), END]
        met = (Span(at, until) for at, until in pairwise(steps) if self._judge(name, at, None).state == "met")
        return joined(met)

    def _evidence(self, rule: HoursRequirement | CourseRequirement | ExamRequirement) -> Iterable[datetime]:
        if isinstance(rule, ExamRequirement):
            return [each.occurred_at for each in self._dossier.results if each.exam == rule.exam]
        courses = rule.courses if isinstance(rule, HoursRequirement) else (rule.course,)
        return [each.ends_at for each in self._dossier.attended if each.course in courses]

    def _leaves_window(self, kind: Any, instant: datetime) -> datetime:
        """When evidence of an instant no longer counts."""
        if kind == "rolling_year":
            return add(instant, "1 year", self._zone) + _TICK
        return window(kind, instant, self._zone, assigned=instant).end

    # --- credentials -----------------------------------------------------------------------------------------

    def _life(self, name: str) -> _Life:
        found = self._lives.get(name)
        if found is None:
            own = self._position.credential.get(name)
            said = [s for s in self._dossier.credentials if s.credential == name]
            found = self._lives[name] = self._issued(name, said) if own is None else self._own(name, own, said)
        return found

    def _issued(self, name: str, said: Sequence[CredentialStatus]) -> _Life:
        """A credential by an authority's word: any of its numbers that holds is enough."""
        numbers = by_number(said)
        runs = held_runs(numbers.values(), self._now)
        # Every start and end that lies ahead; a number that takes over is known before its day.
        looks = tuple(at for run in runs for at in (run.start, run.end) if self._now < at < END)
        holding = next((run for run in runs if run.holds(self._now)), None)
        if holding is not None:
            return self._holding(name, holding, holding.start, own=False, runs=runs, looks=looks)
        if not numbers:
            state = "unknown" if said else "not_met"
            return self._missing(name, "credential_missing", None, own=False, state=state)
        return self._ended(name, [each[-1] for each in numbers.values()], runs, looks, own=False)

    def _ended(
        self, name: str, last: Sequence[CredentialStatus], runs: Runs, looks: tuple[datetime, ...], *, own: bool
    ) -> _Life:
        begun = [s for s in last if s.status != "active" or s.valid_from is None or s.valid_from <= self._now]
        if not begun:
            return self._missing(name, "credential_missing", None, own=own, looks=looks)
        said = max(begun, key=lambda s: (s.changed_at, s.sequence, s.number))
        explicit = closing(said)
        reason = f"credential_{said.status}" if explicit else "credential_expired"
        ended = said.valid_until if said.status == "active" else said.changed_at
        return self._missing(
            name, reason, ended, own=own, until=said.valid_until, explicit=explicit, runs=runs, looks=looks
        )

    def _own(self, name: str, rule: OwnCredential, said: Sequence[CredentialStatus]) -> _Life:
        """A credential that we give: granted by requirements (or opened with dates), renewed cycle by cycle."""
        numbers = by_number(said)
        closed = [each[-1] for each in numbers.values() if closing(each[-1])]
        until = max((s.changed_at for s in closed), default=None)
        active = [each for each in numbers.values() if each[-1].status == "active"]
        valid = [each for each in active if until is None or each[-1].changed_at > until]
        if closed and not valid:
            return self._ended(name, closed, (), (), own=True)
        begun = [span for span in map(self._opening, valid, [rule] * len(valid)) if span is not None]
        ahead = tuple(span.start for span in begun if span.start > self._now)
        opened = max((s for s in begun if s.start <= self._now), key=lambda s: (s.start, s.end), default=None)
        if opened is not None:
            life = self._cycles(name, rule, opened.start, opened.end)
        else:
            life = self._granted_life(name, rule)
        return replace(life, looks=(*life.looks, *ahead))

    def _opening(self, statements: Sequence[CredentialStatus], rule: OwnCredential) -> Span | None:
        """The period an active statement opens. One that only lifts a suspension opens none: no end date moves."""
        said = dated(statements) or (None if lifted(statements) else statements[-1])
        if said is None:
            return None
        start = said.valid_from or said.changed_at
        return Span(start, said.valid_until or add(start, rule.valid_for, self._zone))

    def _granted_life(self, name: str, rule: OwnCredential) -> _Life:
        """Issued at the instant all that grants it was met for the first time; what comes later takes nothing back."""
        start = next((run.start for run in self._together(rule.granted_by) if run.start <= self._now), None)
        if start is not None:
            return self._cycles(name, rule, start, add(start, rule.valid_for, self._zone))
        parts = tuple(self._judge(each, self._now, None) for each in rule.granted_by)
        state = "not_met" if any(each.state == "not_met" for each in parts) else "unknown"
        return self._missing(name, "credential_missing", None, own=True, state=state, parts=parts)

    def _cycles(self, name: str, rule: OwnCredential, start: datetime, end: datetime) -> _Life:
        names = rule.renewed_by or rule.granted_by
        since, runs = start, []
        for _ in range(_MAX_CYCLES):
            cycle = Span(start, end)
            parts = tuple(self._judge(each, min(self._now, end), cycle) for each in names)
            if self._now < end:
                runs.append(Span(since, end))
                return self._holding(name, cycle, since, own=True, parts=parts, runs=tuple(runs))
            if all(each.state == "met" for each in parts):
                start, end = end, add(end, rule.valid_for, self._zone)
                continue
            hidden = all(each.state != "not_met" for each in parts)
            grace = add(end, self._position.unknown_grace, self._zone)
            if hidden and self._now < grace:
                runs.append(Span(since, grace))
                return self._holding(name, cycle, since, own=True, parts=parts, looks=(grace,), runs=tuple(runs))
            lapsed = grace if hidden else end
            runs.append(Span(since, lapsed))
            again = self._reinstated(names, start, lapsed)
            if again is None:
                return self._lapsed(name, names, Span(start, END), lapsed, tuple(runs))
            start = since = again
            end = add(start, rule.valid_for, self._zone)
        raise ValueError(f"credential {name}: more than {_MAX_CYCLES} cycles")

    def _reinstated(self, names: Sequence[str], start: datetime, lapsed: datetime) -> datetime | None:
        """The first instant from the lapse on at which all that renews it was met, counted from the cycle's start."""
        runs = self._together(names, Span(start, END))
        again = next((max(run.start, lapsed) for run in runs if run.end > lapsed), None)
        return None if again is None or again > self._now else again

    def _lapsed(self, name: str, names: Sequence[str], cycle: Span, lapsed: datetime, runs: Runs) -> _Life:
        parts = tuple(self._judge(each, self._now, cycle) for each in names)
        found = self._missing(name, "credential_lapsed", lapsed, own=True, until=lapsed, parts=parts, runs=runs)
        return replace(found, cycle=cycle)

    def _holding(
        self,
        name: str,
        period: Span,
        since: datetime,
        *,
        own: bool,
        parts: tuple[Finding, ...] = (),
        looks: tuple[datetime, ...] = (),
        runs: Runs = (),
    ) -> _Life:
        end = None if period.end == END else period.end
        ahead = [] if end is None else [end, add(end, self._position.warning.before, self._zone, -1)]
        running = [f.next_look for f in parts if f.next_look is not None]
        return _Life(
            held=Held(name, "active", period.start, end, own),
            finding=Finding(name, "met", since, () if end is None else (("valid_until", end.isoformat()),)),
            parts=parts,
            looks=(*ahead, *looks, *running),
            runs=runs,
            cycle=period if own else None,
        )

    def _missing(
        self,
        name: str,
        reason: str,
        ended: datetime | None,
        *,
        own: bool,
        until: datetime | None = None,
        explicit: bool = False,
        state: str = "not_met",
        parts: tuple[Finding, ...] = (),
        looks: tuple[datetime, ...] = (),
        runs: Runs = (),
    ) -> _Life:
        status = {"credential_missing": "unknown"}.get(reason, reason.removeprefix("credential_"))
        dates = () if ended is None else (("ended", ended.isoformat()),)
        figures = next((each.figures for each in parts if each.state != "met"), ())
        running = [f.next_look for f in parts if f.next_look is not None]
        return _Life(
            held=Held(name, status, None, until, own, explicit),  # type: ignore[arg-type]
            finding=Finding(name, state, None, (*dates, *figures), reason),  # type: ignore[arg-type]
            parts=parts,
            looks=(*looks, *running),
            runs=runs,
        )

    # --- the ladder ------------------------------------------------------------------------------------------

    def _ladder(self) -> tuple[str, datetime | None, list[Hold]]:
        scope, since = "none", self._assignment.starts_at
        holds: list[Hold] = []
        open_so_far = True
        for rung in self._position.ladder:
            stands = {name: self._stands_since(name) for name in rung.needs}
            unmet = [self._of(name) for name, at in stands.items() if at is None]
            known = {hold.cause for hold in holds}
            holds += [self._hold(each, rung.scope) for each in unmet if each.requirement not in known]
            open_so_far = open_so_far and not unmet
            if open_so_far:
                scope, since = rung.scope, max(since, *(at for at in stands.values() if at is not None))
        return scope, None if scope == "none" else since, holds

    def _stands_since(self, name: str) -> datetime | None:
        """Since when a need lets its rung stand; ``None`` where it holds it back.

        What was met and cannot be told now is no reason to restrict anybody until the grace is over.
        """
        finding = self._of(name)
        if finding.state == "met":
            return finding.since
        if finding.state == "not_met":
            return None
        last = self._last_run(name)
        if last is None:
            return None
        grace = add(last.end, self._position.unknown_grace, self._zone)
        self._looks.append(grace)
        return last.start if self._now < grace else None

    def _last_run(self, name: str) -> Span | None:
        """When a need that is not met now was met the last time."""
        over = [run for run in self._when(name, self._cycle_of(name)) if run.end <= self._now]
        return over[-1] if over else None

    def _hold(self, finding: Finding, below: str) -> Hold:
        reason = "evidence_unknown" if finding.state == "unknown" else finding.reason
        zh, en = cure(reason, self._shown(finding), self._zone)
        explicit = reason in ("credential_suspended", "credential_revoked")
        return Hold(finding.requirement, below, reason, finding.figures, zh, en, explicit)

    def _shown(self, finding: Finding) -> tuple[tuple[str, str], ...]:
        """The figures of a hold, with the names that people know, and what its credential still lacks."""
        rule = self._position.requirement.get(finding.requirement) or self._position.credential.get(finding.requirement)
        named = () if rule is None else (("name_zh", rule.name.zh), ("name_en", rule.name.en))
        lacking = [p for life in self._named_by(finding.requirement) for p in life.parts if p.state != "met"]
        parts = [(self._rule_of(p.requirement).name, dict(p.figures)) for p in lacking]
        shown = [(name, " ".join(f[k] for k in ("hours", "rate") if k in f)) for name, f in parts]
        missing = (
            ("missing_zh", "、".join(f"{name.zh} {figures}".strip() for name, figures in shown)),
            ("missing_en", ", ".join(f"{name.en} {figures}".strip() for name, figures in shown)),
        )
        return (*named, *finding.figures, *(missing if lacking else ()))

    def _named_by(self, name: str) -> list[_Life]:
        rule = self._position.requirement.get(name)
        if isinstance(rule, CredentialRequirement):
            return [self._life(rule.credential)]
        return [] if rule is not None else [self._life(name)]

    def _rule_of(self, name: str) -> Requirement | OwnCredential:
        return self._position.requirement.get(name) or self._position.credential[name]

    # --- notices ---------------------------------------------------------------------------------------------

    def _granted(self, scope: str, since: datetime | None) -> Iterable[Notice]:
        if since is not None:
            yield self._notice("granted", scope, f"{scope}@{since.isoformat()}", since, (("scope", scope),))

    def _warnings(self, scope: str) -> Iterable[Notice]:
        for name in self._credentials_of(scope):
            life = self._life(name)
            end = life.held.valid_until
            if life.held.status != "active" or end is None:
                continue
            warn = add(end, self._position.warning.before, self._zone, -1)
            if not warn <= self._now < end:
                continue
            yield self._warning(name, life, end, warn)

    def _warning(self, name: str, life: _Life, end: datetime, warn: datetime) -> Notice:
        unmet = [each for each in life.parts if each.state != "met"]
        figures: list[tuple[str, str]] = [("credential", self._title(name)), ("valid_until", end.isoformat())]
        for each in life.parts:
            figures += each.figures
        if life.held.own and not unmet:
            at = max(warn, _latest(life.parts))
            return self._notice("renewal_due", name, end.isoformat(), at, tuple(figures), audience="hr")
        figures += [("missing", self._title(each.requirement)) for each in unmet]
        return self._notice("expiry_warning", name, end.isoformat(), warn, tuple(figures))

    def _restrictions(self, scope: str, holds: Sequence[Hold]) -> Iterable[Notice]:
        """What took a scope away that the person had: every need of the rung was met once, in this post."""
        for rung in self._position.ladder:
            unmet = [name for name in rung.needs if self._stands_since(name) is None]
            ended = [self._ended_at(name) for name in unmet]
            if any(at is None or at <= self._assignment.starts_at for at in ended):
                return
            for hold in holds:
                if hold.cause in unmet and hold.below == rung.scope:
                    yield self._restricted(hold, scope, ended[unmet.index(hold.cause)] or self._now)

    def _restricted(self, hold: Hold, scope: str, ended: datetime) -> Notice:
        figures = (("credential", self._title(hold.cause)), ("scope", scope), ("cure", hold.cure_zh))
        return self._notice("restricted", hold.cause, ended.isoformat(), ended, figures)

    def _ended_at(self, name: str) -> datetime | None:
        """Since when a need that was met before is so no more."""
        ended = dict(self._of(name).figures).get("ended")
        if ended is not None:
            return datetime.fromisoformat(ended)
        last = self._last_run(name)
        return None if last is None else last.end

    def _exams(self) -> Iterable[Notice]:
        """Who has all the rest may take the exam of a credential."""
        for name in self._position.credential:
            parts = self._life(name).parts
            exams = [p for p in parts if isinstance(self._position.requirement.get(p.requirement), ExamRequirement)]
            rest = [p for p in parts if p not in exams]
            if not rest or any(each.state != "met" for each in rest):
                continue
            since = _latest(rest)
            for each in exams:
                if each.state != "met":
                    figures = (("exam", self._title(each.requirement)),)
                    yield self._notice("exam_open", each.requirement, since.isoformat(), since, figures)

    def _notice(
        self,
        kind: str,
        cause: str,
        stage: str,
        at: datetime,
        figures: tuple[tuple[str, str], ...],
        audience: str = "person",
    ) -> Notice:
        return Notice(
            kind=kind,  # type: ignore[arg-type]
            audience=audience,  # type: ignore[arg-type]
            position=self._position.id,
            cause=cause,
            stage=stage,
            at=at,
            figures=figures,
        )

    def _title(self, name: str) -> str:
        rule = self._position.credential.get(name) or self._position.requirement.get(name)
        return name if rule is None else f"{rule.name.zh} {rule.name.en}"

    def _credentials_of(self, scope: str) -> list[str]:
        """Credentials on which a scope depends."""
        names: list[str] = []
        for rung in self._position.ladder:
            if rank(rung.scope) <= rank(scope):
                names += [name for each in rung.needs for name in self._credentials_in(each)]
        return sorted(set(names))

    def _credentials_in(self, name: str) -> list[str]:
        rule = self._position.requirement.get(name)
        if isinstance(rule, CredentialRequirement):
            return [rule.credential]
        if isinstance(rule, AnyOfRequirement):
            return [found for way in rule.of for each in way for found in self._credentials_in(each)]
        return [name] if name in self._position.credential else []

    # --- looking again ---------------------------------------------------------------------------------------

    def _next_look(self, findings: Iterable[Finding]) -> datetime | None:
        looks = [*self._looks, *(each.next_look for each in findings if each.next_look is not None)]
        looks += [look for life in self._lives.values() for look in life.looks]
        parts = (each for life in self._lives.values() for each in life.parts)
        if any(each.state == "unknown" for each in (*findings, *parts)):
            looks.append(self._now + _LOOK_AGAIN)
        return min((look for look in looks if look > self._now), default=None)


def _latest(findings: Sequence[Finding]) -> datetime:
    return max(each.since for each in findings if each.since is not None)
