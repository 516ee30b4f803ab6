"""The employer's own qualification system asks for the figures of one person over a window of days.

Wire:    POST to ``/ask/<instance>``, JSON or XML (root ``FiguresQuestion``): ``id``, ``person``, ``from`` and ``to``
         (days), ``reason``, and if wanted ``asOf`` (an instant) and ``courses``; at most 16 KiB. The answer is written
         as the question is.
Trust:   the one profile that was agreed on, both ways: an HTTP message signature (RFC 9421, tags ``figures-question``
         and ``figures-answer``), a JWS inside a JWE (types of the same names), or XML that is signed and encrypted. The
         answer is signed by a key of the hub, and bears id and digest of the question as it was posted.
Repeats: an id is answered once; asked again with it, the question is refused, whoever sends it.
Source:  RFC 9421 (signature), RFC 9530 (digest), RFC 7515 and RFC 7516 (sealed), XML Signature and XML Encryption 1.1,
         RFC 9457 (refusals).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Literal, NoReturn, Self
from xml.sax.saxutils import escape

import orjson
from pydantic import BaseModel, Field, model_validator

from connectors.envelope.exchange import Exchange, Proven, media_of
from connectors.envelope.outgoing import NO_KEYS, EnvelopeSettings, Profile, SigningKeys
from connectors.key_set import KeySetSettings, KeySetSource, PublishedKey
from connectors.keys import KeyRecord, KeyRing
from connectors.port import FiguresAsked, FiguresTold, PeerState, Reply, Request, Spec
from connectors.reply import PROBLEM, problem, problem_of, wait
from schemas.content import Way
from schemas.errors import PayloadError, TrustError
from schemas.reading import Limits
from schemas.words import Words

_WHAT = "figures"
NAMESPACE = "urn:hub:figures:1"
_MOST = 16 * 1024
_MEDIA = ("application/json", "application/xml", "application/jose")
_WAYS = {"json": Way("json", limits=Limits(items=256)), "xml": Way("xml", NAMESPACE, limits=Limits(items=256))}
_MEMBERS = frozenset({"id", "person", "from", "to", "reason", "asOf", "courses"})
_NEEDED = ("id", "person", "from", "to", "reason")
_COURSES = 64
_REFUSED = Reply(401, b'{"type":"urn:licet:error:refused","status":401,"code":"refused"}', PROBLEM)
"""The one answer to whatever failed about trust: a forger learns nothing. The log holds the true code."""


class Settings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator registers for one system that asks."""

    keys: tuple[KeyRecord, ...] = Field(
        default=(), description="Its public keys; others are entered by `licet keys enter`."
    )
    key_set: KeySetSettings | None = Field(
        default=None, description="Where it publishes its keys, asked again and again."
    )
    algorithm: Literal["ed25519", "es256"] = Field(
        default="ed25519", description="Of the hub's key that signs answers (`licet keys new --algorithm`)."
    )
    audience: str = Field(
        default="", max_length=256, description="Our name in its questions (aud), with envelope.profile sealed."
    )
    envelope: EnvelopeSettings | None = Field(
        default=None,
        description="How its questions and our answers are sealed to each other, the same way both; none: signed over"
        " HTTP alone.",
    )
    positions: tuple[str, ...] = Field(
        min_length=1, description="The posts of whose holders it may ask; of nobody else it hears anything."
    )
    courses: dict[str, str] = Field(
        default_factory=dict, description="Course -> its id there, and no other is told; empty: all, by our names."
    )

    @model_validator(mode="after")
    def _names_the_hub(self) -> Self:
        if self.envelope is not None and "algorithm" in self.model_fields_set:
            raise ValueError(
                Words("algorithm: within envelope, where there is one", "algorithm：设有 envelope 时在其中填写")
            )
        if bool(self.audience) != (self.profile == "sealed"):
            raise ValueError(
                Words(
                    "audience: with envelope.profile sealed, and with no other",
                    "audience：仅且必须用于 envelope.profile = sealed",
                )
            )
        return self

    @property
    def profile(self) -> Profile:
        """By which envelope both sides prove themselves."""
        return "http-signature" if self.envelope is None else self.envelope.profile


class FiguresAsker:
    """One system that asks."""

    def __init__(self, name: str, settings: Settings, own: SigningKeys = NO_KEYS) -> None:
        """``own`` are the keys by which answers are signed.

        Raises:
            ConfigError: A key cannot be read, or what XML takes is not installed.
        """
        self.name = name
        self._settings = settings
        keys, agreed = KeyRing.of(settings.keys), settings.envelope
        self._exchange = Exchange(_WHAT, keys, own, settings.algorithm, settings.audience, agreed)
        self._ours = {theirs: ours for ours, theirs in settings.courses.items()}

    def published_keys(self) -> Sequence[PublishedKey]:
        """The keys that it publishes now.

        Raises:
            LicetError: They cannot be had, or are none.
        """
        assert self._settings.key_set is not None, "only who publishes keys is asked for them"
        return KeySetSource(self._settings.key_set).fetch()

    def question(self, request: Request, state: PeerState) -> FiguresAsked:
        """Prove who asks, then read what.

        Raises:
            TrustError: The signature is missing, bad, too old, or by a key that is not believed now.
            PayloadError: ``http.method`` or ``http.media-type``; or it is no question, and where.
        """
        if request.method != "POST":
            raise PayloadError(
                "http.method",
                Words(f"found {request.method[:16]}, expected POST", f"现为 {request.method[:16]}，应为 POST"),
            )
        if (media := media_of(request)) not in self._exchange.media:
            expected = ", ".join(self._exchange.media)
            raise PayloadError(
                "http.media-type",
                Words(
                    f"found {media[:64]!r}, expected one of {expected}",
                    f"现为 {media[:64]!r}，应为以下之一：{expected}",
                ),
            )
        proven = self._exchange.opened(request, state)
        said = _WAYS[proven.form].read(proven.body).plain()
        if proven.form == "xml":
            said = said.get("FiguresQuestion") if isinstance(said, dict) else None
        if not isinstance(said, dict):
            raise PayloadError(
                "schema.type", Words("found no question, expected an object", "没有查询内容，应为 JSON 对象"), "/"
            )
        return self._asked(said, proven, request.body)

    def answer(self, found: Mapping[str, Any], asked: FiguresAsked, now: datetime) -> FiguresTold:
        """The answer in the form of the question, signed by a key of the hub.

        Raises:
            UnavailableError: ``keys.none``: the hub has no such key in use.
        """
        courses = [{**each, "course": self._theirs(each["course"])} for each in found["courses"]]
        content = {"question": {"id": asked.id, "sha256": asked.digest}, **found, "courses": courses}
        body = orjson.dumps(content) if asked.form == "json" else _xml(content)
        return FiguresTold(self._exchange.closed(body, asked.form, asked.id, now), body)

    def failure(self, error: Exception) -> Reply:
        """A problem document (RFC 9457); the same one for every failure of trust."""
        return _REFUSED if isinstance(error, TrustError) else problem(problem_of(error), wait(error))

    def _listed(self, asked: Sequence[str]) -> tuple[str, ...]:
        """The courses that are asked for, by our names; all that it may hear of, where it names none."""
        if not self._ours:
            return tuple(asked)
        if odd := [each for each in asked if each not in self._ours]:
            known = sorted(self._ours)
            expected = Words(f"one of {', '.join(known)}", f"以下之一：{'、'.join(known)}")
            raise PayloadError(
                "ref.unknown-name",
                Words(f"found {odd[0][:64]!r}, expected {expected}", f"现为 {odd[0][:64]!r}，应为{expected.zh}"),
                "/courses",
            )
        return tuple(self._ours[each] for each in asked) or tuple(self._settings.courses)

    def _theirs(self, course: str) -> str:
        return self._settings.courses.get(course, course)

    def _asked(self, said: Mapping[str, Any], proven: Proven, posted: bytes) -> FiguresAsked:
        for name in said:
            if name not in _MEMBERS and not name.startswith("@"):
                raise PayloadError(
                    "schema.unknown-field",
                    Words(f"found {name[:64]!r}, which is not read", f"现有 {name[:64]!r}，此处不读取该项"),
                    f"/{name[:64]}",
                )
        texts = {name: _text(said, name) for name in _NEEDED}
        first, last = _day(texts["from"], "/from"), _day(texts["to"], "/to")
        if last < first:
            raise PayloadError(
                "meaning.order",
                Words(f"found an end on {last}, expected none before {first}", f"结束日期为 {last}，应不早于 {first}"),
                "/to",
            )
        return FiguresAsked(
            id=texts["id"],
            subject=texts["person"],
            from_on=first,
            until_on=last,
            reason=texts["reason"],
            form=proven.form,
            digest=sha256(posted).hexdigest(),
            as_of=_instant(_text(said, "asOf")) if "asOf" in said else None,
            courses=self._listed(_courses(said)),
            key_id=proven.kid,
            proof=proven.shown,
            said=proven.body,
        )


def _text(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name)
    if not isinstance(found, str) or not 0 < len(found.strip()) <= 256 or not found.isprintable():
        code = "schema.missing" if found is None else "schema.type"
        raise PayloadError(
            code, Words("expected a text of 1 to 256 characters", "应为 1 至 256 个字符的文字"), f"/{name}"
        )
    return found.strip()


def _day(text: str, where: str) -> date:
    try:
        if len(text) != len("2026-01-01"):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError as error:
        raise PayloadError(
            "time.invalid",
            Words(f"found {text[:32]!r}, expected a day: 2026-01-01", f"现为 {text[:32]!r}，应为日期，如 2026-01-01"),
            where,
        ) from error


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise ValueError
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        _refuse_instant(text, error)


def _refuse_instant(text: str, error: Exception) -> NoReturn:
    expected = Words(
        "an instant with its offset: 2026-07-01T00:00:00+08:00", "带时区偏移的时刻，如 2026-07-01T00:00:00+08:00"
    )
    raise PayloadError(
        "time.invalid",
        Words(f"found {text[:40]!r}, expected {expected}", f"现为 {text[:40]!r}，应为{expected.zh}"),
        "/asOf",
    ) from error


def _courses(said: Mapping[str, Any]) -> Sequence[str]:
    found = said.get("courses", [])
    if isinstance(found, dict):  # XML: <courses><course>..</course></courses>
        found = found.get("course", [])
    listed = found if isinstance(found, list) else [found]
    if len(listed) > _COURSES or not all(isinstance(each, str) and 0 < len(each) <= 128 for each in listed):
        raise PayloadError(
            "schema.type",
            Words(f"expected at most {_COURSES} ids of courses", f"课程编号应不超过 {_COURSES} 个"),
            "/courses",
        )
    return listed


def _xml(content: Mapping[str, Any]) -> bytes:
    inner = "".join(_element(name, value) for name, value in content.items())
    text = f'<?xml version="1.0" encoding="UTF-8"?><FiguresAnswer xmlns="{NAMESPACE}">{inner}</FiguresAnswer>'
    return text.encode()


def _element(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return f"<{name}>{''.join(_element(each, inner) for each, inner in value.items())}</{name}>"
    if isinstance(value, list):
        return f"<{name}>{''.join(_element(name.removesuffix('s'), each) for each in value)}</{name}>"
    return f"<{name}>{escape(str(value))}</{name}>"


SPEC = Spec(
    title="The employer's own qualification system, asking for the figures of one person",
    settings=Settings,
    build=FiguresAsker,
    ports=("asker",),
    auth="http-signature",
    profile="profile",
    keys="keys",
    key_set="key_set",
    courses="courses",
    asks="positions",
    own_keys=True,
    max_body=_MOST,
    media=_MEDIA,
)
