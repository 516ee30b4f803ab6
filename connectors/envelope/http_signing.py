"""Signs what the hub sends by RFC 9421: a request over method, target, content type and digest, or an answer.

An answer is signed over its status, its content type and digest, and the signature of the request that it answers, so
that it is none to any other.

Source:  RFC 9421 (2.4: the request that an answer is to), RFC 9530 (digest).
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ECDSA_P256_SHA256, ED25519, HTTPSignatureAlgorithm

from connectors.keys import OwnKey
from schemas.errors import TrustError

COVERED = ("@method", "@target-uri", "content-type", "content-digest")
_ALGORITHMS: dict[str, type[HTTPSignatureAlgorithm]] = {"ed25519": ED25519, "es256": ECDSA_P256_SHA256}


@dataclass(frozen=True, slots=True)
class _Message:
    method: str
    url: str
    headers: dict[str, str]


def sign_request(
    method: str, url: str, body: bytes, content_type: str, key: OwnKey, now: datetime, tag: str
) -> Mapping[str, str]:
    """The headers of a request: content type and digest, and the signature.

    Raises:
        TrustError: ``sig.key-unknown``: it is no key that signs.
    """
    message = _Message(method, url, {"content-type": content_type, "content-digest": digest_of(body)})
    _signer(key).sign(
        message,
        key_id=key.kid,
        created=now,
        label="sig",
        tag=tag,
        covered_component_ids=COVERED,
        use_existing_digest=True,
    )
    return {name.lower(): value for name, value in message.headers.items()}


def digest_of(body: bytes) -> str:
    """The header that says what a body is (RFC 9530)."""
    return f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"


def _signer(key: OwnKey) -> HTTPMessageSigner:
    if key.algorithm not in _ALGORITHMS or isinstance(key.private, X25519PrivateKey):
        raise TrustError("sig.key-unknown", f"key {key.kid!r} signs no request; expected an Ed25519 or a P-256 key")
    keys = MappingKeyResolver(public_keys={}, private_keys={key.kid: key.private})
    return HTTPMessageSigner(signature_algorithm=_ALGORITHMS[key.algorithm], key_resolver=keys)
