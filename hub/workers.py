"""Threads that work for the hub, and what wakes them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock


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


class WorkerPool:
    """A few threads of their own for one kind of work, so that what is slow elsewhere holds up nothing here.

    ``free`` says how many have nothing to do; ``freed`` is woken when one has done its work.
    """

    def __init__(self, workers: int, name: str, freed: Activator) -> None:
        self._freed = freed
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=name)
        self._lock = Lock()
        self.free = workers

    def take(self, work: Callable[[], None]) -> None:
        """Have a worker do something that does not raise."""
        with self._lock:
            self.free -= 1
        self._pool.submit(self._do, work)

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            with self._lock:
                self.free += 1
            self._freed.wake()

    def stop(self) -> None:
        """Finish what is under way."""
        self._pool.shutdown(wait=True)
