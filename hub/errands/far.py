"""Other systems as who decides calls them where processes of other roles do it: the same ports."""

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
    Observation,
    Page,
    Partner,
    Receipt,
    Registrar,
    Registration,
    RegistrationKind,
    Trained,
)
from hub.errands.asking import Errands


class FarDoor:
    """A door."""

    def __init__(self, name: str, door: Door, errands: Errands) -> None:
        self._name = name
        self._door = door
        self._errands = errands

    def _ask(self, call: str, *arguments: Any, **named: Any) -> Any:
        return self._errands.ask("door", self._name, call, *arguments, **named)

    def capabilities(self) -> Capabilities:
        """What this door can do; nobody is asked."""
        return self._door.capabilities()

    def probe(self) -> None:
        """Return if the sink answers and accepts us."""
        self._ask("probe")

    def facts(self) -> Sequence[Fact]:
        """What its server says of itself; nothing where it says nothing."""
        found: Sequence[Fact] = self._ask("facts") if isinstance(self._door, Describing) else ()
        return found

    def resolve(self, person: str) -> str:
        """The sink's own id of a person."""
        return str(self._ask("resolve", person))

    def matches(self, person: str) -> Collection[str]:
        """All ids that the sink has for an identifier."""
        found: Collection[str] = self._ask("matches", person)
        return found

    def observe(self, subject: str, targets: Collection[str]) -> Observation:
        """Whether each target is open to the subject now."""
        seen: Observation = self._ask("observe", subject, list(targets))
        return seen

    def members(self, target: str) -> frozenset[str]:
        """All subjects to whom a target is open now."""
        return frozenset(self._ask("members", target))

    def leased(self, target: str) -> Leased:
        """The same, and whose time there must be prolonged; nobody's where it ends for nobody."""
        if not isinstance(self._door, Leasing):
            return Leased(self.members(target), frozenset())
        found: Leased = self._ask("leased", target)
        return found

    def apply(self, change: Change, *, fence: int) -> Applied:
        """Make one target present or absent for one subject."""
        applied: Applied = self._ask("apply", change, fence=fence)
        return applied


class FarSource:
    """A system that is asked."""

    def __init__(self, name: str, errands: Errands) -> None:
        self._name = name
        self._errands = errands

    def poll(self, cursor: Mapping[str, Any], now: datetime) -> Page:
        """What is new since ``cursor``."""
        page: Page = self._errands.ask("poll", self._name, "poll", dict(cursor), now)
        return page


class FarMessenger:
    """A messenger."""

    def __init__(self, name: str, errands: Errands) -> None:
        self._name = name
        self._errands = errands

    def send(self, message: Message, *, to: Address, key: str) -> Receipt:
        """Hand over one message."""
        receipt: Receipt = self._errands.ask("messenger", self._name, "send", message, to=to, key=key)
        return receipt


class FarRegistrar:
    """An exam or learning system."""

    def __init__(self, name: str, registrar: Registrar, errands: Errands) -> None:
        self._name = name
        self._registrar = registrar
        self._errands = errands

    def takes(self, kind: RegistrationKind, topic: str) -> bool:
        """Whether an exam or a course is held there; nobody is asked."""
        return self._registrar.takes(kind, topic)

    def send(self, registration: Registration) -> Receipt:
        """Hand over one registration or withdrawal."""
        receipt: Receipt = self._errands.ask("registrar", self._name, "send", registration)
        return receipt


class FarPartner:
    """A system that hears of training."""

    def __init__(self, name: str, partner: Partner, errands: Errands) -> None:
        self._name = name
        self._partner = partner
        self._errands = errands

    def takes(self, course: str) -> bool:
        """Whether it hears of a course; nobody is asked."""
        return self._partner.takes(course)

    def tell(self, word: Trained) -> Receipt:
        """Hand over one word."""
        receipt: Receipt = self._errands.ask("partner", self._name, "tell", word)
        return receipt
