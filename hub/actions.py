"""What an operator does to a hub, running or not: each is one unit of work that leaves its entry."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

import mappings
from connectors.port import Kept
from hub.access.modes import Modes, ModeScope, set_mode
from hub.assembly import Parts, reconciler_of
from hub.clock import from_us, to_us
from hub.evidence.stale import forget_folds
from hub.identity.directory import OPEN, Link
from hub.intake.intake import Origin, identify, origin_of
from hub.intake.peers import set_status
from hub.store import queries as q
from hub.store.writer import Tx
from schemas.credential import CredentialStatus
from schemas.errors import ConfigError, LicetError, PayloadError
from schemas.transmission import Fault, Item, Outcome, Transmission

OPENING = "opening"


def scope_of(parts: Parts, name: str) -> ModeScope:
    """Whether a name is a position or a sink.

    Raises:
        ConfigError: It is neither.
    """
    if name in parts.folder.positions:
        return "position"
    if name in parts.sinks:
        return "sink"
    if name == "all":
        return "all"
    known = ", ".join([*parts.folder.positions, *parts.sinks])
    raise ConfigError(f"found {name!r}, expected a position or a sink: {known}")


def enforce(parts: Parts, name: str, start: datetime, actors: Sequence[str]) -> None:
    """Carry out from an instant what is decided about a position or sink. Takes two different people.

    Raises:
        ConfigError: Fewer than two people, or an unknown name.
    """
    scope = scope_of(parts, name)
    if len({each.strip() for each in actors if each.strip()}) < 2 or scope == "all":
        raise ConfigError("enforcing takes two different people and one position or sink: --by A --by B")
    parts.writer.call(lambda tx: _change(scope, name, "enforce", tx, enforced_from=start, actors=actors))


def freeze(parts: Parts, name: str, until: datetime, reason: str, actors: Sequence[str]) -> None:
    """Hold derived changes of a position, a sink or all until an instant; explicit revocations pass.

    Raises:
        ConfigError: No reason, nobody, an instant that is over, or an unknown name.
    """
    if not reason or not any(map(str.strip, actors)):
        raise ConfigError("freezing needs a reason and who does it: --reason TEXT --by NAME")
    if until <= parts.clock.now():
        raise ConfigError(
            f"--until: found {until.astimezone(parts.folder.zone).isoformat()}, expected one that lies ahead"
        )
    scope = scope_of(parts, name)
    parts.writer.call(lambda tx: _change(scope, name, "freeze", tx, frozen_until=until, reason=reason, actors=actors))


def unfreeze(parts: Parts, name: str, actors: Sequence[str]) -> None:
    """Let derived changes go on.

    Raises:
        ConfigError: Nobody is named, or an unknown name.
    """
    if not any(map(str.strip, actors)):
        raise ConfigError("unfreezing needs who does it: --by NAME")
    scope = scope_of(parts, name)
    parts.writer.call(lambda tx: _change(scope, name, "unfreeze", tx, frozen_until=None, actors=actors))


def _change(scope: ModeScope, name: str, kind: str, tx: Tx, *, actors: Sequence[str], **changed: Any) -> None:
    before = Modes.read(tx.session).of(scope, name)
    set_mode(scope, name, replace(before, actors=", ".join(actors), **changed), kind, tx)


def approve(parts: Parts, serial: str, status: str, actor: str) -> str:
    """Set the status of a device wherever it called; the connector's name.

    Raises:
        ConfigError: No such device has called.
    """
    with parts.database.reading() as session:
        found = [row[0] for row in session.all(q.peers, {}) if row[1] == serial]
    if not found:
        raise ConfigError(f"no device {serial!r} has called yet; see `licet devices list`")
    parts.writer.call(lambda tx: set_status(found[0], serial, status, actor, tx))
    parts.peers.forget()
    return str(found[0])


def link(parts: Parts, source: str, identifier: str, employee_no: str, start: int = -OPEN, end: int = OPEN) -> None:
    """Say whose an identifier is; what was held for it applies by itself. What it did as another's stays theirs.

    Raises:
        ConfigError: The person is unknown, or the identifier is another's without an end.
    """
    person = parts.directory.person_by_number(employee_no)
    if person is None:
        raise ConfigError(f"nobody has employee number {employee_no!r}; import the roster first")
    subject = parts.directory.subjects([(source, identifier)])[source, identifier]

    def unit(tx: Tx) -> None:
        parts.directory.keep(subject, tx)
        others = [each for each in parts.directory.links(subject.token, tx.session) if each.person != person]
        ended = max((each.valid_until for each in others if each.valid_from < end), default=start)
        if ended >= OPEN:
            raise ConfigError(f"{source}/{identifier} is another person's; `licet people unlink` says until when")
        identify(parts.directory, subject.token, Link(person, max(start, ended), end), "operator", tx)

    parts.writer.call(unit)
    parts.directory.kept([subject])


def unlink(parts: Parts, source: str, identifier: str, employee_no: str, until: datetime) -> bool:
    """End a link at an instant; whether one was open."""
    person = parts.directory.person_by_number(employee_no)
    subject = parts.directory.find(source, identifier)
    if person is None or subject is None:
        return False

    def unit(tx: Tx) -> bool:
        ended = parts.directory.unlink(subject.token, person, to_us(until), tx)
        forget_folds(subject.token, person, tx)
        tx.due(person, at=tx.now, because="operator")
        return ended

    return parts.writer.call(unit)


def unresolved(parts: Parts, limit: int = 1000) -> list[dict[str, Any]]:
    """Identifiers that nobody is known by, with how many items wait for them."""
    with parts.database.reading() as session:
        found = []
        for subject, connector, items, since in session.all(q.held_list, {"limit": limit}):
            source, name = parts.directory.name_of(subject, session)
            row = {"source": source, "identifier": name, "connector": connector, "items": items}
            found.append({**row, "since": from_us(since).isoformat()})
    return found


@dataclass(frozen=True, slots=True)
class Preview:
    """What an opening file says: records by kind, and every line that cannot be taken."""

    records: dict[str, int]
    unknown_people: tuple[str, ...]
    faults: tuple[Fault, ...]
    outcomes: tuple[Outcome, ...]
    transmission: Transmission


def preview_opening(parts: Parts, body: bytes) -> Preview:
    """Read an opening file without keeping anything."""
    now = parts.clock.now()
    wire = Transmission(
        connector=OPENING,
        received_at=now,
        media_type="text/csv",
        body=body,
        form="opening",
        context={"zone": parts.folder.settings.hub.zone, "as_of": now.isoformat()},
    )
    own = {name for each in parts.folder.positions.values() for name in each.credential}
    read = mappings.load("people/opening_csv").read(wire)
    outcomes = tuple(_revocable(each, own, n) for n, each in enumerate(read, 2))
    records = [record for each in outcomes if isinstance(each, Item) for record in each.records]
    kinds: dict[str, int] = {}
    for record in records:
        kinds[record.KIND] = kinds.get(record.KIND, 0) + 1
    unknown = sorted({r.subject for r in records if parts.directory.person_by_number(r.subject) is None})
    faults = tuple(each for each in outcomes if isinstance(each, Fault))
    return Preview(kinds, tuple(unknown), faults, outcomes, wire)


def _revocable(outcome: Outcome, own: Collection[str], line: int) -> Outcome:
    """The outcome, unless it is a credential that no authority could take away: it would not know its number."""
    records = outcome.records if isinstance(outcome, Item) else ()
    for each in records:
        if isinstance(each, CredentialStatus) and each.number == OPENING and each.credential not in own:
            return Fault("schema.missing", f"line {line}", "no number", "the number that the authority knows it by")
    return outcome


def import_opening(parts: Parts, preview: Preview, actors: Sequence[str]) -> Kept:
    """Keep what a preview showed; the same file again changes nothing.

    Raises:
        ConfigError: Nobody is named, or the file has lines that cannot be read.
    """
    if not actors or preview.faults:
        raise ConfigError("an opening import needs who does it (--by NAME) and a file without faults")
    origin = Origin(OPENING, parts.directory.roster, "each")
    prepared = parts.intake.prepare(preview.transmission, preview.outcomes, origin)

    def unit(tx: Tx) -> Kept:
        (kept,) = parts.intake.take_in((prepared,), tx)
        tx.log("import", connector=OPENING, transmission=kept.id, actor=", ".join(actors), counts=dict(kept.counts))
        return kept

    kept = parts.writer.call(unit)
    parts.intake.kept(prepared)
    return kept


def quarantined(parts: Parts, limit: int = 1000) -> list[dict[str, Any]]:
    """What waits in quarantine. What was found may name somebody: ``show`` opens it, and leaves an entry."""
    names = ("id", "connector", "transmission", "item", "code", "where", "expected", "at")
    with parts.database.reading() as session:
        rows = session.all(q.quarantine_list, {"state": "waiting", "limit": limit})
    return [{**dict(zip(names, row, strict=True)), "at": from_us(row[7]).isoformat()} for row in rows]


def show(parts: Parts, quarantine_id: str, actor: str) -> bytes:
    """The bytes of one quarantined item. Reading them leaves an entry.

    Raises:
        ConfigError: No such item.
    """
    item = _item(parts, quarantine_id)
    parts.writer.call(lambda tx: tx.log("access", quarantine=quarantine_id, connector=item.connector, actor=actor))
    return item.raw


def replay(parts: Parts, quarantine_id: str, actor: str) -> Kept:
    """Read an item again, with the mapping of today, and judge it from now.

    Raises:
        PayloadError: It still cannot be read; nothing changed.
        ConfigError: No such item, or its connector is gone.
    """
    item = _item(parts, quarantine_id)
    instance = parts.folder.instances.get(item.connector)
    if instance is None:
        raise ConfigError(f"it came by {item.connector!r}, which licet.toml names no more; expected that instance")
    mapping = mappings.load(instance.spec.mapping)
    outcomes = mapping.read(item.wire)
    for each in outcomes:
        if isinstance(each, Fault):
            raise PayloadError(
                each.code, f"still not readable: found {each.found}, expected {each.expected}", each.where
            )
    origin = origin_of(item.connector, instance.identifiers or item.connector, instance.spec)
    prepared = parts.intake.prepare(item.wire._replace(id=f"replay/{quarantine_id}"), outcomes, origin)

    def unit(tx: Tx) -> Kept:
        (kept,) = parts.intake.take_in((prepared,), tx)
        _leave(quarantine_id, item, "released", tx)
        tx.count(item.connector, "duplicate", item.items)
        tx.log("released", connector=item.connector, quarantine=quarantine_id, transmission=kept.id, actor=actor)
        return kept

    kept = parts.writer.call(unit)
    parts.intake.kept(prepared)
    return kept


def discard(parts: Parts, quarantine_id: str, reason: str, actor: str) -> None:
    """Decide that an item is not wanted.

    Raises:
        ConfigError: No reason, nobody, or no such item.
    """
    if not reason or not actor:
        raise ConfigError("discarding needs a reason and who does it: --reason TEXT --by NAME")
    item = _item(parts, quarantine_id)

    def unit(tx: Tx) -> None:
        _leave(quarantine_id, item, "discarded", tx)
        tx.count(item.connector, "discarded", item.items)
        tx.log(
            "quarantined",
            connector=item.connector,
            quarantine=quarantine_id,
            outcome="discarded",
            reason=reason,
            actor=actor,
        )

    parts.writer.call(unit)


@dataclass(frozen=True, slots=True)
class _Quarantined:
    connector: str
    wire: Transmission
    raw: bytes
    items: int


def _item(parts: Parts, quarantine_id: str) -> _Quarantined:
    with parts.database.reading() as session:
        row = session.one(q.quarantine_one, {"id": quarantine_id})
        if row is None or row[4] != "waiting":
            raise ConfigError(f"nothing waits in quarantine under {quarantine_id!r}; see `licet quarantine list`")
        connector, transmission, bucket, sealed, _state, n = row
        whole = session.one(q.transmission, {"id": transmission})
    assert whole is not None
    _connector, received_at, wire_text, whole_bucket, whole_sealed, _s, digest, counts = whole
    aad = f"{connector}/{bytes(digest).hex()}"
    body = parts.sealer.open_body(whole_bucket, bytes(whole_sealed), aad)
    raw = body if n < 0 else parts.sealer.open(bucket, bytes(sealed), f"{aad}/{n}")
    if raw is None:
        raise LicetError("schema.missing", "the bytes were erased with their week's key")
    wire = orjson.loads(wire_text)
    return _Quarantined(
        connector,
        Transmission(
            connector=connector,
            received_at=from_us(received_at),
            media_type=wire["media_type"],
            body=raw,
            form=wire["form"],
            peer=wire["peer"],
            path=wire["path"],
            context=wire["context"],
        ),
        raw,
        orjson.loads(counts).get("quarantined", 1) if n < 0 else 1,
    )


def _leave(quarantine_id: str, item: _Quarantined, state: str, tx: Tx) -> None:
    tx.session.run(q.set_quarantine, {"of": quarantine_id, "state": state})
    tx.count(item.connector, "quarantined", -item.items)


def planned(parts: Parts) -> list[dict[str, Any]]:
    """What enforcement would open or close now, and why: wanted against what each sink shows at this moment.

    Raises:
        UnavailableError: A sink cannot be asked.
    """
    reconciler = reconciler_of(parts)
    rows = []
    with parts.database.reading() as session:
        for sink in parts.sinks.values():
            for each in reconciler.differences(sink):
                profile = parts.directory.profile(each.person, session)
                standings = session.all(q.standings_of, {"person": each.person})
                rows.append(
                    {
                        "person": profile.employee_no if profile else each.person,
                        "name": profile.name if profile else "",
                        "sink": each.sink,
                        "target": each.target,
                        "wanted": each.wanted,
                        "seen": each.seen,
                        "mode": each.mode,
                        "why": _reasons(standings),
                    }
                )
    return sorted(rows, key=lambda row: (row["wanted"], row["person"], row["target"]))


def _reasons(standings: Sequence[tuple[Any, ...]]) -> str:
    said = []
    for position, scope, body, _decision, _at in standings:
        causes = [f"{hold['cause']} {hold['reason']}" for hold in orjson.loads(body)["holds"]]
        said.append(f"{position}={scope}" + (f" ({', '.join(causes)})" if causes else ""))
    return "; ".join(said)
