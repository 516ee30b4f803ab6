"""Proof of origin of a message that a peer posts by Standard Webhooks: signed by its key, or with a shared secret.

Where keys are registered a signature by one of them is asked for (``v1a``, Ed25519), and a secret proves nothing;
else the secret does (``v1``, HMAC-SHA256). Signatures of other versions, and by what is not known, are passed over:
while a peer changes, it signs with both.

Source:  Standard Webhooks 1.0.0.
"""

import hmac
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from connectors.keys import KeyRing, PeerKey
from connectors.port import Request
from schemas.errors import TrustError
from schemas.words import Words

LEAST_SECRET = 32
"""Bytes of a secret that proves who speaks: what only one message depends on may have fewer, by the standard."""
TOLERANCE_SECONDS = 300
COVERED = ("webhook-id", "webhook-timestamp")
"""The headers that a signature covers, beside the body: no other, and nothing of the URL."""
_HEADERS = (*COVERED, "webhook-signature")
_ID, _TIMESTAMP = re.compile(r"[!-\-/-~]{1,256}"), re.compile(r"[0-9]{1,12}")
_MOST_SIGNATURES = 16


class WebhookProof(NamedTuple):
    """What a good signature says of itself: the message's id, the key (none where it was a secret), what was shown."""

    id: str
    kid: str
    shown: Mapping[str, str]


def verify_webhook(request: Request, keys: KeyRing, secrets: Sequence[bytes]) -> WebhookProof:
    """Who signed a request; judged at ``request.arrived_at``, over the body's bytes as they came.

    Raises:
        TrustError: ``sig.missing``, ``sig.stale``, ``sig.bad`` or ``sig.key-state``.
    """
    message, stamp, signatures = (_header(request, name) for name in _HEADERS)
    if not _ID.fullmatch(message) or not _TIMESTAMP.fullmatch(stamp):
        raise TrustError(
            "sig.bad",
            Words("expected an id without blanks and dots, and whole seconds", "应为不含空格和句点的编号，以及整数秒"),
        )
    content = f"{message}.{stamp}.".encode() + request.body
    found = list(_signatures(signatures))
    known = [key for key in keys if isinstance(key.public, Ed25519PublicKey)]
    kid = _signer(found, content, known) if known else _by_secret(found, content, secrets)
    age = request.arrived_at.timestamp() - int(stamp)
    if abs(age) > TOLERANCE_SECONDS:
        raise TrustError(
            "sig.stale",
            Words(
                f"signed {age:.0f} s before arrival; expected at most {TOLERANCE_SECONDS} s off",
                f"签名时间距到达 {age:.0f} 秒，偏差应不超过 {TOLERANCE_SECONDS} 秒",
            ),
        )
    if kid:
        keys.at(kid, request.arrived_at)
    return WebhookProof(message, kid, {name: request.headers[name] for name in _HEADERS})


def _header(request: Request, name: str) -> str:
    found = request.headers.get(name, "")
    if not found or len(found) > 4096:
        raise TrustError(
            "sig.missing",
            Words(
                f"header {name} is missing, or too long; expected a signature by Standard Webhooks",
                f"缺少报头 {name} 或过长，应为 Standard Webhooks 签名",
            ),
        )
    return found


def _signatures(header: str) -> Iterator[tuple[str, bytes]]:
    members = header.split(" ")
    if len(members) > _MOST_SIGNATURES:
        raise TrustError(
            "sig.bad",
            Words(
                f"found {len(members)} signatures, expected at most {_MOST_SIGNATURES}",
                f"现有 {len(members)} 个签名，应不超过 {_MOST_SIGNATURES} 个",
            ),
        )
    for member in members:
        version, divided, text = member.partition(",")
        if not divided:
            raise TrustError(
                "sig.bad",
                Words("expected version,base64 for each signature", "每个签名应为“版本”加英文逗号再加 base64"),
            )
        if version in ("v1", "v1a"):
            yield version, _decoded(text)


def _decoded(text: str) -> bytes:
    try:
        found = b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise TrustError("sig.bad", Words("a signature is not base64", "有签名不是 base64")) from error
    if b64encode(found).decode() != text:
        raise TrustError("sig.bad", Words("a signature is base64 with spare bits", "有签名的 base64 带多余位"))
    return found


def _signer(found: Iterable[tuple[str, bytes]], content: bytes, keys: Sequence[PeerKey]) -> str:
    signatures = [signature for version, signature in found if version == "v1a"]
    for key in keys:
        if any(_verifies(key, signature, content) for signature in signatures):
            return key.kid
    raise TrustError(
        "sig.bad", Words("no signature (v1a) is by a key that is registered", "没有签名（v1a）出自已登记的密钥")
    )


def _verifies(key: PeerKey, signature: bytes, content: bytes) -> bool:
    assert isinstance(key.public, Ed25519PublicKey), "only these were asked for"
    try:
        key.public.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _by_secret(found: Iterable[tuple[str, bytes]], content: bytes, secrets: Sequence[bytes]) -> str:
    signatures = [signature for version, signature in found if version == "v1"]
    known = [hmac.digest(secret, content, "sha256") for secret in secrets]
    if not any(hmac.compare_digest(ours, theirs) for ours in known for theirs in signatures):
        raise TrustError(
            "sig.bad", Words("no signature (v1) is by the secret of this peer", "没有签名（v1）出自该对端的共享密钥")
        )
    return ""
