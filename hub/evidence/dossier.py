"""Collects what is known of one person into a dossier, with attendance folded and kept.

A fold is kept with the digest of the course settings; a unit whose inputs changed stands in ``folded`` without a
body and is folded anew. Nothing is taken from there when the question is about the past (``known_by``).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
from pydantic import TypeAdapter

from hub.clock import from_us, to_us
from hub.evidence.training_plan import Plan
from hub.identity.directory import OPEN
from hub.rules.dossier import Attended, Dossier
from hub.rules.fold import fold_course, fold_session
from hub.store import queries as q
from hub.store.slots import slots
from hub.store.statement import Session as StoreSession
from schemas.attendance import Punch
from schemas.credential import CredentialStatus
from schemas.learning import CreditedHours, Enrolment, Result, Session, Study
from schemas.people import Assignment, Leave
from schemas.position import Course

_UNITS = TypeAdapter(tuple[Attended, ...])
_PASSING = ("unknown", "running")
"""Fold states that time alone can change: never kept."""


class Evidence:
    """Dossiers of persons, from the facts."""

    def __init__(self, plan: Plan, zone: ZoneInfo) -> None:
        self._plan = plan
        self._zone = zone
        self._settings = {name: _digest(course) for name, course in plan.courses.items()}

    def dossier(
        self, person: str, store: StoreSession, *, now: datetime, known_by: datetime | None = None, keep: bool = False
    ) -> Dossier:
        """All that is known of a person (or was, by ``known_by``). ``keep``: store fresh folds, inside a commit."""
        asked = {"person": person, "known_by": OPEN if known_by is None else to_us(known_by)}
        by_kind: dict[str, list[str]] = {}
        for _id, kind, _subject, _topic, _at, body in store.all(q.statements_of, asked):
            by_kind.setdefault(kind, []).append(body)
        enrolled = _enrolled(by_kind.get("enrolment", ()))
        folds = _Folds(self, asked, store, now, keep=keep, cached=known_by is None)
        attended = (*folds.sessions(enrolled), *folds.courses(), *_opening(by_kind.get("credited_hours", ())))
        gone = self._plan.withdrawn(store)
        results = (Result.model_validate_json(body) for body in by_kind.get("result", ()))
        return Dossier(
            person=person,
            assignments=tuple(Assignment.model_validate_json(body) for body in by_kind.get("assignment", ())),
            leaves=_leaves(by_kind.get("leave", ())),
            credentials=tuple(CredentialStatus.model_validate_json(b) for b in by_kind.get("credential_status", ())),
            attended=attended,
            results=tuple(each for each in results if each.statement not in gone),
        )


class _Folds:
    """Folded attendance of one person, kept or made."""

    def __init__(
        self,
        evidence: Evidence,
        asked: Mapping[str, object],
        store: StoreSession,
        now: datetime,
        *,
        keep: bool,
        cached: bool,
    ) -> None:
        self._plan = evidence._plan
        self._zone = evidence._zone
        self._settings = evidence._settings
        self._asked = asked
        self._store = store
        self._now = now
        self._keep = keep
        self._cached = cached
        self._known: dict[str, str | None] = dict(store.all(q.folds_of, {"person": asked["person"]}))

    def sessions(self, enrolled: Iterable[str]) -> Iterable[Attended]:
        """Attendance of each session of the plan that the person must come to."""
        for unit in enrolled:
            session = self._plan.session(unit, self._store)
            course = None if session is None else self._plan.courses.get(session.course)
            if session is None or course is None:
                continue
            kept = self._kept(unit, session.course)
            yield from kept if kept is not None else self._made(unit, session.course, (self._fold(session, course),))

    def courses(self) -> Iterable[Attended]:
        """Attendance of each online course that the person studied."""
        for unit in self._studied():
            course = self._plan.courses.get(unit)
            if course is None:
                continue
            kept = self._kept(unit, unit)
            yield from kept if kept is not None else self._made(unit, unit, self._fold_course(unit, course))

    def _studied(self) -> list[str]:
        if self._cached:
            return [unit for unit in self._known if self._mode(unit) == "online"]
        return [topic for (topic,) in self._store.all(q.courses_of_person, self._asked)]

    def _mode(self, unit: str) -> str:
        course = self._plan.courses.get(unit)
        return "" if course is None else course.mode

    def _kept(self, unit: str, course: str) -> tuple[Attended, ...] | None:
        body = self._known.get(unit) if self._cached else None
        if body is None:
            return None
        settings, _, units = body.partition("\n")
        return _UNITS.validate_json(units) if settings == self._settings[course] else None

    def _made(self, unit: str, course: str, units: tuple[Attended, ...]) -> tuple[Attended, ...]:
        if self._keep and all(each.status not in _PASSING for each in units):
            body = f"{self._settings[course]}\n{orjson.dumps(units).decode()}"
            self._store.run(q.set_fold, {"person": self._asked["person"], "unit": unit, "body": body})
        return units

    def _fold(self, session: Session, course: Course) -> Attended:
        punches = self._punches(
            session.devices,
            to_us(session.starts_at - timedelta(minutes=course.enter_before_minutes)),
            to_us(session.ends_at + timedelta(minutes=course.leave_after_minutes)),
        )
        until = self._complete_until(session.devices)
        return fold_session(session, course, punches, now=self._now, complete_until=until)

    def _punches(self, devices: Sequence[str], from_us: int, until_us: int) -> list[Punch]:
        """Punches at these terminals, of every identifier as long as it was the person's."""
        links = self._store.all(q.subjects_linked, {"person": self._asked["person"]})
        mine = list(slots({subject for subject, _from, _until in links}, from_us, until_us))
        asked = {"slots": orjson.dumps(mine).decode(), "from": from_us, "until": until_us}
        return [
            Punch.model_validate_json(body)
            for of, device, at, body in self._store.all(q.punches_in, {**asked, "known_by": self._asked["known_by"]})
            if device in devices and any(of == subject and begins <= at < ends for subject, begins, ends in links)
        ]

    def _fold_course(self, unit: str, course: Course) -> tuple[Attended, ...]:
        rows = self._store.all(q.studies_of, {**self._asked, "topic": unit})
        gone = self._plan.withdrawn(self._store)
        studies = [Study.model_validate_json(row[5]) for row in rows]
        return fold_course(unit, course, [each for each in studies if each.statement not in gone], zone=self._zone)

    def _complete_until(self, devices: Sequence[str]) -> datetime | None:
        """Up to when everything from these terminals is known to have arrived; nothing for a silent one."""
        marks = []
        for device in devices:
            row = self._store.one(q.watermark_of_device, {"peer": device})
            if row is None or row[2] is None:
                return None
            gap = orjson.loads(row[1]).get("gap_since")
            marks.append(min(from_us(row[2]), datetime.fromisoformat(gap)) if gap else from_us(row[2]))
        return min(marks, default=None)


def _digest(course: Course) -> str:
    return hashlib.sha256(course.model_dump_json().encode()).hexdigest()[:16]


def _enrolled(bodies: Iterable[str]) -> list[str]:
    """Sessions that hold: of two statements the later one, by content where the instants agree."""
    holds: dict[str, Enrolment] = {}
    for each in sorted((Enrolment.model_validate_json(b) for b in bodies), key=lambda e: (e.as_of, e.withdrawn)):
        holds[each.session] = each
    return sorted(session for session, each in holds.items() if not each.withdrawn)


def _leaves(bodies: Iterable[str]) -> tuple[Leave, ...]:
    holds: dict[datetime, Leave] = {}
    for each in sorted((Leave.model_validate_json(b) for b in bodies), key=lambda a: (a.as_of, a.ends_at)):
        holds[each.starts_at] = each
    return tuple(holds[starts_at] for starts_at in sorted(holds))


def _opening(bodies: Iterable[str]) -> Iterable[Attended]:
    for each in sorted((CreditedHours.model_validate_json(b) for b in bodies), key=lambda c: (c.occurred_at, c.course)):
        yield Attended(
            unit=f"opening/{each.course}@{each.occurred_at.isoformat()}",
            course=each.course,
            mode="opening",
            starts_at=each.occurred_at,
            ends_at=each.occurred_at,
            required_seconds=each.required_seconds,
            credited_seconds=each.credited_seconds,
            status="complete",
        )
