"""From a dossier to a standing: scope on the ladder, the holds that keep it lower, what to tell, when to look again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.rules.cures import cure
from hub.rules.dossier import Dossier, Hold, Standing
from hub.rules.judgement import Judgement
from hub.rules.ladder import climb
from hub.rules.notices import notices
from hub.rules.overlap import credited_once
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


def _assignments(dossier: Dossier, now: datetime) -> dict[str, Assignment]:
    """The assignment that counts per position: the one of now, else the next, else the last."""
    return {position: min(each, key=lambda a: _distance(a, now)) for position, each in _stints(dossier).items()}


def _stints(dossier: Dossier) -> dict[str, list[Assignment]]:
    """Assignments by position: of statements about the same time the later one holds, and only that time is theirs.

    Of two said at once the one that begins later, then the one that ends first.
    """
    stints: dict[str, list[Assignment]] = {}
    for each in sorted(dossier.assignments, key=lambda a: (a.as_of, a.starts_at, -_end(a).timestamp()), reverse=True):
        known = stints.setdefault(each.position, [])
        if not any(_same_time(each, later) for later in known):
            known.append(each)
    return stints


def _same_time(one: Assignment, other: Assignment) -> bool:
    begins = one.starts_at == other.starts_at
    return begins or (one.starts_at < _end(other) and other.starts_at < _end(one))


def _distance(assignment: Assignment, now: datetime) -> tuple[int, float]:
    if now < assignment.starts_at:
        return 1, assignment.starts_at.timestamp()
    return (0, 0.0) if now < _end(assignment) else (2, -_end(assignment).timestamp())


def _end(assignment: Assignment) -> datetime:
    return assignment.ends_at or END


def _assigned(dossier: Dossier, position: Position, assignment: Assignment, now: datetime, zone: ZoneInfo) -> Standing:
    if not assignment.starts_at <= now < _end(assignment):
        return _outside(position, assignment, now, zone)
    found = _judged(Judgement(dossier, position, assignment, now, zone))
    if assignment.ends_at is None:
        return found
    looks = [look for look in (found.next_look, assignment.ends_at) if look is not None]
    return replace(found, next_look=min(looks, default=None))


def _outside(position: Position, assignment: Assignment, now: datetime, zone: ZoneInfo) -> Standing:
    """The standing before and after the assignment."""
    zh, en = cure("not_assigned", (), zone)
    hold = Hold("assignment", position.ladder[0].scope, "not_assigned", (), zh, en)
    look = assignment.starts_at if now < assignment.starts_at else None
    return Standing(position.id, "none", holds=(hold,), next_look=look)


def _judged(judged: Judgement) -> Standing:
    findings = judged.findings()
    reached = climb(judged)
    told = notices(judged, reached)
    return Standing(
        position=judged.position.id,
        scope=reached.scope,
        holds=reached.holds,
        findings=findings,
        credentials=judged.credentials(),
        notices=told,
        next_look=judged.next_look(),
    )
