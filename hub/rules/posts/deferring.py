"""How late it may be asked to do a session later."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.rules.credentials.demanded import Days
from hub.rules.posts.dossier import Rulebook
from schemas.position import CourseRequirement, Deferral, HoursRequirement, Position


def askable_until(rules: Rulebook, course: str, ended_at: datetime, now: datetime) -> datetime:
    """The instant from which a deferral of a session over at ``ended_at`` is asked for too late.

    Of several credentials in posts whose requirements count the course, the one that leaves the longest decides.
    """
    ends = [
        Days(ZoneInfo(position.zone) if position.zone else rules.zone, rules.workdays).after(ended_at, length)
        for position in (rules.current(name, now) for name in rules.positions)
        for length in _lengths(position, course)
    ]
    return max(ends, default=Days(rules.zone, rules.workdays).after(ended_at, Deferral().ask_within))


def _lengths(position: Position, course: str) -> Iterator[str]:
    if any(_counts(each, course) for each in position.requirement.values()):
        yield from (each.deferral.ask_within for each in position.credential.values() if each.own)


def _counts(requirement: object, course: str) -> bool:
    if isinstance(requirement, HoursRequirement):
        return course in requirement.courses
    return isinstance(requirement, CourseRequirement) and requirement.course == course
