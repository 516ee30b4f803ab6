"""Raises an alarm for what was set aside unread, one for each connector and reason, and ends it once nothing waits.

Its sender has its answer; here somebody has to look, and may have to mend a mapping. However much waits, and however
quickly it comes, there is one alarm, which says how much it is.
"""

from collections.abc import Sequence

from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import alarms as sql
from hub.store.tables.alarms import SettledAside, WaitingAside
from hub.store.writer import Writer

WAITING = "quarantine.waiting"


class SetAside:
    """Looks now and then for what waits in quarantine. One that somebody has looked at is raised by newer items."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def turn(self) -> None:
        """Look once. Nothing is written where there is nothing to say."""
        with self._database.reading() as session:
            waiting = session.all(sql.waiting_aside, {"code": WAITING})
            over = session.all(sql.settled_aside, {"code": WAITING})
        told = [each for each in waiting if _is_news(each) or _is_more(each)]
        if told or over:
            self._writer.call(lambda tx: _tell(told, over, tx))


def _is_news(each: WaitingAside) -> bool:
    return each.state is None or (each.state == "ended" and each.last_at > (each.acted_at or 0))


def _is_more(each: WaitingAside) -> bool:
    return each.state == "raised" and each.times != each.items


def _tell(waiting: Sequence[WaitingAside], over: Sequence[SettledAside], tx: Tx) -> None:
    for each in waiting:
        if each.state == "raised":
            tx.session.run(sql.count_alarm, {"of": each.id, "times": each.items, "at": each.last_at})
        else:
            tx.log("alarm", connector=each.connector, code=WAITING, fault=each.fault)
    for alarm in over:
        tx.session.run(sql.set_alarm, {"of": alarm.id, "state": "ended", "at": tx.now_us})
