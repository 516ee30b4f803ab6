"""What time it is for the other systems: by how much the machine's clock differs from what each of them said last."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple


class PeerClock(NamedTuple):
    """How far the machine's clock was ahead of a peer's when it answered, and when that was (monotonic)."""

    ahead: timedelta
    heard_at: float


class PeerClocks:
    """The last word of each peer, for many threads."""

    def __init__(self, machine: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._machine = machine
        self._monotonic = monotonic
        self._lock = Lock()
        self._last: dict[str, PeerClock] = {}

    def heard(self, connector: str, dates: Sequence[datetime]) -> None:
        """A peer has answered, with these dates; the last one was just now."""
        if dates:
            ahead = self._machine() - dates[-1]
            with self._lock:
                self._last[connector] = PeerClock(ahead, self._monotonic())

    def since(self, at: float) -> Mapping[str, PeerClock]:
        """Who has said something since a monotonic instant."""
        with self._lock:
            return {name: each for name, each in self._last.items() if each.heard_at >= at}
