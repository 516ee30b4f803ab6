"""Tells exam and learning systems who may sit or take what, on threads of their own, until each word is taken.

The same word has the same id and sequence however often it is sent, so one of unknown outcome is sent again. A word
that another one has overtaken is not concluded any more. What no system takes stands on the list for people.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from connectors.port import Receipt, Registrar, Registration, RegistrationKind
from hub.access.leases import DECIDERS, LEASE_SECONDS, LONGEST_WAIT_SECONDS, Key, Leases, store_us, us
from hub.backoff import UNTIL_KEPT, Backoff
from hub.clock import Clock, from_us
from hub.identity.directory import Directory
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import registrations as sql
from hub.store.tables.registrations import WaitingRegistration
from hub.store.writer import Writer
from hub.workers import Activator, WorkerPool
from schemas.errors import RejectedError, UnavailableError, UnknownOutcomeError

CLERKS = 2
LOOKED_AT = 64
"""So many that wait are looked at in one commit: of most nobody is told where no system takes them."""
IDLE_SECONDS = 1.0
SHORTEST_SECONDS = 0.01
BACKOFF = Backoff(0.5, 60)
NO_LEARNER, REFUSED = "registration.no-learner", "registration.refused"

log = logging.getLogger(__name__)


class ExamSystem(NamedTuple):
    """An exam or learning system, and the source whose identifiers it knows people by."""

    name: str
    registrar: Registrar
    identifiers: str


class Word(NamedTuple):
    """One registration or withdrawal on its way; ``tries`` counts this one."""

    system: ExamSystem
    registration: Registration
    person: str
    tries: int


class ExamDesk:
    """Works off the registrations with a few threads."""

    def __init__(
        self,
        systems: Sequence[ExamSystem],
        *,
        writer: Writer,
        database: Database,
        directory: Directory,
        clock: Clock,
        activator: Activator,
        owner: str,
    ) -> None:
        self._systems = systems
        self._writer = writer
        self._database = database
        self._directory = directory
        self._leases = Leases(owner, clock)
        self._pool = WorkerPool(CLERKS, "exams", freed=activator)
        self._halted = False

    def recover(self) -> None:
        """Take up what was under way when the last process ended, and what a system takes now."""
        self._writer.call(self._recover)

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
        pause = self._pause()
        if self._halted or not free or pause > 0:
            return min(pause, IDLE_SECONDS) if free else IDLE_SECONDS
        for word in self._writer.call(lambda tx: self._claim(free, tx)):
            self._leases.hold((word.registration.id,))
            self._pool.take(partial(self._send, word))
        return SHORTEST_SECONDS

    def _pause(self) -> float:
        with self._database.reading() as session:
            row = session.one(sql.next_registration, {})
        return IDLE_SECONDS if row is None or row.wait is None else max(row.wait / 1_000_000, 0.0)

    def _recover(self, tx: Tx) -> None:
        owners = {"owner": self._leases.owner, "seat": DECIDERS}
        tx.session.run(sql.lose_registrations, {**owners, "now": store_us(tx.session)})
        tx.session.run(sql.route_registrations, {})

    def _claim(self, limit: int, tx: Tx) -> list[Word]:
        now = store_us(tx.session)
        ripe = {"now": now, "horizon": now + us(LONGEST_WAIT_SECONDS), "limit": LOOKED_AT}
        claimed: list[Word] = []
        for row in tx.session.all(sql.registrations_now, ripe):
            if len(claimed) == limit:
                break
            if self._leases.holds((row.id,)):
                _put_off(row, row.state, row.tries, None, None, tx)
                continue
            word = self._word(row, tx)
            if word is not None:
                lease = {"owner": self._leases.owner, "now": now, "until": now + us(LEASE_SECONDS)}
                tx.session.run(sql.send_registration, {"of": row.id, "tries": word.tries, **lease})
                claimed.append(word)
        return claimed

    def _word(self, row: WaitingRegistration, tx: Tx) -> Word | None:
        kind: RegistrationKind = "course" if row.kind == "course" else "exam"
        system = next((each for each in self._systems if each.registrar.takes(kind, row.topic)), None)
        if system is None:
            _conclude(row, "listed", 0, row.tries, None, None, tx)
            return None
        known = self._directory.identifiers(row.person, system.identifiers, tx.now_us, tx.session)
        if not known:
            _put_off(row, "decided", row.tries + 1, NO_LEARNER, system.name, tx)
            if not row.tries:
                tx.log("alarm", connector=system.name, person=row.person, position=row.position, code=NO_LEARNER)
            return None
        registration = Registration(
            id=row.id,
            sequence=row.sequence,
            wanted="registered" if row.wanted == "registered" else "withdrawn",
            learner=known[0].name,
            kind=kind,
            topic=row.topic,
            credential=row.credential,
            position=row.position,
            since=from_us(row.decided_at),
        )
        return Word(system, registration, row.person, row.tries + 1)

    def _send(self, word: Word) -> None:
        try:
            UNTIL_KEPT(self._writer.call, self._hand_over(word))
        except UnavailableError:
            log.warning("the store is busy; this registration is sent again when its lease ends")
        except Exception:  # nobody waits for this thread: a bug must be loud here, and its lease ends by itself
            log.exception("a registration failed by a bug; it is sent again when its lease ends")
        finally:
            self._leases.release((word.registration.id,))

    def _hand_over(self, word: Word) -> Callable[[Tx], None]:
        """Send one word; what is to be kept of it."""
        try:
            receipt = word.system.registrar.send(word.registration)
        except UnknownOutcomeError as error:
            return partial(_again, word, "unknown", error.code)
        except UnavailableError as error:
            return partial(_again, word, "decided", error.code)
        except RejectedError as error:
            return partial(_refused, word, error.code)
        return partial(_accepted, word, receipt)

    def _renew(self, keys: Sequence[Key], tx: Tx) -> None:
        now = store_us(tx.session)
        lease = {"owner": self._leases.owner, "now": now, "until": now + us(LEASE_SECONDS)}
        tx.session.many(sql.beat_registration, [{"of": key[0], **lease} for key in keys])


_Of = Registration | WaitingRegistration


def _accepted(word: Word, receipt: Receipt, tx: Tx) -> None:
    if _conclude(word.registration, "accepted", 0, word.tries, receipt.id, word.system.name, tx, accepted=True):
        _log(word, "accepted", tx)


def _again(word: Word, state: str, code: str, tx: Tx) -> None:
    _put_off(word.registration, state, word.tries, code, word.system.name, tx)


def _refused(word: Word, code: str, tx: Tx) -> None:
    """A person must hear that somebody cannot sit an exam or take a course, or still can."""
    if _conclude(word.registration, "failed", 0, word.tries, code, word.system.name, tx):
        _log(word, "failed", tx, code)
        about = {"connector": word.system.name, "person": word.person, "position": word.registration.position}
        tx.log("alarm", code=REFUSED, **about)


def _log(word: Word, outcome: str, tx: Tx, code: str | None = None) -> None:
    tx.log(
        "registration",
        connector=word.system.name,
        person=word.person,
        position=word.registration.position,
        **{word.registration.kind: word.registration.topic},
        outcome=outcome,
        code=code,
        attempt=word.tries,
    )


def _put_off(of: _Of, state: str, tries: int, code: str | None, connector: str | None, tx: Tx) -> None:
    next_at = store_us(tx.session) + us(max(BACKOFF.seconds(tries), SHORTEST_SECONDS))
    _conclude(of, state, next_at, tries, code, connector, tx)


def _conclude(
    of: _Of,
    state: str,
    next_at: int,
    tries: int,
    code: str | None,
    connector: str | None,
    tx: Tx,
    accepted: bool = False,
) -> bool:
    """Say how far one word is; whether no other one has come since."""
    row = {"of": of.id, "sequence": of.sequence, "state": state, "next_at": next_at, "tries": tries, "code": code}
    at = tx.now_us if accepted else None
    return bool(tx.session.run(sql.set_registration, {**row, "connector": connector, "accepted_at": at}))
