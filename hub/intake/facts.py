"""Records as rows of facts: each has the key that makes it the same fact however often and by whatever way it comes."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from hub.clock import to_us
from hub.identity.directory import Subject
from hub.store.tables.facts import slice_of
from schemas.attendance import Punch
from schemas.people import Person
from schemas.record import Record
from schemas.transmission import Item

_MINUTE_US = 60_000_000
_MINUTE_BYTES = 4
_PUNCH_KEY_BYTES = 12

Subjects = Mapping[tuple[str, str], Subject]
"""Subjects by source and identifier."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What intake must know of a connector instance; ``source`` is shared by push, pull and file of one system."""

    connector: str
    source: str
    batch: str


@dataclass(slots=True)
class Fact:
    """One record on its way into the store; ``item`` is the number of the item that gave it."""

    record: Record
    subject: Subject | None
    item: int
    item_key: str
    row: dict[str, Any]


def facts_of(items: Sequence[tuple[int, Item]], subjects: Subjects, origin: Origin, known: int) -> list[Fact]:
    """The facts of numbered items, in their order."""
    facts = []
    for n, item in items:
        for record in item.records:
            kind = record.KIND
            subject = None if kind == "session" else subjects[origin.source, record.subject]
            row = {"kind": kind, "topic": record.topic, "at": to_us(record.at), "arrived_at": known, "known_at": known}
            fact = Fact(record, subject, n, item.key, row)
            identify_fact(fact, origin)
            facts.append(fact)
    return facts


def identifiers_in(items: Sequence[tuple[int, Item]], source: str) -> set[tuple[str, str]]:
    """Whom the records name, by source and identifier."""
    named = set()
    for _n, item in items:
        for record in item.records:
            if record.KIND != "session":
                named.add((source, record.subject))
            if isinstance(record, Person):
                named.update((other.source, other.subject) for other in record.identifiers)
    return named


def identify_fact(fact: Fact, origin: Origin) -> None:
    """Give a fact its key and content. Both hold the random token, never the identifier itself."""
    row = fact.row
    kind = row["kind"]
    token = "" if fact.subject is None else fact.subject.token
    row["subject"] = token
    if isinstance(fact.record, Punch):
        _lay_out_punch(fact.record, _digest(origin.source, kind, fact.item_key, token), row)
        return
    row["body"] = body = _body(fact.record, token)
    row["digest"] = b""
    row["said_at"] = None
    if fact.subject is None:  # the plan says the same session once per person
        row["key"] = _digest(origin.source, kind, body)
    elif origin.batch == "all":  # the sender's id alone says which fact it is, so its content can be compared
        row["key"] = id_key(origin.source, kind, fact.item_key)
        row["digest"] = hashlib.blake2b(body.encode(), digest_size=8).digest()
    else:
        # The minute in front keeps facts of one time together on the disk.
        about = f"{kind}/{row['topic']}"
        row["key"] = minute(row["at"]) + _digest(origin.source, about, fact.item_key, token)[:-_MINUTE_BYTES]
    row["about"] = row["key"]


def _lay_out_punch(punch: Punch, key: bytes, row: dict[str, Any]) -> None:
    """A punch has columns of its own; its key is the same whichever terminal protocol or file tells of it."""
    row["slice"] = slice_of(row["at"])
    row["key"] = key[:_PUNCH_KEY_BYTES]
    row["device"] = punch.device
    row["occurred_local"] = punch.occurred_local
    row["direction"] = punch.direction
    row["verify"] = punch.verify
    row["verify_raw"] = punch.verify_raw


def minute(at: int) -> bytes:
    """The minute of a stored instant, in bytes that sort like it."""
    return (at // _MINUTE_US & 0xFFFFFFFF).to_bytes(_MINUTE_BYTES, "big")


def id_key(source: str, kind: str, item_key: str) -> bytes:
    """The key of a fact that its sender gave an id."""
    return _digest(source, "id", kind, item_key)


def _digest(*parts: str) -> bytes:
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).digest()


def _body(record: Record, token: str) -> str:
    if isinstance(record, Person):  # names stand in ``subjects`` alone
        return "{}"
    return orjson.dumps({**record.__dict__, "subject": token} if token else record.__dict__).decode()
