"""Public keys of peers and when each may be believed; secrets by reference; new key pairs."""

import json
import os
import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, SecretStr, ValidationInfo

from schemas.errors import ConfigError, TrustError

KeyState = Literal["pending", "active", "retiring", "retired", "revoked"]
"""Life of a key: published, in use, still believed while its follower is in use, ended, compromised."""

BELIEVED: frozenset[KeyState] = frozenset({"active", "retiring"})

_MAX_BYTES = 64 * 1024

_PRIME = (1 << 255) - 19
_ORDER_8_Y = 2707385501144840649318225287225658788936804267575313519463743609750303402022
_SMALL_ORDER_Y = frozenset({0, 1, _PRIME - 1, _PRIME, _PRIME + 1, _ORDER_8_Y, _PRIME - _ORDER_8_Y})
"""The y coordinates of the eight points of small order (RFC 8032, 5.1.7), with their unreduced spellings.

A key that is one of these verifies signatures that nobody made.
"""


def read_reference(reference: str, base: Path) -> bytes:
    """What ``env:NAME`` or ``file:PATH`` names; a relative path counts from ``base``. A last line end is dropped.

    Raises:
        ConfigError: Not a reference, nothing there, empty, or more than 64 KiB.
    """
    kind, _, name = reference.partition(":")
    if kind == "env" and name:
        value = os.environ.get(name)
        if value is None:
            raise ConfigError(f"environment variable {name} is not set; set it before the hub starts")
        found = value.encode()
    elif kind == "file" and name:
        found = _read_file(base / name)
    else:
        raise ConfigError("a secret stands in plain text; put it into a file and write file:PATH, or env:NAME")
    if not found.strip():
        raise ConfigError(f"{reference} is empty; expected a key or secret")
    return found.removesuffix(b"\n").removesuffix(b"\r")


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            found = opened.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"cannot read {path} ({error.strerror}); create it or correct the file: reference") from error
    if len(found) > _MAX_BYTES:
        raise ConfigError(f"{path} has more than {_MAX_BYTES} bytes; expected one key or secret")
    return found


def resolve_secret(reference: str, base: Path) -> SecretStr:
    """The secret that a reference names, hidden from logs and messages.

    Raises:
        ConfigError: See ``read_reference``; or the bytes are not UTF-8.
    """
    try:
        return SecretStr(read_reference(reference, base).decode())
    except UnicodeDecodeError as error:
        raise ConfigError(f"{reference} is not UTF-8 text; expected a secret on one line") from error


def _resolve_public(text: str, info: ValidationInfo) -> str:
    if not text.startswith("file:"):
        return text
    base = Path((info.context or {}).get("base", "."))
    try:
        return read_reference(text, base).decode("ascii")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{text} is not a public key in PEM or JWK form") from error


class KeyRecord(BaseModel, frozen=True, extra="forbid"):
    """One public key of a peer, as an integrator registers it."""

    kid: str = Field(min_length=1, max_length=128, description="The name by which the peer's signatures call the key.")
    alg: Literal["ed25519"] = Field(default="ed25519", description="The one algorithm of this key.")
    public: Annotated[str, AfterValidator(_resolve_public)] = Field(
        description="PEM or JWK text, or file:PATH (from the hub folder) to it."
    )
    not_before: AwareDatetime | None = Field(default=None, description="Believed from this instant on.")
    not_after: AwareDatetime | None = Field(default=None, description="Not believed from this instant on.")
    state: KeyState = Field(default="active", description="Only active and retiring keys are believed.")


@dataclass(frozen=True, slots=True)
class PeerKey:
    """A key record whose public key has been read."""

    record: KeyRecord
    public: Ed25519PublicKey

    def refusal(self, at: datetime) -> str:
        """Why the key is not believed at ``at``; empty if it is."""
        record = self.record
        if record.state not in BELIEVED:
            return f"key is {record.state}"
        if record.not_before is not None and at < record.not_before:
            return f"key begins {record.not_before.isoformat()}"
        if record.not_after is not None and at >= record.not_after:
            return f"key ended {record.not_after.isoformat()}"
        return ""


class KeyRing:
    """The keys of one peer, by ``kid``."""

    def __init__(self, records: Sequence[KeyRecord]) -> None:
        """Read all keys.

        Raises:
            ConfigError: A key cannot be read, is weak, or a ``kid`` stands twice.
        """
        self._keys = {record.kid: PeerKey(record, read_public(record.public, record.kid)) for record in records}
        if len(self._keys) != len(records):
            raise ConfigError("a kid stands twice among the keys of one peer; every key needs its own")

    def at(self, kid: str, instant: datetime) -> PeerKey:
        """The key that may be believed at ``instant``.

        Raises:
            TrustError: ``sig.key-unknown`` or ``sig.key-state``.
        """
        key = self._keys.get(kid)
        if key is None:
            raise TrustError("sig.key-unknown", f"key {kid[:64]!r} is not registered for this peer")
        if reason := key.refusal(instant):
            raise TrustError("sig.key-state", f"{reason}; signature of {instant.isoformat()} by {kid[:64]!r}")
        return key


def read_public(text: str, kid: str) -> Ed25519PublicKey:
    """The public key in PEM (SubjectPublicKeyInfo) or JWK (RFC 8037) text.

    Raises:
        ConfigError: Not such a key, or one of small order.
    """
    try:
        key = _from_jwk(json.loads(text)) if text.lstrip().startswith("{") else load_pem_public_key(text.encode())
    except (ValueError, KeyError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"key {kid!r} cannot be read; expected an Ed25519 public key in PEM or JWK form") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError(f"key {kid!r} is a {type(key).__name__}; expected an Ed25519 public key")
    if int.from_bytes(key.public_bytes_raw(), "little") & ((1 << 255) - 1) in _SMALL_ORDER_Y:
        raise ConfigError(f"key {kid!r} is a point of small order, which verifies anything; ask for another key")
    return key


def _from_jwk(jwk: dict[str, Any]) -> Ed25519PublicKey:
    if jwk["kty"] != "OKP" or jwk["crv"] != "Ed25519" or "d" in jwk:
        raise ValueError("not a public Ed25519 JWK")
    x = str(jwk["x"])
    if re.fullmatch(r"[A-Za-z0-9_-]{43}", x) is None:
        raise ValueError("x is not 32 bytes in base64url")
    return Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(x + "="))


def private_pem(key: Ed25519PrivateKey) -> bytes:
    """A private key as unencrypted PKCS #8 PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: Ed25519PublicKey) -> bytes:
    """A public key as SubjectPublicKeyInfo PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def write_pair(folder: Path, name: str, key: Ed25519PrivateKey) -> tuple[Path, Path]:
    """Write ``name.pem`` (mode 0600 from its first moment) and ``name.pub.pem``; gives both paths.

    ``key`` comes from the caller (``Ed25519PrivateKey.generate()``). An existing key is never overwritten.

    Raises:
        ConfigError: One of the files exists already, or the folder cannot be written.
    """
    private, public = folder / f"{name}.pem", folder / f"{name}.pub.pem"
    _write_new(private, private_pem(key), 0o600)
    _write_new(public, public_pem(key.public_key()), 0o644)
    return private, public


def _write_new(path: Path, content: bytes, mode: int) -> None:
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as error:
        raise ConfigError(f"{path} exists; move it away or choose another name for the key") from error
    except OSError as error:
        raise ConfigError(f"cannot write {path} ({error.strerror})") from error
    with os.fdopen(opened, "wb") as file:
        file.write(content)
