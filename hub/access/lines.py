"""Who is at which target, so that hands that are free go to others; and whose turn it is to have one."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from threading import Lock
from typing import TypeVar

from hub.access.one_change import Place

T = TypeVar("T")


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


class Turns:
    """What is free goes to crowds and to everybody else in turn: half each where both want it, else all to one."""

    def __init__(self) -> None:
        self._first: dict[Hashable, int] = {}

    def take(self, of: Hashable, room: int, claim: Callable[[int, int], Sequence[T]]) -> list[T]:
        """What was claimed of ``room``; ``claim`` is given whose turn it is (1: a crowd's), and how many at most."""
        first, half = self._first.get(of, 0), -(-room // 2)
        taken = [*claim(first, half)] if half > 0 else []
        others = claim(1 - first, room - len(taken)) if room > len(taken) else ()
        free = room - len(taken) - len(others)
        more = claim(first, free) if free > 0 and len(taken) == half else ()
        if taken or others:
            self._first[of] = first if others and not more else 1 - first  # who had the last one waits
        return [*taken, *others, *more]
