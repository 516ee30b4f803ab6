"""Takes what waits for the doors, revocations first: a lease per person and sink, and an entry before each attempt."""

import logging
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import orjson

from hub.access.attempt import Attempt
from hub.access.desired import GRANT_LANE, REVOKE_LANE, advance, read, set_state
from hub.access.gate import Gates
from hub.access.halts import halted
from hub.access.handed import Handed
from hub.access.ids import Known
from hub.access.known_open import KnownOpen, next_look
from hub.access.leases import DECIDERS, LEASE_SECONDS, LONGEST_WAIT_SECONDS, Key, Leases, store_us, us
from hub.access.lines import Lines, Turns
from hub.access.modes import Modes
from hub.access.precedence import Precedence
from hub.access.sinks import Sink
from hub.access.unmade import unconfigured
from hub.backoff import Backoff
from hub.clock import Clock
from hub.identity.directory import Directory
from hub.store.commit import Tx
from hub.store.statement import Connection
from hub.store.tables import access as sql
from hub.store.tables import waiting as queue
from hub.store.tables.access import DesiredRow
from hub.store.tables.waiting import ClaimableRow
from schemas.errors import LicetError

SETTLE_SECONDS = 1.0
"""When an owner is gone its request may still be under way at the other side; it is given this long before a look."""

UNKNOWN_SECONDS = 3600.0
"""How often it is said that something waits for a sink that is configured no more."""
STRANGERS_SECONDS, STRANGERS = 60.0, 64
"""How often that is looked for, and how many at once."""
IN_LINE: Mapping[int, int] = {REVOKE_LANE: 3, GRANT_LANE: 2}
"""How many may be at one target: who changes it, and who goes on right after; other hands are of more use elsewhere.
Grants leave a place to a revocation."""
BACKOFF = {REVOKE_LANE: Backoff(0.2, 30), GRANT_LANE: Backoff(0.2, 300)}

log = logging.getLogger(__name__)


class Claims:
    """Makes attempts of what waits."""

    def __init__(
        self,
        directory: Directory,
        sinks: Mapping[str, Sink],
        leases: Leases,
        gates: Gates,
        lines: Lines,
        precedence: Precedence,
        clock: Clock,
        known: KnownOpen,
        closing: Callable[[], bool] = lambda: False,
    ) -> None:
        """Make them; ``closing`` says whether more of a crowd are to be closed than was decided so far."""
        self._directory = directory
        self._known, self._handed = known, Handed(known)
        self._sinks = sinks
        self._leases = leases
        self._gates = gates
        self._lines = lines
        self._precedence = precedence
        self._held_back: set[tuple[str, int]] = set()
        self._turns = Turns(clock, closing)
        self._clock = clock
        self._strangers_at = -math.inf

    def recover(self, tx: Tx) -> None:
        """Free what was left by owners that are gone: what was under way is unknown, and is looked at first.

        What waited is tried at once: nobody knows whether the store's clock was set back while no process ran.
        """
        tx.session.run(sql.wake_all, {})
        now, owner = store_us(tx.session), self._leases.owner
        self._precedence.recovered(now + us(SETTLE_SECONDS))
        for lease in tx.session.all(sql.lost_leases, {"owner": owner, "now": now, "seat": DECIDERS}):
            place = {"of": lease.person, "at_sink": lease.sink}
            _doubt(lease.person, lease.sink, tx)
            tx.session.run(sql.settle, {**place, "at": now + us(SETTLE_SECONDS)})

    def claim(self, limit: int, tx: Tx) -> list[Attempt]:
        """Up to so many attempts, each under its lease; a person with whom one cannot begin holds up no other."""
        now = store_us(tx.session)
        for waiting in self._strangers(now, tx):
            self._try(waiting, Counter(), 1, now, tx)
        attempts: list[Attempt] = []
        for lane in BACKOFF:
            for sink in self._sinks:
                attempts += self._claim_at(sink, lane, limit, attempts, now, tx)
        return attempts

    def pause(self, store: Connection) -> float | None:
        """Seconds until something can be claimed; nothing while only an end of what is under way changes that."""
        waits = [self._pause_at(sink, lane, store) for lane in BACKOFF for sink in self._sinks]
        return min((wait for wait in waits if wait is not None), default=None)

    def answered(self, sink: str, tx: Tx) -> None:
        """A sink whose gate was shut takes something again: whatever waits for it is due now, what closes first."""
        now = store_us(tx.session)
        tx.session.run(sql.due_at_sink, {"at_sink": sink, "now": now})
        self._precedence.returned(sink, now)
        tx.wake_delivery()

    def _claim_at(self, sink: str, lane: int, limit: int, taken: Sequence[Attempt], now: int, tx: Tx) -> list[Attempt]:
        """What one sink is asked to do now: no more than its gate lets through, whatever waits for it.

        Targets that nobody is at come first; at others some may wait in line.
        """
        if lane == GRANT_LANE and self._precedence.holds(sink, now, tx):
            self._held_back.add((sink, lane))
            return []
        here = [each for each in taken if each.sink == sink]
        room = min(self._gates.room(sink, lane, len(here)), limit - len(taken))
        line = self._lines.at(sink) + Counter(target for each in here for _sink, target in each.places)
        attempts: list[Attempt] = []
        for most in (1, IN_LINE[lane]):
            if most > 1 and not line:
                break  # nobody is at any: what there was has been asked for
            claim = partial(self._claim_in_line, sink, lane, line, most, now, tx)
            attempts += self._turns.take((sink, lane), room - len(attempts), claim)
        full = room > len(attempts) and (any(n >= IN_LINE[lane] for n in line.values()) or self._turns.yields())
        (self._held_back.add if full else self._held_back.discard)((sink, lane))
        return attempts

    def _claim_in_line(
        self, sink: str, lane: int, line: Counter[str], most: int, now: int, tx: Tx, crowd: int, room: int
    ) -> list[Attempt]:
        """What can be done where fewer than ``most`` are in line; whoever is claimed stands in it from then on."""
        ripe = {"now": now, "horizon": now + us(LONGEST_WAIT_SECONDS), "at_sink": sink, "in_lane": lane, "crowd": crowd}
        attempts: list[Attempt] = []
        moving = True
        while moving and len(attempts) < room:
            taken = orjson.dumps([target for target, n in line.items() if n >= most]).decode()
            rows = tx.session.all(queue.claimable, {**ripe, "taken": taken, "limit": room - len(attempts)})
            found = [each for row in rows if (each := self._try(row, line, most, now, tx)) is not None]
            attempts += found
            moving = bool(found)
        return attempts

    def _try(self, waiting: ClaimableRow, line: Counter[str], most: int, now: int, tx: Tx) -> Attempt | None:
        if self._leases.holds((waiting.person, waiting.sink)):
            return None
        attempt = None
        with tx.savepoint("attempt") as tried:
            attempt = self._attempt(waiting, line, most, now, tx)
        if tried.error is not None:
            self._put_off(waiting, now, tried.error, tx)
        elif attempt is not None:
            line.update(target for _sink, target in attempt.places)
        return attempt

    def _strangers(self, now: int, tx: Tx) -> Sequence[ClaimableRow]:
        """What waits for sinks that are configured no more, looked for now and then."""
        if self._clock.monotonic() - self._strangers_at < STRANGERS_SECONDS:
            return ()
        self._strangers_at = self._clock.monotonic()
        known = orjson.dumps(sorted(self._sinks)).decode()
        return tx.session.all(queue.claimable_elsewhere, {"now": now, "known": known, "limit": STRANGERS})

    def _pause_at(self, sink: str, lane: int, store: Connection) -> float | None:
        shut = self._gates.wait(sink, lane)
        if shut is None or (not shut and not self._gates.room(sink, lane)):
            return None
        # Who ends wakes those who wait in line.
        waits = queue.next_later if (sink, lane) in self._held_back else queue.next_delivery
        row = store.one(waits, {"at_sink": sink, "in_lane": lane})
        return None if row is None or row.wait is None else max(row.wait / 1_000_000, shut)

    def renew(self, keys: Sequence[Key], tx: Tx) -> None:
        """Say of leases that somebody is still at them."""
        now, owner = store_us(tx.session), self._leases.owner
        until = now + us(LEASE_SECONDS)
        rows = [{"of": key[0], "at_sink": key[1], "owner": owner, "now": now, "until": until} for key in keys]
        tx.session.many(sql.beat, rows)

    def _put_off(self, waiting: ClaimableRow, now: int, error: Exception, tx: Tx) -> None:
        """What cannot begin waits; a sink that is configured no more is no reason to forget what must close there."""
        gone = isinstance(error, LicetError) and error.code == "sink.unknown"
        if not gone:
            log.error("a delivery cannot begin", exc_info=error)
        tx.log(
            "failed",
            connector=waiting.sink,
            person=waiting.person,
            epoch=waiting.epoch,
            code="sink.unknown" if gone else None,
            error=None if gone else type(error).__name__,
            attempt=waiting.tries + 1,
        )
        wait = UNKNOWN_SECONDS if gone else BACKOFF[waiting.lane].seconds(waiting.tries + 1)
        _wait(waiting, now + us(wait), waiting.tries + 1, tx)

    def _attempt(self, waiting: ClaimableRow, line: Mapping[str, int], most: int, now: int, tx: Tx) -> Attempt | None:
        """The attempt, leased and on record; nothing where there is nothing to do now, or enough are in line for it.

        Raises:
            RejectedError: ``sink.unknown``: no instance has this name.
        """
        sink = self._sinks.get(waiting.sink)
        if sink is None:
            raise unconfigured(waiting.sink)
        known = self._known.of(waiting.person, sink.name, tx.session)
        rows = self._open_rows(waiting.person, sink, known, tx)
        if not rows:
            place = {"person": waiting.person, "sink": waiting.sink, "epoch": waiting.epoch}
            tx.session.run(sql.delivered, place)
            return None
        missing = [_missing(row, sink, known, now) for row in rows]
        ripe = [row for row, seconds in zip(rows, missing, strict=True) if not seconds]
        if not ripe:
            _wait(waiting, now + us(min(missing)), waiting.tries, tx)
            return None
        if any(line.get(row.target, 0) >= most for row in ripe):
            return None
        return self._leased(waiting, sink, ripe, known, now, tx)

    def _leased(
        self, waiting: ClaimableRow, sink: Sink, rows: list[DesiredRow], known: tuple[Known, ...], now: int, tx: Tx
    ) -> Attempt:
        (person, name, lane, epoch, tries), targets = waiting, tuple(_fenced(waiting.person, row, tx) for row in rows)
        identifiers = self._directory.identifiers(person, sink.source, tx.now_us, tx.session)
        known, elsewhere = self._handed.of(person, targets, identifiers, known, tx)
        lease = {"owner": self._leases.owner, "now": now, "until": now + us(LEASE_SECONDS)}
        tx.session.run(sql.lease, {"of": person, "at_sink": name, **lease})
        attempt = Attempt(
            person,
            name,
            lane,
            epoch,
            tries,
            identifiers,
            targets,
            sink.proof,
            self._clock.monotonic(),
            known,
            halted(name, tx.session),
            elsewhere,
        )
        for row in targets:
            _enter(attempt, row, tx)
        return attempt

    def _open_rows(self, person: str, sink: Sink, known: tuple[Known, ...], tx: Tx) -> list[DesiredRow]:
        """What is to be carried out at a sink, and is not known to be, or is looked at once more."""
        rows = [row for row in read(person, tx) if row.sink == sink.name]
        rows = [row for row in rows if not sink.proof.is_final(row) or next_look(known, row.target) is not None]
        posts = {post for row in rows for post in row.positions.split(",")}
        modes = Modes.of_posts(posts, tx.session)
        return [row for row in rows if modes.acts(row, tx.now)]


def _missing(row: DesiredRow, sink: Sink, known: tuple[Known, ...], now: int) -> float:
    """Seconds until a look at a target is of use."""
    once_more = next_look(known, row.target) if row.state == "confirmed" else None
    if once_more is not None:
        return min(max(0.0, (once_more - now) / 1_000_000), sink.proof.once_more)
    return sink.proof.missing(row, now)


def _wait(waiting: ClaimableRow, at: int, tries: int, tx: Tx) -> None:
    place = {"of": waiting.person, "at_sink": waiting.sink, "of_epoch": waiting.epoch}
    tx.session.run(sql.retry, {**place, "at": at, "tries": tries})


def _doubt(person: str, sink: str, tx: Tx) -> None:
    """What was sent and not concluded may have happened."""
    for row in read(person, tx):
        if row.sink == sink and row.state == "sent":
            set_state(person, row, "unknown", None, tx)


def _enter(attempt: Attempt, row: DesiredRow, tx: Tx) -> None:
    """Before anything leaves, the attempt is on record, and its target is *sent*."""
    tx.log(
        "attempt",
        connector=attempt.sink,
        person=attempt.person,
        target=row.target,
        wanted=row.wanted,
        epoch=row.epoch,
        decision=row.decision or None,
        attempt=attempt.tries + 1,
    )
    set_state(attempt.person, row, "sent", None, tx)


def _fenced(person: str, row: DesiredRow, tx: Tx) -> DesiredRow:
    """A target that was written and seen otherwise afterwards: another attempt is another epoch."""
    otherwise = row.state == "drifted" or (row.state == "accepted" and row.observed != row.wanted)
    return advance(person, row, tx) if otherwise else row
