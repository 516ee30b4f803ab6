"""Units of work on their way into a commit: queued by all threads, gathered into batches, told how it went."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from hub.clock import Clock
from hub.store.commit import Tx
from schemas.errors import UnavailableError
from schemas.words import Words

BATCH_UNITS = 64
BATCH_SECONDS = 0.010
GAP_SECONDS = 0.001
"""A batch closes when it is full, when nothing has followed for a gap, or after its time.

Who comes alone after one that came alone waits for no gap: what comes meanwhile has the next commit together."""
QUEUE_UNITS = 4096
WAIT_SECONDS, ANSWER_SECONDS = 10.0, 2.0
"""Whoever waits for a commit hears after this that the store is busy; who waits for an answer hears it sooner."""
WATCH_SECONDS = 0.25


class Queued:
    """A unit of work, or a job for the batch handler, and who waits for it.

    ``patient``: it gives way once to a commit that has jobs, for whose answers somebody waits.
    """

    __slots__ = ("future", "job", "loop", "patient", "unit")

    def __init__(
        self,
        unit: Callable[[Tx], Any] | None,
        job: Any,
        future: Any,
        loop: asyncio.AbstractEventLoop | None,
        *,
        patient: bool = False,
    ) -> None:
        self.unit = unit
        self.job = job
        self.future = future
        self.loop = loop
        self.patient = patient

    def give_way(self) -> None:
        """It has let others go first, and does so no second time."""
        self.patient = False

    def begin(self) -> bool:
        """Whether somebody waits for it still; from now on it cannot be called off."""
        if self.loop is not None:
            return not self.future.done()
        return bool(self.future.set_running_or_notify_cancel())


class Settled(NamedTuple):
    """What became of one queued unit: its result, or the error."""

    queued: Queued
    result: Any = None
    error: Exception | None = None


class Queue:
    """What waits for the writer, in its order."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: SimpleQueue[Queued | None] = SimpleQueue()
        self._gave_way: list[Queued] = []
        self._ended = self._closed = self._crowded = False
        self.asked = False
        """Whether a push has come since the last batch was gathered: somebody waits for its answer."""

    def put(self, queued: Queued) -> None:
        """Have a unit done with the next commit.

        Raises:
            UnavailableError: Too much is waiting, or nothing is written any more.
        """
        if self._closed:
            raise _closed()
        if self._waiting.qsize() >= QUEUE_UNITS:
            raise UnavailableError(
                "store.busy",
                Words(f"{QUEUE_UNITS} units of work wait for the store", f"有 {QUEUE_UNITS} 项操作等待写入"),
                retry_after=1.0,
            )
        self.asked = self.asked or queued.unit is None
        self._waiting.put(queued)

    def end(self) -> None:
        """What waits is the last."""
        self._waiting.put(None)

    def close(self) -> list[Queued]:
        """Take nothing any more; what waited in vain."""
        self._closed = True
        left, self._gave_way = self._gave_way, []
        try:
            while True:
                self._take(self._waiting.get_nowait(), left)
        except Empty:
            return left

    def gather(self, seconds: float) -> list[Queued] | None:
        """What is waiting, and what follows so closely that one commit serves all.

        An empty list if nothing came for so many seconds, nothing at the end. A commit costs more than a unit. Where
        many come it sleeps between looks instead of waiting for each unit, which would cost a change of threads a unit.
        """
        batch, self._gave_way = self._gave_way, []
        try:
            if not batch and (self._ended or not self._take(self._waiting.get(timeout=seconds), batch)):
                return None
        except Empty:
            return batch
        closes, self.asked = self._clock.monotonic() + BATCH_SECONDS, False
        grown = self._drain(batch) or self._crowded
        while grown and len(batch) < BATCH_UNITS and self._clock.monotonic() < closes:
            time.sleep(GAP_SECONDS)
            grown = self._drain(batch)
        self._crowded = len(batch) > 1
        return [each for each in self._in_turn(batch) if each.begin()]

    def _in_turn(self, batch: list[Queued]) -> list[Queued]:
        """Those for this commit: whoever is patient has the next one where somebody waits for an answer."""
        if all(each.unit is not None for each in batch):
            return batch
        self._gave_way = [each for each in batch if each.patient]
        for each in self._gave_way:
            each.give_way()
        return [each for each in batch if each not in self._gave_way]

    def _drain(self, batch: list[Queued]) -> bool:
        """Add what waits; whether more may follow."""
        before = len(batch)
        while len(batch) < BATCH_UNITS:
            try:
                if not self._take(self._waiting.get_nowait(), batch):
                    return False
            except Empty:
                break
        return len(batch) > before

    def _take(self, queued: Queued | None, batch: list[Queued]) -> bool:
        if queued is None:
            self._ended = True
            return False
        batch.append(queued)
        return True


class WaitList:
    """The futures of one event loop, each settled in time: the store is busy for what takes longer.

    One timer serves all: they wait equally long, so that the oldest is the first to be late.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[tuple[float, asyncio.Future[Any]]] = deque()
        self._watched = False

    def future(self) -> "asyncio.Future[Any]":
        """A new one."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._waiting.append((self._loop.time() + ANSWER_SECONDS, future))
        if not self._watched:
            self._watch()
        return future

    def _watch(self) -> None:
        now, waiting = self._loop.time(), self._waiting
        while waiting and (waiting[0][1].done() or waiting[0][0] <= now):
            _at, future = waiting.popleft()
            if not future.done():
                future.set_exception(late(ANSWER_SECONDS))
        self._watched = bool(waiting)
        if self._watched:
            self._loop.call_later(WATCH_SECONDS, self._watch)


def late(seconds: float) -> UnavailableError:
    """Nobody knows in time whether it was kept."""
    return UnavailableError(
        "store.busy",
        Words(f"the store did not answer within {seconds:.0f} s", f"存储在 {seconds:.0f} 秒内无应答"),
        retry_after=1.0,
    )


def _closed() -> UnavailableError:
    return UnavailableError(
        "store.busy", Words("the hub ends; nothing is written any more", "平台正在停止，不再写入"), retry_after=5.0
    )


def refuse(queued: Sequence[Queued]) -> None:
    """Tell those who waited that nothing is written any more."""
    settle([Settled(each, error=_closed()) for each in queued if each.begin()])


def settle(settled: Sequence[Settled]) -> None:
    """Tell everybody how it went; an event loop is woken once, however many wait there."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Settled]] = defaultdict(list)
    for each in settled:
        if each.queued.loop is not None:
            by_loop[each.queued.loop].append(each)
        else:
            _tell(each)
    for loop, those in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_tell_all, those)


def _tell_all(settled: Sequence[Settled]) -> None:
    for each in settled:
        if not each.queued.future.done():
            _tell(each)


def _tell(settled: Settled) -> None:
    queued, result, error = settled
    if error is not None:
        queued.future.set_exception(error)
    else:
        queued.future.set_result(result)
