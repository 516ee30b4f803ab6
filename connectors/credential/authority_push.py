"""Status pushes of a certification authority, as CloudEvents in JSON or XML.

Wire:    POST to ``/in/<instance>``; one event, or in JSON a list of at most 100; at most 256 KiB.
Trust:   the one profile that was agreed on, never chosen by the message: an HTTP message signature over method, target,
         content type and body digest; or the event signed and encrypted to the hub (JWS in JWE, or XML).
Repeats: until answered 2xx; the CloudEvents ``id`` names a single event, a list is known by its digest.
Source:  CloudEvents 1.0.2 (attributes), RFC 9421 (signature), RFC 9530 (digest), RFC 7515 and RFC 7516 (sealed),
         RFC 9457 (refusals).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Self

import orjson
from pydantic import BaseModel, Field, model_validator

from connectors.envelope.cloud_event import envelope_of
from connectors.envelope.http_sig import verify
from connectors.envelope.received_webhook import LEAST_SECRET, verify_webhook
from connectors.envelope.sealed import MEDIA as SEALED
from connectors.envelope.sealed import open_sealed
from connectors.envelope.standard_webhook import Secret, key_of
from connectors.envelope.xml import open_xml, require_library
from connectors.key_set import KeySetSettings, KeySetSource, PublishedKey
from connectors.keys import KeyRecord, KeyRing
from connectors.port import Command, ItemResult, Kept, PeerState, Reception, Reply, Request, Spec
from connectors.reply import PROBLEM, problem, problem_of, wait
from schemas.content import Content, Way
from schemas.errors import CODES, PayloadError, TrustError, status_of
from schemas.faults import shown
from schemas.reading import require_charset
from schemas.record import ZoneName
from schemas.transmission import Transmission
from schemas.words import Words

NAMESPACE = "urn:hub:authority:1"
_FORMS = {
    "application/json": "json",
    "application/cloudevents+json": "json",
    "application/cloudevents-batch+json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
}
_SEALING = ("sealed", "xml")
_MEDIA = {"sealed": (SEALED,), "xml": ("application/xml", "text/xml")}
_PLAIN = {"json": "application/cloudevents+json", "xml": "application/xml"}
_WAYS = {"json": Way("json"), "xml": Way("xml", NAMESPACE)}
_TYPE = "credential.status.changed.v1"
"""The one kind of event that says something of a credential: no other moves a door."""
_MAX_EVENTS = 100
_REFUSED = Reply(
    401,
    b'{"type":"urn:licet:error:refused","title":"origin not proven","title_zh":"\xe6\x9d\xa5\xe6\xba\x90\xe6\x9c\xaa'
    b'\xe8\xaf\x81\xe5\xae\x9e","status":401,"code":"refused"}',
    PROBLEM,
)
"""The one answer to whatever failed about trust: a forger learns nothing. The log holds the true code."""


class Settings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator registers for one authority."""

    profile: Literal["http-signature", "webhook", "sealed", "xml"] = Field(
        default="http-signature",
        description="How it proves itself. webhook: by Standard Webhooks. sealed: each event is a JWS inside a JWE to a"
        " key of the hub (application/jose), as is required where an event tells more than a pairwise reference."
        " xml: the same by XML-DSig and XML-Enc (extra licet[xml]).",
    )
    source: str = Field(
        pattern=r"^[!-~]{1,512}$", description="The authority's CloudEvents source, for example urn:authority:x."
    )
    keys: tuple[KeyRecord, ...] = Field(
        default=(), description="Its public keys; others are entered by `licet keys enter`."
    )
    secret: Secret | None = Field(
        default=None,
        description="What a webhook is signed with where no key is registered: whsec_ and 32 bytes or more.",
    )
    former_secret: Secret | None = Field(
        default=None, description="Secret before it: while it changes over, both are good."
    )
    key_set: KeySetSettings | None = Field(
        default=None, description="Where it publishes its keys, asked again and again."
    )
    audience: str = Field(default="", description="Our name in its events (hubaud); empty if it names none.")
    schemes: tuple[str, ...] = Field(
        default=(),
        description="The credentials that it may speak of, by its names; of another's it opens and closes nothing."
        " Empty: all.",
    )
    zone: ZoneName = Field(description="Time zone of its plain dates, for example Asia/Shanghai.")

    @model_validator(mode="after")
    def _names_the_hub(self) -> Self:
        if self.profile in _SEALING and not self.audience:
            raise ValueError(
                Words(
                    "audience: our name in its messages: whoever else it is sealed to",
                    "audience 须填写本系统在其消息中的名称",
                )
            )
        if any(len(key_of(each)) < LEAST_SECRET for each in (self.secret, self.former_secret) if each is not None):
            raise ValueError(Words(f"secret: {LEAST_SECRET} bytes or more", f"secret 不少于 {LEAST_SECRET} 字节"))
        return self


class _Proven(NamedTuple):
    """What an authority said: how it is written, its bytes, by which key it is proven, and by what."""

    form: str
    body: bytes
    kid: str
    shown: Mapping[str, str]


class AuthorityPush:
    """Receives suspensions, revocations, renewals and reinstatements of credentials."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        self._keys = KeyRing.of(settings.keys)
        self._media = _MEDIA.get(settings.profile, tuple(_FORMS))
        self._secrets = [key_of(each) for each in (settings.secret, settings.former_secret) if each is not None]
        if settings.profile == "xml":
            require_library()

    def published_keys(self) -> Sequence[PublishedKey]:
        """The keys that it publishes now.

        Raises:
            LicetError: They cannot be had, or are none.
        """
        assert self._settings.key_set is not None, "only who publishes keys is asked for them"
        return KeySetSource(self._settings.key_set).fetch()

    def peer(self, request: Request) -> str:
        """One authority an instance: there is only one peer."""
        return ""

    def receive(self, request: Request, state: PeerState) -> Reception:
        """Prove where a push comes from and hand on its body, unread but for whom it is from and for.

        A body that cannot be read is handed on too: the mapping says what is wrong with it, and it is kept.

        Raises:
            TrustError: The signature is missing, bad, too old, or by a key that is not believed now.
            PayloadError: ``http.method`` or ``http.media-type`` (before the proof: keep nothing), or an event is no
                CloudEvent, of another type, another authority's or for another hub.
        """
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        _require_form(request.method, media_type, self._media)
        proven = self._proven(request, media_type, state)
        form, body = proven.form, proven.body
        content = _WAYS[form].read(body)
        events = _events(form, content)
        for n, event in enumerate(events):
            self._check_ends(event)
            self._require_its_own(event, f"/{n}" if len(events) > 1 else "")
        change = Transmission(
            connector=self.name,
            received_at=request.arrived_at,
            media_type=_PLAIN[form] if media_type == SEALED else media_type,
            body=body,
            id=_id(events),
            form=form,
            peer=self._settings.source,
            path=request.path,
            context={"zone": self._settings.zone},
            content=content,
        )
        return Reception((change,), state, _reply, proven.kid, proven.shown)

    def failure(self, error: Exception) -> Reply:
        """A problem document (RFC 9457); the same one for every failure of trust."""
        return _REFUSED if isinstance(error, TrustError) else problem(problem_of(error), wait(error))

    def describe(self, state: PeerState) -> str:
        """Nothing: there is only one peer."""
        return ""

    def remarks(self, state: PeerState) -> tuple[str, ...]:
        """None: nothing is kept of its peers."""
        return ()

    def _proven(self, request: Request, media_type: str, state: PeerState) -> _Proven:
        """What was said, once it is certain who said it: by the profile of this authority and no other."""
        keys = self._keys.under(state.keys)
        if self._settings.profile == "sealed":
            found = open_sealed(request.body, state.own, keys, self._settings.audience, request.arrived_at)
            return _Proven(found.form, found.body, found.kid, found.proof)
        if self._settings.profile == "xml":
            told = open_xml(request.body, state.own, keys, request.arrived_at)
            return _Proven("xml", told.body, told.kid, told.proof)
        kid, shown = self._signed(request, keys)
        require_charset(request.headers.get("content-type", ""), request.body)
        return _Proven(_FORMS[media_type], request.body, kid, shown)

    def _signed(self, request: Request, keys: KeyRing) -> tuple[str, Mapping[str, str]]:
        if self._settings.profile == "webhook":
            posted = verify_webhook(request, keys, self._secrets)
            return posted.kid, posted.shown
        signed = verify(request, keys)
        return signed.kid, signed.headers

    def _check_ends(self, event: dict[str, Any]) -> None:
        found = envelope_of(event)
        if found.type != _TYPE:
            raise PayloadError(
                "schema.range",
                Words(
                    f"found type {shown(found.type)}, expected {_TYPE}",
                    f"type 现为 {shown(found.type).zh}，应为 {_TYPE}",
                ),
                "/type",
            )
        expected = {"source": self._settings.source}
        if self._settings.audience:
            expected["hubaud"] = self._settings.audience
        for name, value in expected.items():
            if event.get(name) != value:
                raise PayloadError(
                    "schema.type",
                    Words(
                        f"{name} is not the registered one; expected {value!r} of this authority",
                        f"{name} 与登记的不符，应为该机构的 {value!r}",
                    ),
                    f"/{name}",
                )

    def _require_its_own(self, event: Mapping[str, Any], where: str) -> None:
        """Refuse a word about a credential that is another's; one that names none the mapping refuses."""
        try:
            scheme = event["data"]["credential"]["scheme"]
        except (KeyError, TypeError):
            return
        if self._settings.schemes and scheme not in self._settings.schemes:
            expected = Words(
                f"one of {', '.join(self._settings.schemes)}", f"以下之一：{'、'.join(self._settings.schemes)}"
            )
            raise PayloadError(
                "ref.unknown-name",
                Words(f"found {shown(scheme)}, expected {expected}", f"现为 {shown(scheme).zh}，应为{expected.zh}"),
                f"{where}/data/credential/scheme",
            )


def _require_form(method: str, media_type: str, known: Collection[str]) -> None:
    if method != "POST":
        raise PayloadError(
            "http.method", Words(f"found {method[:16]}, expected POST", f"现为 {method[:16]}，应为 POST")
        )
    if media_type not in known:
        raise PayloadError(
            "http.media-type",
            Words(
                f"found {media_type[:64]!r}, expected one of {', '.join(known)}",
                f"现为 {media_type[:64]!r}，应为以下之一：{'、'.join(known)}",
            ),
        )


def _events(form: str, content: Content) -> list[dict[str, Any]]:
    """The events of a body; none if it is not JSON or XML at all, which the mapping will say with code and place."""
    try:
        said = content.plain()
    except PayloadError as error:
        if error.code.startswith("schema."):
            raise
        return []
    if form == "xml":
        said = said.get("AuthorityPush")
    events = said if isinstance(said, list) else [said]
    if len(events) > _MAX_EVENTS:
        raise PayloadError(
            "json.size",
            Words(
                f"found {len(events)} events, expected at most {_MAX_EVENTS}",
                f"现有 {len(events)} 个事件，应不超过 {_MAX_EVENTS} 个",
            ),
        )
    if not all(isinstance(event, dict) for event in events):
        raise PayloadError(
            "schema.type",
            Words(
                "found something that is no event; expected CloudEvents attributes",
                "现有内容不是事件，应有 CloudEvents 属性",
            ),
        )
    return events


def _id(events: Sequence[dict[str, Any]]) -> str | None:
    """The id of a single event. Several, or one without a usable id, are known by their digest."""
    found = events[0].get("id") if len(events) == 1 else None
    return found if isinstance(found, str) and 0 < len(found) <= 256 else None


def _reply(kept: Sequence[Kept], _commands: Sequence[Command]) -> Reply:
    [what] = kept
    if what.counts.get("quarantined"):
        return _quarantined(what)
    return _taken(what, "held" if what.counts.get("held") else "applied")


def _taken(what: Kept, result: str) -> Reply:
    content = {"id": what.id, "result": result, "items": [_item(each) for each in what.items], **_receipt(what)}
    return Reply(200 if what.repeat else 202, orjson.dumps(content), "application/json")


def _item(item: ItemResult) -> dict[str, str]:
    known = {"id": item.id, "result": item.result, "code": item.code, "where": item.where}
    return {name: value for name, value in known.items() if value}


def _quarantined(what: Kept) -> Reply:
    """Nothing of the message applied; its bytes are kept, so the sender need not send the same ones again."""
    bad = next((each for each in what.items if each.result == "quarantined" and each.code in CODES), None)
    code, where = (bad.code, bad.where) if bad else ("meaning.batch", "")
    if status_of(code) < 400:  # such as an event from long ago: nothing for the sender to mend
        return _taken(what, "quarantined")
    detail = Words(
        "quarantined: nothing of this message was applied; it is kept for a person to look at",
        "已隔离：该报文均未生效，已留存待人工核实",
    )
    return problem({**PayloadError(code, detail, where).problem(), "id": what.id, **_receipt(what)})


def _receipt(what: Kept) -> dict[str, str]:
    return {"receipt": what.receipt} if what.receipt else {}


SPEC = Spec(
    title="Certification authority, signed status pushes",
    settings=Settings,
    build=AuthorityPush,
    ports=("push",),
    auth="http-signature",
    keys="keys",
    schemes="schemes",
    key_set="key_set",
    profile="profile",
    mapping="credential/authority_push",
    context=("zone",),
    batch="all",
    completeness="none",
    max_body=256 * 1024,
    media=(*_FORMS, SEALED),
    receipts=True,
    closes=True,
)
