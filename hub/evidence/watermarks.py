"""How far evidence is complete: until when all is known that a source has to say. Beyond that, missing is unknown.

An adapter says it with each request or page (``complete_until``); it is kept by instance and peer.
"""

from collections.abc import Iterable
from datetime import datetime

from hub.clock import from_us
from hub.store.statement import Connection
from hub.store.tables.connectors import watermark_of_peer


def complete_until(devices: Iterable[str], store: Connection) -> datetime | None:
    """Until when all of these terminals are complete; nothing if one of them never was.

    A terminal that moved to another instance is as complete as where it was heard last.
    """
    marks = [store.one(watermark_of_peer, {"peer": device}) for device in devices]
    heard = [mark.complete_until for mark in marks if mark is not None]
    return from_us(min(heard)) if heard and len(heard) == len(marks) else None
