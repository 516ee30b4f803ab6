"""Compares what must be true with what the doors show: the plan before enforcing, and sweeps afterwards."""

import logging
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass

from hub.access.desired import enqueue, read, set_state
from hub.access.sinks import Sink, Subjects, mismatch, resolve
from hub.clock import Clock, to_us
from hub.identity.directory import Directory
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import access as sql
from hub.store.tables.connectors import set_watermark
from hub.store.writer import Writer
from schemas.access import Presence
from schemas.errors import LicetError

_OTHER: Mapping[Presence, Presence] = {"present": "absent", "absent": "present"}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Difference:
    """One target that is not as the standings want it. ``seen`` is what the sink shows now (or last showed).

    ``wanted`` is ``absent`` also where a target is open under an identifier that is the person's no more.
    """

    person: str
    sink: str
    target: str
    wanted: str
    seen: str
    mode: str
    state: str
    epoch: int


class Reconciler:
    """Looks at doors as a whole: one request per target instead of one per person."""

    def __init__(
        self,
        sinks: Mapping[str, Sink],
        directory: Directory,
        writer: Writer,
        database: Database,
        clock: Clock,
    ) -> None:
        self._sinks = sinks
        self._directory = directory
        self._writer = writer
        self._database = database
        self._clock = clock

    def differences(self, sink: Sink) -> list[Difference]:
        """Every row of this sink where the sink itself shows something else.

        Raises:
            UnavailableError: The sink cannot be asked.
        """
        with self._database.reading() as session:
            rows = session.all(sql.observed_at_sink, {"sink": sink.name})
            subjects = self._subjects(sink, {row.person for row in rows}, session)
            members = {target: sink.door.members(target) for target in {row.target for row in rows}}
        return [
            Difference(row.person, sink.name, row.target, _OTHER[seen], seen, row.mode, row.state, row.epoch)
            for row in rows
            if (seen := mismatch(row.wanted, subjects[row.person], _shown_by(members[row.target]))) is not None
        ]

    def sweep(self, sink: Sink) -> int:
        """Find doors that changed behind our back and have them closed, or opened, again; how many."""
        began = to_us(self._clock.now())
        drifted = [each for each in self.differences(sink) if each.mode == "enforce" and each.state == "confirmed"]
        return self._writer.call(lambda tx: _conclude(sink.name, drifted, began, tx))

    def sweep_all(self, *, progress: Callable[[], None] = lambda: None) -> int:
        """Sweep every sink; a sink that is away is passed over. ``progress`` hears of each."""
        found = 0
        for sink in self._sinks.values():
            try:
                found += self.sweep(sink) if sink.proof.readable else 0
            except LicetError as error:
                log.warning("sweep of %s: %s", sink.name, error.message)
            progress()
        return found

    def _subjects(self, sink: Sink, people: Iterable[str], session: Connection) -> dict[str, Subjects]:
        """Who each person is at a sink: whom it does not know, or cannot tell, is absent everywhere."""
        now = to_us(self._clock.now())
        return {person: self._subjects_of(person, sink, now, session) for person in people}

    def _subjects_of(self, person: str, sink: Sink, at_us: int, session: Connection) -> Subjects:
        try:
            identifiers = self._directory.identifiers(person, sink.source, at_us, session)
        except LicetError as error:  # one person's lost key must not end the sweep for all others
            log.warning("sweep of %s: %s", sink.name, error.message)
            return {}
        return resolve(sink.door, identifiers)[0]


def _shown_by(members: Container[str]) -> Callable[[str], Presence]:
    return lambda subject: "present" if subject in members else "absent"


def _conclude(sink: str, drifted: list[Difference], began: int, tx: Tx) -> int:
    """Write down that the sink was looked at as a whole, and have delivery look at what drifted; how many."""
    tx.session.run(set_watermark, {"connector": sink, "peer": "", "complete_until": began})
    return _repair(drifted, tx)


def _repair(drifted: list[Difference], tx: Tx) -> int:
    """Have delivery look at what drifted; how many. What was decided or delivered since the look is no drift."""
    return sum(_repair_one(difference, tx) for difference in drifted)


def _repair_one(drift: Difference, tx: Tx) -> bool:
    row = next(row for row in read(drift.person, tx) if (row.sink, row.target) == (drift.sink, drift.target))
    if (row.epoch, row.state) != (drift.epoch, drift.state):
        return False
    set_state(drift.person, row, "drifted", drift.seen, tx)
    tx.log(
        "drifted",
        connector=drift.sink,
        person=drift.person,
        target=drift.target,
        wanted=drift.wanted,
        observed=drift.seen,
        epoch=drift.epoch,
    )
    enqueue(drift.person, [drift.sink], drift.epoch, tx)
    return True
