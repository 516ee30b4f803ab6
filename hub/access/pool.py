"""A few threads of their own for one kind of work, so that what is slow elsewhere holds up nothing here."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock


class WorkerPool:
    """So many workers; ``free`` says how many have nothing to do, ``freed`` is told when one has done its work."""

    def __init__(self, workers: int, name: str, freed: Callable[[], None]) -> None:
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
            self._freed()

    def stop(self) -> None:
        """Finish what is under way."""
        self._pool.shutdown(wait=True)
