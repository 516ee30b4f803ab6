"""Who is at which target, so that hands that are free go to others."""

from collections import Counter
from collections.abc import Iterable
from threading import Lock

from hub.access.one_change import Place


class Lines:
    """How many attempts are at each target: the one that changes it, and those that wait for it; for many threads."""

    def __init__(self) -> None:
        self._at = Counter[Place]()
        self._lock = Lock()

    def join(self, places: Iterable[Place]) -> None:
        """An attempt has begun."""
        with self._lock:
            self._at.update(places)

    def leave(self, places: Iterable[Place]) -> None:
        """It has ended."""
        with self._lock:
            self._at.subtract(places)
            self._at = +self._at

    def at(self, sink: str) -> Counter[str]:
        """How many are at the targets of one sink, where anybody is."""
        with self._lock:
            return Counter({target: n for (name, target), n in self._at.items() if name == sink})
