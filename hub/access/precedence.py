"""Revocations first: what could not be closed when it was asked for comes before any grant at the same sink."""

from collections.abc import Iterable

from hub.access.desired import REVOKE_LANE
from hub.access.leases import us
from hub.clock import Clock
from hub.store.commit import Tx
from hub.store.tables import waiting as queue

PATIENCE_SECONDS = 60.0
"""How long grants wait while a sink answers no revocation at all: what is never answered holds nobody up for ever."""
AWAITED_SECONDS = 0.25
"""A revocation that has waited so long could not be begun; one that has just come begins beside the grants."""


class _Backlog:
    """The revocations that the grants of one sink wait for."""

    def __init__(self) -> None:
        self._until = 0
        """Those that were due by then, in the store's clock, and had no turn since."""
        self._held_at: float | None = None
        """Monotonic: since when grants wait, and no revocation was answered."""
        self.vain = False
        """It came back, and has answered none since."""

    def due_by(self, now: int) -> int:
        """Until when those were due that count."""
        self._until = min(self._until, now + us(PATIENCE_SECONDS))  # the clock was set back
        return self._until

    def grows(self, now: int) -> None:
        """One waits that could not begin: all that are due by now count."""
        self._until = now

    def holds(self, monotonic: float) -> bool:
        """Grants wait, unless it answers no revocation at all; whether they do."""
        self._held_at = monotonic if self._held_at is None else self._held_at
        return monotonic - self._held_at < PATIENCE_SECONDS

    def is_done(self) -> None:
        """Each had its turn."""
        self._held_at = None

    def returned(self, now: int) -> None:
        """The sink answers again: what is due by now counts, unless it came back before and answered none of it."""
        self._held_at = None
        if not self.vain:
            self._until = now
        self.vain = True

    def answered(self) -> None:
        """The sink has answered a revocation."""
        self._held_at, self.vain = None, False

    def recovered(self, until: int) -> None:
        """What another process left counts."""
        self._until = until


class Precedence:
    """Which grants wait for revocations; asked and told within commits alone, so by one thread at a time.

    A revocation has the sink for one turn, however that ends: refused or lost, it waits for its next one beside grants.
    """

    def __init__(self, sinks: Iterable[str], clock: Clock) -> None:
        self._backlogs = {sink: _Backlog() for sink in sinks}
        self._clock = clock

    def holds(self, sink: str, now: int, tx: Tx, *, awaited: float = 0.0) -> bool:
        """Whether grants wait at a sink: revocations due for ``awaited`` seconds could not begin, or have not ended."""
        backlog = self._backlogs[sink]
        place = {"at_sink": sink, "in_lane": REVOKE_LANE}
        if tx.session.one(queue.not_begun, {**place, "until": now - us(awaited)}):
            backlog.grows(now)
        if tx.session.one(queue.due_by, {**place, "until": backlog.due_by(now)}):
            return backlog.holds(self._clock.monotonic())
        backlog.is_done()
        return False

    def holds_probe(self, sink: str, longest: float, now: int, tx: Tx) -> bool:
        """Whether a grant that found its sink back leaves the first change to revocations, which wait up to so long."""
        until = {"at_sink": sink, "in_lane": REVOKE_LANE, "until": now + us(longest)}
        return not self._backlogs[sink].vain and tx.session.one(queue.due_by, until) is not None

    def returned(self, sink: str, now: int) -> None:
        """A sink answers again, revocations first."""
        self._backlogs[sink].returned(now)

    def answered(self, sink: str) -> None:
        """A sink has answered a revocation, by doing or by refusing it."""
        self._backlogs[sink].answered()

    def recovered(self, until: int) -> None:
        """A process begins: what the last one left is due by then at every sink."""
        for backlog in self._backlogs.values():
            backlog.recovered(until)
