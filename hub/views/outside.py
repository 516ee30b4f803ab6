"""Punches at terminals of the plan while no session was on there: shown to people, and never guessed what they mean."""

from datetime import datetime, timedelta
from typing import NamedTuple

import orjson

from hub.clock import Clock, from_us, to_us
from hub.evidence.dossier import Evidence
from hub.evidence.provenance import punch_id
from hub.evidence.training_plan import TrainingPlan, planned
from hub.identity.directory import Directory
from hub.identity.operators import Operators
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import punches
from hub.store.tables.punches import SeenAt, within
from hub.store.writer import Writer

MOST_DAYS = 31


class OutsidePunch(NamedTuple):
    """A punch that belongs to no session: when, at which terminal of which room, and whose it is."""

    at: datetime
    device: str
    room: str
    person: str
    name: str


class Outside:
    """Reads them. What counts as the other half of a session, though it lies beyond its window, is none."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        operators: Operators,
        writer: Writer,
        evidence: Evidence,
        plan: TrainingPlan,
        clock: Clock,
    ) -> None:
        self._database = database
        self._directory = directory
        self._operators = operators
        self._writer = writer
        self._evidence = evidence
        self._plan = plan
        self._clock = clock

    def listed(self, by: str, days: int) -> list[OutsidePunch]:
        """Those of the last so many days, the earliest first. Reading it leaves an entry: it names people."""
        actor = self._operators.one(by)
        self._writer.call(lambda tx: tx.log("access", actor=actor.member(tx)))
        now = self._clock.now()
        with self._database.reading() as session:
            rooms = self._rooms(session)
            seen = self._seen(now - timedelta(days=min(days, MOST_DAYS)), now, sorted(rooms), session)
            counted = {person: self._counted(person, now, session) for person in {each.person for each in seen}}
            found = [each for each in seen if punch_id(each.slice, each.key) not in counted[each.person]]
            return [self._shown(each, rooms, session) for each in found]

    def _rooms(self, session: Connection) -> dict[str, str]:
        """The room of each terminal of the plan, as the plan calls it."""
        sessions = sorted(map(planned, self._plan.sessions(session).values()), key=lambda each: each.starts_at)
        return {device: each.room for each in sessions for device in each.devices}

    def _seen(self, since: datetime, until: datetime, devices: list[str], session: Connection) -> list[SeenAt]:
        start, end = to_us(since), to_us(until)
        asked = {"slices": within(start, end), "devices": orjson.dumps(devices).decode(), "from": start, "until": end}
        found = session.all(punches.seen_at_devices, asked)
        return [each for each in found if not self._plan.is_on(each.device, each.at, session)]

    def _counted(self, person: str, now: datetime, session: Connection) -> set[str]:
        """The facts of which any unit of a person was folded."""
        return {ref for unit in self._evidence.dossier(person, session, now=now).units for ref in unit.refs}

    def _shown(self, punch: SeenAt, rooms: dict[str, str], session: Connection) -> OutsidePunch:
        profile = self._directory.profile(punch.person, session)
        number, name = ("", "") if profile is None else (profile.employee_no, profile.name)
        return OutsidePunch(from_us(punch.at), punch.device, rooms[punch.device], number, name)
