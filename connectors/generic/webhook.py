"""Messages of any system that can POST: read by a mapping document of the hub folder, told apart by settings.

Wire:    POST to ``/in/<instance>``; any text that the mapping document reads (JSON, XML, a form, lines of columns); at
         most 4 MiB.
Trust:   a token in a header, HTTP Basic, or Standard Webhooks with a secret; whichever the instance is set to.
Repeats: until answered 2xx; known by the sender's own id where a header brings one, else by the digest of the body.
Source:  RFC 6750 (bearer), RFC 7617 (Basic), Standard Webhooks 1.0.0, RFC 9457 (refusals).
"""

import hmac
import json
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from connectors.envelope.received_webhook import LEAST_SECRET, verify_webhook
from connectors.envelope.standard_webhook import key_of
from connectors.keys import KeyRing
from connectors.port import Command, Kept, PeerState, Reception, Reply, Request, Spec
from connectors.reply import PROBLEM, problem, problem_of, wait
from schemas.errors import PayloadError, TrustError
from schemas.record import ZoneName
from schemas.transmission import Transmission
from schemas.words import Words

_LONGEST_ID, _BEARER_HEADER = 256, "authorization"
_REFUSED = Reply(401, b'{"type":"urn:licet:error:refused","status":401,"code":"refused"}', PROBLEM)
"""The one answer to whatever failed about trust: a forger learns nothing. The log holds the true code."""
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})
"""What the mapping may read of a request is kept beside its body: never what proves who sent it."""
HeaderName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]


class Settings(BaseModel):
    """What an integrator sets for one system."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    profile: Literal["token", "password", "webhook"] = Field(
        description="How the sender proves itself: a token in a header, HTTP Basic, or Standard Webhooks."
    )
    secret: SecretStr = Field(min_length=16, description="The token, the password, or the secret of Standard Webhooks.")
    user: str | None = Field(default=None, pattern=r"^[^:\x00-\x1f\x7f]+$", description="Basic user.")
    token_header: HeaderName = Field(
        default="authorization", description="Header of the token; in `authorization` it stands behind `Bearer`."
    )
    media: tuple[str, ...] = Field(
        default=("application/json",), min_length=1, description="Media types that are taken, without parameters."
    )
    form: str = Field(default="", description="Form of the mapping document; empty where it has one alone.")
    id_header: HeaderName | None = Field(default=None, description="Header with the sender's own id of a message.")
    headers: tuple[HeaderName, ...] = Field(default=(), description="Headers that the mapping document may read.")
    query: tuple[str, ...] = Field(
        default=(), description="Parameters of the URL that the mapping document may read; no secret."
    )
    zone: ZoneName | None = Field(default=None, description="Zone of its local times, for the mapping document.")
    answer_status: int = Field(default=200, ge=200, le=299, description="What a message that is kept is answered with.")
    answer_body: str = Field(default="", max_length=1024, description='Such as {"code":0}; empty: what became of it.')

    @model_validator(mode="after")
    def _fits(self) -> "Settings":
        if (self.profile == "password") != bool(self.user):
            raise ValueError(
                Words(
                    "user: expected with profile password, and with no other",
                    "user：仅且必须用于 profile = password",
                )
            )
        if secret := sorted({*_SECRET_HEADERS, self.token_header} & set(self.headers)):
            raise ValueError(
                Words(
                    f"headers: {secret[0]} holds a secret, which nobody keeps",
                    f"headers：{secret[0]} 含有密钥，不得留存",
                )
            )
        if self.profile == "webhook":
            _key(self.secret)
        return self


class Webhook:
    """Receives what one system posts."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        self._secret = settings.secret.get_secret_value()
        self._keys = [_key(settings.secret)] if settings.profile == "webhook" else []
        zone = {} if settings.zone is None else {"zone": settings.zone}
        self._context: Mapping[str, str] = zone

    def peer(self, request: Request) -> str:
        """One system an instance: there is only one peer."""
        return ""

    def receive(self, request: Request, state: PeerState) -> Reception:
        """Prove who sends, and hand the body on unread.

        Raises:
            TrustError: The sender does not prove itself as it is set to.
            PayloadError: ``http.method``, ``http.media-type`` or ``http.request``: nothing is kept.
        """
        shown = self._prove(request)
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.method != "POST":
            raise PayloadError("http.method", f"found {request.method[:16]}, expected POST")
        if media not in self._settings.media:
            expected = ", ".join(self._settings.media)
            raise PayloadError("http.media-type", f"found {media[:64]!r}, expected one of {expected}", "header")
        brought = Transmission(
            connector=self.name,
            received_at=request.arrived_at,
            media_type=media,
            body=request.body,
            id=self._id(request),
            form=self._settings.form,
            path=request.path,
            context={**self._context, **self._said(request)},
        )
        return Reception((brought,), state, self._reply, proof=shown)

    def failure(self, error: Exception) -> Reply:
        """A problem document (RFC 9457); the same one for every failure of trust."""
        return _REFUSED if isinstance(error, TrustError) else problem(problem_of(error), wait(error))

    def describe(self, state: PeerState) -> str:
        """Nothing: there is only one peer."""
        return ""

    def remarks(self, state: PeerState) -> tuple[str, ...]:
        """None: nothing is kept of its peers."""
        return ()

    def _prove(self, request: Request) -> Mapping[str, str]:
        """The header fields that prove the sender, where they are no secret."""
        settings = self._settings
        if settings.profile == "webhook":
            return verify_webhook(request, KeyRing.of(()), self._keys).shown
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
            raise TrustError("auth.token", f"expected the {settings.profile} that is registered for this system")
        return {}

    def _id(self, request: Request) -> str | None:
        name = self._settings.id_header or ("webhook-id" if self._settings.profile == "webhook" else None)
        found = None if name is None else request.headers.get(name, "")
        if found is None:
            return None
        if not 0 < len(found) <= _LONGEST_ID or not found.isprintable():
            raise PayloadError("http.request", f"expected an id of at most {_LONGEST_ID} characters", f"header {name}")
        return found

    def _said(self, request: Request) -> dict[str, str]:
        """What the mapping document may read of the request beside its body."""
        headers, query = request.headers, request.query
        said = {f"header.{name}": headers[name] for name in self._settings.headers if name in headers}
        return {**said, **{f"query.{name}": query[name] for name in self._settings.query if name in query}}

    def _reply(self, kept: Sequence[Kept], _commands: Sequence[Command]) -> Reply:
        [what] = kept
        if 0 < what.counts.get("quarantined", 0) == what.total:
            detail = "quarantined: nothing of this message could be read; it is kept for a person to look at"
            return problem({**PayloadError("schema.form", detail).problem(), "id": what.id})
        body = self._settings.answer_body or json.dumps({"id": what.id, **what.counts})
        return Reply(self._settings.answer_status, body.encode(), "application/json")


def _key(secret: SecretStr) -> bytes:
    try:
        key = key_of(secret)
    except (Base64Error, ValueError):
        key = b""
    if len(key) < LEAST_SECRET:
        raise ValueError(
            Words(
                f"secret: expected whsec_ and base64 of {LEAST_SECRET} bytes at least",
                f"secret：应为 whsec_ 后接至少 {LEAST_SECRET} 字节的 base64",
            )
        )
    return key


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text.strip(), validate=True)
    except ValueError:
        return b""


def _same(given: bytes, expected: bytes) -> bool:
    return hmac.compare_digest(given, expected)


SPEC = Spec(
    title="Any system that posts messages, by a mapping document",
    settings=Settings,
    build=Webhook,
    ports=("push",),
    profile="profile",
    own_document=True,
    batch="each",
    completeness="none",
    max_body=4 * 1024 * 1024,
    media=("application/json", "application/xml", "text/csv", "text/plain", "application/x-www-form-urlencoded"),
)
