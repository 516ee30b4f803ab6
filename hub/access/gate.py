"""One gate per sink: how many hands it may have now, and whether it is shut because it fails or asked us to stay away.

What a sink says of itself (away, come later, not you) concerns everybody who waits for it, not the one person whose
turn it was. A shut gate lets one attempt through when its time has come; if the sink answers, all go on at once.
"""

import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from hub.access.desired import GRANT_LANE, REVOKE_LANE
from hub.clock import Clock
from schemas.errors import LicetError, RejectedError, UnavailableError, UnknownOutcomeError

HANDS = 8
"""How many attempts one sink may have under way."""
ALL_HANDS = 64
"""How many all sinks together may have; where there are many, each has its even part of them."""
KEPT_FOR_REVOCATIONS = 2
"""Hands of a sink that no grant takes: grants that hang hold up no revocation."""
FAILURES = 5
"""So many failures in a row shut the gate. One alone says nothing of a sink: it may be one person's, or one group's."""
WINDOW, MOST_IN_WINDOW = 20, 10
"""Half of the last twenty attempts that were lost shut it too: one that answers now and then is no better. What was
refused counts only in a row: of two groups one may be protected."""
FIRST_SECONDS, MOST_SECONDS = 0.25, 2.0
"""How long a gate stays shut before one attempt is let through: doubled each time, while the sink does not answer."""
REFUSED_SECONDS = 30.0
"""The same for a sink that refuses our credentials: an account is locked by those who try too often."""
RETRY_AFTER_SECONDS: Mapping[int, float] = {REVOKE_LANE: 60.0, GRANT_LANE: 3600.0}
"""The longest that a sink may ask us to stay away."""


@dataclass(slots=True)
class _Gate:
    """How one sink does. ``opens_at``: monotonic, by lane, when one attempt may be let through; none: it is open.

    ``waking``: it has opened, and whoever waits does not know yet. ``opened_at``: monotonic, when it did last.
    """

    waking: bool = False
    opened_at: float = -math.inf
    busy: int = 0
    failures: int = 0
    shut: int = 0
    opens_at: dict[int, float] | None = None
    banned: bool = False
    probes: int = 0
    lost: deque[bool] = field(default_factory=lambda: deque(maxlen=WINDOW))

    def begin(self) -> None:
        """An attempt has begun."""
        self.busy += 1
        self.probes += self.opens_at is not None

    def end(self) -> bool:
        """An attempt has ended; whether it was one that a shut gate had let through."""
        self.busy -= 1
        probe = self.probes > 0
        self.probes = max(self.probes - 1, 0)
        return probe

    def answered(self, now: float, *, probe: bool) -> bool:
        """It answers; whether that opened it. What was under way when it asked us to stay away opens nothing."""
        if self.banned and not probe:
            return False
        opened = self.opens_at is not None
        if opened:
            self.lost.clear()
            self.waking, self.opened_at = True, now
        self.lost.append(False)
        self.failures, self.shut, self.opens_at, self.banned = 0, 0, None, False
        return opened

    def woken(self) -> None:
        """Whoever waited knows that it has opened."""
        self.waking = False

    def fail(self, error: LicetError, now: float, *, probe: bool) -> None:
        """It does not answer, or not to us; that shuts it if it is so again and again, or asks us to stay away."""
        self.failures += 1
        self.lost.append(not isinstance(error, RejectedError))
        asked = error.retry_after if isinstance(error, UnavailableError) else None
        if asked is not None:
            # A longer stay that was asked for holds; a shorter one takes nothing back.
            before = self.opens_at or {}
            stays = {lane: now + min(asked, most) for lane, most in RETRY_AFTER_SECONDS.items()}
            self.banned = True
            self.opens_at = {lane: max(at, before.get(lane, now)) for lane, at in stays.items()}
        elif probe or (self.opens_at is None and self._is_failing()):
            pause = min(FIRST_SECONDS * 2.0 ** min(self.shut, 16), MOST_SECONDS)
            at = now + (REFUSED_SECONDS if isinstance(error, RejectedError) else pause)
            self.shut += 1
            self.banned = False
            self.opens_at = dict.fromkeys(RETRY_AFTER_SECONDS, at)

    def _is_failing(self) -> bool:
        """Whether it fails too often: several times in a row, or half of the time."""
        return self.failures >= FAILURES or (len(self.lost) == WINDOW and sum(self.lost) >= MOST_IN_WINDOW)


class Gates:
    """The gates of all sinks, for many threads; what they know lasts as long as the process."""

    def __init__(self, sinks: Iterable[str], clock: Clock) -> None:
        self._gates = {sink: _Gate() for sink in sinks}
        self._clock = clock
        self._lock = Lock()
        self.share = max(1, min(HANDS, ALL_HANDS // max(len(self._gates), 1)))

    @property
    def hands(self) -> int:
        """How many hands all of them can use at once."""
        return self.share * max(len(self._gates), 1)

    def room(self, sink: str, lane: int, taken: int = 0) -> int:
        """How many attempts may begin now, when ``taken`` are about to."""
        with self._lock:
            gate = self._gates[sink]
            if gate.opens_at is not None:
                due = self._clock.monotonic() >= gate.opens_at[lane]
                return int(due and not gate.probes and not taken)
            if gate.waking and lane != REVOKE_LANE:
                return 0
            kept = KEPT_FOR_REVOCATIONS if lane != REVOKE_LANE and self.share > KEPT_FOR_REVOCATIONS else 0
            return max(self.share - kept - gate.busy - taken, 0)

    def wait(self, sink: str, lane: int) -> float | None:
        """Seconds until an attempt may begin; nothing while that waits for one that is under way."""
        with self._lock:
            gate = self._gates[sink]
            if gate.opens_at is None:
                return 0.0
            return None if gate.probes else max(gate.opens_at[lane] - self._clock.monotonic(), 0.0)

    def begin(self, sink: str) -> None:
        """An attempt has begun."""
        with self._lock:
            self._gates[sink].begin()

    def end(self, sink: str, error: LicetError | None) -> bool:
        """An attempt has ended; whether that opened the gate, so that all who wait can go on."""
        with self._lock:
            gate = self._gates[sink]
            probe = gate.end()
            if error is None or not concerns_all(error):
                return gate.answered(self._clock.monotonic(), probe=probe)
            gate.fail(error, self._clock.monotonic(), probe=probe)
            return False

    def woken(self, sink: str) -> None:
        """Whoever waited at a sink whose gate has opened can go on: grants may begin again, too."""
        with self._lock:
            self._gates[sink].woken()

    def is_shut(self, sink: str) -> bool:
        """Whether nothing begins at a sink but what finds out whether it is back."""
        with self._lock:
            return self._gates[sink].opens_at is not None

    def came_back(self, sink: str, since: float) -> bool:
        """Whether a sink that was away has answered others since an instant, and does by now."""
        with self._lock:
            gate = self._gates[sink]
            return gate.opens_at is None and gate.opened_at >= since


def concerns_all(error: LicetError) -> bool:
    """Whether a failure says something of the sink as a whole: it is away, wants us later, or does not know us.

    One that finds a target changed meanwhile answers as it should.
    """
    if isinstance(error, UnavailableError | UnknownOutcomeError):
        return not error.code.startswith("store.") and error.code != "peer.conflict"
    return isinstance(error, RejectedError) and error.code == "peer.auth"
