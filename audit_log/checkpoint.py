"""Signed heads as C2SP tlog-checkpoint in a signed note: text that any stranger's tool can check."""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit_log.merkle import HASH_BYTES

_ED25519 = b"\x01"
_SIGNATURE = re.compile(r"— (?P<name>[^\s+]+) (?P<value>[A-Za-z0-9+/]+={0,2})")
_MAX_SIGNATURES = 16
_MAX_BYTES = 16 * 1024


class TamperError(Exception):
    """The log, or what was signed of it, is not what it must be."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Size and root of a log of this name."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines that are signed, with their last newline."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def key_id(name: str, public: Ed25519PublicKey) -> bytes:
    """The first four bytes of SHA-256(name || LF || 0x01 || key)."""
    return sha256(name.encode() + b"\n" + _ED25519 + public.public_bytes_raw()).digest()[:4]


def vkey(name: str, public: Ed25519PublicKey) -> str:
    """The verifier key as text: ``name+id+key``."""
    return f"{name}+{key_id(name, public).hex()}+{b64encode(_ED25519 + public.public_bytes_raw()).decode()}"


def read_vkey(text: str) -> tuple[str, Ed25519PublicKey]:
    """Name and key of a verifier key.

    Raises:
        TamperError: Not of the form, or the id does not fit the key.
    """
    try:
        name, given, encoded = text.strip().split("+", 2)
        raw = b64decode(encoded, validate=True)
        public = Ed25519PublicKey.from_public_bytes(raw[1:])
    except (ValueError, Base64Error) as error:
        raise TamperError("verifier key: expected NAME+ID+BASE64 of an Ed25519 key") from error
    if raw[:1] != _ED25519 or given != key_id(name, public).hex() or b64encode(raw).decode() != encoded:
        raise TamperError("verifier key: its id does not fit the key")
    return name, public


def sign(checkpoint: Checkpoint, name: str, key: Ed25519PrivateKey) -> str:
    """The signed note of a checkpoint."""
    body = checkpoint.text()
    value = b64encode(key_id(name, key.public_key()) + key.sign(body.encode())).decode()
    return f"{body}\n— {name} {value}\n"


def verify(note: str, keys: Mapping[str, Ed25519PublicKey], origin: str) -> Checkpoint:
    """The checkpoint of a note that one of ``keys`` (by name) signed. Signatures of unknown keys are ignored.

    Raises:
        TamperError: Malformed, another log's, or no good signature by a known key.
    """
    checkpoint, signatures = _parse(note)
    if checkpoint.origin != origin:
        raise TamperError(f"checkpoint: found origin {checkpoint.origin!r}, expected {origin!r}")
    good = False
    for name, value in signatures:
        public = keys.get(name)
        if public is None or value[:4] != key_id(name, public):
            continue
        try:
            public.verify(value[4:], checkpoint.text().encode())
        except InvalidSignature as error:
            raise TamperError(f"checkpoint: the signature of {name} does not verify") from error
        good = True
    if not good:
        raise TamperError("checkpoint: no signature by a known key")
    return checkpoint


def _parse(note: str) -> tuple[Checkpoint, list[tuple[str, bytes]]]:
    if len(note) > _MAX_BYTES or "\r" in note or not note.endswith("\n"):
        raise TamperError("checkpoint: expected at most 16 KiB of lines that end with LF")
    body, separator, rest = note.partition("\n\n")
    lines = body.split("\n")
    if not separator or len(lines) != 3 or not lines[0]:
        raise TamperError("checkpoint: expected origin, size and root, an empty line, signatures")
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
        raise TamperError("checkpoint: the size is not a plain number")
    found = rest[:-1].split("\n")
    if not 0 < len(found) <= _MAX_SIGNATURES:
        raise TamperError(f"checkpoint: found {len(found)} signatures, expected 1 to {_MAX_SIGNATURES}")
    return Checkpoint(lines[0], int(lines[1]), _hash(lines[2])), [_signature(line) for line in found]


def _hash(text: str) -> bytes:
    try:
        found = b64decode(text, validate=True)
    except Base64Error as error:
        raise TamperError("checkpoint: the root is not base64") from error
    if len(found) != HASH_BYTES or b64encode(found).decode() != text:
        raise TamperError("checkpoint: the root is not a SHA-256 hash")
    return found


def _signature(line: str) -> tuple[str, bytes]:
    match = _SIGNATURE.fullmatch(line)
    if match is None:
        raise TamperError("checkpoint: a signature line is not of the form")
    try:
        value = b64decode(match["value"], validate=True)
    except Base64Error as error:
        raise TamperError("checkpoint: a signature is not base64") from error
    if b64encode(value).decode() != match["value"]:  # bits that say nothing could otherwise be anything
        raise TamperError("checkpoint: a signature is not in the one form of base64")
    return match["name"], value
