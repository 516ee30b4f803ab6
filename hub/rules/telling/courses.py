"""What there is to say of the courses that posts ask of somebody: once, and again when one is added."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from hub.rules.calendar import day_of
from hub.rules.posts.standing import Standing
from hub.rules.telling.message import Message
from hub.rules.values import Figures

ToldCourses = tuple[str, ...]
"""The courses of a post of which a person was told."""


def courses_message(
    standing: Standing, told: ToldCourses, *, now: datetime, enforced_at: datetime | None, zone: ZoneInfo
) -> tuple[Message | None, ToldCourses]:
    """One message where a course is new, naming all that are missing, and what then has been told.

    Who has left the post is told anew when they come back to it.
    """
    if enforced_at is None or now < enforced_at:
        return None, told
    courses = tuple(sorted({each.course for each in standing.courses}))
    if set(courses) <= set(told):
        return None, () if not courses and _is_left(standing) else told
    needed_at = standing.courses[0].needed_at
    figures: Figures = tuple(("course", course) for course in courses)
    if needed_at > now:
        figures += (("first_day", day_of(needed_at, zone).isoformat()),)
    key = "/".join((standing.position, "courses", needed_at.isoformat(), *courses))
    about = Message(now, "courses", "person", standing.position, standing.position, key, figures, urgent=True)
    return about, tuple(sorted({*told, *courses}))


@dataclass(frozen=True, slots=True)
class CourseChange:
    """A course that somebody has to take for a post, or need not any more, as the learning system is told of it.

    ``over``: what it was asked for is met; nobody need be told. ``withdrawn``: the post is left.
    """

    course: str
    position: str
    wanted: Literal["registered", "withdrawn", "over"]


def course_changes(standings: Sequence[Standing], enrolled: Mapping[str, str]) -> Iterator[CourseChange]:
    """What changed of the courses of the posts that are carried out.

    ``enrolled`` are the courses that the person was enrolled in last, each with the post that asked for it. A course of
    a post that is none of these stays as it is.
    """
    asked: dict[str, str] = {}
    for standing in standings:
        for each in standing.courses:
            asked.setdefault(each.course, standing.position)
    by_post = {standing.position: standing for standing in standings}
    for course, position in sorted(asked.items()):
        if course not in enrolled:
            yield CourseChange(course, position, "registered")
    for course, position in sorted(enrolled.items()):
        if course not in asked and position in by_post:
            yield CourseChange(course, position, "withdrawn" if _is_left(by_post[position]) else "over")


def _is_left(standing: Standing) -> bool:
    return any(hold.reason == "not_assigned" for hold in standing.holds)
