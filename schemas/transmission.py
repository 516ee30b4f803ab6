"""One message as it came, and what a mapping makes of each of its items."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from schemas.content import Content
from schemas.record import Record
from schemas.words import Words

NOTHING: Mapping[str, Any] = MappingProxyType({})
"""No members; nobody can add one."""


class Transmission(NamedTuple):
    """Raw bytes whose origin is proven, with what the connector knows about them.

    Attributes:
        connector: Name of the connector instance that took it in.
        received_at: Arrival, aware UTC.
        media_type: Without parameters, lower case.
        body: The bytes exactly as they came.
        id: The sender's own id; ``None`` where the wire has none (the digest of peer, path, body and what is
            read beside it serves).
        form: Which form of the mapping document reads it (a table name, ``json``, ``xml``); empty for the only one.
        peer: The sender's configured id (a device serial, an authority key owner); never a URL.
        path: Request path without query, part of the digest where there is no id.
        context: Facts that the connector adds for the mapping (device, zone, dialect), and of its request
            ``header.<name>`` (lower case) and ``query.<name>`` where a mapping may ask for them.
        content: What the body says, where the connector had to read it: the mapping does not read it again.
    """

    connector: str
    received_at: datetime
    media_type: str
    body: bytes
    id: str | None = None
    form: str = ""
    peer: str = ""
    path: str = ""
    context: Mapping[str, str] = NOTHING
    content: Content | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """An item that is out of scope by rule, and why (a stable word, for example ``door-event``)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Fault:
    """An item that cannot be read: stable code, where (a pointer, line or offset), what was found and expected.

    ``raw`` keeps the item's own bytes for quarantine; empty means the whole transmission.
    """

    code: str
    where: str
    found: Words
    expected: Words
    raw: bytes = b""


class Item(NamedTuple):
    """An item that could be read: its records, and the key that makes the fact once across push, pull and file.

    ``key`` holds the parts that identify the fact *without* its subject; the hub adds source and subject.
    """

    records: tuple[Record, ...]
    key: str
    left_out: Fault | None = None
    """A part of it that a rule keeps apart and that could not be read: it says nothing, its sender and people hear."""


Outcome = Item | Ignored | Fault
