"""How often other systems are asked in sweeps: so many questions a second, whoever asks."""

import time
from collections.abc import Callable
from threading import Lock


class Budget:
    """Lets one question through at a time, evenly; waits before one that would come too early."""

    def __init__(
        self,
        per_second: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """``per_second`` 0: as many as are asked."""
        self._apart = 1 / per_second if per_second else 0.0
        self._monotonic, self._sleep = monotonic, sleep
        self._next = 0.0
        self._lock = Lock()

    def take(self) -> None:
        """Return once the next question may be asked."""
        with self._lock:
            now = self._monotonic()
            wait = max(self._next - now, 0.0)
            self._next = max(self._next, now) + self._apart
        if wait:
            self._sleep(wait)


UNLIMITED = Budget(0)
