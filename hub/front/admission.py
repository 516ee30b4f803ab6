"""What strangers may have of a process before anything is proven: connections, and bytes that wait for an answer."""

import resource
from collections.abc import Container
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

CONNECTIONS, CONNECTIONS_SHARE = 2048, 512
BYTES, BYTES_SHARE = 24 << 20, 18 << 20
"""Whole and for one address. A share of bytes holds the largest body that any adapter takes."""


OTHER_FILES = 256
"""What the process opens beside connections from outside: the store, sockets to other systems."""


def room() -> int:
    """How many connections this process can have open: it asks the system for as many files as that takes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + OTHER_FILES
    if soft < wanted:
        soft = min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(min(CONNECTIONS, soft - OTHER_FILES), 1)


@dataclass(slots=True)
class _Held:
    connections: int = 0
    bytes: int = 0

    def add(self, connections: int, bytes_: int) -> None:
        self.connections += connections
        self.bytes += bytes_


class Admission:
    """One allowance for all listeners of a process, of which nobody's address gets more than a share.

    ``proxies`` have no share: behind their address are many.
    """

    def __init__(
        self,
        *,
        connections: int = CONNECTIONS,
        connections_share: int = CONNECTIONS_SHARE,
        bytes_: int = BYTES,
        bytes_share: int = BYTES_SHARE,
        proxies: Container[str] = (),
    ) -> None:
        self._limits = _Held(connections, bytes_)
        self._share = _Held(connections_share, bytes_share)
        self._proxies = proxies
        self._all = _Held()
        self._by_address: dict[str, _Held] = {}

    @property
    def connections(self) -> int:
        """How many there are."""
        return self._all.connections

    @property
    def held(self) -> int:
        """How many bytes wait."""
        return self._all.bytes

    def enter(self, address: str) -> bool:
        """Whether one more connection of an address is taken; then it is to ``leave``."""
        held = self._by_address.get(address) or _Held()
        if self._all.connections >= self._limits.connections:
            return False
        if held.connections >= self._share.connections and address not in self._proxies:
            return False
        self._by_address[address] = held
        held.add(1, 0)
        self._all.add(1, 0)
        return True

    def leave(self, address: str) -> None:
        """A connection of an address is gone."""
        held = self._by_address[address]
        held.add(-1, 0)
        self._all.add(-1, 0)
        if not held.connections:
            del self._by_address[address]

    def hold(self, address: str, count: int) -> bool:
        """Whether so many more bytes of an address may wait for their answer; then they are to be released."""
        held = self._by_address[address]
        if self._all.bytes + count > self._limits.bytes:
            return False
        if held.bytes + count > self._share.bytes and address not in self._proxies:
            return False
        held.add(0, count)
        self._all.add(0, count)
        return True

    def release(self, address: str, count: int) -> None:
        """Bytes of an address wait no more."""
        self._by_address[address].add(0, -count)
        self._all.add(0, -count)


def share_of(host: str) -> str:
    """Whose share a connection counts to: its address, or the network of one site in IPv6."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> 64 << 64))


def admission_of(proxies: Container[str]) -> Admission:
    """The allowance of this process: no more connections than it can have files open."""
    connections = room()
    share = min(CONNECTIONS_SHARE, max(connections // 4, 1))
    return Admission(connections=connections, connections_share=share, proxies=proxies)
