"""A hub of tests with deliveries running before a door that can hold a write and lose an answer."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Event, Lock
from typing import Any

import orjson
from pydantic import BaseModel

from connectors.notification.smtp import SPEC as SMTP
from connectors.notification.smtp import Settings as SmtpSettings
from connectors.notification.smtp import Smtp
from connectors.port import Capabilities, Change, Observation, Spec
from hub.access.delivery import Delivery
from hub.access.modes import Mode, ModeAct, ModeKind, set_mode
from hub.access.reconcile import Reconciler
from hub.access.sinks import Sink
from hub.assembly import Assembly
from hub.config.instances import Instance
from hub.notification.letters import Letters, MessageRoute, Reader
from hub.notification.outbox import Outbox
from hub.store.tables import access, log
from hub.workers import Activator, Loop
from schemas.errors import RejectedError
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, ZONE, opened


class LiveClock(HandClock):
    """A calendar that only the test moves beside a monotonic clock that runs."""

    skipped = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.skipped


class HeldDoor:
    """The other side, as a value: who is inside which group. A write of ``held`` waits while ``gate`` is shut.

    ``gone`` are ids of accounts that were deleted, ``strangers`` identifiers that it knows nobody by, ``unproven``
    those of whom it cannot say so, ``twice`` those of two people; ``asked`` counts requests.
    """

    def __init__(self) -> None:
        self.inside: set[tuple[str, str]] = set()
        self.writes: list[tuple[str, str, str]] = []
        self.keys: list[str] = []
        self.asked: list[str] = []
        self.twice: set[str] = set()
        self.strangers: set[str] = set()
        self.unproven: set[str] = set()
        self.gone: set[str] = set()
        self.can = Capabilities("exact")
        self.held = ("dc-ops", "present")
        self.gate = Event()
        self.gate.set()
        self.waiting = Event()
        self.fail: Callable[[Change], None] = lambda _change: None
        self._lock = Lock()

    def capabilities(self) -> Capabilities:
        return self.can

    def probe(self) -> None:
        pass

    def resolve(self, person: str) -> str:
        self.asked.append(f"resolve {person}")
        wrong = {"sink.no-person": self.strangers, "sink.ambiguous": self.twice, "sink.uncalibrated": self.unproven}
        for code, those in wrong.items():
            if person in those:
                raise RejectedError(code, "not one user has this identifier")
        return f"id-{person}"

    def matches(self, person: str) -> Collection[str]:
        self.asked.append(f"resolve {person}")
        return {f"id-{person}", f"id-{person}-2"} if person in self.twice else {f"id-{person}"}

    def observe(self, subject: str, targets: Collection[str]) -> Observation:
        self.asked.append(f"observe {subject}")
        with self._lock:
            shown = {t: "present" if (subject, t) in self.inside else "absent" for t in targets}
        evidence = {t: {"answer_sha256": digest(t), "request_sha256": digest(subject)} for t in targets}
        return Observation(shown, evidence, gone=subject in self.gone)

    def members(self, target: str) -> frozenset[str]:
        with self._lock:
            return frozenset(subject for subject, each in self.inside if each == target)

    def apply(self, change: Change, *, fence: int) -> str:
        if (change.target, change.wanted) == self.held and not self.gate.is_set():
            self.waiting.set()
            assert self.gate.wait(600)
        self.fail(change)
        with self._lock:
            self.keys.append(change.key)
            self.writes.append((change.subject, change.target, change.wanted))
            if change.wanted == "present":
                self.inside.add((change.subject, change.target))
            else:
                self.inside.discard((change.subject, change.target))
        return "applied"


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


class NoSettings(BaseModel):
    """A held door needs nothing set."""


def instance(door: HeldDoor, source: str) -> Instance:
    """The door as an instance of the hub folder that knows people by the identifiers of a source."""
    spec = Spec(title="a held door", settings=NoSettings, build=lambda _name, _settings: door, ports=("door",))
    return Instance("iam", spec, NoSettings(), source, timedelta(seconds=60))


@contextmanager
def delivering(
    path: Path,
    *,
    routes: Sequence[MessageRoute] = (),
    at: datetime = NOW,
    source: str = "roster",
    door: HeldDoor | None = None,
    doubt: float = 0.25,
) -> Iterator[tuple[Assembly, HeldDoor, LiveClock]]:
    """A hub whose sink ``iam`` is a ``HeldDoor``; deliveries run, and messages where there is a route for them."""
    clock, door = LiveClock(at), door or HeldDoor()
    with opened(path, clock, instances={"iam": instance(door, source)}, doubt=doubt) as parts:
        delivery, outbox = delivery_of(parts, parts.sinks, clock), outbox_of(parts, routes, clock)
        with turning(delivery, parts.activators.delivery), turning(outbox, parts.activators.mail):
            try:
                yield parts, door, clock
            finally:
                door.gate.set()


@contextmanager
def turning(part: Delivery | Outbox, activator: Activator) -> Iterator[None]:
    """A part that works as it does in a hub: what was left is taken up, then its loop turns."""
    part.recover()
    loop = Loop("turning", part.turn, 1.0, activator)
    loop.start()
    try:
        yield
    finally:
        loop.stop()
        assert loop.join(20) and part.stop(20)


def delivery_of(parts: Assembly, sinks: dict[str, Sink], clock: LiveClock, owner: str = "decider/test") -> Delivery:
    """A delivery to these sinks."""
    return Delivery(
        writer=parts.writer,
        database=parts.database,
        directory=parts.directory,
        sinks=sinks,
        enclosures=parts.enclosures,
        clock=clock,
        commands=parts.commands,
        known=parts.known_open,
        activator=parts.activators.delivery,
        owner=owner,
    )


def outbox_of(parts: Assembly, routes: Sequence[MessageRoute], clock: LiveClock, owner: str = "decider/test") -> Outbox:
    """An outbox that sends by these routes; HR reads English at ``hr@staff.example``."""
    hr = Reader({"mail": "hr@staff.example"}, "en")
    return Outbox(
        writer=parts.writer,
        database=parts.database,
        letters=Letters(parts.directory, parts.folder.positions, routes, hr, ZONE, {}, parts.folder.renewals),
        enclosures=parts.enclosures,
        clock=clock,
        activator=parts.activators.mail,
        owner=owner,
    )


def mail_route(port: int, **more: object) -> MessageRoute:
    """Mail by a server on this port."""
    settings = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "licet@hub.example", **more}
    return MessageRoute("mail", Smtp("mail", SmtpSettings.model_validate(settings)), SMTP.reaches)


def act(kind: ModeKind) -> ModeAct:
    """What somebody does to a mode."""
    return ModeAct(kind, {"type": "operator", "id": "a" * 32})


def enforced(parts: Assembly, start: datetime = NOW, also: Sequence[str] = ()) -> None:
    """Enforce the sink, others too, and every position from an instant."""

    def unit(tx: Any) -> None:
        for sink in ("iam", *also):
            set_mode("sink", sink, Mode(enforced_from=start), act("enforce"), tx)
        for position in parts.folder.positions:
            set_mode("position", position, Mode(enforced_from=start), act("enforce"), tx)

    parts.writer.call(unit)
    look(parts)


def look(parts: Assembly) -> None:
    """Look at everybody whose date has come."""
    parts.deadlines.work_off()


def sweep(parts: Assembly, door: HeldDoor, clock: HandClock, source: str = "roster") -> int:
    """Compare the door with what must be true; how many targets differed."""
    sink = Sink("iam", door, source)
    return Reconciler({"iam": sink}, parts.directory, parts.writer, parts.database, clock, parts.known_open).sweep(sink)


def observation(parts: Assembly, entry: Mapping[str, Any]) -> dict[str, str]:
    """What proves an observation: the entry commits to it, the hub keeps it sealed."""
    with parts.database.reading() as session:
        content = parts.enclosures.content(entry["id"], "observation", session)
    assert content is not None and entry["observation"]["bytes"] == len(content)
    found: dict[str, str] = orjson.loads(content)
    return found


def entries(parts: Assembly, kind: str, target: str, *others: str) -> list[dict[str, Any]]:
    """The entries of one kind, or of several, about one target, in their order."""
    with parts.database.reading() as session:
        found = [orjson.loads(each[1]) for each in session.all(log.entries_after, {"seq": -1, "limit": 99_999})]
    return [each for each in found if each["kind"] in (kind, *others) and each.get("target") == target]


def entries_of(parts: Assembly, kind: str) -> list[dict[str, Any]]:
    """The entries of one kind, in their order."""
    with parts.database.reading() as session:
        found = [orjson.loads(each[1]) for each in session.all(log.entries_after, {"seq": -1, "limit": 99_999})]
    return [each for each in found if each["kind"] == kind]


def row(parts: Assembly, number: str, target: str) -> dict[str, Any]:
    """What must be true of one target, and how that stands."""
    person = parts.directory.person_by_number(number)
    names: Sequence[str] = ("sink", "target", "wanted", "explicit", "positions", "mode", "epoch", "state")
    with parts.database.reading() as session:
        found = [dict(zip(names, each, strict=False)) for each in session.all(access.desired_of, {"person": person})]
    return next(each for each in found if each["target"] == target)


def until(what: Callable[[], object], sentence: str, seconds: float = 300.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f"waited {seconds} s in vain until {sentence}"
        time.sleep(0.01)
