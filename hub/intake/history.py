"""What an instance brought, opened again: each transmission as it came, and the document that read it then."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import orjson

from hub.clock import from_us, to_us
from hub.intake.proof import opened
from hub.store.database import Database
from hub.store.sealing import Sealer
from hub.store.tables import intake
from mappings import MappingDocument
from schemas.record import Names
from schemas.transmission import Transmission

_AT_ONCE = 200


class Past(NamedTuple):
    """A transmission that was kept, and the digest of the document that read it; no body where its key is gone."""

    id: str
    wire: Transmission | None
    mapping: bytes | None


class History:
    """What was brought, read again; it reads, and writes nothing."""

    def __init__(self, database: Database, sealer: Sealer, names: Names) -> None:
        self._database = database
        self._sealer = sealer
        self._names = names
        self._documents: dict[bytes, MappingDocument | None] = {}

    def ids(self, connector: str, since: datetime) -> list[str]:
        """The transmissions that an instance brought since an instant, the earliest first."""
        with self._database.reading() as session:
            rows = session.all(intake.brought_since, {"connector": connector, "since": to_us(since)})
        return [row.id for row in rows]

    def of(self, ids: list[str]) -> Iterator[Past]:
        """These transmissions, in the order in which they arrived."""
        for n in range(0, len(ids), _AT_ONCE):
            some = orjson.dumps(ids[n : n + _AT_ONCE]).decode()
            with self._database.reading() as session:
                rows = session.all(intake.transmissions_of, {"ids": some})
            yield from map(self._opened, rows)

    def read_by(self, past: Past) -> MappingDocument | None:
        """The document that read a transmission then; nothing where none did, or where it can be used no more."""
        if past.mapping is None:
            return None
        if past.mapping not in self._documents:
            self._documents[past.mapping] = self._document(past.mapping)
        return self._documents[past.mapping]

    def _opened(self, row: intake.ReadTransmission) -> Past:
        content = self._sealer.open_body(row.bucket, row.sealed, f"{row.connector}/{row.digest.hex()}")
        if content is None:
            return Past(row.id, None, row.mapping)
        wire = opened(content).transmission(row.connector, from_us(row.received_at), row.id)
        return Past(row.id, wire, row.mapping)

    def _document(self, digest: bytes) -> MappingDocument | None:
        with self._database.reading() as session:
            row = session.one(intake.mapping_document, {"digest": digest})
        return None if row is None else MappingDocument.parsed(row.name, row.name, bytes(row.text), self._names)
