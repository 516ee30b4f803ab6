"""In which language whoever sent a request hears why it is not served: as ``Accept-Language`` asks, else English."""

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

import orjson

from connectors.reply import PROBLEM
from hub.front.request import Asgi, Receive, Scope, Send

_TEXTS = ("title", "detail")
_LONGEST = 1024
_PROBLEM = PROBLEM.encode()
_FIXED = b"content-digest"
"""What proves the bytes of an answer: they stay as they are."""


def language_of(asked: str) -> str:
    """Of Chinese and English the one that a header prefers (RFC 9110 12.5.4); English where it asks for neither."""
    weights = {"zh": 0.0, "en": 0.0}
    for each in asked[:_LONGEST].split(","):
        name, *parameters = (part.strip().lower() for part in each.split(";"))
        language = name.partition("-")[0]
        if language in weights:
            weights[language] = max(weights[language], _weight(parameters))
    return "zh" if weights["zh"] > weights["en"] else "en"


def _weight(parameters: Sequence[str]) -> float:
    given = next((each.removeprefix("q=") for each in parameters if each.startswith("q=")), "1")
    try:
        return min(max(float(given), 0.0), 1.0)
    except ValueError:
        return 0.0


def in_language(problem: Mapping[str, Any], language: str) -> dict[str, Any]:
    """A problem document in one language; its Chinese title stands beside the English one, for who reads both."""
    known = {name: value for name, value in problem.items() if name != "detail_zh"}
    if language == "zh":
        known |= {name: problem[f"{name}_zh"] for name in _TEXTS if f"{name}_zh" in problem}
    return known


class InItsLanguage:
    """ASGI application around another one: it tells problem documents in the language that each request asks for."""

    def __init__(self, app: Asgi) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        held: list[MutableMapping[str, Any]] = []

        async def tell(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start" and _is_problem(message):
                held.append(message)
            elif held:
                await _told(held.pop(), message, scope, send)
            else:
                await send(message)

        await self._app(scope, receive, tell)


async def _told(start: MutableMapping[str, Any], body: MutableMapping[str, Any], scope: Scope, send: Send) -> None:
    """Send an answer whose beginning was held back until its body, which is whole."""
    language = language_of(_header(scope["headers"], b"accept-language").decode("latin-1"))
    told = dict(body)
    if body.get("body"):
        told["body"] = orjson.dumps(in_language(orjson.loads(body["body"]), language))
    fields = [each for each in start["headers"] if each[0] != b"content-length"]
    length = len(told.get("body", b""))
    said = [
        (b"content-length", b"%d" % length),
        (b"content-language", language.encode()),
        (b"vary", b"accept-language"),
    ]
    await send({**start, "headers": [*fields, *said]})
    await send(told)


def _is_problem(start: Mapping[str, Any]) -> bool:
    fields = start["headers"]
    return _header(fields, b"content-type").startswith(_PROBLEM) and not _header(fields, _FIXED)


def _header(fields: Sequence[tuple[bytes, bytes]], name: bytes) -> bytes:
    return next((value for each, value in fields if each == name), b"")
