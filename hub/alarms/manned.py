"""Ends the alarms of posts that had too few, once enough are back."""

from hub.clock import Clock
from hub.evidence.manned import is_manned
from hub.rules.posts.dossier import Rulebook
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import alarms as sql
from hub.store.writer import Writer

SHORT = "manning.short"


class Manned:
    """Looks now and then whether posts with an alarm are manned again."""

    def __init__(self, database: Database, writer: Writer, clock: Clock, rulebook: Rulebook) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._rulebook = rulebook

    def turn(self) -> None:
        """Look once. Nothing is written where nothing is over."""
        now = self._clock.now()
        with self._database.reading() as session:
            short = [each for each in session.all(sql.open_alarms, {}) if each.code == SHORT]
            posts = {each.position for each in short} & self._rulebook.positions.keys()
            needs = {post: self._rulebook.current(post, now).manning.at_least for post in posts if post}
            manned = {post for post, at_least in needs.items() if is_manned(post, at_least, session, now)}
        over = [each for each in short if each.position in manned]
        if over:
            self._writer.call(lambda tx: _end(over, tx))


def _end(over: list[sql.AlarmRow], tx: Tx) -> None:
    for alarm in over:
        tx.session.run(sql.set_alarm, {"of": alarm.id, "state": "ended", "at": tx.now_us})
