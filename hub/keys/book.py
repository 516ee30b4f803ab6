"""The keys that an instance's peers are believed by, beside those of licet.toml; read anew when somebody else wrote."""

from datetime import datetime
from typing import cast

from connectors.algorithms import Algorithm, read_public
from connectors.keys import BELIEVED, KeyRing, Life, PeerKey
from hub.clock import from_us
from hub.store.database import Database
from hub.store.tables import keys as sql
from hub.store.tables.keys import KeyRow
from schemas.errors import TrustError
from schemas.words import Words


class KeyBook:
    """Keys by owner, cached."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rings: dict[str, KeyRing] = {}

    def invalidate(self) -> None:
        """Forget what was read: another process, or another part, wrote."""
        self._rings = {}

    def of(self, owner: str) -> KeyRing:
        """The keys of an owner that the store knows."""
        ring = self._rings.get(owner)
        if ring is None:
            rings = self._rings
            with self._database.reading() as session:
                ring = KeyRing(key_of(row) for row in session.all(sql.keys_of, {"owner": owner}))
            rings[owner] = ring  # of a reading that was overtaken nobody asks again
        return ring

    def confirm(self, owner: str, kid: str, at: datetime) -> None:
        """Return if a key by which something was proven is believed still, after another process has written.

        Raises:
            TrustError: ``sig.key-state``: it was revoked or retired meanwhile.
        """
        for key in self.of(owner):
            if key.kid == kid and (state := key.life.state(at)) not in BELIEVED:
                raise TrustError(
                    "sig.key-state",
                    Words(
                        f"key {kid[:64]!r} is {state} since its request came",
                        f"密钥 {kid[:64]!r} 自请求到达后状态变为 {state}",
                    ),
                )


def key_of(row: KeyRow) -> PeerKey:
    """The key of a row."""
    algorithm = cast(Algorithm, row.algorithm)
    return PeerKey(row.kid, algorithm, read_public(row.public, row.kid, algorithm), life_of(row))


def life_of(row: KeyRow) -> Life:
    """When the key of a row is in use."""
    ended = min((each for each in (row.retired_at, row.gone_at) if each is not None), default=None)
    instants = (row.active_at, row.retiring_at, ended, row.revoked_at)
    return Life(*(None if each is None else from_us(each) for each in instants))
