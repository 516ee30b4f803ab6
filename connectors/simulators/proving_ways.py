"""How an authority proves what it says, one way a profile: the message as it goes out, whole or spoilt on purpose."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, NamedTuple, Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connectors.simulators import sealing
from connectors.simulators.authority import sign

Form = Literal["json", "xml"]
MEDIA: Mapping[Form, str] = {"json": "application/cloudevents+json", "xml": "application/xml"}


class Posted(NamedTuple):
    """What is sent: the body, and the headers that go with it."""

    body: bytes
    headers: Mapping[str, str]


class Way(Protocol):
    """One profile, for one authority at one hub."""

    @property
    def forms(self) -> tuple[Form, ...]:
        """How an event may be written."""

    @property
    def states_when(self) -> bool:
        """Whether the proof says when it was made."""

    @property
    def proves_bytes(self) -> bool:
        """Whether any bytes can be proven, or only a document that is well formed."""

    def digest(self, body: bytes) -> str:
        """What a receipt commits to: SHA-256, as hex, of the body as it is signed."""

    def proven(self, body: bytes, form: Form, at: datetime, nonce: str) -> Posted:
        """A body with the proof of who says it, made at an instant."""

    def foreign(self, body: bytes, form: Form, at: datetime, nonce: str) -> Posted:
        """The same under our name, proven by a key that nobody registered."""

    def spoilt(self, body: bytes, form: Form, at: datetime, nonce: str) -> Posted:
        """The same, changed after it was proven."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Profile ``http-signature``: RFC 9421 over method, address, content type and digest."""

    url: str
    key: Ed25519PrivateKey
    kid: str
    forms: tuple[Form, ...] = ("json", "xml")
    states_when: bool = True
    proves_bytes: bool = True

    def digest(self, body: bytes) -> str:
        """Of the bytes themselves."""
        return sha256(body).hexdigest()

    def proven(self, body: bytes, form: Form, at: datetime, nonce: str) -> Posted:
        """A body and the headers that sign it."""
        return Posted(body, sign("POST", self.url, body, MEDIA[form], self.key, self.kid, at, nonce=nonce))

    def foreign(self, body: bytes, form: Form, at: datetime, nonce: str) -> Posted:
        """Signed by a key that was made for this message."""
        other = Ed25519PrivateKey.generate()
        return Posted(body, sign("POST", self.url, body, MEDIA[form], other, self.kid, at, nonce=nonce))

    def spoilt(self, body: bytes, form: Form, at: datetime, nonce: str) -> Posted:
        """A space more than was signed."""
        return Posted(body + b" ", self.proven(body, form, at, nonce).headers)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Profile ``webhook``: Standard Webhooks, by a shared secret (``v1``) or an Ed25519 key (``v1a``)."""

    key: bytes | Ed25519PrivateKey
    forms: tuple[Form, ...] = ("json", "xml")
    states_when: bool = True
    proves_bytes: bool = True

    def digest(self, body: bytes) -> str:
        """Of the bytes themselves."""
        return sha256(body).hexdigest()

    @classmethod
    def of_secret(cls, secret: str) -> "Webhook":
        """By a secret as it is written, ``whsec_`` and base64; ``ValueError`` if it is none."""
        prefix, _, text = secret.strip().partition("_")
        if prefix != "whsec":
            raise ValueError("a secret of Standard Webhooks begins with whsec_")
        return cls(b64decode(text, validate=True))

    def proven(self, body: bytes, form: Form, at: datetime, nonce: str) -> Posted:
        """A body and the three headers that sign it."""
        return self._signed(self.key, body, form, at, nonce)

    def foreign(self, body: bytes, form: Form, at: datetime, nonce: str) -> Posted:
        """Signed by another key of the same kind."""
        other = bytes(32) if isinstance(self.key, bytes) else Ed25519PrivateKey.generate()
        return self._signed(other, body, form, at, nonce)

    def spoilt(self, body: bytes, form: Form, at: datetime, nonce: str) -> Posted:
        """A space more than was signed."""
        return Posted(body + b" ", self.proven(body, form, at, nonce).headers)

    @staticmethod
    def _signed(key: bytes | Ed25519PrivateKey, body: bytes, form: Form, at: datetime, nonce: str) -> Posted:
        stamp = str(int(at.timestamp()))
        content = b".".join([nonce.encode(), stamp.encode(), body])
        if isinstance(key, bytes):
            signature = "v1," + b64encode(hmac.digest(key, content, "sha256")).decode()
        else:
            signature = "v1a," + b64encode(key.sign(content)).decode()
        names = {"webhook-id": nonce, "webhook-timestamp": stamp, "webhook-signature": signature}
        return Posted(body, {"Content-Type": MEDIA[form], **names})


@dataclass(frozen=True, slots=True)
class Sealed:
    """Profile ``sealed``: a JWS inside a JWE to a key that the hub publishes."""

    key: Ed25519PrivateKey | EllipticCurvePrivateKey
    kid: str
    to: Mapping[str, Any]
    audience: str
    forms: tuple[Form, ...] = ("json", "xml")
    states_when: bool = True
    proves_bytes: bool = True

    def digest(self, body: bytes) -> str:
        """Of the bytes themselves."""
        return sha256(body).hexdigest()

    def proven(self, body: bytes, form: Form, at: datetime, nonce: str) -> Posted:
        """The sealed message."""
        return self._sealed(self.key, body, form, at)

    def foreign(self, body: bytes, form: Form, at: datetime, nonce: str) -> Posted:
        """Sealed to the hub as it should be, and signed by a key that nobody registered."""
        return self._sealed(Ed25519PrivateKey.generate(), body, form, at)

    def spoilt(self, body: bytes, form: Form, at: datetime, nonce: str) -> Posted:
        """One letter of what was encrypted is another one."""
        message = self.proven(body, form, at, nonce)
        *before, ciphertext, tag = message.body.split(b".")
        other = (b"A" if ciphertext[:1] != b"A" else b"B") + ciphertext[1:]
        return Posted(b".".join([*before, other, tag]), message.headers)

    def _sealed(
        self, key: Ed25519PrivateKey | EllipticCurvePrivateKey, body: bytes, form: Form, at: datetime
    ) -> Posted:
        text = sealing.sealed(body, key, self.kid, self.to, audience=self.audience, at=at, form=form)
        return Posted(text, {"Content-Type": sealing.MEDIA})
