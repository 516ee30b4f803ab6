"""The OpenAPI text of what answers at a listener: made of its questions and push sources, so it names no other."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.port import AuthMethod, Spec
from schemas.errors import CODES, status_of

_FRONT = ("framing", "coding", "slow", "headers", "busy", "rate", "size")
"""What any request may be refused for, before anybody looks at it."""
_PROVEN: dict[AuthMethod, str] = {
    "http-signature": "An HTTP message signature (RFC 9421) with a registered key.",
    "password": "HTTP Basic, one account of its own.",
    "sealed": "The message itself: signed (JWS) and encrypted to the hub (JWE), both by registered keys.",
    "serial": "The serial of a terminal that an operator approved, and its communication key where one is set.",
    "token": "A bearer token.",
    "webhook": "A signature by Standard Webhooks, with a registered key or a secret of both sides.",
    "xml": "The message itself: an XML signature in it, and encrypted to the hub (XML-Enc), both by registered keys.",
}
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the hub's own API.

    ``kind``: the JSON type of its answer, or a media type of its own: text, or a JSON object. ``token``: it needs
    the bearer token. ``busy``: it may be answered with 503 and why. ``asks``: it is a POST of a JSON object that has
    these members. ``begins``: what it asks for may go on after the answer, 202. ``ends``: it is a DELETE. ``codes``:
    what else it may be refused for. ``takes``: the media type of what is sent. ``query``: parameters that it takes.
    """

    path: str
    summary: str
    kind: str = "object"
    token: bool = True
    busy: bool = False
    asks: tuple[str, ...] | None = None
    begins: bool = False
    ends: bool = False
    codes: tuple[str, ...] = ()
    takes: str = "application/json"
    query: tuple[str, ...] = ()

    @property
    def method(self) -> str:
        """How it is asked."""
        return "delete" if self.ends else "get" if self.asks is None else "post"

    @property
    def named(self) -> str:
        """What tells it from another question at its path."""
        return "-delete" if self.ends else "-post" if self.begins or self.takes != "application/json" else ""


def document(questions: Sequence[Question], pushes: Mapping[str, Spec], *, version: str) -> dict[str, Any]:
    """An OpenAPI 3.1 document. ``pushes``: the push sources by instance."""
    paths: dict[str, Any] = {}
    for each in questions:
        paths.setdefault(each.path, {})[each.method] = _asked(each)
    for instance, spec in sorted(pushes.items()):
        for path in spec.paths or (f"/in/{instance}",):
            paths[_plain(path)] = {method.lower(): _pushed(instance, spec, path, method) for method in spec.methods}
    return {
        "openapi": "3.1.0",
        "info": {"title": "licet", "version": version},
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Problem": _problem()},
        },
    }


def _asked(question: Question) -> dict[str, Any]:
    plain = "/" in question.kind and not question.kind.endswith("json")
    media = question.kind if "/" in question.kind else "application/json"
    kind = "string" if plain else "object" if "/" in question.kind else question.kind
    answers = {"200": _answer("The answer.", {media: {"schema": {"type": kind}}})}
    if question.begins:
        answers["202"] = _answer("It is durable, and goes on.", {media: {"schema": {"type": kind}}})
    codes = [*_FRONT, *(("path",) if "{" in question.path else ()), *(() if question.asks is None else ("request",))]
    refused = (*(f"http.{each}" for each in codes), *(("auth.token",) if question.token else ()), *question.codes)
    answers |= _refusals(*refused)
    if question.busy:
        answers["503"] = _answer("Not now, and why.", {"application/json": {"schema": {"type": "object"}}, **_PROBLEM})
    return {
        "operationId": re.sub(r"[^a-z0-9]+", "-", f"{question.path}{question.named}").strip("-"),
        "summary": question.summary,
        "parameters": [*_parameters(question.path), *map(_query, question.query)],
        **({} if question.asks is None else {"requestBody": _body(question)}),
        "responses": answers,
        "security": [{"token": []}] if question.token else [],
    }


def _body(question: Question) -> dict[str, Any]:
    members: Sequence[str] = question.asks or ()
    of_json = {"type": "object", **({"required": list(members)} if members else {})}
    schema = of_json if question.takes == "application/json" else {}
    return {"required": True, "content": {question.takes: {"schema": schema}}}


def _pushed(instance: str, spec: Spec, path: str, method: str) -> dict[str, Any]:
    content: dict[str, Any] = {media: {"schema": {}} for media in spec.media}
    body = {} if method == "GET" else {"requestBody": {"content": content, "description": _most(spec.max_body)}}
    return {
        "operationId": re.sub(r"[^a-zA-Z0-9]+", "-", f"{instance}{path}-{method.lower()}"),
        "summary": spec.title,
        "description": _PROVEN[spec.auth],
        "tags": [instance],
        "parameters": _parameters(path),
        **body,
        "responses": {
            "2XX": {"description": "Everything that it brought is durable."},
            "4XX": {"description": "Not taken, and why, in the words of the protocol."},
            "503": {"description": "Not taken; come again."},
        },
        "security": [],
    }


def _most(size: int) -> str:
    return f"At most {size >> 10} KiB, not coded."


def _plain(path: str) -> str:
    return re.sub(r":\w+}", "}", path)


def _parameters(path: str) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)", path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}


def _refusals(*codes: str) -> dict[str, Any]:
    by_status: dict[str, list[str]] = {}
    for code in codes:
        by_status.setdefault(str(status_of(code)), []).append(code)
    return {status: _answer(", ".join(sorted(found)), _PROBLEM) for status, found in sorted(by_status.items())}


def _answer(description: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": dict(content)}


def _problem() -> dict[str, Any]:
    """RFC 9457, with a stable code (docs/errors.md)."""
    texts: Iterable[str] = ("type", "title", "title_zh", "detail", "where")  # title and detail: as Accept-Language asks
    codes = sorted({*CODES, "internal"})
    return {
        "type": "object",
        "required": ["type", "title", "status", "code"],
        "properties": {
            **{name: {"type": "string"} for name in texts},
            "status": {"type": "integer"},
            "code": {"type": "string", "enum": codes},
        },
    }
