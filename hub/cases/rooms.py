"""Has people looked at who were in a session without being enrolled there, once it is settled."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import orjson

from hub.clock import Clock, to_us
from hub.evidence.training_plan import TrainingPlan, planned
from hub.identity.links import links_in
from hub.rules.attendance.sightings import BEYOND
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import facts, punches
from hub.store.tables.punches import slices
from hub.store.writer import Writer
from schemas.learning import Session

BACK = timedelta(days=7)
"""How far back sessions are looked at after a start."""
BECAUSE = "date"


class RoomWatch:
    """Looks at each session once when it is settled; a punch that comes later has its person looked at by itself."""

    def __init__(self, plan: TrainingPlan, database: Database, writer: Writer, clock: Clock) -> None:
        self._plan = plan
        self._database = database
        self._writer = writer
        self._clock = clock
        self._upto: datetime | None = None

    def turn(self) -> None:
        """Look at what was settled since the last turn. Nothing is written where nobody came by."""
        now = self._clock.now()
        since = now - BACK if self._upto is None else self._upto
        with self._database.reading() as session:
            came = {
                each.subject: sorted(set(seen_in(each, self._plan, session)) - enrolled_in(each.subject, session))
                for each in self._settled(since, now, session)
            }
        found = {name: persons for name, persons in came.items() if persons}
        if found:
            self._writer.call(lambda tx: _mark(found, tx))
        self._upto = now

    def _settled(self, since: datetime, now: datetime, session: Connection) -> list[Session]:
        sessions = [planned(fact) for fact in self._plan.sessions(session).values()]
        return [each for each in sessions if not each.cancelled and since < self._plan.settles_at(each) <= now]


def seen_in(planned: Session, plan: TrainingPlan, session: Connection) -> list[str]:
    """The persons who were seen at the terminals of a session's room around it."""
    block = plan.block(planned)
    from_us, until_us = to_us(block.start - BEYOND), to_us(block.end + BEYOND)
    asked = {
        "slices": orjson.dumps(slices(from_us, until_us)).decode(),
        "devices": orjson.dumps(sorted(planned.devices)).decode(),
        "from": to_us(block.start),
        "until": to_us(block.end),
    }
    return [row.person for row in session.all(punches.seen_at, asked)]


def enrolled_in(topic: str, session: Connection) -> set[str]:
    """The persons of whom the plan or HR ever said that they must come to a session."""
    rows = session.all(facts.enrolled_in, {"topic": topic})
    return {link.person for row in rows for link in links_in(row.subject, session)}


def _mark(came: dict[str, list[str]], tx: Tx) -> None:
    rows = [{"person": person, "unit": name, "body": None} for name, persons in came.items() for person in persons]
    tx.session.many(facts.set_fold, rows)
    for person in _everybody(came.values()):
        tx.due(person, at=tx.now, because=BECAUSE)


def _everybody(found: Iterable[list[str]]) -> list[str]:
    return sorted({person for persons in found for person in persons})
