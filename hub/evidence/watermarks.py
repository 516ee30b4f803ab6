"""How far evidence is complete: until when all is known that a source has to say. Beyond that, missing is unknown.

An adapter says it with each request or page (``complete_until``); it is kept by instance and peer. A terminal that was
taken out of service says nothing any more: what it had not delivered by then is not recorded, and nobody waits for it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from hub.clock import from_us
from hub.evidence.facts import fact_of, that_hold
from hub.rules.span import Span
from hub.store.statement import Connection
from hub.store.tables.connectors import watermark_of_peer
from hub.store.tables.facts import of_devices
from schemas.attendance import DeviceRetired


class Completeness(NamedTuple):
    """Until when the terminals of a room are complete, and whether one was retired before it delivered all."""

    until: datetime | None
    retired: bool = False


def completeness(devices: Iterable[str], window: Span, store: Connection, known_by: int) -> Completeness:
    """How far the terminals of a room are complete about a time.

    One that was out of service all along says nothing of it, unless there is no other.
    """
    retired = _retired(store, known_by)
    serving = [each for each in devices if each not in retired or window.start < retired[each]]
    lost = [each for each in serving if each in retired and _is_lost(each, retired[each], window, store)]
    live = [each for each in serving if each not in lost]
    until = complete_until(live, store) if live else None
    if lost and (not live or (until is not None and until >= window.end)):
        return Completeness(None, retired=True)
    return Completeness(None if lost else until)


def complete_until(devices: Iterable[str], store: Connection) -> datetime | None:
    """Until when all of these terminals are complete; nothing if one of them never was.

    A terminal that moved to another instance is as complete as where it was heard last.
    """
    marks = [store.one(watermark_of_peer, {"peer": device}) for device in devices]
    heard = [mark.complete_until for mark in marks if mark is not None]
    return from_us(min(heard)) if heard and len(heard) == len(marks) else None


def _is_lost(device: str, retired_at: datetime, window: Span, store: Connection) -> bool:
    """Whether a terminal was retired before it had delivered all of a time."""
    until = complete_until([device], store)
    return until is None or min(until, retired_at) < window.end


def _retired(store: Connection, known_by: int) -> dict[str, datetime]:
    """Terminals that are out of service, and since when."""
    rows = that_hold(store.all(of_devices, {"kind": DeviceRetired.KIND, "known_by": known_by}))
    said = (fact_of(row, DeviceRetired).record for row in rows)
    return {each.subject: each.as_of for each in said if isinstance(each, DeviceRetired) and not each.back}
