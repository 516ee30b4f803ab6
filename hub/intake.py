"""Makes the facts of a transmission ours, once, and marks whom they concern.

``prepare`` runs on the caller's thread (digests, sealing, rows); ``take_in`` runs in a savepoint of the
writer's commit. A batch of a thousand lines costs one seal, one entry and a few statements.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from connectors.port import ItemResult, Kept, Spec
from hub.clock import to_us
from hub.directory import ALWAYS, OPEN, Directory, Link, Subject, bounds
from hub.plan import Plan
from hub.store import queries as q
from hub.store.sealing import Sealer
from hub.store.writer import Tx
from schemas.errors import ConflictError, LicetError
from schemas.people import Person
from schemas.record import Record
from schemas.transmission import Fault, Ignored, Item, Outcome, Transmission

_FOUND_LENGTH = 64
_MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Origin:
    """What intake must know of a connector instance."""

    connector: str
    source: str
    batch: str


Subjects = dict[tuple[str, str], Subject]


@dataclass(slots=True)
class Fact:
    """One record on its way into the store."""

    record: Record
    subject: Subject | None
    item: int
    item_key: str
    row: dict[str, Any]


@dataclass(slots=True)
class Prepared:
    """A transmission with all that can be done before the transaction."""

    transmission: Transmission
    origin: Origin
    total: int
    facts: list[Fact]
    subjects: dict[tuple[str, str], Subject]
    ignored: int
    faults: list[tuple[int, Fault, bytes]]
    id: str
    digest: bytes
    wire: str
    bucket: str
    sealed: bytes
    payload: dict[str, str | int]
    aad: str
    profiles: dict[str, bytes] = field(default_factory=dict)


def origin_of(name: str, source: str, spec: Spec) -> Origin:
    """The origin of an instance; ``source`` names the system, so that push, pull and file of one share their facts."""
    return Origin(name, source, spec.batch)


class Intake:
    """Takes in transmissions; knows no wire and no mapping."""

    def __init__(self, directory: Directory, plan: Plan, sealer: Sealer) -> None:
        self._directory = directory
        self._plan = plan
        self._sealer = sealer

    # --- before the transaction ------------------------------------------------------------------------------

    def prepare(self, transmission: Transmission, outcomes: Sequence[Outcome], origin: Origin) -> Prepared:
        """Digest, seal and lay out what a mapping read. ``received_at`` must be set by the caller's clock."""
        faults = [(n, each) for n, each in enumerate(outcomes) if isinstance(each, Fault)]
        whole = origin.batch == "all" and bool(faults)
        items = [] if whole else [(n, each) for n, each in enumerate(outcomes) if isinstance(each, Item)]
        subjects = self._directory.subjects(_named(items, origin.source))
        bucket = self._sealer.bucket(transmission.received_at)
        transmission_id, digest = self._keys(transmission)
        aad = f"{origin.connector}/{digest.hex()}"
        sealed, payload = self._sealer.seal_body(bucket, transmission.body, aad)
        prepared = Prepared(
            transmission=transmission,
            origin=origin,
            total=max(len(outcomes), 1),
            facts=_facts(transmission_id, items, subjects, origin, to_us(transmission.received_at)),
            subjects=subjects,
            ignored=0 if whole else sum(isinstance(each, Ignored) for each in outcomes),
            faults=self._sealed_faults(faults, whole, bucket, aad),
            id=transmission_id,
            digest=digest,
            wire=_wire(transmission),
            bucket=bucket,
            sealed=sealed,
            payload=payload,
            aad=aad,
        )
        for fact in prepared.facts:
            if isinstance(fact.record, Person) and fact.subject is not None:
                prepared.profiles[fact.subject.lookup.hex()] = self._directory.seal_profile(fact.subject, fact.record)
        return prepared

    def _keys(self, transmission: Transmission) -> tuple[str, bytes]:
        """The id that a repeat will have again, and the digest that tells whether it is one."""
        digest = self._sealer.digest(transmission.body)
        if transmission.id is not None:
            said: tuple[str, ...] = ("id", transmission.connector, transmission.id)
        else:
            said = ("body", transmission.connector, transmission.peer, transmission.path)
        parts = "\x1f".join(said).encode()
        return self._sealer.digest(parts, b"" if transmission.id is not None else digest).hex(), digest

    def _sealed_faults(
        self, faults: list[tuple[int, Fault]], whole: bool, bucket: str, aad: str
    ) -> list[tuple[int, Fault, bytes]]:
        if whole:
            n, fault = faults[0]
            return [(n, fault, b"")]
        return [
            (n, fault, self._sealer.seal(bucket, fault.raw, f"{aad}/{n}") if fault.raw else b"") for n, fault in faults
        ]

    # --- inside the transaction ------------------------------------------------------------------------------

    def take_in(self, prepared: Prepared, tx: Tx) -> Kept:
        """Keep one transmission: facts, dedupe keys, due rows, quarantine, its entry. Safe to call again.

        Raises:
            ConflictError: The sender's id is known with other content; nothing is kept.
        """
        tx.count(prepared.origin.connector, "received", prepared.total)
        known = tx.session.one(q.known_transmission, {"id": prepared.id})
        if known is not None:
            repeat = self._repeat(prepared, known, tx)
            if repeat is not None:
                return repeat
        whole = prepared.origin.batch == "all" and bool(prepared.faults)
        results = _Results(prepared, whole=whole)
        if not whole:
            self._keep_facts(prepared, results, tx)
        if prepared.faults:
            self._keep_quarantine(prepared, tx)
        return self._close(prepared, results, whole, tx)

    def _repeat(self, prepared: Prepared, known: tuple[bytes, str, str], tx: Tx) -> Kept | None:
        """The answer to a repeat; nothing when a mended message supersedes a quarantined one."""
        digest, counts, state = known
        connector, first = prepared.origin.connector, prepared.id
        before: dict[str, int] = json.loads(counts)
        if bytes(digest) == prepared.digest:
            tx.count(connector, "duplicate", prepared.total)
            tx.log("duplicate", connector=connector, because=first, count=prepared.total, outcome="duplicate")
            return Kept(counts=before, repeat=True, id=first, items=_repeated(before))
        if state != "quarantined":
            raise ConflictError(
                f"transmission {first} of {connector} has the same id and other content",
                known=bytes(digest),
                found=prepared.digest,
            )
        aside = {"of": first, "to": f"{first}~{tx.new_id()}"}
        tx.session.run(q.rename_transmission, aside)
        tx.session.run(q.supersede_quarantine, aside)
        tx.count(connector, "quarantined", -before["quarantined"])
        tx.count(connector, "duplicate", before["quarantined"])
        tx.log("released", connector=connector, because=first, outcome="superseded")
        return None

    def _keep_facts(self, prepared: Prepared, results: "_Results", tx: Tx) -> None:
        self._keep_subjects(prepared, tx)
        rows = [fact.row for fact in prepared.facts]
        if not rows:
            return
        fresh = tx.session.many(q.insert_fact, rows) if len(rows) > 1 else tx.session.run(q.insert_fact, rows[0])
        new = prepared.facts if fresh == len(rows) else self._really_new(prepared, tx)
        concerned = _Concerned(self._directory, self._plan, tx, prepared.id)
        for fact in new:
            results.fresh(fact.item, concerned.by(fact, prepared))
        concerned.settle(prepared.origin.connector, results.held)

    def _keep_subjects(self, prepared: Prepared, tx: Tx) -> None:
        renamed = False
        for subject in prepared.subjects.values():
            if subject.sealed is not None:
                before = subject.token
                renamed |= self._directory.keep(subject, tx) != before
        if renamed:  # somebody was quicker: keys hold the token, so they are made anew
            for fact in prepared.facts:
                _identify(fact, prepared.origin)

    def _really_new(self, prepared: Prepared, tx: Tx) -> list[Fact]:
        new = []
        for fact in prepared.facts:
            row = tx.session.one(q.fact_digests, {"key": fact.row["key"]})
            assert row is not None
            if row[2] == prepared.id:
                new.append(fact)
            elif prepared.origin.batch == "all" and bytes(row[1]) != fact.row["digest"]:
                raise ConflictError(
                    f"item {fact.item} of {prepared.origin.connector} has a known id and other content",
                    known=bytes(row[1]),
                    found=fact.row["digest"],
                )
        return new

    def _keep_quarantine(self, prepared: Prepared, tx: Tx) -> None:
        for n, fault, sealed in prepared.faults:
            tx.session.run(
                q.insert_quarantine,
                {
                    "id": tx.new_id(),
                    "connector": prepared.origin.connector,
                    "transmission": prepared.id,
                    "item": n if sealed else -1,
                    "code": fault.code,
                    "place": fault.where,
                    "found": fault.found[:_FOUND_LENGTH] if not sealed else "",
                    "expected": fault.expected,
                    "bucket": prepared.bucket,
                    "sealed": sealed,
                    "at": tx.now_us,
                    "state": "waiting",
                },
            )

    def _close(self, prepared: Prepared, results: "_Results", whole: bool, tx: Tx) -> Kept:
        counts = results.counts()
        connector, wire = prepared.origin.connector, prepared.transmission
        for word, items in counts.items():
            tx.count(connector, word, items)
        tx.session.run(
            q.insert_transmission,
            {
                "id": prepared.id,
                "connector": connector,
                "digest": prepared.digest,
                "received_at": to_us(wire.received_at),
                "wire": prepared.wire,
                "bucket": prepared.bucket,
                "sealed": prepared.sealed,
                "counts": orjson.dumps(counts).decode(),
                "state": "quarantined" if whole else "kept",
            },
        )
        tx.log(
            "quarantined" if prepared.faults else "received",
            connector=connector,
            transmission=prepared.id,
            peer=wire.peer or None,
            media=wire.media_type,
            form=wire.form or None,
            payload=prepared.payload,
            counts=counts,
            code=prepared.faults[0][1].code if prepared.faults else None,
        )
        return Kept(counts=counts, items=results.items(), id=prepared.id)

    def kept(self, prepared: Prepared) -> None:
        """The commit of ``take_in`` is durable: what was new about its subjects is known from now on."""
        self._directory.kept(prepared.subjects.values())

    def refused(self, connector: str, error: LicetError, body: bytes, tx: Tx) -> None:
        """Leave the trace of an input that was not taken: digest and size, never its bytes; no body, not read whole."""
        tx.count(connector, "refused")
        tx.session.run(q.connector_error, {"of": connector, "code": error.code, "at": tx.now_us})
        tx.log(
            "refused",
            connector=connector,
            code=error.code,
            payload={"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()} if body else None,
            outcome="rejected",
        )


class _Results:
    """What became of each item, counted as it goes."""

    def __init__(self, prepared: Prepared, *, whole: bool) -> None:
        self._prepared = prepared
        self._words: dict[int, str] = {}
        self._waiting: set[int] = set()
        self._whole = whole
        self.held: dict[str, int] = {}
        """Items that wait, by the subject they wait for."""

    def fresh(self, item: int, waits_for: str) -> None:
        """A record of this item was new. An item waits as long as one of its records waits for a link."""
        if waits_for:
            self._words[item] = "held"
            self.held[waits_for] = self.held.get(waits_for, 0) + (item not in self._waiting)
            self._waiting.add(item)
        else:
            self._words.setdefault(item, "applied")

    def counts(self) -> dict[str, int]:
        """Items by word; words without items are left out."""
        prepared = self._prepared
        if self._whole:
            return {"quarantined": prepared.total}
        words = list(self._words.values())
        found = {
            "applied": words.count("applied"),
            "held": words.count("held"),
            "ignored": prepared.ignored,
            "quarantined": len(prepared.faults),
        }
        found["duplicate"] = prepared.total - sum(found.values())
        return {word: items for word, items in found.items() if items}

    def items(self) -> Sequence[ItemResult]:
        """One result per item, for wires that answer by item."""
        if self._prepared.origin.batch != "all":
            return ()
        if self._whole:
            fault = self._prepared.faults[0][1]
            return (ItemResult("quarantined", code=fault.code, where=fault.where),) * self._prepared.total
        known = {fact.item for fact in self._prepared.facts}
        return [
            ItemResult(self._words.get(n, "duplicate" if n in known else "ignored"))  # type: ignore[arg-type]
            for n in range(self._prepared.total)
        ]


class _Concerned:
    """Finds whom new facts concern and marks them: units to fold again, persons to look at."""

    def __init__(self, directory: Directory, plan: Plan, tx: Tx, because: str) -> None:
        self._directory = directory
        self._plan = plan
        self._tx = tx
        self._because = because
        self._stale: set[tuple[str, str]] = set()
        self._people: set[str] = set()
        self._plan_changed: set[str] = set()

    def by(self, fact: Fact, prepared: Prepared) -> str:
        """Mark whom one new fact concerns; the subject whose link it must wait for, if it must."""
        record, kind = fact.record, fact.record.KIND
        if kind == "session":
            self._plan_changed.add(record.topic)
            return ""
        assert fact.subject is not None
        if isinstance(record, Person):
            self._person(record, fact.subject, prepared)
            return ""
        token, at = fact.subject.token, fact.row["at"]
        if kind == "voided":
            self._voided(record.topic, prepared.origin.source)
            return ""
        links = self._directory.links(token, self._tx.session)
        if not any(link.valid_from <= at < link.valid_until for link in links):
            return token
        self._mark(kind, record.topic, at, links)
        return ""

    def _mark(self, kind: str, topic: str, at: int, links: Sequence[Link]) -> None:
        if kind == "punch":
            units = self._plan.sessions_over(topic, at, self._tx.now_us, self._tx.session)
            if not units:
                return
        else:
            units = [topic] if kind in ("study", "enrolment") else []
        for link in links:
            if link.valid_from <= at < link.valid_until:
                self._stale.update((link.person, unit) for unit in units)
                self._people.add(link.person)

    def _voided(self, statement: str, source: str) -> None:
        """A withdrawn statement concerns the person of the statement, not the one who withdrew it."""
        self._plan.forget()
        for kind in ("study", "result"):
            row = self._tx.session.one(q.fact_subject, {"key": id_key(source, kind, statement)})
            if row is not None:
                self._mark(kind, row[2], row[3], self._directory.links(row[0], self._tx.session))

    def _person(self, record: Person, subject: Subject, prepared: Prepared) -> None:
        profile = prepared.profiles[subject.lookup.hex()]
        person = self._directory.person_of(subject, record.as_of, profile, self._tx)
        links = [(subject, Link(person, ALWAYS, OPEN))]
        for other in record.identifiers:
            links.append((prepared.subjects[other.source, other.subject], Link(person, *bounds(other))))
        for each, link in links:
            if each.sealed is not None:  # seen for the first time in this message: nothing can wait for it
                self._directory.link(each.token, link, self._tx)
            else:
                identify(self._directory, each.token, link, self._because, self._tx)
        self._people.add(person)

    def settle(self, connector: str, held: dict[str, int]) -> None:
        """Write the marks of one transmission."""
        if self._plan_changed:
            self._plan.forget()
            self._enrolled()
        if self._stale:
            self._tx.session.many(
                q.set_fold, [{"person": p, "unit": unit, "body": None} for p, unit in sorted(self._stale)]
            )
        for person in self._people:
            self._tx.due(person, at=self._tx.now, because=self._because)
        for subject, items in held.items():
            self._tx.session.run(
                q.add_held, {"subject": subject, "connector": connector, "items": items, "since": self._tx.now_us}
            )

    def _enrolled(self) -> None:
        for session in self._plan_changed:
            for (subject,) in self._tx.session.all(q.enrolled_in, {"topic": session}):
                for link in self._directory.links(subject, self._tx.session):
                    self._stale.add((link.person, session))
                    self._people.add(link.person)


def identify(directory: Directory, subject: str, link: Link, because: str, tx: Tx) -> None:
    """Link an identifier to a person; all that was held for it applies now, by itself."""
    person = link.person
    if not directory.link(subject, link, tx):
        return
    for connector, items in tx.session.all(q.held_of_subject, {"subject": subject}):
        tx.count(connector, "held", -items)
        tx.count(connector, "applied", items)
        tx.log("released", connector=connector, person=person, count=items, because=because, outcome="applied")
    tx.session.run(q.delete_held, {"subject": subject})
    forget_folds(subject, person, tx)
    tx.due(person, at=tx.now, because=because)


def forget_folds(subject: str, person: str, tx: Tx) -> None:
    """Have every unit folded again in which this identifier may count."""
    units = {topic for (topic,) in tx.session.all(q.courses_of_subject, {"subject": subject})}
    units |= {topic for (topic,) in tx.session.all(q.sessions_of_subject, {"subject": subject})}
    units |= {unit for unit, _body in tx.session.all(q.folds_of, {"person": person})}
    if units:
        tx.session.many(q.set_fold, [{"person": person, "unit": unit, "body": None} for unit in sorted(units)])


def _named(items: list[tuple[int, Item]], source: str) -> set[tuple[str, str]]:
    named = set()
    for _n, item in items:
        for record in item.records:
            if record.KIND != "session":
                named.add((source, record.subject))
            if isinstance(record, Person):
                named.update((other.source, other.subject) for other in record.identifiers)
    return named


def _facts(
    prepared_id: str, items: list[tuple[int, Item]], subjects: Subjects, origin: Origin, known: int
) -> list[Fact]:
    facts = []
    for n, item in items:
        for record in item.records:
            kind = record.KIND
            subject = None if kind == "session" else subjects[origin.source, record.subject]
            row = {
                "kind": kind,
                "topic": record.topic,
                "at": to_us(record.at),
                "known_at": known,
                "transmission": prepared_id,
            }
            fact = Fact(record, subject, n, item.key, row)
            _identify(fact, origin)
            facts.append(fact)
    return facts


def _identify(fact: Fact, origin: Origin) -> None:
    """Give a fact its key and body. Both hold the random token, never the identifier itself."""
    row = fact.row
    kind = row["kind"]
    token = "" if fact.subject is None else fact.subject.token
    row["subject"] = token
    row["body"] = body = _body(fact.record, token)
    row["digest"] = b""
    if fact.subject is None:  # the plan says the same session once per person
        row["key"] = _digest(origin.source, kind, body)
    elif origin.batch == "all":  # the sender's id alone says which fact it is, so its content can be compared
        row["key"] = id_key(origin.source, kind, fact.item_key)
        row["digest"] = hashlib.blake2b(body.encode(), digest_size=8).digest()
    else:  # a punch is the same whichever terminal protocol or file tells of it
        about = kind if kind == "punch" else f"{kind}/{row['topic']}"
        # The minute in front keeps punches of one time together on the disk.
        row["key"] = (row["at"] // _MINUTE_US & 0xFFFFFFFF).to_bytes(4, "big") + _digest(
            origin.source, about, fact.item_key, token
        )[:12]


def id_key(source: str, kind: str, item_key: str) -> bytes:
    """The key of a fact that its sender gave an id."""
    return _digest(source, "id", kind, item_key)


def _digest(*parts: str) -> bytes:
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).digest()


def _body(record: Record, token: str) -> str:
    if isinstance(record, Person):  # names stand in ``subjects`` alone
        return "{}"
    values = dict(record.__dict__)
    if token:
        values["subject"] = token
    return orjson.dumps(values).decode()


def _wire(transmission: Transmission) -> str:
    """What must be known to read the body again."""
    return orjson.dumps(
        {
            "media_type": transmission.media_type,
            "form": transmission.form,
            "peer": transmission.peer,
            "path": transmission.path,
            "context": dict(transmission.context),
        }
    ).decode()


def _repeated(counts: dict[str, int]) -> Sequence[ItemResult]:
    return (ItemResult("duplicate"),) * sum(counts.values())
