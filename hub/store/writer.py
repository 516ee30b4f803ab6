"""The one writer: units of work from all threads share one commit, each in its own savepoint (group commit).

What is ripe when a batch closes is reviewed in the same commit. Entries are numbered and hashed at its end,
under the lock of the head row, so that the log is whole whoever else writes (a command beside the server).
A store that goes away is opened again with the next batch, or within a second; whoever asks meanwhile hears so.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from threading import Thread
from typing import Any, TypeVar

from hub.clock import Clock, Ids
from hub.store.batch import WAIT_SECONDS, Queue, Queued, Settled, WaitList, late, refuse, settle
from hub.store.commit import Activators, Buffers, Tx
from hub.store.database import Database
from hub.store.group import BatchHandler, Cache, Follower, GroupCommit, Reviewer
from hub.store.left_over import LeftOver
from hub.store.seat import Seat
from hub.store.statement import Connection
from hub.store.tables.log import prove_commit
from hub.store.trouble import StoreError, store_error
from hub.workers import Activator
from schemas.errors import UnavailableError

T = TypeVar("T")

IDLE_SECONDS = 1.0
"""How often a writer without work looks whether its store and its seat are still there."""
AGAIN_SECONDS = 0.25
"""How soon it looks again while nothing can be written: who stands by takes a seat that is left for longer."""
PROVEN_SECONDS = 1.0
"""A commit this young proves that the store can be written."""

log = logging.getLogger(__name__)


class Writer:
    """The only one who writes. ``review`` works off what is ripe, ``batch`` the jobs of ``submit_push``.

    With a ``seat`` it writes only while it holds that. A unit ``waits`` so many seconds for its commit to begin.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: Ids,
        *,
        review: Reviewer | None = None,
        batch: BatchHandler | None = None,
        caches: Sequence[Cache] = (),
        activators: Activators | None = None,
        left_over: LeftOver | None = None,
        seat: Seat | None = None,
        waits: float = WAIT_SECONDS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._group = GroupCommit(clock, ids, review, batch, caches, activators or Activators(), left_over)
        self._seat, self._waits_for = seat, waits
        self._queue = Queue(clock)
        self._waits: dict[asyncio.AbstractEventLoop, WaitList] = {}
        self._opened: Connection | None = None
        self._proven_at = 0.0
        self._given_up = False
        self._thread = Thread(target=self._run, name="writer", daemon=True)
        self.name = "writer"
        self.turns = 0
        self.working = False
        self.trouble: StoreError | None = None
        """Why nothing can be written now, if that is so."""

    def start(self) -> None:
        """Open the store, take the seat, and begin to take units.

        Raises:
            StoreError: The store cannot be opened, or another process holds the seat.
        """
        ends = time.monotonic() + (self._seat.patience if self._seat is not None else 0.0)
        while True:
            try:
                self._open()
                break
            except StoreError as error:
                if error.code != "store.seat" or time.monotonic() >= ends:
                    raise
                time.sleep(0.25)
        self._thread.start()

    @property
    def asked(self) -> bool:
        """Whether a push waits for the next commit: what is under way may end sooner than it must."""
        return self._queue.asked

    @property
    def alive(self) -> bool:
        """Whether units are taken."""
        return self._thread.is_alive()

    def stop(self, seconds: float = WAIT_SECONDS) -> None:
        """Finish what waits, then end; whether it has ended in time or not, nothing is written afterwards."""
        self._queue.end()
        if self._thread.ident is not None:
            self._thread.join(seconds)
        self._given_up = True
        refuse(self._queue.close())
        if not self._thread.is_alive():
            self._close()

    def submit(self, unit: Callable[[Tx], T], *, patient: bool = False) -> "Future[T]":
        """Queue a unit from a thread; done once it is durable. A ``patient`` one lets a commit with pushes go first.

        Raises:
            UnavailableError: Too much is waiting, or (from the future) the store failed.
        """
        future: Future[T] = Future()
        self._queue.put(Queued(unit, None, future, None, patient=patient))
        return future

    def call(self, unit: Callable[[Tx], T], seconds: float | None = None, *, patient: bool = False) -> T:
        """``submit`` and wait: not long until its commit begins, and then for as long as that takes.

        So nothing is kept of what fails, and whoever comes again does it once. Who wants no more than so many
        ``seconds`` in all says so, and hears nothing of one that had begun and is durable later.

        Raises:
            UnavailableError: It is not durable.
        """
        future = self.submit(unit, patient=patient)
        waits = self._waits_for if seconds is None else seconds
        done = wait([future], waits).done or not (future.cancel() or seconds is not None)
        while done and not future.done() and not self._given_up:
            wait([future], IDLE_SECONDS)
        if not future.done() or future.cancelled():
            raise late(waits)
        return future.result()

    def submit_async(self, unit: Callable[[Tx], T]) -> "asyncio.Future[T]":
        """``submit`` for an event loop; the loop is woken once per commit, not once per unit."""
        return self._wait_for(unit, None)

    def submit_push(self, job: Any) -> "asyncio.Future[Any]":
        """Queue a job for the batch handler: the jobs of a commit are done as one."""
        return self._wait_for(None, job)

    def _wait_for(self, unit: Callable[[Tx], Any] | None, job: Any) -> "asyncio.Future[Any]":
        loop = asyncio.get_running_loop()
        waits = self._waits.get(loop) or self._waits.setdefault(loop, WaitList(loop))
        future = waits.future()
        try:
            self._queue.put(Queued(unit, job, future, loop))
        except UnavailableError:
            future.cancel()  # nobody will wait for it
            raise
        return future

    def follow(self, activator: Activator, follower: Follower | None) -> None:
        """From the next commit on, have ``follower`` take within each what it leaves for the loop of an activator."""
        self._group.follow(activator, follower)

    def prove(self, seconds: float = WAIT_SECONDS) -> None:
        """Return if something was written just now, or can be.

        Raises:
            UnavailableError: Nothing can be written.
        """
        if self.trouble is not None:
            raise self.trouble
        if self._clock.monotonic() - self._proven_at > PROVEN_SECONDS:
            self.call(lambda tx: tx.session.run(prove_commit, {}), seconds)
            self._proven_at = self._clock.monotonic()

    # --- the thread ------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while (batch := self._queue.gather(IDLE_SECONDS if self.trouble is None else AGAIN_SECONDS)) is not None:
                self.working = True
                self._turn(batch)
                self.working = False
                self.turns += 1
        finally:  # nobody is left waiting, whatever has ended it
            refuse(self._queue.close())

    def _turn(self, batch: Sequence[Queued]) -> None:
        buffers = Buffers()
        try:
            session = self._open()
            if batch:
                settled, buffers = self._group.commit(batch, session)
                if buffers.entries:
                    self._proven_at = self._clock.monotonic()
            else:
                session.control("SELECT 1")
            self._database.confirm()
        except Exception as error:
            failure = self._failed(error)
            settled = [Settled(each, error=failure) for each in batch]
        else:
            self._recovered()
            _do(buffers.durable)
        if batch:
            settle(settled)
        for activator in buffers.wakes:
            activator.wake()

    def _open(self) -> Connection:
        """The session that writes; a new one after trouble."""
        broken = self._database.broken
        if broken is not None:
            raise broken
        if self._opened is None:
            opened = self._database.writing()
            try:
                if self._seat is not None:
                    self._seat.take(opened)
            except BaseException:
                opened.connection.close()
                raise
            self._opened = opened
        return self._opened

    def _failed(self, error: Exception) -> Exception:
        """Nothing of a batch is kept, and the session may be in any state; the error for whoever asked."""
        trouble = store_error(error)
        if trouble is not None:
            self._database.judged(trouble)
        if trouble is None:  # a bug: whoever asked is told, the next batch goes on
            log.error("a commit failed by a bug", exc_info=error)
        elif self.trouble is None:
            log.error("the store cannot be written: %s (%s)", trouble.message, error)
        self.trouble = trouble
        self._group.doubt()
        self._close()
        return trouble or error

    def _recovered(self) -> None:
        if self.trouble is not None:
            log.warning("the store can be written again")
        self.trouble = None

    def _close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            if opened.dialect == "sqlite":
                # Whoever holds the error holds the session by its traceback, and would hold the store's lock with it.
                with suppress(Exception):  # nothing was under way, or it is gone
                    opened.control("ROLLBACK")
            try:
                opened.connection.close()
            except Exception:  # what cannot even be closed is gone
                log.warning("the session of the writer was gone already")


def _do(acts: Sequence[Callable[[], None]]) -> None:
    """What was to be done once a commit is durable; a bug in it must not end the writer."""
    for act in acts:
        try:
            act()
        except Exception:
            log.exception("what follows a commit failed by a bug")
