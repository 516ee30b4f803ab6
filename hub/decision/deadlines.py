"""What happens because time passes: persons whose date has come are looked at, the log is signed, its pulse kept."""

import logging
import time
from collections.abc import Callable
from threading import Thread

from audit_log.checkpoint import TamperError
from hub.clock import Clock, from_us, to_us
from hub.store import queries as q
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.writer import RIPE_REVIEWS, Writer
from hub.workers import Activator
from schemas.errors import UnavailableError

IDLE_SECONDS = 0.5
HEARTBEAT_SECONDS = 300.0

log = logging.getLogger(__name__)


class Deadlines:
    """Works off ``due`` by the calendar. After a stop everyone overdue is looked at once, with the instant of now."""

    def __init__(
        self,
        writer: Writer,
        database: Database,
        clock: Clock,
        activator: Activator,
        *,
        sign: Callable[[], None],
        halt: Callable[[], None],
    ) -> None:
        self._writer = writer
        self._database = database
        self._clock = clock
        self._sign = sign
        self._halt = halt
        self._activator = activator
        self._stopping = False
        self._thread = Thread(target=self._run, name="deadlines", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is under way."""
        self._stopping = True
        self._activator.wake()
        self._thread.join()

    def next_at(self) -> int | None:
        """The earliest instant in ``due``, stored microseconds."""
        with self._database.reading() as session:
            row = session.one(q.next_due, {})
        return None if row is None else row[0]

    def work_off(self) -> int:
        """Look at everyone whose date has come; how many looks that took."""
        looks = 0
        while (found := self._writer.call(_ripen)) > 0:
            looks += found
            if found < RIPE_REVIEWS:
                break
        return looks

    def _run(self) -> None:
        pulse = self._clock.monotonic()
        while not self._stopping:
            try:
                self._activator.wait(self._pause())
                if self._is_due():
                    self.work_off()
                self._sign()
                if self._clock.monotonic() - pulse >= HEARTBEAT_SECONDS:
                    pulse = self._clock.monotonic()
                    self._writer.call(lambda tx: tx.log("heartbeat"))
            except UnavailableError:
                log.warning("the store is busy; deadlines wait")
                time.sleep(IDLE_SECONDS)
            except TamperError:
                log.critical("the log does not verify: nothing is sent any more", exc_info=True)
                self._halt()
                return
            except Exception:  # nobody waits for this thread: without it no date closes a door
                log.exception("deadlines failed by a bug; they go on")
                time.sleep(IDLE_SECONDS)

    def _is_due(self) -> bool:
        at = self.next_at()
        return at is not None and at <= to_us(self._clock.now())

    def _pause(self) -> float:
        at = self.next_at()
        if at is None:
            return IDLE_SECONDS
        return min(max((from_us(at) - self._clock.now()).total_seconds(), 0.005), IDLE_SECONDS)


def _ripen(tx: Tx) -> int:
    rows = tx.session.all(q.due_now, {"now": tx.now_us, "limit": RIPE_REVIEWS})
    for person, because, _tries in rows:
        tx.due(person, at=tx.now, because=because)
    return len(rows)
