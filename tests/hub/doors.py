"""A hub of tests with deliveries running before a door that can hold a write and lose an answer."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event, Lock
from typing import Any

from connectors.port import Capabilities, Change, Observation, Receipt
from hub.assembly import Parts
from hub.delivery import Delivery, Post, Sink
from hub.modes import Mode, set_mode
from hub.store import queries as q
from tests.conftest import HandClock
from tests.hub.test_law import NOW, ZONE, opened


class LiveClock(HandClock):
    """A calendar that only the test moves beside a monotonic clock that runs."""

    skipped = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.skipped


class HeldDoor:
    """The other side, as a value: who is inside which group. A write of ``held`` waits while ``gate`` is shut."""

    def __init__(self) -> None:
        self.inside: set[tuple[str, str]] = set()
        self.writes: list[tuple[str, str, str]] = []
        self.held = ("dc-ops", "present")
        self.gate = Event()
        self.gate.set()
        self.waiting = Event()
        self.fail: Callable[[Change], None] = lambda _change: None
        self._lock = Lock()

    def capabilities(self) -> Capabilities:
        return Capabilities("exact")

    def probe(self) -> None:
        pass

    def resolve(self, person: str) -> str:
        return f"id-{person}"

    def observe(self, subject: str, targets: Collection[str]) -> Observation:
        with self._lock:
            return Observation({t: "present" if (subject, t) in self.inside else "absent" for t in targets})

    def members(self, target: str) -> frozenset[str]:
        with self._lock:
            return frozenset(subject for subject, each in self.inside if each == target)

    def apply(self, change: Change, *, fence: int) -> str:
        if (change.target, change.wanted) == self.held and not self.gate.is_set():
            self.waiting.set()
            assert self.gate.wait(20)
        self.fail(change)
        with self._lock:
            self.writes.append((change.subject, change.target, change.wanted))
            if change.wanted == "present":
                self.inside.add((change.subject, change.target))
            else:
                self.inside.discard((change.subject, change.target))
        return "applied"


class HeldMail:
    """A mail server that takes nothing while ``gate`` is shut."""

    def __init__(self) -> None:
        self.gate = Event()
        self.asked = Event()

    def send(self, message: bytes, *, to: str, key: str) -> Receipt:
        self.asked.set()
        self.gate.wait(20)
        return Receipt(True, key)


@contextmanager
def delivering(
    path: Path, *, posts: dict[str, Post] | None = None, at: datetime = NOW, source: str = "roster"
) -> Iterator[tuple[Parts, HeldDoor, LiveClock]]:
    """A hub whose sink ``iam`` is a ``HeldDoor``; deliveries run."""
    clock, door = LiveClock(at), HeldDoor()
    with opened(path, clock) as parts:
        delivery = Delivery(
            writer=parts.writer,
            database=parts.database,
            directory=parts.directory,
            positions=parts.folder.positions,
            sinks={"iam": Sink("iam", door, source)},
            posts=posts or {},
            clock=clock,
            zone=ZONE,
        )
        delivery.start()
        try:
            yield parts, door, clock
        finally:
            door.gate.set()
            for post in (posts or {}).values():
                post.messenger.gate.set()  # type: ignore[attr-defined]
            delivery.stop()


def enforced(parts: Parts, start: datetime = NOW) -> None:
    """Enforce the sink and every position from an instant."""

    def unit(tx: Any) -> None:
        set_mode("sink", "iam", Mode(enforced_from=start, actors="A, B"), "enforce", tx)
        for position in parts.folder.positions:
            set_mode("position", position, Mode(enforced_from=start, actors="A, B"), "enforce", tx)

    parts.writer.call(unit)
    look(parts)


def look(parts: Parts) -> None:
    """Look at everybody whose date has come, as ``Deadlines`` does."""

    def ripen(tx: Any) -> None:
        for person, because, _tries in tx.session.all(q.due_now, {"now": tx.now_us, "limit": 64}):
            tx.due(person, at=tx.now, because=because)

    parts.writer.call(ripen)


def row(parts: Parts, number: str, target: str) -> dict[str, Any]:
    """What must be true of one target, and how that stands."""
    person = parts.directory.person_by_number(number)
    names: Sequence[str] = ("sink", "target", "wanted", "explicit", "positions", "mode", "epoch", "state")
    with parts.database.reading() as session:
        found = [dict(zip(names, each, strict=False)) for each in session.all(q.desired_of, {"person": person})]
    return next(each for each in found if each["target"] == target)


def until(what: Callable[[], object], sentence: str, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f"waited {seconds} s in vain until {sentence}"
        time.sleep(0.01)
