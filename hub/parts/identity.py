"""Which hub this is: its id and the count of its starts stand in the store, the key file and the signer's memory.

They must agree. A part that is missing, of another hub or older than its siblings is refused with its remedy and never
made anew; only the first start of a folder that ``licet init`` has marked as new makes them.
"""

import json
import os
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit_log.signer import Signer
from hub.config.scaffold import NEW
from hub.store.database import Database
from hub.store.sealing import KeyFile
from hub.store.statement import Connection
from hub.store.tables import hub as table
from hub.store.tables.identity import keys_in_use
from schemas.errors import ConfigError
from schemas.words import Words

CHUNK = 5000
KEYS, MEMORY = Words("data/keys.db", "data/keys.db"), Words("data/signer.json", "data/signer.json")
STORE = Words("the store", "存储")
_REMEDY = {
    KEYS: Words(
        "restore the newest copy of it; without it what it sealed cannot be read",
        "请恢复其最新副本，否则密封内容无法读取",
    ),
    MEMORY: Words(
        "restore the newest copy of it; without it nobody can tell whether the log was cut",
        "请恢复其最新副本，否则无法判断审计日志是否被截断",
    ),
    STORE: Words(
        "restore the newest copy of it, or the whole hub from one backup (`licet restore`)",
        "请恢复其最新副本，或从同一备份恢复整个平台（`licet restore`）",
    ),
}


class Word(NamedTuple):
    """What a part says: whose it is, and how often that hub was started."""

    hub: str
    starts: int


class Identity:
    """The three parts and what they say."""

    def __init__(self, keys: KeyFile, signer: Signer, database: Database) -> None:
        self._keys = keys
        self._signer = signer
        self._database = database

    def begin(self, hub: str) -> None:
        """Have parts that were made for the first start say whose they are; harmless where they do so already.

        Raises:
            ConfigError: The store is another hub's.
        """
        if self._keys.said() is None:
            self._keys.say(hub, 0)
        if not self._signer.mark:
            self._signer.remember({"hub": hub, "starts": 0})
        connection = self._database.writing()
        try:
            row = {"id": hub, "name": self._signer.name, "log_key": text_of(self._signer.public)}
            connection.run(table.insert_hub, row)
        finally:
            connection.connection.close()

    def compare(self, *, thoroughly: bool) -> None:
        """Return if all parts are there, of one hub, and of the same age; ``thoroughly``: no key is lacking either.

        Raises:
            ConfigError: One is not; it says which, and what to do.
        """
        with self._database.reading() as connection:
            agree(self._words(connection))
            if thoroughly:
                self._look_for_keys(connection)

    def announce(self) -> None:
        """One more start, said by all but the store, whose commit follows."""
        with self._database.reading() as connection:
            word = self._words(connection)[STORE]
        assert word is not None
        self._keys.say(word.hub, word.starts + 1)
        self._signer.remember({"hub": word.hub, "starts": word.starts + 1})

    def _words(self, connection: Connection) -> dict[Words, Word | None]:
        keys, mark, row = self._keys.said(), self._signer.mark, connection.one(table.hub, {})
        return {
            KEYS: None if keys is None else Word(*keys),
            MEMORY: Word(str(mark["hub"]), int(mark["starts"])) if mark else None,
            STORE: None if row is None else Word(row.id, row.starts),
        }

    def _look_for_keys(self, connection: Connection) -> None:
        """A key file that was restored from an older copy lacks keys that were made since."""
        after, lacking = "", 0
        while rows := connection.all(keys_in_use, {"after": after, "limit": CHUNK}):
            after = rows[-1].token
            lacking += self._keys.lacking([row.key for row in rows])
        if lacking:
            raise _refused(
                KEYS,
                Words(
                    f"is older than the store, which uses {lacking} keys that it does not hold",
                    f"早于存储：存储使用的 {lacking} 个密钥不在其中",
                ),
            )


def agree(words: Mapping[Words, Word | None]) -> None:
    """Return if the parts say the same; a start is counted by the key file, then the memory, then the store.

    Raises:
        ConfigError: One of them is silent, of another hub, or older than its siblings.
    """
    for part, word in words.items():
        if word is None:
            raise _refused(part, Words("does not say which hub it is of", "未注明属于哪个平台"))
    known = {part: word for part, word in words.items() if word is not None}
    hubs = [word.hub for word in known.values()]
    for part, word in known.items():
        if hubs.count(word.hub) == 1 and len(set(hubs)) > 1:
            raise _refused(part, Words("is of another hub", "属于另一平台"))
    keys, memory, store = (known[part].starts for part in (KEYS, MEMORY, STORE))
    for part, starts, least in ((KEYS, keys, max(memory, store)), (MEMORY, memory, max(store, keys - 1))):
        if starts < least:
            raise _refused(
                part,
                Words(
                    f"is of start {starts}, its siblings are of start {least}: an older copy",
                    f"为第 {starts} 次启动，其他部分为第 {least} 次启动：副本较旧",
                ),
            )
    if store < keys - 1:
        raise _refused(
            STORE,
            Words(
                f"is of start {store}, {KEYS} is of start {keys}: an older copy",
                f"为第 {store} 次启动，{KEYS} 为第 {keys} 次启动：副本较旧",
            ),
        )


def same_signature(row: table.HubRow | None, name: str, public: Ed25519PublicKey) -> None:
    """Return if the log goes on under the name and the key that it was begun with.

    Raises:
        ConfigError: The settings name another hub, or ``keys/log.pem`` is another key.
    """
    if row is None:
        return
    if row.name != name:
        raise ConfigError(
            Words(
                f"licet.toml: hub.name: found {name!r}, but the log of this hub is signed as {row.name!r}; "
                "put that back",
                f"licet.toml：hub.name：现为 {name!r}，但本平台审计日志以 {row.name!r} 签名；请改回",
            ),
            cure=Words(
                f'write name = "{row.name}" below [hub] (without that line the name is licet), then `licet check`',
                f'在 [hub] 下填写 name = "{row.name}"（未填写时名称为 licet），再执行 `licet check`',
            ),
        )
    if row.log_key != text_of(public):
        raise ConfigError(
            Words(
                "keys/log.pem: found another key than the one that signs this log; put the old file back",
                "keys/log.pem：不是签署本审计日志的密钥；请放回原文件",
            )
        )


def newborn(data: Path) -> str | None:
    """The id of a hub whose folder was made and never started."""
    try:
        return str(json.loads((data / NEW).read_text(encoding="utf-8"))["hub"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            Words(
                f"{data / NEW} is not what `licet init` wrote; make the folder anew",
                f"{data / NEW} 不是 `licet init` 写入的内容；请重新新建目录",
            )
        ) from error


def grown(data: Path) -> None:
    """The folder was started: from now on a part that is missing is missing."""
    (data / NEW).unlink(missing_ok=True)
    opened = os.open(data, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def missing_store() -> ConfigError:
    """The store of a hub that was started before is not there."""
    return _refused(STORE, Words("is missing", "缺失"))


def text_of(public: Ed25519PublicKey) -> str:
    """A public key as the store keeps it."""
    return b64encode(public.public_bytes_raw()).decode()


def _refused(part: Words, why: Words) -> ConfigError:
    remedy = _REMEDY[part]
    return ConfigError(Words(f"{part} {why}; {remedy}", f"{part.zh} {why.zh}；{remedy.zh}"))
