"""The trace of an input that was not taken: digest and size, never its bytes; of a flood only the count."""

import hashlib

from hub.clock import Clock
from hub.store.commit import Tx
from hub.store.tables.connectors import connector_error
from hub.store.writer import Writer
from schemas.errors import LicetError

REFUSALS_A_MINUTE = 60
"""Refusals of one connector that get an entry each; floods beyond are only counted."""


class Refusals:
    """Keeps the trace of what one connector refused."""

    def __init__(self, connector: str, writer: Writer, clock: Clock) -> None:
        self._connector = connector
        self._writer = writer
        self._clock = clock
        self._since, self._refusals = 0.0, 0

    async def keep(self, error: LicetError, body: bytes) -> None:
        """Leave the trace of one refusal; durable when this returns. ``body`` is empty if it was not read whole."""
        if self._floods():
            await self._writer.submit_async(lambda tx: tx.count(self._connector, "refused"))
        else:
            await self._writer.submit_async(lambda tx: log_refusal(self._connector, error, body, tx))

    def _floods(self) -> bool:
        now = self._clock.monotonic()
        if now - self._since >= 60:
            self._since, self._refusals = now, 0
        self._refusals += 1
        return self._refusals > REFUSALS_A_MINUTE


def log_refusal(connector: str, error: LicetError, body: bytes, tx: Tx) -> None:
    """Count a refusal and leave its entry."""
    tx.count(connector, "refused")
    tx.session.run(connector_error, {"of": connector, "code": error.code, "at": tx.now_us})
    tx.log(
        "refused",
        connector=connector,
        code=error.code,
        payload={"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()} if body else None,
        outcome="rejected",
    )
