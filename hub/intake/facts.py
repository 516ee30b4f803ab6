"""Records as rows of facts: each has the key that makes it the same fact however often and by whatever way it comes."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from hub.clock import to_us
from hub.identity.directory import Subject
from hub.store.tables.punches import slice_of
from schemas.attendance import Punch
from schemas.credential import KNOWN_BY, CredentialStatus, KnownBy
from schemas.decision import RegisterEntry, Reopened
from schemas.learning import RecordingSeen, Result, Study, Voided
from schemas.people import Person
from schemas.record import Record
from schemas.transmission import Item

_MINUTE_US = 60_000_000
_MINUTE_BYTES = 4
_PUNCH_KEY_BYTES = 12
_STRICTNESS_BYTES = 6
"""In front of a digest: of words said at one instant the one with the greater digest holds."""

_CAME = "provenance"
_OF_A_NUMBER = (CredentialStatus, RegisterEntry, Reopened)
"""Records that speak of one certificate number."""

Subjects = Mapping[tuple[str, str], Subject]
"""Subjects by source and identifier."""
NumberOf = Callable[[str, Subject], Subject]
"""What a certificate number of a holder is known by."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What intake must know of a connector instance; ``source`` is shared by push, pull and file of one system."""

    connector: str
    source: str
    batch: str
    opening: bool = False
    """Whether it brings balances of the day the hub began: a later file replaces what an earlier one said."""
    receipts: bool = False
    """Whether its senders get a receipt of each message."""
    known_by: KnownBy | None = None
    """The best by which what it says of a credential may be known; nothing where each word says it itself."""
    by_hand: bool = False
    """Whether people of the house say it: their word stands beside what the source of the identifiers says."""

    @property
    def voice(self) -> str:
        """Whose word it is: a later one of the same voice replaces an earlier one."""
        return self.connector if self.by_hand else self.source


@dataclass(slots=True)
class Fact:
    """One record on its way into the store; ``item`` is the number of the item that gave it."""

    record: Record
    subject: Subject | None
    number: Subject | None
    """The certificate number that it speaks of."""
    item: int
    item_key: str
    row: dict[str, Any]

    def become(self, record: Record, origin: Origin) -> None:
        """Be another record of the same subject, without a number, of the same transmission."""
        self.record, self.number = record, None
        kept = {name: self.row[name] for name in ("arrived_at", "transmission")}
        self.row = {**kept, "kind": record.KIND, "topic": record.topic, "at": to_us(record.at)}
        identify_fact(self, origin)


def facts_of(
    items: Sequence[tuple[int, Item]], subjects: Subjects, number_of: NumberOf, origin: Origin, arrived: int
) -> list[Fact]:
    """The facts of numbered items, in their order."""
    facts = []
    for n, item in items:
        for said in item.records:
            record = _known(said, origin.known_by) if isinstance(said, CredentialStatus) else said
            kind = record.KIND
            subject = subjects[origin.source, record.subject] if record.OF_A_PERSON else None
            number = None
            if isinstance(record, _OF_A_NUMBER) and record.number and subject is not None:
                number = number_of(record.number, subject)
            row = {"kind": kind, "topic": record.topic, "at": to_us(record.at), "arrived_at": arrived}
            fact = Fact(record, subject, number, n, item.key, row)
            identify_fact(fact, origin)
            facts.append(fact)
    return facts


def _known(said: CredentialStatus, best: KnownBy | None) -> CredentialStatus:
    """A status with how it is known: as its mapping says, and never better than its connector can prove.

    What an issuer told the hub itself says nothing of it.
    """
    if best is None:
        return said
    stated = best if said.provenance is None else min(said.provenance, best, key=KNOWN_BY.index)
    kept = None if stated == "push" else stated
    return said if kept == said.provenance else said.model_copy(update={"provenance": kept})


def identifiers_in(items: Sequence[tuple[int, Item]], source: str) -> set[tuple[str, str]]:
    """Whom the records name, by source and identifier."""
    named = set()
    for _n, item in items:
        for record in item.records:
            if record.OF_A_PERSON:
                named.add((source, record.subject))
            if isinstance(record, Person):
                named.update((other.source, other.subject) for other in record.identifiers)
    return named


def identify_fact(fact: Fact, origin: Origin) -> None:
    """Give a fact its key and content. Both hold tokens, never an identifier or a certificate number itself."""
    record, row = fact.record, fact.row
    token = "" if fact.subject is None else fact.subject.token
    row["subject"] = token
    if isinstance(record, Punch):
        _lay_out_punch(record, _digest(origin.source, row["kind"], fact.item_key, token), row)
    else:
        _lay_out_word(fact, token, origin)


def _lay_out_punch(punch: Punch, key: bytes, row: dict[str, Any]) -> None:
    """A punch has columns of its own; its key is the same whichever terminal protocol or file tells of it."""
    row["slice"] = slice_of(row["at"])
    row["key"] = key[:_PUNCH_KEY_BYTES]
    row["device"] = punch.device
    row["occurred_local"] = punch.occurred_local
    row["direction"] = punch.direction
    row["verify"] = punch.verify
    row["verify_raw"] = punch.verify_raw


def _lay_out_word(fact: Fact, token: str, origin: Origin) -> None:
    """What is said of something. A sender's id alone says which statement it is, so that its content can be compared;
    without one the statement itself does: about what, what, and when it was said."""
    record, row = fact.record, fact.row
    content, stated = _content(record, token, fact.number), record.stated_at
    text = orjson.dumps(content)
    row["said_at"] = None if stated is None else to_us(stated)
    row["body"] = None if getattr(record, "withdrawn", False) else text.decode()
    about = _about(fact, token, origin)
    if origin.batch == "all":
        row["key"] = id_key(origin.source, record.KIND, fact.item_key)
        row["digest"] = _short(orjson.dumps(_without_arrival(content, row["arrived_at"])))
    elif about is not None:
        row["key"] = _near(row["at"], _digest(origin.voice, "word", about.hex(), text.decode()))
        row["replaces"] = True
        statement = orjson.dumps({name: value for name, value in content.items() if value != stated})
        row["digest"] = record.strictness.to_bytes(_STRICTNESS_BYTES, "big") + _short(statement)
    else:
        row["key"] = _near(row["at"], _digest(origin.source, record.KIND, record.topic, fact.item_key, token))
        row["digest"] = b""
    row["about"] = about or row["key"]


def _without_arrival(content: dict[str, Any], arrived: int) -> dict[str, Any]:
    """What a sender said: an instant that it left out is that of the arrival, and differs with each try.

    By which way it came is no part of it: an issuer that is asked says again what it has told.
    """
    return {
        name: value
        for name, value in content.items()
        if name != _CAME and (type(value) is not datetime or to_us(value) != arrived)
    }


def _about(fact: Fact, token: str, origin: Origin) -> bytes | None:
    """What a fact is about, if a later word about it replaces this one. One statement id is one thing in all kinds."""
    record = fact.record
    if isinstance(record, Study | RecordingSeen | Result | Voided):
        return statement_of(origin.source, record.statement) if record.statement else None
    parts = record.about
    if origin.opening and isinstance(record, CredentialStatus):
        parts = ("opening", record.credential, "" if fact.number is None else fact.number.token)
    return None if parts is None else _digest(origin.voice, "about", record.KIND, token, *parts)


def statement_of(source: str, statement: str) -> bytes:
    """What all that is said of a statement of a source is about."""
    return _digest(source, "statement", statement)


def minute(at: int) -> bytes:
    """The minute of a stored instant, in bytes that sort like it."""
    return (at // _MINUTE_US & 0xFFFFFFFF).to_bytes(_MINUTE_BYTES, "big")


def id_key(source: str, kind: str, item_key: str) -> bytes:
    """The key of a fact that its sender gave an id."""
    return _digest(source, "id", kind, item_key)


def _near(at: int, key: bytes) -> bytes:
    # The minute in front keeps facts of one time together on the disk.
    return minute(at) + key[:-_MINUTE_BYTES]


def _digest(*parts: str) -> bytes:
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).digest()


def _short(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=8).digest()


def _content(record: Record, token: str, number: Subject | None) -> dict[str, Any]:
    if isinstance(record, Person):
        return _nameless(record, token)
    content = {name: value for name, value in record.__dict__.items() if value or name not in record.SPARE}
    if token:
        content["subject"] = token
    if number is not None:
        content["number"] = number.token
    return content


def _nameless(person: Person, token: str) -> dict[str, Any]:
    """What the rules read of a person: names and addresses stand in ``people`` alone, sealed."""
    left = {} if person.leaves_at is None else {"leaves_at": person.leaves_at}
    return {"subject": token, "name": "", **left, "as_of": person.as_of}
