"""Documents of the register over the API: handed in as they come, listed, read. Whoever holds the token may."""

import io
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from hub.front.openapi import Question
from hub.front.questions import Handler, Problem, Refusal, routes_of
from hub.front.request import pieces_of, require_small
from hub.register.desk import FilingDesk
from hub.register.documents import Document, Documents
from hub.register.incoming import MOST_BYTES, PAPERS, Filing, Incoming
from schemas.errors import ConfigError, LicetError, PayloadError
from schemas.reading import Limits, read_json
from schemas.words import Words

OF_PERSON = "/api/v1/people/{person}/documents"
ONE, CONTENT = "/api/v1/documents/{document}", "/api/v1/documents/{document}/content"
SAID = "document"
"""The header that says what a document is, as a JSON object in ASCII: a number would be seen in an address."""
_SAID_BYTES, _SAID_LIMITS = 4096, Limits(depth=2, items=32, string=1024)
_TEXTS, _INSTANTS = ("kind", "about", "number", "file", "reason"), ("valid_from", "valid_until")
_PIECE = 1 << 16
_REFUSED = ("file.size", "document.format", "document.active", "document.locked", "document.many", "document.said")

_FILE = Question(
    OF_PERSON,
    f"File a document, its bytes as the body; header `{SAID}`: JSON of {', '.join((*_TEXTS, *_INSTANTS))}, by.",
    asks=(),
    busy=True,
    codes=(*_REFUSED, "schema.type", "schema.missing", "schema.unknown-field", "time.invalid"),
    takes="application/octet-stream",
)
_LIST = Question(OF_PERSON, "The documents of a person, with all editions; it leaves an entry.", "array", busy=True)
_ONE = Question(ONE, "What one document is; it leaves an entry.", busy=True)
_CONTENT = Question(CONTENT, "A document as it was filed; it leaves an entry.", "application/octet-stream", busy=True)
QUESTIONS = (_FILE, _LIST, _ONE, _CONTENT)

_UNKEPT = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


class RegisterRoutes:
    """Takes and gives documents."""

    def __init__(self, desk: FilingDesk, documents: Documents, refusal: Refusal, problem: Problem) -> None:
        self._desk = desk
        self._documents = documents
        self._refusal = refusal
        self._problem = problem

    def routes(self) -> list[Route]:
        """Where everything is."""
        handlers: Mapping[Question, Handler] = {
            _FILE: self._file,
            _LIST: self._list,
            _ONE: self._one,
            _CONTENT: self._content,
        }
        return routes_of(handlers, self._refusal, self._problem)

    async def _file(self, request: Request) -> Response:
        filing = _filing(request)
        require_small(request.scope, MOST_BYTES)
        incoming = await run_in_threadpool(_told, "document.said", partial(self._desk.begin, filing))
        with incoming:
            filed = await self._filed(incoming, request)
        return JSONResponse({**filed.json(), "new": filed.is_new}, headers=_UNKEPT)

    async def _filed(self, incoming: Incoming, request: Request) -> Document:
        async for piece in pieces_of(request.scope, request.receive):
            await run_in_threadpool(incoming.write, piece)
        return await run_in_threadpool(_told, "document.said", partial(self._desk.file, incoming))

    async def _list(self, request: Request) -> Response:
        asked = partial(self._documents.of_person, request.path_params["person"], "")
        found = await run_in_threadpool(_told, "http.path", asked)
        return JSONResponse([each.json() for each in found], headers=_UNKEPT)

    async def _one(self, request: Request) -> Response:
        asked = partial(self._documents.one, request.path_params["document"], "")
        found = await run_in_threadpool(_told, "http.path", asked)
        return JSONResponse(found.json(), headers=_UNKEPT)

    async def _content(self, request: Request) -> Response:
        asked = partial(self._documents.content, request.path_params["document"], "")
        found, content = await run_in_threadpool(_told, "http.path", asked)
        await run_in_threadpool(_require_whole, content)
        about = {"content-length": str(found.row.size), "content-disposition": f'attachment; filename="{found.row.id}"'}
        return StreamingResponse(_pieces(content), headers={**_UNKEPT, **about}, media_type=found.row.media)


def _told(code: str, ask: Callable[[], Any]) -> Any:
    """What is answered; what an operator would be told of a wrong word is the problem of a code."""
    try:
        return ask()
    except ConfigError as error:
        raise PayloadError(code, error.message) from error


def _filing(request: Request) -> Filing:
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise PayloadError(
            "http.media-type",
            Words("found a form, expected the bytes of the document themselves", "现为表单，应为材料文件本身的字节"),
        )
    text = request.headers.get(SAID, "")
    if not text or len(text) > _SAID_BYTES:
        raise PayloadError(
            "http.request",
            Words(f"found {len(text)} characters, expected a JSON object", f"现有 {len(text)} 个字符，应为 JSON 对象"),
            SAID,
        )
    said = read_json(text.encode("latin-1"), limits=_SAID_LIMITS)
    if not isinstance(said, dict):
        raise PayloadError("http.request", Words("found no JSON object", "不是 JSON 对象"), SAID)
    if unknown := sorted(said.keys() - {*_TEXTS, *_INSTANTS, "by"}):
        raise PayloadError(
            "schema.unknown-field",
            Words(f"found {unknown[0][:64]!r}", f"现有 {unknown[0][:64]!r}，此处没有该项"),
            f"/{unknown[0][:64]}",
        )
    texts = {name: _text(said, name) for name in _TEXTS}
    since, until = (_instant(_text(said, name), name) for name in _INSTANTS)
    by = said.get("by", [])
    if not isinstance(by, list) or not all(isinstance(each, str) for each in by):
        raise PayloadError("schema.type", Words("expected a list of names", "应为姓名列表"), "/by")
    person = request.path_params["person"]
    return Filing(person, actors=by, valid_from=since, valid_until=until, **texts)


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name, "")
    if not isinstance(value, str):
        raise PayloadError("schema.type", Words("expected a text", "应为文字"), f"/{name}")
    if not value and name in ("kind", "about"):
        raise PayloadError(
            "schema.missing",
            Words(
                f"expected {'one of ' + ', '.join(PAPERS) if name == 'kind' else 'a name'}",
                f"应为{'以下之一：' + '、'.join(PAPERS) if name == 'kind' else '姓名或名称'}",
            ),
            f"/{name}",
        )
    return value


def _instant(text: str, name: str) -> datetime | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2})", text):
        raise PayloadError(
            "time.invalid",
            Words("expected an instant with its offset (RFC 3339)", "应为带时区偏移的时刻（RFC 3339）"),
            f"/{name}",
        )
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise PayloadError(
            "time.invalid",
            Words("expected an instant with its offset (RFC 3339)", "应为带时区偏移的时刻（RFC 3339）"),
            f"/{name}",
        ) from error


def _require_whole(content: io.BufferedReader) -> None:
    """Read all of it once, before an answer begins that could not be taken back."""
    try:
        while content.read(_PIECE):
            pass
    except LicetError:
        content.close()
        raise
    content.seek(0)


def _pieces(content: io.BufferedReader) -> Iterator[bytes]:
    with content:
        while piece := content.read(_PIECE):
            yield piece
