"""Has calls to other systems carried out by other processes: hands them on in the store, waits for what came of them.

Whoever asks waits as if it called by itself. Of a call that changes something, and that nobody is at any more, nobody
knows what became of it: then it is looked at first, as after any answer that was lost.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Event, Lock
from typing import Any

import orjson

from connectors.http import hear_dates
from hub.clock import Clock, Ids
from hub.errands.wire import dump, failure, load
from hub.store.database import Database
from hub.store.passing import Passing
from hub.store.statement import Connection, Params
from hub.store.tables import errands as sql
from hub.store.trouble import store_error
from hub.store.wakeup import ANSWERS, Beside, errands_of, wake
from hub.workers import Activator, Loop, drained
from schemas.errors import UnavailableError, UnknownOutcomeError
from schemas.words import Words

AWAY = "role.away"
CHANGING = frozenset({"apply", "send", "tell"})
"""Calls that change something at the other side."""
NOBODY_SECONDS = 5.0
"""How long a call waits to be taken by a process."""
LOOK_SECONDS = 1.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Asked:
    """A call, and who waits for what came of it."""

    id: str
    changes: bool
    over: Event = field(default_factory=Event)
    answer: bytes | None = None
    error: Exception | None = None
    handed: bool = False

    def hand_on(self) -> None:
        """It stands in the store."""
        self.handed = True

    def end(self, answer: bytes | None, error: Exception | None = None) -> None:
        """Wake who waits."""
        self.answer, self.error = answer, error
        self.over.set()


class Errands:
    """Calls of one process that decides, on their way to those who carry them out."""

    def __init__(self, database: Database, passing: Passing, asker: str, ids: Ids, clock: Clock) -> None:
        self._passing = passing
        self._asker = asker
        self._ids = ids
        self._clock = clock
        self._lock = Lock()
        self._asked: dict[str, _Asked] = {}
        self._left: set[str] = set()
        self._ended = False
        self._out: SimpleQueue[tuple[_Asked, Params]] = SimpleQueue()
        self._handing, self._hearing = Beside(database), Beside(database, ANSWERS)
        self._activator = Activator()
        self._looked_at = time.monotonic()
        self.loops = [
            Loop("errands", self._hand_on, LOOK_SECONDS, self._activator),
            Loop("answers", self._hear, 0.0),
        ]

    def start(self) -> None:
        """Begin."""
        for loop in self.loops:
            loop.start()

    def stop(self) -> None:
        """Wait for nothing any more."""
        with self._lock:
            self._ended = True
        for loop in self.loops:
            loop.stop()
        self._end_all(list(self._asked))
        for loop in self.loops:
            loop.join(2 * LOOK_SECONDS)
        for each in (self._handing, self._hearing):
            each.close()

    def ask(self, port: str, instance: str, call: str, *arguments: Any, **named: Any) -> Any:
        """What a call of a port of an instance returns.

        Raises:
            LicetError: What the call raised.
            UnavailableError: ``role.away``: no process has taken it, or the one that had it is gone.
            UnknownOutcomeError: The process is gone that had it, and it may have changed something.
        """
        asked = _Asked(self._ids.new(self._clock.now()), call in CHANGING)
        question = self._passing.seal(dump([call, list(arguments), named]), asked.id)
        row = {"id": asked.id, "asker": self._asker, "port": port, "instance": instance, "question": question}
        with self._lock:
            if self._ended:
                raise _away(Words("the hub ends", "系统正在停止"))
            self._asked[asked.id] = asked
        self._out.put((asked, row))
        self._activator.wake()
        asked.over.wait()
        return self._answer(asked)

    def _answer(self, asked: _Asked) -> Any:
        if asked.error is not None:
            raise asked.error
        assert asked.answer is not None
        result, told, dates = load(self._passing.open(asked.answer, f"{asked.id} answer"))
        hear_dates(dates)
        if told is not None:
            raise failure(told)
        return result

    # --- on their way there ----------------------------------------------------------------------------------

    def _hand_on(self) -> None:
        """Have what waits stand in the store, together."""
        batch = drained(self._out)
        if not batch:
            return
        try:
            session = self._handing.session
            self._leave(session)
            session.many(sql.ask, [row for _asked, row in batch])
            for port in sorted({row["port"] for _asked, row in batch}):
                wake(errands_of(port), session)
        except Exception as error:
            self._handing.close()
            self._end_all([asked.id for asked, _row in batch])
            raise store_error(error) or error from error
        for asked, _row in batch:
            asked.hand_on()

    # --- on their way back -----------------------------------------------------------------------------------

    def _hear(self) -> None:
        try:
            self._collect()
            if time.monotonic() - self._looked_at >= LOOK_SECONDS:
                self._looked_at = time.monotonic()
                self._look()
            self._hearing.wait(LOOK_SECONDS)
        except Exception as error:
            self._hearing.close()
            self._end_all([each.id for each in list(self._asked.values()) if each.handed])
            raise store_error(error) or error from error

    def _collect(self) -> None:
        session = self._hearing.session
        answers = session.all(sql.answered, {"asker": self._asker})
        if not answers:
            return
        # Who waits goes on first: an answer that could not be forgotten is found again, and nobody waits for it.
        for each in answers:
            self._end(each.id, None if each.answer is None else bytes(each.answer))
        session.run(sql.forget_errands, _ids([each.id for each in answers]))

    def _look(self) -> None:
        """End what nobody is at any more, or nobody takes, and forget what nobody waits for."""
        waiting = [each.id for each in list(self._asked.values()) if each.handed]
        session = self._hearing.session
        session.run(sql.leave_former_errands, {"asker": self._asker})
        session.run(sql.forget_former_errands, {"asker": self._asker})
        self._leave(session)
        rows = session.all(sql.of_asker, {"asker": self._asker, "patience": int(NOBODY_SECONDS * 1_000_000)})
        found = {each.id: each.state for each in rows}
        late = [each for each, state in found.items() if state == "late"]
        late = [each for each in late if session.run(sql.call_off, {"id": each})]
        over = [each for each, state in found.items() if state == "lost"]
        unasked = _ids([each for each in found if each not in self._asked])
        session.run(sql.forget_errands, _ids(over))
        session.run(sql.leave_errands, unasked)
        session.run(sql.forget_errands, unasked)
        for each in late:
            self._end(each, None, _away(Words("no process takes it", "没有进程接手")))
        self._end_all([*over, *(each for each in waiting if each not in found)])

    def _leave(self, session: Connection) -> None:
        """Somebody may still be at what nobody waits for: nothing else is done there until it is over."""
        left = list(self._left)
        if left:
            session.run(sql.leave_errands, _ids(left))
            self._left.difference_update(left)

    def _end_all(self, ids: Sequence[str]) -> None:
        """What became of these nobody knows."""
        self._left.update(ids)
        for each in ids:
            asked = self._asked.get(each)
            if asked is not None:
                lost = UnknownOutcomeError(
                    Words(
                        "the process that had this call is gone, or the store was away",
                        "承担此调用的进程已结束，或存储不可用",
                    )
                )
                self._end(
                    each,
                    None,
                    lost
                    if asked.changes
                    else _away(Words("the process that had it is gone", "承担此调用的进程已结束")),
                )

    def _end(self, errand: str, answer: bytes | None, error: Exception | None = None) -> None:
        with self._lock:
            asked = self._asked.pop(errand, None)
        if asked is not None:
            asked.end(answer, error)


def _ids(ids: Sequence[str]) -> Params:
    return {"ids": orjson.dumps(list(ids)).decode()}


def _away(words: Words) -> UnavailableError:
    return UnavailableError(
        AWAY,
        Words(
            f"{words}: calls to other systems are made by processes of other roles",
            f"{words.zh}：对其他系统的调用由承担其他角色的进程执行",
        ),
    )
