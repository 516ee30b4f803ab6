"""What happens because time passes: persons whose date has come are looked at; before them, what issuers withdrew of
those for whom a commit had no time is closed."""

from collections.abc import Callable, Sequence
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
IDLE_SECONDS = 0.5
CLOSE_SECONDS = 0.01
"""How long a commit closes what was withdrawn: others wait for it."""
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
        self._writer = writer
        self._database = database
        self._clock = clock

    def turn(self) -> float:
        """Look at some of those whose date has come; the seconds until the next ones."""
        if self._close_left_over():
            return 0.0
        at = self.next_at()
        if at is not None and at <= to_us(self._clock.now()):
            self._ripen()
            at = self.next_at()
        if at is None:
            return IDLE_SECONDS
        return max((from_us(at) - self._clock.now()).total_seconds(), 0.005)

    def next_at(self) -> int | None:
        """The earliest instant in ``due``, stored microseconds."""
        with self._database.reading() as session:
            row = session.one(review.next_due, {})
        return None if row is None else row.at

    def work_off(self) -> int:
        """Look at everyone whose date has come; how many looks that took."""
        looks = 0
        while (ripe := self._ripen()) > 0:
            looks += ripe
            self._close_left_over()
        return looks

    def _ripen(self) -> int:
        """Have some looked at whose date has come, as many as one commit has time for; how many."""
        many = 1 if self._is_closing() else self._many
        self._crowds_turn = not self._crowds_turn
        ripe = self._writer.call(lambda tx: _ripen(many, self._crowds_turn, tx), patient=True)
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
            in_time = self._clock.monotonic() < ends


def _ripen(limit: int, crowd_first: bool, tx: Tx) -> int:
    """Mark some whose date has come, of crowds and of the others in turn; how many."""
    asked = {"now": tx.now_us, "limit": max(limit, CROWD + 1)}
    others, crowds = (tx.session.all(review.due_now, {**asked, "crowd": crowd}) for crowd in (0, 1))
    many = crowd_of({row.person: [row.because] for row in others}) | {row.person for row in crowds}
    in_turn = zip_longest(crowds, others) if crowd_first else zip_longest(others, crowds)
    rows = [row for pair in in_turn for row in pair if row is not None][:limit]
    for row in rows:
        tx.due(row.person, at=tx.now, because=row.because, crowd=row.person in many)
    return len(rows)
