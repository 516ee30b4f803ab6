"""How a system that posts is believed: each profile, and what it proves of a request."""

import hmac
from base64 import b64decode
from collections.abc import Mapping
from typing import NamedTuple

from connectors.envelope import http_sig, sealed, xml
from connectors.envelope.received_webhook import COVERED, verify_webhook
from connectors.generic.webhook.settings import SEALING, Settings, webhook_key
from connectors.keys import KeyRing
from connectors.port import PeerState, Request
from schemas.errors import PayloadError, TrustError
from schemas.reading import require_charset
from schemas.transmission import NOTHING
from schemas.words import Words

_BEARER_HEADER = "authorization"
_OUTER = {"sealed": (sealed.MEDIA,), "xml": ("application/xml", "text/xml")}
_INNER = {"json": "application/json", "xml": "application/xml"}
_NONE = frozenset[str]()
_POLICY = http_sig.Policy(tag=http_sig.MESSAGE)


class Proven(NamedTuple):
    """What a system said: its bytes, what they are written in, by which key, what showed it, and its own id if sealed.

    ``covered`` are the names of the headers that were proven with them.
    """

    body: bytes
    media: str
    covered: frozenset[str]
    kid: str = ""
    shown: Mapping[str, str] = NOTHING
    id: str | None = None


class Proofs:
    """Proves what one system posts, by the one profile that it was given."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings.

        Raises:
            ConfigError: A key cannot be read, or what XML takes is not installed.
        """
        self._settings = settings
        self._secret = "" if settings.secret is None else settings.secret.get_secret_value()
        self._keys = KeyRing.of(settings.keys)
        self._secrets = [webhook_key(settings.secret)] if settings.profile == "webhook" and settings.secret else []
        self._media = _OUTER.get(settings.profile, settings.media)
        if settings.profile == "xml":
            xml.require_library()

    def prove(self, request: Request, state: PeerState) -> Proven:
        """What was said, once it is certain who said it.

        Raises:
            TrustError: The sender does not prove itself as it is set to.
            PayloadError: ``http.method``, ``http.media-type``: nothing is kept.
        """
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if self._settings.profile in SEALING:  # what it is written in is said within
            self._require(request, media, self._media)
            return self._opened(request, state)
        proven = self._named(request, media, state)
        self._require(request, media, self._media)
        return proven

    @staticmethod
    def _require(request: Request, media: str, known: tuple[str, ...]) -> None:
        if request.method != "POST":
            raise PayloadError(
                "http.method",
                Words(f"found {request.method[:16]}, expected POST", f"现为 {request.method[:16]}，应为 POST"),
            )
        if media not in known:
            expected = ", ".join(known)
            raise PayloadError(
                "http.media-type",
                Words(
                    f"found {media[:64]!r}, expected one of {expected}",
                    f"现为 {media[:64]!r}，应为以下之一：{expected}",
                ),
                "header",
            )

    def _opened(self, request: Request, state: PeerState) -> Proven:
        keys, at = self._keys.under(state.keys), request.arrived_at
        if self._settings.profile == "xml":
            told = xml.open_xml(request.body, state.own, keys, at)
            return Proven(told.body, xml.MEDIA, _NONE, told.kid, told.proof)
        name = self._settings.audience
        found = sealed.open_sealed(request.body, state.own, keys, name, at, sealed.MESSAGE)
        media = _INNER[found.form]
        self._require(request, media, self._settings.media)
        return Proven(found.body, media, _NONE, found.kid, found.proof, found.id)

    def _named(self, request: Request, media: str, state: PeerState) -> Proven:
        """What headers prove: the body as it came."""
        if self._settings.profile == "http-signature":
            proof = http_sig.verify(request, self._keys.under(state.keys), _POLICY)
            require_charset(request.headers.get("content-type", ""), request.body)
            return Proven(request.body, media, proof.covered, proof.kid, proof.headers)
        if self._settings.profile == "webhook":
            posted = verify_webhook(request, self._keys.under(state.keys), self._secrets)
            return Proven(request.body, media, frozenset(COVERED), posted.kid, posted.shown)
        self._require_secret(request)
        return Proven(request.body, media, frozenset(request.headers))  # all are the word of who shows the secret

    def _require_secret(self, request: Request) -> None:
        settings = self._settings
        header = _BEARER_HEADER if settings.profile == "password" else settings.token_header
        given = request.headers.get(header, "")
        scheme, _, rest = given.partition(" ")
        if settings.profile == "password":
            good = scheme.lower() == "basic" and _same(_decoded(rest), f"{settings.user}:{self._secret}".encode())
        elif header == _BEARER_HEADER:
            good = scheme.lower() == "bearer" and _same(rest.strip().encode(), self._secret.encode())
        else:
            good = _same(given.encode(), self._secret.encode())
        if not good:
            raise TrustError(
                "auth.token",
                Words(
                    f"expected the {settings.profile} that is registered for this system",
                    f"应为该系统登记的 {settings.profile}",
                ),
            )


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text.strip(), validate=True)
    except ValueError:
        return b""


def _same(given: bytes, expected: bytes) -> bool:
    return hmac.compare_digest(given, expected)
