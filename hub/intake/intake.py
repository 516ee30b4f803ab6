"""Makes the facts of a transmission ours, once, and marks whom they concern.

``prepare`` runs before the transaction (digests, sealing, rows); ``take_in`` in a savepoint of the writer's commit,
for all transmissions of that commit at once. A batch of a thousand lines costs one seal, one entry, a few statements.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from connectors.port import ItemResult, Kept, Spec
from hub.clock import to_us
from hub.evidence.stale import forget_folds
from hub.evidence.training_plan import TrainingPlan
from hub.identity.directory import ALWAYS, OPEN, Directory, Link, Subject, link_bounds
from hub.store import queries as q
from hub.store.sealing import Sealer
from hub.store.slots import NO_SLOT, slot
from hub.store.writer import Tx
from schemas.errors import ConflictError, LicetError
from schemas.people import Person
from schemas.record import Record
from schemas.transmission import Fault, Item, Outcome, Transmission

_MINUTE_US = 60_000_000
_MINUTE_BYTES = 4


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
    """A transmission with all that can be done before the transaction. ``whole``: one fault refuses all of it."""

    transmission: Transmission
    origin: Origin
    total: int
    whole: bool
    facts: list[Fact]
    subjects: Subjects
    new_subjects: list[Subject]
    ignored: int
    faults: list[tuple[int, Fault, bytes]]
    id: str
    digest: bytes
    received_us: int
    wire: str
    bucket: str
    sealed: bytes
    payload: dict[str, str | int]


def origin_of(name: str, source: str, spec: Spec) -> Origin:
    """The origin of an instance; ``source`` names the system, so that push, pull and file of one share their facts."""
    return Origin(name, source, spec.batch)


class Intake:
    """Takes in transmissions; knows no wire and no mapping."""

    def __init__(self, directory: Directory, plan: TrainingPlan, sealer: Sealer) -> None:
        self._directory = directory
        self._plan = plan
        self._sealer = sealer

    # --- before the transaction ------------------------------------------------------------------------------

    def prepare(self, transmission: Transmission, outcomes: Sequence[Outcome], origin: Origin) -> Prepared:
        """Digest, seal and lay out what a mapping read. ``received_at`` must be set by the caller's clock."""
        items: list[tuple[int, Item]] = []
        faults: list[tuple[int, Fault]] = []
        for n, each in enumerate(outcomes):
            if isinstance(each, Item):
                items.append((n, each))
            elif isinstance(each, Fault):
                faults.append((n, each))
        ignored = len(outcomes) - len(items) - len(faults)
        whole = origin.batch == "all" and bool(faults)
        if whole:
            items, ignored = [], 0
        subjects = self._directory.subjects(_named(items, origin.source))
        bucket = self._sealer.bucket(transmission.received_at)
        received_us = to_us(transmission.received_at)
        facts = _facts(items, subjects, origin, received_us)
        transmission_id, digest = self._keys(transmission, facts[0].row["at"] if facts else 0)
        for fact in facts:
            fact.row["transmission"] = transmission_id
        aad = f"{origin.connector}/{digest.hex()}"
        sealed, payload = self._sealer.seal_body(bucket, transmission.body, aad)
        return Prepared(
            transmission=transmission,
            origin=origin,
            total=max(len(outcomes), 1),
            whole=whole,
            facts=facts,
            subjects=subjects,
            new_subjects=[each for each in subjects.values() if each.new],
            ignored=ignored,
            faults=self._sealed_faults(faults, whole, bucket, aad) if faults else [],
            id=transmission_id,
            digest=digest,
            received_us=received_us,
            wire=_wire(transmission),
            bucket=bucket,
            sealed=sealed,
            payload=payload,
        )

    def _keys(self, transmission: Transmission, first_us: int) -> tuple[str, bytes]:
        """The id that a repeat will have again, and the digest that tells whether it is one."""
        digest = self._sealer.digest(transmission.body)
        if transmission.id is not None:
            said = f"id\x1f{transmission.connector}\x1f{transmission.id}"
            return self._sealer.digest(said.encode()).hex(), digest
        said = f"body\x1f{transmission.connector}\x1f{transmission.peer}\x1f{transmission.path}\x1f"
        # The minute in front keeps the transmissions of one time together on the disk.
        rest = hashlib.blake2b(said.encode() + digest, digest_size=len(digest) - _MINUTE_BYTES).digest()
        return (_minute(first_us) + rest).hex(), digest

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

    def take_in(self, incoming: Sequence[Prepared], tx: Tx) -> list[Kept]:
        """Keep transmissions, in their order: facts, dedupe keys, due rows, quarantine, entries. Safe to call again.

        Raises:
            ConflictError: A sender's id is known with other content; nothing of any of them may be kept.
        """
        if len({each.id for each in incoming}) < len(incoming):  # one repeats another: it must find that one kept
            return [kept for each in incoming for kept in self._take_in((each,), tx)]
        return self._take_in(incoming, tx)

    def _take_in(self, incoming: Sequence[Prepared], tx: Tx) -> list[Kept]:
        rows = tx.session.all(q.known_transmissions, {"ids": orjson.dumps([each.id for each in incoming]).decode()})
        known = {row[0]: row[1:] for row in rows}
        kept: dict[str, Kept] = {}
        takings = []
        for prepared in incoming:
            tx.count(prepared.origin.connector, "received", prepared.total)
            repeat = self._repeat(prepared, known[prepared.id], tx) if prepared.id in known else None
            if repeat is None:
                takings.append(_Taking(prepared))
            else:
                kept[prepared.id] = repeat
        self._keep_facts(takings, tx)
        self._keep_transmissions(takings, tx)
        for taking in takings:
            kept[taking.prepared.id] = self._close(taking, tx)
        return [kept[each.id] for each in incoming]

    def _repeat(self, prepared: Prepared, known: tuple[Any, ...], tx: Tx) -> Kept | None:
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

    def _keep_facts(self, takings: "Sequence[_Taking]", tx: Tx) -> None:
        for taking in takings:
            if taking.prepared.new_subjects:
                self._keep_subjects(taking, tx)
        rows = [fact.row for taking in takings for fact in taking.prepared.facts]
        if not rows:
            return
        all_new = tx.session.many(q.insert_fact, rows) == len(rows)
        concerned = _Concerned(self._directory, self._plan, tx)
        for taking in takings:
            facts = taking.prepared.facts
            for fact in facts if all_new else self._really_new(taking.prepared, tx):
                waits_for = concerned.by(fact, taking)
                if taking.fresh(fact.item, waits=bool(waits_for)):
                    concerned.hold(waits_for, taking.prepared.origin.connector)
        concerned.settle()

    def _keep_subjects(self, taking: "_Taking", tx: Tx) -> None:
        prepared = taking.prepared
        taking.first_seen = {each.token for each in prepared.new_subjects if self._directory.keep(each, tx)}
        for fact in prepared.facts:
            if fact.subject is not None and fact.row["subject"] != fact.subject.token:
                _identify(fact, prepared.origin)  # somebody was quicker: keys hold the token, so they are made anew

    def _really_new(self, prepared: Prepared, tx: Tx) -> list[Fact]:
        new = []
        for fact in prepared.facts:
            row = tx.session.one(q.fact_digests, fact.row)
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
                    "expected": fault.expected,
                    "bucket": prepared.bucket,
                    "sealed": sealed,
                    "at": tx.now_us,
                    "state": "waiting",
                },
            )

    def _keep_transmissions(self, takings: "Sequence[_Taking]", tx: Tx) -> None:
        rows = []
        for taking in takings:
            prepared, wire = taking.prepared, taking.prepared.transmission
            taking.counts = taking.counted()
            row = {
                "id": prepared.id,
                "connector": wire.connector,
                "digest": prepared.digest,
                "received_at": prepared.received_us,
                "wire": prepared.wire,
                "bucket": prepared.bucket,
                "sealed": prepared.sealed,
                "counts": orjson.dumps(taking.counts).decode(),
                "state": "quarantined" if prepared.whole else "kept",
            }
            rows.append(row)
        if rows:
            tx.session.many(q.insert_transmission, rows)

    def _close(self, taking: "_Taking", tx: Tx) -> Kept:
        prepared, wire, counts = taking.prepared, taking.prepared.transmission, taking.counts
        connector, faults = prepared.origin.connector, prepared.faults
        if faults:
            self._keep_quarantine(prepared, tx)
        for word, items in counts.items():
            tx.count(connector, word, items)
        tx.log(
            "quarantined" if faults else "received",
            connector=connector,
            transmission=prepared.id,
            peer=wire.peer or None,
            media=wire.media_type,
            form=wire.form or None,
            payload=prepared.payload,
            counts=counts,
            code=faults[0][1].code if faults else None,
        )
        return Kept(counts=counts, items=taking.items(), id=prepared.id)

    def kept(self, prepared: Prepared) -> None:
        """The commit of ``take_in`` is durable: what was new about its subjects is known from now on."""
        self._directory.kept(prepared.new_subjects)

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


class _Taking:
    """One transmission on its way in: what became of each item, counted as it goes."""

    __slots__ = ("_words", "counts", "first_seen", "prepared")

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self.counts: dict[str, int] = {}
        self.first_seen: set[str] = set()
        """Tokens of the subjects that came into the store with it."""
        self._words: dict[int, str] = {}

    def fresh(self, item: int, *, waits: bool) -> bool:
        """A record of this item was new. An item waits as long as one record waits; whether it does so from now on."""
        if not waits:
            self._words.setdefault(item, "applied")
            return False
        newly = self._words.get(item) != "held"
        self._words[item] = "held"
        return newly

    def counted(self) -> dict[str, int]:
        """Items by word; words without items are left out."""
        prepared = self.prepared
        if prepared.whole:
            return {"quarantined": prepared.total}
        found: dict[str, int] = {}
        for word in self._words.values():
            found[word] = found.get(word, 0) + 1
        if prepared.ignored:
            found["ignored"] = prepared.ignored
        if prepared.faults:
            found["quarantined"] = len(prepared.faults)
        if again := prepared.total - sum(found.values()):
            found["duplicate"] = again
        return found

    def items(self) -> Sequence[ItemResult]:
        """One result per item, for wires that answer by item."""
        if self.prepared.origin.batch != "all":
            return ()
        if self.prepared.whole:
            fault = self.prepared.faults[0][1]
            return (ItemResult("quarantined", code=fault.code, where=fault.where),) * self.prepared.total
        known = {fact.item for fact in self.prepared.facts}
        return [
            ItemResult(self._words.get(n, "duplicate" if n in known else "ignored"))  # type: ignore[arg-type]
            for n in range(self.prepared.total)
        ]


class _Concerned:
    """Finds whom new facts concern and marks them: units to fold again, persons to look at, items that wait."""

    def __init__(self, directory: Directory, plan: TrainingPlan, tx: Tx) -> None:
        self._directory = directory
        self._plan = plan
        self._tx = tx
        self._because = ""
        self._stale: set[tuple[str, str]] = set()
        self._plan_changed: dict[str, str] = {}
        self._held: dict[tuple[str, str], int] = {}

    def by(self, fact: Fact, taking: _Taking) -> str:
        """Mark whom one new fact concerns; the subject whose link it must wait for, if it must."""
        record, kind = fact.record, fact.record.KIND
        self._because = taking.prepared.id
        if kind == "session":
            self._plan_changed[record.topic] = self._because
            return ""
        assert fact.subject is not None
        if isinstance(record, Person):
            self._person(record, fact.subject, taking)
            return ""
        if kind == "voided":
            self._voided(record.topic, taking.prepared.origin.source)
            return ""
        token, at = fact.subject.token, fact.row["at"]
        links = self._directory.links(token, self._tx.session)
        for link in links:
            if link.valid_from <= at < link.valid_until:
                self._mark(kind, fact.row["topic"], at, links)
                return ""
        return token

    def hold(self, subject: str, connector: str) -> None:
        """One more item waits for a link of this subject."""
        self._held[subject, connector] = self._held.get((subject, connector), 0) + 1

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
                self._look_at(link.person)

    def _look_at(self, person: str) -> None:
        self._tx.due(person, at=self._tx.now, because=self._because)

    def _voided(self, statement: str, source: str) -> None:
        """A withdrawn statement concerns the person of the statement, not the one who withdrew it."""
        self._plan.forget()
        for kind in ("study", "result"):
            row = self._tx.session.one(q.fact_subject, {"key": id_key(source, kind, statement)})
            if row is not None:
                self._mark(kind, row[2], row[3], self._directory.links(row[0], self._tx.session))

    def _person(self, record: Person, subject: Subject, taking: _Taking) -> None:
        self._write_held()  # what came in this very commit may wait for this person
        prepared = taking.prepared
        person = self._directory.person_of(subject, record, self._tx)
        links = [(subject.token, Link(person, ALWAYS, OPEN))]
        for other in record.identifiers:
            links.append((prepared.subjects[other.source, other.subject].token, Link(person, *link_bounds(other))))
        for token, link in links:
            if token in taking.first_seen:  # in this very message: nothing can wait for it, nobody else has it yet
                taking.first_seen.discard(token)
                self._directory.link(token, link, self._tx)
            else:
                self._link(token, link, to_us(record.as_of))
        self._look_at(person)

    def _link(self, token: str, wanted: Link, said_at: int) -> None:
        link, losers = self._directory.reconcile_links(token, wanted, said_at, self._tx)
        for person in losers:
            forget_folds(token, person, self._tx)
            self._look_at(person)
        if link is not None:
            identify(self._directory, token, link, self._because, self._tx)

    def settle(self) -> None:
        """Write what was marked."""
        if self._plan_changed:
            self._plan.forget()
            self._enrolled()
        if self._stale:
            self._tx.session.many(
                q.set_fold, [{"person": p, "unit": unit, "body": None} for p, unit in sorted(self._stale)]
            )
        self._write_held()

    def _write_held(self) -> None:
        held, self._held = self._held, {}
        for (subject, connector), items in held.items():
            row = {"subject": subject, "connector": connector, "items": items, "since": self._tx.now_us}
            self._tx.session.run(q.add_held, row)

    def _enrolled(self) -> None:
        for session, because in self._plan_changed.items():
            self._because = because
            for (subject,) in self._tx.session.all(q.enrolled_in, {"topic": session}):
                for link in self._directory.links(subject, self._tx.session):
                    self._stale.add((link.person, session))
                    self._look_at(link.person)


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


def _named(items: list[tuple[int, Item]], source: str) -> set[tuple[str, str]]:
    named = set()
    for _n, item in items:
        for record in item.records:
            if record.KIND != "session":
                named.add((source, record.subject))
            if isinstance(record, Person):
                named.update((other.source, other.subject) for other in record.identifiers)
    return named


def _facts(items: list[tuple[int, Item]], subjects: Subjects, origin: Origin, known: int) -> list[Fact]:
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
    row["slot"] = NO_SLOT
    if fact.subject is None:  # the plan says the same session once per person
        row["key"] = _digest(origin.source, kind, body)
    elif kind == "punch":  # the same whichever terminal protocol or file tells of it
        row["slot"] = slot(token, row["at"])
        row["key"] = _digest(origin.source, kind, fact.item_key, token)[:-_MINUTE_BYTES]
    elif origin.batch == "all":  # the sender's id alone says which fact it is, so its content can be compared
        row["key"] = id_key(origin.source, kind, fact.item_key)
        row["digest"] = hashlib.blake2b(body.encode(), digest_size=8).digest()
    else:
        # The minute in front keeps facts of one time together on the disk.
        about = f"{kind}/{row['topic']}"
        row["key"] = _minute(row["at"]) + _digest(origin.source, about, fact.item_key, token)[:-_MINUTE_BYTES]


def _minute(at: int) -> bytes:
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
