"""Attendance of one person, folded from punches and study: taken from what was kept, or folded now.

A fold is kept with the digest of the course settings; what must be folded anew stands in ``folded`` without a body
(``stale``). Nothing is taken from there when the question is about the past (``known_by``).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
from pydantic import TypeAdapter

from hub.clock import to_us
from hub.evidence.facts import fact_of, punch_of, that_hold
from hub.evidence.training_plan import TrainingPlan
from hub.evidence.watermarks import complete_until
from hub.rules.course_fold import fold_course
from hub.rules.dossier import Attended, Fact, ids
from hub.rules.session_fold import fold_session
from hub.store.statement import Connection
from hub.store.tables import facts, punches
from hub.store.tables.punches import slices
from schemas.attendance import Punch
from schemas.learning import Enrolment, Session, Study
from schemas.position import Course

_RECORDS = TypeAdapter(tuple[Attended, ...])
_PASSING = ("unknown", "running")
"""States of a fold that time alone can change: never kept."""


class Folds:
    """Folds attendance as courses say; ``of`` gives that of one person."""

    def __init__(self, courses: Mapping[str, Course], zone: ZoneInfo) -> None:
        self._settings = {name: _digest(course) for name, course in courses.items()}
        self._zone = zone

    def of(
        self,
        asked: Mapping[str, object],
        plan: TrainingPlan,
        store: Connection,
        now: datetime,
        *,
        keep: bool,
        cached: bool,
    ) -> "PersonFolds":
        """The folds of one person (``asked``: person and known_by, as the queries want them) by a training plan.

        ``keep``: store fresh ones, inside a commit; ``cached``: take what was kept.
        """
        return PersonFolds(asked, plan, self._settings, self._zone, store, now, keep=keep, cached=cached)


class PersonFolds:
    """Folded attendance of one person. ``settings`` are the digests of the courses, by name."""

    def __init__(
        self,
        asked: Mapping[str, object],
        plan: TrainingPlan,
        settings: Mapping[str, str],
        zone: ZoneInfo,
        store: Connection,
        now: datetime,
        *,
        keep: bool,
        cached: bool,
    ) -> None:
        self._plan = plan
        self._zone = zone
        self._settings = settings
        self._asked = asked
        self._store = store
        self._now = now
        self._keep = keep
        self._cached = cached
        self._kept_bodies: dict[str, str | None] = {
            row.unit: row.body for row in store.all(facts.folds_of, {"person": asked["person"]})
        }

    def sessions(self, enrolments: Iterable[Fact[Enrolment]]) -> Iterable[Attended]:
        """Attendance of each session of the plan that the person must come to."""
        for enrolment in enrolments:
            session = self._plan.session(enrolment.record.session, self._store)
            course = None if session is None else self._plan.courses.get(session.record.course)
            if session is not None and course is not None:
                yield from self._session(enrolment, session, course)

    def _session(self, enrolment: Fact[Enrolment], session: Fact[Session], course: Course) -> tuple[Attended, ...]:
        topic, name = enrolment.record.session, session.record.course
        kept = self._kept(topic, name)
        if kept is not None:
            return kept
        attended = self._fold(session, course)
        return self._made(topic, name, (replace(attended, evidence=ids((*attended.evidence, enrolment.id))),))

    def courses(self) -> Iterable[Attended]:
        """Attendance of each online course that the person studied."""
        for topic in self._studied():
            course = self._plan.courses.get(topic)
            if course is None:
                continue
            kept = self._kept(topic, topic)
            yield from kept if kept is not None else self._made(topic, topic, self._fold_course(topic, course))

    def _studied(self) -> list[str]:
        if self._cached:
            return [topic for topic in self._kept_bodies if self._mode(topic) == "online"]
        return [row.topic for row in self._store.all(facts.courses_of_person, self._asked)]

    def _mode(self, topic: str) -> str:
        course = self._plan.courses.get(topic)
        return "" if course is None else course.mode

    def _kept(self, topic: str, course: str) -> tuple[Attended, ...] | None:
        body = self._kept_bodies.get(topic) if self._cached else None
        if body is None:
            return None
        settings, _, records = body.partition("\n")
        return _RECORDS.validate_json(records) if settings == self._settings[course] else None

    def _made(self, topic: str, course: str, attended: tuple[Attended, ...]) -> tuple[Attended, ...]:
        if self._keep and all(each.status not in _PASSING for each in attended):
            body = f"{self._settings[course]}\n{orjson.dumps(attended).decode()}"
            self._store.run(facts.set_fold, {"person": self._asked["person"], "unit": topic, "body": body})
        return attended

    def _fold(self, planned: Fact[Session], course: Course) -> Attended:
        session = planned.record
        punches = self._punches(
            session.devices,
            to_us(session.starts_at - timedelta(minutes=course.enter_before_minutes)),
            to_us(session.ends_at + timedelta(minutes=course.leave_after_minutes)),
        )
        until = complete_until(session.devices, self._store)
        return fold_session(planned, course, punches, now=self._now, complete_until=until)

    def _punches(self, devices: Sequence[str], from_us: int, until_us: int) -> list[Fact[Punch]]:
        """Punches at these terminals, of every identifier as long as it was the person's."""
        within = orjson.dumps(slices(from_us, until_us)).decode()
        asked = {**self._asked, "slices": within, "from": from_us, "until": until_us}
        return [punch_of(row) for row in self._store.all(punches.punches_of, asked) if row.device in devices]

    def _fold_course(self, topic: str, course: Course) -> tuple[Attended, ...]:
        rows = that_hold(self._store.all(facts.studies_of, {**self._asked, "topic": topic}))
        gone = self._plan.withdrawn(self._store)
        studies = [fact_of(row, Study) for row in rows if row.about not in gone]
        return fold_course(topic, course, studies, zone=self._zone)


def _digest(course: Course) -> str:
    return hashlib.sha256(course.model_dump_json().encode()).hexdigest()[:16]
