"""The algorithms that keys have: how each is read, made, written and published. A key has one, and one use."""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from joserfc.jwk import ECKey, OKPKey, RSAKey

from schemas.errors import ConfigError, SettingError
from schemas.words import Words

Algorithm = Literal["ed25519", "es256", "rs256", "ecdh-x25519", "ecdh-p256", "rsa-oaep"]
"""Those that sign, and those that a message is encrypted to: ECDH-ES+A256KW in JOSE, RSA-OAEP (SHA-256) in XML."""
Signing = Literal["ed25519", "es256", "rs256"]
Use = Literal["sig", "enc"]
PublicKey = Ed25519PublicKey | X25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey
PrivateKey = Ed25519PrivateKey | X25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
LEAST_BITS, MOST_BITS = 3072, 8192
"""Bits of an RSA key."""

JoseKey = ECKey | OKPKey | RSAKey

_PRIME = (1 << 255) - 19
_ORDER_8_Y = 2707385501144840649318225287225658788936804267575313519463743609750303402022
_SMALL_ORDER_Y = frozenset({0, 1, _PRIME - 1, _PRIME, _PRIME + 1, _ORDER_8_Y, _PRIME - _ORDER_8_Y})
"""The y coordinates of the eight points of small order (RFC 8032, 5.1.7), with their unreduced spellings.

A key that is one of these verifies signatures that nobody made.
"""
_NUMBER = re.compile(r"[A-Za-z0-9_-]{2,1400}")
_COORDINATE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Kind:
    """One algorithm: for people, for JOSE (``alg``, ``kty``, ``crv``), its use, its class, and how a key is made."""

    says: str
    use: Use
    jose: str
    kty: str
    crv: str
    of: type[Ed25519PublicKey] | type[X25519PublicKey] | type[ec.EllipticCurvePublicKey] | type[rsa.RSAPublicKey]
    generate: Callable[[], PrivateKey]


def _p256() -> PrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _rsa() -> PrivateKey:
    return rsa.generate_private_key(65537, LEAST_BITS)


KINDS: Mapping[Algorithm, Kind] = {
    "ed25519": Kind("an Ed25519", "sig", "Ed25519", "OKP", "Ed25519", Ed25519PublicKey, Ed25519PrivateKey.generate),
    "es256": Kind("a P-256", "sig", "ES256", "EC", "P-256", ec.EllipticCurvePublicKey, _p256),
    "rs256": Kind("an RSA", "sig", "RS256", "RSA", "", rsa.RSAPublicKey, _rsa),
    "rsa-oaep": Kind("an RSA", "enc", "RSA-OAEP-256", "RSA", "", rsa.RSAPublicKey, _rsa),
    "ecdh-x25519": Kind(
        "an X25519", "enc", "ECDH-ES+A256KW", "OKP", "X25519", X25519PublicKey, X25519PrivateKey.generate
    ),
    "ecdh-p256": Kind("a P-256", "enc", "ECDH-ES+A256KW", "EC", "P-256", ec.EllipticCurvePublicKey, _p256),
}


def algorithm_of(use: str, kty: str, crv: str) -> Algorithm | None:
    """The algorithm of a key of this use and shape (RFC 7517)."""
    return next((name for name, each in KINDS.items() if (each.use, each.kty, each.crv) == (use, kty, crv)), None)


_AS_PEM = Words(
    "have the peer send its public key as PEM, which begins with -----BEGIN PUBLIC KEY-----, and name that file",
    "请对端提供 PEM 格式的公钥（以 -----BEGIN PUBLIC KEY----- 开头），并改为该文件",
)


def read_public(text: str, kid: str, algorithm: Algorithm = "ed25519") -> PublicKey:
    """The public key of an algorithm in PEM (SubjectPublicKeyInfo) or JWK (RFC 7517, 8037) text.

    Raises:
        ConfigError: Not such a key, or one of small order.
    """
    kind = KINDS[algorithm]
    try:
        key = _from_jwk(json.loads(text), kind) if text.lstrip().startswith("{") else load_pem_public_key(text.encode())
    except (ValueError, KeyError, TypeError, UnsupportedAlgorithm) as error:
        raise SettingError(
            Words(f"key {kid!r}, which cannot be read", f"无法读取密钥 {kid!r}"),
            Words(f"{kind.says} public key in PEM or JWK form", f"PEM 或 JWK 格式的 {_plain(kind)} 公钥"),
            setting="keys",
            cure=_AS_PEM,
        ) from error
    if not isinstance(key, kind.of) or (isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name != "secp256r1"):
        raise SettingError(
            Words(f"key {kid!r} of another algorithm", f"其他算法的密钥 {kid!r}"),
            Words(f"{kind.says} public key", f"{_plain(kind)} 公钥"),
            setting="keys",
        )
    if isinstance(key, Ed25519PublicKey):
        _require_order(key, kid)
    if isinstance(key, rsa.RSAPublicKey) and not LEAST_BITS <= key.key_size <= MOST_BITS:
        raise SettingError(
            Words(f"key {kid!r} of {key.key_size} bits", f"{key.key_size} 位的密钥 {kid!r}"),
            Words(f"{LEAST_BITS} to {MOST_BITS} bits", f"{LEAST_BITS} 至 {MOST_BITS} 位"),
            setting="keys",
        )
    return key


def _plain(kind: Kind) -> str:
    """The algorithm without its article."""
    return kind.says.partition(" ")[2]


def _require_order(key: Ed25519PublicKey, kid: str) -> None:
    if int.from_bytes(key.public_bytes_raw(), "little") & ((1 << 255) - 1) in _SMALL_ORDER_Y:
        raise SettingError(
            Words(
                f"key {kid!r}, a point of small order, which verifies anything",
                f"密钥 {kid!r} 为小阶点，可验证任意内容",
            ),
            Words("another key", "其他密钥"),
            setting="keys",
        )


def _from_jwk(jwk: dict[str, Any], kind: Kind) -> PublicKey:
    """Each coordinate in its one spelling: 32 bytes, without padding. A point that is not on its curve is refused."""
    if jwk["kty"] != kind.kty or jwk.get("crv", "") != kind.crv or "d" in jwk:
        raise ValueError("not a public JWK of this algorithm")
    if jwk.get("use", kind.use) != kind.use:
        raise ValueError("a key of another use")
    if kind.kty == "RSA":
        return rsa.RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"])).public_key()
    x = _coordinate(jwk["x"])
    if kind.kty == "EC":
        numbers = (int.from_bytes(x, "big"), int.from_bytes(_coordinate(jwk["y"]), "big"))
        return ec.EllipticCurvePublicNumbers(*numbers, ec.SECP256R1()).public_key()
    return X25519PublicKey.from_public_bytes(x) if kind.use == "enc" else Ed25519PublicKey.from_public_bytes(x)


def _coordinate(text: object) -> bytes:
    if not isinstance(text, str) or _COORDINATE.fullmatch(text) is None:
        raise ValueError("a coordinate is not 32 bytes in base64url")
    return urlsafe_b64decode(text + "=")


def _number(text: object) -> int:
    if not isinstance(text, str) or _NUMBER.fullmatch(text) is None:
        raise ValueError("a number is not base64url")
    return int.from_bytes(urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")


class _PublicMembers:
    """A JOSE key that shows the members of its public half alone: the other may lie where nothing reads it."""

    _dict_value: dict[str, Any]
    binding: Any
    key_type: str

    @property
    def dict_value(self) -> Any:
        """The public members."""
        if not self._dict_value:
            public = self.public_key  # type: ignore[attr-defined]  # of the key it is mixed into
            self._dict_value = {**self.binding.export_public_key(public), "kty": self.key_type}
        return self._dict_value


class _EC(_PublicMembers, ECKey):
    """A key on P-256."""


class _OKP(_PublicMembers, OKPKey):
    """A key on the curves of RFC 8037."""


class _RSA(_PublicMembers, RSAKey):
    """An RSA key."""


def jose_key(key: PublicKey | PrivateKey) -> JoseKey:
    """A key as the JOSE library uses it; of a private one nothing is read before it is used."""
    if isinstance(key, ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey):
        return _EC.import_key(key)
    if isinstance(key, rsa.RSAPublicKey | rsa.RSAPrivateKey):
        return _RSA.import_key(key)
    return _OKP.import_key(key)


def public_jwk(key: PublicKey, algorithm: Algorithm, kid: str = "") -> dict[str, Any]:
    """A public key as a member of a JWK set; named by its thumbprint (RFC 7638) where it has no other name."""
    kind = KINDS[algorithm]
    ours = jose_key(key)
    return {**ours.as_dict(private=False), "kid": kid or ours.thumbprint(), "alg": kind.jose, "use": kind.use}


def public_pem(key: PublicKey) -> bytes:
    """A public key as SubjectPublicKeyInfo PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def private_pem(key: PrivateKey, passphrase: bytes | None = None) -> bytes:
    """A private key as PKCS #8 PEM, encrypted if there is a passphrase."""
    encryption = NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def read_private(pem: bytes, algorithm: Algorithm, name: str, passphrase: bytes | None = None) -> PrivateKey:
    """The private key of an algorithm in PKCS #8 PEM.

    Raises:
        ConfigError: It cannot be read, the passphrase is another one, or it is of another algorithm.
    """
    try:
        key = load_pem_private_key(pem, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(
            Words(
                f"{name}: cannot be opened: found no private key in PEM, or one under another passphrase",
                f"{name}：无法打开：不是 PEM 格式的私钥，或口令不符",
            ),
            cure=Words(
                "name the private key itself (its first line is -----BEGIN PRIVATE KEY----- or -----BEGIN ENCRYPTED"
                " PRIVATE KEY-----), with the passphrase under which it was written",
                "改为私钥文件（首行为 -----BEGIN PRIVATE KEY----- 或 -----BEGIN ENCRYPTED PRIVATE KEY-----），"
                "并使用写入时的口令",
            ),
        ) from error
    public = key.public_key()
    if not isinstance(key, PrivateKey) or not isinstance(public, KINDS[algorithm].of):
        raise ConfigError(
            Words(
                f"{name}: found a {type(key).__name__}, expected {KINDS[algorithm].says} key",
                f"{name}：密钥类型为 {type(key).__name__}，应为 {_plain(KINDS[algorithm])}",
            )
        )
    return key
