"""The ports an adapter can play, and the values that cross them.

Adapters hold no state, open no store, ask no clock, retry nothing and never look at the meaning of a body.
They raise only the failures of ``schemas.errors``. What crosses with every event is a named tuple, which is made
in a fifth of the time that a frozen dataclass takes.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from pydantic import BaseModel

from connectors.keys import KeyRing, NoOwnKeys, OwnKeys, PeerKey
from schemas.access import Presence
from schemas.credential import KnownBy
from schemas.door import Asked
from schemas.errors import LicetError
from schemas.transmission import NOTHING, Outcome, Transmission


class Request(NamedTuple):
    """One HTTP request as it came. Header names are lower case; no name of ``query`` came twice.

    ``target`` is the absolute URI that the peer addressed, built from the hub's public URL. ``address`` is that of the
    connection.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    target: str
    arrived_at: datetime
    address: str = ""


PeerStatus = Literal["unknown", "pending", "approved", "rejected", "retired"]


class Command(NamedTuple):
    """What a peer that asks for its orders is told: a number that it answers with, and words of its protocol."""

    id: int
    text: str


class CommandResult(NamedTuple):
    """What a peer said of a command, in its own word, and whether that means that it was not carried out."""

    id: int
    result: str
    failed: bool


_NO_KEYS = KeyRing(())
_NONE_OWN = NoOwnKeys()


class PeerState(NamedTuple):
    """What is kept of one peer between requests; ``memory`` is the adapter's own, plain JSON values, but for
    ``address``: whence a peer called that waits for approval. Of too many from there the oldest give way.

    The other members are the hub's: when the peer was heard last, how far it is complete (``Reception``), which
    ``commands`` it was handed and has not answered, when something that it brought was refused since it was heard, and
    the ``keys`` that the hub knows beside those of its settings, above which they stand; ``own`` are the hub's private
    ones.
    """

    status: PeerStatus = "approved"
    memory: Mapping[str, Any] = NOTHING
    last_contact_at: datetime | None = None
    complete_until: datetime | None = None
    commands: tuple[Command, ...] = ()
    refused_at: datetime | None = None
    keys: KeyRing = _NO_KEYS
    own: OwnKeys = _NONE_OWN


class Reply(NamedTuple):
    """An HTTP answer."""

    status: int = 200
    body: bytes = b""
    media_type: str = "text/plain"
    headers: Mapping[str, str] = NOTHING


ItemWord = Literal["applied", "duplicate", "ignored", "held", "quarantined"]
"""What became of an item."""


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one item."""

    result: ItemWord
    id: str = ""
    code: str = ""
    where: str = ""


class Kept(NamedTuple):
    """What became of one transmission, after its commit. ``repeat``: the transmission itself was known already.

    ``items`` are in the order of the message; a repeat has the counts of the first time. ``receipt`` is what its sender
    may keep, where its source gives any: a compact JWS, the same one for a repeat.
    """

    counts: Mapping[str, int]
    items: Sequence[ItemResult] = ()
    repeat: bool = False
    id: str = ""
    receipt: str = ""
    held: Sequence[int] = ()
    """Which items wait for somebody to be known; the numbers of their places in the message."""

    @property
    def total(self) -> int:
        """How many items the transmission held."""
        return sum(self.counts.values())


AuthMethod = Literal["http-signature", "password", "sealed", "serial", "token", "webhook", "xml"]
"""How a sender proves itself; ``serial``: an operator approved the device of this serial; ``sealed``, ``xml``: it
signed the message and encrypted it to the hub."""


class Reception(NamedTuple):
    """What one request brought.

    Attributes:
        transmissions: To be kept; none for a heartbeat or a handshake.
        new_state: The peer's state from now on (the same object when nothing changed).
        reply: Builds the answer after the commit, from what became of each transmission and the commands that it
            takes along.
        key_id: The id of the key that proved the sender, as configured; empty where there is only one.
        proof: The header fields that proved it; never a secret.
        complete_until: Everything that the peer knew until then has been brought, by this request at the latest;
            nothing where that is not certain.
        results: What the peer says of commands that it was handed.
        asks: Commands that the adapter itself wants handed to this peer; they take the place of earlier ones that
            were not fetched.
        fetches: How many waiting commands the reply takes along.
        alarms: Codes of what a person must hear about this peer.
        refusal: Why the request is refused all the same, once the new state is kept.
        may_wait: The new state may be stored with a later one: a crash that forgets it costs time and proves nothing.
    """

    transmissions: tuple[Transmission, ...]
    new_state: PeerState
    reply: Callable[[Sequence[Kept], Sequence[Command]], Reply]
    key_id: str = ""
    proof: Mapping[str, str] = NOTHING
    complete_until: datetime | None = None
    results: tuple[CommandResult, ...] = ()
    asks: tuple[str, ...] = ()
    fetches: int = 0
    alarms: tuple[str, ...] = ()
    refusal: LicetError | None = None
    may_wait: bool = False


class PushSource(Protocol):
    """A system that calls us."""

    def peer(self, request: Request) -> str:
        """The peer whose state ``receive`` needs (a device serial; empty where there is only one). Unproven."""
        ...

    def receive(self, request: Request, state: PeerState) -> Reception:
        """Prove where a request comes from and hand on its bodies, and what they say where it had to be read.

        Raises:
            TrustError: Origin or integrity is not proven.
            PayloadError: Proven, but the request itself is not of the protocol's form.
        """
        ...

    def failure(self, error: Exception) -> Reply:
        """The protocol's own form of a refusal or a failure (a ``LicetError``)."""
        ...

    def describe(self, state: PeerState) -> str:
        """How a peer speaks, for people, out of the adapter's memory; empty where there is nothing to tell."""
        ...

    def remarks(self, state: PeerState) -> tuple[str, ...]:
        """What a person must know about a peer, out of the adapter's memory."""
        ...


class Recorder(Protocol):
    """A device with a log of its own, which can be told to send a part of it again; what it sends is pushed."""

    def history(self, peer: str, state: PeerState, since: datetime, until: datetime) -> str:
        """The command that asks a device for what it recorded in ``[since, until]``.

        Raises:
            RejectedError: It cannot be asked.
        """
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """What one poll brought. ``cursor`` is plain JSON.

    ``complete_until``: everything that the system knew until then has been brought; nothing where that is not certain.
    ``summary`` is a diff for people (added, changed, gone), by part; its ``held`` says why a part was not read. Then
    ``alarm`` is the code of the first reason, and ``more`` are those of others. ``again_in``: there is more to ask for,
    in so many seconds at the earliest; nothing where the next interval will do.
    """

    transmissions: tuple[Transmission, ...]
    cursor: Mapping[str, Any]
    complete_until: datetime | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)
    alarm: str = ""
    again_in: float | None = None
    more: tuple[str, ...] = ()


class PollSource(Protocol):
    """A system that we ask."""

    def poll(self, cursor: Mapping[str, Any], now: datetime) -> Page:
        """What is new since ``cursor``; an empty cursor means from the beginning. ``now`` stamps what is found."""
        ...


@runtime_checkable
class Windowed(Protocol):
    """A poll source that can be asked once more for what it holds of a stretch of time."""

    @property
    def windowed(self) -> bool:
        """Whether it can be, as its settings stand."""
        ...

    def within(self, since: datetime, until: datetime, turn: int) -> Mapping[str, Any]:
        """A cursor from which ``poll`` brings what the system holds of ``[since, until]``, then ends.

        ``turn`` is another number whenever what it said before is to be read again, too.
        """
        ...


class Certificate(NamedTuple):
    """A certificate that the hub knows: whose it is, as the source calls them, our name of the credential, its number.

    The number is as it was written when it was heard of first.
    """

    holder: str
    credential: str
    number: str


@runtime_checkable
class Inquiring(Protocol):
    """A poll source that must be told about which certificates it is to ask."""

    @property
    def credentials(self) -> frozenset[str]:
        """Of which credentials, by our names."""
        ...

    def inquire(self, cursor: Mapping[str, Any], known: Sequence[Certificate], now: datetime) -> Page:
        """What is said of the next of those that are ``known``; ``cursor`` and ``now`` as with a ``PollSource``."""
        ...


@runtime_checkable
class Keyed(Protocol):
    """A poll source that proves what it is told by keys of its peer; the hub may know of others than its settings."""

    def poll_by(self, cursor: Mapping[str, Any], keys: Iterable[PeerKey], now: datetime) -> Page:
        """What is new, by these keys, too; ``cursor`` and ``now`` as with a ``PollSource``."""
        ...


@runtime_checkable
class Holding(Protocol):
    """A poll source that holds back what looks wrong as a whole, until a person lets it pass."""

    def accepted(self, cursor: Mapping[str, Any]) -> tuple[Mapping[str, Any], Sequence[str]]:
        """The cursor by which what is held now passes when it is asked for next, and the names of what that is."""
        ...


class Address(NamedTuple):
    """Where somebody is reached: the kind of address (``mail``, ``mobile``, ...) and how that kind writes it."""

    kind: str
    value: str


class Link(NamedTuple):
    """Where a reader can go on: what it says, and its absolute URL."""

    label: str
    url: str


class Message(NamedTuple):
    """What is said to one reader, before a channel gives it its form. ``text`` has lines, ``subject`` is one."""

    subject: str
    text: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a messenger took a message: its id there, and the words it was taken with."""

    id: str = ""
    detail: str = ""


class Messenger(Protocol):
    """A system that carries messages to people."""

    def send(self, message: Message, *, to: Address, key: str) -> Receipt:
        """Hand over one message to an address of a kind that the ``SPEC`` names.

        The same ``key`` twice has one effect where the wire allows it.

        Raises:
            UnavailableError: Try again later.
            UnknownOutcomeError: It may have been taken.
            RejectedError: Refused for good.
        """
        ...


RegistrationKind = Literal["exam", "course"]


@dataclass(frozen=True, slots=True)
class Registration:
    """That somebody may sit an exam now, or has to take a course, or no longer. ``learner`` is who it is there.

    ``id`` is one person's way to one exam of one credential, or to one course, whichever posts ask for it; of two
    messages about it the higher ``sequence`` holds. ``topic`` is the exam or the course, by our name of it.
    """

    id: str
    sequence: int
    wanted: Literal["registered", "withdrawn"]
    learner: str
    kind: RegistrationKind
    topic: str
    credential: str
    position: str
    since: datetime


class Registrar(Protocol):
    """An exam or learning system that is told who may sit which exam, and who has to take which course."""

    def takes(self, kind: RegistrationKind, topic: str) -> bool:
        """Whether an exam or a course, by our name of it, is held there."""
        ...

    def send(self, registration: Registration) -> Receipt:
        """Hand over one registration or withdrawal; the same one twice has one effect.

        Raises:
            UnavailableError: Try again later.
            UnknownOutcomeError: It may have been taken.
            RejectedError: Refused for good.
        """
        ...


@dataclass(frozen=True, slots=True)
class Trained:
    """What somebody has done of one course over a stretch of days, first and last day included.

    ``id`` is that person's way through that course in that stretch; of two words about it the higher ``sequence``
    holds. ``learner`` is the identifier that the partner knows; times are whole seconds.
    """

    id: str
    sequence: int
    learner: str
    course: str
    named: tuple[str, str]
    """In Chinese and in English."""
    from_on: date
    until_on: date
    credited: int
    counted: int
    """What of the required time was attended: the rate is made of it."""
    required: int
    open: int
    since: datetime

    @property
    def key(self) -> str:
        """The same for each try of one word."""
        return f"{self.id}/{self.sequence}"


class Partner(Protocol):
    """A system beside the hub that keeps training figures of its own, and is told each change of them."""

    def takes(self, course: str) -> bool:
        """Whether it hears of a course, by our name of it."""
        ...

    def tell(self, word: Trained) -> Receipt:
        """Hand over one word; the same one twice has one effect. Only a receipt of this very word is one.

        Raises:
            UnavailableError: Try again later.
            UnknownOutcomeError: It may have been taken.
            RejectedError: Refused for good.
        """
        ...


@dataclass(frozen=True, slots=True)
class FiguresAsked:
    """A question for the figures of one person over a window of days, first and last day included.

    ``as_of``: by what was known then; nothing: now. ``courses``: those alone; none: all. ``digest`` is that of the
    question as it came, which its answer bears; ``proof`` are the header fields that proved who asks.
    """

    id: str
    subject: str
    from_on: date
    until_on: date
    reason: str
    form: str
    digest: str
    as_of: datetime | None = None
    courses: tuple[str, ...] = ()
    key_id: str = ""
    proof: Mapping[str, str] = field(default_factory=dict)
    said: bytes = b""
    """The question as it was read, whatever it was sealed in."""


class FiguresTold(NamedTuple):
    """An answer: as it goes out, and what it says, which may be sealed to its receiver alone."""

    reply: Reply
    said: bytes


class Asker(Protocol):
    """A system that asks the hub for figures, and is answered in the same envelope."""

    def question(self, request: Request, state: PeerState) -> FiguresAsked:
        """Who asks for what.

        Raises:
            TrustError: Origin or integrity is not proven.
            PayloadError: Proven, but no question.
        """
        ...

    def answer(self, found: Mapping[str, Any], asked: FiguresAsked, now: datetime) -> FiguresTold:
        """The answer to a question, signed.

        Raises:
            UnavailableError: The hub has no such key now.
        """
        ...

    def failure(self, error: Exception) -> Reply:
        """The form of a refusal or a failure (a ``LicetError``)."""
        ...


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a door can do: how it can be read back, and how long a change takes to reach the last reader (seconds).

    Attributes:
        lease_s: After so many seconds what it opened closes by itself, unless it is opened anew; 0: never.
        old_tokens_s: How long tokens, sessions and tickets that were given before a removal go on, as it ends none;
            nothing where nobody has said.
    """

    read_back: Literal["exact", "eventual", "none"]
    propagation_s: float = 0.0
    lease_s: float = 0.0
    old_tokens_s: float | None = 0.0


@dataclass(frozen=True, slots=True)
class Observation:
    """What a sink shows now: target -> present or absent, and target -> its evidence (request / answer digests).

    Attributes:
        unproven: Targets of which an absence proves nothing yet, as this read was not seen to show anybody there: why.
        listed: Who was listed in a target, where a list was read: one change takes one subject from it, or adds one.
        gone: The sink knows the subject no more.
        ending: Targets that must be opened anew to stay open: the sink ends by itself what it opened.
    """

    presence: Mapping[str, Presence]
    evidence: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    unproven: Mapping[str, str] = field(default_factory=dict)
    listed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    gone: bool = False
    ending: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """What shall be true at a sink for one subject and target; ``key`` is the idempotency key of this epoch."""

    subject: str
    target: str
    wanted: Presence
    key: str


@dataclass(frozen=True, slots=True)
class Queued:
    """A change that a peer of the same instance is told of when it asks for its orders: commands, in their order."""

    peer: str
    texts: tuple[str, ...]


Applied = Literal["applied", "noop"] | Queued
"""What became of a change: done, so already, or waiting to be fetched. Only an observation says that it is so."""


class Door(Protocol):
    """A system that enforces access and can be read back. Only targets are touched, never an account.

    Methods raise ``UnavailableError``, ``UnknownOutcomeError`` (only after a write was sent) or ``RejectedError``.
    """

    def capabilities(self) -> Capabilities:
        """What this door can do."""
        ...

    def probe(self) -> None:
        """Return if the sink answers and accepts us."""
        ...

    def resolve(self, person: str) -> str:
        """The sink's own id of a person, from the identifier that the hub has for this sink.

        Raises:
            RejectedError: ``sink.no-person``: the sink knows nobody by it, so nothing is open there;
                ``sink.ambiguous``: more than one. Never a guess.
        """
        ...

    def matches(self, person: str) -> Collection[str]:
        """All ids that the sink has for an identifier, also where they are several: closings need every one."""
        ...

    def observe(self, subject: str, targets: Collection[str]) -> Observation:
        """Whether each target is open to the subject now (``resolve``'s answer, or an id that it had before)."""
        ...

    def members(self, target: str) -> frozenset[str]:
        """All subjects to whom a target is open now, for plans and sweeps."""
        ...

    def apply(self, change: Change, *, fence: int) -> Applied:
        """Make one target present or absent for one subject; ``fence`` is the person's epoch."""
        ...


class Leased(NamedTuple):
    """To whom a target is open, and who must be let in anew as it ends for them, or has ended, by itself."""

    members: frozenset[str]
    ending: frozenset[str]


@runtime_checkable
class Leasing(Protocol):
    """A door that can end by itself what it opened."""

    def leased(self, target: str) -> Leased:
        """To whom a target is open now, as ``members`` says, and whose time there must be prolonged."""
        ...


class Fact(NamedTuple):
    """One thing that a server says of itself, beside what is done there."""

    what: str
    answer: str


@runtime_checkable
class Describing(Protocol):
    """A door whose server says what it can, so that it can be compared with how it is used."""

    def facts(self) -> Sequence[Fact]:
        """What it says; nothing is written.

        Raises:
            LicetError: It cannot be asked.
        """
        ...


class Dialect(Protocol):
    """How a system speaks, as a mapping document says it."""

    def read(self, transmission: Transmission) -> tuple[Outcome, ...]:
        """What a form of it finds in an answer; never raises for what the answer holds."""
        ...

    def asked(self, form: str, what: Asked) -> bytes:
        """What the system is asked, as a body of a form.

        Raises:
            LicetError: It cannot be told so.
        """
        ...

    def gives(self, form: str) -> frozenset[str]:
        """The records that a form gives, such as ``door.Member``; none where there is no such form."""
        ...


@dataclass(frozen=True, slots=True)
class Spec:
    """What an adapter declares.

    Attributes:
        title: For people.
        settings: Its frozen pydantic model; every field described, secrets ``SecretStr``.
        build: ``build(instance_name, settings)`` gives the adapter.
        ports: Which ports it plays.
        mapping: Name of the mapping document, empty for sinks.
        batch: ``each`` keeps bad items aside, ``all`` refuses the whole transmission.
        completeness: How its watermark moves (design 1, missing evidence).
        paths: Protocol-fixed paths (Starlette routes); empty means ``/in/<instance>``.
        max_body: Bytes.
        methods: With which its peers call.
        media: In what they bring it.
        approval: New peers wait for an operator.
        auth: How those who push prove themselves.
        reaches: Kinds of address that a messenger takes.
        commands: Its peers fetch commands.
        doors: Name of the setting that lists what it opens, where an instance without any is no door.
        profile: Name of the setting that says by which envelope its peers prove themselves, where there is a choice.
        keys: Name of the setting with the keys that its peers sign with.
        key_set: Name of the setting that says where its peers publish their keys; its adapter has ``published_keys``.
        receipts: Its peers get a signed receipt of each message.
        own_document: It has no mapping of its own: each instance names one of the hub folder.
        dialect: Returns if a document says all that settings need of how a system is asked and answers, and raises
            ``SettingError``. Then it is ``build(instance_name, settings, dialect)``, whose last gives the document in
            use, and nothing is brought.
        secret_unless: Name of a secret that an instance needs -> settings, or setting=value, with which it does not.
        own_keys: What it sends may be signed by keys of the hub: its ``build`` takes them as ``own``.
        closes: What it brings may close a door at once: it is taken while the disk is nearly full.
        devices: Name of the setting that says what differs at single peers, as whose ``identifiers`` they use.
        exams: Name of the setting that lists exams by the names that positions give them.
        asks: Name of the setting that lists the posts of whose holders it may ask.
        courses: Name of the setting that lists courses by their own names.
        schemes: Name of the setting that lists the credentials of which its peers may speak, by their names.
        known_by: The best by which a credential may be known that it brings; by its ports, where it does not say:
            who calls has told the hub itself, who is asked was queried.
        groups: Name of the setting that says how a sink calls targets of positions.
        context: What its transmissions may say beside their body, by the names under which documents look there;
            ``header.{headers}`` is one name for each that the setting ``headers`` lists.
        lies_here: What it asks are files of the hub's own machine, which may be read at any time.
        proposes: What of a new instance's settings follows from those that somebody gave, in a hub folder; as TOML
            writes it.
    """

    title: str
    settings: type[BaseModel]
    build: Callable[..., Any]
    ports: tuple[Literal["push", "poll", "messenger", "door", "recorder", "registrar", "partner", "asker"], ...]
    mapping: str = ""
    batch: Literal["each", "all"] = "each"
    completeness: Literal["pull", "contact", "none"] = "none"
    paths: tuple[str, ...] = ()
    max_body: int = 1 << 20
    methods: tuple[str, ...] = ("POST",)
    media: tuple[str, ...] = ()
    approval: bool = False
    auth: AuthMethod = "token"
    reaches: tuple[str, ...] = ()
    commands: bool = False
    doors: str = ""
    devices: str = ""
    exams: str = ""
    courses: str = ""
    schemes: str = ""
    asks: str = ""
    groups: str = ""
    keys: str = ""
    key_set: str = ""
    profile: str = ""
    receipts: bool = False
    closes: bool = False
    known_by: KnownBy | None = None
    own_document: bool = False
    secret_unless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own_keys: bool = False
    dialect: Callable[[Any, Dialect], None] | None = None
    proposes: Callable[[Path, Mapping[str, str]], Mapping[str, str]] | None = None
    context: tuple[str, ...] = ()
    lies_here: bool = False

    def contexts(self, settings: BaseModel) -> frozenset[str]:
        """The names under which its documents find something beside a body."""
        return frozenset({"received_at"}.union(*(_named(each, settings) for each in self.context)))

    @property
    def brings(self) -> bool:
        """Whether what it brings is read by a mapping."""
        return bool(self.mapping) or (self.own_document and self.dialect is None)

    def sources(self, settings: BaseModel) -> frozenset[str]:
        """The sources whose identifiers single peers of an instance use."""
        own = getattr(settings, self.devices) if self.devices else {}
        return frozenset(each.identifiers for each in own.values() if each.identifiers)

    def played(self, settings: BaseModel) -> "Spec":
        """What an instance of these settings declares."""
        ports = self.ports
        if self.doors and not getattr(settings, self.doors):
            ports = tuple(port for port in ports if port != "door")
        auth = getattr(settings, self.profile) if self.profile else self.auth
        return self if (ports, auth) == (self.ports, self.auth) else replace(self, ports=ports, auth=auth)


def _named(context: str, settings: BaseModel) -> tuple[str, ...]:
    """The names that one entry of ``Spec.context`` stands for."""
    before, _, listed = context.removesuffix("}").partition("{")
    return tuple(f"{before}{each}" for each in getattr(settings, listed)) if listed else (context,)
