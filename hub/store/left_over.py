"""Persons whom a commit had no time to look at: what issuers withdrew of theirs is closed before anybody is judged.

One cause at many is a crowd. It takes turns with everybody else, so that nobody's own word is behind thousands.
"""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping, Sequence

Waiting = tuple[str, Sequence[str]]
"""A person, and why they are to be looked at."""

CROWD = 16
"""People whom one cause may concern at once without being a crowd."""


def crowd_of(causes: Mapping[str, Sequence[str]]) -> set[str]:
    """Who of these is one of many, by the causes for which each is looked at: whoever has a cause besides is not."""
    many = Counter(cause for of_one in causes.values() for cause in set(of_one))
    return {person for person, of_one in causes.items() if all(many[cause] > CROWD for cause in of_one)}


class LeftOver:
    """In the order in which they came, for many threads. Those whom a crash forgets stand in ``due`` all the same."""

    def __init__(self) -> None:
        self._others: deque[Waiting] = deque()
        self._crowd: deque[Waiting] = deque()

    def add(self, persons: Iterable[Waiting], crowd: Collection[str] = ()) -> None:
        """They were postponed by a commit that is durable."""
        for each in persons:
            (self._crowd if each[0] in crowd else self._others).append(each)

    def take(self, most: int) -> tuple[list[Waiting], list[Waiting]]:
        """Those who wait longest, of a crowd and of the others: half each, or more where the other has no more."""
        others = max(most - most // 2, most - len(self._crowd))
        taken = _first(self._others, others)
        return _first(self._crowd, most - len(taken)), taken

    def __bool__(self) -> bool:
        return bool(self._others or self._crowd)


def _first(waiting: deque[Waiting], most: int) -> list[Waiting]:
    """Up to so many, longest first; somebody else may take some meanwhile."""
    taken: list[Waiting] = []
    try:
        while len(taken) < most:
            taken.append(waiting.popleft())
    except IndexError:
        pass
    return taken
