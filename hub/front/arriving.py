"""Takes what fronts handed on, in the process that decides: in its order, and as if it had come to its own listeners.

What was taken by one that ended before it could say so is taken again by the next: what a transmission brought counts
once, and a repeat is answered as the first.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from queue import SimpleQueue
from typing import Any

import orjson

from connectors.port import Request
from hub.errands.wire import dump, failure, load
from hub.front.handing import FAIL, PUSH, TRACE
from hub.front.in_order import InOrder
from hub.front.push import Taken
from hub.front.taking import Taking
from hub.intake.traces import Beyond, Contradiction, Flood, Refusal, Trace, Traces
from hub.store.database import Database
from hub.store.passing import Passing
from hub.store.tables import inbox as sql
from hub.store.tables.inbox import Handed
from hub.store.trouble import store_error
from hub.store.wakeup import INBOX, REPLIES, Beside, wake
from hub.workers import Activator, Loop, drained
from schemas.errors import LicetError

AT_ONCE, OF_ONE = 256, 32
"""How much is looked at at once, and how much of that is of one source: what one brings that takes long holds up no
other."""
LOOK_SECONDS = 1.0
AGAIN_SECONDS = 0.25
FORGET_SECONDS = 60.0
"""How long an answer waits for its front."""
_TRACES: Mapping[str, type[Any]] = {each.__name__: each for each in (Beyond, Contradiction, Flood, Refusal)}

log = logging.getLogger(__name__)


class Arriving:
    """What fronts handed on, on its way to who takes it; ``away`` says whether nothing can be kept just now."""

    def __init__(
        self,
        database: Database,
        passing: Passing,
        holder: str,
        takers: Mapping[str, Taking],
        traces: Traces,
        away: Callable[[], bool],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._passing = passing
        self._holder = holder
        self._takers = takers
        self._traces = traces
        self._away = away
        self._loop = loop
        self._under_way: dict[str, str] = {}
        self._in_order = InOrder(loop)
        self._out: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._hearing, self._answering = Beside(database, INBOX), Beside(database)
        self._freed, self._activator = Activator(), Activator()
        self._forgot_at = time.monotonic()
        self.loops = [
            Loop("inbox", self._take, 0.0),
            Loop("replies", self._answer, LOOK_SECONDS, self._activator),
        ]

    def close(self) -> None:
        """Close what it hears and answers by; its loops have ended."""
        for each in (self._hearing, self._answering):
            each.close()

    # --- from the store --------------------------------------------------------------------------------------

    def _take(self) -> None:
        try:
            room = AT_ONCE - len(self._under_way)
            if room <= 0:
                self._freed.wait(LOOK_SECONDS)
                return
            rows = self._handed(room)
            if not rows:
                self._hearing.wait(LOOK_SECONDS)
                return
            self._under_way.update({each.id: each.source for each in rows})
            self._loop.call_soon_threadsafe(self._begin, rows)
        except Exception as error:
            self._hearing.close()
            raise store_error(error) or error from error

    def _handed(self, room: int) -> list[Handed]:
        """What is to be begun now, no more than its share of any source."""
        known, at_it = list(self._under_way), self._at_once()
        full = [source for source, count in at_it.items() if count >= OF_ONE]
        asked = {"under_way": orjson.dumps(known).decode(), "full": orjson.dumps(full).decode(), "limit": room}
        found = []
        for row in self._hearing.session.all(sql.handed, asked):
            at_it[row.source] += 1
            if at_it[row.source] <= OF_ONE:
                found.append(row)
        return found

    def _at_once(self) -> Counter[str]:
        """How much of each source is looked at."""
        return Counter(list(self._under_way.values()))

    # --- on the loop of the listeners ------------------------------------------------------------------------

    def _begin(self, rows: Sequence[Handed]) -> None:
        """Begin with each in its order: those of one source reach the writer in it."""
        for row in rows:
            try:
                question = load(self._passing.open(bytes(row.question), f"{row.id} {row.kind} {row.instance}"))
                self._begin_with(row, question)
            except Exception:  # one that is not as a front writes them stops no other
                log.exception("what a front handed on cannot be read")
                self._reply(row, dump(None))

    def _begin_with(self, row: Handed, question: list[Any]) -> None:
        taker = self._takers.get(row.instance)
        slow = taker is not None and _slow(taker, question)
        self._in_order.begin(row.source, partial(self._carry, row, question, taker), slow=slow)

    async def _carry(self, row: Handed, question: list[Any], taker: Taking | None) -> None:
        try:
            answer = await self._taken(row, question, taker)
        except LicetError as error:
            log.warning("what a front handed on is taken later: %s", error.message)
            answer = None
        except Exception:  # who sent it comes again, and the hub goes on
            log.exception("what a front handed on failed by a bug")
            answer = dump(None)
        if answer is None:
            self._loop.call_later(AGAIN_SECONDS, self._free, row.id)
            return
        self._reply(row, answer)

    def _reply(self, row: Handed, answer: bytes) -> None:
        self._out.put({"of": row.id, "holder": self._holder, "answer": self._passing.seal(answer, f"{row.id} reply")})
        self._activator.wake()

    async def _taken(self, row: Handed, question: list[Any], taker: Taking | None) -> bytes | None:
        """The answer; nothing where it cannot be taken now, and is to be tried again."""
        if row.kind == TRACE:
            await self._traces.enter(trace_of(question))
            return dump([])
        if taker is None:
            log.error("a front handed on what %s brought, which this process does not know", row.instance)
            return dump(None)
        taken = await _by_kind(taker, row.kind, question)
        if not taken.standing and self._away():
            return None
        return dump([taken.reply, taken.standing])

    def _free(self, *ids: str) -> None:
        for each in ids:
            self._under_way.pop(each, None)
        self._freed.wake()

    # --- back to the store -----------------------------------------------------------------------------------

    def _answer(self) -> None:
        """Have the fronts hear what came of it, together."""
        batch = drained(self._out)
        try:
            self._forget()
            if not batch:
                return
            session = self._answering.session
            session.control("BEGIN")
            session.many(sql.answer_handed, batch)
            wake(REPLIES, session)
            session.control("COMMIT")
            full = OF_ONE in self._at_once().values()
            self._free(*(each["of"] for each in batch))
            if full:
                wake(INBOX, session)
        except Exception as error:
            self._answering.close()
            raise store_error(error) or error from error
        finally:  # what could not be answered is looked at once more
            self._free(*(each["of"] for each in batch))

    def _forget(self) -> None:
        if time.monotonic() - self._forgot_at >= FORGET_SECONDS / 4:
            self._forgot_at = time.monotonic()
            self._answering.session.run(sql.forget_unread, {"patience": int(FORGET_SECONDS * 1_000_000)})


async def _by_kind(taker: Taking, kind: str, question: list[Any]) -> Taken:
    if kind == PUSH:
        return await taker.take(*question)
    told, *rest = question
    error = failure(told)
    assert isinstance(error, LicetError)
    return await (taker.fail if kind == FAIL else taker.refuse)(error, *rest)


def _slow(taker: Taking, question: list[Any]) -> bool:
    return any(isinstance(each, Request) and taker.slow(each) for each in question)


def trace_of(question: list[Any]) -> Trace:
    """The trace that a front handed on."""
    name, values = question
    trace: Trace = _TRACES[name](*values)
    return trace
