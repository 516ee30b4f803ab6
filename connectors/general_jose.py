"""JOSE in its general JSON form: one payload that several people sign, one content that several keys open.

Of the headers of single recipients nothing is protected: the algorithm is fixed here, and not believed. Signatures are
taken one by one, each as the compact form has it, so that one that was taken away leaves those that are there.

Source:  RFC 7515, 7.2.1 and RFC 7516, 7.2.1.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from joserfc import jwe

from connectors.algorithms import KINDS
from connectors.jose import (
    AGREEMENT,
    ENCRYPTION,
    JWE,
    Signed,
    asked,
    protected_text,
    refused,
    require_base64url,
    require_ephemeral,
    sign_protected,
    verify_compact,
)
from connectors.keys import KeyRing, OwnKey, OwnKeys, PeerKey
from schemas.errors import LicetError, TrustError
from schemas.reading import Limits, read_json
from schemas.words import Words

MOST_RECIPIENTS = 16
_LIMITS = Limits(depth=6, items=400, string=8 << 20)
_SIGNATURE = {"protected", "signature"}
_SEALED = {"protected", "recipients", "iv", "ciphertext", "tag"}
_RECIPIENT = {"header", "encrypted_key"}


def sign(payload: bytes, typ: str, keys: Sequence[OwnKey]) -> bytes:
    """A payload with the signature of each key."""
    text = urlsafe_b64encode(payload).rstrip(b"=")
    return _written({"payload": text.decode(), "signatures": [_signature(text, typ, key) for key in keys]})


def sign_too(signed: bytes, typ: str, key: OwnKey) -> bytes:
    """The same payload with one more signature.

    Raises:
        TrustError: ``envelope.refused``: it is no signed payload.
    """
    found = _signed(signed)
    more = _signature(found["payload"].encode(), typ, key)
    return _written({"payload": found["payload"], "signatures": [*found["signatures"], more]})


def _signature(payload: bytes, typ: str, key: OwnKey) -> dict[str, str]:
    protected = protected_text({"alg": KINDS[key.algorithm].jose, "kid": key.kid, "typ": typ})
    return {"protected": protected.decode(), "signature": sign_protected(protected, payload, key)}


def verify(signed: bytes, keys: KeyRing, at: datetime, typ: str) -> list[Signed]:
    """What each signature proves; every one that is there must be good, and there is at least one.

    Raises:
        TrustError: ``envelope.refused``, ``sig.bad``, ``sig.key-unknown`` or ``sig.key-state``.
    """
    found = _signed(signed)
    return [
        verify_compact(f"{each['protected']}.{found['payload']}.{each['signature']}".encode(), keys, at, typ)
        for each in found["signatures"]
    ]


def payload_of(signed: bytes) -> str:
    """The text of a payload that nobody has verified: for people to look at before they sign.

    Raises:
        TrustError: ``envelope.refused``: it is no signed payload.
    """
    return str(_signed(signed)["payload"])


def _signed(text: bytes) -> dict[str, Any]:
    found = _object(text)
    if found.keys() != {"payload", "signatures"} or not _is_text(found["payload"]):
        raise refused(
            Words("expected payload and signatures, and nothing beside", "应为 payload 和 signatures，且无其他项")
        )
    signatures = found["signatures"]
    if not isinstance(signatures, list) or not 0 < len(signatures) <= MOST_RECIPIENTS:
        raise refused(Words(f"expected 1 to {MOST_RECIPIENTS} signatures", f"应为 1 至 {MOST_RECIPIENTS} 个签名"))
    for each in signatures:
        if not isinstance(each, dict) or each.keys() != _SIGNATURE or not all(map(_is_text, each.values())):
            raise refused(
                Words(
                    "expected of a signature protected and signature, and nothing beside",
                    "每个签名应为 protected 和 signature，且无其他项",
                )
            )
    return found


def encrypt(content: bytes, header: Mapping[str, str], to: Sequence[PeerKey]) -> bytes:
    """Content that each of these keys opens. ``header`` is what the protected one says beside ``enc``."""
    made = jwe.GeneralJSONEncryption({"enc": ENCRYPTION, **header}, content)
    for key in to:
        made.add_recipient({"alg": AGREEMENT, "kid": key.kid}, key.jose)
    return _written(dict(jwe.encrypt_json(made, None, registry=JWE)))


def decrypt(text: bytes, header: Mapping[str, str], own: OwnKeys, at: datetime) -> bytes:
    """What one of our keys opens.

    Raises:
        TrustError: ``envelope.refused``; ``sig.key-unknown``: it is encrypted to none of ours; ``sig.key-state``: the
            last of ours that it is encrypted to is not to be used; ``sig.bad``: it was changed.
    """
    found = _object(text)
    if found.keys() != _SEALED or not isinstance(found["recipients"], list):
        raise refused(
            Words(
                f"expected {', '.join(sorted(_SEALED))}, and nothing beside",
                f"应为 {'、'.join(sorted(_SEALED))}，且无其他项",
            )
        )
    if found["protected"] != protected_text({"enc": ENCRYPTION, **header}).decode():
        raise refused(
            Words("expected exactly the protected header of the profile", "应与约定的 protected 报头完全一致")
        )
    for name in ("iv", "ciphertext", "tag"):
        require_base64url(str(found[name]).encode())
    if not 0 < len(found["recipients"]) <= MOST_RECIPIENTS:
        raise refused(Words(f"expected 1 to {MOST_RECIPIENTS} recipients", f"应为 1 至 {MOST_RECIPIENTS} 个接收方"))
    recipient, key = _ours(found["recipients"], own, at)
    alone: Any = {**found, "recipients": [recipient]}
    opened = asked(lambda: jwe.decrypt_json(alone, key.jose, registry=JWE))
    return opened.plaintext or b""


def _ours(recipients: Sequence[Any], own: OwnKeys, at: datetime) -> tuple[dict[str, Any], OwnKey]:
    error = TrustError("sig.key-unknown", Words("it is encrypted to no key of this hub", "未加密给本平台的任何密钥"))
    for each in recipients:
        header = each.get("header") if isinstance(each, dict) and each.keys() == _RECIPIENT else None
        if not isinstance(header, dict) or header.keys() != {"alg", "kid", "epk"} or not isinstance(header["kid"], str):
            raise refused(
                Words(
                    "expected of a recipient alg, kid, epk and the encrypted key, and nothing beside",
                    "每个接收方应为 alg、kid、epk 和加密后的密钥，且无其他项",
                )
            )
        require_base64url(str(each["encrypted_key"]).encode())
        try:
            key = own.at(header["kid"], at)
        except TrustError as unusable:
            error = unusable if unusable.code != "sig.key-unknown" else error
            continue
        if header["alg"] != AGREEMENT:
            raise refused(Words(f"expected {AGREEMENT} for each recipient", f"每个接收方应为 {AGREEMENT}"))
        require_ephemeral(header["epk"], key.algorithm)
        return each, key
    raise error


_NO_JSON = Words(
    "found no JSON object, expected what was signed or sealed, in the JSON form of JWS or JWE",
    "不是 JSON 对象，应为已签名或加密的内容（JWS 或 JWE 的 JSON 格式）",
)


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = read_json(text, limits=_LIMITS)
    except LicetError as error:
        raise refused(_NO_JSON) from error
    if not isinstance(found, dict):
        raise refused(_NO_JSON)
    return found


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _written(value: Mapping[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2) + b"\n"
