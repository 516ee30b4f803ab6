"""Anybody with the token may ask whether a person may do something now: OpenID AuthZEN Authorization API 1.0.

Evaluation (6), evaluations (7), search of subjects, resources and actions (8), and the metadata (9), over HTTPS and
JSON (10). What the standard does not know is ignored, as it asks for; what it demands and is missing is a 400.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.front.openapi import Question
from hub.front.request import read_object
from hub.views.permission import Answer, Named, Permission
from schemas.errors import LicetError, PayloadError
from schemas.faults import kind_of
from schemas.reading import Limits
from schemas.words import Words

METADATA = "/.well-known/authzen-configuration"
_ASKED = Limits(items=4096)
_BODY = 256 << 10
_EVALUATIONS, _PAGE, _REQUEST_ID = 100, 100, 200
"""At most in one request: questions, people of a page, characters of an id."""
_ONE = ("subject", "action", "resource")
QUESTIONS = (
    Question("/access/v1/evaluation", "May this person do this now?", asks=_ONE, busy=True),
    Question("/access/v1/evaluations", "The same of many at once.", asks=(), busy=True),
    Question("/access/v1/search/action", "What may this person do here?", asks=("subject", "resource"), busy=True),
    Question("/access/v1/search/resource", "Where may this person do this?", asks=_ONE, busy=True),
    Question("/access/v1/search/subject", "Who may do this here?", asks=_ONE, busy=True),
    Question(METADATA, "Where these questions are answered.", token=False),
)

Refusal = Callable[[Request], Response | None]
"""The answer to a request without the token; nothing with it."""
Problem = Callable[[LicetError, Mapping[str, str]], Response]


class Authzen:
    """Answers the questions of AuthZEN by what is permitted."""

    def __init__(
        self, permission: Permission, public_url: Callable[[], str], refusal: Refusal, problem: Problem
    ) -> None:
        self._permission = permission
        self._public_url = public_url
        self._refusal = refusal
        self._problem = problem

    def handlers(self) -> dict[str, Callable[[Request], Any]]:
        """What answers at each path."""
        asked = {
            "/access/v1/evaluation": self._evaluation,
            "/access/v1/evaluations": self._evaluations,
            "/access/v1/search/action": self._actions,
            "/access/v1/search/resource": self._resources,
            "/access/v1/search/subject": self._subjects,
        }
        return {METADATA: self._metadata, **{path: self._answering(answer) for path, answer in asked.items()}}

    async def _metadata(self, _request: Request) -> Response:
        base = self._public_url().rstrip("/")
        names = {f"{_place(each.path)}_endpoint": base + each.path for each in QUESTIONS if each.asks is not None}
        return JSONResponse({"policy_decision_point": base, **names})

    def _answering(self, answer: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Callable[[Request], Any]:
        async def handler(request: Request) -> Response:
            if (refusal := self._refusal(request)) is not None:
                return refusal
            named = _request_id(request)
            try:
                asked = await read_object(request.headers, request.receive, _BODY, _ASKED)
                found = await run_in_threadpool(answer, asked)
            except PayloadError as error:
                return self._problem(error, named)
            return Response(orjson.dumps(found), media_type="application/json", headers=named)

        return handler

    # --- evaluation ------------------------------------------------------------------------------------------

    def _evaluation(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._evaluated(asked).json()

    def _evaluated(self, asked: Mapping[str, Any], where: str = "") -> Answer:
        subject, resource = (_named(asked, name, where) for name in ("subject", "resource"))
        return self._permission.may(subject, _action(asked, where), resource)

    def _evaluations(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        many = _typed(asked, "evaluations", list, "", required=False)
        if not many:
            return self._evaluation(asked)
        if len(many) > _EVALUATIONS:
            raise _bad(
                Words(
                    f"found {len(many)} evaluations, expected {_EVALUATIONS} at most",
                    f"现有 {len(many)} 个查询，应不超过 {_EVALUATIONS} 个",
                ),
                "/evaluations",
            )
        stop = _stop(asked)
        defaults = {name: asked[name] for name in _ONE if name in asked}
        found: list[dict[str, Any]] = []
        for place, each in enumerate(many):
            where = f"/evaluations/{place}"
            if not isinstance(each, dict):
                raise _bad(
                    Words(f"found {kind_of(each)}, expected an object", f"现为{kind_of(each).zh}，应为 JSON 对象"),
                    where,
                )
            answer = self._evaluated({**defaults, **each}, where)
            found.append(answer.json())
            if answer.permitted is stop:
                break
        return {"evaluations": found}

    # --- search ----------------------------------------------------------------------------------------------

    def _subjects(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        kind = _member(_typed(asked, "subject", dict, ""), "type", "/subject")
        action, resource = _action(asked, ""), _named(asked, "resource", "")
        page = _typed(asked, "page", dict, "", required=False) or {}
        question = hashlib.sha256(orjson.dumps([kind, action, *resource])).hexdigest()[:16]
        limit = page.get("limit", _PAGE)
        if type(limit) is not int or limit < 0:
            raise _bad(Words("found no count of people", "没有人数"), "/page/limit")
        people, after = self._permission.who(kind, action, resource, _after(page, question), min(limit or 1, _PAGE))
        token = base64.urlsafe_b64encode(f"{question}{after}".encode()).decode() if after else ""
        return {"page": {"next_token": token, "count": len(people)}, **_entities(people)}

    def _resources(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        kind = _member(_typed(asked, "resource", dict, ""), "type", "/resource")
        return _entities(self._permission.what(_named(asked, "subject", ""), _action(asked, ""), kind))

    def _actions(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        found = self._permission.how(_named(asked, "subject", ""), _named(asked, "resource", ""))
        return {"results": [{"name": each} for each in found]}


def _request_id(request: Request) -> dict[str, str]:
    """The id of the request, which its answer bears as well (10.1.3)."""
    found = request.headers.get("x-request-id", "")
    return {"x-request-id": found} if found.isprintable() and 0 < len(found) <= _REQUEST_ID else {}


def _named(asked: Mapping[str, Any], name: str, where: str) -> Named:
    entity, place = _typed(asked, name, dict, where), f"{where}/{name}"
    _typed(entity, "properties", dict, place, required=False)
    return Named(_member(entity, "type", place), _member(entity, "id", place))


def _action(asked: Mapping[str, Any], where: str) -> str:
    return _member(_typed(asked, "action", dict, where), "name", f"{where}/action")


def _member(entity: Mapping[str, Any], name: str, where: str) -> str:
    return str(_typed(entity, name, str, where))


def _typed(asked: Mapping[str, Any], name: str, kind: type, where: str, *, required: bool = True) -> Any:
    value = asked.get(name)
    if name not in asked and not required:
        return None
    if not isinstance(value, kind):
        raise _bad(
            Words(
                f"found {kind_of(value)}, expected {_KINDS[kind]}", f"现为{kind_of(value).zh}，应为{_KINDS[kind].zh}"
            ),
            f"{where}/{name}",
        )
    return value


_KINDS: Mapping[type, Words] = {
    dict: Words("an object", "对象"),
    list: Words("a list", "列表"),
    str: Words("a text", "文字"),
}


def _stop(asked: Mapping[str, Any]) -> bool | None:
    """The answer after which no further question is asked (7.1.2); nothing: all are."""
    options = _typed(asked, "options", dict, "", required=False) or {}
    stops = {"execute_all": None, "deny_on_first_deny": False, "permit_on_first_permit": True}
    semantic = options.get("evaluations_semantic", "execute_all")
    if not isinstance(semantic, str) or semantic not in stops:
        raise _bad(
            Words(f"expected one of {', '.join(stops)}", f"应为以下之一：{'、'.join(stops)}"),
            "/options/evaluations_semantic",
        )
    return stops[semantic]


def _after(page: Mapping[str, Any], question: str) -> str:
    """Where the page before ended: only for the very question that it answered."""
    token = _typed(page, "token", str, "/page", required=False)
    if not token:
        return ""
    try:
        text = base64.urlsafe_b64decode(token.encode()).decode()
    except ValueError:
        text = ""
    if not text.startswith(question):
        raise _bad(
            Words(
                "found the token of another question, expected the next_token of the page before",
                "令牌属于另一查询，应为上一页的 next_token",
            ),
            "/page/token",
        )
    return text.removeprefix(question)


def _entities(found: list[Named]) -> dict[str, Any]:
    return {"results": [{"type": each.kind, "id": each.id} for each in found]}


def _place(path: str) -> str:
    """The name of an endpoint in the metadata (9.1.1)."""
    what = path.removeprefix("/access/v1/").replace("/", "_")
    return what if what.startswith("search") else f"access_{what}"


def _bad(message: Words, where: str) -> PayloadError:
    return PayloadError("http.request", message, where)
