"""Units of attendance of one person, folded from punches and study: taken from what was kept, or folded now.

A session is kept with the digest of the course's settings; what must be folded anew stands in ``folded`` without a
body (``stale``). Of an online course each pass is kept (``courses``). Nothing is taken from there when the question is
about the past (``known_by``).
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
from pydantic import TypeAdapter

from hub.evidence.away import Absences
from hub.evidence.courses import StudiedCourse, pass_of
from hub.evidence.provenance import is_punch
from hub.evidence.punches import recorded_within
from hub.evidence.rulings import NONE, Ruling
from hub.evidence.sittings import is_at, known_by, session_unit, with_facts
from hub.evidence.taken import Parted
from hub.evidence.training_plan import TrainingPlan, planned
from hub.evidence.watermarks import completeness
from hub.rules.attendance.listed import signed
from hub.rules.attendance.sightings import BEYOND
from hub.rules.fact import Fact
from hub.rules.span import Span, Spans
from hub.rules.unit import Unit
from hub.store.statement import Connection
from hub.store.tables import facts
from schemas.learning import Enrolment
from schemas.position import Course, CourseVersion

_UNITS = TypeAdapter(tuple[Unit, ...])
_PASSING = ("unknown", "pending")
"""States of a unit that time alone can change: never kept, and neither is one that is complete but not settled."""


class Folds:
    """Folds attendance as courses say; ``of`` gives that of one person.

    Nobody goes from one site to another in less than ``min_travel``.
    """

    def __init__(self, courses: Mapping[str, Course], zone: ZoneInfo, min_travel: timedelta) -> None:
        self.settings = {name: _digest(course, min_travel) for name, course in courses.items()}
        """By what each course is counted, as digests."""
        self._zone = zone
        self._min_travel = min_travel

    def of(
        self,
        asked: Mapping[str, object],
        plan: TrainingPlan,
        store: Connection,
        now: datetime,
        *,
        rulings: Mapping[str, Ruling],
        absences: Absences,
        keep: bool,
        cached: bool,
    ) -> "PersonFolds":
        """The units of one person (``asked``: person and known_by, as the queries want them) by a training plan.

        ``rulings``: what HR decided, by session or course; ``absences``: every word about leave; ``keep``: store fresh
        ones, inside a commit; ``cached``: take what was kept.
        """
        return PersonFolds(
            asked,
            plan,
            self.settings,
            self._zone,
            self._min_travel,
            store,
            now,
            rulings=rulings,
            absences=absences,
            keep=keep,
            cached=cached,
        )


class PersonFolds:
    """Units of one person. ``settings`` are the digests of the courses, by name."""

    def __init__(
        self,
        asked: Mapping[str, object],
        plan: TrainingPlan,
        settings: Mapping[str, str],
        zone: ZoneInfo,
        min_travel: timedelta,
        store: Connection,
        now: datetime,
        *,
        rulings: Mapping[str, Ruling],
        absences: Absences,
        keep: bool,
        cached: bool,
    ) -> None:
        self._plan = plan
        self._rulings = rulings
        self._absences = absences
        self._zone = zone
        self._min_travel = min_travel
        self._settings = settings
        self._asked = asked
        self._store = store
        self._now = now
        self._keep = keep
        self._cached = cached
        self._parted = Parted(asked, store)
        self._kept_bodies: dict[str, str | None] = {}
        self._kept_passes: dict[str, dict[int, str | None]] = {}
        self._read_kept()

    def _read_kept(self) -> None:
        for row in self._store.all(facts.folds_of, {"person": self._asked["person"]}):
            found = pass_of(row.unit)
            if found is None:
                self._kept_bodies[row.unit] = row.body
            else:
                self._kept_passes.setdefault(found.course, {})[found.at] = row.body

    def sessions(self, enrolments: Iterable[Fact], leaves: Spans) -> Iterable[Unit]:
        """Each session of the plan that the person must come to."""
        for enrolment in enrolments:
            assert isinstance(enrolment.record, Enrolment)
            session = self._plan.session(enrolment.record.session, self._store)
            course = None if session is None else self._plan.course_of(planned(session))
            if session is not None and course is not None:
                yield from self._session(enrolment, session, course, leaves)

    def _session(self, enrolment: Fact, session: Fact, course: CourseVersion, leaves: Spans) -> tuple[Unit, ...]:
        topic, name = planned(session).subject, planned(session).course
        kept = self._kept(topic, name)
        if kept is not None:
            return kept
        unit = with_facts(self._fold(session, course, leaves), [enrolment])
        absent = self._absences.known_at(Span(unit.starts_at, unit.over_at))
        return self._made(topic, name, (known_by(unit, absent, self._parted.known_at(unit.over_at)),))

    def walk_ins(self, enrolments: Iterable[Fact]) -> list[Unit]:
        """Sessions in which the person was and to which they need not come, once settled: nothing is required there."""
        required = {each.record.topic for each in enrolments}
        return [
            found
            for topic, body in self._kept_bodies.items()
            if body is None and topic not in required and (found := self._walk_in(topic)) is not None
        ]

    def _walk_in(self, topic: str) -> Unit | None:
        fact = self._plan.session(topic, self._store)
        course = None if fact is None else self._plan.course_of(planned(fact))
        if fact is None or course is None:
            return None
        unit = self._fold(fact, course, ())
        came = any(is_punch(ref) for ref in unit.refs) or signed(self._rulings.get(topic, NONE).rows)
        settled = unit.next_at is None and came
        return replace(unit, required=0, open=0, status="complete", deducted=(), reasons=()) if settled else None

    def courses(self) -> Iterable[Unit]:
        """Each local day of each online course that the person studied."""
        for topic in self._studied():
            course = self._plan.courses.get(topic)
            if course is not None:
                yield from self._studied_course(topic, course).units()

    def _studied(self) -> Iterable[str]:
        if self._cached:
            named = dict.fromkeys((*self._kept_passes, *self._kept_bodies))
            return [topic for topic in named if self._mode(topic) == "online"]
        return [row.topic for row in self._store.all(facts.courses_of_person, self._asked)]

    def _mode(self, topic: str) -> str:
        course = self._plan.courses.get(topic)
        return "" if course is None else course.mode

    def _studied_course(self, topic: str, course: Course) -> StudiedCourse:
        return StudiedCourse(
            {**self._asked, "topic": topic},
            course,
            self._settings[topic],
            self._rulings.get(topic, NONE),
            self._plan.withdrawn(self._store),
            self._parted,
            self._zone,
            self._store,
            head=self._kept_bodies.get(topic) if self._cached else None,
            passes=self._kept_passes.get(topic, {}),
            keep=self._keep,
        )

    def _kept(self, topic: str, course: str) -> tuple[Unit, ...] | None:
        body = self._kept_bodies.get(topic) if self._cached else None
        if body is None:
            return None
        settings, _, units = body.partition("\n")
        return _UNITS.validate_json(units) if settings == self._settings[course] else None

    def _made(self, topic: str, course: str, units: tuple[Unit, ...]) -> tuple[Unit, ...]:
        if self._keep and all(each.status not in _PASSING and each.next_at is None for each in units):
            body = f"{self._settings[course]}\n{orjson.dumps(units).decode()}"
            self._store.run(facts.set_fold, {"person": self._asked["person"], "unit": topic, "body": body})
        return units

    def _fold(self, fact: Fact, course: CourseVersion, leaves: Spans) -> Unit:
        session, by = planned(fact), self._asked["known_by"]
        assert isinstance(by, int), "stored microseconds"
        block = self._plan.block(session)
        window = Span(block.start - BEYOND, block.end + BEYOND)
        recorded = recorded_within(self._asked, window, self._store)
        unit = session_unit(
            fact,
            session,
            course,
            [each for each in recorded if window.start <= each.record.at <= window.end],
            block=block,
            room_of=self._plan.room_of,
            site_of=self._plan.site_of,
            min_travel=self._min_travel,
            leaves=leaves,
            ruling=self._rulings.get(session.subject, NONE),
            complete=completeness(session.devices, self._plan.window(session), self._store, by),
            now=self._now,
        )
        here = [each for each in recorded if is_at(each, session.devices)]
        return known_by(unit, *(each.known_at for each in here if each.beside))


def _digest(course: Course, min_travel: timedelta) -> str:
    return hashlib.sha256(f"{course.model_dump_json()}\n{min_travel}".encode()).hexdigest()[:16]
