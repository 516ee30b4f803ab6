"""Whether a process lives, and whether it takes work: asked by supervisors and by what stands before it."""

from collections.abc import Callable, Mapping, Sequence

from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.front.openapi import Question
from hub.front.token import Token
from hub.views import status
from hub.workers import LoopStatus

QUESTIONS = (
    Question("/healthz", "Does the process live?", token=False),
    Question("/readyz", "Does the hub take work, and if not, why?", token=False, busy=True),
)


class Health:
    """``reasons``: why no work is taken, by code; ``warnings``: what is wrong, by code, though work is taken."""

    def __init__(
        self, reasons: Callable[[], Mapping[str, str]], warnings: Callable[[], Mapping[str, str]] = dict
    ) -> None:
        self._reasons = reasons
        self._warnings = warnings

    def routes(self) -> list[Route]:
        """Where it is asked."""
        handlers = (self.healthz, self.readyz)
        return [Route(each.path, handler, methods=["GET"]) for each, handler in zip(QUESTIONS, handlers, strict=True)]

    async def healthz(self, _request: Request) -> Response:
        """The process lives."""
        return JSONResponse({"status": "ok"})

    async def readyz(self, _request: Request) -> Response:
        """It takes work: every loop turns, and a commit has just been made. If not: why, by code."""
        reasons = await run_in_threadpool(self._reasons)
        if not reasons:
            warnings = self._warnings()
            return JSONResponse({"status": "ready", **({"warnings": dict(warnings)} if warnings else {})})
        return JSONResponse({"status": "not ready", "reasons": dict(reasons)}, 503, {"retry-after": "1"})


class OwnFigures:
    """How the loops of a process do, and what ``others`` count, for who shows the token."""

    def __init__(self, token: Token, loops: Callable[[], Sequence[LoopStatus]], others: Sequence[Collector]) -> None:
        self._token = token
        self._loops = loops
        self._others = others

    def routes(self) -> list[Route]:
        """Where they are asked for."""
        return [Route("/metrics", self.metrics, methods=["GET"])]

    async def metrics(self, request: Request) -> Response:
        """Prometheus text: counts only."""
        if (refusal := self._token.refusal(request)) is not None:
            return refusal
        return Response(status.exposed(self._loops(), self._others), media_type=status.EXPOSITION)
