"""Carries out calls to other systems for the process that decides: claims them, makes them, says what came of them."""

import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from queue import SimpleQueue
from threading import Lock
from typing import Any, NamedTuple

import orjson

from connectors.deadlines import seconds_for, whole_call
from connectors.http import peer_dates
from hub.errands.asking import AWAY, CHANGING
from hub.errands.wire import dump, load, told_failure
from hub.store.database import Database
from hub.store.passing import Passing
from hub.store.tables import errands as sql
from hub.store.tables.errands import WaitingErrand
from hub.store.trouble import store_error
from hub.store.wakeup import ANSWERS, Beside, errands_of, wake
from hub.workers import Activator, Loop, WorkerPool, drained
from schemas.errors import UnavailableError
from schemas.words import Words

HANDS = 64
"""Calls that one process makes at once; who decides how many a system may have of them is who asks."""
LOOK_SECONDS = 1.0
FULL_SECONDS = 0.02
LEASE_SECONDS = 4.0
"""How long others leave alone what this process does not speak of any more."""
BEAT_SECONDS = 1.0
CALLS: Mapping[str, frozenset[str]] = {
    "door": frozenset({"probe", "facts", "resolve", "matches", "observe", "members", "leased", "apply"}),
    "messenger": frozenset({"send"}),
    "partner": frozenset({"tell"}),
    "registrar": frozenset({"send"}),
    "poll": frozenset({"poll"}),
}
"""What may be asked for, by port."""

Served = Mapping[str, Mapping[str, Callable[[], Any]]]
"""What one makes calls of: by port and instance."""

log = logging.getLogger(__name__)


class _Answered(NamedTuple):
    """What came of an errand, until the store has it."""

    errand: str
    answer: bytes
    at: float


class Carrier:
    """Takes errands of some ports and instances."""

    def __init__(self, database: Database, passing: Passing, owner: str, served: Served) -> None:
        self._passing = passing
        self._owner = owner
        self._served = served
        self._asked_for = {
            "ports": orjson.dumps(sorted(served)).decode(),
            "instances": orjson.dumps(sorted({name for each in served.values() for name in each})).decode(),
        }
        self._lease = {"owner": owner, "lease": int(LEASE_SECONDS * 1_000_000)}
        self._out: SimpleQueue[_Answered] = SimpleQueue()
        self._answering = Activator()
        self._pool = WorkerPool(HANDS, "errand", Activator())
        self._claims = Beside(database, *map(errands_of, sorted(served)))
        self._answers, self._beats = Beside(database), Beside(database)
        self._beating = Lock()
        self._at: set[str] = set()
        self.loops = [
            Loop("claims", self._claim, 0.0),
            Loop("answers", self._answer, LOOK_SECONDS, self._answering),
            Loop("beat", self._beat, BEAT_SECONDS),
        ]

    def start(self) -> None:
        """Begin to take errands."""
        for loop in self.loops:
            loop.start()

    def stop(self, seconds: float) -> bool:
        """Take nothing any more, and finish what was taken; whether it was finished by then."""
        ends = time.monotonic() + seconds
        claims, *others = self.loops
        claims.stop()
        claims.join(2 * LOOK_SECONDS)
        finished = self._pool.stop(max(ends - time.monotonic(), 0.0))
        for loop in others:
            loop.stop()
        for loop in others:
            loop.join(LOOK_SECONDS)
        for each in (self._claims, self._answers, self._beats):
            each.close()
        return finished

    def _claim(self) -> None:
        try:
            free = self._pool.free
            taken = self._taken(free) if free else []
            self._at.update(each.id for each in taken)
            for each in taken:
                self._pool.take(partial(self._carry, each))
            if len(taken) < free:  # that was all
                self._claims.wait(LOOK_SECONDS)
            elif not free:
                self._claims.wait(FULL_SECONDS)
        except Exception as error:
            self._claims.close()
            raise store_error(error) or error from error

    def _taken(self, limit: int) -> list[WaitingErrand]:
        session = self._claims.session
        session.control("BEGIN")
        found = session.all(sql.ripe, {**self._asked_for, "limit": limit})
        if found:
            session.many(sql.take, [{**self._lease, "of": each.id} for each in found])
        session.control("COMMIT")
        return found

    def _carry(self, errand: WaitingErrand) -> None:
        try:
            answer = self._called(errand)
        except Exception as error:  # nobody waits for this thread: who asked must hear of it
            log.exception("an errand failed by a bug")
            answer = dump([None, told_failure(error), []])
        sealed = self._passing.seal(answer, f"{errand.id} answer")
        self._out.put(_Answered(errand.id, sealed, time.monotonic()))
        self._answering.wake()

    def _called(self, errand: WaitingErrand) -> bytes:
        """What came of a call. One that is somebody else's by now, or nobody's, is not made."""
        call, arguments, named = load(self._passing.open(bytes(errand.question), errand.id))
        assert call in CALLS[errand.port], f"{errand.port} has no {call}"
        target = self._served[errand.port][errand.instance]()
        with peer_dates() as dates:
            if call in CHANGING and not self._held(errand.id):
                log.warning("a call is not made: nobody waits for it any more")
                return dump(
                    [
                        None,
                        told_failure(UnavailableError(AWAY, Words("nobody waits for it any more", "已无人等待此结果"))),
                        dates,
                    ]
                )
            try:
                with whole_call(seconds_for(call)):
                    return dump([getattr(target, call)(*arguments, **named), None, dates])
            except Exception as error:
                told = told_failure(error)
                if not told[0]:
                    log.exception("%s: a call failed by a bug", errand.instance)
                return dump([None, told, dates])

    def _held(self, errand: str) -> bool:
        """Whether an errand is still ours, and that of who decides: a process may have stood still for long."""
        with self._beating:
            try:
                return self._beats.session.run(sql.hold_errand, {**self._lease, "of": errand}) > 0
            except Exception as error:
                self._beats.close()
                if store_error(error) is None:
                    raise
                return False

    def _beat(self) -> None:
        """Speak of what this process is at, and of nothing else that it has taken by the store.

        Of a commit that was cut off nobody knows whether it took something, and an answer may have been given up.
        Whoever asked waits until nobody speaks of it.
        """
        with self._beating:
            try:
                ids = orjson.dumps(list(self._at)).decode()
                self._beats.session.run(sql.beat_errands, {**self._lease, "ids": ids})
            except Exception as error:
                self._beats.close()
                raise store_error(error) or error from error

    def _answer(self) -> None:
        """Have the store keep what came of errands, together; it is tried again until their leases are over."""
        batch = drained(self._out)
        if not batch:
            return
        try:
            session = self._answers.session
            rows = [{"of": each.errand, "owner": self._owner, "answer": each.answer} for each in batch]
            session.many(sql.answer, rows)
            wake(ANSWERS, session)
        except Exception as error:
            self._answers.close()
            again = [each for each in batch if time.monotonic() - each.at < LEASE_SECONDS]
            for each in again:
                self._out.put(each)
            self._at.difference_update({each.errand for each in batch} - {each.errand for each in again})
            raise store_error(error) or error from error
        self._at.difference_update(each.errand for each in batch)
