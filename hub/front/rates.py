"""How many requests of one peer and address are served within a second; who asks for more waits, and others do not."""

import asyncio
from dataclasses import dataclass
from typing import TypeVar

K = TypeVar("K")

PEER_REQUESTS, PEER_REFUSED, ADDRESS_STRANGERS, ADDRESS_ASKED, ADDRESS_PERMISSIONS = 1000, 50, 100, 100, 1000
"""A second: requests of a peer at one address; refused ones of it; those of an address that are refused, or of peers
that nobody let in; questions to the API; questions whether somebody may, which a gateway asks for each of its own."""
PERMISSIONS = "/access/"
"""Where it is asked whether somebody may."""
WAIT_SECONDS = 1.0
"""How long an answer that says "come again later" is kept back: a connection that has to wait for it asks no faster."""
WINDOW_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Requests a second."""

    peer: int = PEER_REQUESTS
    peer_refused: int = PEER_REFUSED
    address_strangers: int = ADDRESS_STRANGERS
    address_asked: int = ADDRESS_ASKED
    address_permissions: int = ADDRESS_PERMISSIONS


class Rates:
    """Counts of the second that runs, by address and peer. Who was served before is not stopped by its neighbours."""

    def __init__(self, limits: RateLimits | None = None, window: float = WINDOW_SECONDS) -> None:
        self._window = window
        self._limits = limits or RateLimits()
        self._served: dict[tuple[str, str], int] = {}
        self._refused: dict[tuple[str, str], int] = {}
        self._strangers_at: dict[str, int] = {}
        self._asked: dict[str, int] = {}
        self._permissions: dict[str, int] = {}
        self._known: dict[tuple[str, str], None] = {}
        self._counting = False

    def may_serve(self, address: str, peer: str) -> bool:
        """Whether a request of a peer, as it calls itself, is looked at now."""
        key = (address, peer)
        count = self._served.get(key, 0) + 1
        self._count(self._served, key, count)
        if count > self._limits.peer or self._refused.get(key, 0) >= self._limits.peer_refused:
            return False
        return key in self._known or self._strangers_at.get(address, 0) < self._limits.address_strangers

    def may_ask(self, address: str, path: str = "") -> bool:
        """Whether a question to the API is answered now."""
        permission = path.startswith(PERMISSIONS)
        counts = self._permissions if permission else self._asked
        count = counts.get(address, 0) + 1
        self._count(counts, address, count)
        return count <= (self._limits.address_permissions if permission else self._limits.address_asked)

    def answered(self, address: str, peer: str, *, let_in: bool) -> None:
        """A request was what its peer may send; where nobody has let that in yet, anybody can invent the next one."""
        if not let_in:
            self._stranger(address)
        elif (address, peer) not in self._known:
            if len(self._known) >= 10_000:
                self._known.pop(next(iter(self._known)))
            self._known[address, peer] = None

    def _stranger(self, address: str) -> None:
        self._count(self._strangers_at, address, self._strangers_at.get(address, 0) + 1)

    def refused(self, address: str, peer: str) -> None:
        """A request was refused."""
        key = (address, peer)
        self._known.pop(key, None)
        self._count(self._refused, key, self._refused.get(key, 0) + 1)
        self._stranger(address)

    def _count(self, counts: dict[K, int], key: K, count: int) -> None:
        counts[key] = count
        if not self._counting:
            self._counting = True
            asyncio.get_running_loop().call_later(self._window, self._begin_again)

    def _begin_again(self) -> None:
        self._counting = False
        for counts in (self._served, self._refused, self._strangers_at, self._asked, self._permissions):
            counts.clear()
