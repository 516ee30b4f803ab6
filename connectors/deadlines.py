"""Ends what takes longer than it may.

One thread watches all calls: a timer a call is a thread a call, and each call waits until its own has begun.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread

TICK_SECONDS = 0.02
"""How much later than its end a call may be ended."""
REST_SECONDS = 1.0
"""How long it goes on looking where nothing is under way; after that the next call wakes it."""


class Deadlines:
    """The calls that are under way, each with its end; for many threads."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._calls: dict[object, tuple[float, Callable[[], None]]] = {}
        self._lock, self._begun, self._resting = Lock(), Event(), True
        self._thread: Thread | None = None

    @contextmanager
    def within(self, seconds: float, end: Callable[[], None]) -> Iterator[None]:
        """Have ``end`` called, which must be short, if what is done within takes longer; never once that is over."""
        call = object()
        with self._lock:
            self._calls[call] = self._monotonic() + seconds, end
            self._wake()
        try:
            yield
        finally:
            with self._lock:
                self._calls.pop(call, None)

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._run, name="deadlines-of-calls", daemon=True)
            self._thread.start()
        if self._resting:
            self._resting = False
            self._begun.set()

    def _run(self) -> None:
        last = self._monotonic()
        while True:
            with self._lock:
                now = self._monotonic()
                for call in [call for call, (ends, _end) in self._calls.items() if ends <= now]:
                    _ends, end = self._calls.pop(call)
                    end()
                last = now if self._calls else last
                rests = self._resting = now - last > REST_SECONDS
                if rests:
                    self._begun.clear()
            if rests:
                self._begun.wait()
            time.sleep(TICK_SECONDS)
