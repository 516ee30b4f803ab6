"""How often a system may be asked."""

import time
from collections.abc import Callable


class Pace:
    """How often a system may be asked: evenly, however many requests a page takes."""

    def __init__(self, per_minute: float | None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._interval = 60 / per_minute if per_minute else 0.0
        self._monotonic = monotonic
        self._next = 0.0

    def left(self) -> float:
        """Seconds until the next request may be made."""
        return max(0.0, self._next - self._monotonic()) if self._interval else 0.0

    def asked(self) -> None:
        """One was made."""
        self._next = max(self._next, self._monotonic()) + self._interval
