"""What an operator does to a hub, running or not: each is one unit of work that leaves its entry."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from connectors.port import Kept
from hub.access import modes
from hub.assembly import Assembly as Parts
from hub.identity.links import OPEN
from hub.intake.opening import Preview
from hub.store import queries as q


def enforce(parts: Parts, name: str, start: datetime, actors: Sequence[str]) -> None:
    """Carry out from an instant what is decided about a position or sink. Takes two different people."""
    scope = modes.scope_of(name, parts.folder.positions, parts.sinks)
    parts.writer.call(lambda tx: modes.enforce(scope, name, start, actors, tx))


def freeze(parts: Parts, name: str, until: datetime, reason: str, actors: Sequence[str]) -> None:
    """Hold derived changes of a position, a sink or all until an instant; explicit revocations pass."""
    scope, shown = modes.scope_of(name, parts.folder.positions, parts.sinks), until.astimezone(parts.folder.zone)
    parts.writer.call(lambda tx: modes.freeze(scope, name, shown, reason, actors, tx))


def unfreeze(parts: Parts, name: str, actors: Sequence[str]) -> None:
    """Let derived changes go on."""
    scope = modes.scope_of(name, parts.folder.positions, parts.sinks)
    parts.writer.call(lambda tx: modes.unfreeze(scope, name, actors, tx))


def approve(parts: Parts, serial: str, status: str, actor: str) -> str:
    """Set the status of a device wherever it called; the connector's name."""
    return ", ".join(parts.peers.decide(serial, status, actor, parts.writer))


def link(parts: Parts, source: str, identifier: str, employee_no: str, start: int = -OPEN, end: int = OPEN) -> None:
    """Say whose an identifier is."""
    parts.linking.link(source, identifier, employee_no, start, end)


def unlink(parts: Parts, source: str, identifier: str, employee_no: str, until: datetime) -> bool:
    """End a link at an instant; whether one was open."""
    return parts.linking.unlink(source, identifier, employee_no, until)


def unresolved(parts: Parts, limit: int = 1000) -> list[dict[str, Any]]:
    """Identifiers that nobody is known by, with how many items wait for them."""
    return [{**each._asdict(), "since": each.since.isoformat()} for each in parts.linking.unresolved(limit)]


def preview_opening(parts: Parts, body: bytes) -> Preview:
    """Read an opening file without keeping anything."""
    return parts.opening.preview(body, parts.clock.now())


def import_opening(parts: Parts, preview: Preview, actors: Sequence[str]) -> Kept:
    """Keep what a preview showed; the same file again changes nothing."""
    return parts.opening.keep(preview, actors)


def quarantined(parts: Parts, limit: int = 1000) -> list[dict[str, Any]]:
    """What waits in quarantine."""
    return [{**each._asdict(), "at": each.at.isoformat()} for each in parts.quarantine.waiting(limit)]


def show(parts: Parts, quarantine_id: str, actor: str) -> bytes:
    """The bytes of one quarantined item. Reading them leaves an entry."""
    return parts.quarantine.show(quarantine_id, actor)


def replay(parts: Parts, quarantine_id: str, actor: str) -> Kept:
    """Read an item again, with the mapping of today, and judge it from now."""
    return parts.quarantine.replay(quarantine_id, actor)


def discard(parts: Parts, quarantine_id: str, reason: str, actor: str) -> None:
    """Decide that an item is not wanted."""
    parts.quarantine.discard(quarantine_id, reason, actor)


def planned(parts: Parts) -> list[dict[str, Any]]:
    """What enforcement would open or close now, and why: wanted against what each sink shows at this moment.

    Raises:
        UnavailableError: A sink cannot be asked.
    """
    reconciler = parts.reconciler
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
