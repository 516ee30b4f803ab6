"""Who asks, where others stand in between: the first address that no trusted proxy has."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from hub.front.admission import share_of
from hub.front.request import Scope

Network = IPv4Network | IPv6Network


class Proxies:
    """The proxies whose word about the caller is believed; of everybody else no header is."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks: Sequence[Network] = tuple(map(ip_network, networks))

    def __contains__(self, host: object) -> bool:
        """Whether an address is that of a trusted proxy."""
        try:
            address = ip_address(str(host))
        except ValueError:
            return False
        return any(address in each for each in self._networks)

    def client_of(self, scope: Scope) -> str:
        """Whose share a request counts to."""
        client = scope.get("client")
        host: str = client[0] if client else ""
        if self._networks and host in self:
            lines = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
            for each in reversed([part.strip() for part in ",".join(lines).split(",")]):
                if each and each not in self:
                    return share_of(each)
        return host if "." in host and ":" not in host else share_of(host)
