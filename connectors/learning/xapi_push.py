"""Statements of a learning platform, pushed as xAPI 1.0.3.

Wire:    POST (one statement or a list) and PUT to ``/xapi/statements``; JSON; header X-Experience-API-Version.
Trust:   HTTP Basic over TLS, one account per platform.
Repeats: until answered exactly 200; a statement is known by its id, or by its fingerprint where it has none.
         A batch is taken whole or not at all; only 400 makes senders split it, so all bad content is a 400.
Source:  xAPI 1.0.3, Data (statement rules) and Communication (statements resource, versioning).
"""

import hmac
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid5

import orjson
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from connectors.port import Kept, PeerState, Reception, Reply, Request, Spec
from schemas.errors import ConflictError, LicetError, PayloadError, TrustError, UnavailableError
from schemas.reading import read_json
from schemas.transmission import Transmission

VERSION = "1.0.3"
_STATEMENTS, _ABOUT = "/xapi/statements", "/xapi/about"
_HEADERS = {"x-experience-api-version": VERSION}
_IDENTITIES = ("mbox", "mbox_sha1sum", "openid", "account")
_FINGERPRINTS = UUID("6f0a2c1e-6f1b-5c1e-9d39-3c1f0e7f6a10")
_DURATION = re.compile(r"P(?=.)((\d+W)|((\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?))")
_VERSIONS = re.compile(r"1\.0(\.\d+)?")


class Settings(BaseModel):
    """What an integrator sets for one learning platform."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    user: str = Field(min_length=1, description="Basic user of the platform.")
    password: SecretStr = Field(description="Basic password.")
    course_prefix: str = Field(default="", description="What stands before our course id in the platform's IRIs.")
    zone: str = Field(default="Asia/Shanghai", description="Zone of timestamps that come without an offset.")


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
        """Prove who sends, check every statement's form, hand the batch on.

        Raises:
            TrustError: User or password is missing or wrong.
            PayloadError: A header or a statement is not of the protocol's form; nothing of the batch is taken.
        """
        if request.path == _ABOUT:
            return Reception((), state, lambda _kept: _json(200, {"version": [VERSION]}))
        self._prove(request)
        if request.method not in ("POST", "PUT"):
            raise PayloadError("http.method", f"found {request.method[:16]}, expected POST or PUT of statements")
        version = request.headers.get("x-experience-api-version", "")
        if not _VERSIONS.fullmatch(version):
            raise PayloadError(
                "schema.missing", f"found {version[:16]!r}, expected X-Experience-API-Version: 1.0.x", "header"
            )
        batch = _Batch.read(request)
        statements = Transmission(
            connector=self.name,
            received_at=request.arrived_at,
            media_type="application/json",
            body=batch.body,
            form="json",
            path=_STATEMENTS,
            context=self._context,
        )
        return Reception((statements,), state, lambda kept: _reply(kept, batch, request))

    def failure(self, error: Exception) -> Reply:
        """The protocol's answers: 400 for all bad content, 401, 409, 503."""
        if isinstance(error, TrustError):
            return _json(401, {"code": "refused"}, {"www-authenticate": 'Basic realm="xapi"'})
        if isinstance(error, ConflictError):
            return _json(409, error.problem())
        if isinstance(error, UnavailableError):
            return _json(503, error.problem(), {"retry-after": str(max(1, round(error.retry_after or 1)))})
        if isinstance(error, PayloadError):
            status = 405 if error.code == "http.method" else 413 if error.code == "http.size" else 400
            return _json(status, error.problem())
        return _json(500, error.problem() if isinstance(error, LicetError) else {"code": "internal"})

    def _prove(self, request: Request) -> None:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            given = b64decode(encoded, validate=True)
        except (Base64Error, ValueError):
            given = b""
        if scheme.lower() != "basic" or not hmac.compare_digest(given, self._expected):
            raise TrustError("auth.token", "expected the Basic account that is registered for this platform")


@dataclass(frozen=True, slots=True)
class _Batch:
    """The statements of one request: their ids in order, and the body with an id in each."""

    ids: tuple[str, ...]
    body: bytes

    @classmethod
    def read(cls, request: Request) -> "_Batch":
        content = read_json(request.body)
        many = isinstance(content, list)
        statements = content if many else [content]
        if not statements:
            raise PayloadError("schema.missing", "found no statement, expected at least one", "/")
        complete = True
        for n, each in enumerate(statements):
            where = f"/{n}" if many else ""
            _check(each, where)
            complete &= _identified(each, request, where)
        ids = tuple(each["id"] for each in statements)
        if len({each.lower() for each in ids}) != len(ids):
            raise PayloadError("schema.type", "found one id twice in a batch, expected an id for each statement", "/")
        return cls(ids, request.body if complete else orjson.dumps(content, default=_number))


def _identified(statement: dict[str, Any], request: Request, where: str) -> bool:
    """Give a statement its id; whether it had one. The fingerprint is the same whenever it is sent again."""
    had = "id" in statement
    if request.method == "PUT":
        asked = request.query.get("statementId", "")
        if statement.setdefault("id", asked) != asked or not _is_uuid(asked):
            raise PayloadError("schema.type", "statementId is no UUID or not the statement's id", f"{where}/id")
        return had
    if not had:
        parts = [statement.get(name) for name in ("actor", "verb", "object", "timestamp", "result")]
        parts[1], parts[2] = statement["verb"]["id"], statement["object"].get("id")
        canonical = orjson.dumps(parts, default=_number, option=orjson.OPT_SORT_KEYS)
        statement["id"] = str(uuid5(_FINGERPRINTS, canonical.decode()))
    return had


def _check(statement: Any, where: str) -> None:
    """The statement rules of 1.0.3 that a receiver must hold.

    Raises:
        PayloadError: With the pointer of what is wrong.
    """
    _is(isinstance(statement, dict), "a statement object", where or "/")
    _no_nulls(statement, where)
    _actor(statement.get("actor"), f"{where}/actor")
    verb = statement.get("verb")
    _is(isinstance(verb, dict) and _is_iri(verb.get("id")), "a verb with an IRI as id", f"{where}/verb/id")
    _object(statement.get("object"), verb["id"], f"{where}/object")
    if "id" in statement:
        _is(_is_uuid(statement["id"]), "a UUID", f"{where}/id")
    if "timestamp" in statement:
        _is(_is_instant(statement["timestamp"]), "an RFC 3339 timestamp", f"{where}/timestamp")
    result = statement.get("result", {})
    _is(isinstance(result, dict), "a result object", f"{where}/result")
    if "duration" in result:
        duration = result["duration"]
        _is(isinstance(duration, str) and bool(_DURATION.fullmatch(duration)), "a duration", f"{where}/result/duration")
    _is(isinstance(statement.get("context", {}), dict), "a context object", f"{where}/context")


def _actor(actor: Any, where: str) -> None:
    _is(isinstance(actor, dict), "an actor", where)
    found = [name for name in _IDENTITIES if name in actor]
    if actor.get("objectType") == "Group" and not found:
        _is(isinstance(actor.get("member"), list), "members of an anonymous group", f"{where}/member")
        return
    _is(len(found) == 1, f"exactly one of {', '.join(_IDENTITIES)}", where)
    if found == ["account"]:
        account = actor["account"]
        whole = isinstance(account, dict) and all(isinstance(account.get(n), str) for n in ("homePage", "name"))
        _is(whole, "an account with homePage and name", f"{where}/account")


def _object(target: Any, verb: str, where: str) -> None:
    _is(isinstance(target, dict), "an object", where)
    kind = target.get("objectType", "Activity")
    if verb == "http://adlnet.gov/expapi/verbs/voided":
        _is(kind == "StatementRef" and _is_uuid(target.get("id")), "a StatementRef with the id of its target", where)
    elif kind == "Activity":
        _is(_is_iri(target.get("id")), "an activity with an IRI as id", f"{where}/id")


def _no_nulls(value: Any, where: str) -> None:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in items:
        if name == "extensions":
            continue
        _is(each is not None, "a value; null is for extensions only", f"{where}/{name}")
        _no_nulls(each, f"{where}/{name}")


def _is(right: bool, expected: str, where: str) -> None:
    if not right:
        raise PayloadError("schema.type", f"expected {expected}", where)


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and len(value) == 36 and bool(UUID(value))
    except ValueError:
        return False


def _is_iri(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 2048 and bool(urlsplit(value).scheme) and " " not in value


def _is_instant(value: Any) -> bool:
    try:
        return isinstance(value, str) and len(value) >= 16 and "T" in value and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)


def _reply(kept: Sequence[Kept], batch: _Batch, request: Request) -> Reply:
    """200 and the ids in the order of the batch, also when all were known; 400 when the mapping refused it."""
    [what] = kept
    if what.counts.get("quarantined"):
        bad = next((each for each in what.items if each.result == "quarantined"), None)
        code, where = (bad.code or "meaning.batch", bad.where) if bad is not None else ("meaning.batch", "")
        return _json(400, PayloadError(code, "quarantined: nothing of this batch was applied", where).problem())
    headers = {"x-experience-api-consistent-through": request.arrived_at.isoformat()}
    return Reply(204, headers={**_HEADERS, **headers}) if request.method == "PUT" else _json(200, batch.ids, headers)


def _json(status: int, content: Any, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, orjson.dumps(content), "application/json", {**_HEADERS, **(headers or {})})


SPEC = Spec(
    title="Learning platform, xAPI 1.0.3 statements",
    settings=Settings,
    build=XapiPush,
    ports=("push",),
    mapping="learning/xapi_push",
    batch="all",
    completeness="none",
    paths=(_STATEMENTS, _ABOUT),
    max_body=4 * 1024 * 1024,
)
