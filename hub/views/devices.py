"""Every device that called: who it is, whether it may deliver, when it was heard of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from connectors.port import PeerState, PushSource
from hub.clock import from_us
from hub.store.database import Database
from hub.store.tables.connectors import PeerRow, peers


@dataclass(frozen=True, slots=True)
class Device:
    """One device as the hub knows it; no ``last_contact_at`` before its first accepted call."""

    connector: str
    device: str
    status: str
    dialect: str | None
    first_seen_at: datetime
    last_contact_at: datetime | None
    remarks: tuple[str, ...] = ()

    def json(self) -> dict[str, Any]:
        """The device for programs."""
        members: dict[str, Any] = orjson.loads(orjson.dumps(self))
        return members


def devices(database: Database, adapters: Mapping[str, PushSource]) -> list[Device]:
    """All devices, by connector and serial number; their adapters say how they speak."""
    with database.reading() as session:
        return [_device(row, adapters.get(row.connector)) for row in session.all(peers, {}) if row.peer]


def _device(row: PeerRow, adapter: PushSource | None) -> Device:
    state = PeerState(row.status, orjson.loads(row.memory))
    return Device(
        connector=row.connector,
        device=row.peer,
        status=row.status,
        dialect=adapter.describe(state) or None if adapter is not None else None,
        first_seen_at=from_us(row.first_seen_at),
        last_contact_at=None if row.last_contact_at is None else from_us(row.last_contact_at),
        remarks=() if adapter is None else adapter.remarks(state),
    )
