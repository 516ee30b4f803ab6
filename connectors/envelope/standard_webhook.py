"""Proof of origin of a message that the hub posts: signed with a secret that both sides hold (Standard Webhooks).

Source:  Standard Webhooks 1.0.0 (headers, signature, secrets).
"""

import hmac
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Annotated

from pydantic import AfterValidator, SecretStr

from schemas.words import Words

_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64


def _is_secret(secret: SecretStr) -> SecretStr:
    """A secret of the form that the standard gives it; never shown in a refusal."""
    try:
        size = len(key_of(secret))
    except (Base64Error, ValueError):
        size = 0
    if not _SHORTEST <= size <= _LONGEST:
        raise ValueError(
            Words(
                f"a secret of Standard Webhooks: {_PREFIX} and base64 of {_SHORTEST} to {_LONGEST} bytes",
                f"Standard Webhooks 密钥：{_PREFIX} 后接 {_SHORTEST} 至 {_LONGEST} 字节的 base64",
            )
        )
    return secret


def key_of(secret: SecretStr) -> bytes:
    """The bytes that a secret stands for."""
    text = secret.get_secret_value()
    if not text.startswith(_PREFIX):
        raise ValueError("no prefix")
    return b64decode(text.removeprefix(_PREFIX), validate=True)


Secret = Annotated[SecretStr, AfterValidator(_is_secret)]


def message_id(key: str) -> str:
    """What a message is known by: the same for the same key, however often it is sent."""
    return f"msg_{sha256(key.encode()).hexdigest()[:32]}"


def signed_headers(keys: Sequence[bytes], key: str, body: bytes, now: datetime) -> Mapping[str, str]:
    """The headers of one message: its id, which follows from ``key``, when it is sent, and a signature by each key."""
    message, at = message_id(key), str(int(now.timestamp()))
    return {
        "webhook-id": message,
        "webhook-timestamp": at,
        "webhook-signature": " ".join(_signed(each, f"{message}.{at}.".encode() + body) for each in keys),
    }


def _signed(key: bytes, content: bytes) -> str:
    return f"v1,{b64encode(hmac.digest(key, content, 'sha256')).decode()}"
