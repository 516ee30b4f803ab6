"""Statements of a learning platform, pushed as xAPI 1.0.3.

Wire:    POST (one statement or a list) and PUT to ``/xapi/statements``; JSON; header X-Experience-API-Version.
Trust:   HTTP Basic over TLS, one account per platform.
Repeats: until answered exactly 200; a statement is known by its id, or by its fingerprint where it has none.
         A batch is taken whole or not at all; only 400 makes senders split it, so all bad content is a 400.
Source:  xAPI 1.0.3, Data (2.2 to 2.4, 4: what a statement is) and Communication (2.1: statements, 3.3: versions).
"""

import hmac
import re
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

import orjson
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from connectors.port import Kept, PeerState, Reception, Reply, Request, Spec
from connectors.reply import problem, problem_of, wait
from schemas.errors import CODES, PayloadError, TrustError
from schemas.reading import LIMITS, escape, read_json, require_charset
from schemas.record import ZoneName
from schemas.transmission import Transmission

VERSION = "1.0.3"
_LIMITS = replace(LIMITS, unread=frozenset({"extensions"}))
_STATEMENTS, _ABOUT = "/xapi/statements", "/xapi/about"
_VOIDED = "http://adlnet.gov/expapi/verbs/voided"
_FINGERPRINTS = UUID("6f0a2c1e-6f1b-5c1e-9d39-3c1f0e7f6a10")
_NOTHING_PROMISED = "1970-01-01T00:00:00Z"
"""A failure does not say what can be read: an instant before everything is true of any store."""
_REFUSED = {"type": "urn:licet:error:refused", "title": "origin not proven", "status": 401, "code": "refused"}
_OWN_STATUS = frozenset({404, 405, 408, 413})

_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_IRI = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\x7f<>"]{1,2048}')
_MBOX = re.compile(r"mailto:[^\s@]{1,64}@[^\s@]{1,255}")
_SHA1 = re.compile(r"(?i)[0-9a-f]{40}")
_VERSIONS = re.compile(r"1\.0(?:\.[0-9]{1,3})?")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)
_DURATION = re.compile(
    r"P(?:[0-9]+W|(?=[0-9T])(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?)"
)
_LAST_FRACTION = re.compile(r"(?<=[0-9])[.,][0-9]+(?=[YMDHSW]\Z)")


class Settings(BaseModel):
    """What an integrator sets for one learning platform."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    user: str = Field(pattern=r"^[^:\x00-\x1f\x7f]+$", description="Basic user of the platform.")
    password: SecretStr = Field(min_length=1, description="Basic password.")
    course_prefix: str = Field(default="", description="What stands before our course id in the platform's IRIs.")
    zone: ZoneName = Field(default="Asia/Shanghai", description="Zone of timestamps that come without an offset.")


class XapiPush:
    """Receives study and results as they happen."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._expected = f"{settings.user}:{settings.password.get_secret_value()}".encode()
        self._context = {"course_prefix": settings.course_prefix, "zone": settings.zone}

    def peer(self, request: Request) -> str:
        """One account an instance: there is only one peer."""
        return ""

    def receive(self, request: Request, state: PeerState) -> Reception:
        """Prove who sends, check every statement's form, hand the batch on with an id in each statement.

        The body stays as it came, unless an id is missing or in capitals: then it is written anew, with ids.

        Raises:
            TrustError: User or password is missing or wrong.
            PayloadError: ``http.path``, ``http.method``, ``http.media-type`` or ``http.request`` (nothing is wrong
                with the body: keep nothing), or a statement is not of the protocol's form: nothing of the batch is
                taken.
        """
        resource = request.path.rstrip("/")
        if resource == _ABOUT and request.method == "GET":  # the one resource that asks for no account
            about = _json(200, {"version": [VERSION]}, at=request.arrived_at)
            return Reception((), state, lambda _kept, _commands: about)
        self._prove(request)
        _require_form(request, resource)
        batch = _batch(request)
        taken = (self._transmission(request, batch.body),) if batch.ids else ()
        return Reception(taken, state, lambda kept, _commands: _reply(kept, batch.ids, request))

    def failure(self, error: Exception) -> Reply:
        """The protocol's answers: 400 for all bad content, 401, 409, 413, 503; both headers on each."""
        if isinstance(error, TrustError):
            return problem(_REFUSED, {**_headers(None), "www-authenticate": 'Basic realm="xapi", charset="UTF-8"'})
        content = problem_of(error)
        status = content["status"]
        if isinstance(error, PayloadError) and status not in _OWN_STATUS:
            status = 400
        allowed = {"allow": "POST, PUT"} if status == 405 else {}
        return problem({**content, "status": status}, {**_headers(None), **wait(error), **allowed})

    def describe(self, state: PeerState) -> str:
        """Nothing: there is only one peer."""
        return ""

    def remarks(self, state: PeerState) -> tuple[str, ...]:
        """None: nothing is kept of its peers."""
        return ()

    def _prove(self, request: Request) -> None:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            given = b64decode(encoded.strip(), validate=True)
        except ValueError:
            given = b""
        if not hmac.compare_digest(given, self._expected) or scheme.lower() != "basic":
            raise TrustError("auth.token", "expected the Basic account that is registered for this platform")

    def _transmission(self, request: Request, body: bytes) -> Transmission:
        return Transmission(
            connector=self.name,
            received_at=request.arrived_at,
            media_type="application/json",
            body=body,
            form="json",
            path=_STATEMENTS,
            context=self._context,
        )


def _require_form(request: Request, resource: str) -> None:
    """Refuse what is not a push of statements. The hub keeps no bytes for it, so that the same body may come again."""
    if resource != _STATEMENTS:
        raise PayloadError("http.path", f"found no resource here; expected {_STATEMENTS} or {_ABOUT}")
    if request.method not in ("POST", "PUT"):
        raise PayloadError("http.method", f"found {request.method[:16]}, expected POST or PUT of statements")
    version = request.headers.get("x-experience-api-version", "")
    if not _VERSIONS.fullmatch(version):
        raise PayloadError(
            "http.request", f"found {version[:16]!r}, expected X-Experience-API-Version: 1.0.x", "header"
        )
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise PayloadError("http.media-type", f"found {media_type[:64]!r}, expected application/json", "header")
    expected = {"statementId"} if request.method == "PUT" else set()
    if set(request.query) != expected:
        names = ", ".join(expected) or "none"
        raise PayloadError("http.request", f"found other parameters with {request.method}, expected {names}", "query")
    if request.method == "PUT" and not _is_uuid(request.query["statementId"]):
        raise PayloadError("http.request", "found a statementId of another form, expected a UUID", "query")


# ---------------------------------------------------------------- ids


@dataclass(frozen=True, slots=True)
class _Batch:
    """The ids of a request's statements in their order, and its body with an id in each."""

    ids: tuple[str, ...]
    body: bytes


def _batch(request: Request) -> _Batch:
    require_charset(request.headers.get("content-type", ""), request.body)
    content = read_json(request.body, limits=_LIMITS)
    many = isinstance(content, list) and request.method == "POST"
    statements = content if many else [content]
    for n, each in enumerate(statements):
        _check(each, f"/{n}" if many else "")
    if request.method == "PUT":
        statements = [_put(content, request.query["statementId"])]
    _require_each_id_once(statements)
    settled = [_settled(each, request.arrived_at) for each in statements]
    same = all(new is old for new, old in zip(settled, content if many else [content], strict=True))
    body = request.body if same else orjson.dumps(settled if many else settled[0], default=_digits)
    return _Batch(tuple(each["id"] for each in settled), body)


def _put(statement: dict[str, Any], asked: str) -> dict[str, Any]:
    """The statement under the id that the address names."""
    if "id" not in statement:
        return {**statement, "id": asked}
    if statement["id"].lower() != asked.lower():
        raise PayloadError("http.request", "statementId differs from the id in the statement", "query")
    return statement


def _require_each_id_once(statements: Sequence[Mapping[str, Any]]) -> None:
    seen = set()
    for n, each in enumerate(statements):
        if "id" in each:
            known = each["id"].lower()
            if known in seen:
                raise PayloadError(
                    "meaning.batch", "found one id twice, expected an id of its own for each", f"/{n}/id"
                )
            seen.add(known)


def _settled(statement: dict[str, Any], arrived_at: datetime) -> dict[str, Any]:
    """The statement with its id, and the id it refers to, in the one spelling that the hub keys on."""
    if "id" not in statement:
        if "timestamp" not in statement:
            # Without either, two events and a repeat look alike. Told apart by arrival no event is lost or refused.
            statement = {**statement, "timestamp": arrived_at.isoformat()}
        statement = {**statement, "id": _fingerprint(statement)}
    elif statement["id"] != statement["id"].lower():
        statement = {**statement, "id": statement["id"].lower()}
    target = statement["object"]
    if target.get("objectType") == "StatementRef" and target["id"] != target["id"].lower():
        statement = {**statement, "object": {**target, "id": target["id"].lower()}}
    return statement


def _fingerprint(statement: Mapping[str, Any]) -> str:
    """An id that the same statement gets whenever it is sent again.

    The registration stays out: Moodle's logstore_xapi, which sends no ids, changes it with every try.
    """
    target = statement["object"]
    parts = (
        _identity(statement["actor"]),
        statement["verb"]["id"],
        target["id"] if target.get("objectType", "Activity") in ("Activity", "StatementRef") else target,
        statement.get("timestamp"),
        statement.get("result"),
    )
    canonical = orjson.dumps(parts, default=_digits, option=orjson.OPT_SORT_KEYS)
    return str(uuid5(_FINGERPRINTS, sha256(canonical).hexdigest()))


def _identity(actor: Mapping[str, Any]) -> Any:
    """What identifies an actor; names and the order of an anonymous group's members do not."""
    for name in _IDENTIFIERS:
        if name in actor:
            return [name, actor[name]]
    return sorted((_identity(each) for each in actor["member"]), key=str)


def _digits(value: Any) -> Any:
    """A number as it was written."""
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(type(value).__name__)


# ---------------------------------------------------------------- the form of a statement

_Test = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_uuid(value: Any) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def _is_iri(value: Any) -> bool:
    return isinstance(value, str) and _IRI.fullmatch(value) is not None


def _is_instant(value: Any) -> bool:
    if not isinstance(value, str) or _INSTANT.fullmatch(value) is None:
        return False
    try:
        return bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def _is_duration(value: Any) -> bool:
    # Only the smallest part may have a fraction (ISO 8601).
    return isinstance(value, str) and _DURATION.fullmatch(_LAST_FRACTION.sub("", value)) is not None


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_account(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    name = value.get("name")
    return _is_iri(value.get("homePage")) and isinstance(name, str) and bool(name)


def _is_reference(value: Any) -> bool:
    return isinstance(value, dict) and value.get("objectType") == "StatementRef" and _is_uuid(value.get("id"))


_IDENTIFIERS: dict[str, tuple[_Test, str]] = {
    "mbox": (lambda value: isinstance(value, str) and _MBOX.fullmatch(value) is not None, "mailto: and an address"),
    "mbox_sha1sum": (lambda value: isinstance(value, str) and _SHA1.fullmatch(value) is not None, "40 hex digits"),
    "openid": (_is_iri, "a URI"),
    "account": (_is_account, "an account with homePage (an IRI) and name"),
}
_STATEMENT: dict[str, tuple[_Test, str]] = {
    "id": (_is_uuid, "a UUID"),
    "timestamp": (_is_instant, "an RFC 3339 date-time"),
    "stored": (_is_instant, "an RFC 3339 date-time"),
    "version": (lambda value: isinstance(value, str) and _VERSIONS.fullmatch(value) is not None, "1.0.x"),
    "result": (_is_object, "an object"),
    "context": (_is_object, "an object"),
    "attachments": (lambda value: isinstance(value, list), "a list"),
}
_RESULT: dict[str, tuple[_Test, str]] = {
    "success": (_is_truth, "true or false"),
    "completion": (_is_truth, "true or false"),
    "response": (_is_text, "text"),
    "duration": (_is_duration, "an ISO 8601 duration such as PT1H30M"),
    "score": (_is_object, "an object"),
    "extensions": (_is_object, "an object"),
}
_SCORE = dict.fromkeys(("scaled", "raw", "min", "max"), (_is_number, "a number"))
_CONTEXT: dict[str, tuple[_Test, str]] = {
    "registration": (_is_uuid, "a UUID"),
    "contextActivities": (_is_object, "an object"),
    "statement": (_is_reference, "a StatementRef with the id of a statement"),
    "revision": (_is_text, "text"),
    "platform": (_is_text, "text"),
    "language": (_is_text, "text"),
    "extensions": (_is_object, "an object"),
}


def _check(statement: Any, where: str) -> None:
    """Return if a statement has the form of xAPI 1.0.3; members that nobody knows are let through.

    Raises:
        PayloadError: With the pointer of what is wrong.
    """
    if not isinstance(statement, dict):
        raise _wrong(statement, "a statement", where)
    if (null := _null_at(statement)) is not None:
        raise _wrong(None, "a value (null is for extensions only)", where + null)
    _check_parts(statement, where)
    if "authority" in statement:
        _check_actor(statement["authority"], f"{where}/authority")


def _check_parts(statement: dict[str, Any], where: str) -> None:
    """What a statement and a statement within a statement have in common."""
    for name in ("actor", "verb", "object"):
        if name not in statement:
            raise PayloadError("schema.missing", f"found no {name}, expected one", f"{where}/{name}")
    _check_members(statement, _STATEMENT, where)
    _check_actor(statement["actor"], f"{where}/actor")
    verb = statement["verb"]
    if not (isinstance(verb, dict) and _is_iri(verb.get("id"))):
        raise _wrong(verb, "a verb with an IRI as id", f"{where}/verb")
    _check_target(statement["object"], verb["id"], f"{where}/object")
    if "result" in statement:
        _check_result(statement["result"], f"{where}/result")
    if "context" in statement:
        _check_context(statement["context"], f"{where}/context")


def _check_members(holder: Mapping[str, Any], rules: Mapping[str, tuple[_Test, str]], where: str) -> None:
    for name, value in holder.items():
        rule = rules.get(name)
        if rule is not None and not rule[0](value):
            raise _wrong(value, rule[1], f"{where}/{name}")


def _check_actor(actor: Any, where: str) -> None:
    """Exactly one identifier; a group may have members instead."""
    if not isinstance(actor, dict):
        raise _wrong(actor, "an actor", where)
    kind = actor.get("objectType", "Agent")
    if kind not in ("Agent", "Group"):
        raise _wrong(kind, "Agent or Group", f"{where}/objectType")
    found = [name for name in _IDENTIFIERS if name in actor]
    if len(found) > 1 or (not found and kind == "Agent"):
        raise PayloadError("schema.type", f"found {len(found)} of {', '.join(_IDENTIFIERS)}; expected one", where)
    _check_members(actor, _IDENTIFIERS, where)
    if kind == "Group":
        _check_group(actor.get("member", ()), f"{where}/member", named=bool(found))


def _check_group(members: Any, where: str, *, named: bool) -> None:
    if not (isinstance(members, list) or (named and members == ())) or not (members or named):
        raise _wrong(members, "a list of agents, or an identifier of the group", where)
    for n, each in enumerate(members):
        if isinstance(each, dict) and each.get("objectType", "Agent") != "Agent":
            raise PayloadError("schema.type", "found a group within a group, expected agents", f"{where}/{n}")
        _check_actor(each, f"{where}/{n}")


def _check_target(target: Any, verb: str, where: str) -> None:
    if not isinstance(target, dict):
        raise _wrong(target, "an object", where)
    kind = target.get("objectType", "Activity")
    if kind == "StatementRef" or verb == _VOIDED:
        if not _is_reference(target):
            raise _wrong(target, "a StatementRef with the id of a statement", where)
    elif kind == "Activity":
        _check_activity(target, where)
    elif kind in ("Agent", "Group"):
        _check_actor(target, where)
    elif kind == "SubStatement":
        _check_sub_statement(target, where)
    else:
        raise _wrong(kind, "Activity, Agent, Group, StatementRef or SubStatement", f"{where}/objectType")


def _check_sub_statement(target: dict[str, Any], where: str) -> None:
    for name in ("id", "stored", "version", "authority"):
        if name in target:
            raise PayloadError("schema.type", f"found {name} within a SubStatement, expected none", f"{where}/{name}")
    inner = target.get("object")
    if isinstance(inner, dict) and inner.get("objectType") == "SubStatement":
        raise PayloadError("schema.type", "found a SubStatement within another, expected none", f"{where}/object")
    _check_parts(target, where)


def _check_activity(activity: Any, where: str) -> None:
    if not (isinstance(activity, dict) and _is_iri(activity.get("id"))):
        raise _wrong(activity, "an activity with an IRI as id", where)
    if activity.get("objectType", "Activity") != "Activity":
        raise _wrong(activity["objectType"], "Activity", f"{where}/objectType")
    if not _is_object(activity.get("definition", {})):
        raise _wrong(activity["definition"], "an object", f"{where}/definition")


def _check_result(result: dict[str, Any], where: str) -> None:
    _check_members(result, _RESULT, where)
    score = result.get("score")
    if score is None:
        return
    _check_members(score, _SCORE, f"{where}/score")
    if not -1 <= score.get("scaled", 0) <= 1:
        raise PayloadError("schema.range", "found a scaled score beyond -1 to 1", f"{where}/score/scaled")
    known = [score[name] for name in ("min", "raw", "max") if name in score]
    if known != sorted(known):
        raise PayloadError("schema.range", "found a score out of order, expected min <= raw <= max", f"{where}/score")


def _check_context(context: dict[str, Any], where: str) -> None:
    _check_members(context, _CONTEXT, where)
    for name in ("instructor", "team"):
        if name in context:
            _check_actor(context[name], f"{where}/{name}")
    for name, found in context.get("contextActivities", {}).items():
        # One activity may stand where a list is meant.
        for n, each in enumerate(found if isinstance(found, list) else [found]):
            _check_activity(each, f"{where}/contextActivities/{escape(name[:64])}/{n}")


def _null_at(value: dict[str, Any] | list[Any]) -> str | None:
    """The pointer of the first null outside extensions."""
    for name, each in value.items() if isinstance(value, dict) else enumerate(value):
        if each is None:
            return f"/{escape(str(name)[:64])}"
        if isinstance(each, dict | list) and name != "extensions":
            found = _null_at(each)
            if found is not None:
                return f"/{escape(str(name)[:64])}{found}"
    return None


_KINDS: dict[type, str] = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}


def _wrong(value: Any, expected: str, where: str) -> PayloadError:
    """Names what kind of value was found, never the value: it may identify a person."""
    return PayloadError("schema.type", f"found {_KINDS.get(type(value), 'a number')}, expected {expected}", where)


# ---------------------------------------------------------------- answers


def _reply(kept: Sequence[Kept], ids: tuple[str, ...], request: Request) -> Reply:
    """The ids in the order of the batch, also when all were known; 400 when the mapping refused it."""
    for what in kept:
        if what.counts.get("quarantined"):
            bad = next((each for each in what.items if each.result == "quarantined" and each.code in CODES), None)
            code, where = (bad.code, bad.where) if bad else ("meaning.batch", "")
            detail = "quarantined: nothing of this batch was applied; it is kept for a person to look at"
            content = {**PayloadError(code, detail, where).problem(), "status": 400}
            return problem(content, _headers(None))
    if request.method == "PUT":
        return Reply(204, media_type="application/json", headers=_headers(request.arrived_at))
    return _json(200, ids, at=request.arrived_at)


def _headers(at: datetime | None) -> dict[str, str]:
    """The two headers of every answer. Everything that arrived before this request could be read, were it asked."""
    through = _NOTHING_PROMISED if at is None else at.isoformat().replace("+00:00", "Z")
    return {"x-experience-api-version": VERSION, "x-experience-api-consistent-through": through}


def _json(
    status: int,
    content: Any,
    *,
    at: datetime | None = None,
    more: Mapping[str, str] | None = None,
) -> Reply:
    return Reply(status, orjson.dumps(content), "application/json", {**_headers(at), **(more or {})})


SPEC = Spec(
    title="Learning platform, xAPI 1.0.3 statements",
    settings=Settings,
    build=XapiPush,
    ports=("push",),
    auth="password",
    mapping="learning/xapi_push",
    batch="all",
    completeness="none",
    # The last one answers for resources that are not here, in the protocol's form.
    paths=(_STATEMENTS, _ABOUT, "/xapi/{rest:path}"),
    max_body=4 * 1024 * 1024,
)
