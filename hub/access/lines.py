"""Who is at which target, so that hands that are free go to others; and whose turn it is to have one."""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from threading import Lock
from typing import TypeVar

from hub.access.one_change import Place
from hub.clock import Clock

T = TypeVar("T")
Claimer = Callable[[int, int], Sequence[T]]
"""What is claimed of a crowd (1) or of everybody else (0), and how much at most."""
CROWDS_SECONDS, YIELDS_SECONDS = 0.05, 10.0
"""While doors of a crowd are decided to be closed one of them is closed each so many seconds; for how long."""


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
    """What is free goes to crowds and to everybody else in turn: half each where both want it, else all to one.

    While ``closing`` says that more of a crowd are to be closed, which is soon decided, a crowd leaves the processor to
    that: what waits for the other side can wait for that first.
    """

    def __init__(self, clock: Clock, closing: Callable[[], bool]) -> None:
        self._clock = clock
        self._closing = closing
        self._first: dict[Hashable, int] = {}
        self._since = math.inf
        self._next: dict[Hashable, float] = {}

    def yields(self) -> bool:
        """Whether a crowd leaves its turn to those who decide."""
        if not self._closing():
            self._since = math.inf
            return False
        self._since = min(self._since, self._clock.monotonic())
        return self._clock.monotonic() - self._since < YIELDS_SECONDS

    def take(self, of: Hashable, room: int, claim: Claimer[T]) -> list[T]:
        """What was claimed of ``room``; ``claim`` is given whose turn it is (1: a crowd's), and how many at most."""
        return self._others_first(of, room, claim) if self.yields() else self._in_turn(of, room, claim)

    def _others_first(self, of: Hashable, room: int, claim: Claimer[T]) -> list[T]:
        taken = [*claim(0, room)] if room > 0 else []
        if room > len(taken) and self._clock.monotonic() >= self._next.get(of, -math.inf):
            taken += claim(1, 1)
            self._next[of] = self._clock.monotonic() + CROWDS_SECONDS
        return taken

    def _in_turn(self, of: Hashable, room: int, claim: Claimer[T]) -> list[T]:
        first, half = self._first.get(of, 0), -(-room // 2)
        taken = [*claim(first, half)] if half > 0 else []
        others = claim(1 - first, room - len(taken)) if room > len(taken) else ()
        free = room - len(taken) - len(others)
        more = claim(first, free) if free > 0 and len(taken) == half else ()
        if taken or others:
            self._first[of] = first if others and not more else 1 - first  # who had the last one waits
        return [*taken, *others, *more]
