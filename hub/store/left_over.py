"""Persons whom a commit had no time to look at: what issuers withdrew of theirs is closed before anybody is judged."""

from collections import deque
from collections.abc import Iterable, Sequence

Waiting = tuple[str, Sequence[str]]
"""A person, and why they are to be looked at."""


class LeftOver:
    """In the order in which they came, for many threads. Those whom a crash forgets stand in ``due`` all the same."""

    def __init__(self) -> None:
        self._waiting: deque[Waiting] = deque()

    def add(self, persons: Iterable[Waiting]) -> None:
        """They were postponed by a commit that is durable."""
        self._waiting.extend(persons)

    def take(self) -> Waiting | None:
        """The one who waits longest, if anybody does."""
        try:
            return self._waiting.popleft()
        except IndexError:
            return None

    def __bool__(self) -> bool:
        return bool(self._waiting)
