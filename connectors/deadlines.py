"""Ends what takes longer than it may: one request, and a call of a port as a whole, however many requests that takes.

One thread watches all calls: a timer a call is a thread a call, and each call waits until its own has begun.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event, Lock, Thread

from schemas.errors import UnavailableError
from schemas.words import Words

TICK_SECONDS = 0.02
"""How much later than its end a call may be ended."""
REST_SECONDS = 1.0
"""How long it goes on looking where nothing is under way; after that the next call wakes it."""


PORT_SECONDS, WHOLE_SECONDS = 120.0, 600.0
"""How long a call of a port may take, and one that lists a whole door or asks for all that is new: a list without an
end holds up nobody else for longer."""
_WHOLE = frozenset({"leased", "members", "poll"})
_ENDS: ContextVar[float | None] = ContextVar("ends", default=None)


def seconds_for(call: str) -> float:
    """How long a call of a port, by its name, may take as a whole."""
    return WHOLE_SECONDS if call in _WHOLE else PORT_SECONDS


@contextmanager
def whole_call(seconds: float) -> Iterator[None]:
    """What this thread asks within ends after so many seconds, or sooner where it stands within another such call."""
    ends, around = time.monotonic() + seconds, _ENDS.get()
    token = _ENDS.set(ends if around is None else min(ends, around))
    try:
        yield
    finally:
        _ENDS.reset(token)


def left_of(seconds: float, what: str) -> float:
    """How long a request may take that has so many seconds: no longer than the call that it is part of.

    Raises:
        UnavailableError: ``peer.timeout``: that call is over; nothing was sent.
    """
    ends = _ENDS.get()
    left = seconds if ends is None else min(seconds, ends - time.monotonic())
    if left <= 0:
        told = Words(f"{what}: not sent, what it is part of took too long", f"{what}：未发出，整个调用已超过时限")
        raise UnavailableError("peer.timeout", told)
    return left


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
