"""Other systems as the hub calls them: the same ports, every call on record."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.port import (
    Address,
    Applied,
    Capabilities,
    Change,
    Describing,
    Door,
    Fact,
    Leased,
    Leasing,
    Message,
    Messenger,
    Observation,
    Page,
    Partner,
    PollSource,
    Receipt,
    Registrar,
    Registration,
    RegistrationKind,
    Trained,
)
from hub.audit.calls import Calls


class RecordedDoor:
    """A door."""

    def __init__(self, name: str, door: Door, calls: Calls) -> None:
        self._name = name
        self._door = door
        self._calls = calls

    def capabilities(self) -> Capabilities:
        """What this door can do; nobody is asked."""
        return self._door.capabilities()

    def probe(self) -> None:
        """Return if the sink answers and accepts us."""
        self._calls.one(self._name, "probe", self._door.probe)

    def facts(self) -> Sequence[Fact]:
        """What its server says of itself; nothing where it says nothing."""
        door = self._door
        return self._calls.one(self._name, "probe", door.facts) if isinstance(door, Describing) else ()

    def resolve(self, person: str) -> str:
        """The sink's own id of a person."""
        return self._calls.counted(self._name, "resolve", lambda: self._door.resolve(person))

    def matches(self, person: str) -> Collection[str]:
        """All ids that the sink has for an identifier."""
        return self._calls.counted(self._name, "resolve", lambda: self._door.matches(person))

    def observe(self, subject: str, targets: Collection[str]) -> Observation:
        """Whether each target is open to the subject now."""
        return self._calls.counted(self._name, "observe", lambda: self._door.observe(subject, targets))

    def members(self, target: str) -> frozenset[str]:
        """All subjects to whom a target is open now."""
        return self._calls.counted(self._name, "members", lambda: self._door.members(target), target)

    def leased(self, target: str) -> Leased:
        """The same, and whose time there must be prolonged; nobody's where it ends for nobody."""
        door = self._door
        if not isinstance(door, Leasing):
            return Leased(self.members(target), frozenset())
        return self._calls.counted(self._name, "members", lambda: door.leased(target), target)

    def apply(self, change: Change, *, fence: int) -> Applied:
        """Make one target present or absent for one subject."""
        about: dict[str, Any] = {"target": change.target, "wanted": change.wanted, "epoch": fence}
        return self._calls.one(self._name, "apply", lambda: self._door.apply(change, fence=fence), **about)


class RecordedSource:
    """A system that is asked."""

    def __init__(self, name: str, source: PollSource, calls: Calls) -> None:
        self._name = name
        self._source = source
        self._calls = calls

    def poll(self, cursor: Mapping[str, Any], now: datetime) -> Page:
        """What is new since ``cursor``."""
        return self._calls.one(self._name, "poll", lambda: self._source.poll(cursor, now))


class RecordedMessenger:
    """A messenger; ``PREFIX`` and the id of a notice are the keys of notices."""

    PREFIX = "licet-"

    def __init__(self, name: str, messenger: Messenger, calls: Calls) -> None:
        self._name = name
        self._messenger = messenger
        self._calls = calls

    def send(self, message: Message, *, to: Address, key: str) -> Receipt:
        """Hand over one message."""
        about = {"notice": key.removeprefix(self.PREFIX)} if key.startswith(self.PREFIX) else {}
        return self._calls.one(self._name, "send", lambda: self._messenger.send(message, to=to, key=key), **about)


class RecordedRegistrar:
    """An exam or learning system."""

    def __init__(self, name: str, registrar: Registrar, calls: Calls) -> None:
        self._name = name
        self._registrar = registrar
        self._calls = calls

    def takes(self, kind: RegistrationKind, topic: str) -> bool:
        """Whether an exam or a course is held there; nobody is asked."""
        return self._registrar.takes(kind, topic)

    def send(self, registration: Registration) -> Receipt:
        """Hand over one registration or withdrawal."""
        return self._calls.one(self._name, "send", lambda: self._registrar.send(registration))


class RecordedPartner:
    """A system that hears of training."""

    def __init__(self, name: str, partner: Partner, calls: Calls) -> None:
        self._name = name
        self._partner = partner
        self._calls = calls

    def takes(self, course: str) -> bool:
        """Whether it hears of a course; nobody is asked."""
        return self._partner.takes(course)

    def tell(self, word: Trained) -> Receipt:
        """Hand over one word."""
        return self._calls.one(self._name, "send", lambda: self._partner.tell(word))
