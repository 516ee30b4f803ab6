"""What one process works on: leased in a commit, kept while a worker is at it, free for others once its owner is gone.

All instants are of the store's own clock: every process on a store shares it, and no restart begins it anew.
"""

import os
import socket
from collections.abc import Callable, Sequence
from threading import Lock

from hub.clock import Clock
from hub.store.statement import Connection
from hub.store.tables.access import store_now

LEASE_SECONDS = 60.0
"""How long others leave alone what its owner does not speak of any more."""
BEAT_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 4 * 3600.0
"""Nothing is put off for longer: what seems to be has waited since before the clock was set back."""
DECIDERS = "decider/%"
"""Owners that held the decider's seat, one at a time: but for the present one they are gone."""

Key = tuple[str, ...]


def decider(boot: str) -> str:
    """The owner of what the decider works on, in one run of its process."""
    return DECIDERS.replace("%", boot)


def helper(boot: str) -> str:
    """The owner of what a process does for the decider, in one run of it."""
    return f"helper/{socket.gethostname()}/{os.getpid()}/{boot}"


def store_us(store: Connection) -> int:
    """What time it is by the store's clock, microseconds."""
    clock = store.one(store_now, {})
    assert clock is not None
    return clock.now


def us(seconds: float) -> int:
    """Seconds as the store counts them."""
    return int(seconds * 1_000_000)


class Leases:
    """Keys of the rows that workers of this process are at."""

    def __init__(self, owner: str, clock: Clock) -> None:
        self.owner = owner
        self._clock = clock
        self._held: set[Key] = set()
        self._lock = Lock()
        self._beaten_at = clock.monotonic()

    def holds(self, key: Key) -> bool:
        """Whether a worker is at it, whatever the store says of its lease: clocks may jump."""
        return key in self._held

    def hold(self, key: Key) -> None:
        """A worker begins, after the commit that leased the row."""
        with self._lock:
            self._held.add(key)

    def release(self, key: Key) -> None:
        """The worker has ended, however it did."""
        with self._lock:
            self._held.discard(key)

    def beat(self, renew: Callable[[Sequence[Key]], None]) -> None:
        """Have what workers are at renewed, if it is time."""
        with self._lock:
            held = sorted(self._held)
        now = self._clock.monotonic()
        if held and now - self._beaten_at >= BEAT_SECONDS:
            renew(held)
        if not held or now - self._beaten_at >= BEAT_SECONDS:
            self._beaten_at = now
