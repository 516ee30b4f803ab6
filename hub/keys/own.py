"""The hub's private keys, opened when they are first needed."""

from collections.abc import Callable
from datetime import datetime

from connectors.keys import OwnKey
from hub.keys.book import KeyBook
from hub.keys.listing import OWN
from hub.keys.vault import KeyVault
from schemas.errors import TrustError

_USED = frozenset({"pending", "active", "retiring"})
"""One that is only published may be used by a sender already, who does not see from when on it is to be used."""


class StoredKeys:
    """Private keys by name, out of the vault."""

    def __init__(self, book: KeyBook, vault: Callable[[], KeyVault]) -> None:
        self._book = book
        self._vault = vault
        self._opened: dict[str, OwnKey] = {}

    def at(self, kid: str, instant: datetime) -> OwnKey:
        """The key of a name that may be used at an instant.

        Raises:
            TrustError: ``sig.key-unknown`` or ``sig.key-state``.
            ConfigError: Its file is gone, or cannot be opened.
        """
        known = next((key for key in self._book.of(OWN) if key.kid == kid), None)
        if known is None:
            raise TrustError("sig.key-unknown", f"key {kid[:64]!r} is none of the hub")
        if (state := known.life.state(instant)) not in _USED:
            raise TrustError("sig.key-state", f"key {kid[:64]!r} of the hub is {state} at {instant.isoformat()}")
        found = self._opened.get(kid)
        if found is None:
            found = OwnKey(kid, known.algorithm, self._vault().private(kid, known.algorithm))
            self._opened[kid] = found
        return found
