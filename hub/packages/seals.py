"""Signed by people, sealed to hubs: how a package is closed and opened, and which failure has which code."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from connectors.general_jose import decrypt, encrypt, sign, sign_too, verify
from connectors.keys import KeyRing, OwnKey, OwnKeys, PeerKey
from hub.packages.manifest import Manifest, read_manifest
from schemas.errors import TrustError

SIGNED, SEALED = "licet-package+jws", "licet-package+jwe"
_HEADER = {"typ": SEALED, "cty": "jose+json"}
_OPENING: Mapping[str, str] = {
    "envelope.refused": "package.envelope",
    "sig.key-unknown": "package.recipient",
    "sig.key-state": "package.recipient",
    "sig.bad": "package.tampered",
}
_VERIFYING: Mapping[str, str] = {
    "envelope.refused": "package.unsigned",
    "sig.key-unknown": "package.signer",
    "sig.key-state": "package.signer",
    "sig.bad": "package.signature",
}


class Verified(NamedTuple):
    """A package whose signatures are good: what it says, and the names of the keys that signed, each once."""

    manifest: Manifest
    kids: tuple[str, ...]


def signed(manifest: Manifest, author: OwnKey) -> bytes:
    """A package as its author signs it."""
    return sign(manifest.payload, SIGNED, [author])


def approved(package: bytes, approver: OwnKey) -> bytes:
    """A signed package with one more signature."""
    return sign_too(package, SIGNED, approver)


def sealed(package: bytes, to: Sequence[PeerKey]) -> bytes:
    """A signed package that only these keys open."""
    return encrypt(package, _HEADER, to)


def opened(text: bytes, own: OwnKeys, at: datetime) -> bytes:
    """The signed package that was sealed to a key of this hub.

    Raises:
        TrustError: ``package.envelope``, ``package.recipient`` or ``package.tampered``.
    """
    with _coded(_OPENING):
        return decrypt(text, _HEADER, own, at)


def verified(package: bytes, keys: KeyRing, at: datetime) -> Verified:
    """What a signed package says; every signature on it is good.

    Raises:
        TrustError: ``package.unsigned``, ``package.signer``, ``package.signature`` or ``package.form``.
    """
    with _coded(_VERIFYING):
        found = verify(package, keys, at, SIGNED)
    return Verified(read_manifest(found[0].payload), tuple(dict.fromkeys(each.kid for each in found)))


@contextmanager
def _coded(codes: Mapping[str, str]) -> Iterator[None]:
    try:
        yield
    except TrustError as error:
        raise TrustError(codes.get(error.code, error.code), error.message) from error
