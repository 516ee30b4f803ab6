"""Judges every requirement and credential of a position for one person at one instant; ladder and notices read it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hub.rules import clauses
from hub.rules.credential_lives import CredentialLives
from hub.rules.dossier import CredentialState, Dossier, Finding, Ids, ids
from hub.rules.grounds import grounds
from hub.rules.lives import Life
from hub.rules.windows import END, Runs, Span, add, joined, shared, window
from schemas.people import Assignment
from schemas.position import (
    AnyOfRequirement,
    Bilingual,
    CourseRequirement,
    CredentialRequirement,
    ExamRequirement,
    HoursRequirement,
    Position,
)

_LOOK_AGAIN = timedelta(minutes=15)
"""How soon an ``unknown`` is looked at again: a silent source gives no other sign."""
_TICK = timedelta(microseconds=1)
_MOVING = frozenset({"month", "quarter", "year", "rolling_year"})
"""Windows that evidence leaves by the calendar alone."""


class Judgement:
    """One person in one position at one instant. Every clause is judged once, also those that change nothing."""

    def __init__(
        self, dossier: Dossier, position: Position, assignment: Assignment, now: datetime, zone: ZoneInfo
    ) -> None:
        self.position = position
        self.assignment = assignment
        self.now = now
        self.zone = zone
        self._dossier = dossier
        self._leaves = tuple(each.record for each in dossier.leaves)
        self._results = tuple(each.record for each in dossier.results)
        self._lives = CredentialLives(
            position,
            dossier.credentials,
            now,
            zone,
            judge=self._judge,
            when_all=self._when_all,
            grounds=self._grounds,
        )
        self._findings: dict[str, Finding] = {}
        self._looks: list[datetime] = []
        self._tallies: dict[tuple[str, datetime, datetime, datetime], tuple[Finding, Runs]] = {}

    def findings(self) -> tuple[Finding, ...]:
        """How each requirement and credential stands now, in the order of the position."""
        return tuple(self.finding(name) for name in (*self.position.requirement, *self.position.credential))

    def credentials(self) -> tuple[CredentialState, ...]:
        """How each credential that was asked for is held, by name."""
        return tuple(life.state for _name, life in sorted(self._lives.known.items()))

    def finding(self, name: str) -> Finding:
        """How a requirement or credential stands now; one over a cycle, in the credential's present cycle."""
        found = self._findings.get(name)
        if found is None:
            cycle = self._cycle_of(name)
            judged = self._judge(name, self.now, cycle)
            found = self._findings[name] = replace(judged, evidence=self._grounds(name, self.now, cycle))
        return found

    def life(self, name: str) -> Life:
        """How a credential stands now, one of the employer's own or an authority's."""
        return self._lives.life(name)

    def stands_since(self, name: str) -> datetime | None:
        """Since when a need lets its rung stand; ``None`` where it holds it back.

        What was met and cannot be told now is no reason to restrict anybody until the grace is over.
        """
        finding = self.finding(name)
        if finding.state == "met":
            return finding.since
        if finding.state == "not_met":
            return None
        last = self.last_run(name)
        if last is None:
            return None
        grace = add(last.end, self.position.unknown_grace, self.zone)
        self._looks.append(grace)
        return last.start if self.now < grace else None

    def last_run(self, name: str) -> Span | None:
        """When a need that is not met now was met the last time."""
        over = [run for run in self._when(name, self._cycle_of(name)) if run.end <= self.now]
        return over[-1] if over else None

    def warned_at(self, end: datetime) -> datetime:
        """From when the holder of a credential that ends then is warned."""
        return self._lives.warned_at(end)

    def named(self, name: str) -> Bilingual | None:
        """The name that people know a requirement or credential by: its own, or that of what asks for it."""
        rules = self.position.requirement
        asking = (
            each for each in rules.values() if isinstance(each, CredentialRequirement) and each.credential == name
        )
        rule = rules.get(name) or self.position.credential.get(name) or next(asking, None)
        return None if rule is None else rule.name

    def next_look(self) -> datetime | None:
        """The first instant ahead at which what was judged so far may change by itself."""
        findings = self._findings.values()
        looks = [*self._looks, *(each.next_look for each in findings if each.next_look is not None)]
        lives = self._lives.known.values()
        looks += [look for life in lives for look in life.looks]
        parts = (each for life in lives for each in life.parts)
        if any(each.state == "unknown" for each in (*findings, *parts)):
            looks.append(self.now + _LOOK_AGAIN)
        return min((look for look in looks if look > self.now), default=None)

    # --- requirements ----------------------------------------------------------------------------------------

    def _cycle_of(self, name: str) -> Span | None:
        rule = self.position.requirement.get(name)
        if getattr(rule, "window", "") != "cycle":
            return None
        renews = (c for c, own in self.position.credential.items() if name in (own.renewed_by or own.granted_by))
        return next((self.life(credential).cycle for credential in renews), None)

    def _judge(self, name: str, at: datetime, cycle: Span | None) -> Finding:
        """How it stood at an instant. With a cycle, evidence counts over that and no longer."""
        rule = self.position.requirement.get(name)
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
            judged = clauses.exam(name, rule, self._results, span, at)
        return self._edged(judged, rule.window, span) if rule.window in _MOVING else judged

    def _hours(self, name: str, rule: HoursRequirement, span: Span, at: datetime) -> tuple[Finding, Runs]:
        asked = (name, span.start, span.end, at)
        found = self._tallies.get(asked)
        if found is None:
            found = clauses.hours_over(name, rule, self._dossier.attended, self._leaves, span, at)
            self._tallies[asked] = found
        return found

    def _span(
        self, rule: HoursRequirement | CourseRequirement | ExamRequirement, at: datetime, cycle: Span | None
    ) -> Span:
        if cycle is not None and rule.window not in _MOVING:
            # What granted a cycle, at the instant it began, belongs to the one before; what is over at its end to it.
            return Span(cycle.start + _TICK, cycle.end + _TICK)
        return window(rule.window, at, self.zone, assigned=self.assignment.starts_at)

    def _edged(self, finding: Finding, kind: str, span: Span) -> Finding:
        """A calendar window changes by itself at its end; a rolling one any day."""
        edge = self.now + timedelta(days=1) if kind == "rolling_year" else span.end
        return replace(finding, next_look=min(edge, finding.next_look or edge))

    def _any_of(self, name: str, rule: AnyOfRequirement, at: datetime, cycle: Span | None) -> Finding:
        ways = [
            [self.finding(each) if cycle is None else self._judge(each, at, cycle) for each in way] for way in rule.of
        ]
        met = [way for way in ways if all(each.state == "met" for each in way)]
        if met:
            return Finding(name, "met", min(latest(way) for way in met), ())
        unmet = next(each for each in ways[0] if each.state != "met")
        unknown = any(all(each.state != "not_met" for each in way) for way in ways)
        return replace(unmet, requirement=name, state="unknown" if unknown else "not_met", since=None)

    def _credential_at(self, name: str, credential: str, at: datetime) -> Finding:
        life = self.life(credential)
        if at == self.now:
            return life.finding if name == credential else replace(life.finding, requirement=name)
        run = next((run for run in life.runs if run.holds(at)), None)
        if run is None:
            return Finding(name, "not_met", None, (), "credential_missing")
        return Finding(name, "met", run.start, ())

    # --- what it rests on ------------------------------------------------------------------------------------

    def _grounds(self, name: str, at: datetime, cycle: Span | None) -> Ids:
        """The facts by which it was judged at an instant."""
        rule = self.position.requirement.get(name)
        if rule is None or isinstance(rule, CredentialRequirement):
            return self.life(name if rule is None else rule.credential).finding.evidence
        if isinstance(rule, AnyOfRequirement):
            met = [way for way in rule.of if all(self._judge(each, at, cycle).state == "met" for each in way)]
            return ids(fact for way in met or rule.of for each in way for fact in self._grounds(each, at, cycle))
        return grounds(rule, self._dossier, self._span(rule, at, cycle), at)

    # --- when a requirement was met --------------------------------------------------------------------------

    def _when(self, name: str, cycle: Span | None = None) -> Runs:
        """When it was met, judged at each moment by what was over by then."""
        rule = self.position.requirement.get(name)
        if rule is None or isinstance(rule, CredentialRequirement):
            return self.life(name if rule is None else rule.credential).runs
        if isinstance(rule, AnyOfRequirement):
            return joined(run for way in rule.of for run in self._when_all(way, cycle))
        if rule.window in _MOVING:
            return self._when_moving(name, rule)
        span = self._span(rule, self.now, cycle)
        if isinstance(rule, HoursRequirement):
            return self._hours(name, rule, span, self.now)[1]
        since = self._judge(name, self.now, cycle).since
        return () if since is None else (Span(since, END),)

    def _when_all(self, names: Iterable[str], cycle: Span | None = None) -> Runs:
        """When all of them were met at once."""
        return reduce(shared, (self._when(each, cycle) for each in names))

    def _when_moving(self, name: str, rule: HoursRequirement | CourseRequirement | ExamRequirement) -> Runs:
        instants = {each for e in self._evidence(rule) for each in (e, self._leaves_window(rule.window, e))}
        steps = [*sorted(each for each in instants if each <= self.now), END]
        met = (Span(at, until) for at, until in pairwise(steps) if self._judge(name, at, None).state == "met")
        return joined(met)

    def _evidence(self, rule: HoursRequirement | CourseRequirement | ExamRequirement) -> Iterable[datetime]:
        if isinstance(rule, ExamRequirement):
            return [each.occurred_at for each in self._results if each.exam == rule.exam]
        courses = rule.courses if isinstance(rule, HoursRequirement) else (rule.course,)
        return [each.ends_at for each in self._dossier.attended if each.course in courses]

    def _leaves_window(self, kind: Any, instant: datetime) -> datetime:
        """When evidence of an instant no longer counts."""
        if kind == "rolling_year":
            return add(instant, "1 year", self.zone) + _TICK
        return window(kind, instant, self.zone, assigned=instant).end


def latest(findings: Sequence[Finding]) -> datetime:
    """Since when all of these, which are met, are met."""
    return max(each.since for each in findings if each.since is not None)
