"""Begins what sources brought, so that what each one brought reaches the writer in the order in which it came."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Hashable
from functools import partial
from typing import Any, NamedTuple

Work = Callable[[], Coroutine[Any, Any, None]]


class _Waiting(NamedTuple):
    work: Work
    slow: bool


class _Brought:
    """What one source brought: what is under way, and what waits for that to end, in its order."""

    __slots__ = ("slow", "under_way", "waiting")

    def __init__(self) -> None:
        self.under_way: set[asyncio.Task[None]] = set()
        self.slow = False
        self.waiting: deque[_Waiting] = deque()

    def next(self) -> Work | None:
        """What may begin now; it is taken out."""
        if not self.waiting or (self.under_way and (self.slow or self.waiting[0].slow)):
            return None
        work, self.slow = self.waiting.popleft()
        return work


class InOrder:
    """Of one source, what is quick goes on beside others, and what is slow alone.

    What is quick is before the writer once it first waits for anything: only its beginning must be in order. What is
    slow is begun when all before it has ended, and nothing after it begins until it has ended itself.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._of: dict[Hashable, _Brought] = {}

    def begin(self, source: Hashable, work: Work, *, slow: bool) -> None:
        """Begin, at once or in its turn; called on the loop."""
        brought = self._of.setdefault(source, _Brought())
        brought.waiting.append(_Waiting(work, slow))  # behind all that wait, even if what they wait for has just ended
        self._go_on(source, brought)

    def _go_on(self, source: Hashable, brought: _Brought) -> None:
        while (work := brought.next()) is not None:
            task = self._loop.create_task(work())
            brought.under_way.add(task)
            task.add_done_callback(partial(self._over, source, brought))
        if not brought.under_way:
            del self._of[source]

    def _over(self, source: Hashable, brought: _Brought, task: "asyncio.Task[None]") -> None:
        brought.under_way.discard(task)
        if task.cancelled():  # the loop ends, and what waits is not begun on it any more
            brought.waiting.clear()
        self._go_on(source, brought)
