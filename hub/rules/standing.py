"""From a dossier to a standing: scope on the ladder, the holds that keep it lower, what to tell, when to look again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.rules.cures import cure
from hub.rules.dossier import Dossier, Hold, Standing
from hub.rules.fold import credited_once
from hub.rules.judgement import Judgement
from hub.rules.ladder import climb
from hub.rules.notices import notices
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
