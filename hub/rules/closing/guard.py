"""How many derived closures may pass at once, and which ends were announced in time: those never wait."""

from dataclasses import dataclass
from datetime import datetime, timedelta

WAVE = timedelta(minutes=10)
ALWAYS_PASS = 3
"""So few of one cause in one post are no wave, however few stand in it."""
ANNOUNCED_FOR = timedelta(days=30)
WARNED_BEFORE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class End:
    """An end, since when it has stood unchanged, and when a channel first accepted a warning of it."""

    at: datetime
    stood_since: datetime | None = None
    warned_at: datetime | None = None

    @property
    def announced(self) -> bool:
        """Whether everybody was told of it in time: it stood for 30 days, and was warned of 7 days before it."""
        stood = self.stood_since is not None and self.at - self.stood_since >= ANNOUNCED_FOR
        return stood and self.warned_at is not None and self.at - self.warned_at >= WARNED_BEFORE


def guard_limit(people: int, holders: int) -> int:
    """How many derived closures of one cause in one post may pass within ten minutes."""
    return min(max(20, people * 5 // 100), max(ALWAYS_PASS, holders * 20 // 100))
