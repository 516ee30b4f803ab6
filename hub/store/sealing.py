"""Seals what names a person: identifiers and names under a key per person, raw bodies under a key per week.

Data keys are random, wrapped by the hub's master key, and live in a file of their own with their own short
backups: who destroys a key has erased what it sealed, while every proof over the rows still holds.
AES-256-GCM (NIST SP 800-38D) with random 96-bit nonces; the AAD binds a blob to the row it belongs to.
"""

import hashlib
import hmac
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.store.trouble import store_error
from schemas.errors import ConfigError, UnavailableError
from schemas.words import Words

_KEY_BYTES = 32
_KEYS_AWAY = Words("data/keys.db cannot be written now", "data/keys.db 目前无法写入")
_NONCE_BYTES = 12
_SALT_BYTES = 32
_CACHED_KEYS = 4096
_DIGEST_BYTES = 16
_LACKING = """
    SELECT count(*) FROM json_each(?)
    WHERE value NOT IN (SELECT id FROM keys) AND value NOT IN (SELECT id FROM destroyed)
"""
_TABLES = (
    "CREATE TABLE keys (id TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE destroyed (id TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE hub (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, starts INTEGER NOT NULL)",
)


class KeyFile:
    """Random data keys by id, wrapped by the master key, in one small SQLite file. Thread-safe."""

    def __init__(self, path: Path, master: bytes, random: Callable[[int], bytes] = os.urandom) -> None:
        if len(master) != _KEY_BYTES:
            raise ConfigError(
                Words(
                    f"keys/master.key: found {len(master)} bytes, expected {_KEY_BYTES}",
                    f"keys/master.key：长度为 {len(master)} 字节，应为 {_KEY_BYTES} 字节",
                )
            )
        self._wrap = AESGCM(subkey(master, "wrap"))
        self._random = random
        self._lock = Lock()
        self._open: dict[str, AESGCM] = {}
        if not path.exists():
            raise ConfigError(
                Words(
                    f"{path}: is missing; restore it from its backup, or nobody's name can be read",
                    f"缺少 {path}；请从备份恢复，否则人员姓名无法读取",
                )
            )
        self._db = _opened(path)
        try:
            self._db.execute("SELECT 1 FROM keys, destroyed, hub LIMIT 1")
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise ConfigError(
                Words(
                    f"{path}: cannot be opened ({error}); restore it from its backup",
                    f"{path}：无法打开（{error}）；请从备份恢复",
                )
            ) from error

    @staticmethod
    def make(path: Path) -> None:
        """Make a file without keys; only a store without entries has none."""
        path.touch(0o600, exist_ok=False)
        with closing(_opened(path)) as made:
            for table in _TABLES:
                made.execute(table)

    def create(self, ids: Iterable[str]) -> None:
        """Make a key for each id that has none; durable when this returns.

        Raises:
            UnavailableError: The file cannot be written now; nothing was made.
        """
        rows = [(each, self._wrapped(each, self._random(_KEY_BYTES))) for each in ids]
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.executemany("INSERT OR IGNORE INTO keys (id, wrapped) VALUES (?, ?)", rows)
                self._db.execute("COMMIT")
            except sqlite3.OperationalError as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                trouble = store_error(error)
                raise trouble or UnavailableError("store.busy", _KEYS_AWAY, retry_after=1.0) from error

    def destroy(self, *key_ids: str) -> None:
        """Forget keys: what they sealed cannot be read again, and nothing of them is left in the file."""
        with self._lock:
            for key_id in key_ids:
                self._open.pop(key_id, None)
                self._db.execute("INSERT OR IGNORE INTO destroyed (id) VALUES (?)", (key_id,))
                self._db.execute("DELETE FROM keys WHERE id = ?", (key_id,))
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def said(self) -> tuple[str, int] | None:
        """Which hub the file is of, and how often that was started."""
        with self._lock:
            found: tuple[str, int] | None = self._db.execute("SELECT id, starts FROM hub").fetchone()
        return found

    def say(self, hub: str, starts: int) -> None:
        """Write that down."""
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO hub (one, id, starts) VALUES (1, ?, ?)", (hub, starts))

    def lacking(self, ids: Sequence[str]) -> int:
        """How many of these keys were neither made here nor destroyed."""
        with self._lock:
            (found,) = self._db.execute(_LACKING, (json.dumps(ids),)).fetchone()
        return int(found)

    def cipher(self, key_id: str) -> AESGCM | None:
        """The cipher of a key, or nothing when it was destroyed or never made."""
        found = self._open.get(key_id)
        return found if found is not None else self._load(key_id)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _wrapped(self, key_id: str, key: bytes) -> bytes:
        nonce = self._random(_NONCE_BYTES)
        return nonce + self._wrap.encrypt(nonce, key, key_id.encode())

    def _load(self, key_id: str) -> AESGCM | None:
        with self._lock:
            row = self._db.execute("SELECT wrapped FROM keys WHERE id = ?", (key_id,)).fetchone()
            if row is None:
                return None
            (wrapped,) = row
            try:
                key = self._wrap.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], key_id.encode())
            except InvalidTag as wrong:
                raise ConfigError(
                    Words(
                        "keys/master.key does not open data/keys.db; restore the master key",
                        "keys/master.key 无法打开 data/keys.db；请恢复主密钥",
                    )
                ) from wrong
            if len(self._open) >= _CACHED_KEYS:
                self._open.clear()
            return self._open.setdefault(key_id, AESGCM(key))


def _opened(path: Path) -> sqlite3.Connection:
    uri = f"file:{quote(str(path))}?mode=rw"
    opened = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=10.0)
    try:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            opened.execute(f"PRAGMA {pragma}")
    except sqlite3.DatabaseError as error:
        opened.close()
        raise ConfigError(
            Words(
                f"{path}: cannot be opened ({error}); restore it from its backup",
                f"{path}：无法打开（{error}）；请从备份恢复",
            )
        ) from error
    return opened


def subkey(master: bytes, use: str) -> bytes:
    """The key of one use (HKDF-SHA256, RFC 5869): what one use shows of it helps with no other."""
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"licet {use} v1".encode()).derive(master)


def _keyed(key: bytes, content: bytes) -> bytes:
    return hashlib.blake2b(content, key=key, digest_size=_DIGEST_BYTES).digest()


class Sealer:
    """Seals and opens under named keys; finds and compares without keeping anything in clear."""

    def __init__(self, keys: KeyFile, master: bytes, random: Callable[[int], bytes] = os.urandom) -> None:
        self.keys = keys
        self._random = random
        self._identifiers, self._bodies, self._transmissions, self._settings, self._numbers, self._cases = (
            subkey(master, use)
            for use in ("identifiers", "bodies", "transmissions", "settings", "certificate numbers", "cases")
        )
        self._papers, self._contents = subkey(master, "papers"), subkey(master, "documents")
        self._week: tuple[date, str] | None = None

    def lookup(self, source: str, subject: str) -> bytes:
        """The index of an identifier: a keyed digest that goes with its rows (``subjects``, ``sponsored``)."""
        return _keyed(self._identifiers, f"{source}\x1f{subject}".encode())

    def number_token(self, number: str) -> bytes:
        """What a certificate number is known by wherever it is spoken of."""
        return _keyed(self._numbers, number.encode())

    def body_digest(self, body: bytes) -> bytes:
        """A keyed digest to compare bodies by; without the master key nothing can be tried against it."""
        return _keyed(self._bodies, body)

    def transmission_id(self, connector: str, sender_id: str) -> str:
        """The id of a transmission that its sender gave an id; that one may name somebody."""
        return _keyed(self._transmissions, f"{connector}\x1f{sender_id}".encode()).hex()

    def case_id(self, cause: str) -> str:
        """The id of a case: the same for the same cause, and nobody else can try which cause that is."""
        return _keyed(self._cases, cause.encode()).hex()

    def series_id(self, paper: str) -> str:
        """What a paper of somebody is known by, in all its editions."""
        return _keyed(self._papers, paper.encode()).hex()

    def content_mark(self) -> "hashlib.blake2b":
        """What makes the keyed digest of a document, to be fed piece by piece: the same again is known by it."""
        return hashlib.blake2b(key=self._contents, digest_size=_DIGEST_BYTES)

    def settings_mark(self, settings: bytes) -> str:
        """A keyed digest that tells whether settings, secrets among them, are those of before."""
        return _keyed(self._settings, settings).hex()

    def bucket(self, now: datetime) -> str:
        """The id of this week's key for raw bodies; made at first use."""
        day, kept = now.date(), self._week
        if kept is not None and kept[0] == day and self.keys.cipher(kept[1]) is not None:
            return kept[1]
        year, week, _ = now.isocalendar()
        name = f"week-{year}-{week:02d}"
        if self.keys.cipher(name) is None:
            self.keys.create([name])
        self._week = day, name
        return name

    def seal(self, key_id: str, plain: bytes, aad: str) -> bytes:
        """Nonce and ciphertext. The key must exist."""
        return self._sealed(key_id, self._random(_NONCE_BYTES), plain, aad)

    def _sealed(self, key_id: str, nonce: bytes, plain: bytes, aad: str) -> bytes:
        cipher = self.keys.cipher(key_id)
        assert cipher is not None, f"no key {key_id}"
        return nonce + cipher.encrypt(nonce, plain, aad.encode())

    def open(self, key_id: str, sealed: bytes, aad: str) -> bytes | None:
        """The plain bytes, or nothing when the key was destroyed, or the blob was erased: then it is empty.

        Raises:
            InvalidTag: The blob was changed, or belongs to another row.
        """
        cipher = self.keys.cipher(key_id)
        return (
            None
            if cipher is None or not sealed
            else cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], aad.encode())
        )

    def seal_body(self, key_id: str, body: bytes, aad: str) -> tuple[bytes, dict[str, str | int]]:
        """A sealed raw body, and what an entry may say of it: size, commitment, digest of the ciphertext."""
        return self.seal_bodies([(key_id, body, aad)])[0]

    def seal_bodies(self, bodies: Sequence[tuple[str, bytes, str]]) -> list[tuple[bytes, dict[str, str | int]]]:
        """``seal_body`` of many, each with key id and AAD; one sort of work after the other, as that is faster.

        The commitment is HMAC-SHA256 under a salt that lies inside the blob: a bare digest of a body this
        small could be found by trying.
        """
        each = _SALT_BYTES + _NONCE_BYTES
        chance = self._random(each * len(bodies))
        salts = [chance[at : at + _SALT_BYTES] for at in range(0, len(chance), each)]
        nonces = [chance[at : at + _NONCE_BYTES] for at in range(_SALT_BYTES, len(chance), each)]
        blobs = [
            self._sealed(key_id, nonce, salt + body, aad)
            for (key_id, body, aad), salt, nonce in zip(bodies, salts, nonces, strict=True)
        ]
        commits = [
            hmac.digest(salt, body, "sha256").hex() for salt, (_key, body, _aad) in zip(salts, bodies, strict=True)
        ]
        digests = [hashlib.sha256(blob).hexdigest() for blob in blobs]
        return [
            (blob, {"bytes": len(body), "commit": commit, "ct_sha256": digest})
            for blob, (_key, body, _aad), commit, digest in zip(blobs, bodies, commits, digests, strict=True)
        ]

    def open_body(self, key_id: str, sealed: bytes, aad: str) -> bytes | None:
        """The raw body of ``seal_body``, or nothing when its week's key is gone."""
        plain = self.open(key_id, sealed, aad)
        return None if plain is None else plain[_SALT_BYTES:]
