"""What a person attended and studied: minutes that count, those that do not, and why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from hub.evidence.dossier import Evidence
from hub.rules.posts.dossier import Dossier, WalkIn
from hub.rules.unit import Unit
from hub.store.statement import Connection
from schemas.position import Bilingual, Course

_MINUTE = 60


@dataclass(frozen=True, slots=True)
class UnitView:
    """One session, or one day of a study, in whole minutes.

    ``uncounted`` are minutes by reason: deducted for good, or open until it can be told. ``reasons`` say why it stands
    so, the strongest first.
    """

    unit: str
    kind: str
    course: str
    name: Bilingual
    at: datetime
    status: str
    credited: int
    required: int
    open: int
    uncounted: Mapping[str, int]
    reasons: tuple[str, ...]
    decided: str

    def json(self) -> dict[str, Any]:
        """The unit for programs."""
        members = {name: getattr(self, name) for name in self.__slots__ if name != "name"}
        return {**orjson.loads(orjson.dumps(members)), "name": self.name.model_dump()}


class Attended:
    """Views of what people attended."""

    def __init__(self, evidence: Evidence, courses: Mapping[str, Course], now: Callable[[], datetime]) -> None:
        self._evidence = evidence
        self._courses = courses
        self._now = now

    def of(self, person: str, session: Connection) -> tuple[UnitView, ...] | None:
        """All of a person as it stands now, latest first; None where what is kept of them cannot be read.

        Such a person is stuck, with an alarm; whoever asks why is told all else.
        """
        try:
            return self.among(self._evidence.dossier(person, session, now=self._now()))
        except ValueError:
            return None

    def among(self, dossier: Dossier) -> tuple[UnitView, ...]:
        """All that a dossier holds, latest first."""
        found = [*map(self._view, dossier.units), *map(self._came, dossier.walk_ins)]
        return tuple(sorted(found, key=lambda each: (each.at, each.unit), reverse=True))

    def _view(self, unit: Unit) -> UnitView:
        return UnitView(
            unit=unit.id,
            kind=unit.kind,
            course=unit.course,
            name=self.named(unit.course),
            at=unit.starts_at,
            status=unit.status,
            credited=unit.credited // _MINUTE,
            required=unit.required // _MINUTE,
            open=unit.open // _MINUTE,
            uncounted=_uncounted(unit),
            reasons=unit.reasons,
            decided=unit.decided,
        )

    def _came(self, walk_in: WalkIn) -> UnitView:
        minutes = walk_in.seconds // _MINUTE
        name = Bilingual(zh=walk_in.session, en=walk_in.session)
        return UnitView(
            walk_in.session, "session", "", name, walk_in.over_at, "walk_in", 0, 0, 0, {"walk_in": minutes}, (), ""
        )

    def named(self, course: str) -> Bilingual:
        """What people call a course."""
        known = self._courses.get(course)
        return (known.name if known is not None else None) or Bilingual(zh=course, en=course)


def _uncounted(unit: Unit) -> dict[str, int]:
    """Whole minutes by reason, the longest first; less than one is not worth a word."""
    seconds: dict[str, int] = {}
    for each in unit.deducted:
        seconds[each.reason] = seconds.get(each.reason, 0) + each.seconds
    minutes = {reason: of // _MINUTE for reason, of in sorted(seconds.items(), key=lambda item: -item[1])}
    return {reason: of for reason, of in minutes.items() if of}
