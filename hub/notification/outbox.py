"""Sends the notices that are decided, on threads of their own: a mail server that stalls holds up no revocation.

Before a message leaves, its notice is on record as *sent*. One whose answer was lost is unknown and sent once more
under its key, which makes it the same message to a reader: two copies at most, then it has failed. Where the server
refuses us, and not the message, all mail waits until that is mended. What has failed for good is an alarm.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from connectors.port import Receipt
from hub.access.leases import DECIDERS, LEASE_SECONDS, LONGEST_WAIT_SECONDS, Key, Leases, store_us, us
from hub.audit.enclosures import Enclosures
from hub.backoff import UNTIL_KEPT, Backoff
from hub.clock import Clock
from hub.notification.letters import Letter, Letters
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import notices as sql
from hub.store.writer import Writer
from hub.workers import Activator, WorkerPool
from schemas.errors import RejectedError, UnavailableError, UnknownOutcomeError

NO_ADDRESS = "notice.no-address"
MESSAGE = "mail.message"
MAILERS = 2
IDLE_SECONDS = 1.0
SHORTEST_SECONDS = 0.01
BACKOFF = Backoff(0.2, 300)

log = logging.getLogger(__name__)


class Dispatch(NamedTuple):
    """One letter on its way; ``tries`` counts this one. ``again``: it may have arrived before."""

    notice: str
    letter: Letter
    tries: int
    person: str
    again: bool


class Outbox:
    """Works off the notices with a few threads; without a route to send by, it leaves them where they are."""

    def __init__(
        self,
        *,
        writer: Writer,
        database: Database,
        letters: Letters,
        enclosures: Enclosures,
        clock: Clock,
        activator: Activator,
        owner: str,
    ) -> None:
        self._writer = writer
        self._database = database
        self._letters = letters
        self._enclosures = enclosures
        self._leases = Leases(owner, clock)
        self._pool = WorkerPool(MAILERS, "mail", freed=activator)
        self._halted = False
        self._refusing: set[str] = set()

    def recover(self) -> None:
        """Take up what was under way when the last process ended: it is unknown now, and is sent once more."""
        self._writer.call(self._recover)

    def halt(self) -> None:
        """Send nothing any more."""
        self._halted = True

    def stop(self, seconds: float) -> bool:
        """Finish what is under way; whether it was finished by then."""
        return self._pool.stop(seconds)

    def _recover(self, tx: Tx) -> None:
        owners = {"owner": self._leases.owner, "seat": DECIDERS}
        tx.session.run(sql.lose_notices, {**owners, "now": store_us(tx.session)})

    def turn(self) -> float:
        """Claim what waits and hand it out; the seconds until there may be more."""
        self._leases.beat(lambda keys: self._writer.call(lambda tx: self._renew(keys, tx)))
        free = self._pool.free
        if self._halted or not self._letters.routed or not free:
            return IDLE_SECONDS  # who becomes free says so
        claimed = self._writer.call(lambda tx: self._claim(free, tx))
        for dispatch in claimed:
            self._leases.hold((dispatch.notice,))
            self._pool.take(partial(self._send, dispatch))
        return 0.0 if claimed else self._pause()

    def _pause(self) -> float:
        """Until the next notice is due."""
        with self._database.reading() as session:
            row = session.one(sql.next_notice, {})
        if row is None or row.wait is None:
            return IDLE_SECONDS
        return max(row.wait / 1_000_000, SHORTEST_SECONDS)

    def _claim(self, limit: int, tx: Tx) -> list[Dispatch]:
        claimed, now = [], store_us(tx.session)
        ripe = {"now": now, "horizon": now + us(LONGEST_WAIT_SECONDS), "limit": limit}
        for notice in tx.session.all(sql.notices_now, ripe):
            if self._leases.holds((notice.id,)):
                continue
            letter = None
            with tx.savepoint("letter") as tried:
                letter = self._letters.letter(notice, tx.session)
            if tried.error is not None:
                log.error("a notice cannot be written", exc_info=tried.error)
                _put_off(notice.id, "decided", notice.tries + 1, type(tried.error).__name__, tx)
            elif letter is None:
                _failed(None, notice.id, NO_ADDRESS, notice.tries, tx)
                if notice.audience == "person":  # that HR has no address is how the hub was set up
                    tx.log("alarm", person=notice.person, position=notice.position, code=NO_ADDRESS)
            else:
                lease = {"owner": self._leases.owner, "now": now, "until": now + us(LEASE_SECONDS)}
                tx.session.run(sql.send_notice, {"of": notice.id, "tries": notice.tries + 1, **lease})
                again = notice.state != "decided"
                claimed.append(Dispatch(notice.id, letter, notice.tries + 1, notice.person, again))
        return claimed

    def _send(self, dispatch: Dispatch) -> None:
        try:
            UNTIL_KEPT(self._writer.call, self._hand_over(dispatch))
        except UnavailableError:
            log.warning("the store is busy; this notice is sent again when its lease ends")
        except Exception:  # nobody waits for this thread: a bug must be loud here, and its lease ends by itself
            log.exception("a notice failed by a bug; it is sent again when its lease ends")
        finally:
            self._leases.release((dispatch.notice,))

    def _hand_over(self, dispatch: Dispatch) -> Callable[[Tx], None]:
        """Send one letter; what is to be kept of it."""
        notice, (route, to, message), tries, person, again = dispatch
        waits = "unknown" if again else "decided"
        try:
            receipt = route.messenger.send(message, to=to, key=key_of(notice))
        except UnknownOutcomeError as error:
            if again:
                return partial(_undelivered, route.name, notice, person, error.code, tries)
            return partial(_put_off, notice, "unknown", tries, error.code)
        except UnavailableError as error:
            return partial(_put_off, notice, waits, tries, error.code)
        except RejectedError as error:
            if error.code == "peer.auth":
                return partial(self._refused, route.name, notice, waits, tries)
            return partial(_undelivered, route.name, notice, person, error.code, tries)
        return partial(self._accepted, route.name, notice, receipt, tries)

    def _refused(self, route: str, notice: str, state: str, tries: int, tx: Tx) -> None:
        """The server does not take us: nothing is lost, and somebody hears of it once."""
        _put_off(notice, state, tries, "peer.auth", tx)
        if route not in self._refusing:
            tx.log("alarm", connector=route, code="peer.auth")
        self._refusing.add(route)

    def _accepted(self, route: str, notice: str, receipt: Receipt, tries: int, tx: Tx) -> None:
        _set(notice, "accepted", 0, tries, receipt.id, tx)
        tx.session.run(sql.accept_notice, {"of": notice, "at": tx.now_us})
        self._refusing.discard(route)
        entry, words = tx.new_id(), f"{receipt.id}\n{receipt.detail}".encode()
        kept = self._enclosures.keep(entry, "receipt", words, tx)
        tx.log("notified", entry=entry, connector=route, notice=notice, outcome="accepted", receipt=kept, attempt=tries)

    def _renew(self, keys: Sequence[Key], tx: Tx) -> None:
        now = store_us(tx.session)
        lease = {"owner": self._leases.owner, "now": now, "until": now + us(LEASE_SECONDS)}
        tx.session.many(sql.beat_notice, [{"of": key[0], **lease} for key in keys])


def key_of(notice_id: str) -> str:
    """The key that makes the same notice one message."""
    return f"licet-{notice_id}"


def _put_off(notice: str, state: str, tries: int, code: str, tx: Tx) -> None:
    _set(notice, state, store_us(tx.session) + us(BACKOFF.seconds(tries)), tries, code, tx)


def _failed(route: str | None, notice: str, code: str, tries: int, tx: Tx) -> None:
    _set(notice, "failed", 0, tries, code, tx)
    tx.log("notified", connector=route, notice=notice, outcome="failed", code=code, attempt=tries)


def _undelivered(route: str, notice: str, person: str, code: str, tries: int, tx: Tx) -> None:
    """Nobody has read it, or nobody knows: a person must hear that; one refused for what it is, who runs the server."""
    _failed(route, notice, code, tries, tx)
    if code == MESSAGE:
        tx.log("alarm", connector=route, code=MESSAGE)
    else:
        tx.log("alarm", connector=route, person=person, code="notice.undelivered")


def _set(notice: str, state: str, next_at: int, tries: int, receipt: str | None, tx: Tx) -> None:
    row = {"of": notice, "state": state, "next_at": next_at, "tries": tries, "receipt": receipt}
    tx.session.run(sql.set_notice, row)
