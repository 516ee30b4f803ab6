"""Sends the notices that are decided, on threads of their own: a mail server that stalls holds up no revocation.

Before a message leaves, its notice is on record as *sent*. One whose answer was lost is unknown and sent once more
under its key, which makes it the same message to a reader; one that was refused has failed, for a person to see.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from threading import Thread
from zoneinfo import ZoneInfo

from connectors.port import Messenger
from hub.backoff import UNTIL_KEPT, Backoff
from hub.clock import Clock
from hub.identity.directory import Directory
from hub.notification.texts import render
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import notices as sql
from hub.store.tables.notices import WaitingNotice
from hub.store.writer import Writer
from hub.workers import Activator, WorkerPool
from schemas.errors import RejectedError, UnavailableError, UnknownOutcomeError
from schemas.position import Position

MAILERS = 2
LEASE_SECONDS = 300.0
"""Longer than any messenger may take for one message."""
IDLE_SECONDS = 1.0
BACKOFF = Backoff(0.2, 300)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MailRoute:
    """A messenger of the hub, where HR reads, and in which language."""

    name: str
    messenger: Messenger
    hr: str = ""
    hr_language: str = "zh"


@dataclass(frozen=True, slots=True)
class Mail:
    """One message on its way; ``tries`` counts this one."""

    notice: str
    to: str
    message: bytes
    tries: int


class Outbox:
    """Works off the notices with a few threads."""

    def __init__(
        self,
        *,
        writer: Writer,
        database: Database,
        directory: Directory,
        positions: Mapping[str, Position],
        routes: Mapping[str, MailRoute],
        clock: Clock,
        zone: ZoneInfo,
        activator: Activator,
    ) -> None:
        self._writer = writer
        self._database = database
        self._directory = directory
        self._positions = positions
        self._route = next(iter(routes.values()), None)
        self._clock = clock
        self._zone = zone
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
        route, free = self._route, self._pool.free
        if self._halted or route is None or not free:
            return False
        mails = self._writer.call(lambda tx: self._claim(route, free, tx))
        for mail in mails:
            self._pool.take(lambda mail=mail: self._send(route, mail))  # type: ignore[misc]
        return bool(mails)

    def _claim(self, route: MailRoute, limit: int, tx: Tx) -> list[Mail]:
        mails = []
        for notice in tx.session.all(sql.notices_now, {"now": self._us(), "limit": limit}):
            letter = None
            with tx.savepoint("letter") as tried:
                letter = self._letter(route, notice, tx)
            if tried.error is not None:
                log.error("a notice cannot be written", exc_info=tried.error)
                self._put_off(notice.id, "decided", notice.tries + 1, type(tried.error).__name__, tx)
            elif letter is None:
                _close(route.name, notice.id, "failed", "no address", notice.tries, tx)
            else:
                _set(notice.id, "sent", self._us(LEASE_SECONDS), notice.tries + 1, None, tx)
                mails.append(Mail(notice.id, *letter, notice.tries + 1))
        return mails

    def _letter(self, route: MailRoute, notice: WaitingNotice, tx: Tx) -> tuple[str, bytes] | None:
        """Address and text, if there is somebody to write to."""
        profile = self._directory.profile(notice.person, tx.session)
        position = self._positions.get(notice.position)
        if profile is None or position is None:
            return None
        hr = route.hr, route.hr_language
        to, language = hr if notice.audience == "hr" else (profile.mail, profile.language)
        return (to, render(notice.body, position, profile.name, language, self._zone)) if to else None

    def _send(self, route: MailRoute, mail: Mail) -> None:
        try:
            UNTIL_KEPT(self._writer.call, self._hand_over(route, mail))
        except UnavailableError:
            log.warning("the store is busy; this notice is sent again when its lease ends")
        except Exception:  # nobody waits for this thread: a bug must be loud here, and its lease ends by itself
            log.exception("a notice failed by a bug; it is sent again when its lease ends")

    def _hand_over(self, route: MailRoute, mail: Mail) -> Callable[[Tx], None]:
        """Send one message; what is to be kept of it."""
        try:
            receipt = route.messenger.send(mail.message, to=mail.to, key=key_of(mail.notice))
        except UnknownOutcomeError as error:
            return partial(self._put_off, mail.notice, "unknown", mail.tries, error.code)
        except UnavailableError as error:
            return partial(self._put_off, mail.notice, "decided", mail.tries, error.code)
        except RejectedError as error:
            return partial(_close, route.name, mail.notice, "failed", error.code, mail.tries)
        state = "accepted" if receipt.accepted else "failed"
        return partial(_close, route.name, mail.notice, state, receipt.id, mail.tries)

    def _put_off(self, notice: str, state: str, tries: int, code: str, tx: Tx) -> None:
        _set(notice, state, self._us(BACKOFF.seconds(tries)), tries, code, tx)


def key_of(notice_id: str) -> str:
    """The key that makes the same notice one message."""
    return f"licet-{notice_id}"


def _close(route: str, notice: str, state: str, receipt: str, tries: int, tx: Tx) -> None:
    _set(notice, state, 0, tries, receipt, tx)
    tx.log("notified", connector=route, notice=notice, outcome=state, receipt=receipt or None, attempt=tries)


def _set(notice: str, state: str, next_at: int, tries: int, receipt: str | None, tx: Tx) -> None:
    row = {"of": notice, "state": state, "next_at": next_at, "tries": tries, "receipt": receipt}
    tx.session.run(sql.set_notice, row)
