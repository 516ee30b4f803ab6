"""JOSE as it is spoken here: a closed set of algorithms and header members, one spelling for every value.

The library proves and decrypts; what it leaves open is closed before it is asked: base64 with padding or spare bits,
members that nobody expects (``crit``, ``b64``, ``zip``, ``jku``, ``jwk``, ``x5c``), an algorithm that is not the key's.
Whatever is wrong with an envelope is one refusal.

Source:  RFC 7515 (JWS), RFC 7516 (JWE), RFC 7518 and RFC 9864 (algorithms), RFC 8725 (best practices).
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from joserfc import jwe, jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError

from connectors.algorithms import KINDS, Algorithm
from connectors.keys import KeyRing, OwnKey, OwnKeys, PeerKey
from schemas.errors import LicetError, TrustError
from schemas.reading import Limits, read_json
from schemas.words import Words

ENCRYPTION = "A256GCM"
AGREEMENT = "ECDH-ES+A256KW"
REFUSED = "envelope.refused"
LONGEST = 4 << 20
"""Characters of an envelope."""

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_SPARE = {2: 15, 3: 3}
"""Bits of the last character that say nothing, by how many characters stand in the last group."""
_MOST_HEADER = 2048
_SIGNATURE = 86
"""Characters of a signature: 64 bytes, by Ed25519 and by ES256 alike."""
_EPK = {"OKP": frozenset({"kty", "crv", "x"}), "EC": frozenset({"kty", "crv", "x", "y"})}
_WITHIN = Limits(depth=4)

T = TypeVar("T")


class Signed(NamedTuple):
    """What a key signed: the protected header, the payload, and the text of both with the signature."""

    header: Mapping[str, Any]
    payload: bytes
    kid: str
    protected: str
    signature: str


class Opened(NamedTuple):
    """What was encrypted to one of our keys."""

    header: Mapping[str, Any]
    content: bytes


class _OneAlgorithm(jws.JWSRegistry):
    """Knows one algorithm; of the name that Ed25519 had before, which peers still write, it does not warn."""

    def __init__(self, algorithm: str) -> None:
        super().__init__(algorithms=[algorithm], strict_check_header=False)
        self._name = algorithm

    def get_alg(self, name: str) -> Any:
        """The algorithm, if it is this one."""
        if name != self._name:
            raise UnsupportedAlgorithmError(f"expected {self._name}")
        return self.algorithms[name]


def _jws_registry(algorithm: str) -> jws.JWSRegistry:
    registry = _OneAlgorithm(algorithm)
    registry.max_header_length, registry.max_payload_length = _MOST_HEADER, LONGEST
    return registry


def _jwe_registry() -> jwe.JWERegistry:
    registry = jwe.JWERegistry(
        algorithms=[AGREEMENT, ENCRYPTION], strict_check_header=False, verify_all_recipients=False
    )
    registry.max_protected_header_length, registry.max_ciphertext_length = _MOST_HEADER, LONGEST
    return registry


_JWS: Mapping[str, jws.JWSRegistry] = {name: _jws_registry(name) for name in ("Ed25519", "EdDSA", "ES256")}
_JWS_OF_TOKENS: Mapping[str, jws.JWSRegistry] = {**_JWS, "RS256": _jws_registry("RS256")}
JWE = _jwe_registry()


def refused(what: Words) -> TrustError:
    """The one refusal of an envelope; what was wrong with it stands in its entry by code alone."""
    return TrustError(REFUSED, what)


def segments(text: bytes, count: int) -> list[bytes]:
    """The parts of a compact serialization, each base64url in its one spelling.

    Raises:
        TrustError: ``envelope.refused``.
    """
    if len(text) > LONGEST:
        raise refused(
            Words(
                f"found {len(text)} characters, expected at most {LONGEST}",
                f"现有 {len(text)} 个字符，应不超过 {LONGEST} 个",
            )
        )
    found = text.split(b".", count)
    if len(found) != count:
        raise refused(Words(f"found {len(found)} parts, expected {count}", f"现有 {len(found)} 段，应为 {count} 段"))
    for each in found:
        require_base64url(each)
    return found


def require_base64url(text: bytes) -> None:
    """Return if a text is base64url in its one spelling: no padding, no blanks, no spare bits, not empty."""
    rest = len(text) % 4
    if not text or rest == 1 or text.translate(None, _ALPHABET):
        raise refused(Words("a part is not base64url without padding", "有一段不是无填充的 base64url"))
    if rest and _ALPHABET.index(text[-1:]) & _SPARE[rest]:
        raise refused(Words("a part of base64url has spare bits", "有一段 base64url 带多余位"))


def header_of(segment: bytes, needs: Collection[str], may: Collection[str]) -> dict[str, Any]:
    """A protected header with these members and no others.

    Raises:
        TrustError: ``envelope.refused``.
    """
    if len(segment) > _MOST_HEADER:
        raise refused(Words(f"a header has more than {_MOST_HEADER} characters", f"报头超过 {_MOST_HEADER} 个字符"))
    try:
        header = read_json(jose_decode(segment), limits=_WITHIN)
    except LicetError as error:
        raise refused(Words(f"a header that cannot be read: {error.code}", f"报头无法读取：{error.code}")) from error
    if not isinstance(header, dict) or not set(needs) <= header.keys() <= {*needs, *may}:
        raise refused(
            Words(
                f"members of a header: expected {', '.join(sorted(needs))}, and no others",
                f"报头各项应为 {'、'.join(sorted(needs))}，且无其他项",
            )
        )
    return header


def jose_decode(segment: bytes) -> bytes:
    """The bytes of base64url whose spelling was checked."""
    return urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))


def verify_compact(text: bytes, keys: KeyRing, at: datetime, typ: str, may: Collection[str] = ()) -> Signed:
    """What one of these keys signed, in the compact form; the payload is the bytes that were verified.

    Raises:
        TrustError: ``envelope.refused``, ``sig.bad``, ``sig.key-unknown`` or ``sig.key-state``.
    """
    protected, _payload, signature = segments(text, 3)
    header = header_of(protected, ("alg", "kid", "typ"), may)
    key = signing_key(header, keys, at)
    if header["typ"] != typ or len(signature) != _SIGNATURE:
        raise refused(Words(f"expected typ {typ} and a signature of 64 bytes", f"应为 typ {typ} 和 64 字节的签名"))
    found = asked(lambda: jws.deserialize_compact(text, key.jose, registry=_JWS[header["alg"]]))
    return Signed(header, found.payload, key.kid, protected.decode(), signature.decode())


def verify_token(
    text: bytes,
    keys: KeyRing,
    at: datetime,
    typs: Collection[str],
    signer: Callable[[bytes], str | None] = lambda _payload: None,
) -> Signed:
    """What one of these keys signed, in a token that others made for whoever reads it: a credential, a list, a badge.

    RS256 is taken, too, and a key that stands in the header, as far as it is one of these: it only says which. Where
    the header says nothing, ``signer`` says of the payload, of which nothing is believed yet, which one is meant.

    Raises:
        TrustError: ``envelope.refused``, ``sig.bad``, ``sig.key-unknown`` or ``sig.key-state``.
    """
    protected, payload, signature = segments(text, 3)
    header = header_of(protected, ("alg",), ("kid", "jwk", "typ", "cty", "iss"))
    shown = _kid_of(header["jwk"], keys) if "jwk" in header else signer(jose_decode(payload))
    named = header if "kid" in header else {**header, "kid": shown}
    key = signing_key(named, keys, at, _JWS_OF_TOKENS)
    longest = -(-getattr(key.public, "key_size", 0) // 6) if header["alg"] == "RS256" else _SIGNATURE
    if header.get("typ", "") not in typs or len(signature) > longest:
        raise refused(
            Words("found another typ than a credential has, or too long a signature", "typ 不是凭证的类型，或签名过长")
        )
    found = asked(lambda: jws.deserialize_compact(text, key.jose, registry=_JWS_OF_TOKENS[header["alg"]]))
    return Signed(header, found.payload, key.kid, protected.decode(), signature.decode())


def _kid_of(jwk: object, keys: KeyRing) -> str | None:
    """Which of these keys a header shows; nothing of the header is believed for it."""
    bare = {name: jwk.get(name) for name in ("kty", "crv", "x", "y", "n", "e")} if isinstance(jwk, dict) else {}
    shown = {name: value for name, value in bare.items() if value is not None}
    return next((each.kid for each in keys if each.jose.as_dict(private=False).items() >= shown.items() > set()), None)


def signing_key(
    header: Mapping[str, Any], keys: KeyRing, at: datetime, known: Mapping[str, jws.JWSRegistry] = _JWS
) -> PeerKey:
    """The key that a header names, if it is believed, signs, and by the algorithm that the header names.

    Raises:
        TrustError: ``envelope.refused``, ``sig.key-unknown`` or ``sig.key-state``.
    """
    kid, alg = header.get("kid"), header.get("alg")
    if not isinstance(kid, str):
        raise refused(Words("kid is no text", "kid 不是文字"))
    key = keys.at(kid, at)
    if alg not in known or alg not in _names(key.algorithm):
        raise refused(Words(f"alg is not that of key {key.kid!r}", f"alg 与密钥 {key.kid!r} 不符"))
    return key


def _names(algorithm: Algorithm) -> tuple[str, ...]:
    """What JOSE calls an algorithm: RFC 9864 gave Ed25519 a name of its own, RFC 8037 had called it EdDSA."""
    return ("Ed25519", "EdDSA") if algorithm == "ed25519" else (KINDS[algorithm].jose,)


def decrypt_compact(text: bytes, keys: OwnKeys, at: datetime, cty: str) -> Opened:
    """What was encrypted to one of our keys, in the compact form.

    Raises:
        TrustError: ``envelope.refused``, ``sig.bad``, ``sig.key-unknown`` or ``sig.key-state``.
    """
    protected = segments(text, 5)[0]
    header = header_of(protected, ("alg", "enc", "kid", "epk", "cty"), ("typ",))
    if (header["alg"], header["enc"], header["cty"]) != (AGREEMENT, ENCRYPTION, cty):
        raise refused(
            Words(
                f"expected {AGREEMENT} with {ENCRYPTION} around {cty}", f"应为 {AGREEMENT} 与 {ENCRYPTION}，内含 {cty}"
            )
        )
    key = _decrypting(header, keys, at)
    found = asked(lambda: jwe.decrypt_compact(text, key.jose, registry=JWE))
    return Opened(header, found.plaintext or b"")


def sign_compact(header: Mapping[str, Any], payload: bytes, key: OwnKey) -> bytes:
    """A compact JWS by one of our keys; ``header`` is what it says beside ``alg`` and ``kid``."""
    protected = protected_text({"alg": KINDS[key.algorithm].jose, "kid": key.kid, **header})
    text = urlsafe_b64encode(payload).rstrip(b"=")
    return b".".join([protected, text, sign_protected(protected, text, key).encode()])


def encrypt_compact(content: bytes, key: PeerKey, cty: str) -> bytes:
    """A compact JWE that only this key opens."""
    header = {"alg": AGREEMENT, "enc": ENCRYPTION, "kid": key.kid, "cty": cty}  # the library writes into it: made anew
    return jwe.encrypt_compact(header, content, key.jose, registry=JWE).encode()


def _decrypting(header: Mapping[str, Any], keys: OwnKeys, at: datetime) -> OwnKey:
    if not isinstance(header["kid"], str):
        raise refused(Words("kid is no text", "kid 不是文字"))
    key = keys.at(header["kid"], at)
    require_ephemeral(header["epk"], key.algorithm)
    return key


def require_ephemeral(epk: object, algorithm: Algorithm) -> None:
    """Return if the sender's key of one message is a public one on the curve of ours.

    Raises:
        TrustError: ``envelope.refused``.
    """
    kind = KINDS[algorithm]
    if kind.use != "enc" or not isinstance(epk, dict) or epk.keys() != _EPK.get(kind.kty):
        raise refused(
            Words("epk is no public key for a key of ours that is encrypted to", "epk 不是可与本平台加密密钥配合的公钥")
        )
    if (epk["kty"], epk["crv"]) != (kind.kty, kind.crv):
        raise refused(Words(f"epk is on another curve than {kind.crv}", f"epk 的曲线不是 {kind.crv}"))


def protected_text(header: Mapping[str, Any]) -> bytes:
    """A protected header as it is written here: members in the order in which they are given, without blanks."""
    return urlsafe_b64encode(json.dumps(header, separators=(",", ":")).encode()).rstrip(b"=")


def sign_protected(protected: bytes, payload: bytes, key: OwnKey) -> str:
    """The signature over a protected header and a payload, both as base64url."""
    signature = (
        _JWS[KINDS[key.algorithm].jose].get_alg(KINDS[key.algorithm].jose).sign(protected + b"." + payload, key.jose)
    )
    return urlsafe_b64encode(signature).rstrip(b"=").decode()


def asked(question: Callable[[], T]) -> T:
    """What the library says; of whatever fails there, a sender learns the same.

    Raises:
        TrustError: ``sig.bad``.
    """
    try:
        return question()
    except (JoseError, ValueError, KeyError, TypeError, AssertionError) as error:
        raise TrustError(
            "sig.bad",
            Words(
                "the envelope does not open by its key, or its signature does not verify",
                "信封无法以其密钥打开，或签名校验不通过",
            ),
        ) from error
