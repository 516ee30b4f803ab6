"""Raises an alarm for each revocation that was not seen carried out in time, and ends those that are over."""

from collections.abc import Collection
from datetime import timedelta

import orjson

from hub.clock import Clock, to_us
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import alarms as sql
from hub.store.writer import Writer

LATE = "sink.unconfirmed"
MOST = 500
"""Alarms raised in one turn; the next turn goes on."""


class LateRevocations:
    """Looks every few seconds for revocations that are late: whatever the reason, a person must hear of a door."""

    def __init__(
        self, database: Database, writer: Writer, clock: Clock, after: timedelta, unreadable: Collection[str] = ()
    ) -> None:
        """``unreadable`` are sinks that cannot be read back."""
        self._database = database
        self._writer = writer
        self._clock = clock
        self._after = after
        self._unreadable = orjson.dumps(sorted(unreadable)).decode()

    def turn(self) -> None:
        """Look once. Nothing is written where there is nothing to say."""
        before = to_us(self._clock.now() - self._after)
        asked = {"code": LATE, "before": before, "unreadable": self._unreadable, "limit": MOST}
        with self._database.reading() as session:
            late = session.all(sql.late_revocations, asked)
            over = session.all(sql.settled_revocations, {"code": LATE})
        if late or over:
            self._writer.call(lambda tx: _tell(late, over, tx))


def _tell(late: list[sql.LateRow], over: list[sql.AlarmRow], tx: Tx) -> None:
    for row in late:
        tx.log("alarm", connector=row.sink, person=row.person, target=row.target, epoch=row.epoch, code=LATE)
    for alarm in over:
        tx.session.run(sql.set_alarm, {"of": alarm.id, "state": "ended", "at": tx.now_us})
