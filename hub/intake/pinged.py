"""A system that is asked before its interval is over, because somebody says that it has news."""

import time
from collections.abc import Callable
from datetime import timedelta

from hub.workers import Activator


class Pinged:
    """Lets one system be asked at once. Who pings need not be known: the answer comes from the system itself.

    ``least`` lies between the end of a round and the next one, however many ping meanwhile; no ping is lost.
    """

    def __init__(self, least: timedelta, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.activator = Activator()
        self._least = least.total_seconds()
        self._monotonic = monotonic
        self._rests_until = 0.0

    def ping(self) -> None:
        """It is said to have news."""
        self.activator.wake()

    def turn(self, ask: Callable[[], float | None]) -> float | None:
        """Ask it, unless it was asked a moment ago; in how many seconds there is more to do."""
        left = self._rests_until - self._monotonic()
        if left > 0:
            return left
        again = ask()
        if again is None:
            self._rests_until = self._monotonic() + self._least
        return again
