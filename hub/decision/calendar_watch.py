"""Watches whether the machine's clock is believed: an entry and an alarm where it leaps, and what lets it go on.

While it is not believed the calendar goes on without it, so that no date passes because of it; what an issuer says
closes at once all the same. A person, or the clocks of other systems, say that it is right.
"""

import logging
import math
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from hub.audit.peer_clocks import PeerClock, PeerClocks
from hub.backoff import UNTIL_KEPT
from hub.clock import from_us, stamp
from hub.guarded_clock import STEP, GuardedClock
from hub.identity.operators import Acting, Operators
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import access, identity, review
from hub.store.tables import clock as sql
from hub.store.tables import log as entries
from hub.store.writer import Writer
from schemas.errors import CallError, LicetError
from schemas.words import Words

LEAPT, DIFFERS = "clock.leapt", "clock.differs"
SETTLE_SECONDS = 2.0
"""How long others are given to contradict the first who says that the machine's clock is right."""
ASK_SECONDS = 30.0
_MICROSECOND = timedelta(microseconds=1)

log = logging.getLogger(__name__)


class CalendarWatch:
    """Looks every second how the machine's clock stands to the calendar."""

    def __init__(
        self,
        clock: GuardedClock,
        peers: PeerClocks,
        database: Database,
        writer: Writer,
        ask: Iterable[Callable[[], object]] = (),
        settle_seconds: float = SETTLE_SECONDS,
    ) -> None:
        """``ask`` are questions to other systems: their answers say what time it is there."""
        self._clock = clock
        self._peers = peers
        self._database = database
        self._writer = writer
        self._ask = tuple(ask)
        self._settle = settle_seconds
        self._known = self._held()
        self._holds = clock.state.holds if self._known else 0
        self._since = clock.monotonic()
        self._asked_at = -math.inf
        self._differing: set[str] = set()

    def turn(self, progress: Callable[[], None] = lambda: None) -> None:
        """Look once; ``progress`` hears before each question to another system, and may end the turn."""
        state = self._clock.state
        if state.holds > self._holds or self._leapt_again(state.ahead, held=state.held):
            self._holds, self._since = state.holds, self._clock.monotonic()
            self._asked_at = -math.inf
            self._writer.call(lambda tx: self._hold(state.ahead, tx))
            self._known = self._held()
        if not state.held:
            if self._known is not None:
                self._writer.call(self._back)
                self._known = None
            self._compare()
            return
        self._ask_others(progress)
        self._believe_if_said()

    def _held(self) -> sql.HeldRow | None:
        with self._database.reading() as session:
            return session.one(sql.held, {})

    def _leapt_again(self, ahead: timedelta, *, held: bool) -> bool:
        known = self._known
        return held and (known is None or abs(ahead - known.ahead_us * _MICROSECOND) > STEP)

    def _hold(self, ahead: timedelta, tx: Tx) -> None:
        tx.session.run(sql.hold, {"at": tx.now_us, "ahead": ahead // _MICROSECOND})
        self._enter("held", tx)
        tx.log("alarm", code=LEAPT)
        wake_deliveries(tx)

    def _back(self, tx: Tx) -> None:
        """The machine agrees again: who was decided of meanwhile is looked at once more."""
        row = tx.session.one(sql.held, {})
        tx.session.run(sql.let_go, {})
        self._enter("back", tx)
        wake_deliveries(tx)
        since = tx.now_us if row is None else row.held_since
        for each in tx.session.all(review.decided_since, {"since": since}):
            tx.postpone(each.person, tx.now_us, "date", crowd=True)

    def _believe_if_said(self) -> None:
        row = self._held()
        if row is not None and row.believed:
            self._believe("")
        elif (voucher := self._voucher()) is not None:
            self._believe(voucher)

    def _believe(self, voucher: str) -> None:
        moved = self._clock.believe()
        UNTIL_KEPT(self._writer.call, lambda tx: self._go_on(moved, voucher, tx))
        self._known = None

    def _go_on(self, moved: timedelta, voucher: str, tx: Tx) -> None:
        tx.session.run(sql.let_go, {})
        self._enter("believed", tx, connector=voucher or None)
        if moved < timedelta(0):
            look_at_all("date", tx)  # what was decided lies ahead of us now
        tx.wake_deadlines()

    def _enter(self, outcome: str, tx: Tx, **members: Any) -> None:
        tx.log("clock", outcome=outcome, machine=stamp(self._clock.machine_now()), **members)

    # --- other systems ---------------------------------------------------------------------------------------

    def _ask_others(self, progress: Callable[[], None]) -> None:
        now = self._clock.monotonic()
        if now - self._asked_at < ASK_SECONDS:
            return
        self._asked_at = now
        for question in self._ask:
            progress()
            try:
                question()
            except LicetError:
                continue  # who does not answer says nothing of the time
            except Exception:  # one question that fails by a bug keeps no other from being asked
                log.exception("a system could not be asked what time it is")

    def _voucher(self) -> str | None:
        """Who says that the machine's clock is right, if nobody says otherwise."""
        said = self._peers.since(self._since)
        first = min((each.heard_at for each in said.values()), default=None)
        if first is None or self._clock.monotonic() - first < self._settle:
            return None
        return min(said) if all(map(_agrees, said.values())) else None

    def _compare(self) -> None:
        """While it is believed: who says otherwise is an alarm, once."""
        said = self._peers.since(self._clock.monotonic() - ASK_SECONDS)
        agreeing = {name for name, each in said.items() if _agrees(each)}
        new = set(said) - agreeing - self._differing
        self._differing = (self._differing | new) - agreeing
        if new:
            self._writer.call(lambda tx: [tx.log("alarm", connector=name, code=DIFFERS) for name in sorted(new)])


class ClockWord:
    """What operators see of the machine's clock, and their word that it is right."""

    def __init__(self, database: Database, writer: Writer, operators: Operators) -> None:
        self._database = database
        self._writer = writer
        self._operators = operators

    def held(self) -> sql.HeldRow | None:
        """How it stands; nothing where it is believed."""
        with self._database.reading() as session:
            return session.one(sql.held, {})

    def believe(self, by: str) -> None:
        """Say that the machine's clock is right; the hub goes by it within seconds.

        Raises:
            CallError: It is believed already, or nobody is named.
        """
        if not by.strip():
            raise CallError(
                Words(
                    "saying that the clock is right needs who says so: --by NAME", "确认时钟正确须注明操作人：--by 姓名"
                )
            )
        acting = self._operators.one(by)
        self._writer.call(lambda tx: _say_believed(acting, tx))


def _say_believed(acting: Acting, tx: Tx) -> None:
    row = tx.session.one(sql.held, {})
    if row is None:
        raise CallError(
            Words(
                "the machine's clock is believed; `licet clock` shows how it stands",
                "本机时钟可信，无须确认；用 `licet clock` 查看",
            )
        )
    tx.session.run(sql.believe, {})
    machine = tx.now + row.ahead_us * _MICROSECOND
    tx.log("clock", outcome="believed", machine=stamp(machine), actor=acting.member(tx))


def wake_deliveries(tx: Tx) -> None:
    """The clock of the store is the machine's, or may have been moved with it: what waits by it is tried at once."""
    tx.session.run(access.wake_all, {})
    tx.wake_delivery()


def look_at_all(because: str, tx: Tx) -> None:
    """Have everybody looked at again."""
    people = tx.session.all(identity.all_people, {})
    if people:
        rows = [{"person": row.person, "at": tx.now_us, "because": because, "tries": 0, "crowd": 1} for row in people]
        tx.session.many(review.postpone, rows)
        tx.wake_deadlines()


def last_instant(database: Database) -> tuple[datetime, bool] | None:
    """The instant of the last entry, and whether the machine's clock was not believed then; nothing in a new hub."""
    with database.reading() as session:
        last, row = session.one(entries.last_entry, {}), session.one(sql.held, {})
    return None if last is None else (from_us(last.at), row is not None and not row.believed)


def _agrees(peer: PeerClock) -> bool:
    return abs(peer.ahead) <= STEP
