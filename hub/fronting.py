"""Serves pushes for the process that decides: what comes in is handed to it by the store, and its answer goes back."""

import asyncio
from collections.abc import Callable, Sequence
from functools import cached_property
from threading import Event, Thread

import uvloop

from hub.access.leases import helper
from hub.assembly import Assembly
from hub.config.instances import Instance
from hub.front.api import LimitedApi
from hub.front.handing import HandedTraces, Handing
from hub.front.health import Health, OwnFigures
from hub.front.inbox import Inbox
from hub.front.push import Taker
from hub.front.rates import Rates
from hub.front.routes import Router
from hub.front.token import Token
from hub.intake.traces import Traces
from hub.places import Listening, Place
from hub.store.passing import Passing


class FrontParts(Assembly):
    """The parts of a process that decides nothing."""

    @cached_property
    def inbox(self) -> Inbox:
        """What hands on what comes in."""
        passing, front = Passing(self.folder.master_key), helper(self._ids.token())
        inbox = Inbox(self.database, passing, front, self._ids, self.clock)
        self._closing.callback(inbox.stop)
        inbox.start()
        return inbox

    @cached_property
    def traces(self) -> Traces:
        """Where traces of what was not taken go."""
        return HandedTraces(self.inbox)

    def _taker(self, instance: Instance) -> Taker:
        return Handing(
            self._push_route(instance),
            inbox=self.inbox,
            callers=self._callers,
            caches=(self.peers, self.key_book, self.commands),
            refusals=self._refusals(instance),
            executor=self._readers(),
        )

    def pushing(self, public_url: Callable[[], str], serves: Sequence[str]) -> Router:
        """The ASGI application of one listener: pushes and health; all else is asked of who decides."""
        exact, under = self.pushes(public_url, serves)
        asked = "api" in serves or not serves
        answered = [*Health(self.inbox.reasons).routes(), *self._figures().routes()] if asked else []
        return Router(exact, under, LimitedApi(answered, Rates(), self.proxies, self.strangers.refused))

    def _figures(self) -> OwnFigures:
        """This front's own: those of the hub are told by who decides."""
        token = Token(self.folder.api_token, self.proxies, self.strangers.refused)
        return OwnFigures(token, lambda: [each.status for each in self.inbox.loops], [self.inbox, self.strangers])


class Fronting:
    """Serves at places, on a thread of its own."""

    def __init__(self, parts: FrontParts, places: Sequence[Place]) -> None:
        self._listening = Listening(places, lambda each: parts.pushing(each.public_url, each.settings.serves), parts)
        self._begun = Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = asyncio.Event()
        self._thread = Thread(target=lambda: uvloop.run(self._serve()), name="front", daemon=True)

    def start(self) -> None:
        """Accept."""
        self._thread.start()
        self._begun.wait()

    def stop(self, seconds: float) -> bool:
        """Take no more, and answer what is under way; whether it was by then."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(seconds)
        return not self._thread.is_alive()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            await self._listening.start()
        finally:
            self._begun.set()
        await self._listening.until(self._ended.wait())
        self._listening.end()
        await self._listening.join()
