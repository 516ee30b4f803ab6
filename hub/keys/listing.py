"""Every key that is known, of whom, and how it stands: those of the store, and those that licet.toml names."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson

from connectors.algorithms import KINDS, Algorithm, public_jwk
from connectors.keys import KeyRecord
from hub.clock import to_us
from hub.keys.signed import SignedTransmission, signed_by
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import keys as sql
from hub.store.tables.keys import KeyRow
from hub.wording import meant
from schemas.errors import CallError, ConfigError
from schemas.words import Words

SIGNERS = ":packages"
"""The owner of the keys of those who sign packages."""
OWN = ""
"""The owner of the hub's own keys."""
Coordinates = tuple[str | None, ...]
"""What a public key is."""
Configured = Mapping[str, Sequence[KeyRecord]]
"""The keys that licet.toml names, by instance."""


class KeyList:
    """Reads keys."""

    def __init__(self, database: Database, configured: Configured) -> None:
        self._database = database
        self._configured = configured

    def signed(self, owner: str, kid: str, since: datetime) -> list[SignedTransmission]:
        """What a key signed from an instant on."""
        with self._database.reading() as session:
            return list(signed_by(owner, kid, since, session))

    def named(self, owner: str) -> list[KeyRow]:
        """The keys of an owner that somebody typed.

        Raises:
            CallError: It is no instance whose peers sign.
        """
        self.require_owner(owner)
        return self.of(owner)

    def of(self, owner: str) -> list[KeyRow]:
        """The keys of one owner: those that the store knows, and those of licet.toml that it says nothing of."""
        with self._database.reading() as session:
            return self.within(owner, session)

    def within(self, owner: str, session: Connection) -> list[KeyRow]:
        """The same, as a transaction sees them."""
        rows = session.all(sql.keys_of, {"owner": owner})
        known = {row.kid for row in rows}
        return [*rows, *(_row(owner, each) for each in self._configured.get(owner, ()) if each.kid not in known)]

    def revoked(self) -> dict[Coordinates, KeyRow]:
        """The keys that are believed no more, whoever had them, by what they are: a name is soon another one."""
        with self._database.reading() as session:
            return self.revoked_within(session)

    def revoked_within(self, session: Connection) -> dict[Coordinates, KeyRow]:
        """The same, as a transaction sees them."""
        configured = (_row(owner, each) for owner, records in self._configured.items() for each in records)
        rows = [*configured, *session.all(sql.all_keys, {})]
        return {coordinates(row.public): row for row in rows if row.revoked_at is not None}

    def all(self) -> list[KeyRow]:
        """The keys of everybody, ours first."""
        return [row for owner in (OWN, SIGNERS, *sorted(self._configured)) for row in self.of(owner)]

    def one(self, owner: str, kid: str) -> KeyRow:
        """A key by its name, or the beginning of it.

        Raises:
            CallError: There is none, or there are several.
        """
        self.require_owner(owner)
        rows = self.of(owner)
        found = [row for row in rows if row.kid == kid] or [row for row in rows if kid and row.kid.startswith(kid)]
        if len(found) != 1:
            raise _not_one(owner, kid, rows, found)
        return found[0]

    def require_owner(self, owner: str) -> None:
        """Return if an owner has keys here.

        Raises:
            CallError: It is no instance whose peers sign.
        """
        if owner not in (OWN, SIGNERS) and owner not in self._configured:
            raise CallError(
                Words(
                    f"found no instance {owner!r} whose peers sign{meant(owner, self._configured)}",
                    f"没有由对端签名的连接器实例 {owner!r}{meant(owner, self._configured).zh}",
                ),
                cure=Words(
                    "`licet check --json` lists the connectors; one whose peers sign has their keys",
                    "用 `licet check --json` 查看连接器实例；只有核验签名的适配器才登记对端密钥",
                ),
            )


def _not_one(owner: str, kid: str, rows: Sequence[KeyRow], found: Sequence[KeyRow]) -> ConfigError:
    """That a name is no key's, or begins the names of several."""
    name, whose = kid[:64], Words(f" of {owner or 'the hub'}", f"{owner} " if owner else "本平台")
    command = f"licet keys list --of {owner}" if owner else "licet keys list"
    if not found:
        near = meant(kid, [row.kid for row in rows])
        return CallError(
            Words(f"found no key{whose} named {name!r}{near}", f"{whose.zh}没有名为 {name!r} 的密钥{near.zh}"),
            cure=Words(f"`{command}` shows the names; write one of them", f"用 `{command}` 查看名称，改为其中之一"),
        )
    listed = [row.kid for row in found]
    return CallError(
        Words(
            f"found {len(found)} keys{whose} whose names begin with {name!r}: {', '.join(listed)}",
            f"{whose.zh}有 {len(found)} 个密钥的名称以 {name!r} 开头：{'、'.join(listed)}",
        ),
        cure=Words("write more of the name of the one that is meant", "写出所指密钥名称的更多字符"),
    )


def coordinates(public: str) -> Coordinates:
    """What a JWK is, whatever it is called and however its members are written."""
    key = orjson.loads(public)
    return tuple(key.get(each) for each in ("kty", "crv", "x", "y", "n", "e"))


def algorithm_of_row(row: KeyRow) -> Algorithm:
    """The algorithm of a row's key."""
    return next(name for name in KINDS if name == row.algorithm)


def _row(owner: str, record: KeyRecord) -> KeyRow:
    """A key of licet.toml as a row, in which a change of it is kept."""
    key = record.key()
    public = orjson.dumps(public_jwk(key.public, key.algorithm, key.kid)).decode()
    instants = (key.life.active_at, key.life.retiring_at, key.life.retired_at, key.life.revoked_at)
    active, retiring, retired, revoked = (None if each is None else to_us(each) for each in instants)
    return KeyRow(owner, key.kid, key.algorithm, public, "configured", 0, active, retiring, retired, revoked)
