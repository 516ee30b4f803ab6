"""How much the disk under the hub's folder still takes, and what is kept back of it for what closes doors.

Below a floor nothing is taken in but what may close a door. Where others fill the disk all the same, a file that holds
a few MiB is let go, so that revocations can still be written and carried out; it is made again when there is room.
"""

import logging
import os
from pathlib import Path

from hub.clock import Clock
from schemas.errors import UnavailableError
from schemas.words import Words

LOW = "disk.low"
RESERVE = "reserve"
"""The name of the file in the data folder."""
RESERVE_BYTES = 8 << 20
LET_GO_BYTES = 4 << 20
AGAIN_SECONDS = 30.0
"""After so long a sender may come again."""
_LOOK_SECONDS = 0.5

log = logging.getLogger(__name__)


class Space:
    """The room on the disk under a data folder. ``floor``: bytes that must be free for all input to be taken."""

    def __init__(self, data: Path, floor: int, clock: Clock) -> None:
        self._data = data
        self._floor = floor
        self._clock = clock
        self._looked_at = float("-inf")
        self._free = 0

    @property
    def free(self) -> int:
        """Bytes that are free, as of half a second ago at most."""
        now = self._clock.monotonic()
        if now - self._looked_at >= _LOOK_SECONDS:
            found = os.statvfs(self._data)
            self._free, self._looked_at = found.f_bavail * found.f_frsize, now
        return self._free

    @property
    def low(self) -> bool:
        """Whether less than the floor is free."""
        return self.free < self._floor

    def require(self) -> None:
        """Return if there is room for what closes no door.

        Raises:
            UnavailableError: ``disk.low``; nothing is lost: whoever asks comes again.
        """
        if self.low:
            free, floor = self.free >> 20, self._floor >> 20
            words = Words(
                f"{free} MiB are free, expected {floor} (hub.disk_floor_mb)",
                f"可用 {free} MiB，应不少于 {floor} MiB（hub.disk_floor_mb）",
            )
            raise UnavailableError(LOW, words, retry_after=AGAIN_SECONDS)

    def keep_reserve(self) -> None:
        """Make the reserve where there is room for it, or let it go where there is hardly any left."""
        file = self._data / RESERVE
        if file.exists():
            if self.free < LET_GO_BYTES:
                file.unlink()
                log.critical("the disk is full: the reserve is let go, for what closes doors")
        elif self.free > self._floor + RESERVE_BYTES:
            _fill(file)


def _fill(file: Path) -> None:
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.posix_fallocate(opened, 0, RESERVE_BYTES)
    except OSError:  # it is smaller then, or nothing: the next look tries again
        file.unlink()
    finally:
        os.close(opened)
