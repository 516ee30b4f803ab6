"""The life of a credential that the hub itself gives, read off its walk and what issuers said about it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from hub.rules.credentials.checks import check_events
from hub.rules.credentials.given import Given
from hub.rules.credentials.granting import Granting
from hub.rules.credentials.numbers import Closure, Number
from hub.rules.credentials.post import GrantOver
from hub.rules.credentials.restore import Cure
from hub.rules.credentials.stretches import Closed, Found, Run
from hub.rules.credentials.walk import Walk
from hub.rules.credentials.words import CLOSING
from hub.rules.life import CredentialState, ExamSeat, Life
from hub.rules.span import Span, Spans, united, without
from hub.rules.timeline import BEGINNING, END, Timeline
from hub.rules.values import Event, Period, Verdict


def own_life(granting: Granting, givens: Sequence[Given], stated: Sequence[Number]) -> Life:
    """The life of an own credential by now."""
    closures = tuple(closures_of(stated))
    found = Walk(granting, givens, closed_for_good(stated)).found
    return _life(granting, found, closures, stated)


def closed_for_good(stated: Sequence[Number]) -> list[Closed]:
    """The words that ended a credential for good, of all that was said about its numbers."""
    return [each for each in map(_for_good, closures_of(stated)) if each is not None]


def closures_of(stated: Sequence[Number]) -> Iterable[tuple[Number, Closure]]:
    """Closing words; one has no effect while another number holds of which its source, or a higher one, has spoken."""
    for number in stated:
        for closure in number.closures:
            others = (each for each in stated if each is not number and _ranked(each) >= closure.rank)
            if not any(span.holds(closure.start) for each in others for span in each.held):
                yield number, closure


def acting(stated: Sequence[Number]) -> Iterable[datetime]:
    """When closing words begin or cease to act: what is told of a credential that is not held changes too."""
    return (edge for _number, closure in closures_of(stated) for edge in (closure.start, closure.end))


def _ranked(number: Number) -> int:
    return max(word.fact.rank for word in number.words)


def _for_good(said: tuple[Number, Closure]) -> Closed | None:
    number, closure = said
    if closure.end != END or closure.kind == "suspended":
        return None
    return Closed(number.number, closure.kind, closure.start, closure.ref)


def _life(granting: Granting, found: Found, said: Sequence[tuple[Number, Closure]], stated: Sequence[Number]) -> Life:
    gaps, spans = gaps_of(said), [run.span for run in found.runs]
    runs = without(spans, (gap.span for gap in gaps))
    now = granting.post.now

    def state(instant: datetime) -> CredentialState:
        return _state(granting, found, said, runs, instant)

    return Life(
        granting.name,
        True,
        _holding(found.runs, runs),
        state,
        events=tuple(sorted({*found.events, *gap_events(granting.name, spans, gaps), *_checks(granting, found)})),
        periods_of=lambda name: _periods(granting, found, name),
        alarms=tuple(sorted({alarm for number in stated for alarm in number.alarms})),
        kept=tuple(each for each in found.kept if each.until > now),
        looks=tuple(sorted({*found.looks, *granting.looks, *_ahead(granting, found), *acting(stated)})),
        issues=tuple(granting.issues),
        runs=runs,
        ends=tuple(sorted((run.number, run.span.end) for run in found.runs)),
        closings=tuple(sorted(closure.start for _number, closure in said)),
        demanded=found.cycle if found.ending is not None and found.ending.kind == "held" else None,
        exams=_seats(granting, found),
    )


def _holding(found: Sequence[Run], runs: Spans) -> Timeline[tuple[str, ...]]:
    edges = {edge for run in runs for edge in (run.start, run.end)}
    edges |= {edge for run in found for edge in (run.span.start, run.span.end)}
    return Timeline((), ((edge, _held_at(found, runs, edge)) for edge in edges))


def _held_at(found: Sequence[Run], runs: Spans, instant: datetime) -> tuple[str, ...]:
    if not any(run.holds(instant) for run in runs):
        return ()
    return tuple(sorted({run.number for run in found if run.span.holds(instant)}))


def _ahead(granting: Granting, found: Found) -> Iterable[datetime]:
    """When a demand of the cycle that runs changes by itself."""
    now = granting.post.now
    ending, cycle = found.ending, found.cycle
    if ending is None or ending.kind != "held" or cycle is None:
        return
    for each in cycle.binding:
        entry = each.running(now)
        look = None if entry is None else entry.over.states.next_after(now)
        if look is not None:
            yield look


def _checks(granting: Granting, found: Found) -> Iterable[Event]:
    """The checks of the cycle that runs."""
    ending, cycle = found.ending, found.cycle
    if ending is None or ending.kind != "held" or cycle is None:
        return ()
    now = granting.post.now
    rule = granting.post.rule(granting.name, now) or granting.rule(now)
    stated = found.runs[-1].stated_at if found.runs else None
    known_from = max(stated or cycle.cycle.start, cycle.cycle.start)
    return check_events(granting.name, rule, cycle, known_from=known_from, now=now, zone=granting.post.days.zone)


def _periods(granting: Granting, found: Found, requirement: str) -> tuple[Period, ...]:
    """The periods over which a requirement is judged: for the first grant, and in all cycles."""
    granted = [run.span.start for run in found.runs[:1]]
    stretches = [grant.period for grant, _within in granting.stretches(BEGINNING) if requirement in grant.needs]
    first = [Period(each.start, granted[0], granted[0]) if granted else each for each in stretches[:1]]
    return (*first, *(entry.period for cycle in found.cycles for entry in cycle.periods_of(requirement)))


def gaps_of(said: Iterable[tuple[Number, Closure]]) -> list[Closure]:
    """The closing words that end nothing for good: what is suspended, or was reopened."""
    return [closure for _number, closure in said if _may_be_lifted(closure)]


def gap_events(name: str, held: Iterable[Span], gaps: Iterable[Closure]) -> Iterable[Event]:
    """When a credential that was given for some stretches was closed for a while, and when it was reinstated."""
    whole = united(held)
    for gap in gaps:
        if any(run.holds(gap.start) for run in whole):
            kind = gap.kind if gap.kind in ("suspended", "revoked", "superseded") else "lapsed"
            yield Event(gap.start, kind, name, refs=(gap.ref,))
        if gap.end != END and any(run.holds(gap.end) for run in whole):
            yield Event(gap.end, "reinstated", name, refs=(gap.ref,))


def _state(
    granting: Granting, found: Found, said: Sequence[tuple[Number, Closure]], runs: Spans, instant: datetime
) -> CredentialState:
    name = granting.name
    held = next((run for run in runs if run.holds(instant)), None)
    if held is not None:
        run = next(run for run in reversed(found.runs) if run.span.holds(instant))
        parts = found.cycle.verdicts(instant) if found.cycle and instant >= found.cycle.cycle.start else ()
        return CredentialState(
            name,
            True,
            "active",
            run.number,
            run.span.start,
            max(run.bound, run.span.end),
            since=held.start,
            stated_at=run.stated_at,
            parts=parts,
            known_by=run.known_by,
            giving=partial(_given_by, found, run.span.end),
        )
    worst = closed_by(said, [run.span for run in found.runs], instant)
    if worst is not None:
        parts = _grant_parts(granting, instant, worst.start) if worst.kind != "suspended" else ()
        return closed_state(name, worst, parts)
    return _lapsed(granting, found, instant) if found.runs else _never(granting, instant)


def closed_by(said: Iterable[tuple[Number, Closure]], given: Sequence[Span], instant: datetime) -> Closure | None:
    """The closing word for which it is not held at an instant: one that may be lifted, or after which it was not given.

    ``given``: the stretches for which it was.
    """
    acting = [closure for _number, closure in said if closure.span.holds(instant)]
    lasting = [each for each in acting if _may_be_lifted(each) or not any(run.start >= each.start for run in given)]
    return max(lasting, key=lambda each: (CLOSING.index(each.kind), each.start), default=None)


def closed_state(name: str, closure: Closure, parts: tuple[Verdict, ...] = ()) -> CredentialState:
    """The state of an own credential that an issuer's word closes."""
    reason = f"credential_{closure.kind}"
    return CredentialState(
        name,
        True,
        closure.kind,
        reason=reason,
        ended_at=closure.start,
        explicit=True,
        parts=parts,
        refs=(closure.ref,),
        known_by=closure.known_by,
    )


def _may_be_lifted(closure: Closure) -> bool:
    return closure.kind == "suspended" or closure.end != END


def _lapsed(granting: Granting, found: Found, instant: datetime) -> CredentialState:
    over = [run for run in found.runs if run.span.end <= instant]
    if not over:
        return _never(granting, instant)
    ended = max(over, key=lambda run: run.span.end)
    lost = found.ending is not None and found.ending.kind == "ground_lost"
    parts = found.cure.parts.verdict(instant).parts if found.cure else _grant_parts(granting, instant, BEGINNING)
    reason = "ground_lost" if lost else "credential_lapsed"
    return CredentialState(
        granting.name,
        True,
        "lapsed",
        ended.number,
        reason=reason,
        ended_at=ended.span.end,
        parts=parts,
        known_by=ended.known_by,
        giving=partial(_given_by, found, ended.span.end),
    )


def _given_by(found: Found, until: datetime) -> tuple[str, ...]:
    """The facts by which all periods up to an end were given."""
    return tuple(dict.fromkeys(ref for run in found.runs if run.span.end <= until for ref in run.given_by()))


def _never(granting: Granting, instant: datetime) -> CredentialState:
    parts = _grant_parts(granting, instant, BEGINNING)
    hidden = bool(parts) and all(each.state != "not_met" for each in parts)
    return CredentialState(granting.name, True, "unknown", reason="credential_missing", parts=parts, unknown=hidden)


def _grant_now(granting: Granting, instant: datetime, cut: datetime) -> GrantOver | None:
    """What grants it in the stretch of an instant, else in the nearest one."""
    found = list(granting.stretches(cut))
    if not found:
        return None

    def distance(pair: tuple[GrantOver, Span]) -> float:
        within = pair[1]
        if within.holds(instant):
            return 0.0
        edge = within.start if instant < within.start else within.end
        return abs((edge - instant).total_seconds())

    return min(found, key=distance)[0]


def _grant_parts(granting: Granting, instant: datetime, cut: datetime) -> tuple[Verdict, ...]:
    grant = _grant_now(granting, instant, cut)
    return () if grant is None else grant.all.verdict(instant).parts


def _seats(granting: Granting, found: Found) -> tuple[ExamSeat, ...]:
    """The exams of the grant, of the cycle, or of what restores it after a lapse: who may sit them now."""
    now, ending, cycle, cure = granting.post.now, found.ending, found.cycle, found.cure
    if ending is not None and ending.kind == "held" and cycle is not None:
        if now <= cycle.cycle.end:
            return cycle.seats(granting.name, now)
        cure = Cure(cycle, cycle.cycle.end)  # what is sat while it is held beyond its end restores it at a lapse
    if cure is not None:
        return cure.seats(granting.name, now) if _in_a_stint(granting, now) else ()
    grant = _grant_now(granting, now, BEGINNING)
    return () if grant is None or found.runs else grant.seats(granting.name, now)


def _in_a_stint(granting: Granting, now: datetime) -> bool:
    return any(stint.start <= now < stint.end for stint in granting.post.stints)
