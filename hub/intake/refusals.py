"""The trace of what was not taken: code, peer, a commitment to its bytes; of a flood one entry a peer and minute."""

import asyncio
import hashlib
import logging
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from audit_log.kinds import is_peer
from connectors.port import AuthMethod
from hub.audit.enclosures import Enclosures
from hub.clock import Clock, stamp
from hub.intake.proof import rejected
from hub.store.commit import Tx
from hub.store.tables.connectors import connector_error
from hub.store.writer import Writer
from schemas.errors import ConflictError, LicetError, TrustError

REFUSALS_A_MINUTE, OF_ONE_SORT = 60, 20
"""Refusals of one connector that get an entry each, and of one address and code of it; what comes beyond is told by
peer when the minute is over."""
WINDOW_SECONDS, COUNT_SECONDS = 60.0, 0.5
PEERS = 64
CODES = 32
"""Peers that a flood is told of by name, and codes that are told of each; the others are told of together."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Flood:
    """What one peer sent beyond the limit: how much, why it was refused, and a running digest of the bytes."""

    count: int = 0
    codes: set[str] = field(default_factory=set)
    digest: bytes = bytes(32)

    def add(self, code: str, body: bytes) -> None:
        self.count += 1
        if len(self.codes) < CODES:
            self.codes.add(code)
        self.digest = hashlib.sha256(self.digest + hashlib.sha256(body).digest()).digest()


class Refusals:
    """Keeps the trace of what one connector refused."""

    def __init__(
        self,
        connector: str,
        auth: AuthMethod,
        writer: Writer,
        clock: Clock,
        enclosures: Enclosures,
        window: float = WINDOW_SECONDS,
        *,
        counted: bool = True,
    ) -> None:
        """``counted``: the connector has a balance in which its refusals stand."""
        self._connector = connector
        self._auth = auth
        self._writer = writer
        self._clock = clock
        self._enclosures = enclosures
        self._window = window
        self._counted = counted
        self._uncounted = 0
        self._ends, self._since, self._entries = 0.0, clock.now(), 0
        self._sorts: dict[tuple[str, str], int] = {}
        self._floods: dict[str, _Flood] = {}

    async def keep(self, error: LicetError, body: bytes, peer: str = "", address: str = "") -> None:
        """Leave the trace of one refusal. ``body`` is empty if it was not read whole.

        An entry of its own is durable when this returns; what comes beyond is counted with others, soon.
        ``address`` is where it came from; where that is not known the peer stands for it.
        """
        if self.count(error, body, peer, address):
            await self.enter(error, body, peer)

    def count(self, error: LicetError, body: bytes, peer: str = "", address: str = "") -> bool:
        """Whether a refusal is to be entered by itself; if not, it has been counted with others."""
        if self._clock.monotonic() >= self._ends:
            self.close()
            self._ends, self._since, self._entries = self._clock.monotonic() + self._window, self._clock.now(), 0
            self._sorts.clear()
        if self._has_entry((address or peer, error.code)):
            return True
        if not self._floods:
            asyncio.get_running_loop().call_later(self._window, self.close)
        known = peer if peer in self._floods or len(self._floods) < PEERS else ""
        self._floods.setdefault(known, _Flood()).add(error.code, body)
        if self._counted:
            if not self._uncounted:
                asyncio.get_running_loop().call_later(COUNT_SECONDS, self._count)
            self._uncounted += 1
        return False

    async def enter(self, error: LicetError, body: bytes, peer: str = "") -> None:
        """Have the entry of one refusal written; it is durable when this returns."""
        await self._writer.submit_async(lambda tx: self._log(error, body, peer, tx))

    def _count(self) -> None:
        """Have what came beyond counted in the balance: once for many, for a flood must not keep the writer busy."""
        count, self._uncounted = self._uncounted, 0
        if not count:
            return
        try:
            self._writer.submit(lambda tx: tx.count(self._connector, "refused", count))
        except LicetError as error:
            log.warning("%s: %d refusals are not in the balance: %s", self._connector, count, error.message)

    def _has_entry(self, sort: tuple[str, str]) -> bool:
        """Whether one more refusal of an address and code gets an entry of its own."""
        if self._entries >= REFUSALS_A_MINUTE or self._sorts.get(sort, 0) >= OF_ONE_SORT:
            return False
        self._entries += 1
        self._sorts[sort] = self._sorts.get(sort, 0) + 1
        return True

    async def alarm(self, error: ConflictError, peer: str = "") -> None:
        """Leave the alarm of content that contradicts what is known under its id."""
        await self._writer.submit_async(lambda tx: self._log_conflict(error, peer, tx))

    def close(self) -> None:
        """Have the entries of a flood written that was counted so far, a peer each."""
        self._count()
        floods, self._floods = self._floods, {}
        for peer, flood in floods.items():
            try:
                self._writer.submit(partial(self._log_flood, peer, flood, self._since))
            except LicetError as error:  # the store is away: the balance of the connector still has the count
                log.warning("%s: %d refusals without an entry: %s", self._connector, flood.count, error.message)

    def _log(self, error: LicetError, body: bytes, peer: str, tx: Tx) -> None:
        if self._counted:
            tx.count(self._connector, "refused")
            tx.session.run(connector_error, {"of": self._connector, "code": error.code, "at": tx.now_us})
        entry = tx.new_id()
        tx.log(
            "refused",
            entry=entry,
            connector=self._connector,
            peer=peer if is_peer(peer) else None,
            code=error.code,
            auth=rejected(self._auth) if isinstance(error, TrustError) else None,
            body=self._enclosures.commit(entry, "body", body, tx) if body else None,
        )

    def _log_flood(self, peer: str, flood: _Flood, since: datetime, tx: Tx) -> None:
        entry = tx.new_id()
        tx.log(
            "refusals",
            entry=entry,
            connector=self._connector,
            peer=peer if is_peer(peer) else None,
            count=flood.count,
            codes=sorted(flood.codes),
            since=stamp(since),
            body=self._enclosures.commit(entry, "body", flood.digest, tx),
        )

    def _log_conflict(self, error: ConflictError, peer: str, tx: Tx) -> None:
        entry = tx.new_id()
        tx.log(
            "alarm",
            entry=entry,
            connector=self._connector,
            peer=peer if is_peer(peer) else None,
            code=error.code,
            known=self._enclosures.commit(entry, "known", error.known, tx),
            found=self._enclosures.commit(entry, "found", error.found, tx),
        )
