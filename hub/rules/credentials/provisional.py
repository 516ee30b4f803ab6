"""A provisional credential: it ends with the formal one, at its own end, or withdrawn; shortfalls extend it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.rules.calendar import add
from hub.rules.credentials.cycle_periods import Cycle
from hub.rules.credentials.demanded import CycleDemands
from hub.rules.credentials.given import Given
from hub.rules.credentials.granting import TICK, Granting
from hub.rules.credentials.numbers import Number
from hub.rules.credentials.own import (
    acting,
    closed_by,
    closed_for_good,
    closed_state,
    closures_of,
    gap_events,
    gaps_of,
)
from hub.rules.credentials.stretches import Closed
from hub.rules.demands.proofs import Exam
from hub.rules.life import CredentialState, Life
from hub.rules.span import Span, Spans, without
from hub.rules.timeline import BEGINNING, Timeline
from hub.rules.values import Event, EventKind, Kept
from schemas.position import Credential


@dataclass(frozen=True, slots=True)
class _Probation:
    """One provisional period: when it runs, how it ended, and what happened in it."""

    span: Span
    number: str
    bound: datetime
    ended: EventKind | None
    demands: CycleDemands
    events: tuple[Event, ...]
    kept: tuple[Kept, ...]
    looks: tuple[datetime, ...]


class Provisional:
    """The probations of one provisional credential, by now."""

    def __init__(
        self,
        granting: Granting,
        givens: Sequence[Given],
        stated: Sequence[Number],
        formal: Callable[[], Life],
    ) -> None:
        self._granting = granting
        self._post = granting.post
        self._now = granting.post.now
        self._givens = givens
        self._closed: list[Closed] = closed_for_good(stated)
        self._said = tuple(closures_of(stated))
        self._formal = formal
        self._stated = stated

    def life(self) -> Life:
        """Its life: granted, extended, ended."""
        found = list(self._probations())
        name = self._granting.name
        gaps, spans = gaps_of(self._said), [each.span for each in found]
        runs = without(spans, (gap.span for gap in gaps))
        last = found[-1] if found else None

        def state(instant: datetime) -> CredentialState:
            return self._state(found, instant)

        return Life(
            name,
            True,
            Timeline((), self._numbers(found, runs)),
            state,
            events=tuple(sorted({*(event for each in found for event in each.events), *gap_events(name, spans, gaps)})),
            alarms=tuple(sorted({alarm for number in self._stated for alarm in number.alarms})),
            kept=tuple(kept for each in found for kept in each.kept if kept.until > self._now),
            looks=(*(look for each in found for look in each.looks), *self._granting.looks, *acting(self._stated)),
            issues=tuple(self._granting.issues),
            runs=runs,
            closings=tuple(sorted(closure.start for _number, closure in self._said)),
            ends=tuple((each.number, each.span.end) for each in found),
            demanded=last.demands if last is not None and last.ended is None else None,
        )

    def _numbers(self, found: Sequence[_Probation], runs: Spans) -> Iterator[tuple[datetime, tuple[str, ...]]]:
        """Under which number it is held, from when on."""
        for run in runs:
            number = next(each.number for each in found if each.span.holds(run.start))
            yield from ((run.start, (number,)), (run.end, ()))

    def _probations(self) -> Iterator[_Probation]:
        begun = [each for each in self._givens if each.start <= self._now]
        given = begun[0] if begun else self._first(BEGINNING, BEGINNING)
        cut, over = BEGINNING, set[tuple[str, datetime]]()
        while given is not None:
            probation = self._probation(given, cut)
            yield probation
            over.add(given.beginning)
            if probation.ended is None or self._formal_at(probation.span.end) is not None:
                return
            ended = probation.span.end
            lost = probation.ended == "ground_lost"  # what remains, or comes, may grant it from then on
            cut = cut if lost else ended
            later = [each for each in begun if each.start >= ended and each.beginning not in over]
            given = later[0] if later else self._first(ended if lost else ended + TICK, cut)

    def _first(self, after: datetime, cut: datetime) -> Given | None:
        return self._granting.first(after, cut, (each.at for each in self._closed if each.kind == "revoked"))

    def _probation(self, given: Given, cut: datetime) -> _Probation:
        """One probation: each shortfall or failed exam extends it, the one too many withdraws it."""
        rule = self._granting.rule(given.start)
        name, end, times = self._granting.name, given.end, 0
        events = [Event(given.start, "granted", name, end)]
        demands = self._demands(rule, given)
        ended: EventKind | None = None
        kept: list[Kept] = []
        for at, certain in self._shortfalls(demands, given.start):
            if at >= end or at > self._now:
                break
            if not certain:
                kept.append(Kept("unknown_grace", name, add(at, self._grace(), self._post.days.zone)))
                continue
            if rule.extend is None:
                continue
            times += 1
            if times > rule.extend.times:
                end, ended = at, "withdrawn"
                break
            end = add(end, rule.extend.by, self._post.days.zone)
            events.append(Event(at, "extended", name, end))
        stop = self._stopped(given, end, cut)
        if stop is not None:
            end, ended = stop
        elif ended is None and end <= self._now:
            ended = "lapsed"
        if ended is not None:
            events.append(Event(end, ended, name))
        looks = tuple(each.period.end for demand in demands.demands for each in demand.entries if each.judges)
        return _Probation(
            Span(given.start, end), given.number, end, ended, demands, tuple(events), tuple(kept), (*looks, end)
        )

    def _stopped(self, given: Given, end: datetime, cut: datetime) -> tuple[datetime, EventKind] | None:
        """What ends it before its end: the formal credential is granted, its grounds are lost, or an issuer's word."""
        found: list[tuple[datetime, EventKind]] = []
        start, formal = given.start, self._formal_at(given.start)
        lost = self._granting.lost_at(given, cut)
        if lost is not None and lost < end:
            found.append((lost, "ground_lost"))
        if formal is not None and formal < end:
            found.append((formal, "superseded"))
        closed = (each.at for each in self._closed if start <= each.at < end and each.at <= self._now)
        found += [(at, "revoked") for at in closed]
        return min(found, default=None)

    def _formal_at(self, since: datetime) -> datetime | None:
        """When the formal credential was held first, from an instant on."""
        runs = (run for run in self._formal().runs if run.end > since)
        return next((max(run.start, since) for run in runs if run.start <= self._now), None)

    def _demands(self, rule: Credential, given: Given) -> CycleDemands:
        longest = add(self._now, "1 week", self._post.days.zone)
        cycle = Cycle(given.start, max(longest, given.start + TICK), given.first_at)
        return CycleDemands(rule, self._post.version(given.start).clauses, cycle, self._post.days, {})

    def _shortfalls(self, demands: CycleDemands, start: datetime) -> list[tuple[datetime, bool]]:
        """When something fell short: a period's demand at its due, a formal exam at its result."""
        found = [(at, True) for at in self._failed_exams(start)]
        for each in demands.demands:
            for entry in each.entries:
                due = entry.period.end
                if not entry.judges or due > self._now or due >= demands.cycle.end:
                    continue
                state = entry.over.states.at(due)
                grace = add(due, self._grace(), self._post.days.zone)
                if state == "unknown" and self._now < grace:
                    found.append((due, False))
                elif state != "met":
                    found.append((due if state == "not_met" else grace, True))
        return sorted(found)

    def _failed_exams(self, start: datetime) -> Iterator[datetime]:
        version = self._post.version(self._now)
        formal = self._granting.rule(start).provisional_for
        rule = version.position.credential.get(formal or "")
        for name in rule.grant.needs if rule is not None and rule.grant is not None else ():
            exam = version.clauses.clause(name)
            if isinstance(exam, Exam):
                yield from (each.at for each in exam.sittings if each.at > start and not exam.passed(each))

    def _state(self, found: Sequence[_Probation], instant: datetime) -> CredentialState:
        name = self._granting.name
        closed = closed_by(self._said, [each.span for each in found], instant)
        if closed is not None:
            return closed_state(name, closed)
        held = next((each for each in found if each.span.holds(instant)), None)
        if held is not None:
            parts = held.demands.verdicts(instant)
            return CredentialState(
                name, True, "active", held.number, held.span.start, held.bound, since=held.span.start, parts=parts
            )
        over = [each for each in found if each.span.end <= instant]
        if over:
            reason = {
                "withdrawn": "provisional_withdrawn",
                "superseded": "formal_granted",
                "ground_lost": "ground_lost",
            }
            ended = over[-1].ended or "lapsed"
            return CredentialState(
                name, True, "lapsed", reason=reason.get(ended, f"credential_{ended}"), ended_at=over[-1].span.end
            )
        parts = next((grant.all.verdict(instant).parts for grant, _within in self._granting.stretches(BEGINNING)), ())
        hidden = bool(parts) and all(each.state != "not_met" for each in parts)
        return CredentialState(name, True, "unknown", reason="credential_missing", parts=parts, unknown=hidden)

    def _grace(self) -> str:
        return self._post.version(self._now).position.unknown.grace
