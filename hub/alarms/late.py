"""Raises an alarm for each person and post to whom a message was not accepted in time, and ends those that are over."""

from datetime import timedelta

from hub.clock import Clock, to_us
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import alarms as sql
from hub.store.writer import Writer

LATE = "notice.late"
MOST = 500
"""Alarms raised in one turn; the next turn goes on."""


class LateNotices:
    """Looks now and then for messages that wait too long: whatever the reason, somebody else may have to tell."""

    def __init__(self, database: Database, writer: Writer, clock: Clock, after: timedelta) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._after = after

    def turn(self) -> None:
        """Look once. Nothing is written where there is nothing to say."""
        before = to_us(self._clock.now() - self._after)
        with self._database.reading() as session:
            late = session.all(sql.late_notices, {"code": LATE, "before": before, "limit": MOST})
            over = session.all(sql.settled_notices, {"code": LATE, "before": before})
        if late or over:
            self._writer.call(lambda tx: _tell(late, over, tx))


def _tell(late: list[sql.LateNoticeRow], over: list[sql.AlarmRow], tx: Tx) -> None:
    for row in late:
        tx.log("alarm", person=row.person, position=row.position, code=LATE)
    for alarm in over:
        tx.session.run(sql.set_alarm, {"of": alarm.id, "state": "ended", "at": tx.now_us})
