"""One transaction for a whole batch: units in savepoints, pushes as one, reviews, the balance, entries with numbers."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import orjson

from audit_log.log import Head, number
from hub.clock import Clock, Ids
from hub.store.batch import Queued, Settled
from hub.store.commit import Activators, Buffers, CommitTime, Entry, Tx
from hub.store.left_over import LeftOver, Waiting, crowd_of
from hub.store.statement import Connection
from hub.store.tables.alarms import raise_alarm
from hub.store.tables.connectors import BALANCE_WORDS, add_counts
from hub.store.tables.log import head, head_locked, insert_entry, set_head
from hub.store.trouble import store_error
from hub.workers import Activator

_ABOUT = ("connector", "peer", "person", "position", "target", "fault")
"""What an alarm is about: members of its entry."""
RIPE_REVIEWS = 64
"""Persons that one commit looks at; the others come next."""
REVIEW_SECONDS = 0.04
"""How long it looks at more than one of them: whoever waits for the commit waits for all."""
CROWD_SECONDS = 0.002
"""The same for a crowd that it brings itself: the next crowd waits behind it, and doors are closed before that."""

Reviewer = Callable[[str, Sequence[str], Tx], None]
"""Looks at one person inside a commit; never raises (a failing rule parks that person)."""


Follower = Callable[[Tx], object]
"""Takes work that a commit has left for it, at the end of that commit."""

log = logging.getLogger(__name__)


class BatchHandler(Protocol):
    """Work of one sort that many bring at once, and that costs a fraction when a commit does all of it together."""

    def prepare(self, jobs: Sequence[Any]) -> None:
        """All that can be done for jobs before the transaction. If it fails, each is given alone."""
        ...

    def keep(self, jobs: Sequence[Any], tx: Tx) -> Sequence[Any]:
        """Store jobs, in their order: a result each. If it fails, each is given alone, so that neighbours commit."""
        ...


class Cache(Protocol):
    """What keeps in memory what it has read from the store."""

    def invalidate(self) -> None:
        """Forget it: another process has written, or what was read inside a transaction was undone."""
        ...


class GroupCommit:
    """Does the units of a batch on the writer's connection, and commits them together."""

    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        review: Reviewer | None,
        batch: BatchHandler | None,
        caches: Sequence[Cache],
        activators: Activators,
        left_over: LeftOver | None = None,
    ) -> None:
        self._left_over = left_over if left_over is not None else LeftOver()
        self._clock = clock
        self._ids = ids
        self._review = review
        self._batch = batch
        self._caches = caches
        self._activators = activators
        self._followers: dict[Activator, Follower] = {}
        self._size, self._failed = -1, False

    def follow(self, activator: Activator, follower: Follower | None) -> None:
        """Have somebody, or nobody, take at the end of each commit what it would wake a loop for."""
        others = {each: taker for each, taker in self._followers.items() if each is not activator}
        self._followers = others if follower is None else {**others, activator: follower}

    def doubt(self) -> None:
        """Nobody knows what the last commit has left: nothing that was read before holds.

        Who follows may have spoilt it for those before: the next one is without them.
        """
        self._size, self._failed = -1, True

    def commit(self, batch: Sequence[Queued], session: Connection) -> tuple[list[Settled], Buffers]:
        """How each unit went, and what to do after the commit. If it raises, nothing was done, or nobody knows."""
        time, whole = CommitTime(self._clock.now(), self._ids, len(batch)), Buffers()
        jobs, settled = self._prepared([each for each in batch if each.unit is None])
        start = self._begin(session)
        if jobs:
            done = self._together(jobs, session, time, whole)
            if done is None:  # nothing else was done so far: all of it is undone, and each is done alone
                session.control("ROLLBACK")
                start = self._begin(session)
                done = [self._alone(each, session, time, whole) for each in jobs]
            settled += done
        settled += [self._alone(each, session, time, whole) for each in batch if each.unit is not None]
        left, crowd = self._work_off_ripe(session, time, whole)
        self._hand_on(session, time, whole)
        _write_counts(session, whole)
        _raise_alarms(session, whole.entries)
        size = _write_entries(session, start, whole.entries)
        session.control("COMMIT")
        self._size, self._failed = size, False
        self._left_over.add(left, crowd)
        return settled, whole

    def _begin(self, session: Connection) -> Head:
        sqlite = session.dialect == "sqlite"
        session.control("BEGIN IMMEDIATE" if sqlite else "BEGIN")
        row = session.one(head if sqlite else head_locked, {})
        assert row is not None, "the head row is made by the first migration"
        if row.size != self._size:
            self._invalidate_caches()
        return Head(row.size, row.frontier)

    def _prepared(self, jobs: Sequence[Queued]) -> tuple[list[Queued], list[Settled]]:
        """Jobs made ready, and those with which that failed."""
        if not jobs:
            return [], []
        try:
            self._handler.prepare([each.job for each in jobs])
        except Exception as error:  # goes to whoever asked; neighbours commit
            if len(jobs) == 1:
                return [], [Settled(jobs[0], error=error)]
            ready: list[Queued] = []
            failed: list[Settled] = []
            for each in jobs:
                good, bad = self._prepared([each])
                ready += good
                failed += bad
            return ready, failed
        return list(jobs), []

    @property
    def _handler(self) -> BatchHandler:
        assert self._batch is not None, "who submits pushes gives the writer their handler"
        return self._batch

    def _together(
        self, jobs: Sequence[Queued], session: Connection, time: CommitTime, whole: Buffers
    ) -> list[Settled] | None:
        """All jobs as one, without a savepoint, which would copy every page they touch; nothing if that fails."""
        buffers = Buffers()
        try:
            results = self._handler.keep([each.job for each in jobs], Tx(session, time, buffers, self._activators))
        except Exception as error:  # one of them is wrong: which one is found when each is done alone
            if store_error(error) is not None:
                raise
            self._invalidate_caches()
            return None
        whole.add(buffers)
        return [Settled(each, result) for each, result in zip(jobs, results, strict=True)]

    def _alone(self, queued: Queued, session: Connection, time: CommitTime, whole: Buffers) -> Settled:
        """A unit or job in a savepoint of its own; what it left behind counts if it went well."""
        buffers = Buffers()
        tx = Tx(session, time, buffers, self._activators, before=whole.entries)
        session.control("SAVEPOINT unit")
        try:
            result = self._work(queued, tx)
        except Exception as error:  # goes to whoever asked, who is loud about it; neighbours commit
            if store_error(error) is not None:
                raise
            session.control("ROLLBACK TO SAVEPOINT unit")
            session.control("RELEASE SAVEPOINT unit")
            if buffers.entries or buffers.counts or buffers.ripe:
                self._invalidate_caches()
            return Settled(queued, error=error)
        session.control("RELEASE SAVEPOINT unit")
        whole.add(buffers)
        return Settled(queued, result)

    def _work(self, queued: Queued, tx: Tx) -> Any:
        return self._handler.keep([queued.job], tx)[0] if queued.unit is None else queued.unit(tx)

    def _invalidate_caches(self) -> None:
        for cache in self._caches:
            cache.invalidate()

    def _work_off_ripe(self, session: Connection, time: CommitTime, whole: Buffers) -> tuple[list[Waiting], set[str]]:
        """Look at whom this commit marked, as many as there is time for, by id, crowds last; whom it put off, and who
        of them is of a crowd.

        Of several nobody is judged while others wait already: all their doors are closed before that. One alone is,
        be it beside a crowd.
        """
        tx = Tx(session, time, whole, self._activators)
        left: list[Waiting] = []
        began = self._clock.monotonic()
        ripe, waited = whole.take_ripe()
        crowd = waited | crowd_of(ripe)
        fresh = crowd - waited
        seconds = 0.0 if self._left_over else REVIEW_SECONDS
        first = not self._left_over or len(ripe) == 1 or len(ripe.keys() - crowd) == 1
        for done, (person, causes) in enumerate(sorted(ripe.items(), key=lambda each: (each[0] in crowd, each[0]))):
            ends = began + min(seconds, CROWD_SECONDS if person in fresh else seconds)
            in_time = first if not done else done < RIPE_REVIEWS and self._clock.monotonic() < ends
            if self._review is not None and in_time:
                self._review(person, causes, tx.in_crowd() if person in crowd else tx)
            else:
                left.append((person, causes))
        tx.postpone_all([(person, ",".join(causes), person in crowd) for person, causes in left], tx.now_us)
        tx.postpone_all([(person, ",".join(causes), False) for person, causes in whole.ripe.items()], tx.now_us)
        return left if self._review is not None else [], crowd

    def _hand_on(self, session: Connection, time: CommitTime, whole: Buffers) -> None:
        """Let those take their work whom this commit has work for: it is begun a commit sooner. A bug harms nobody."""
        tx = Tx(session, time, whole, self._activators)
        followers = {} if self._failed else self._followers
        for activator, follower in followers.items():
            if activator not in whole.wakes:
                continue
            with tx.savepoint("following") as tried:
                follower(tx)
            if tried.error is not None:
                log.error("work could not be taken within its commit; its loop tries", exc_info=tried.error)
                self._invalidate_caches()


def _raise_alarms(session: Connection, entries: Sequence[Entry]) -> None:
    """Every alarm that is entered stands on the list of alarms too, whoever entered it."""
    for each in entries:
        if each.kind == "alarm":
            entry = orjson.loads(each.body)
            about = {name: entry.get(name) for name in _ABOUT}
            cause = orjson.dumps([entry["code"], *about.values()]).decode()
            row = {"cause": cause, "id": entry["id"], "code": entry["code"], "at": each.at}
            session.run(raise_alarm, {**row, **about})


def _write_counts(session: Connection, whole: Buffers) -> None:
    for connector, words in whole.counts.items():
        session.run(add_counts, {"connector": connector, **{word: words.get(word, 0) for word in BALANCE_WORDS}})


def _write_entries(session: Connection, start: Head, entries: Sequence[Entry]) -> int:
    if not entries:
        return start.size
    numbered, end = number([each.body for each in entries], start)
    rows = [
        {
            "seq": seq,
            "at": each.at,
            "kind": each.kind,
            "connector": each.connector,
            "person": each.person,
            "body": each.body.decode(),
            "leaf": leaf,
        }
        for each, (seq, leaf) in zip(entries, numbered, strict=True)
    ]
    session.many(insert_entry, rows)
    session.run(set_head, {"size": end.size, "frontier": end.frontier})
    return end.size
