"""Which push source answers at which path."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass

from connectors.port import AuthMethod, PushSource
from hub.front.request import Asgi, Receive, Scope, Send
from hub.intake.facts import Origin


@dataclass(frozen=True, slots=True)
class PushRoute:
    """One push source as the front serves it.

    ``approval``: its peers wait for an operator. ``contact``: that a peer called says how far its facts are complete.
    ``auth``: how its peers prove themselves. ``commands``: its peers fetch their orders.
    ``closes``: what it brings may close a door, so that it is taken as long as anything can be written.
    ``keys``: they sign with keys of their own.
    """

    adapter: PushSource
    origin: Origin
    approval: bool
    max_body: int
    contact: bool
    auth: AuthMethod
    commands: bool
    closes: bool
    keys: bool


class Router:
    """ASGI application of the whole hub: pushes go straight to their source, everything else to ``rest``."""

    def __init__(self, exact: Mapping[str, Asgi], under: Mapping[str, Asgi], rest: Asgi) -> None:
        self._exact = exact
        self._under = under
        self._rest = rest

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request."""
        path = scope.get("path", "")
        endpoint = (
            self._exact.get(path) or self._under.get(path[: path.find("/", 1) + 1]) or self._as_devices_write(path)
        )
        return (endpoint or self._rest)(scope, receive, send)

    def _as_devices_write(self, path: str) -> Asgi | None:
        """What answers under a prefix that firmware writes with more slashes, or in other letters."""
        plain = "/" + path.lstrip("/")
        return self._under.get(plain[: plain.find("/", 1) + 1].lower())
