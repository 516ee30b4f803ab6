"""Raises an alarm while something that people keep up by hand is not: next year's holidays, texts that are quoted."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.clock import Clock, from_us
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import alarms as sql
from hub.store.writer import Writer

MISSING = "calendar.missing"
"""Without the statutory calendar of the next year deadlines would count plain weekdays."""
PAST_REVIEW = "renewal.review-due"
AGAIN = timedelta(days=7)
"""Who has looked and mended nothing is reminded after so long."""


class KeptByHand:
    """Looks now and then whether things are kept up; ``lacking`` says by code, of a day, whether one is not."""

    def __init__(
        self,
        lacking: Mapping[str, Callable[[date], bool]],
        *,
        database: Database,
        writer: Writer,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._lacking = lacking
        self._database = database
        self._writer = writer
        self._clock = clock
        self._zone = zone

    def turn(self) -> None:
        """Look once. Nothing is written where there is nothing to say."""
        now = self._clock.now()
        for code, lacking in self._lacking.items():
            self._look(code, lacking(now.astimezone(self._zone).date()), now)

    def _look(self, code: str, lacking: bool, now: datetime) -> None:
        with self._database.reading() as session:
            known = session.one(sql.alarm_of_code, {"code": code})
        is_open = known is not None and known.state != "ended"
        if lacking and not is_open and (known is None or now - from_us(known.last_at) >= AGAIN):
            self._writer.call(lambda tx: tx.log("alarm", code=code))
        elif known is not None and is_open and not lacking:
            self._writer.call(lambda tx: _end(known, tx))


def _end(alarm: sql.AlarmRow, tx: Tx) -> None:
    tx.session.run(sql.set_alarm, {"of": alarm.id, "state": "ended", "at": tx.now_us})
