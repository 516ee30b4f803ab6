"""Holds what stands beside the log against its leaves: the columns that find an entry, the bytes it commits to."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from hub.audit.erasures import gone
from hub.clock import from_us, stamp
from hub.store.statement import Connection
from hub.store.tables.documents import documents_filed
from hub.store.tables.intake import SealedTransmission, sealed_transmissions, superseded_transmissions
from hub.store.tables.log import WholeEntry, enclosures_of

Fault = tuple[int, str]
"""The index of an entry, and what is wrong beside it."""

_KEPT = frozenset({"received", "quarantined"})
"""Kinds whose payload is kept as a transmission."""


def faults(rows: Sequence[WholeEntry], session: Connection) -> Iterator[Fault]:
    """Everything beside these entries that is not what they say."""
    entries = {row.seq: entry for row in rows if (entry := _entry(row.body)) is not None}
    for row in rows:
        if row.seq in entries and (column := _column(row, entries[row.seq])):
            yield row.seq, f"entry {row.seq}: column {column!r} is not what the entry says"
    yield from _sealed(entries, session)
    yield from _enclosed(entries, session)
    yield from _filed(entries, session)


def as_bytes(value: object) -> bytes:
    """What a column holds, as bytes: SQLite lets anybody put text where bytes belong, and the other way round."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")


def _entry(body: str) -> dict[str, Any] | None:
    try:
        found = orjson.loads(as_bytes(body))
    except orjson.JSONDecodeError:  # no entry at all: the walk along the log says so
        return None
    return found if isinstance(found, dict) else None


def _column(row: WholeEntry, entry: Mapping[str, Any]) -> str | None:
    """The first column that says something else than the entry."""
    said = {"kind": row.kind, "connector": row.connector, "person": row.person, "ts": _stamp(row.at)}
    return next((name for name, value in said.items() if entry.get(name) != value), None)


def _stamp(at: object) -> str | None:
    try:
        return stamp(from_us(at)) if isinstance(at, int) else None
    except (TypeError, OverflowError, ValueError):
        return None


def _sealed(entries: Mapping[int, Mapping[str, Any]], session: Connection) -> Iterator[Fault]:
    kept = {seq: entry for seq, entry in entries.items() if entry.get("kind") in _KEPT and "transmission" in entry}
    if not kept:
        return
    ids = orjson.dumps([entry["transmission"] for entry in kept.values()]).decode()
    found = {row.id: row for row in session.all(sealed_transmissions, {"ids": ids})}
    for seq, entry in kept.items():
        row = found.get(entry["transmission"])
        if row is not None and _is_of(row, entry):
            continue
        versions = session.all(superseded_transmissions, {"versions": f"{entry['transmission']}~%"})
        if any(_is_of(each, entry) for each in versions):
            continue
        blank = [each.id for each in (*versions, row) if each is not None and not each.sealed]
        if not set(blank) & gone(session).bodies:
            wrong = "is gone" if row is None else "is not what was kept"
            yield seq, f"entry {seq}: the sealed body of transmission {entry['transmission']} {wrong}"


def _enclosed(entries: Mapping[int, Mapping[str, Any]], session: Connection) -> Iterator[Fault]:
    """What other members commit to: enclosed beside the log, its content or its salt."""
    wanted = [(seq, entry["id"], *committed) for seq, entry in entries.items() for committed in _committed(entry)]
    if not wanted:
        return
    ids = orjson.dumps([entry for _seq, entry, _name, _member in wanted]).decode()
    kept = {(row.entry, row.member): as_bytes(row.sealed) for row in session.all(enclosures_of, {"ids": ids})}
    for seq, entry, name, member in wanted:
        sealed = kept.get((entry, name))
        if sealed is None and entry not in gone(session).enclosed:
            yield seq, f"entry {seq}: what its member {name!r} commits to is gone"
        elif sealed is not None and "ct_sha256" in member and hashlib.sha256(sealed).hexdigest() != member["ct_sha256"]:
            yield seq, f"entry {seq}: what its member {name!r} commits to is not what was kept"


def _filed(entries: Mapping[int, Mapping[str, Any]], session: Connection) -> Iterator[Fault]:
    """The rows of documents that were filed; whether their files are whole, the register looks itself."""
    filed = {seq: entry for seq, entry in entries.items() if entry.get("kind") == "filed" and "scan" in entry}
    if not filed:
        return
    ids = orjson.dumps([entry["id"] for entry in filed.values()]).decode()
    rows = {row.entry: row for row in session.all(documents_filed, {"entries": ids})}
    for seq, entry in filed.items():
        row, scan = rows.get(entry["id"]), entry["scan"]
        if row is None:
            yield seq, f"entry {seq}: the row of the document that it filed is gone"
        elif (row.size, row.ct_sha256) != (scan["bytes"], scan["ct_sha256"]):
            yield seq, f"entry {seq}: the row of the document that it filed is not what the entry says"


def _committed(entry: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, member in entry.items():
        if isinstance(member, dict) and "commit" in member and name not in ("payload", "scan", "standing"):
            yield name, member


def _is_of(row: SealedTransmission, entry: Mapping[str, Any]) -> bool:
    digest = hashlib.sha256(as_bytes(row.sealed)).hexdigest()
    return row.connector == entry.get("connector") and digest == entry.get("payload", {}).get("ct_sha256")
