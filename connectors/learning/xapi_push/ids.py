"""The ids of a request's statements: the sender's own, or a fingerprint that a repeat has again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

import orjson

from connectors.learning.xapi_push.actors import identity
from connectors.learning.xapi_push.statement import check
from connectors.learning.xapi_push.values import plain_instant
from connectors.port import Request
from schemas.content import Content, Way
from schemas.errors import PayloadError
from schemas.reading import LIMITS, require_charset
from schemas.words import Words

_WAY = Way("json", limits=replace(LIMITS, unread=frozenset({"extensions"})))
_FINGERPRINTS = UUID("6f0a2c1e-6f1b-5c1e-9d39-3c1f0e7f6a10")


@dataclass(frozen=True, slots=True)
class Batch:
    """The ids of a request's statements in their order, its body with an id in each, and what that says."""

    ids: tuple[str, ...]
    body: bytes
    content: Content


def batch(request: Request) -> Batch:
    """The statements of a request, checked.

    Raises:
        PayloadError: One of them is not of the protocol's form.
    """
    require_charset(request.headers.get("content-type", ""), request.body)
    content = _WAY.read(request.body)
    said = content.plain()
    many = isinstance(said, list) and request.method == "POST"
    statements = said if many else [said]
    for n, each in enumerate(statements):
        check(each, f"/{n}" if many else "")
    if request.method == "PUT":
        statements = [_put(said, request.query["statementId"])]
    _require_each_id_once(statements)
    settled = [_settled(each, request.arrived_at) for each in statements]
    if any(new is not old for new, old in zip(settled, said if many else [said], strict=True)):
        said = settled if many else settled[0]
        content = Content(_WAY, orjson.dumps(said, default=_digits), said)
    return Batch(tuple(each["id"] for each in settled), content.body, content)


def _put(statement: dict[str, Any], asked: str) -> dict[str, Any]:
    """The statement under the id that the address names."""
    if "id" not in statement:
        return {**statement, "id": asked}
    if statement["id"].lower() != asked.lower():
        raise PayloadError(
            "http.request",
            Words("statementId differs from the id in the statement", "statementId 与语句中的 id 不同"),
            "query",
        )
    return statement


def _require_each_id_once(statements: Sequence[Mapping[str, Any]]) -> None:
    seen = set()
    for n, each in enumerate(statements):
        if "id" in each:
            known = each["id"].lower()
            if known in seen:
                raise PayloadError(
                    "meaning.batch",
                    Words("found one id twice, expected an id of its own for each", "有 id 重复，每项应有各自的 id"),
                    f"/{n}/id",
                )
            seen.add(known)


def _settled(statement: dict[str, Any], arrived_at: datetime) -> dict[str, Any]:
    """The statement with its id, and the id it refers to, in the one spelling that the hub keys on."""
    at = statement.get("timestamp")
    if at is not None and (plain := plain_instant(at)) != at:
        statement = {**statement, "timestamp": plain}
    if "id" not in statement:
        if at is None:
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
        identity(statement["actor"]),
        statement["verb"]["id"],
        target["id"] if target.get("objectType", "Activity") in ("Activity", "StatementRef") else target,
        statement.get("timestamp"),
        statement.get("result"),
    )
    canonical = orjson.dumps(parts, default=_digits, option=orjson.OPT_SORT_KEYS)
    return str(uuid5(_FINGERPRINTS, sha256(canonical).hexdigest()))


def _digits(value: Any) -> Any:
    """A number as it was written."""
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(type(value).__name__)
