"""Raises an alarm for each partner whose receipt did not come in time, and ends it once all of them have."""

from datetime import timedelta

from hub.clock import Clock, to_us
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import alarms as sql
from hub.store.tables.connectors import waiting_at_partners
from hub.store.writer import Writer

LATE = "partner.late"


class LatePartners:
    """Looks now and then for partners whose outbox waits for too long, whatever the reason."""

    def __init__(self, database: Database, writer: Writer, clock: Clock, after: timedelta) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._after = after

    def turn(self) -> None:
        """Look once. Nothing is written where there is nothing to say."""
        before = to_us(self._clock.now() - self._after)
        with self._database.reading() as session:
            waiting = session.all(waiting_at_partners, {})
            raised = [each for each in session.all(sql.open_alarms, {}) if each.code == LATE]
        late = {each.sink for each in waiting if each.since is not None and each.since < before}
        new = sorted(late - {str(each.connector) for each in raised})
        over = [each for each in raised if each.connector not in late]
        if new or over:
            self._writer.call(lambda tx: _tell(new, over, tx))


def _tell(new: list[str], over: list[sql.AlarmRow], tx: Tx) -> None:
    for connector in new:
        tx.log("alarm", connector=connector, code=LATE)
    for alarm in over:
        tx.session.run(sql.set_alarm, {"of": alarm.id, "state": "ended", "at": tx.now_us})
