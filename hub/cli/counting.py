"""How far a long look at people is."""

import sys
import time

_QUIET_SECONDS, _EVERY_SECONDS = 2.0, 1.0


class Counting:
    """Says on the error output how far a long look at people is, once it takes more than two seconds."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _QUIET_SECONDS
        self._said = False

    def __call__(self, done: int, of: int) -> None:
        """So many people of so many are done."""
        if time.monotonic() >= self._next or (self._said and done == of):
            self._said, self._next = True, time.monotonic() + _EVERY_SECONDS
            print(f"\r{done}/{of}", end="\n" if done == of else "", file=sys.stderr, flush=True)
