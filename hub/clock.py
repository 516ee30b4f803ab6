"""The two clocks, given in one place: a calendar for stamps and validity, a monotonic one for leases and deadlines."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


class Clock(Protocol):
    """Both clocks. The demo advances the calendar of its own hub; nothing moves the monotonic one."""

    def now(self) -> datetime:
        """Calendar: aware UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that only grow, of this process."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()


def to_us(instant: datetime) -> int:
    """Microseconds since 1970 UTC of an aware instant, as the store keeps it."""
    return (instant - EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """The aware UTC instant of stored microseconds."""
    return EPOCH + timedelta(microseconds=us)


def stamp(instant: datetime) -> str:
    """RFC 3339 UTC with microseconds and ``Z``."""
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def site_time(instant: datetime, zone: ZoneInfo, timespec: str = "seconds") -> str:
    """An instant as the site's clocks show it, with the offset: ISO 8601."""
    return instant.astimezone(zone).isoformat(timespec=timespec)


def site_until(bound: datetime, zone: ZoneInfo) -> str:
    """The end of a time, exclusive, as people read it: of one that ends with a day that day, the last that is in it."""
    local = bound.astimezone(zone)
    if local.timetz().replace(tzinfo=None) == datetime.min.time():
        return (local.date() - timedelta(days=1)).isoformat()
    return site_time(bound, zone, "minutes")


class Ids:
    """Fresh ids: UUIDv7 text (RFC 9562 5.7), ordered by the calendar, and random tokens that say nothing."""

    def __init__(self, random: Callable[[int], bytes] = os.urandom) -> None:
        self._random = random

    def new(self, now: datetime) -> str:
        """A UUIDv7."""
        return self.several(now, 1)[0]

    def several(self, now: datetime, count: int) -> list[str]:
        """UUIDv7s of one instant, of one draw of chance."""
        ms = to_us(now) // 1000
        prefix, r = f"{ms >> 16:08x}-{ms & 0xFFFF:04x}-7", self._random(10 * count).hex()
        return [
            f"{prefix}{r[n : n + 3]}-{_VARIANTS[r[n + 3]]}{r[n + 4 : n + 7]}-{r[n + 7 : n + 19]}"
            for n in range(0, 20 * count, 20)
        ]

    def token(self) -> str:
        """128 random bits in hex: a subject, a person."""
        return self._random(16).hex()
