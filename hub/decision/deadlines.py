"""What happens because time passes: persons whose date has come are looked at."""

from hub.clock import Clock, from_us, to_us
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.group import RIPE_REVIEWS
from hub.store.tables import review
from hub.store.writer import Writer

IDLE_SECONDS = 0.5


class Deadlines:
    """Works off ``due`` by the calendar. After a stop everyone overdue is looked at once, with the instant of now."""

    def __init__(self, writer: Writer, database: Database, clock: Clock) -> None:
        self._writer = writer
        self._database = database
        self._clock = clock

    def turn(self) -> float:
        """Look at some of those whose date has come; the seconds until the next ones."""
        at = self.next_at()
        if at is not None and at <= to_us(self._clock.now()):
            self._writer.call(_ripen)
            at = self.next_at()
        if at is None:
            return IDLE_SECONDS
        return max((from_us(at) - self._clock.now()).total_seconds(), 0.005)

    def next_at(self) -> int | None:
        """The earliest instant in ``due``, stored microseconds."""
        with self._database.reading() as session:
            row = session.one(review.next_due, {})
        return None if row is None else row.at

    def work_off(self) -> int:
        """Look at everyone whose date has come; how many looks that took."""
        looks = 0
        while (ripe := self._writer.call(_ripen)) > 0:
            looks += ripe
            if ripe < RIPE_REVIEWS:
                break
        return looks


def _ripen(tx: Tx) -> int:
    rows = tx.session.all(review.due_now, {"now": tx.now_us, "limit": RIPE_REVIEWS})
    for row in rows:
        tx.due(row.person, at=tx.now, because=row.because)
    return len(rows)
