"""Tells one partner what changed of people's training, on threads of its own, until its receipt has come.

The same word has the same key however often it is sent, so one of unknown outcome is sent again. A word that another
one has overtaken is not concluded any more. A partner that is away, or asks for patience, is left alone for so long:
its outbox waits as a whole, and nobody else's with it.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Lock
from typing import Any, NamedTuple

from connectors.absence import NOT_THERE
from connectors.port import Partner, Receipt, Trained
from hub.access.leases import DECIDERS, LEASE_SECONDS, LONGEST_WAIT_SECONDS, Key, Leases, store_us, us
from hub.audit.enclosures import Enclosures
from hub.backoff import UNTIL_KEPT, Backoff
from hub.clock import Clock, from_us
from hub.identity.directory import Directory
from hub.rules.demands.trained import days_of
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import partners as sql
from hub.store.tables.partners import WaitingWord
from hub.store.writer import Writer
from hub.workers import Activator, WorkerPool
from schemas.errors import RejectedError, UnavailableError, UnknownOutcomeError
from schemas.position import Course

SPEAKERS = 2
IDLE_SECONDS = 1.0
SHORTEST_SECONDS = 0.01
BACKOFF = Backoff(0.5, 60)
LONGEST_REST_SECONDS = 3600.0
NO_PERSON, REFUSED = "partner.no-person", "partner.refused"
_SHUT = frozenset({"peer.auth", *NOT_THERE.values()})
"""Refusals that are of us, or of nobody at all: no word is at fault, and each waits until that is mended."""

log = logging.getLogger(__name__)


class PartnerSystem(NamedTuple):
    """A partner, and the source whose identifiers it knows people by."""

    name: str
    partner: Partner
    identifiers: str

    def takes(self, course: str) -> bool:
        """Whether it hears of a course."""
        return self.partner.takes(course)


class Word(NamedTuple):
    """One word on its way; ``tries`` counts this one."""

    trained: Trained
    person: str
    tries: int


class PartnerDesk:
    """Works off the outbox of one partner with a few threads."""

    def __init__(
        self,
        system: PartnerSystem,
        *,
        writer: Writer,
        database: Database,
        directory: Directory,
        enclosures: Enclosures,
        courses: Mapping[str, Course],
        clock: Clock,
        activator: Activator,
        owner: str,
    ) -> None:
        self.name = system.name
        self._system = system
        self._writer = writer
        self._database = database
        self._directory = directory
        self._enclosures = enclosures
        self._courses = courses
        self._clock = clock
        self._leases = Leases(owner, clock)
        self._pool = WorkerPool(SPEAKERS, f"partner {system.name}", freed=activator)
        self._halted = False
        self._lock = Lock()
        self._failures = 0
        self._shut = False
        self._rests_until = 0.0

    def recover(self) -> None:
        """Take up what was under way when the last process ended: it is unknown now, and is sent once more."""
        owners = {"owner": self._leases.owner, "seat": DECIDERS, "connector": self.name}
        self._writer.call(lambda tx: tx.session.run(sql.lose_words, {**owners, "now": store_us(tx.session)}))

    def halt(self) -> None:
        """Send nothing any more."""
        self._halted = True

    def stop(self, seconds: float) -> bool:
        """Finish what is under way; whether it was finished by then."""
        return self._pool.stop(seconds)

    def turn(self) -> float:
        """Claim what waits and hand it out; the seconds until there may be more."""
        self._leases.beat(lambda keys: self._writer.call(lambda tx: self._renew(keys, tx)))
        free = self._pool.free
        pause = max(self._pause(), self._rests_until - self._clock.monotonic())
        if self._halted or not free or pause > 0:
            return min(pause, IDLE_SECONDS) if free and not self._halted else IDLE_SECONDS
        for word in self._writer.call(lambda tx: self._claim(free, tx)):
            self._leases.hold((word.trained.id,))
            self._pool.take(partial(self._send, word))
        return SHORTEST_SECONDS

    def _pause(self) -> float:
        with self._database.reading() as session:
            row = session.one(sql.next_word, {"connector": self.name})
        return IDLE_SECONDS if row is None or row.wait is None else max(row.wait / 1_000_000, 0.0)

    def _claim(self, limit: int, tx: Tx) -> list[Word]:
        now = store_us(tx.session)
        ripe = {"now": now, "horizon": now + us(LONGEST_WAIT_SECONDS), "limit": limit, "connector": self.name}
        claimed = []
        for row in tx.session.all(sql.words_now, ripe):
            if self._leases.holds((row.id,)):
                _put_off(row, row.state, row.tries, None, tx)
                continue
            word = self._word(row, tx)
            if word is not None:
                lease = {"owner": self._leases.owner, "now": now, "until": now + us(LEASE_SECONDS)}
                tx.session.run(sql.send_word, {"of": row.id, "tries": word.tries, **lease})
                claimed.append(word)
        return claimed

    def _word(self, row: WaitingWord, tx: Tx) -> Word | None:
        known = self._directory.identifiers(row.person, self._system.identifiers, tx.now_us, tx.session)
        if not known:
            _put_off(row, "decided", row.tries + 1, NO_PERSON, tx)
            if not row.tries:
                tx.log("alarm", connector=self.name, person=row.person, code=NO_PERSON)
            return None
        first, last = days_of(row.year)
        trained = Trained(
            id=row.id,
            sequence=row.sequence,
            learner=known[0].name,
            course=row.course,
            named=self._named(row.course),
            from_on=first,
            until_on=last,
            credited=row.credited,
            counted=row.counted,
            required=row.required,
            open=row.open,
            since=from_us(row.decided_at),
        )
        return Word(trained, row.person, row.tries + 1)

    def _named(self, course: str) -> tuple[str, str]:
        known = self._courses.get(course)
        name = None if known is None else known.name
        return (course, course) if name is None else (name.zh, name.en)

    def _send(self, word: Word) -> None:
        try:
            UNTIL_KEPT(self._writer.call, self._hand_over(word))
        except UnavailableError:
            log.warning("the store is busy; this word is sent again when its lease ends")
        except Exception:  # nobody waits for this thread: a bug must be loud here, and its lease ends by itself
            log.exception("a word to a partner failed by a bug; it is sent again when its lease ends")
        finally:
            self._leases.release((word.trained.id,))

    def _hand_over(self, word: Word) -> Callable[[Tx], None]:
        """Send one word; what is to be kept of it."""
        try:
            receipt = self._system.partner.tell(word.trained)
        except UnknownOutcomeError as error:
            return partial(_again, word, "unknown", error.code)
        except UnavailableError as error:
            self._rest(error.retry_after)
            return partial(_again, word, "decided", error.code)
        except RejectedError as error:
            if error.code in _SHUT:
                self._rest(None)
                return partial(self._shut_out, word, error.code)
            self._answered()
            return partial(self._refused, word, error.code)
        self._answered()
        return partial(self._confirmed, word, receipt)

    def _rest(self, asked: float | None) -> None:
        """Leave the partner alone: for as long as it asks, else the longer the oftener it was away."""
        with self._lock:
            self._failures += 1
            seconds = min(asked if asked is not None else BACKOFF.seconds(self._failures), LONGEST_REST_SECONDS)
            self._rests_until = max(self._rests_until, self._clock.monotonic() + seconds)

    def _answered(self) -> None:
        with self._lock:
            self._failures, self._shut = 0, False

    def _confirmed(self, word: Word, receipt: Receipt, tx: Tx) -> None:
        if not _conclude(word.trained, "confirmed", 0, word.tries, None, tx):
            return  # other figures are on their way already
        entry, said = tx.new_id(), f"{receipt.id}\n{receipt.detail}".encode()
        kept = self._enclosures.keep(entry, "receipt", said, tx)
        self._log(word, "confirmed", tx, entry=entry, receipt=kept)

    def _refused(self, word: Word, code: str, tx: Tx) -> None:
        """One alarm for the partner: what is refused once mostly is for everybody."""
        if _conclude(word.trained, "failed", 0, word.tries, code, tx):
            self._log(word, "failed", tx, code=code)
            tx.log("alarm", connector=self.name, code=REFUSED)

    def _shut_out(self, word: Word, code: str, tx: Tx) -> None:
        """It does not take us, or is not there: nothing is lost, and somebody hears of it once."""
        _again(word, "decided", code, tx)
        if not self._shut:
            tx.log("alarm", connector=self.name, code=code)
        self._shut = True

    def _log(self, word: Word, outcome: str, tx: Tx, **more: Any) -> None:
        tx.log("figures", connector=self.name, person=word.person, outcome=outcome, attempt=word.tries, **more)

    def _renew(self, keys: Sequence[Key], tx: Tx) -> None:
        now = store_us(tx.session)
        lease = {"owner": self._leases.owner, "now": now, "until": now + us(LEASE_SECONDS)}
        tx.session.many(sql.beat_word, [{"of": key[0], **lease} for key in keys])


_Of = Trained | WaitingWord


def _again(word: Word, state: str, code: str, tx: Tx) -> None:
    _put_off(word.trained, state, word.tries, code, tx)


def _put_off(of: _Of, state: str, tries: int, code: str | None, tx: Tx) -> None:
    next_at = store_us(tx.session) + us(max(BACKOFF.seconds(tries), SHORTEST_SECONDS))
    _conclude(of, state, next_at, tries, code, tx)


def _conclude(of: _Of, state: str, next_at: int, tries: int, code: str | None, tx: Tx) -> bool:
    """Say how far one word is; whether no other one has come since."""
    at = tx.now_us if state == "confirmed" else None
    row = {"of": of.id, "sequence": of.sequence, "state": state, "next_at": next_at, "tries": tries, "code": code}
    return bool(tx.session.run(sql.set_word, {**row, "confirmed_at": at}))
