"""Threads that work for the hub: loops that turn again and again, pools for what may be slow, and what wakes them."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Condition, Event, Lock, Thread
from typing import NamedTuple, Protocol, TypeVar

from schemas.errors import UnavailableError

PATIENCE_SECONDS = 60.0
BUSY_SECONDS = 0.5
"""How long a loop waits that found its store away, or failed by a bug."""

Waiting = TypeVar("Waiting")

log = logging.getLogger(__name__)


def drained(queue: SimpleQueue[Waiting]) -> list[Waiting]:
    """All that waits in a queue, in its order; it is taken out of it."""
    found: list[Waiting] = []
    with suppress(Empty):
        while True:
            found.append(queue.get_nowait())
    return found


class Activator:
    """Wakes the one loop that waits for it; what comes while that loop works is not lost."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event = Event()

    def wake(self) -> None:
        """There is work."""
        self._event.set()

    def wait(self, seconds: float) -> None:
        """Return when there is work, at the latest after so many seconds."""
        self._event.wait(seconds)
        self._event.clear()


class StoppedError(Exception):
    """A loop is to end: what is left of its turn is left."""


class LoopStatus(NamedTuple):
    """How a loop does: turns so far, how many of them failed, and how long ago the last one ended."""

    name: str
    alive: bool
    turns: int
    errors: int
    seconds_since: float


class Loop:
    """A thread that does one kind of work: at once, whenever it is woken, at the latest every so many seconds.

    What ``work`` raises is counted, and the next turn comes; it may give the seconds after which it wants that. It ends
    with ``stop`` only. ``first``: seconds before the first turn. ``patience``: a turn that takes longer is taken for
    stuck, unless it says by ``progress`` that it goes on.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], float | None],
        every: float,
        activator: Activator | None = None,
        *,
        first: float = 0.0,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.name = name
        self.patience = patience
        self.turns = 0
        self.working = False
        self._work = work
        self._every = every
        self._first = first
        self._activator = activator or Activator()
        self._errors = 0
        self._failing = False
        self._ended_at = time.monotonic()
        self._stopping = False
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Make the turn that is under way the last one."""
        self._stopping = True
        self._activator.wake()

    def join(self, seconds: float) -> bool:
        """Wait for the last turn; whether it has ended by then."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def progress(self) -> None:
        """Say within a long turn, before something is begun, that it goes on.

        Raises:
            StoppedError: It must not be begun, as the loop is to end; the turn ends by it.
        """
        if self._stopping:
            raise StoppedError
        self.turns += 1

    @property
    def alive(self) -> bool:
        """Whether it turns, or was not begun, or was told to end."""
        return self._stopping or self._thread.ident is None or self._thread.is_alive()

    @property
    def status(self) -> LoopStatus:
        """How it does."""
        return LoopStatus(self.name, self.alive, self.turns, self._errors, time.monotonic() - self._ended_at)

    def _run(self) -> None:
        if self._first:
            self._activator.wait(self._first)
        while not self._stopping:
            self.working = True
            pause = self._turn()
            self.turns += 1
            self._ended_at = time.monotonic()
            self.working = False
            if not self._stopping:
                self._activator.wait(pause)

    def _turn(self) -> float:
        try:
            pause = self._work()
        except StoppedError:
            return 0.0
        except UnavailableError as error:
            if not self._failing:  # one word for all turns that a store or peer is away
                log.warning("%s: %s", self.name, error.message)
        except Exception:  # nobody waits for this thread, and without it nobody does this work
            log.exception("%s: a turn failed by a bug; the next one comes", self.name)
        else:
            self._failing = False
            return self._every if pause is None else min(max(pause, 0.0), self._every)
        self._failing = True
        self._errors += 1
        return min(BUSY_SECONDS, self._every)


class Hands(Protocol):
    """Who does the work that is handed out."""

    @property
    def free(self) -> int:
        """How many have nothing to do."""
        ...

    def take(self, work: Callable[[], None]) -> None:
        """Have one of them do something that does not raise."""
        ...

    def stop(self, seconds: float = PATIENCE_SECONDS) -> bool:
        """Finish what is under way; whether it was finished by then."""
        ...


class WorkerPool:
    """A few threads of their own for one kind of work, so that what is slow elsewhere holds up nothing here.

    ``free`` says how many have nothing to do; ``freed`` is woken when one has done its work.
    """

    def __init__(self, workers: int, name: str, freed: Activator) -> None:
        self._freed = freed
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=name)
        self._changed = Condition(Lock())
        self._workers = workers
        self.free = workers

    def take(self, work: Callable[[], None]) -> None:
        """Have a worker do something that does not raise."""
        with self._changed:
            self.free -= 1
        self._pool.submit(self._do, work)

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            with self._changed:
                self.free += 1
                self._changed.notify_all()
            self._freed.wake()

    def stop(self, seconds: float = PATIENCE_SECONDS) -> bool:
        """Finish what is under way; whether it was finished by then."""
        self._pool.shutdown(wait=False)
        with self._changed:
            return self._changed.wait_for(lambda: self.free == self._workers, seconds)
