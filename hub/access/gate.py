"""One gate per sink: how many hands it may have now, and whether it is shut because it fails or asked us to stay away.

What a sink says of itself (away, come later, not you) concerns everybody who waits for it, not the one person whose
turn it was. A shut gate lets one attempt through when its time has come; if the sink answers, all go on at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
FIRST_SECONDS, MOST_SECONDS = 0.25, 2.0
"""How long a gate stays shut before one attempt is let through: doubled each time, while the sink does not answer."""
REFUSED_SECONDS = 30.0
"""The same for a sink that refuses our credentials: an account is locked by those who try too often."""
RETRY_AFTER_SECONDS: Mapping[int, float] = {REVOKE_LANE: 60.0, GRANT_LANE: 3600.0}
"""The longest that a sink may ask us to stay away."""


@dataclass(slots=True)
class _Gate:
    """How one sink does. ``opens_at``: monotonic, by lane, when one attempt may be let through; none: it is open."""

    busy: int = 0
    failures: int = 0
    shut: int = 0
    opens_at: dict[int, float] | None = None
    banned: bool = False
    probes: int = 0


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
            gate = self._gates[sink]
            gate.busy += 1
            if gate.opens_at is not None:
                gate.probes += 1

    def end(self, sink: str, error: LicetError | None) -> bool:
        """An attempt has ended; whether that opened the gate, so that all who wait can go on."""
        with self._lock:
            gate = self._gates[sink]
            gate.busy -= 1
            probe = gate.probes > 0
            gate.probes = max(gate.probes - 1, 0)
            if not concerns_all(error):
                return self._answered(gate, probe)
            gate.failures += 1
            self._fail(gate, error, probe)
            return False

    def _answered(self, gate: _Gate, probe: bool) -> bool:
        """It answers. What was under way before it asked us to stay away does not take that back."""
        if gate.banned and not probe:
            return False
        opened = gate.opens_at is not None
        gate.failures, gate.shut, gate.opens_at, gate.banned = 0, 0, None, False
        return opened

    def _fail(self, gate: _Gate, error: LicetError | None, probe: bool) -> None:
        now = self._clock.monotonic()
        asked = error.retry_after if isinstance(error, UnavailableError) else None
        if asked is not None:
            # Longer stays that were asked for hold; a shorter one takes nothing back.
            before = gate.opens_at or {}
            gate.banned = True
            gate.opens_at = {
                lane: max(now + min(asked, most), before.get(lane, now)) for lane, most in RETRY_AFTER_SECONDS.items()
            }
        elif probe or (gate.opens_at is None and gate.failures >= FAILURES):
            pause = min(FIRST_SECONDS * 2.0 ** min(gate.shut, 16), MOST_SECONDS)
            at = now + (REFUSED_SECONDS if isinstance(error, RejectedError) else pause)
            gate.shut += 1
            gate.banned = False
            gate.opens_at = dict.fromkeys(RETRY_AFTER_SECONDS, at)


def concerns_all(error: LicetError | None) -> bool:
    """Whether a failure says something of the sink as a whole: it is away, wants us later, or does not know us."""
    if isinstance(error, UnavailableError | UnknownOutcomeError):
        return not error.code.startswith("store.")
    return isinstance(error, RejectedError) and error.code == "peer.auth"
