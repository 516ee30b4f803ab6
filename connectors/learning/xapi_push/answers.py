"""The answers of the protocol: the ids of a batch, and two headers on each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from connectors.port import Kept, Reply, Request
from connectors.reply import problem, problem_of, receipt_of, wait
from schemas.errors import CODES, PayloadError, TrustError
from schemas.words import Words

VERSION = "1.0.3"
_NOTHING_PROMISED = "1970-01-01T00:00:00Z"
"""A failure does not say what can be read: an instant before everything is true of any store."""
_REFUSED = {
    "type": "urn:licet:error:refused",
    "title": "origin not proven",
    "title_zh": "来源未证实",
    "status": 401,
    "code": "refused",
}
_OWN_STATUS = frozenset({404, 405, 408, 413})


def taken(kept: Sequence[Kept], ids: tuple[str, ...], request: Request) -> Reply:
    """The ids in the order of the batch, also when all were known, and its receipt; 400 when the mapping refused it."""
    for what in kept:
        if what.counts.get("quarantined"):
            bad = next((each for each in what.items if each.result == "quarantined" and each.code in CODES), None)
            code, where = (bad.code, bad.where) if bad else ("meaning.batch", "")
            detail = Words(
                "quarantined: nothing of this batch was applied; it is kept for a person to look at",
                "已隔离：整批均未生效，已留存待人工核实",
            )
            content = {**PayloadError(code, detail, where).problem(), "status": 400}
            return problem(content, {**_headers(None), **receipt_of(kept)})
    headers = {**_headers(request.arrived_at), **receipt_of(kept)}
    if request.method == "PUT":
        return Reply(204, media_type="application/json", headers=headers)
    return Reply(200, orjson.dumps(ids), "application/json", headers)


def told(content: Any, *, at: datetime) -> Reply:
    """A plain answer."""
    return Reply(200, orjson.dumps(content), "application/json", _headers(at))


def failed(error: Exception) -> Reply:
    """The protocol's answers: 400 for all bad content, 401, 409, 413, 503; both headers on each."""
    if isinstance(error, TrustError):
        return problem(_REFUSED, {**_headers(None), "www-authenticate": 'Basic realm="xapi", charset="UTF-8"'})
    content = problem_of(error)
    status = content["status"]
    if isinstance(error, PayloadError) and status not in _OWN_STATUS:
        status = 400
    allowed = {"allow": "POST, PUT"} if status == 405 else {}
    return problem({**content, "status": status}, {**_headers(None), **wait(error), **allowed})


def _headers(at: datetime | None) -> dict[str, str]:
    """The two headers of every answer. Everything that arrived before this request could be read, were it asked."""
    through = _NOTHING_PROMISED if at is None else at.isoformat().replace("+00:00", "Z")
    return {"x-experience-api-version": VERSION, "x-experience-api-consistent-through": through}
