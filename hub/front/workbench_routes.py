"""The page of the mapping workbench, and what it asks: behind a session of its own, or the token of the API."""

from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.front.languages import language_of
from hub.front.openapi import Question
from hub.front.problem import problem
from hub.front.request import read_object
from hub.workbench.asked import LIMITS, REQUEST_BYTES
from hub.workbench.desk import Desk
from hub.workbench.links import Sessions
from schemas.errors import LicetError, PayloadError, TrustError, UnavailableError
from schemas.reading import Limits
from schemas.words import Words

PAGE, FILES = "/workbench/", "/workbench/{file}"
_API = "/api/v1/workbench"
_DRAFT = ("document",)
_CODES = ("schema.form", "encoding.invalid", "mapping.cost")

_PAGE = Question(PAGE, "The workbench of mapping documents, for a browser.", "text/html", token=False)
_FILE = Question(FILES, "What the page of the workbench is made of.", "*/*", token=False)
_OPEN = Question(
    f"{_API}/sessions",
    "Open the workbench with the code of a link of `licet mapping page`, once.",
    asks=("code",),
    token=False,
    codes=("auth.token",),
)
_DOCUMENTS = Question(f"{_API}/documents", "Documents to begin with: those in use, of the folder, shipped ones.")
_LOOK = Question(
    f"{_API}/look",
    "What a draft of a mapping document does: findings, what it makes of a body, its golden cases, what differs.",
    asks=_DRAFT,
    busy=True,
    codes=_CODES,
)
_KEEP = Question(f"{_API}/case", "A golden case of a draft and a body.", asks=_DRAFT, busy=True, codes=_CODES)
_PROPOSE = Question(f"{_API}/proposal", "A document for a body.", asks=("record",), busy=True, codes=_CODES)
QUESTIONS = (_PAGE, _FILE, _OPEN, _DOCUMENTS, _LOOK, _KEEP, _PROPOSE)

_STATIC = Path(__file__).parent / "workbench"
_MEDIA = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_KEPT_APART = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""What a browser is told of the page: nothing of other hosts, nothing inline, in nobody's frame."""
_UNKEPT = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_OPENING = Limits(items=4, string=256)
_OTHER_SITE = Words(
    "found a request of another site, expected one of the hub's own page", "该请求来自其他站点，应由平台自身页面发出"
)

Refusal = Callable[[Request], Response | None]
"""The answer to a request without the token of the API; nothing with it."""
Refused = Callable[[Request, str], None]
"""Told of each request that is refused, with its code."""


class WorkbenchRoutes:
    """Serves the page and answers it."""

    def __init__(
        self, desk: Desk, sessions: Sessions, refusal: Refusal, refused: Refused, public_url: Callable[[], str]
    ) -> None:
        self._desk = desk
        self._sessions = sessions
        self._refusal = refusal
        self._refused = refused
        self._public_url = public_url
        self._files = {each.name: each.read_bytes() for each in _STATIC.iterdir() if each.suffix in _MEDIA}

    def routes(self) -> list[Route]:
        """Where everything is."""
        return [
            Route(PAGE.rstrip("/"), self._to_page),
            Route(PAGE, self._file),
            Route(FILES, self._file),
            Route(_OPEN.path, self._open, methods=["POST"]),
            Route(_DOCUMENTS.path, self._documents),
            Route(_LOOK.path, self._answering(self._desk.look), methods=["POST"]),
            Route(_KEEP.path, self._answering(self._desk.keep), methods=["POST"]),
            Route(_PROPOSE.path, self._answering(self._desk.propose), methods=["POST"]),
        ]

    async def _to_page(self, _request: Request) -> Response:
        # Relative: whoever stands before the hub may have put something before its paths.
        return Response(status_code=308, headers={"location": "workbench/", **_UNKEPT})

    async def _file(self, request: Request) -> Response:
        name = request.path_params.get("file", "page.html")
        content = self._files.get(name)
        if content is None:
            raise HTTPException(404)
        mark = f'"{sha256(content).hexdigest()[:32]}"'
        headers = {**_KEPT_APART, "cache-control": "no-cache", "etag": mark}
        if request.headers.get("if-none-match") == mark:
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type=_MEDIA[Path(name).suffix])

    async def _open(self, request: Request) -> Response:
        try:
            self._require_own(request)
            asked = await read_object(request.headers, request.receive, REQUEST_BYTES, _OPENING)
            opened = self._sessions.open(str(asked.get("code", "")))
        except TrustError as error:
            self._refused(request, error.code)
            return _problem(error)
        except LicetError as error:
            return _problem(error)
        return JSONResponse({"token": opened.token, "seconds": opened.seconds}, headers=_UNKEPT)

    async def _documents(self, request: Request) -> Response:
        if (refusal := self._stop(request)) is not None:
            return refusal
        return JSONResponse(await run_in_threadpool(self._desk.documents), headers=_UNKEPT)

    def _answering(
        self, work: Callable[[Mapping[str, Any]], dict[str, Any]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            if (refusal := self._stop(request)) is not None:
                return refusal
            language = language_of(request.headers.get("accept-language", ""))
            try:
                asked = await read_object(request.headers, request.receive, REQUEST_BYTES, LIMITS)
                found = await run_in_threadpool(work, {"language": language, **asked})
            except LicetError as error:
                return _problem(error)
            return JSONResponse(found, headers=_UNKEPT)

        return answer

    def _stop(self, request: Request) -> Response | None:
        """The answer to a request that is not let in; nothing to one of a session, or with the token of the API."""
        try:
            self._require_own(request)
        except PayloadError as error:
            return _problem(error)
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._sessions.holds(given):
            return None
        return self._refusal(request)

    def _require_own(self, request: Request) -> None:
        """Return unless a browser says that another site asks.

        Raises:
            PayloadError: It says so.
        """
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site is None and origin is not None:  # a browser that does not say it yet
            own = {request.headers.get("host", ""), urlsplit(self._public_url()).netloc}
            site = "same-origin" if urlsplit(origin).netloc in own else "cross-site"
        if site not in (None, "same-origin", "none"):
            raise PayloadError("http.request", _OTHER_SITE, "sec-fetch-site")


def _problem(error: LicetError) -> Response:
    """A problem document that is kept nowhere."""
    headers = dict(_UNKEPT)
    if isinstance(error, UnavailableError):
        headers["retry-after"] = str(round(error.retry_after or 1))
    return problem(error, headers)
