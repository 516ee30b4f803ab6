"""The calendar of the hub, held where the machine's clock leaps: no date passes because a clock was set wrong.

Both clocks of the machine are compared each time somebody asks what time it is. While they disagree, the calendar goes
on from the last instant that was believed, by the clock that only grows. It follows the machine again once that is
back, or somebody who knows says that the machine is right.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

from hub.clock import Clock, SystemClock

STEP = timedelta(seconds=60)
"""A leap of more is not believed."""
AWAY = timedelta(hours=72)
"""So long a hub may have been switched off that begins again: a weekend. A clock that claims more is not believed."""
_ANCHOR_SECONDS = 3600.0
"""How long both clocks are compared from one instant: a clock that runs too fast is found as one that leaps."""


class ClockState(NamedTuple):
    """How the machine's clock stands to the calendar.

    Attributes:
        held: Whether the calendar goes on without it.
        ahead: How far it is ahead of the calendar; below zero where it is behind.
        holds: How often the calendar was held since the process began.
        moved: How far the calendar was moved when the machine was believed last; nothing if it never was.
    """

    held: bool
    ahead: timedelta
    holds: int
    moved: timedelta | None


class GuardedClock:
    """Both clocks for many threads; ``elapsed`` are seconds that only grow and go on while a machine sleeps."""

    def __init__(self, machine: Clock, elapsed: Callable[[], float]) -> None:
        self._machine = machine
        self._elapsed = elapsed
        self._lock = Lock()
        self._base, self._base_at = machine.now(), elapsed()
        self._held = False
        self._holds = 0
        self._moved: timedelta | None = None

    def now(self) -> datetime:
        """The calendar."""
        with self._lock:
            return self._look()[0]

    def monotonic(self) -> float:
        """Seconds that only grow, of this process."""
        return self._machine.monotonic()

    @property
    def state(self) -> ClockState:
        """How the machine's clock stands now."""
        with self._lock:
            calendar, machine = self._look()
            return ClockState(self._held, machine - calendar, self._holds, self._moved)

    def machine_now(self) -> datetime:
        """What the machine's calendar shows."""
        return self._machine.now()

    def begin_after(self, last: datetime, *, held: bool) -> None:
        """Go on after the last instant that the hub has on record.

        ``held``: when the process before this one ended, the machine was not believed.
        """
        with self._lock:
            ahead = self._machine.now() - last
            if held or not -STEP <= ahead <= AWAY:
                self._base, self._base_at = last, self._elapsed()
                self._look()

    def believe(self) -> timedelta:
        """Take the machine's calendar for right; how far that moves ours."""
        with self._lock:
            calendar, machine = self._look()
            self._base, self._base_at = machine, self._elapsed()
            self._held, self._moved = False, machine - calendar
            return self._moved

    def _look(self) -> tuple[datetime, datetime]:
        """The calendar and what the machine shows."""
        machine, elapsed = self._machine.now(), self._elapsed()
        calendar = self._base + timedelta(seconds=elapsed - self._base_at)
        if abs(machine - calendar) > STEP:
            self._holds += not self._held
            self._held = True
            return calendar, machine
        self._held = False
        if elapsed - self._base_at > _ANCHOR_SECONDS:
            self._base, self._base_at = machine, elapsed
        return machine, machine


class ShiftedClock:
    """The calendar of a hub that does not believe the machine's clock, for a command beside it."""

    def __init__(self, machine: Clock, ahead: timedelta) -> None:
        self._machine = machine
        self._ahead = ahead

    def now(self) -> datetime:
        """The calendar."""
        return self._machine.now() - self._ahead

    def monotonic(self) -> float:
        """Seconds that only grow, of this process."""
        return self._machine.monotonic()


def machine_clock() -> GuardedClock:
    """The machine's clocks; one that was asleep has not leapt when it wakes."""
    since_boot = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return GuardedClock(SystemClock(), lambda: time.clock_gettime(since_boot))
