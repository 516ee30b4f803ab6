"""Other systems as the hub calls them: the same ports, whatever way a call takes there.

A way puts every call on record, another has a process of another role make it; of a system that is called by both, one
is called by the other.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

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
    Observation,
    Page,
    Partner,
    Receipt,
    Registrar,
    Registration,
    RegistrationKind,
    Trained,
)


class Way(Protocol):
    """How a call of a port reaches its system."""

    def __call__(self, call: str, *arguments: Any, **named: Any) -> Any:
        """What the call returns; it raises what that does."""
        ...


class CalledDoor:
    """A door."""

    def __init__(self, door: Door, way: Way) -> None:
        self._door = door
        self._way = way

    def capabilities(self) -> Capabilities:
        """What this door can do; nobody is asked."""
        return self._door.capabilities()

    def probe(self) -> None:
        """Return if the sink answers and accepts us."""
        self._way("probe")

    def facts(self) -> Sequence[Fact]:
        """What its server says of itself; nothing where it says nothing."""
        found: Sequence[Fact] = self._way("facts") if isinstance(self._door, Describing) else ()
        return found

    def resolve(self, person: str) -> str:
        """The sink's own id of a person."""
        found: str = self._way("resolve", person)
        return found

    def matches(self, person: str) -> Collection[str]:
        """All ids that the sink has for an identifier."""
        found: Collection[str] = self._way("matches", person)
        return found

    def observe(self, subject: str, targets: Collection[str]) -> Observation:
        """Whether each target is open to the subject now."""
        seen: Observation = self._way("observe", subject, list(targets))
        return seen

    def members(self, target: str) -> frozenset[str]:
        """All subjects to whom a target is open now."""
        return frozenset(self._way("members", target))

    def leased(self, target: str) -> Leased:
        """The same, and whose time there must be prolonged; nobody's where it ends for nobody."""
        if not isinstance(self._door, Leasing):
            return Leased(self.members(target), frozenset())
        found: Leased = self._way("leased", target)
        return found

    def apply(self, change: Change, *, fence: int) -> Applied:
        """Make one target present or absent for one subject."""
        applied: Applied = self._way("apply", change, fence=fence)
        return applied


class CalledSource:
    """A system that is asked."""

    def __init__(self, way: Way) -> None:
        self._way = way

    def poll(self, cursor: Mapping[str, Any], now: datetime) -> Page:
        """What is new since ``cursor``."""
        page: Page = self._way("poll", dict(cursor), now)
        return page


class CalledMessenger:
    """A messenger."""

    def __init__(self, way: Way) -> None:
        self._way = way

    def send(self, message: Message, *, to: Address, key: str) -> Receipt:
        """Hand over one message."""
        receipt: Receipt = self._way("send", message, to=to, key=key)
        return receipt


class CalledRegistrar:
    """An exam or learning system."""

    def __init__(self, registrar: Registrar, way: Way) -> None:
        self._registrar = registrar
        self._way = way

    def takes(self, kind: RegistrationKind, topic: str) -> bool:
        """Whether an exam or a course is held there; nobody is asked."""
        return self._registrar.takes(kind, topic)

    def send(self, registration: Registration) -> Receipt:
        """Hand over one registration or withdrawal."""
        receipt: Receipt = self._way("send", registration)
        return receipt


class CalledPartner:
    """A system that hears of training."""

    def __init__(self, partner: Partner, way: Way) -> None:
        self._partner = partner
        self._way = way

    def takes(self, course: str) -> bool:
        """Whether it hears of a course; nobody is asked."""
        return self._partner.takes(course)

    def tell(self, word: Trained) -> Receipt:
        """Hand over one word."""
        receipt: Receipt = self._way("tell", word)
        return receipt
