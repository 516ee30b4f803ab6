"""How long what failed waits until it is tried again: longer with each try, and by chance, so that few come at once."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_after_delay, wait_random_exponential

from schemas.errors import UnavailableError

UNTIL_KEPT = Retrying(
    retry=retry_if_exception_type(UnavailableError),
    wait=wait_random_exponential(multiplier=0.05, max=1),
    stop=stop_after_delay(20) & stop_after_attempt(3),
    reraise=True,
)
"""Calls a function again while the store is busy: what was done outside must get on record.

For what has kept nothing if it fails, however long that took: a unit of the writer is waited for once it has begun.
"""


@dataclass(frozen=True, slots=True)
class Backoff:
    """A wait somewhere below ``base`` seconds after the first try, below twice that after the next, and so on.

    For what waits in the store, where a restart between two tries loses nothing.
    """

    base: float
    most: float
    chance: Callable[[], float] = random.random

    def seconds(self, tries: int) -> float:
        """How long to wait after so many tries."""
        return self.chance() * min(self.base * 2.0 ** min(max(tries - 1, 0), 64), self.most)
