"""Sends the notices that are decided, on threads of their own: a mail server that stalls holds up no revocation.

Before a message leaves, its notice is on record as *sent*. One whose answer was lost is unknown and sent once more
under its key, which makes it the same message to a reader; one that was refused has failed, for a person to see.
"""

import logging
import time
from collections.abc import Callable
from functools import partial
from threading import Thread
from typing import NamedTuple

from hub.backoff import UNTIL_KEPT, Backoff
from hub.clock import Clock
from hub.notification.letters import Letter, Letters
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import notices as sql
from hub.store.writer import Writer
from hub.workers import Activator, WorkerPool
from schemas.errors import RejectedError, UnavailableError, UnknownOutcomeError

MAILERS = 2
LEASE_SECONDS = 300.0
"""Longer than any messenger may take for one message."""
IDLE_SECONDS = 1.0
BACKOFF = Backoff(0.2, 300)

log = logging.getLogger(__name__)


class Dispatch(NamedTuple):
    """One letter on its way; ``tries`` counts this one."""

    notice: str
    letter: Letter
    tries: int


class Outbox:
    """Works off the notices with a few threads; without a route to send by, it leaves them where they are."""

    def __init__(
        self,
        *,
        writer: Writer,
        database: Database,
        letters: Letters,
        clock: Clock,
        activator: Activator,
    ) -> None:
        self._writer = writer
        self._database = database
        self._letters = letters
        self._clock = clock
        self._activator = activator
        self._pool = WorkerPool(MAILERS, "mail", freed=activator)
        self._stopping = False
        self._halted = False
        self._thread = Thread(target=self._run, name="notices", daemon=True)

    def start(self) -> None:
        """Begin. What was under way when the last process ended is unknown now, and is sent once more."""
        self._writer.call(lambda tx: tx.session.run(sql.wake_notices, {}))
        self._thread.start()

    def halt(self) -> None:
        """Send nothing any more."""
        self._halted = True

    def stop(self) -> None:
        """Finish what is under way, then end."""
        self._stopping = True
        self._activator.wake()
        self._thread.join()
        self._pool.stop()

    def _us(self, seconds_from_now: float = 0.0) -> int:
        return int((self._clock.monotonic() + seconds_from_now) * 1_000_000)

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._activator.wait(self._pause())
                while not self._stopping and self._round():
                    pass
            except UnavailableError:
                log.warning("the store is busy; notices wait")
                time.sleep(IDLE_SECONDS)
            except Exception:  # nobody waits for this thread either, and without it nobody is told anything
                log.exception("notices failed by a bug; they go on")
                time.sleep(IDLE_SECONDS)

    def _pause(self) -> float:
        """Until the next notice is due."""
        with self._database.reading() as session:
            row = session.one(sql.next_notice, {})
        if row is None or row.at is None:
            return IDLE_SECONDS
        seconds = row.at / 1_000_000 - self._clock.monotonic()
        return min(max(seconds, 0.01), IDLE_SECONDS)

    def _round(self) -> bool:
        """Claim and hand out once; whether there may be more."""
        free = self._pool.free
        if self._halted or not self._letters.routed or not free:
            return False
        claimed = self._writer.call(lambda tx: self._claim(free, tx))
        for dispatch in claimed:
            self._pool.take(lambda dispatch=dispatch: self._send(dispatch))  # type: ignore[misc]
        return bool(claimed)

    def _claim(self, limit: int, tx: Tx) -> list[Dispatch]:
        claimed = []
        for notice in tx.session.all(sql.notices_now, {"now": self._us(), "limit": limit}):
            letter = None
            with tx.savepoint("letter") as tried:
                letter = self._letters.letter(notice, tx.session)
            if tried.error is not None:
                log.error("a notice cannot be written", exc_info=tried.error)
                self._put_off(notice.id, "decided", notice.tries + 1, type(tried.error).__name__, tx)
            elif letter is None:
                _close(None, notice.id, "failed", "no address", notice.tries, tx)
            else:
                _set(notice.id, "sent", self._us(LEASE_SECONDS), notice.tries + 1, None, tx)
                claimed.append(Dispatch(notice.id, letter, notice.tries + 1))
        return claimed

    def _send(self, dispatch: Dispatch) -> None:
        try:
            UNTIL_KEPT(self._writer.call, self._hand_over(dispatch))
        except UnavailableError:
            log.warning("the store is busy; this notice is sent again when its lease ends")
        except Exception:  # nobody waits for this thread: a bug must be loud here, and its lease ends by itself
            log.exception("a notice failed by a bug; it is sent again when its lease ends")

    def _hand_over(self, dispatch: Dispatch) -> Callable[[Tx], None]:
        """Send one letter; what is to be kept of it."""
        notice, (route, to, message), tries = dispatch
        try:
            receipt = route.messenger.send(message, to=to, key=key_of(notice))
        except UnknownOutcomeError as error:
            return partial(self._put_off, notice, "unknown", tries, error.code)
        except UnavailableError as error:
            return partial(self._put_off, notice, "decided", tries, error.code)
        except RejectedError as error:
            return partial(_close, route.name, notice, "failed", error.code, tries)
        return partial(_close, route.name, notice, "accepted", receipt.id, tries)

    def _put_off(self, notice: str, state: str, tries: int, code: str, tx: Tx) -> None:
        _set(notice, state, self._us(BACKOFF.seconds(tries)), tries, code, tx)


def key_of(notice_id: str) -> str:
    """The key that makes the same notice one message."""
    return f"licet-{notice_id}"


def _close(route: str | None, notice: str, state: str, receipt: str, tries: int, tx: Tx) -> None:
    _set(notice, state, 0, tries, receipt, tx)
    tx.log("notified", connector=route, notice=notice, outcome=state, receipt=receipt or None, attempt=tries)


def _set(notice: str, state: str, next_at: int, tries: int, receipt: str | None, tx: Tx) -> None:
    row = {"of": notice, "state": state, "next_at": next_at, "tries": tries, "receipt": receipt}
    tx.session.run(sql.set_notice, row)
