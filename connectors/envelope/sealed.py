"""Proof of origin and secrecy of a message: a JWS by its sender inside a JWE to the hub, both compact.

In the outer header ``kid`` names a key of the hub; in the inner one ``kid`` names the sender's key, ``aud`` the hub,
``iat`` the instant of signing, ``cty`` what the message is written in. What was verified is what is read.

Source:  RFC 7516 and RFC 7515 (nested as RFC 7519, 11.2 has it), RFC 9864.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from connectors.jose import Signed, decrypt_compact, refused, verify_compact
from connectors.keys import KeyRing, OwnKeys
from schemas.errors import TrustError

MEDIA = "application/jose"
TYPE = "authority-push+jws"
NESTED = "JOSE"
FORMS = frozenset({"json", "xml"})
PAST_SECONDS, FUTURE_SECONDS = 300, 60


class SealedMessage(NamedTuple):
    """A message that was opened and proven: its bytes, what they are written in, by which key, and the proof."""

    body: bytes
    form: str
    kid: str
    proof: Mapping[str, str]


def open_sealed(text: bytes, own: OwnKeys, keys: KeyRing, audience: str, at: datetime) -> SealedMessage:
    """The message that one of ``keys`` signed for ``audience`` and sealed to a key of the hub; judged at ``at``.

    Raises:
        TrustError: ``envelope.refused``, ``sig.bad``, ``sig.stale``, ``sig.key-unknown`` or ``sig.key-state``.
    """
    inner = decrypt_compact(text, own, at, NESTED).content
    signed = verify_compact(inner, keys, at, TYPE, ("iat", "aud", "cty", "jti"))
    if signed.header.get("aud") != audience:
        raise refused("the message is for another hub")
    form = signed.header.get("cty", "json")
    if form not in FORMS:
        raise refused(f"found another content than {' or '.join(sorted(FORMS))}: nothing is nested any deeper")
    _check_freshness(signed, at)
    return SealedMessage(signed.payload, form, signed.kid, {"jws": f"{signed.protected}..{signed.signature}"})


def _check_freshness(signed: Signed, at: datetime) -> None:
    issued = signed.header.get("iat")
    if not isinstance(issued, int) or isinstance(issued, bool):
        raise refused("iat is no whole number of seconds")
    age = at.timestamp() - issued
    if not -FUTURE_SECONDS <= age <= PAST_SECONDS:
        raise TrustError(
            "sig.stale", f"signed {age:.0f} s before arrival; expected {-FUTURE_SECONDS} to {PAST_SECONDS} s"
        )
