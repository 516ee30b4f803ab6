"""Units of work on their way into a commit: queued by all threads, gathered into batches, told how it went."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, Protocol

from hub.clock import Clock
from hub.store.commit import Tx
from schemas.errors import UnavailableError

BATCH_UNITS = 64
BATCH_SECONDS = 0.010
GAP_SECONDS = 0.001
"""A batch closes when it is full, when nothing has followed for a gap, or after its time."""
QUEUE_UNITS = 4096


class BatchHandler(Protocol):
    """Work of one sort that many bring at once, and that costs a fraction when a commit does all of it together."""

    def prepare(self, job: Any) -> None:
        """All that can be done for one job before the transaction."""
        ...

    def keep(self, jobs: Sequence[Any], tx: Tx) -> Sequence[Any]:
        """Store jobs, in their order: a result each. If it fails, each is given alone, so that neighbours commit."""
        ...


class Queued:
    """A unit of work, or a job for the batch handler, and who waits for it."""

    __slots__ = ("future", "job", "loop", "unit")

    def __init__(
        self, unit: Callable[[Tx], Any] | None, job: Any, future: Any, loop: asyncio.AbstractEventLoop | None
    ) -> None:
        self.unit = unit
        self.job = job
        self.future = future
        self.loop = loop


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
        self._ended = False

    def put(self, queued: Queued) -> None:
        """Have a unit done with the next commit.

        Raises:
            UnavailableError: Too much is waiting.
        """
        if self._waiting.qsize() >= QUEUE_UNITS:
            raise UnavailableError("store.busy", f"{QUEUE_UNITS} units of work wait for the store", retry_after=1.0)
        self._waiting.put(queued)

    def end(self) -> None:
        """What waits is the last."""
        self._waiting.put(None)

    def gather(self) -> list[Queued]:
        """What is waiting, and what follows so closely that one commit serves all; empty at the end.

        A commit costs more than a unit. It sleeps between looks instead of waiting for each unit, which would cost
        a change of threads a unit.
        """
        batch: list[Queued] = []
        if self._ended or not self._take(self._waiting.get(), batch):
            return batch
        closes = self._clock.monotonic() + BATCH_SECONDS
        grown = True
        while grown and len(batch) < BATCH_UNITS and self._clock.monotonic() < closes:
            time.sleep(GAP_SECONDS)
            grown = self._drain(batch)
        return batch

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
        if not each.queued.future.cancelled():
            _tell(each)


def _tell(settled: Settled) -> None:
    queued, result, error = settled
    if error is not None:
        queued.future.set_exception(error)
    else:
        queued.future.set_result(result)
