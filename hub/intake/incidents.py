"""What happened at work: an incident is told to HR with the course that it concerns. It lowers no scope by itself."""

from collections.abc import Collection
from datetime import UTC, datetime

from connectors.port import Kept
from hub.intake.basis import Basis, Weight
from hub.intake.corrections import Correction, Corrections
from hub.wording import meant
from schemas.decision import Incident
from schemas.errors import CallError
from schemas.words import Words


class IncidentDesk:
    """Keeps incidents, each with reason, document and who says it."""

    def __init__(self, corrections: Corrections, positions: Collection[str], courses: Collection[str]) -> None:
        self._corrections = corrections
        self._positions = positions
        self._courses = courses

    def report(self, number: str, position: str, course: str, at: datetime, basis: Basis, now: datetime) -> Kept:
        """Say that something happened to or by a person in a post; of one post and instant the last word holds.

        Raises:
            CallError: The person, the post or the course is unknown, it lies ahead, or the basis does not do.
        """
        if position not in self._positions:
            raise CallError(
                Words(
                    f"found no position {position!r}{meant(position, self._positions)}",
                    f"没有岗位 {position!r}{meant(position, self._positions).zh}",
                ),
                cure=Words(
                    "name a position of positions/; `licet check --json` lists them",
                    "改为 positions/ 中的岗位；用 `licet check --json` 查看",
                ),
            )
        if course and course not in self._courses:
            raise CallError(
                Words(
                    f"--course: found no course {course!r}{meant(course, self._courses)}",
                    f"--course：没有课程 {course!r}{meant(course, self._courses).zh}",
                )
            )
        said = Incident(
            subject=number, position=position, course=course, occurred_at=at.astimezone(UTC), as_of=now.astimezone(UTC)
        )
        return self._corrections.keep(Correction("incident", [(number, said)], Weight(at=at)), basis, now)
