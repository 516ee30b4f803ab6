"""Proves a question and closes its answer in the one profile that was agreed on with who asks, the same both ways.

``http-signature``: both are signed (RFC 9421) and in clear; ``sealed``: JWS inside JWE; ``xml``: XML signature inside
XML encryption. A question is typed as one, and an answer as one: neither is taken for the other, or for any message.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from connectors.algorithms import Signing
from connectors.envelope import http_sig, sealed, xml
from connectors.envelope.answering import sign_answer
from connectors.envelope.outgoing import EnvelopeSettings, SigningKeys
from connectors.keys import KeyRing, PeerKey
from connectors.port import PeerState, Reply, Request
from schemas.reading import require_charset

FORMS = {"application/json": "json", "application/xml": "xml"}
_MEDIA = {form: media for media, form in FORMS.items()}
_SEALED = {"sealed": (sealed.MEDIA,), "xml": (xml.MEDIA, "text/xml")}


class Proven(NamedTuple):
    """What was asked: its bytes, what they are written in, by which key, and what showed it."""

    body: bytes
    form: str
    kid: str
    shown: Mapping[str, str]


class Exchange:
    """Questions of one system, and answers to it. ``what`` names them, as in ``figures``."""

    def __init__(
        self,
        what: str,
        keys: KeyRing,
        own: SigningKeys,
        algorithm: Signing,
        audience: str,
        agreed: EnvelopeSettings | None,
    ) -> None:
        """``keys`` are those who ask; ``own`` sign answers; ``audience`` is the hub's name in what is sealed to it.

        Raises:
            ConfigError: A key cannot be read, or what XML takes is not installed.
        """
        self._question, self._answer = f"{what}-question", f"{what}-answer"
        self._keys, self._own, self._audience = keys, own, audience
        self._profile = "http-signature" if agreed is None else agreed.profile
        self._algorithm = algorithm if agreed is None else agreed.algorithm
        self._receiver = "" if agreed is None else agreed.receiver
        self._to: PeerKey | None = None
        if agreed is not None and agreed.receiver_key is not None:
            self._to = agreed.receiver_key.key()
        if self._profile == "xml":
            xml.require_library()

    @property
    def media(self) -> tuple[str, ...]:
        """What a question is posted as."""
        return _SEALED.get(self._profile, tuple(FORMS))

    def opened(self, request: Request, state: PeerState) -> Proven:
        """What was asked, once it is certain who asks; it is posted as one of ``media``.

        Raises:
            TrustError: Origin or integrity is not proven, or it is none of the profile.
        """
        keys, at = self._keys.under(state.keys), request.arrived_at
        if self._profile == "xml":
            told = xml.open_xml(request.body, state.own, keys, at)
            return Proven(told.body, "xml", told.kid, told.proof)
        if self._profile == "sealed":
            found = sealed.open_sealed(request.body, state.own, keys, self._audience, at, f"{self._question}+jws")
            return Proven(found.body, found.form, found.kid, found.proof)
        signed = http_sig.verify(request, keys, http_sig.Policy(tag=self._question))
        require_charset(request.headers.get("content-type", ""), request.body)
        return Proven(request.body, FORMS[media_of(request)], signed.kid, signed.headers)

    def closed(self, body: bytes, form: str, id: str, at: datetime) -> Reply:
        """An answer in a form, signed by a key of the hub, and sealed where that was agreed on.

        Raises:
            UnavailableError: ``keys.none``: the hub has no such key in use.
        """
        signer = self._own.signing(self._algorithm, at)
        if self._to is None:
            media = _MEDIA[form]
            return Reply(200, body, media, sign_answer(200, body, media, signer, at, self._answer))
        if self._profile == "xml":
            return Reply(200, xml.close_xml(body, signer, self._to, at), xml.MEDIA)
        typ, name = f"{self._answer}+jws", self._receiver
        text = sealed.close_sealed(body, form, signer, self._to, audience=name, id=id, at=at, typ=typ)
        return Reply(200, text, sealed.MEDIA)


def media_of(request: Request) -> str:
    """The media type of a request, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
