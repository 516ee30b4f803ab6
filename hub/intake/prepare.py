"""Makes a transmission ready to be kept: all that can be done before the transaction and on the caller's thread."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import orjson

from hub.clock import to_us
from hub.identity.directory import Directory, Subject
from hub.intake.aside import Aside, asides
from hub.intake.facts import Fact, Origin, Subjects, facts_of, identifiers_in, minute
from hub.intake.proof import SenderProof, content_of
from hub.store.sealing import Sealer
from mappings import MappingDocument
from schemas.people import AssignmentsListed, LeavesListed
from schemas.record import Record
from schemas.transmission import Fault, Item, Outcome, Transmission

_OF_A_TERMINAL = ("clock_off", "complete_until")
"""What the context of a transmission says of the terminal that it came from, to be known with each of its punches."""
_FILE, _OF_A_REQUEST = "file", ("header.", "query.")
"""What differs from message to message in the context of a transmission; the rest is of its connector and peer."""
_OF_THE_SENDING = frozenset({"header.date", "header.webhook-timestamp"})
"""What is another one whenever a message is sent: under the sender's own id it says nothing new."""


@dataclass(slots=True)
class Prepared:
    """A transmission that is read, digested and sealed. ``whole``: one fault refuses all of it."""

    transmission: Transmission
    origin: Origin
    total: int
    whole: bool
    facts: list[Fact]
    subjects: Subjects
    new_subjects: list[Subject]
    ignored: int
    faults: list[tuple[Aside, bytes]]
    """What waits in quarantine, and its sealed bytes; none where all of the transmission does."""
    id: str
    digest: bytes
    received_us: int
    terminal: str | None
    """What its terminal was when it brought this, as JSON."""
    bucket: str
    sealed: bytes
    payload: dict[str, str | int]
    mapping: MappingDocument | None
    auth: Mapping[str, str] | None
    """How the sender proved itself, where somebody had to."""
    echoes: set[int] = field(default_factory=set)
    """Items that are the hub's own words, told back."""
    left_out: Mapping[int, Fault] = field(default_factory=dict)
    """Of items that were taken the part that could not be."""


class Reading(NamedTuple):
    """A transmission with what was read of it; ``received_at`` is set by the caller's clock.

    ``mapping`` is what read the outcomes; none for a body that no mapping was asked about. ``proof`` is sealed with
    the body.
    """

    transmission: Transmission
    outcomes: Sequence[Outcome]
    origin: Origin
    mapping: MappingDocument | None = None
    proof: SenderProof | None = None


class _Layout(NamedTuple):
    """The outcomes of a transmission by what becomes of them."""

    facts: list[Fact]
    subjects: Subjects
    faults: list[tuple[int, Fault]]
    whole: bool
    ignored: int
    received_us: int
    left_out: Mapping[int, Fault]


class _Sealed(NamedTuple):
    """A sealed body, and what an entry may say of it."""

    bucket: str
    aad: str
    body: bytes
    payload: dict[str, str | int]


class Preparer:
    """Lays out what a mapping read as rows of facts, and seals what came."""

    def __init__(self, directory: Directory, sealer: Sealer) -> None:
        self._directory = directory
        self._sealer = sealer

    def prepare(
        self,
        transmission: Transmission,
        outcomes: Sequence[Outcome],
        origin: Origin,
        mapping: MappingDocument | None = None,
        proof: SenderProof | None = None,
    ) -> Prepared:
        """A transmission ready for ``Keeper.keep``; the arguments are those of a ``Reading``."""
        return self.prepare_all([Reading(transmission, outcomes, origin, mapping, proof)])[0]

    def prepare_all(self, readings: Sequence[Reading]) -> list[Prepared]:
        """Transmissions ready for ``Keeper.keep``, in their order.

        Each step is done for all of them before the next one: the processor then has its code at hand, which makes
        half of the time.
        """
        readings = [_by_its_source(each) if "identifiers" in each.transmission.context else each for each in readings]
        layouts = [self._laid_out(each) for each in readings]
        keys = [self._keys(each, layout.facts) for each, layout in zip(readings, layouts, strict=True)]
        sealed = self._seal(readings, keys)
        return list(map(self._prepared, readings, layouts, keys, sealed))

    def _laid_out(self, reading: Reading) -> _Layout:
        items, faults, whole = sorted_out(reading.outcomes, reading.origin)
        ignored = 0 if whole else len(reading.outcomes) - len(items) - len(faults)
        subjects = self._directory.subjects(identifiers_in(items, reading.origin.source))
        received_us = to_us(reading.transmission.received_at)
        facts = facts_of(items, subjects, self._directory.number, reading.origin, received_us)
        left_out = {n: item.left_out for n, item in items if item.left_out is not None}
        return _Layout(facts, subjects, faults, whole, ignored, received_us, left_out)

    def _seal(self, readings: Sequence[Reading], keys: Sequence[tuple[str, bytes]]) -> list[_Sealed]:
        bodies = []
        for (transmission, _outcomes, origin, _mapping, proof), (_id, digest) in zip(readings, keys, strict=True):
            bucket = self._sealer.bucket(transmission.received_at)
            bodies.append((bucket, content_of(proof, transmission), f"{origin.connector}/{digest.hex()}"))
        sealed = []
        done = self._sealer.seal_bodies(bodies)
        for reading, (bucket, _content, aad), (blob, payload) in zip(readings, bodies, done, strict=True):
            payload["bytes"] = len(reading.transmission.body)
            sealed.append(_Sealed(bucket, aad, blob, payload))
        return sealed

    def _prepared(self, reading: Reading, layout: _Layout, keys: tuple[str, bytes], sealed: _Sealed) -> Prepared:
        transmission_id, digest = keys
        facts, faults, whole = layout.facts, layout.faults, layout.whole
        for fact in facts:
            fact.row["transmission"] = transmission_id
        return Prepared(
            transmission=reading.transmission,
            origin=reading.origin,
            total=max(len(reading.outcomes), 1),
            whole=whole,
            facts=facts,
            subjects=layout.subjects,
            new_subjects=_new(layout.subjects.values(), facts),
            ignored=layout.ignored,
            faults=self._sealed(faults, whole, sealed.bucket, sealed.aad) if faults else [],
            id=transmission_id,
            digest=digest,
            received_us=layout.received_us,
            terminal=_terminal(reading.transmission.context),
            bucket=sealed.bucket,
            sealed=sealed.body,
            payload=sealed.payload,
            mapping=reading.mapping,
            auth=None if reading.proof is None else reading.proof.auth,
            left_out=layout.left_out,
        )

    def _keys(self, reading: Reading, facts: Sequence[Fact]) -> tuple[str, bytes]:
        """The id that a repeat will have again, and the digest that tells whether it is one."""
        transmission, beside = reading.transmission, _read_beside(reading)
        if transmission.id is not None:
            told = {name: value for name, value in beside.items() if name not in _OF_THE_SENDING}
            sent = f"{transmission.id}\x1f{told.pop(_FILE)}" if _FILE in told else transmission.id
            digest = self._digest(_meaning(transmission), told)
            return self._sealer.transmission_id(transmission.connector, sent), digest
        digest = self._digest(transmission.body, beside)
        known = f"body\x1f{transmission.connector}\x1f{transmission.peer}\x1f{transmission.path}\x1f"
        # The minute in front keeps the transmissions of one time together on the disk.
        near = minute(facts[0].row["at"] if facts else 0)
        rest = hashlib.blake2b(known.encode() + digest, digest_size=len(digest) - len(near)).digest()
        return (near + rest).hex(), digest

    def _digest(self, content: bytes, beside: Mapping[str, str]) -> bytes:
        """The digest of what was said: of the content alone, unless something beside it was read, too."""
        digest = self._sealer.body_digest(content)
        if not beside:
            return digest
        return self._sealer.body_digest(b"beside\x1f" + digest + orjson.dumps(beside, option=orjson.OPT_SORT_KEYS))

    def _sealed(self, faults: list[tuple[int, Fault]], whole: bool, bucket: str, aad: str) -> list[tuple[Aside, bytes]]:
        if whole:
            n, fault = faults[0]
            return [(Aside(n, fault, b"", 1), b"")]
        seal = self._sealer.seal
        return [(each, seal(bucket, each.raw, f"{aad}/{each.item}") if each.raw else b"") for each in asides(faults)]


def sorted_out(
    outcomes: Sequence[Outcome], origin: Origin
) -> tuple[list[tuple[int, Item]], list[tuple[int, Fault]], bool]:
    """The items and the faults of a transmission with their numbers, and whether the faults refuse all of it."""
    items: list[tuple[int, Item]] = []
    faults: list[tuple[int, Fault]] = []
    for n, outcome in enumerate(outcomes):
        if isinstance(outcome, Item):
            items.append((n, outcome))
        elif isinstance(outcome, Fault):
            faults.append((n, outcome))
    if faults:  # what a list leaves out is told by one that could be read whole
        items = [(n, item._replace(records=_without_lists(item.records))) for n, item in items]
    whole = bool(faults) and origin.batch == "all"
    return [] if whole else items, faults, whole


def source_of(transmission: Transmission, origin: Origin) -> Origin:
    """The origin of a transmission: its identifiers may be those of a source of their own, as its connector says."""
    named = transmission.context.get("identifiers")
    return origin if named is None else replace(origin, source=named)


def _by_its_source(reading: Reading) -> Reading:
    return reading._replace(origin=source_of(reading.transmission, reading.origin))


def _read_beside(reading: Reading) -> dict[str, str]:
    """What is read of a request beside its body, or of a file beside its content: other values are another message.

    What no rule of the mapping looks at makes none: a sender repeats itself under a new number of its request. Where
    no mapping was asked all of it may matter to the one that is asked later.
    """
    context, mapping = reading.transmission.context, reading.mapping
    given = {name: value for name, value in context.items() if name == _FILE or name.startswith(_OF_A_REQUEST)}
    if not given or mapping is None:
        return given
    asked = mapping.beside(reading.transmission)
    return {name: value for name, value in given.items() if name in asked}


def _without_lists(records: Sequence[Record]) -> tuple[Record, ...]:
    return tuple(record for record in records if not isinstance(record, AssignmentsListed | LeavesListed))


def _new(subjects: Iterable[Subject], facts: Sequence[Fact]) -> list[Subject]:
    """The identifiers, then the certificate numbers, that the store may not have yet."""
    identifiers = [each for each in subjects if each.new]
    numbers = {fact.number.token: fact.number for fact in facts if fact.number is not None and fact.number.new}
    return [*identifiers, *numbers.values()]


def _terminal(context: Mapping[str, str]) -> str | None:
    known = {name: context[name] for name in _OF_A_TERMINAL if name in context}
    return orjson.dumps(known).decode() if known else None


def _meaning(transmission: Transmission) -> bytes:
    """What a repeat under the same id must say again: a sender may write it otherwise, as its serialiser does."""
    content = transmission.content
    if content is None or content.error is not None:
        return transmission.body
    return json.dumps(content.value, sort_keys=True, separators=(",", ":")).encode()
