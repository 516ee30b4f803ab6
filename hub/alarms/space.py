"""Raises one alarm while the disk has too little room, and ends it when it has enough."""

from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.space import LOW, Space
from hub.store.tables import alarms as sql
from hub.store.writer import Writer


class SpaceWatch:
    """Looks at the disk every few seconds, and keeps its reserve."""

    def __init__(self, space: Space, database: Database, writer: Writer) -> None:
        self._space = space
        self._database = database
        self._writer = writer

    def turn(self) -> None:
        """Look once. Nothing is written where there is nothing to say."""
        self._space.keep_reserve()
        with self._database.reading() as session:
            known = session.one(sql.alarm_of_code, {"code": LOW})
        raised = known is not None and known.state != "ended"
        if self._space.low and not raised:
            self._writer.call(lambda tx: tx.log("alarm", code=LOW))
        elif raised and not self._space.low:
            assert known is not None
            self._writer.call(lambda tx: _end(known.id, tx))


def _end(alarm: str, tx: Tx) -> None:
    tx.session.run(sql.set_alarm, {"of": alarm, "state": "ended", "at": tx.now_us})
