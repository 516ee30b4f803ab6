"""How far long work is."""

import sys
import time
from collections.abc import Callable

_QUIET_SECONDS, _EVERY_SECONDS = 2.0, 1.0
_PLAIN_SECONDS = 10.0
"""How often a line is written where no terminal is there to write over it."""


class Counting:
    """Says on the error output how far long work is, once it takes more than two seconds: on a terminal on one line.

    ``seconds``: a clock that only goes forward.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._next = seconds() + _QUIET_SECONDS
        self._open = False

    def __call__(self, done: int, of: int | None = None) -> None:
        """So much is done, of so much where that is known."""
        now = self._seconds()
        if now >= self._next or (self._open and done == of):
            terminal = sys.stderr.isatty()
            self._next = now + (_EVERY_SECONDS if terminal else _PLAIN_SECONDS)
            far = f"{done}" if of is None else f"{done}/{of}"
            self._open = terminal and done != of
            print(f"\r{far}" if terminal else far, end="" if self._open else "\n", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Nothing more comes."""
        if self._open:
            print(file=sys.stderr)
