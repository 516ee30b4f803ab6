"""How a message of the hub is proven, and closed to its receiver alone; which way is fixed for each receiver.

The hub signs with a key of its own, which it publishes at ``/.well-known/jwks.json``; while one key follows another
the newer one signs. A message that is sent again is signed anew, and is the same in all that the receiver knows it by.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Literal, NamedTuple, Protocol, Self

from pydantic import BaseModel, Field, model_validator

from connectors.algorithms import KINDS, Algorithm, Signing, read_public
from connectors.envelope import http_sig, sealed, xml
from connectors.envelope.standard_webhook import signed_headers
from connectors.keys import EVER, Life, OwnKey, PeerKey, PublicText
from schemas.errors import RejectedError, TrustError, UnavailableError
from schemas.words import Words

Profile = Literal["http-signature", "sealed", "xml"]
_SIGNS: Mapping[Profile, tuple[Signing, ...]] = {
    "http-signature": ("ed25519", "es256"),
    "sealed": ("ed25519", "es256"),
    "xml": ("rs256", "es256"),
}
_SEALS: Mapping[Profile, tuple[Algorithm, ...]] = {
    "http-signature": (),
    "sealed": ("ecdh-x25519", "ecdh-p256"),
    "xml": ("rsa-oaep",),
}


class ReceiverKey(BaseModel, frozen=True, extra="forbid"):
    """The public key that a receiver opens messages with."""

    kid: str = Field(pattern=r"^[!-~]{1,128}$", description="What the receiver calls it.")
    alg: Literal["ecdh-x25519", "ecdh-p256", "rsa-oaep"] = Field(
        default="ecdh-x25519", description="Its one algorithm; rsa-oaep for xml, the others for sealed."
    )
    public: PublicText = Field(description="PEM or JWK text, or file:PATH (from the hub folder) to it.")

    def key(self) -> PeerKey:
        """The key itself.

        Raises:
            ConfigError: It cannot be read, or is weak.
        """
        return PeerKey(self.kid, self.alg, read_public(self.public, self.kid, self.alg), Life(EVER))


class EnvelopeSettings(BaseModel, frozen=True, extra="forbid"):
    """What an integrator agrees on with one receiver."""

    profile: Profile = Field(
        description="http-signature (RFC 9421), sealed (JWS inside JWE), or xml (XML-DSig inside XML-Enc, extra"
        " licet[xml])."
    )
    algorithm: Signing = Field(
        default="ed25519", description="Of the hub's key that signs (`licet keys new --algorithm`); xml: rs256, es256."
    )
    receiver: str = Field(default="", max_length=256, description="What the receiver calls itself (aud), for sealed.")
    receiver_key: ReceiverKey | None = Field(default=None, description="What sealed and xml are encrypted to.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.algorithm not in _SIGNS[self.profile]:
            fit = _SIGNS[self.profile]
            raise ValueError(
                Words(
                    f"algorithm: one of {', '.join(fit)} for {self.profile}",
                    f"algorithm：{self.profile} 可用 {'、'.join(fit)}",
                )
            )
        seals = _SEALS[self.profile]
        if (self.receiver_key.alg if self.receiver_key else None) not in (seals or (None,)):
            text = f"alg {', '.join(seals)}" if seals else ""
            raise ValueError(
                Words(
                    f"receiver_key: with {text}" if seals else "receiver_key: with sealed and xml alone",
                    f"receiver_key：{self.profile} 须填写 {text}" if seals else "receiver_key：仅用于 sealed 与 xml",
                )
            )
        if bool(self.receiver) != (self.profile == "sealed"):
            raise ValueError(
                Words("receiver: with profile sealed, and with no other", "receiver：仅且必须用于 profile = sealed")
            )
        return self


class Message(NamedTuple):
    """A request as it would go out: ``key`` is the same each time that it is sent."""

    method: str
    url: str
    media: str
    body: bytes
    key: str


class Closed(NamedTuple):
    """What goes out instead."""

    headers: Mapping[str, str]
    body: bytes


class SigningKeys(Protocol):
    """The hub's private keys, as those who send may use them."""

    def signing(self, algorithm: Algorithm, instant: datetime) -> OwnKey:
        """The key of an algorithm that signs at an instant.

        Raises:
            UnavailableError: ``keys.none``: the hub has none in use.
        """
        ...


class Envelope(Protocol):
    """Closes messages to one receiver."""

    def close(self, message: Message, at: datetime) -> Closed:
        """The message as it goes out at an instant.

        Raises:
            RejectedError: ``peer.rejected``: it cannot be said in this form.
            UnavailableError: ``keys.none``.
        """
        ...


class WebhookEnvelope:
    """Standard Webhooks: signed with secrets that both sides hold."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = keys

    def close(self, message: Message, at: datetime) -> Closed:
        """The same body under headers that sign it."""
        signed = signed_headers(self._keys, message.key, message.body, at)
        return Closed({**signed, **_type(message.media)}, message.body)


class HttpSignature:
    """RFC 9421 over method, address, type and digest."""

    def __init__(
        self, settings: EnvelopeSettings, own: SigningKeys, nonce: Callable[[], str] = lambda: secrets.token_hex(16)
    ) -> None:
        self._settings, self._own, self._nonce = settings, own, nonce

    def close(self, message: Message, at: datetime) -> Closed:
        """The same body under headers that sign it."""
        signer = self._own.signing(self._settings.algorithm, at)
        media, body = message.media, message.body
        signed = http_sig.sign(message.method, message.url, media, body, signer, at, self._nonce())
        return Closed({**signed, **_type(media)}, body)


class SealedJose:
    """A JWS by a key of the hub inside a JWE to the receiver."""

    def __init__(self, settings: EnvelopeSettings, own: SigningKeys) -> None:
        assert settings.receiver_key is not None, "held to by the settings"
        self._settings, self._own, self._to = settings, own, settings.receiver_key.key()

    def close(self, message: Message, at: datetime) -> Closed:
        """The sealed message; ``jti`` follows from its key."""
        form = _FORMS.get(_plain(message.media))
        if form is None:
            raise _unsaid(
                Words(
                    f"found {message.media or 'no body'}, expected JSON or XML to be sealed",
                    f"现为 {message.media or '无报文'}，应为待加密的 JSON 或 XML",
                )
            )
        signer, name = self._own.signing(self._settings.algorithm, at), self._settings.receiver
        id = sha256(message.key.encode()).hexdigest()[:32]
        text = sealed.close_sealed(message.body, form, signer, self._to, audience=name, id=id, at=at)
        return Closed(_type(sealed.MEDIA), text)


class SealedXml:
    """A document that a key of the hub signed within, encrypted to the receiver."""

    def __init__(self, settings: EnvelopeSettings, own: SigningKeys) -> None:
        assert settings.receiver_key is not None, "held to by the settings"
        xml.require_library()
        self._settings, self._own, self._to = settings, own, settings.receiver_key.key()

    def close(self, message: Message, at: datetime) -> Closed:
        """The sealed document."""
        if _FORMS.get(_plain(message.media)) != "xml":
            raise _unsaid(
                Words(
                    f"found {message.media or 'no body'}, expected XML to be sealed",
                    f"现为 {message.media or '无报文'}，应为待加密的 XML",
                )
            )
        signer = self._own.signing(self._settings.algorithm, at)
        try:
            return Closed(_type(xml.MEDIA), xml.close_xml(message.body, signer, self._to, at))
        except TrustError as error:
            raise _unsaid(
                Words(
                    f"the body cannot be signed as XML ({error.message})", f"报文无法签署为 XML（{error.told('zh')}）"
                )
            ) from error


_FORMS = {"application/json": "json", "application/xml": "xml", "text/xml": "xml"}
_WAYS: Mapping[Profile, Callable[[EnvelopeSettings, SigningKeys], Envelope]] = {
    "http-signature": HttpSignature,
    "sealed": SealedJose,
    "xml": SealedXml,
}


def envelope_to(settings: EnvelopeSettings, own: SigningKeys) -> Envelope:
    """What closes messages to a receiver as settings say.

    Raises:
        ConfigError: A key cannot be read, or what XML takes is not installed.
    """
    return _WAYS[settings.profile](settings, own)


class NoSigningKeys:
    """The keys of who signs nothing."""

    def signing(self, algorithm: Algorithm, instant: datetime) -> OwnKey:
        """None."""
        raise no_key(algorithm, instant)


NO_KEYS: SigningKeys = NoSigningKeys()


def no_key(algorithm: Algorithm, instant: datetime) -> UnavailableError:
    """What is said where no key signs: what waits goes out once there is one."""
    kind, at, command = KINDS[algorithm].jose, instant.isoformat(), f"`licet keys new --algorithm {algorithm}`"
    return UnavailableError(
        "keys.none",
        Words(
            f"the hub has no {kind} key in use at {at}: {command}",
            f"平台在 {at} 没有使用中的 {kind} 密钥：执行 {command}",
        ),
    )


def _plain(media: str) -> str:
    return media.partition(";")[0].strip().lower()


def _type(media: str) -> Mapping[str, str]:
    return {"content-type": media} if media else {}


def _unsaid(what: Words) -> RejectedError:
    return RejectedError("peer.rejected", Words(f"{what}; nothing was sent", f"{what.zh}；未发送任何内容"))
