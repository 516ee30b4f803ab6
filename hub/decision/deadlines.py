"""What happens because time passes: persons whose date has come are looked at; before them, what issuers withdrew of
those for whom a commit had no time is closed."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import zip_longest

from hub.access.leases import store_us
from hub.clock import Clock, from_us, to_us
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.group import RIPE_REVIEWS
from hub.store.left_over import CROWD, LeftOver, Waiting, crowd_of
from hub.store.tables import review, waiting
from hub.store.writer import Writer

Closer = Callable[[Sequence[Waiting], Tx], None]
"""Closes inside a commit what issuers withdrew of some people; never raises."""
IDLE_SECONDS, SHORTEST_SECONDS = 0.5, 0.005
CLOSE_SECONDS = 0.01
"""How long a commit closes what was withdrawn: others wait for it. Where a push does, it closes no more than some."""
CROWDS_TURN, LONGEST_PAUSE_SECONDS = 5, 0.5
"""While doors are being closed a crowd is judged for one fifth of the time, as no door waits for that; and after so
many seconds it goes on, however long a judgement took."""
CLOSED_TOGETHER = 16
"""Of so many people at once, at least; each statement of one that closes serves all."""


class Deadlines:
    """Works off ``due`` by the calendar. After a stop everyone overdue is looked at once, with the instant of now."""

    def __init__(
        self,
        writer: Writer,
        database: Database,
        clock: Clock,
        left_over: LeftOver | None = None,
        close: Closer | None = None,
    ) -> None:
        """Make one; ``close`` closes what issuers withdrew of those who are ``left_over``, without a rule."""
        self._left_over = left_over if left_over is not None else LeftOver()
        self._close = close
        self._many = RIPE_REVIEWS
        self._crowds_turn = False
        self._crowds_at = -math.inf
        self._writer = writer
        self._database = database
        self._clock = clock

    def turn(self) -> float:
        """Look at some of those whose date has come; the seconds until the next ones."""
        if self._close_left_over():
            return 0.0
        at, ripe = self.next_at(), 0
        if at is not None and at <= to_us(self._clock.now()):
            ripe = self._ripen(self._is_closing())
            at = self.next_at()
        if at is None:
            return IDLE_SECONDS
        date = (from_us(at) - self._clock.now()).total_seconds()
        pause = 0.0 if ripe else self._crowds_at - self._clock.monotonic()  # only a crowd is left, which waits
        return max(date, pause, SHORTEST_SECONDS)

    def next_at(self) -> int | None:
        """The earliest instant in ``due``, stored microseconds."""
        with self._database.reading() as session:
            row = session.one(review.next_due, {})
        return None if row is None else row.at

    def work_off(self) -> int:
        """Look at everyone whose date has come; how many looks that took."""
        looks = 0
        while (ripe := self._ripen(self._is_closing(), paced=False)) > 0:
            looks += ripe
            self._close_left_over()
        return looks

    def _ripen(self, closing: bool, *, paced: bool = True) -> int:
        """Have some looked at whose date has come, as many as one commit has time for; how many."""
        began = self._clock.monotonic()
        crowds = not (closing and paced) or began >= self._crowds_at
        many, self._crowds_turn = 1 if closing else self._many, not self._crowds_turn
        turn = partial(_ripen, many, self._crowds_turn, crowds)
        ripe, of_crowds = self._writer.call(turn, patient=True)
        if of_crowds:
            ended = self._clock.monotonic()
            self._crowds_at = ended + min((CROWDS_TURN - 1) * (ended - began), LONGEST_PAUSE_SECONDS)
        self._many = max(self._many // 2, 1) if self._left_over else min(self._many * 2, RIPE_REVIEWS)
        return ripe

    def _is_closing(self) -> bool:
        """Whether doors are being closed: each needs commits of its own, which are kept short."""
        with self._database.reading() as session:
            return bool(session.all(waiting.revocations_wait, {"now": store_us(session)}))

    def _close_left_over(self) -> bool:
        """Close what was withdrawn of some of those who wait; whether anybody did."""
        waited = bool(self._left_over)
        while self._left_over:
            self._writer.call(self._close_some, patient=True)
        return waited

    def _close_some(self, tx: Tx) -> None:
        ends, in_time = self._clock.monotonic() + CLOSE_SECONDS, True
        while in_time and self._left_over:
            crowd, others = self._left_over.take(CLOSED_TOGETHER)
            if self._close is not None:
                self._close(others, tx)
                self._close(crowd, tx.in_crowd())
            in_time = self._clock.monotonic() < ends and not self._writer.asked


def _ripen(limit: int, crowd_first: bool, with_crowds: bool, tx: Tx) -> tuple[int, int]:
    """Mark some whose date has come, of crowds and of the others in turn; how many, and how many of crowds."""
    asked = {"now": tx.now_us, "limit": max(limit, CROWD + 1)}
    others = tx.session.all(review.due_now, {**asked, "crowd": 0})
    crowds = tx.session.all(review.due_now, {**asked, "crowd": 1}) if with_crowds else []
    many = crowd_of({row.person: [row.because] for row in others}) | {row.person for row in crowds}
    in_turn = zip_longest(crowds, others) if crowd_first else zip_longest(others, crowds)
    rows = [row for pair in in_turn for row in pair if row is not None][:limit]
    for row in rows:
        tx.due(row.person, at=tx.now, because=row.because, crowd=row.person in many)
    return len(rows), sum(row.crowd for row in rows)
