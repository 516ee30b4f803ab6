"""The hub's own HTTP API and health, behind a bearer token."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from email.utils import format_datetime
from typing import Any

from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.reply import INTERNAL, PROBLEM
from hub.alarms.desk import open_alarms
from hub.audit.inspection import Progress
from hub.audit.trail import Proven
from hub.clock import Clock
from hub.front import authzen, health, job_routes, register_routes, workbench_routes
from hub.front.openapi import Question
from hub.front.problem import problem
from hub.front.proxies import Proxies
from hub.front.rates import WAIT_SECONDS, Rates
from hub.front.request import Receive, Scope, Send
from hub.front.token import Refused, Token
from hub.jobs.desk import Jobs
from hub.jobs.figures import JobFigures
from hub.register.desk import FilingDesk
from hub.register.documents import Documents
from hub.store.database import Database
from hub.views import status
from hub.views.effectiveness import Controls
from hub.views.permission import Permission
from hub.views.why import Why
from hub.workbench.desk import Desk
from hub.workbench.links import Sessions
from hub.workers import LoopStatus
from schemas.errors import ConfigError, PayloadError, UnavailableError
from schemas.words import Words


async def unavailable(_request: Request, error: Exception) -> Response:
    """503 with its problem: the store is away, or broken."""
    assert isinstance(error, UnavailableError)
    return problem(error, {"retry-after": "1"})


async def broken(_request: Request, _error: Exception) -> Response:
    """500 with its problem: a bug, which the process log tells of."""
    return JSONResponse(dict(INTERNAL), 500, media_type=PROBLEM)


_KEPT = {"cache-control": "max-age=300"}
"""How long a reader may keep the set: a new key is in it for twice that before it is used."""
_KEY_SET = "application/jwk-set+json"
PUBLIC_KEYS = "/.well-known/jwks.json"
"""Where a guard's verifier fetches the key that certificates are checked with, and peers those that they encrypt to."""
STATUS_LISTS = "/status/{purpose}/{n}"
"""Where a guard's verifier asks whether a certificate still holds: who asks for it is not told by the question."""
VC_JWT = "application/vc+jwt"
QUESTIONS = (
    Question(PUBLIC_KEYS, "The public keys of the hub: of certificates, and what peers need.", _KEY_SET, token=False),
    Question(STATUS_LISTS, "Which certificates hold no more: a signed list.", VC_JWT, token=False, busy=True),
    *health.QUESTIONS,
    Question("/metrics", "Counts for Prometheus; no person.", "text/plain", busy=True),
    Question("/api/v1/alarms", "Every alarm that is not over.", "array", busy=True),
    Question("/api/v1/connectors", "How each connector stands.", "array", busy=True),
    Question("/api/v1/effectiveness", "How well closing works at each sink.", "array", busy=True),
    Question("/api/v1/entries/{entry}", "One entry, with the proof that it stands in the signed log.", busy=True),
    Question("/api/v1/openapi.json", "What answers at this listener."),
    Question("/api/v1/people/{person}", "The standing of one person, by employee number.", busy=True),
    *authzen.QUESTIONS,
    *job_routes.QUESTIONS,
    *register_routes.QUESTIONS,
    *workbench_routes.QUESTIONS,
)


class Api:
    """Answers questions; changes nothing."""

    def __init__(
        self,
        *,
        database: Database,
        why: Why,
        adapters: Mapping[str, str],
        token: str,
        refused: Refused,
        strangers: Collector,
        proxies: Proxies,
        reasons: Callable[[], Mapping[str, str]],
        loops: Callable[[], Sequence[LoopStatus]],
        inspection: Callable[[], Progress],
        controls: Controls,
        warnings: Callable[[], Mapping[str, str]],
        messenger: str,
        described: Mapping[str, Any],
        keys: Callable[[], Mapping[str, Any]],
        permission: Permission,
        prove: Callable[[str], Proven],
        public_url: Callable[[], str],
        status_list: Callable[[str, int], str | None],
        clock: Clock,
        jobs: Jobs,
        ending: Callable[[], bool],
        workbench: tuple[Desk, Sessions],
        register: tuple[FilingDesk, Documents],
    ) -> None:
        """``described``: the OpenAPI document of the listener; ``strangers``: what the front refused, in figures.

        ``warnings``: what is wrong, by code, though work is taken; ``messenger``: the instance that sends messages.
        ``keys``: the public keys of the hub, as a set of JWK.
        """
        self._database = database
        self._why = why
        self._adapters = adapters
        asked = Token(token, proxies, refused)
        self._refusal = asked.refusal
        self._strangers = strangers
        self._health = health.Health(reasons, warnings)
        self._loops = loops
        self._inspection = inspection
        self._controls = controls
        self._messenger = messenger
        self._described = described
        self._keys = keys
        self._prove = prove
        self._status_list = status_list
        self._clock = clock
        self._job_figures = JobFigures(jobs)
        self._jobs = job_routes.JobRoutes(jobs, self._watermarks, self._refusal, problem, ending)
        self._register = register_routes.RegisterRoutes(*register, self._refusal, problem)
        self._workbench = workbench_routes.WorkbenchRoutes(*workbench, self._refusal, asked.refuse, public_url)
        self._authzen = authzen.Authzen(permission, public_url, self._refusal, problem)

    def routes(self) -> list[Route]:
        """Where everything is."""
        handlers = {
            PUBLIC_KEYS: self.public_keys,
            STATUS_LISTS: self.status_list,
            "/metrics": self.metrics,
            "/api/v1/alarms": self.alarms,
            "/api/v1/connectors": self.connectors,
            "/api/v1/effectiveness": self.effectiveness,
            "/api/v1/entries/{entry}": self.entry,
            "/api/v1/openapi.json": self.openapi,
            "/api/v1/people/{person}": self.person,
            **self._authzen.handlers(),
        }
        plain = [each for each in QUESTIONS if each.path in handlers]
        found = [Route(each.path, handlers[each.path], methods=[each.method]) for each in plain]
        return [
            *self._health.routes(),
            *found,
            *self._jobs.routes(),
            *self._register.routes(),
            *self._workbench.routes(),
        ]

    async def openapi(self, request: Request) -> Response:
        """What answers at this listener, as an OpenAPI document."""
        return self._refusal(request) or JSONResponse(dict(self._described))

    async def public_keys(self, _request: Request) -> Response:
        """The public keys of the hub: nobody needs a token for what is public."""
        found = await run_in_threadpool(self._keys)
        return JSONResponse(dict(found), headers=_KEPT, media_type=_KEY_SET)

    async def status_list(self, request: Request) -> Response:
        """A list of how certificates stand: nobody needs a token, as with a paper that is shown."""
        purpose, n = request.path_params["purpose"], request.path_params["n"]
        if not re.fullmatch("[0-9]{1,6}", n):
            raise HTTPException(404)
        found = await run_in_threadpool(self._status_list, purpose, int(n))
        if found is None:
            raise HTTPException(404)
        # Who asks compares the date with the clock that it judges by.
        date = format_datetime(self._clock.now(), usegmt=True)
        return Response(found, headers={**_KEPT, "date": date}, media_type=VC_JWT)

    async def metrics(self, request: Request) -> Response:
        """Prometheus text: counts only, no person. The scraper sends the bearer token."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        text = await run_in_threadpool(self._metrics)
        return Response(text, media_type=status.EXPOSITION)

    def _metrics(self) -> bytes:
        others = [self._controls, self._strangers, self._job_figures]
        loops, inspection = self._loops(), self._inspection()
        return status.metrics(self._database, self._adapters, loops, inspection, others, self._messenger)

    def _watermarks(self) -> list[dict[str, Any]]:
        found = status.connectors(self._database, self._adapters, self._messenger)
        return [
            {"connector": each.name, "complete_until": each.watermark and each.watermark.isoformat()} for each in found
        ]

    async def effectiveness(self, request: Request) -> Response:
        """How well closing works at each sink."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        found = await run_in_threadpool(self._controls.figures)
        return JSONResponse([each.json() for each in found])

    async def connectors(self, request: Request) -> Response:
        """How each connector stands."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        found = await run_in_threadpool(status.connectors, self._database, self._adapters, self._messenger)
        return JSONResponse([each.json() for each in found])

    async def alarms(self, request: Request) -> Response:
        """Every alarm that is not over."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        found = await run_in_threadpool(open_alarms, self._database)
        return JSONResponse([each.json() for each in found])

    async def entry(self, request: Request) -> Response:
        """One entry of the log with its proofs."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        try:
            proven = await run_in_threadpool(self._prove, request.path_params["entry"])
        except ConfigError:
            return problem(PayloadError("http.path", Words("no such entry", "没有该条目")))
        return JSONResponse(proven.json())

    async def person(self, request: Request) -> Response:
        """The standing of one person."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        view = await run_in_threadpool(self._why.person, request.path_params["person"])
        if view is None:
            return problem(PayloadError("http.path", Words("no such person", "没有该人员")))
        return JSONResponse(view.json())


class LimitedApi:
    """ASGI application before the API: an address asks so often and no more; what is refused here is told."""

    def __init__(self, routes: Sequence[Route], rates: Rates, proxies: Proxies, refused: Refused) -> None:
        handlers: dict[Any, Any] = {UnavailableError: unavailable, HTTPException: self._not_served, Exception: broken}
        self._api = Starlette(routes=routes, exception_handlers=handlers)
        self._rates = rates
        self._proxies = proxies
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        address = self._proxies.client_of(scope)
        if self._rates.may_ask(address, scope["path"]):
            await self._api(scope, receive, send)
            return
        await asyncio.sleep(WAIT_SECONDS)
        self._refused("http.rate", address)
        error = UnavailableError(
            "http.rate", Words("more requests a second than one address may send", "同一地址每秒请求过多")
        )
        await problem(error, {"retry-after": "1"})(scope, receive, send)

    async def _not_served(self, request: Request, error: Exception) -> Response:
        """404 or 405 with its problem: nothing is here, or not for this method."""
        assert isinstance(error, HTTPException)
        code = "http.method" if error.status_code == 405 else "http.path"
        self._refused(code, self._proxies.client_of(request.scope))
        return problem(
            PayloadError(
                code, Words("see docs/connectors.md for what is served where", "各路径的用途见 docs/connectors.md")
            ),
            error.headers,
        )
