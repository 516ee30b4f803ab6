"""Who may sit which exam: what has to be said of it since it was said last, to the exam system and to the person."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hub.rules.posts.standing import Standing
from hub.rules.telling.message import Message
from hub.rules.values import Figures
from schemas.notice import NoticeKind

Place = tuple[str, str]
"""A credential, and the requirement of it that is an exam."""


@dataclass(frozen=True, slots=True)
class ExamChange:
    """One exam of one credential: who may sit it is registered, who no longer may is withdrawn.

    ``over``: the exam is passed, or no longer asked of who holds the credential; nobody need be told.
    """

    place: Place
    exam: str
    wanted: Literal["registered", "withdrawn", "over"]

    def message(self, position: str, now: datetime) -> Message | None:
        """What the person is told of it."""
        if self.wanted == "over":
            return None
        kind: NoticeKind = "exam_open" if self.wanted == "registered" else "exam_closed"
        credential, requirement = self.place
        figures: Figures = (("exam", self.exam), ("credential", credential))
        once = f"{position}/{credential}/{requirement}/{kind}/{now.isoformat()}"
        return Message(now, kind, "person", position, requirement, once, figures, urgent=True)


def exam_changes(
    standing: Standing, registered: Mapping[Place, str], *, now: datetime, enforced_at: datetime | None
) -> tuple[ExamChange, ...]:
    """What changed. ``registered`` are the exams that the person was registered for last, by place.

    Nothing changes before the post is carried out.
    """
    if enforced_at is None or now < enforced_at:
        return ()
    return (*_of_seats(standing, registered), *_of_seats_gone(standing, registered))


def _of_seats(standing: Standing, registered: Mapping[Place, str]) -> Iterator[ExamChange]:
    for seat in standing.exams:
        place = seat.credential, seat.requirement
        if seat.passed and place in registered:
            yield ExamChange(place, seat.exam, "over")
        elif not seat.passed and seat.eligible != (place in registered):
            yield ExamChange(place, seat.exam, "registered" if seat.eligible else "withdrawn")


def _of_seats_gone(standing: Standing, registered: Mapping[Place, str]) -> Iterator[ExamChange]:
    """A post that was left, or a credential that was given: its exam is not asked of the person any more."""
    seats = {(seat.credential, seat.requirement) for seat in standing.exams}
    held = {each.credential for each in standing.credentials if each.status == "active"}
    for place, exam in sorted(registered.items()):
        if place not in seats:
            yield ExamChange(place, exam, "over" if place[0] in held else "withdrawn")
