"""The trace of what was not taken: code, peer, a commitment to its bytes; of a flood one entry a peer and minute."""

import asyncio
import hashlib
import logging
from dataclasses import dataclass, field

from connectors.port import AuthMethod
from hub.clock import Clock
from hub.intake.traces import Beyond, Contradiction, Flood, Refusal, Traces
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
class _Flooding:
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
        traces: Traces,
        clock: Clock,
        window: float = WINDOW_SECONDS,
        *,
        counted: bool = True,
    ) -> None:
        """``counted``: the connector has a balance in which its refusals stand."""
        self._connector = connector
        self._auth = auth
        self._traces = traces
        self._clock = clock
        self._window = window
        self._counted = counted
        self._uncounted = 0
        self._ends, self._since, self._entries = 0.0, clock.now(), 0
        self._sorts: dict[tuple[str, str], int] = {}
        self._floods: dict[str, _Flooding] = {}

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
        self._floods.setdefault(known, _Flooding()).add(error.code, body)
        if self._counted:
            if not self._uncounted:
                asyncio.get_running_loop().call_later(COUNT_SECONDS, self._count)
            self._uncounted += 1
        return False

    async def enter(self, error: LicetError, body: bytes, peer: str = "") -> None:
        """Have the entry of one refusal written; it is durable when this returns."""
        auth = self._auth if isinstance(error, TrustError) else None
        await self._traces.enter(Refusal(self._connector, peer, error.code, auth, body, self._counted))

    def _count(self) -> None:
        """Have what came beyond counted in the balance: once for many, for a flood must not keep the writer busy."""
        count, self._uncounted = self._uncounted, 0
        if not count:
            return
        try:
            self._traces.leave(Beyond(self._connector, count))
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
        await self._traces.enter(Contradiction(self._connector, peer, error.code, error.known, error.found))

    def close(self) -> None:
        """Have the entries of a flood written that was counted so far, a peer each."""
        self._count()
        floods, self._floods = self._floods, {}
        for peer, flood in floods.items():
            try:
                codes = sorted(flood.codes)
                self._traces.leave(Flood(self._connector, peer, flood.count, codes, flood.digest, self._since))
            except LicetError as error:  # the store is away: the balance of the connector still has the count
                log.warning("%s: %d refusals without an entry: %s", self._connector, flood.count, error.message)
