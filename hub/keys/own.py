"""The hub's private keys, opened when they are first needed."""

from collections.abc import Callable
from datetime import datetime

from connectors.algorithms import Algorithm
from connectors.envelope.outgoing import no_key
from connectors.keys import EVER, OwnKey, PeerKey
from hub.keys.book import KeyBook
from hub.keys.listing import OWN
from hub.keys.vault import KeyVault
from schemas.errors import TrustError
from schemas.words import Words

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
            raise TrustError(
                "sig.key-unknown", Words(f"key {kid[:64]!r} is none of the hub", f"密钥 {kid[:64]!r} 不属于本平台")
            )
        if (state := known.life.state(instant)) not in _USED:
            raise TrustError(
                "sig.key-state",
                Words(
                    f"key {kid[:64]!r} of the hub is {state} at {instant.isoformat()}",
                    f"本平台密钥 {kid[:64]!r} 于 {instant.isoformat()} 的状态为 {state}",
                ),
            )
        return self._open(known)

    def signing(self, algorithm: Algorithm, instant: datetime) -> OwnKey:
        """The key of an algorithm that is in use at an instant; of several the one that came into use last.

        Raises:
            UnavailableError: ``keys.none``.
            ConfigError: Its file is gone, or cannot be opened.
        """
        ours = [key for key in self._book.of(OWN) if key.algorithm == algorithm]
        used = [key for key in ours if key.life.state(instant) == "active"]
        if not used:
            raise no_key(algorithm, instant)
        return self._open(max(used, key=lambda key: (key.life.active_at or EVER, key.kid)))

    def whatever_its_state(self) -> "HeldKeys":
        """The same keys for what the hub itself keeps: one that others use no more opens that still."""
        return HeldKeys(self._book, self._open)

    def _open(self, known: PeerKey) -> OwnKey:
        found = self._opened.get(known.kid)
        if found is None:
            found = OwnKey(known.kid, known.algorithm, self._vault().private(known.kid, known.algorithm))
            self._opened[known.kid] = found
        return found


class HeldKeys:
    """Private keys by name, whatever their state."""

    def __init__(self, book: KeyBook, opened: Callable[[PeerKey], OwnKey]) -> None:
        self._book = book
        self._opened = opened

    def at(self, kid: str, instant: datetime) -> OwnKey:
        """The key of a name.

        Raises:
            TrustError: ``sig.key-unknown``.
        """
        del instant
        for known in self._book.of(OWN):
            if known.kid == kid:
                return self._opened(known)
        raise TrustError(
            "sig.key-unknown", Words(f"key {kid[:64]!r} is none of the hub", f"密钥 {kid[:64]!r} 不属于本平台")
        )
