"""Tells somebody of the courses that a post asks of them: once, and again when one is added."""

from datetime import datetime
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
        left = not courses and any(hold.reason == "not_assigned" for hold in standing.holds)
        return None, () if left else told
    needed_at = standing.courses[0].needed_at
    figures: Figures = tuple(("course", course) for course in courses)
    if needed_at > now:
        figures += (("first_day", day_of(needed_at, zone).isoformat()),)
    key = "/".join((standing.position, "courses", needed_at.isoformat(), *courses))
    about = Message(now, "courses", "person", standing.position, standing.position, key, figures, urgent=True)
    return about, tuple(sorted({*told, *courses}))
