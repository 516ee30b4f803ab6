"""Raises an alarm while the statutory calendar of the next year is missing: deadlines would count plain weekdays."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from hub.clock import Clock, from_us
from hub.rules.workdays import Workdays
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import alarms as sql
from hub.store.writer import Writer

MISSING = "calendar.missing"
AGAIN = timedelta(days=7)
"""Who has looked and put no file there is reminded after so long."""


class MissingCalendar:
    """Looks now and then whether the yearly file is there; from November on it must be."""

    def __init__(self, database: Database, writer: Writer, clock: Clock, workdays: Workdays, zone: ZoneInfo) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._workdays = workdays
        self._zone = zone

    def turn(self) -> None:
        """Look once. Nothing is written where there is nothing to say."""
        now = self._clock.now()
        missing = self._workdays.missing_year(now.astimezone(self._zone).date()) is not None
        with self._database.reading() as session:
            known = session.one(sql.alarm_of_code, {"code": MISSING})
        is_open = known is not None and known.state != "ended"
        if missing and not is_open and (known is None or now - from_us(known.last_at) >= AGAIN):
            self._writer.call(lambda tx: tx.log("alarm", code=MISSING))
        elif known is not None and is_open and not missing:
            self._writer.call(lambda tx: _end(known, tx))


def _end(alarm: sql.AlarmRow, tx: Tx) -> None:
    tx.session.run(sql.set_alarm, {"of": alarm.id, "state": "ended", "at": tx.now_us})
