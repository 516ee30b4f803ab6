"""One change of a target at a time: some servers read a group and write it back, and lose what came between."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock

Place = tuple[str, str]
"""A sink and one of its targets."""


class OneChange:
    """Who looks at and changes targets now; others wait until they are done."""

    def __init__(self) -> None:
        self._locks: dict[Place, Lock] = {}
        self._lock = Lock()

    @contextmanager
    def at(self, places: Iterable[Place]) -> Iterator[None]:
        """Have targets for oneself, all of them; in one order, so that nobody waits in a circle."""
        with ExitStack() as held:
            for place in sorted(set(places)):
                with self._lock:
                    lock = self._locks.setdefault(place, Lock())
                held.enter_context(lock)
            yield
