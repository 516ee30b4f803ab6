"""The hub's own HTTP API and health, behind a bearer token."""

import hmac
from collections.abc import Callable, Mapping, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.audit.inspection import Progress
from hub.store.database import Database
from hub.views import status
from hub.views.why import Why
from hub.workers import LoopStatus
from schemas.errors import TrustError, UnavailableError


async def unavailable(_request: Request, error: Exception) -> Response:
    """503 with its problem: the store is away, or broken."""
    assert isinstance(error, UnavailableError)
    return JSONResponse(error.problem(), 503, {"retry-after": "1"}, media_type="application/problem+json")


class Api:
    """Answers questions; changes nothing."""

    def __init__(
        self,
        *,
        database: Database,
        why: Why,
        adapters: Mapping[str, str],
        token: str,
        reasons: Callable[[], Mapping[str, str]],
        loops: Callable[[], Sequence[LoopStatus]],
        inspection: Callable[[], Progress],
    ) -> None:
        self._database = database
        self._why = why
        self._adapters = adapters
        self._token = token.encode()
        self._reasons = reasons
        self._loops = loops
        self._inspection = inspection

    def routes(self) -> list[Route]:
        """Where everything is."""
        return [
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
            Route("/metrics", self.metrics),
            Route("/api/v1/connectors", self.connectors),
            Route("/api/v1/people/{person}", self.person),
        ]

    async def healthz(self, _request: Request) -> Response:
        """The process lives."""
        return JSONResponse({"status": "ok"})

    async def readyz(self, _request: Request) -> Response:
        """The hub takes work: every loop turns, and a commit has just been made. If not: why, by code."""
        reasons = await run_in_threadpool(self._reasons)
        if not reasons:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "not ready", "reasons": dict(reasons)}, 503, {"retry-after": "1"})

    async def metrics(self, request: Request) -> Response:
        """Prometheus text: counts only, no person. The scraper sends the bearer token."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        text = await run_in_threadpool(self._metrics)
        return Response(text, media_type="text/plain; version=0.0.4")

    def _metrics(self) -> bytes:
        return status.metrics(self._database, self._adapters, self._loops(), self._inspection())

    async def connectors(self, request: Request) -> Response:
        """How each connector stands."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        found = await run_in_threadpool(status.connectors, self._database, self._adapters)
        return JSONResponse([each.json() for each in found])

    async def person(self, request: Request) -> Response:
        """The standing of one person."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        view = await run_in_threadpool(self._why.person, request.path_params["person"])
        if view is None:
            return JSONResponse({"status": 404, "code": "http.path", "title": "no such person"}, 404)
        return JSONResponse(view.json())

    def _refusal(self, request: Request) -> Response | None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), self._token):
            return None
        error = TrustError("auth.token", "expected Authorization: Bearer with the token of keys/api.token")
        return JSONResponse(error.problem(), 401, {"www-authenticate": "Bearer"})
