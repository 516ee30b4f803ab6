"""Makes the facts of prepared transmissions ours, once, inside a commit of the writer.

All transmissions of a commit are kept together: a batch of a thousand lines costs one entry and a few statements.
"""

import json
from collections.abc import Sequence
from typing import Any

import orjson

from audit_log.kinds import is_peer
from connectors.port import Kept
from hub.evidence.training_plan import TrainingPlan
from hub.identity.directory import Directory
from hub.identity.links import Links
from hub.intake.affected import Affected
from hub.intake.echoes import Echoes
from hub.intake.facts import Fact, Origin, identify_fact
from hub.intake.prepare import Prepared
from hub.intake.receipts import Receipts
from hub.intake.tally import ItemTally, set_aside_result
from hub.intake.unnamed import UnnamedCredentials
from hub.store.commit import Tx
from hub.store.tables import facts, intake, punches
from mappings import MappingDocument
from schemas.errors import ConflictError
from schemas.words import Words, told

ECHO = "meaning.echo"
MEDIA = frozenset(
    {"application/json", "application/xml", "application/cloudevents+json", "application/cloudevents-batch+json"}
    | {"application/x-ndjson", "application/octet-stream", "multipart/mixed", "text/csv", "text/plain", "text/xml"}
)
"""Media types that an entry names; any other text of a sender stays sealed with the body."""


class Keeper:
    """Keeps transmissions: facts, dedupe keys, whom they concern, what cannot be read, entries."""

    def __init__(
        self,
        directory: Directory,
        links: Links,
        plan: TrainingPlan,
        unnamed: UnnamedCredentials,
        receipts: Receipts,
        echoes: Echoes,
    ) -> None:
        self._echoes = echoes
        self._unnamed = unnamed
        self._receipts = receipts
        self._directory = directory
        self._links = links
        self._plan = plan
        self._documents: set[bytes] = set()
        """Digests of the mapping documents that are in the store for certain."""

    def keep(self, incoming: Sequence[Prepared], tx: Tx) -> list[Kept]:
        """What became of each transmission, in their order. Safe to call again with the same ones.

        Raises:
            ConflictError: A sender's id is known with other content; nothing of any of them may be kept.
        """
        if len({each.id for each in incoming}) < len(incoming):  # one repeats another: it must find that one kept
            return [kept for each in incoming for kept in self._keep((each,), tx)]
        return self._keep(incoming, tx)

    def committed(self, prepared: Prepared) -> None:
        """The commit of ``keep`` is durable: what was new about its subjects is known from now on."""
        if prepared.new_subjects:
            self._directory.kept(prepared.new_subjects)
        if prepared.mapping is not None:
            self._documents.add(prepared.mapping.digest)

    def _keep(self, incoming: Sequence[Prepared], tx: Tx) -> list[Kept]:
        ids = orjson.dumps([each.id for each in incoming]).decode()
        known = {row.id: row for row in tx.session.all(intake.known_transmissions, {"ids": ids})}
        kept: dict[str, Kept] = {}
        tallies = []
        for prepared in incoming:
            tx.count(prepared.origin.connector, "received", prepared.total)
            repeat = self._repeat(prepared, known[prepared.id], tx) if prepared.id in known else None
            if repeat is None:
                tallies.append(ItemTally(prepared))
            else:
                kept[prepared.id] = repeat
        self._keep_facts(tallies, tx)
        self._keep_transmissions(tallies, tx)
        for tally in tallies:
            kept[tally.prepared.id] = self._close(tally, tx)
        return [kept[each.id] for each in incoming]

    def _keep_facts(self, tallies: Sequence[ItemTally], tx: Tx) -> None:
        for tally in tallies:
            if tally.prepared.new_subjects:
                self._keep_subjects(tally, tx)
            self._echoes.sift(tally.prepared, tx)
            for item in tally.prepared.echoes:
                tally.note(item, ECHO)
        rows = [fact.row for tally in tallies for fact in tally.prepared.facts]
        if not rows:
            return
        said_again = _said_again(tallies, tx)
        all_new = _insert(rows, tx) == len(rows)
        affected = Affected(self._directory, self._links, self._plan, tx)
        for tally in tallies:
            for fact in tally.prepared.facts if all_new else _really_new(tally.prepared, tx):
                waits_for = affected.mark(fact, tally)
                self._unnamed.note(fact, tally, tx)
                if fact.row["key"] not in said_again and tally.add(fact.item, waits=bool(waits_for)):
                    affected.hold(waits_for, tally.prepared.origin.connector)
        affected.write()

    def _keep_subjects(self, tally: ItemTally, tx: Tx) -> None:
        prepared = tally.prepared
        tally.first_seen.update(self._directory.keep(prepared.new_subjects, tx))
        for fact in prepared.facts:
            if fact.subject is not None and fact.row["subject"] != fact.subject.token:
                identify_fact(fact, prepared.origin)  # somebody was quicker: keys hold the token, they are made anew

    def _keep_transmissions(self, tallies: Sequence[ItemTally], tx: Tx) -> None:
        rows = []
        for tally in tallies:
            prepared = tally.prepared
            tally.close()
            row = {
                "id": prepared.id,
                "connector": prepared.origin.connector,
                "digest": prepared.digest,
                "received_at": prepared.received_us,
                "terminal": prepared.terminal,
                "bucket": prepared.bucket,
                "sealed": prepared.sealed,
                "counts": orjson.dumps(tally.counts).decode(),
                "state": "quarantined" if prepared.whole else "kept",
                "mapping": None if prepared.mapping is None else self._known_document(prepared.mapping, tx),
            }
            rows.append(row)
        if rows:
            tx.session.many(intake.insert_transmission, rows)

    def _repeat(self, prepared: Prepared, known: intake.KnownTransmission, tx: Tx) -> Kept | None:
        """The answer to a repeat, with the receipt of the first time; nothing when a mended message supersedes one."""
        tally = ItemTally(prepared)
        for fact in prepared.facts:
            self._unnamed.tell(fact, tally)
        kept = _repeated(tally, known, tx)
        if kept is None or not prepared.origin.receipts:
            return kept
        return kept._replace(receipt=self._receipts.again(prepared.id, prepared.transmission, tx))

    def _close(self, tally: ItemTally, tx: Tx) -> Kept:
        """The entry of a transmission, and what its sender hears."""
        prepared, entry = tally.prepared, _enter(tally, tx)
        receipt = ""
        if prepared.origin.receipts:
            receipt = self._receipts.give(prepared.id, prepared.transmission, entry, tx.last_leaf, tx)
        return Kept(counts=tally.counts, items=tally.items(), id=prepared.id, receipt=receipt, held=tally.held())

    def _known_document(self, mapping: MappingDocument, tx: Tx) -> bytes:
        """The digest of a mapping document; the first transmission that it read brings the document along."""
        if mapping.digest not in self._documents:
            row = {"digest": mapping.digest, "name": mapping.name, "version": mapping.identity["version"]}
            tx.session.run(intake.insert_mapping, {**row, "text": mapping.text, "first_at": tx.now_us})
        return mapping.digest


def _repeated(tally: ItemTally, known: intake.KnownTransmission, tx: Tx) -> Kept | None:
    """The answer to a repeat; nothing when a mended message supersedes a quarantined one."""
    prepared = tally.prepared
    connector, first = prepared.origin.connector, prepared.id
    before: dict[str, int] = json.loads(known.counts)
    if known.digest == prepared.digest:
        tx.count(connector, "duplicate", prepared.total)
        peer, auth = _peer(prepared), prepared.auth
        tx.log("duplicate", connector=connector, transmission=first, count=prepared.total, peer=peer, auth=auth)
        again = known.state == "quarantined" and prepared.whole  # its sender hears once more what is wrong with it
        total = sum(before.values())
        items = (set_aside_result(prepared),) * total if again else tally.again(total)
        return Kept(counts=before, repeat=True, id=first, items=items)
    if known.state != "quarantined":
        raise ConflictError(
            Words(
                f"transmission {first} of {connector} has the same id and other content",
                f"{connector} 的报文 {first} 标识相同但内容不同",
            ),
            known=known.digest,
            found=prepared.digest,
        )
    aside = {"of": first, "to": f"{first}~{tx.new_id()}"}
    tx.session.run(intake.rename_transmission, aside)
    tx.session.run(intake.supersede_quarantine, aside)
    tx.count(connector, "quarantined", -before["quarantined"])
    tx.count(connector, "duplicate", before["quarantined"])
    tx.log("superseded", connector=connector, transmission=first, aside=aside["to"])
    return None


def _said_again(tallies: Sequence[ItemTally], tx: Tx) -> set[bytes]:
    """Keys of the facts that say again what was said last about the same: kept, but no news to their sender."""
    again = set()
    for tally in tallies:
        for row in (fact.row for fact in tally.prepared.facts if fact.row.get("replaces")):
            last = tx.session.one(facts.last_word, row)
            if last is not None and last.digest == row["digest"]:
                again.add(row["key"])
    return again


def _insert(rows: Sequence[dict[str, Any]], tx: Tx) -> int:
    """How many of these facts are new; they are known from this commit on."""
    for row in rows:
        row["known_at"] = tx.now_us
    punched = [row for row in rows if "slice" in row]
    others = [row for row in rows if "slice" not in row]
    new = tx.session.many(punches.insert_punch, punched) if punched else 0
    return new + (tx.session.many(facts.insert_fact, others) if others else 0)


def _really_new(prepared: Prepared, tx: Tx) -> list[Fact]:
    """Facts that a transmission brought first; of equal ones in it the first is new and the others are duplicates."""
    brought = [fact for fact in prepared.facts if _brought_by(fact, prepared.origin, tx) == prepared.id]
    first = {(fact.row.get("slice"), fact.row["key"]): fact for fact in reversed(brought)}
    return [fact for fact in brought if first[fact.row.get("slice"), fact.row["key"]] is fact]


def _brought_by(fact: Fact, origin: Origin, tx: Tx) -> str:
    """The transmission that brought a fact first."""
    if "slice" in fact.row:
        punch = tx.session.one(punches.punch, fact.row)
        assert punch is not None
        return punch.transmission
    first = tx.session.one(facts.fact, fact.row)
    assert first is not None
    if origin.batch == "all" and first.digest != fact.row["digest"]:
        raise ConflictError(
            Words(
                f"item {fact.item} of {origin.connector} has a known id and other content",
                f"{origin.connector} 的条目 {fact.item} 标识已有但内容不同",
            ),
            known=first.digest,
            found=fact.row["digest"],
        )
    return first.transmission


def _enter(tally: ItemTally, tx: Tx) -> str:
    """Leave the entry of a transmission: its id."""
    prepared, wire, counts = tally.prepared, tally.prepared.transmission, tally.counts
    connector, faults = prepared.origin.connector, prepared.faults
    if faults:
        _keep_quarantine(prepared, tx)
    for word, items in counts.items():
        tx.count(connector, word, items)
    return tx.log(
        "quarantined" if faults else "received",
        connector=connector,
        transmission=prepared.id,
        peer=_peer(prepared),
        auth=prepared.auth,
        media=wire.media_type if wire.media_type in MEDIA else None,
        form=_form(prepared),
        mapping=None if prepared.mapping is None else prepared.mapping.identity,
        payload=prepared.payload,
        counts=counts,
        code=faults[0][0].fault.code if faults else None,
    )


def _peer(prepared: Prepared) -> str | None:
    """The sender as an entry names it; what a person called a file may name somebody, for ever."""
    wire = prepared.transmission
    return wire.peer if "file" not in wire.context and is_peer(wire.peer) else None


def _form(prepared: Prepared) -> str | None:
    """The form that the mapping reads it by; what a sender made up is no form."""
    form = prepared.transmission.form
    return form if prepared.mapping is not None and form in prepared.mapping.forms else None


def _keep_quarantine(prepared: Prepared, tx: Tx) -> None:
    for aside, sealed in prepared.faults:
        fault = aside.fault
        row = {
            "id": tx.new_id(),
            "connector": prepared.origin.connector,
            "transmission": prepared.id,
            "item": aside.item if sealed else -1,
            "code": fault.code,
            "place": fault.where,
            "expected": fault.expected,
            "expected_zh": told(fault.expected, "zh"),
            "bucket": prepared.bucket,
            "sealed": sealed,
            "at": tx.now_us,
            "state": "waiting",
        }
        tx.session.run(intake.insert_quarantine, row)
