"""From a dossier to a standing: scope on the ladder, the holds that keep it lower, what to tell, when to look again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.rules.cures import cure
from hub.rules.dossier import Dossier, Fact, Hold, Standing, ids
from hub.rules.judgement import Judgement
from hub.rules.ladder import climb
from hub.rules.notices import notices
from hub.rules.overlap import credited_once
from hub.rules.resting import rests_on
from hub.rules.windows import END
from schemas.people import Assignment
from schemas.position import Position


def standings(
    dossier: Dossier, positions: Mapping[str, Position], *, now: datetime, zone: ZoneInfo
) -> tuple[Standing, ...]:
    """One standing per position that the person holds, held or will hold, by position."""
    seen = replace(dossier, attended=credited_once(dossier.attended))
    return tuple(
        _assigned(seen, positions[position], assignment, now, zone)
        for position, assignment in sorted(_assignments(dossier, now).items())
        if position in positions
    )


def standing(dossier: Dossier, position: Position, *, now: datetime, zone: ZoneInfo) -> Standing:
    """The standing in one position; ``none`` without a hold for somebody who was never assigned to it."""
    found = standings(dossier, {position.id: position}, now=now, zone=zone)
    return found[0] if found else Standing(position.id, "none")


def _assignments(dossier: Dossier, now: datetime) -> dict[str, Fact[Assignment]]:
    """The assignment that counts per position: the one of now, else the next, else the last."""
    return {position: min(each, key=lambda a: _distance(a.record, now)) for position, each in _stints(dossier).items()}


def _stints(dossier: Dossier) -> dict[str, list[Fact[Assignment]]]:
    """Assignments by position: of statements about the same time the later one holds, and only that time is theirs.

    Of two said at once the one that begins later, then the one that ends first.
    """
    stints: dict[str, list[Fact[Assignment]]] = {}
    for each in sorted(dossier.assignments, key=_said_last, reverse=True):
        known = stints.setdefault(each.record.position, [])
        if not any(_same_time(each.record, later.record) for later in known):
            known.append(each)
    return stints


def _said_last(fact: Fact[Assignment]) -> tuple[datetime, datetime, float, str]:
    assignment = fact.record
    return assignment.as_of, assignment.starts_at, -_end(assignment).timestamp(), fact.id


def _same_time(one: Assignment, other: Assignment) -> bool:
    begins = one.starts_at == other.starts_at
    return begins or (one.starts_at < _end(other) and other.starts_at < _end(one))


def _distance(assignment: Assignment, now: datetime) -> tuple[int, float]:
    if now < assignment.starts_at:
        return 1, assignment.starts_at.timestamp()
    return (0, 0.0) if now < _end(assignment) else (2, -_end(assignment).timestamp())


def _end(assignment: Assignment) -> datetime:
    return assignment.ends_at or END


def _assigned(dossier: Dossier, position: Position, fact: Fact[Assignment], now: datetime, zone: ZoneInfo) -> Standing:
    assignment = fact.record
    if not assignment.starts_at <= now < _end(assignment):
        return _outside(position, fact, now, zone)
    found = _judged(Judgement(dossier, position, assignment, now, zone), fact)
    if assignment.ends_at is None:
        return found
    looks = [look for look in (found.next_look, assignment.ends_at) if look is not None]
    return replace(found, next_look=min(looks, default=None))


def _outside(position: Position, fact: Fact[Assignment], now: datetime, zone: ZoneInfo) -> Standing:
    """The standing before and after the assignment."""
    zh, en = cure("not_assigned", (), zone)
    evidence = (fact.id,)
    hold = Hold("assignment", position.ladder[0].scope, "not_assigned", (), zh, en, evidence=evidence)
    look = fact.record.starts_at if now < fact.record.starts_at else None
    return Standing(position.id, "none", holds=(hold,), next_look=look, evidence=evidence)


def _judged(judged: Judgement, fact: Fact[Assignment]) -> Standing:
    findings = judged.findings()
    reached = climb(judged)
    told = notices(judged, reached)
    credentials = judged.credentials()
    evidence = [fact.id, *(id for each in findings for id in each.evidence)]
    evidence += (id for each in credentials for id in each.evidence)
    return Standing(
        position=judged.position.id,
        scope=reached.scope,
        holds=reached.holds,
        findings=findings,
        credentials=credentials,
        notices=told,
        next_look=judged.next_look(),
        evidence=ids(evidence),
        rests_on=rests_on(judged, reached.scope),
    )
