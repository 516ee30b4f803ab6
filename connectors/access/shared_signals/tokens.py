"""Security event tokens: who is meant, what happened, signed so that a receiver can tell who said it."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from connectors.access.shared_signals.settings import Settings
from connectors.port import Change

CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
VERIFICATION = "https://schemas.openid.net/secevent/ssf/event-type/verification"

_REASONS = {
    "present": {"zh-CN": "上岗条件已满足", "en": "the conditions of the post are met"},
    "absent": {"zh-CN": "上岗条件不再满足", "en": "the conditions of the post are no longer met"},
}


class SigningKey:
    """A key, and its name by RFC 7638."""

    def __init__(self, key: RSAPrivateKey) -> None:
        self._key = key
        numbers = key.public_key().public_numbers()
        required = {"e": _number(numbers.e), "kty": "RSA", "n": _number(numbers.n)}
        self.kid = _base64(sha256(_json(required)).digest())
        self.jwk = {**required, "kid": self.kid, "use": "sig", "alg": "RS256"}

    def token(self, claims: Mapping[str, Any]) -> str:
        """The signed token."""
        header = {"alg": "RS256", "kid": self.kid, "typ": "secevent+jwt"}
        content = f"{_base64(_json(header))}.{_base64(_json(claims))}"
        return f"{content}.{_base64(self._key.sign(content.encode(), PKCS1v15(), SHA256()))}"


def of_change(change: Change, settings: Settings, at: datetime) -> list[dict[str, Any]]:
    """The claims of every token that a change is told by: the fact first, then its effect; one ``txn`` for both."""
    transaction = _id(change.key)
    shared = {"event_timestamp": int(at.timestamp()), "initiating_entity": "policy"}
    shared["reason_admin"] = _REASONS[change.wanted]
    is_closing = change.wanted == "absent"
    events: dict[str, dict[str, Any]] = {
        "credential-change": {
            "credential_type": "verifiable-credential",
            "change_type": "revoke" if is_closing else "update",
            "friendly_name": change.target,
            **shared,
        }
    }
    if is_closing:
        events["session-revoked"] = shared
    subject = subject_of(change.subject, settings)
    return [
        _claims(settings, at, f"{change.key}/{name}", transaction, subject, {f"{CAEP}{name}": events[name]})
        for name in settings.events
        if name in events
    ]


def of_verification(settings: Settings, state: str, at: datetime) -> dict[str, Any]:
    """The claims of a token that asks for nothing but to be taken."""
    subject = {"format": "opaque", "id": settings.stream_id}
    return _claims(settings, at, f"verification/{state}", _id(state), subject, {VERIFICATION: {"state": state}})


def subject_of(person: str, settings: Settings) -> dict[str, str]:
    """A person, as the receiver knows them (RFC 9493)."""
    if settings.subject_format == "email":
        return {"format": "email", "email": person}
    if settings.subject_format == "iss_sub":
        return {"format": "iss_sub", "iss": settings.subject_issuer, "sub": person}
    return {"format": "opaque", "id": person}


def _claims(
    settings: Settings, at: datetime, name: str, transaction: str, subject: dict[str, str], events: dict[str, Any]
) -> dict[str, Any]:
    return {
        "iss": settings.issuer,
        "aud": settings.audience,
        "iat": int(at.timestamp()),
        "jti": _id(name),
        "txn": transaction,
        "sub_id": subject,
        "events": events,
    }


def _id(text: str) -> str:
    """The same for every try of one change, and telling nobody whose it is."""
    return sha256(text.encode()).hexdigest()[:32]


def _number(value: int) -> str:
    return _base64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
