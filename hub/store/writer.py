"""The one writer: units of work from all threads share one commit, each in its own savepoint (group commit).

What is ripe when a batch closes is reviewed in the same commit. Entries are numbered and hashed at its end,
under the lock of the head row, so that the log is whole whoever else writes (a command beside the server).
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Protocol, TypeVar

from audit_log.entry import canonical
from audit_log.log import Head, number
from hub.clock import Clock, Ids, stamp, to_us
from hub.store import queries as q
from hub.store.database import DRIVER_ERRORS, Database, busy
from hub.store.statement import Session
from schemas.errors import UnavailableError

T = TypeVar("T")

BATCH_UNITS = 64
BATCH_SECONDS = 0.010
GAP_SECONDS = 0.001
"""A batch closes when it is full, when nothing has followed for a gap, or after its time."""
QUEUE_UNITS = 4096
RIPE_REVIEWS = 64
_CAUSES = 8

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Entry:
    """An entry that waits for its number: index columns and canonical bytes."""

    at: int
    kind: str
    connector: str | None
    person: str | None
    body: bytes


@dataclass(slots=True)
class Tried:
    """How the work of a savepoint went."""

    error: Exception | None = None


class Moment:
    """The instant of one commit, in the forms that its units need; ``ids`` of it are drawn so many at a time."""

    __slots__ = ("_drawn", "_ids", "_many", "now", "stamp", "us")

    def __init__(self, now: datetime, ids: Ids, many: int = 1) -> None:
        self.now = now
        self.us = to_us(now)
        self.stamp = stamp(now)
        self._ids = ids
        self._many = many
        self._drawn: list[str] = []

    def new_id(self) -> str:
        """A UUIDv7 of this instant."""
        if not self._drawn:
            self._drawn = self._ids.several(self.now, self._many)
        return self._drawn.pop()


@dataclass(slots=True)
class Buffers:
    """What a unit leaves behind for the end of its commit; dropped with the unit if it fails."""

    entries: list[Entry] = field(default_factory=list)
    ripe: dict[str, list[str]] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    wakes: set[str] = field(default_factory=set)


class Tx:
    """What a unit of work may do inside its savepoint. ``now`` is the calendar at the start of the commit."""

    __slots__ = ("_buffers", "_moment", "now", "now_us", "session")

    def __init__(self, session: Session, moment: "Moment", buffers: Buffers) -> None:
        self.session = session
        self.now = moment.now
        self.now_us = moment.us
        self._moment = moment
        self._buffers = buffers

    def new_id(self) -> str:
        """A fresh UUIDv7."""
        return self._moment.new_id()

    @contextmanager
    def savepoint(self, name: str) -> Iterator["Tried"]:
        """Work that may fail by a bug and concerns one person: it is undone, entries too, and the error is handed on.

        The store's own errors pass: they concern everybody.
        """
        entries, tried = len(self._buffers.entries), Tried()
        self.session.control(f"SAVEPOINT {name}")
        try:
            yield tried
        except DRIVER_ERRORS:
            raise
        except Exception as error:  # whatever a rule does wrong must not stop the neighbours, nor a revocation
            tried.error = error
            del self._buffers.entries[entries:]
            self.session.control(f"ROLLBACK TO SAVEPOINT {name}")
        self.session.control(f"RELEASE SAVEPOINT {name}")

    def log(self, kind: str, *, connector: str | None = None, person: str | None = None, **fields: Any) -> str:
        """Leave an entry; it is numbered with this commit. The entry's id. ``None`` members are left out."""
        entry_id = self._moment.new_id()
        members = {"v": 1, "id": entry_id, "ts": self._moment.stamp, "kind": kind}
        if connector is not None:
            members["connector"] = connector
        if person is not None:
            members["person"] = person
        for name, value in fields.items():
            if value is not None:
                members[name] = value
        self._buffers.entries.append(Entry(self.now_us, kind, connector, person, canonical(members)))
        return entry_id

    def due(self, person: str, *, at: datetime, because: str) -> None:
        """Have a person looked at again: in this very commit, or at a later instant."""
        if at > self.now:
            self.postpone(person, to_us(at), because)
            return
        causes = self._buffers.ripe.setdefault(person, [])
        if because not in causes and len(causes) < _CAUSES:
            causes.append(because)

    def postpone(self, person: str, at_us: int, because: str, tries: int = 0) -> None:
        """Write a row of ``due``; of two instants the earlier one holds."""
        self.session.run(q.postpone, {"person": person, "at": at_us, "because": because, "tries": tries})
        self._buffers.wakes.add("deadlines")

    def count(self, connector: str, word: str, items: int = 1) -> None:
        """Move the balance of a connector by so many items."""
        words = self._buffers.counts[connector]
        words[word] = words.get(word, 0) + items

    def wake(self, who: str) -> None:
        """Tell a worker after the commit that there is work: ``delivery``, ``deadlines``."""
        self._buffers.wakes.add(who)


class Together(Protocol):
    """Work of one sort that many bring at once, and that costs a fraction when a commit does all of it together."""

    def prepare(self, job: Any) -> None:
        """All that can be done for one job before the transaction."""
        ...

    def keep(self, jobs: Sequence[Any], tx: Tx) -> Sequence[Any]:
        """Store jobs, in their order: a result each. If it fails, each is given alone, so that neighbours commit."""
        ...


class _Pending:
    """A unit of work, or a job to be done together with others, and who waits for it."""

    __slots__ = ("future", "job", "loop", "unit")

    def __init__(
        self, unit: Callable[[Tx], Any] | None, job: Any, future: Any, loop: asyncio.AbstractEventLoop | None
    ) -> None:
        self.unit = unit
        self.job = job
        self.future = future
        self.loop = loop


_Settled = tuple[_Pending, Any, Exception | None]
"""Who waits, and the result or the error."""


Reviewer = Callable[[str, Sequence[str], Tx], None]
"""Looks at one person inside a commit; never raises (a failing rule parks that person)."""


class Writer:
    """The only one who writes. ``review`` works off what is ripe, ``together`` the jobs; set before the first unit."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._queue: SimpleQueue[_Pending | None] = SimpleQueue()
        self._session = database.session()
        self._begin = "BEGIN IMMEDIATE" if database.is_sqlite else "BEGIN"
        self._read_head = q.head if database.is_sqlite else q.head_locked
        self._size = -1
        self._thread = Thread(target=self._run, name="writer", daemon=True)
        self.review: Reviewer | None = None
        self.together: Together | None = None
        self.on_doubt: list[Callable[[], None]] = []
        """Told when what was read may not hold: another process wrote, or a unit was undone."""
        self.on_wake: dict[str, Callable[[], None]] = {}

    def start(self) -> None:
        """Begin to take units."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what waits, then end."""
        self._queue.put(None)
        self._thread.join()
        self._session.connection.close()

    def submit(self, unit: Callable[[Tx], T]) -> "Future[T]":
        """Queue a unit from a thread; done once it is durable.

        Raises:
            UnavailableError: Too much is waiting, or (from the future) the store failed.
        """
        future: Future[T] = Future()
        self._put(_Pending(unit, None, future, None))
        return future

    def call(self, unit: Callable[[Tx], T]) -> T:
        """``submit`` and wait."""
        return self.submit(unit).result()

    def submit_async(self, unit: Callable[[Tx], T]) -> "asyncio.Future[T]":
        """``submit`` for an event loop; the loop is woken once per commit, not once per unit."""
        return self._wait_for(unit, None)

    def submit_together(self, job: Any) -> "asyncio.Future[Any]":
        """Queue a job for ``together``: the jobs of a commit are done as one."""
        return self._wait_for(None, job)

    def _wait_for(self, unit: Callable[[Tx], Any] | None, job: Any) -> "asyncio.Future[Any]":
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._put(_Pending(unit, job, future, loop))
        return future

    def _put(self, pending: _Pending) -> None:
        if self._queue.qsize() >= QUEUE_UNITS:
            raise UnavailableError("store.busy", f"{QUEUE_UNITS} units of work wait for the store", retry_after=1.0)
        self._queue.put(pending)

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, last = self._gather(first)
            try:
                settled, buffers = self._commit(batch)
            except DRIVER_ERRORS as error:
                log.exception("commit failed")
                self._reopen()
                settled, buffers = [(each, None, busy(error)) for each in batch], Buffers()
            except (
                Exception
            ) as error:  # a bug: nothing of this batch is kept, whoever asked is told, the next one goes on
                log.exception("a commit failed by a bug")
                self._reopen()
                settled, buffers = [(each, None, error) for each in batch], Buffers()
            _settle(settled)
            for who in buffers.wakes:
                self.on_wake.get(who, _nobody)()
            if last:
                break

    def _gather(self, first: _Pending) -> tuple[list[_Pending], bool]:
        """What is waiting, and what follows so closely that one commit serves all: a commit costs more than a unit.

        It sleeps between looks instead of waiting for each unit, which would cost a change of threads a unit.
        """
        batch, last = [first], False
        closes = self._clock.monotonic() + BATCH_SECONDS
        grown = True
        while grown and not last and len(batch) < BATCH_UNITS and self._clock.monotonic() < closes:
            time.sleep(GAP_SECONDS)
            grown, last = self._drain(batch)
        return batch, last

    def _drain(self, batch: list[_Pending]) -> tuple[bool, bool]:
        before = len(batch)
        while len(batch) < BATCH_UNITS:
            try:
                each = self._queue.get_nowait()
            except Empty:
                break
            if each is None:
                return len(batch) > before, True
            batch.append(each)
        return len(batch) > before, False

    def _commit(self, batch: list[_Pending]) -> tuple[list[_Settled], Buffers]:
        session, moment, whole = self._session, Moment(self._clock.now(), self._ids, len(batch)), Buffers()
        jobs, settled = self._prepared([each for each in batch if each.unit is None])
        head = self._start()
        if jobs:
            done = self._together(jobs, moment, whole)
            if done is None:  # nothing else was done so far: all of it is undone, and each is done alone
                session.control("ROLLBACK")
                head = self._start()
                done = [self._alone(each, moment, whole) for each in jobs]
            settled += done
        settled += [self._alone(each, moment, whole) for each in batch if each.unit is not None]
        self._work_off_ripe(moment, whole)
        self._write_counts(whole)
        size = self._write_entries(head, whole.entries)
        session.control("COMMIT")
        self._size = size
        return settled, whole

    def _start(self) -> Head:
        self._session.control(self._begin)
        row = self._session.one(self._read_head, {})
        assert row is not None, "the head row is made by the first migration"
        if row[0] != self._size:
            self._doubt()
        return Head(row[0], row[1])

    def _prepared(self, jobs: list[_Pending]) -> tuple[list[_Pending], list[_Settled]]:
        """Jobs made ready, one after the other while their code is warm; and those with which that failed."""
        ready: list[_Pending] = []
        failed: list[_Settled] = []
        for each in jobs:
            try:
                assert self.together is not None
                self.together.prepare(each.job)
            except Exception as error:  # goes to whoever asked; neighbours commit
                failed.append((each, None, error))
            else:
                ready.append(each)
        return ready, failed

    def _together(self, jobs: list[_Pending], moment: Moment, whole: Buffers) -> list[_Settled] | None:
        """All jobs as one, without a savepoint, which would copy every page they touch; nothing if that fails."""
        assert self.together is not None
        buffers = Buffers()
        try:
            results = self.together.keep([each.job for each in jobs], Tx(self._session, moment, buffers))
        except DRIVER_ERRORS:
            raise
        except Exception:  # one of them is wrong: which one is found when each is done alone
            self._doubt()
            return None
        _merge(whole, buffers)
        return [(each, result, None) for each, result in zip(jobs, results, strict=True)]

    def _alone(self, pending: _Pending, moment: Moment, whole: Buffers) -> _Settled:
        """A unit or job in a savepoint of its own; what it left behind counts if it went well."""
        buffers = Buffers()
        tx = Tx(self._session, moment, buffers)
        self._session.control("SAVEPOINT unit")
        try:
            result = self._work(pending, tx)
        except DRIVER_ERRORS:
            raise
        except Exception as error:  # goes to whoever asked, who is loud about it; neighbours commit
            self._session.control("ROLLBACK TO SAVEPOINT unit")
            self._session.control("RELEASE SAVEPOINT unit")
            if buffers.entries or buffers.counts or buffers.ripe:
                self._doubt()
            return pending, None, error
        self._session.control("RELEASE SAVEPOINT unit")
        _merge(whole, buffers)
        return pending, result, None

    def _work(self, pending: _Pending, tx: Tx) -> Any:
        if pending.unit is not None:
            return pending.unit(tx)
        assert self.together is not None
        return self.together.keep([pending.job], tx)[0]

    def _doubt(self) -> None:
        for forget in self.on_doubt:
            forget()

    def _work_off_ripe(self, moment: Moment, whole: Buffers) -> None:
        ripe, whole.ripe = whole.ripe, {}
        tx = Tx(self._session, moment, whole)
        for done, (person, causes) in enumerate(ripe.items()):
            if self.review is not None and done < RIPE_REVIEWS:
                self.review(person, causes, tx)
            else:
                tx.postpone(person, tx.now_us, ",".join(causes))
        for person, causes in whole.ripe.items():
            tx.postpone(person, tx.now_us, ",".join(causes))

    def _write_counts(self, whole: Buffers) -> None:
        for connector, words in whole.counts.items():
            row = {word: words.get(word, 0) for word in q.BALANCE_WORDS}
            self._session.run(q.add_counts, {"connector": connector, **row})

    def _write_entries(self, head: Head, entries: list[Entry]) -> int:
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


def _merge(whole: Buffers, part: Buffers) -> None:
    whole.entries.extend(part.entries)
    whole.wakes |= part.wakes
    for person, causes in part.ripe.items():
        known = whole.ripe.setdefault(person, [])
        known.extend(cause for cause in causes if cause not in known)
    for connector, words in part.counts.items():
        into = whole.counts[connector]
        for word, items in words.items():
            into[word] = into.get(word, 0) + items


def _settle(settled: Sequence[_Settled]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Any, Any, Exception | None]]] = defaultdict(list)
    for pending, result, error in settled:
        if pending.loop is not None:
            by_loop[pending.loop].append((pending.future, result, error))
        elif error is not None:
            pending.future.set_exception(error)
        else:
            pending.future.set_result(result)
    for loop, futures in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle_in_loop, futures)


def _settle_in_loop(futures: Sequence[tuple[Any, Any, Exception | None]]) -> None:
    for future, result, error in futures:
        if future.cancelled():
            continue
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)


def _nobody() -> None:
    pass
