"""Signs an answer by RFC 9421 over its status, its content type and digest.

What it answers stands in its body, with the digest of the question, so that it is none to any other in whatever
envelope it travels.

Source:  RFC 9421, RFC 9530 (digest).
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ECDSA_P256_SHA256, ED25519, HTTPSignatureAlgorithm

from connectors.keys import OwnKey
from schemas.errors import TrustError
from schemas.words import Words

COVERED = ("@status", "content-type", "content-digest")
_ALGORITHMS: dict[str, type[HTTPSignatureAlgorithm]] = {"ed25519": ED25519, "es256": ECDSA_P256_SHA256}


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer as the library wants to see it."""

    status_code: int
    headers: dict[str, str]


def sign_answer(status: int, body: bytes, media: str, key: OwnKey, at: datetime, tag: str) -> Mapping[str, str]:
    """The headers of an answer beside its content type: digest and signature.

    Raises:
        TrustError: ``sig.key-unknown``: it is no key that signs.
    """
    if key.algorithm not in _ALGORITHMS:
        raise TrustError(
            "sig.key-unknown",
            Words(
                f"key {key.kid!r} signs no answer; expected an Ed25519 or a P-256 key",
                f"密钥 {key.kid!r} 不能签署应答，应为 Ed25519 或 P-256 密钥",
            ),
        )
    digest = f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"
    answer = _Answer(status, {"content-type": media, "content-digest": digest})
    private: Any = key.private
    keys = MappingKeyResolver(public_keys={}, private_keys={key.kid: private})
    HTTPMessageSigner(signature_algorithm=_ALGORITHMS[key.algorithm], key_resolver=keys).sign(
        answer,
        key_id=key.kid,
        created=at,
        label="sig",
        tag=tag,
        covered_component_ids=COVERED,
        use_existing_digest=True,
    )
    return {name.lower(): value for name, value in answer.headers.items() if name.lower() != "content-type"}
