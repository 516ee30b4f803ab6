"""Makes the outside what it must be: claims what waits, hands it to workers, keeps what they found.

Before anything leaves, the attempt is on record. A revocation is never given up.
"""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from threading import Lock

from hub.access.attempt import Attempt, AttemptResult, carry_out
from hub.access.claims import BACKOFF, Claims
from hub.access.commands import Commands
from hub.access.conclusion import Conclusions
from hub.access.desired import REVOKE_LANE, read
from hub.access.gate import Gates, concerns_all
from hub.access.ids import Subject
from hub.access.known_open import KnownOpen
from hub.access.leases import Leases, store_us
from hub.access.lines import Lines
from hub.access.one_change import Exclusion, OneChange
from hub.access.precedence import AWAITED_SECONDS, Precedence
from hub.access.sinks import Sink
from hub.audit.enclosures import Enclosures
from hub.backoff import UNTIL_KEPT
from hub.clock import Clock
from hub.identity.directory import Directory
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables.access import DesiredRow
from hub.store.writer import Writer
from hub.workers import Activator, Hands, WorkerPool
from schemas.errors import LicetError, UnavailableError

CLAIM = 16
"""How much one commit claims: whoever waits for that commit waits for all of it."""
LAST_SECONDS = 1.0
IDLE_SECONDS = 1.0
SHORTEST_SECONDS = 0.005
"""A row that is due and cannot be claimed, as a worker is still at it, is not asked for in a circle."""

log = logging.getLogger(__name__)


class Delivery:
    """Works off the outbox of the doors with a few threads per hub; one lease per person and sink."""

    def __init__(
        self,
        *,
        writer: Writer,
        database: Database,
        directory: Directory,
        sinks: Mapping[str, Sink],
        enclosures: Enclosures,
        clock: Clock,
        commands: Commands,
        known: KnownOpen,
        activator: Activator,
        owner: str,
        closing: Callable[[], bool] = lambda: False,
        hire: Callable[[int, str, Activator], Hands] = WorkerPool,
        exclusion: Exclusion = Lock,
    ) -> None:
        """Make one; ``hire`` gives as many hands, ``exclusion`` what one of them has for itself.

        While it is ``closing``, more of a crowd being closed than was decided so far, crowds leave it the processor.
        """
        self._writer = writer
        self._database = database
        self._sinks = sinks
        self._clock = clock
        self._known = known
        self._one_change, self._lines = OneChange(exclusion), Lines()
        self._leases = Leases(owner, clock)
        self._conclusions = Conclusions(owner, enclosures, commands, known)
        self.gates = Gates(sinks, clock)
        self._precedence = Precedence(sinks, clock)
        self._claims = Claims(
            directory, sinks, self._leases, self.gates, self._lines, self._precedence, clock, known, closing
        )
        self._activator = activator
        self._pool = hire(self.gates.hands, "delivery", activator)
        self._halted = False
        self._claimed_at = -math.inf

    def recover(self) -> None:
        """Take up what was under way when the last process ended: it is unknown now, and is looked at first.

        From now on a commit that leaves something to be delivered claims it, too.
        """
        self._writer.call(self._claims.recover)
        self._writer.follow(self._activator, self._claim)

    def halt(self) -> None:
        """Claim nothing any more."""
        self._halted = True

    def stop(self, seconds: float) -> bool:
        """Finish what is under way; whether it was finished by then."""
        self._writer.follow(self._activator, None)
        with suppress(UnavailableError):
            self._writer.call(_nothing, min(seconds, LAST_SECONDS))  # what is claimed by now has begun
        return self._pool.stop(seconds)

    def turn(self) -> float:
        """Claim what was left by commits, or has come to its time; the seconds until there may be more."""
        self._leases.beat(lambda keys: self._writer.call(lambda tx: self._claims.renew(keys, tx)))
        if self._halted or not self._sinks:
            return IDLE_SECONDS
        now, pause = self._clock.monotonic(), self._pause()
        if pause > 0 and now - self._claimed_at < IDLE_SECONDS:
            return pause
        self._claimed_at = now
        return 0.0 if self._writer.call(self._claim) else max(pause, SHORTEST_SECONDS)

    def _pause(self) -> float:
        with self._database.reading() as session:
            pause = self._claims.pause(session)
        return IDLE_SECONDS if pause is None else pause

    def _claim(self, tx: Tx) -> bool:
        """Claim what the gates let through, to be begun once that is durable; whether there was anything."""
        if self._halted:
            return False
        attempts = self._claims.claim(CLAIM, tx)
        if attempts:
            tx.once_durable(partial(self._begin, attempts))
        return bool(attempts)

    def _begin(self, attempts: Sequence[Attempt]) -> None:
        """Hand them out. Right after their commit, so that the next one knows who is at what."""
        for attempt in attempts:
            self._leases.hold((attempt.person, attempt.sink))
            self.gates.begin(attempt.sink)
            self._lines.join(attempt.places)
            self._pool.take(partial(self._deliver, attempt))

    def _deliver(self, attempt: Attempt) -> None:
        try:
            result = self._carry_out(attempt)
            latency_ms = round((self._clock.monotonic() - attempt.claimed_at) * 1000)
            UNTIL_KEPT(self._writer.call, lambda tx: self._conclude(attempt, result, latency_ms, tx))
        except UnavailableError:
            log.warning("the store is busy; this delivery is tried again when its lease ends")
        except Exception:  # nobody waits for this thread: a bug must be loud here, and its lease ends by itself
            log.exception("a delivery failed by a bug; it is tried again when its lease ends")
        finally:
            self._leases.release((attempt.person, attempt.sink))

    def _conclude(self, attempt: Attempt, result: AttemptResult, latency_ms: int, tx: Tx) -> None:
        self._conclusions.conclude(attempt, result, latency_ms, tx)
        if attempt.lane == REVOKE_LANE and (result.error is None or not concerns_all(result.error)):
            self._precedence.answered(attempt.sink)
        tx.wake_delivery()  # a hand is free: what waits is claimed in this commit

    def _still_wanted(self, attempt: Attempt, row: DesiredRow, subject: Subject) -> bool:
        """Whether a grant is still what must be true and goes before no revocation that waits.

        Its id is then on the disk before it opens.
        """
        place = row.sink, row.target, row.wanted, row.epoch

        def unit(tx: Tx) -> bool:
            newest = {(each.sink, each.target, each.wanted, each.epoch) for each in read(attempt.person, tx)}
            wanted = place in newest and not self._waits(attempt, tx)
            if wanted:
                self._known.opens(attempt.person, row, subject, tx)
            return wanted

        return self._writer.call(unit)

    def _waits(self, attempt: Attempt, tx: Tx) -> bool:
        """Whether revocations of its sink go before a grant; whoever is closed as well has the turn of a revocation."""
        if attempt.lane == REVOKE_LANE:
            return False
        now = store_us(tx.session)
        if self.gates.is_shut(attempt.sink) and self._precedence.holds_probe(
            attempt.sink, BACKOFF[REVOKE_LANE].most, now, tx
        ):
            return True
        return self._precedence.holds(attempt.sink, now, tx, awaited=AWAITED_SECONDS)

    def _carry_out(self, attempt: Attempt) -> AttemptResult:
        """What an attempt found; where that opens the gate of its sink, all who wait there go on."""
        error: LicetError | None = None
        try:
            with self._one_change.at(attempt.places):
                result = carry_out(attempt, self._sinks[attempt.sink], self._still_wanted)
            error = result.error
        finally:
            self._lines.leave(attempt.places)
            opened = self.gates.end(attempt.sink, error)
        if opened:
            self._wake(attempt.sink)
        elif error is not None and concerns_all(error) and self.gates.came_back(attempt.sink, attempt.claimed_at):
            result.outlive()
        return result

    def _wake(self, sink: str) -> None:
        try:
            UNTIL_KEPT(self._writer.call, lambda tx: self._claims.answered(sink, tx))
        finally:
            self.gates.woken(sink)


def _nothing(_tx: Tx) -> None:
    """Done once every commit before is."""
