"""Hands what a front took to the process that decides: it stands in the store before anybody is told of it.

Who decides answers, and the front tells that. Whoever is killed in between: what stands there is taken once another one
decides, and a sender that heard nothing sends again what is known by then.
"""

import asyncio
import hashlib
import itertools
import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock
from typing import Any, NamedTuple

import orjson
from prometheus_client.core import GaugeMetricFamily, Metric

from hub.clock import Clock, Ids
from hub.errands.wire import dump, load
from hub.store.database import Database
from hub.store.passing import Passing
from hub.store.seat import holder_in
from hub.store.statement import Params
from hub.store.tables import inbox as sql
from hub.store.tables.inbox import InboxLoad
from hub.store.trouble import store_error
from hub.store.wakeup import INBOX, REPLIES, Beside, wake
from hub.workers import Activator, Loop, drained
from schemas.errors import UnavailableError
from schemas.words import Words

ANSWER_SECONDS = 8.0
"""How long a sender is kept waiting: longer than the next one takes to decide, shorter than senders have patience."""
LATE_SECONDS = 5.0
"""A front whose first in the queue has waited for so long is not ready."""
LOOK_SECONDS = 1.0
FRESH_SECONDS = 5.0
"""What a front saw longer ago is no figure any more: it looks each second, unless the store is away."""
MOST_WAITING, MOST_BYTES = 20_000, 256 << 20
"""How much may wait in the store: beyond it, senders are told to come later."""


class _Waiting(NamedTuple):
    """Who waits for an answer."""

    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[bytes]"

    def tell(self, answer: bytes | Exception) -> None:
        """Wake it; called by any thread."""
        with suppress(RuntimeError):  # its loop has ended
            self.loop.call_soon_threadsafe(self._end, answer)

    def _end(self, answer: bytes | Exception) -> None:
        if self.answer.done():
            return
        if isinstance(answer, Exception):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)


class Inbox:
    """What one front takes, on its way to who decides."""

    def __init__(self, database: Database, passing: Passing, front: str, ids: Ids, clock: Clock) -> None:
        self._database = database
        self._passing = passing
        self._front = front
        self._ids = ids
        self._clock = clock
        self._places = itertools.count()
        self._lock = Lock()
        self._waiting: dict[str, _Waiting] = {}
        self._out: SimpleQueue[Params] = SimpleQueue()
        self._activator = Activator()
        self._handing, self._hearing = Beside(database, durable=True), Beside(database, REPLIES)
        self._looked_at = -math.inf
        self._load = InboxLoad(0, 0, 0)
        self.loops = [
            Loop("inbox", self._hand_on, LOOK_SECONDS, self._activator),
            Loop("replies", self._hear, 0.0),
        ]

    def start(self) -> None:
        """Begin."""
        for loop in self.loops:
            loop.start()

    def stop(self) -> None:
        """Hand on what is left, and wait for nothing any more."""
        for loop in self.loops:
            loop.stop()
        for loop in self.loops:
            loop.join(2 * LOOK_SECONDS)
        with suppress(Exception):  # the store is away: nobody was told that it is kept
            self._hand_on()
        for each in (self._handing, self._hearing):
            each.close()

    async def ask(self, instance: str, kind: str, question: Any, *, peer: str = "") -> Any:
        """What who decides answers to something that a source of this name was brought, by one that calls itself so.

        Raises:
            UnavailableError: ``role.decider``: nobody has answered in time, and it waits; ``http.busy``: too much does,
                and it is not taken; or the store is away.
        """
        waiting = _Waiting(asyncio.get_running_loop(), asyncio.get_running_loop().create_future())
        id = self._put(instance, kind, question, waiting, peer)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await waiting.answer
        except TimeoutError as error:
            raise UnavailableError(
                "role.decider", Words("nobody who decides has answered in time", "未在时限内得到判定进程的应答"), 1.0
            ) from error
        finally:
            self._waiting.pop(id, None)
        told = load(self._passing.open(answer, f"{id} reply"))
        if told is None:
            raise UnavailableError(
                "role.decider",
                Words("who decides has failed by a bug; its log tells of it", "判定进程因程序缺陷失败，详见其日志"),
                1.0,
            )
        return told

    def leave(self, kind: str, question: Any) -> None:
        """Hand on what nobody waits for."""
        self._put("", kind, question, None)

    def _put(self, instance: str, kind: str, question: Any, waiting: _Waiting | None, peer: str = "") -> str:
        if self._full:
            raise UnavailableError(
                "http.busy", Words("too much waits for who decides", "等待判定进程处理的内容过多"), 5.0
            )
        id = self._ids.new(self._clock.now())
        sealed = self._passing.seal(dump(question), f"{id} {kind} {instance}")
        row = {"id": id, "front": self._front, "place": next(self._places), "instance": instance, "kind": kind}
        row["source"] = _source(instance, peer)
        if waiting is not None:
            self._waiting[id] = waiting
        self._out.put({**row, "question": sealed})
        self._activator.wake()
        return id

    def reasons(self) -> Mapping[str, str]:
        """Why what comes in is not taken now, by code; empty when it is."""
        try:
            with self._database.reading() as session:
                holder, load = holder_in(session), session.one(sql.inbox_load, {})
        except UnavailableError as error:
            return {error.code: error.message}
        late = load is not None and load.age > LATE_SECONDS * 1_000_000
        if holder is not None and not late:
            return {"http.busy": "too much waits for who decides"} if self._full else {}
        waits = "no process decides" if holder is None else f"what came in waits for more than {LATE_SECONDS:.0f} s"
        return {"role.decider": f"{waits}; what comes in is kept, and its senders are told to send it again"}

    def collect(self) -> Iterable[Metric]:
        """What waits in the store for who decides, of all fronts; nothing where this one has not seen it lately."""
        if self._clock.monotonic() - self._looked_at > FRESH_SECONDS:
            return
        waiting, size, age = self._load
        yield GaugeMetricFamily("licet_inbox_waiting", "Requests that wait for who decides", value=waiting)
        yield GaugeMetricFamily("licet_inbox_bytes", "How large they are together", value=size)
        yield GaugeMetricFamily("licet_inbox_seconds", "How long the first of them has waited", value=age / 1_000_000)

    # --- on its way there ------------------------------------------------------------------------------------

    def _hand_on(self) -> None:
        """Have what came in stand in the store, together."""
        rows = drained(self._out)
        if not rows:
            return
        try:
            session = self._handing.session
            session.control("BEGIN")
            session.many(sql.hand_on, rows)
            wake(INBOX, session)
            session.control("COMMIT")
        except Exception as error:
            self._handing.close()
            trouble = store_error(error) or error
            for row in rows:
                self._tell(row["id"], trouble)
            raise trouble from error

    # --- on its way back -------------------------------------------------------------------------------------

    def _hear(self) -> None:
        try:
            self._collect()
            if self._clock.monotonic() - self._looked_at >= LOOK_SECONDS:
                self._look()
            self._hearing.wait(LOOK_SECONDS)
        except Exception as error:
            self._hearing.close()
            raise store_error(error) or error from error

    def _collect(self) -> None:
        session = self._hearing.session
        answers = session.all(sql.replies_for, {"front": self._front})
        for each in answers:
            if each.answer is not None:
                self._tell(each.id, bytes(each.answer))
        if answers:
            session.run(sql.forget_replied, {"ids": orjson.dumps([each.id for each in answers]).decode()})

    def _look(self) -> None:
        at = self._clock.monotonic()
        load = self._hearing.session.one(sql.inbox_load, {})
        assert load is not None
        self._load, self._looked_at = load, at

    @property
    def _full(self) -> bool:
        return self._load.waiting >= MOST_WAITING or self._load.bytes >= MOST_BYTES

    def _tell(self, id: str, answer: bytes | Exception) -> None:
        with self._lock:
            waiting = self._waiting.pop(id, None)
        if waiting is not None:
            waiting.tell(answer)


def _source(instance: str, peer: str) -> str:
    """The same for all of one peer of an instance, whatever that calls itself."""
    return hashlib.blake2b(f"{instance}\0{peer}".encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
