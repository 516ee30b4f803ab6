"""Work is asked for, looked at and ended over the API: a scheduler starts with it what the hub also does by itself."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.front.openapi import Question
from hub.front.questions import Handler, Problem, Refusal, routes_of
from hub.front.request import read_object
from hub.jobs.desk import STATES, Job, Jobs
from schemas.errors import PayloadError
from schemas.reading import Limits
from schemas.words import Words

JOBS, JOB, RESULT = "/api/v1/jobs", "/api/v1/jobs/{job}", "/api/v1/jobs/{job}/result"
WATERMARKS = "/api/v1/watermarks"
_BODY, _ASKED = 16 << 10, Limits(items=32, string=1024)
_ID_CHARACTERS = 64
LONGEST_WAIT_SECONDS = 30
"""Below what proxies and clients wait for an answer."""
LOOK_SECONDS = 0.25
_CONTENT = ("job.kind", "schema.missing", "schema.type", "schema.range", "schema.unknown-field", "time.invalid")

_ASK = Question(
    JOBS,
    "Ask for a job under a key; the same key is one job: 202 if it begins by this, else 200.",
    asks=("kind", "key"),
    begins=True,
    busy=True,
    codes=(*_CONTENT, "ref.unknown-name", "state.id-conflict"),
)
_LIST = Question(JOBS, "The last 100 jobs, newest first.", "array", busy=True, query=("state", "before"))
_ONE = Question(
    JOB,
    "One job, at once or (`wait`, seconds) when it is over: state, progress, counts, error.",
    busy=True,
    query=("wait",),
)
_CANCEL = Question(JOB, "End a job before its next item; what it has done stays.", begins=True, ends=True, busy=True)
_RESULT = Question(RESULT, "What a job found.", busy=True)
_WATERMARKS = Question(WATERMARKS, "Until when each connector is complete.", "array", busy=True)
QUESTIONS = (_ASK, _LIST, _ONE, _CANCEL, _RESULT, _WATERMARKS)


class JobRoutes:
    """Answers for jobs, and says how far each connector is complete."""

    def __init__(
        self,
        jobs: Jobs,
        watermarks: Callable[[], list[dict[str, Any]]],
        refusal: Refusal,
        problem: Problem,
        ending: Callable[[], bool],
    ) -> None:
        self._jobs = jobs
        self._marks = watermarks
        self._refusal = refusal
        self._problem = problem
        self._ending = ending

    def routes(self) -> list[Route]:
        """Where everything is."""
        handlers: Mapping[Question, Handler] = {
            _ASK: self._ask,
            _LIST: self._listed,
            _ONE: self._one,
            _CANCEL: self._cancel,
            _RESULT: self._result,
            _WATERMARKS: self._watermarks,
        }
        return routes_of(handlers, self._refusal, self._problem)

    async def _ask(self, request: Request) -> Response:
        asked = await read_object(request.headers, request.receive, _BODY, _ASKED)
        job, begun = await run_in_threadpool(self._jobs.ask, asked)
        return JSONResponse(job.json(), 202 if begun else 200, {"location": job.place})

    async def _listed(self, request: Request) -> Response:
        state, before = request.query_params.get("state", ""), request.query_params.get("before", "")
        if state and state not in STATES:
            raise PayloadError(
                "http.request",
                Words(
                    f"found {state[:64]!r}, expected one of: {', '.join(STATES)}",
                    f"现为 {state[:64]!r}，应为下列之一：{'、'.join(STATES)}",
                ),
                "state",
            )
        found = await run_in_threadpool(self._jobs.listed, state, before[:_ID_CHARACTERS])
        return JSONResponse([each.json() for each in found])

    async def _one(self, request: Request) -> Response:
        ends = time.monotonic() + _seconds(request.query_params.get("wait", "0"))
        while True:
            job = _there(await run_in_threadpool(self._jobs.one, request.path_params["job"]))
            if job.over or self._ending() or time.monotonic() >= ends:
                return JSONResponse(job.json())
            await asyncio.sleep(min(LOOK_SECONDS, max(ends - time.monotonic(), 0.0)))

    async def _cancel(self, request: Request) -> Response:
        job = _there(await run_in_threadpool(self._jobs.cancel, request.path_params["job"]))
        return JSONResponse(job.json(), 200 if job.over else 202, {"location": job.place})

    async def _result(self, request: Request) -> Response:
        found = await run_in_threadpool(self._jobs.result, request.path_params["job"])
        if found is None:
            raise PayloadError(
                "http.path", Words("no such job, or one without a result", "没有该任务，或该任务没有结果")
            )
        return JSONResponse(found)

    async def _watermarks(self, _request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self._marks))


def _seconds(text: str) -> int:
    if not re.fullmatch("[0-9]{1,2}", text) or int(text) > LONGEST_WAIT_SECONDS:
        message = Words(
            f"found {text[:64]!r}, expected whole seconds from 0 to {LONGEST_WAIT_SECONDS}",
            f"现为 {text[:64]!r}，应为 0 至 {LONGEST_WAIT_SECONDS} 的整秒数",
        )
        raise PayloadError("http.request", message, "wait")
    return int(text)


def _there(job: Job | None) -> Job:
    if job is None:
        raise PayloadError("http.path", Words("no such job", "没有该任务"))
    return job
