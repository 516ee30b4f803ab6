"""How a session of the plan went: how far its room is complete, and of everybody what was counted and what was not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from hub.cases.rooms import enrolled_in, seen_in
from hub.clock import Clock, from_us
from hub.evidence.dossier import Evidence
from hub.evidence.training_plan import TrainingPlan, planned
from hub.identity.directory import Directory
from hub.rules.unit import Unit
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables.cases import cases_about
from hub.store.tables.connectors import watermark_of_peer
from hub.wording import meant
from schemas.errors import CallError
from schemas.words import Words

_MINUTE = 60


@dataclass(frozen=True, slots=True)
class SeatView:
    """One person in a session: minutes credited, required and open, minutes late and gone early, and why.

    Who is not enrolled has no status; ``minutes`` of such a one are those of presence. ``noted`` is what was not
    counted: reason, from, to.
    """

    person: str
    name: str
    enrolled: bool
    status: str
    minutes: int
    required: int
    open: int
    late: int
    early: int
    reasons: tuple[str, ...]
    noted: tuple[tuple[str, datetime, datetime], ...]
    decided: str


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session of the plan, how far each terminal of its room is complete, who was there, and the open cases."""

    session: str
    course: str
    room: str
    starts_at: datetime
    ends_at: datetime
    settles_at: datetime
    cancelled: bool
    as_of: datetime
    complete_until: Mapping[str, datetime | None]
    seats: tuple[SeatView, ...]
    cases: tuple[str, ...]

    def json(self) -> dict[str, Any]:
        """The session for programs."""
        found: dict[str, Any] = orjson.loads(orjson.dumps(self, option=orjson.OPT_UTC_Z))
        on_time = [each for each in self.seats if each.enrolled and each.minutes and not each.late and not each.early]
        counts = {"enrolled": sum(each.enrolled for each in self.seats), "on_time": len(on_time)}
        return {**found, **counts}


class Sessions:
    """Views of sessions."""

    def __init__(
        self, database: Database, directory: Directory, evidence: Evidence, plan: TrainingPlan, clock: Clock
    ) -> None:
        self._database = database
        self._directory = directory
        self._evidence = evidence
        self._plan = plan
        self._clock = clock

    def one(self, name: str) -> SessionView:
        """A session by its id.

        Raises:
            CallError: The plan has none of this id.
        """
        with self._database.reading() as session:
            known = self._plan.sessions(session)
            if name not in known:
                raise CallError(
                    Words(
                        f"found no session {name!r} in the training plan{meant(name, known)}",
                        f"培训计划中没有场次 {name!r}{meant(name, known).zh}",
                    ),
                    cure=Words(
                        "name a session of the plan; `licet people import` reads plan.csv anew",
                        "改为培训计划中的场次；用 `licet people import` 重新读取 plan.csv",
                    ),
                )
            said = planned(known[name])
            return SessionView(
                session=name,
                course=said.course,
                room=said.room,
                starts_at=said.starts_at,
                ends_at=said.ends_at,
                settles_at=self._plan.settles_at(said),
                cancelled=said.cancelled,
                as_of=said.as_of,
                complete_until={device: _complete(device, session) for device in said.devices},
                seats=tuple(self._seats(name, session)),
                cases=tuple(row.id for row in session.all(cases_about, {"topic": name})),
            )

    def _seats(self, name: str, session: Connection) -> Iterable[SeatView]:
        said = planned(self._plan.sessions(session)[name])
        persons = enrolled_in(name, session) | set(seen_in(said, self._plan, session))
        found = [each for person in persons if (each := self._seat(person, name, session)) is not None]
        return sorted(found, key=lambda each: (not each.enrolled, each.person))

    def _seat(self, person: str, name: str, session: Connection) -> SeatView | None:
        """A person's seat; nothing for who was taken out in time and did not come."""
        dossier = self._evidence.dossier(person, session, now=self._clock.now())
        profile = self._directory.profile(person, session)
        who = ("", "") if profile is None else (profile.employee_no, profile.name)
        unit = next((each for each in dossier.units if each.id == name), None)
        if unit is not None:
            return _seat_of(who, unit)
        came = next((each for each in dossier.walk_ins if each.session == name), None)
        if came is None:
            return None
        return SeatView(*who, False, "", came.seconds // _MINUTE, 0, 0, 0, 0, ("walk_in",), (), "")


def _seat_of(who: tuple[str, str], unit: Unit) -> SeatView:
    return SeatView(
        *who,
        True,
        unit.status,
        unit.credited // _MINUTE,
        unit.required // _MINUTE,
        unit.open // _MINUTE,
        _minutes(unit, "late"),
        _minutes(unit, "early_leave"),
        unit.reasons,
        tuple((each.reason, each.starts_at, each.ends_at) for each in unit.deducted),
        unit.decided,
    )


def _minutes(unit: Unit, reason: str) -> int:
    return sum(each.seconds for each in unit.deducted if each.reason == reason) // _MINUTE


def _complete(device: str, session: Connection) -> datetime | None:
    mark = session.one(watermark_of_peer, {"peer": device})
    return None if mark is None else from_us(mark.complete_until)
