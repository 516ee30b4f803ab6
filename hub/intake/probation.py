"""What people say of somebody on probation: practicals at work with their result, and who is the mentor."""

from collections.abc import Collection
from datetime import UTC, datetime

from connectors.port import Kept
from hub.identity.directory import Directory
from hub.intake.basis import Basis, Weight
from hub.intake.corrections import Correction, Corrections
from hub.wording import meant
from schemas.decision import Mentoring
from schemas.errors import CallError
from schemas.learning import Practical
from schemas.words import Words


class Probation:
    """Keeps what is said of people on probation, like every correction: with reason, document and who says it."""

    def __init__(self, corrections: Corrections, directory: Directory, positions: Collection[str]) -> None:
        self._corrections = corrections
        self._directory = directory
        self._positions = positions

    def practical(
        self, number: str, position: str, passed: bool | None, at: datetime, basis: Basis, now: datetime
    ) -> Kept:
        """Say that a person did a practical in a post, and how it went; of the same instant the last word holds.

        Raises:
            CallError: The post or the person is unknown, or the basis does not do.
        """
        self._check(position)
        said = Practical(subject=number, position=position, passed=passed, occurred_at=at.astimezone(UTC))
        return self._corrections.keep(Correction("practical", [(number, said)], Weight(at=at)), basis, now)

    def mentor(
        self,
        number: str,
        position: str,
        mentor: str,
        start: datetime,
        end: datetime | None,
        basis: Basis,
        now: datetime,
    ) -> Kept:
        """Name a mentor of a person in a post, from an instant on; named again, the last word holds, its end too.

        Raises:
            CallError: Somebody or the post is unknown, it ends before it begins, or nobody else is named.
        """
        self._check(position)
        if end is not None and end <= start:
            raise CallError(
                Words(
                    f"--until: found {end.isoformat()}, expected an instant after {start.isoformat()}",
                    f"--until：现为 {end.isoformat()}，应晚于 {start.isoformat()}",
                )
            )
        who = self._directory.named(mentor, "--mentor: ")
        if who == self._directory.person_by_number(number):
            raise CallError(
                Words(
                    f"--mentor: found {mentor} again, expected another person", f"--mentor：再次为 {mentor}，应为另一人"
                )
            )
        until = None if end is None else end.astimezone(UTC)
        said = Mentoring(subject=number, position=position, mentor=who, starts_at=start.astimezone(UTC), ends_at=until)
        weight = Weight(at=min(start, now))
        return self._corrections.keep(Correction("mentored", [(number, said)], weight), basis, now)

    def _check(self, position: str) -> None:
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
