"""The one writer: units of work from all threads share one commit, each in its own savepoint (group commit).

What is ripe when a batch closes is reviewed in the same commit. Entries are numbered and hashed at its end,
under the lock of the head row, so that the log is whole whoever else writes (a command beside the server).
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Thread
from typing import Any, Protocol, TypeVar

from audit_log.log import Head, number
from hub.clock import Clock, Ids
from hub.store import queries as q
from hub.store.batch import BatchHandler, Queue, Queued, Settled, settle
from hub.store.commit import Activators, Buffers, CommitTime, Entry, Tx
from hub.store.database import DRIVER_ERRORS, Database, busy

T = TypeVar("T")

RIPE_REVIEWS = 64
"""Persons that one commit looks at; the others come next."""

log = logging.getLogger(__name__)

Reviewer = Callable[[str, Sequence[str], Tx], None]
"""Looks at one person inside a commit; never raises (a failing rule parks that person)."""


class Cache(Protocol):
    """What keeps in memory what it has read from the store."""

    def invalidate(self) -> None:
        """Forget it: another process has written, or what was read inside a transaction was undone."""
        ...


class Writer:
    """The only one who writes. ``review`` works off what is ripe, ``batch`` the jobs of ``submit_push``."""

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
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._review = review
        self._batch = batch
        self._caches = caches
        self._activators = activators or Activators()
        self._queue = Queue(clock)
        self._session = database.session()
        self._begin = "BEGIN IMMEDIATE" if database.is_sqlite else "BEGIN"
        self._read_head = q.head if database.is_sqlite else q.head_locked
        self._size = -1
        self._thread = Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Begin to take units."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what waits, then end."""
        self._queue.end()
        self._thread.join()
        self._session.connection.close()

    def submit(self, unit: Callable[[Tx], T]) -> "Future[T]":
        """Queue a unit from a thread; done once it is durable.

        Raises:
            UnavailableError: Too much is waiting, or (from the future) the store failed.
        """
        future: Future[T] = Future()
        self._queue.put(Queued(unit, None, future, None))
        return future

    def call(self, unit: Callable[[Tx], T]) -> T:
        """``submit`` and wait."""
        return self.submit(unit).result()

    def submit_async(self, unit: Callable[[Tx], T]) -> "asyncio.Future[T]":
        """``submit`` for an event loop; the loop is woken once per commit, not once per unit."""
        return self._wait_for(unit, None)

    def submit_push(self, job: Any) -> "asyncio.Future[Any]":
        """Queue a job for the batch handler: the jobs of a commit are done as one."""
        return self._wait_for(None, job)

    def _wait_for(self, unit: Callable[[Tx], Any] | None, job: Any) -> "asyncio.Future[Any]":
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._queue.put(Queued(unit, job, future, loop))
        return future

    def _run(self) -> None:
        while batch := self._queue.gather():
            try:
                settled, buffers = self._commit(batch)
            except DRIVER_ERRORS as error:
                log.exception("commit failed")
                self._reopen()
                settled, buffers = [Settled(each, error=busy(error)) for each in batch], Buffers()
            except Exception as error:  # a bug: nothing of it is kept, whoever asked is told, the next one goes on
                log.exception("a commit failed by a bug")
                self._reopen()
                settled, buffers = [Settled(each, error=error) for each in batch], Buffers()
            settle(settled)
            for activator in buffers.wakes:
                activator.wake()

    def _commit(self, batch: Sequence[Queued]) -> tuple[list[Settled], Buffers]:
        session, time, whole = self._session, CommitTime(self._clock.now(), self._ids, len(batch)), Buffers()
        jobs, settled = self._prepared([each for each in batch if each.unit is None])
        head = self._start()
        if jobs:
            done = self._together(jobs, time, whole)
            if done is None:  # nothing else was done so far: all of it is undone, and each is done alone
                session.control("ROLLBACK")
                head = self._start()
                done = [self._alone(each, time, whole) for each in jobs]
            settled += done
        settled += [self._alone(each, time, whole) for each in batch if each.unit is not None]
        self._work_off_ripe(time, whole)
        self._write_counts(whole)
        size = self._write_entries(head, whole.entries)
        session.control("COMMIT")
        self._size = size
        return settled, whole

    def _tx(self, time: CommitTime, buffers: Buffers) -> Tx:
        return Tx(self._session, time, buffers, self._activators)

    def _start(self) -> Head:
        self._session.control(self._begin)
        row = self._session.one(self._read_head, {})
        assert row is not None, "the head row is made by the first migration"
        if row[0] != self._size:
            self._invalidate_caches()
        return Head(row[0], row[1])

    def _prepared(self, jobs: Sequence[Queued]) -> tuple[list[Queued], list[Settled]]:
        """Jobs made ready, one after the other while their code is warm; and those with which that failed."""
        ready: list[Queued] = []
        failed: list[Settled] = []
        for each in jobs:
            try:
                self._handler.prepare(each.job)
            except Exception as error:  # goes to whoever asked; neighbours commit
                failed.append(Settled(each, error=error))
            else:
                ready.append(each)
        return ready, failed

    @property
    def _handler(self) -> BatchHandler:
        assert self._batch is not None, "who submits pushes gives the writer their handler"
        return self._batch

    def _together(self, jobs: Sequence[Queued], time: CommitTime, whole: Buffers) -> list[Settled] | None:
        """All jobs as one, without a savepoint, which would copy every page they touch; nothing if that fails."""
        buffers = Buffers()
        try:
            results = self._handler.keep([each.job for each in jobs], self._tx(time, buffers))
        except DRIVER_ERRORS:
            raise
        except Exception:  # one of them is wrong: which one is found when each is done alone
            self._invalidate_caches()
            return None
        whole.add(buffers)
        return [Settled(each, result) for each, result in zip(jobs, results, strict=True)]

    def _alone(self, queued: Queued, time: CommitTime, whole: Buffers) -> Settled:
        """A unit or job in a savepoint of its own; what it left behind counts if it went well."""
        buffers = Buffers()
        tx = self._tx(time, buffers)
        self._session.control("SAVEPOINT unit")
        try:
            result = self._work(queued, tx)
        except DRIVER_ERRORS:
            raise
        except Exception as error:  # goes to whoever asked, who is loud about it; neighbours commit
            self._session.control("ROLLBACK TO SAVEPOINT unit")
            self._session.control("RELEASE SAVEPOINT unit")
            if buffers.entries or buffers.counts or buffers.ripe:
                self._invalidate_caches()
            return Settled(queued, error=error)
        self._session.control("RELEASE SAVEPOINT unit")
        whole.add(buffers)
        return Settled(queued, result)

    def _work(self, queued: Queued, tx: Tx) -> Any:
        return self._handler.keep([queued.job], tx)[0] if queued.unit is None else queued.unit(tx)

    def _invalidate_caches(self) -> None:
        for cache in self._caches:
            cache.invalidate()

    def _work_off_ripe(self, time: CommitTime, whole: Buffers) -> None:
        tx = self._tx(time, whole)
        for done, (person, causes) in enumerate(whole.take_ripe().items()):
            if self._review is not None and done < RIPE_REVIEWS:
                self._review(person, causes, tx)
            else:
                tx.postpone(person, tx.now_us, ",".join(causes))
        for person, causes in whole.ripe.items():
            tx.postpone(person, tx.now_us, ",".join(causes))

    def _write_counts(self, whole: Buffers) -> None:
        for connector, words in whole.counts.items():
            row = {word: words.get(word, 0) for word in q.BALANCE_WORDS}
            self._session.run(q.add_counts, {"connector": connector, **row})

    def _write_entries(self, head: Head, entries: Sequence[Entry]) -> int:
        if not entries:
            return head.size
        rows, head = number([each.body for each in entries], head)
        self._session.many(
            q.insert_entry,
            [
                {
                    "seq": seq,
                    "at": each.at,
                    "kind": each.kind,
                    "connector": each.connector,
                    "person": each.person,
                    "body": each.body.decode(),
                    "leaf": leaf,
                }
                for each, (seq, leaf) in zip(entries, rows, strict=True)
            ],
        )
        self._session.run(q.set_head, {"size": head.size, "frontier": head.frontier})
        return head.size

    def _reopen(self) -> None:
        # After an I/O error a connection may be in any state; a new one is certain.
        self._session.connection.close()
        self._session = self._database.session()
        self._size = -1
