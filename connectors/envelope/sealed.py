"""Proof of origin and secrecy of a message: a JWS by its sender inside a JWE to the hub, both compact.

In the outer header ``kid`` names a key of the hub; in the inner one ``kid`` names the sender's key, ``aud`` the hub,
``iat`` the instant of signing, ``cty`` what the message is written in. What was verified is what is read.

Source:  RFC 7516 and RFC 7515 (nested as RFC 7519, 11.2 has it), RFC 9864.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from connectors.envelope.freshness import require_fresh
from connectors.jose import decrypt_compact, encrypt_compact, refused, sign_compact, verify_compact
from connectors.keys import KeyRing, OwnKey, OwnKeys, PeerKey
from schemas.words import Words

MEDIA = "application/jose"
EVENT, MESSAGE = "authority-push+jws", "message+jws"
"""What is signed: an event of an authority, or any other message."""
NESTED = "JOSE"
FORMS = frozenset({"json", "xml"})
_LONGEST_ID = 256


class SealedMessage(NamedTuple):
    """A message that was opened and proven: its bytes, what they are written in, by which key, the proof, its id."""

    body: bytes
    form: str
    kid: str
    proof: Mapping[str, str]
    id: str | None


def open_sealed(
    text: bytes, own: OwnKeys, keys: KeyRing, audience: str, at: datetime, typ: str = EVENT
) -> SealedMessage:
    """The message that one of ``keys`` signed for ``audience`` and sealed to a key of the hub; judged at ``at``.

    Raises:
        TrustError: ``envelope.refused``, ``sig.bad``, ``sig.stale``, ``sig.key-unknown`` or ``sig.key-state``.
    """
    inner = decrypt_compact(text, own, at, NESTED).content
    signed = verify_compact(inner, keys, at, typ, ("iat", "aud", "cty", "jti"))
    if signed.header.get("aud") != audience:
        raise refused(Words("the message is for another hub", "报文的接收方不是本平台"))
    form = signed.header.get("cty", "json")
    if form not in FORMS:
        raise refused(
            Words(
                f"found another content than {' or '.join(sorted(FORMS))}: nothing is nested any deeper",
                f"内容不是 {'、'.join(sorted(FORMS))} 之一，不允许更深的嵌套",
            )
        )
    issued = signed.header.get("iat")
    if not isinstance(issued, int) or isinstance(issued, bool):
        raise refused(Words("iat is no whole number of seconds", "iat 不是整数秒"))
    require_fresh(issued, at)
    shown = {"jws": f"{signed.protected}..{signed.signature}"}
    return SealedMessage(signed.payload, form, signed.kid, shown, _id(signed.header.get("jti")))


def _id(jti: object) -> str | None:
    if jti is not None and not (isinstance(jti, str) and 0 < len(jti) <= _LONGEST_ID and jti.isprintable()):
        raise refused(
            Words(f"jti is no text of at most {_LONGEST_ID} characters", f"jti 不是至多 {_LONGEST_ID} 个字符的文字")
        )
    return jti


def close_sealed(
    body: bytes, form: str, signer: OwnKey, to: PeerKey, *, audience: str, id: str, at: datetime, typ: str = MESSAGE
) -> bytes:
    """A message of ours as ``open_sealed`` opens one; ``id`` is the same however often it is sent."""
    header = {"typ": typ, "cty": form, "iat": int(at.timestamp()), "aud": audience, "jti": id}
    return encrypt_compact(sign_compact(header, body, signer), to, NESTED)
