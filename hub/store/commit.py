"""What one commit consists of: its instant, what a unit of work may do inside it, what it leaves for the end."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from audit_log.entry import canonical
from audit_log.merkle import leaf_hash
from hub.clock import Ids, stamp, to_us
from hub.store.statement import Connection
from hub.store.tables import review
from hub.store.trouble import store_error
from hub.workers import Activator

_CAUSES = 8
"""Causes of one look that are kept by name."""


@dataclass(frozen=True, slots=True)
class Activators:
    """The loops that a commit may have work for."""

    delivery: Activator = field(default_factory=Activator)
    deadlines: Activator = field(default_factory=Activator)
    mail: Activator = field(default_factory=Activator)
    exams: Activator = field(default_factory=Activator)
    partners: Activator = field(default_factory=Activator)
    certificates: Activator = field(default_factory=Activator)
    jobs: Activator = field(default_factory=Activator)


@dataclass(slots=True)
class Entry:
    """An entry that waits for its number: index columns and canonical bytes."""

    at: int
    kind: str
    connector: str | None
    person: str | None
    body: bytes


@dataclass(slots=True)
class SavepointResult:
    """How the work of a savepoint went."""

    error: Exception | None = None

    def fail(self, error: Exception) -> None:
        """It was undone because of this."""
        self.error = error


class CommitTime:
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
    crowd: set[str] = field(default_factory=set)
    """Of those who are ripe, who has waited as one of a crowd."""
    counts: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    wakes: set[Activator] = field(default_factory=set)
    durable: list[Callable[[], None]] = field(default_factory=list)

    def add(self, part: "Buffers") -> None:
        """Take over what a unit that went well has left."""
        self.entries.extend(part.entries)
        self.wakes |= part.wakes
        self.durable.extend(part.durable)
        for person, causes in part.ripe.items():
            known = self.ripe.setdefault(person, [])
            known.extend(cause for cause in causes if cause not in known)
        self.crowd |= part.crowd
        for connector, words in part.counts.items():
            into = self.counts[connector]
            for word, items in words.items():
                into[word] = into.get(word, 0) + items

    def take_ripe(self) -> tuple[dict[str, list[str]], set[str]]:
        """Who is to be looked at, with the causes, and who of them waited in a crowd; then it begins anew."""
        ripe, crowd, self.ripe, self.crowd = self.ripe, self.crowd, {}, set()
        return ripe, crowd


class Tx:
    """What a unit of work may do inside its savepoint. ``now`` is the calendar at the start of the commit.

    ``crowd``: it is done for one of many whom one cause concerns at once; what it leaves takes turns with the rest.
    """

    __slots__ = ("_activators", "_buffers", "_time", "before", "crowd", "now", "now_us", "session")

    def __init__(
        self,
        session: Connection,
        time: CommitTime,
        buffers: Buffers,
        activators: Activators,
        *,
        crowd: bool = False,
        before: Sequence[Entry] = (),
    ) -> None:
        self.session = session
        self.before = before
        """What other units of this commit left before this one: it has no number yet."""
        self.now = time.now
        self.now_us = time.us
        self._time = time
        self._buffers = buffers
        self._activators = activators
        self.crowd = crowd

    def in_crowd(self) -> "Tx":
        """The same, for one of a crowd."""
        return Tx(self.session, self._time, self._buffers, self._activators, crowd=True)

    def new_id(self) -> str:
        """A fresh UUIDv7."""
        return self._time.new_id()

    @contextmanager
    def savepoint(self, name: str) -> Iterator[SavepointResult]:
        """Work that may fail by a bug and concerns one person: it is undone, entries too, and the error is handed on.

        The store's own errors pass: they concern everybody.
        """
        entries, durable, result = len(self._buffers.entries), len(self._buffers.durable), SavepointResult()
        self.session.control(f"SAVEPOINT {name}")
        try:
            yield result
        except Exception as error:  # whatever a rule does wrong must not stop the neighbours, nor a revocation
            if store_error(error) is not None:
                raise
            result.fail(error)
            del self._buffers.entries[entries:]
            del self._buffers.durable[durable:]
            self.session.control(f"ROLLBACK TO SAVEPOINT {name}")
        self.session.control(f"RELEASE SAVEPOINT {name}")

    def log(
        self,
        kind: str,
        *,
        connector: str | None = None,
        person: str | None = None,
        entry: str | None = None,
        **fields: Any,
    ) -> str:
        """Leave an entry; it is numbered with this commit. The entry's id: ``entry`` if it was drawn before, because
        something is enclosed with it. ``None`` members are left out.
        """
        entry_id = entry or self._time.new_id()
        members = {"v": 1, "id": entry_id, "ts": self._time.stamp, "kind": kind}
        if connector is not None:
            members["connector"] = connector
        if person is not None:
            members["person"] = person
        for name, value in fields.items():
            if value is not None:
                members[name] = value
        self._buffers.entries.append(Entry(self.now_us, kind, connector, person, canonical(members)))
        return entry_id

    @property
    def last_leaf(self) -> bytes:
        """The hash of the entry that was left last: its leaf in the tree."""
        return leaf_hash(self._buffers.entries[-1].body)

    def due(self, person: str, *, at: datetime, because: str, crowd: bool = False) -> None:
        """Have a person looked at again: in this very commit, or at a later instant."""
        if at > self.now:
            self.postpone(person, to_us(at), because, crowd=crowd)
            return
        if crowd:
            self._buffers.crowd.add(person)
        causes = self._buffers.ripe.setdefault(person, [])
        if because not in causes and len(causes) < _CAUSES:
            causes.append(because)

    def postpone(self, person: str, at_us: int, because: str, *, crowd: bool = False) -> None:
        """Write a row of ``due``; of two instants the earlier one holds. One of a crowd takes turns with the others."""
        self.postpone_all([(person, because, crowd)], at_us)

    def postpone_all(self, looks: Iterable[tuple[str, str, bool]], at_us: int) -> None:
        """The same for many persons, each with why and whether it is one of a crowd, by one statement."""
        rows = [
            {"person": person, "at": at_us, "because": because, "tries": 0, "crowd": int(crowd)}
            for person, because, crowd in looks
        ]
        if rows:
            self.session.many(review.postpone, rows)
            self.wake_deadlines()

    def count(self, connector: str, word: str, items: int = 1) -> None:
        """Move the balance of a connector by so many items."""
        words = self._buffers.counts[connector]
        words[word] = words.get(word, 0) + items

    def once_durable(self, act: Callable[[], None]) -> None:
        """Do something right after the commit, on the writer's thread, before the next one begins: it must be short."""
        self._buffers.durable.append(act)

    def wake_delivery(self) -> None:
        """Tell delivery after the commit that something waits for it."""
        self._buffers.wakes.add(self._activators.delivery)

    def wake_mail(self) -> None:
        """Tell the outbox of messages after the commit that something waits for it."""
        self._buffers.wakes.add(self._activators.mail)

    def wake_exams(self) -> None:
        """Tell who registers for exams after the commit that something waits for them."""
        self._buffers.wakes.add(self._activators.exams)

    def wake_partners(self) -> None:
        """Tell who speaks to partners after the commit that something waits for them."""
        self._buffers.wakes.add(self._activators.partners)

    def wake_certificates(self) -> None:
        """Tell who writes certificates after the commit that something was issued."""
        self._buffers.wakes.add(self._activators.certificates)

    def wake_jobs(self) -> None:
        """Tell who does jobs after the commit that one was asked for."""
        self._buffers.wakes.add(self._activators.jobs)

    def wake_deadlines(self) -> None:
        """Tell the deadlines after the commit that an instant has changed."""
        self._buffers.wakes.add(self._activators.deadlines)
