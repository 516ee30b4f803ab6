"""One change of a target at a time: some servers read a group and write it back, and lose what came between."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from threading import Lock
from typing import Any

Place = tuple[str, str]
"""A sink and one of its targets."""
Exclusion = Callable[[], AbstractContextManager[Any]]
"""Makes what one at a time can have; others wait."""


class OneChange:
    """Who looks at and changes targets now; others wait until they are done."""

    def __init__(self, exclusion: Exclusion = Lock) -> None:
        self._exclusion = exclusion
        self._locks: dict[Place, AbstractContextManager[Any]] = {}
        self._lock = Lock()

    @contextmanager
    def at(self, places: Iterable[Place]) -> Iterator[None]:
        """Have targets for oneself, all of them; in one order, so that nobody waits in a circle."""
        with ExitStack() as held:
            for place in sorted(set(places)):
                with self._lock:
                    lock = self._locks.setdefault(place, self._exclusion())
                held.enter_context(lock)
            yield
