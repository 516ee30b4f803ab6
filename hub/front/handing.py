"""Takes what one push source brings, in a front: looks at it, and hands it to the process that decides.

Whether a sender proves itself is looked at here so that strangers fill no queue, and once more by who decides: only
that knows the state of each peer.
"""

import asyncio
from collections.abc import Awaitable
from concurrent.futures import Executor
from typing import Any

from connectors.port import Request
from hub.access.commands import Commands
from hub.errands.wire import told_failure
from hub.front.callers import Callers
from hub.front.inbox import Inbox
from hub.front.push import Taken
from hub.front.routes import PushRoute
from hub.front.taking import LARGE_BODY
from hub.intake.peers import Peers
from hub.intake.refusals import Refusals
from hub.intake.traces import Trace
from hub.keys.book import KeyBook
from schemas.errors import LicetError, TrustError

PUSH, FAIL, REFUSE, TRACE = "push", "fail", "refuse", "trace"
"""Kinds of what is handed on: a request; one that cannot be taken; one that was not looked at; the trace of others."""


class Handing:
    """Hands on what one push source brings."""

    def __init__(
        self,
        route: PushRoute,
        *,
        inbox: Inbox,
        callers: Callers,
        caches: tuple[Peers, KeyBook, Commands],
        refusals: Refusals,
        executor: Executor,
    ) -> None:
        self._route = route
        self._name = route.origin.connector
        self._inbox = inbox
        self._callers = callers
        self._caches = caches
        self._refusals = refusals
        self._executor = executor

    async def take(self, request: Request, peer: str, address: str) -> Taken:
        """The answer of who decides."""
        doubt = await self._doubt(request, peer)
        if doubt is not None and not self._refusals.count(doubt, request.body, peer, address):
            return Taken(self._route.adapter.failure(doubt), "refused")
        taken = await self._handed(PUSH, [request, peer, address], peer)
        if (doubt is not None) != (taken.standing == "refused"):  # others have written: who is believed has changed
            for cache in self._caches:
                cache.invalidate()
        return taken

    async def fail(self, error: LicetError, request: Request, peer: str, address: str) -> Taken:
        """The answer to a request that cannot be taken, once its trace is handed on, or counted with others."""
        if isinstance(error, TrustError) and not self._refusals.count(error, request.body, peer, address):
            return Taken(self._route.adapter.failure(error), "refused")
        return await self._handed(FAIL, [told_failure(error), request, peer, address], peer)

    async def refuse(self, error: LicetError, peer: str, address: str) -> Taken:
        """The answer to a request that was not looked at, once its trace is handed on, or counted with others."""
        if not self._refusals.count(error, b"", peer, address):
            return Taken(self._route.adapter.failure(error))
        return await self._handed(REFUSE, [told_failure(error), peer, address], peer)

    async def _handed(self, kind: str, question: list[Any], peer: str) -> Taken:
        try:
            reply, standing = await self._inbox.ask(self._name, kind, question, peer=peer)
        except LicetError as away:
            return Taken(self._route.adapter.failure(away))
        return Taken(reply, standing)

    async def _doubt(self, request: Request, peer: str) -> TrustError | None:
        """Why a sender does not seem to have proven itself; who decides has the last word, now and then."""
        try:
            state = self._callers.state(self._route, peer)
            if len(request.body) <= LARGE_BODY and self._route.auth != "xml":
                self._route.adapter.receive(request, state)
            else:
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(self._executor, self._route.adapter.receive, request, state)
        except TrustError as error:
            return error
        except LicetError:
            return None
        return None


class HandedTraces:
    """Traces of what a front did not take, for the process that writes the log."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def enter(self, trace: Trace) -> Awaitable[None]:
        """Hand one on; it is entered once that was awaited."""
        return self._entered(trace)

    async def _entered(self, trace: Trace) -> None:
        await self._inbox.ask("", TRACE, plain(trace))

    def leave(self, trace: Trace) -> None:
        """Hand one on, soon."""
        self._inbox.leave(TRACE, plain(trace))


def plain(trace: Trace) -> list[Any]:
    """A trace as it is handed on."""
    return [type(trace).__name__, list(trace)]
