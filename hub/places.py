"""Where a process listens: sockets that are bound before anything else, and what is served at each."""

import asyncio
import gc
import socket
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack, closing
from typing import Any

from hub.config.folder import HubFolder
from hub.config.settings import ListenerSettings
from hub.front.routes import Router
from hub.front.server import Front, Tls, bind, server
from hub.parts.pushing import Pushing
from schemas.errors import CallError
from schemas.words import Words


class Place:
    """A socket that is bound, and what is served there."""

    def __init__(self, settings: ListenerSettings, bound: ExitStack) -> None:
        self.settings = settings
        self.socket = bound.enter_context(closing(bind(settings.listen)))
        self.tls = Tls(settings.certificate, settings.key, settings.client_ca) if settings.certificate else None
        self.url = address(self.socket, "https" if self.tls else "http")
        self._public_url = settings.public_url.rstrip("/") or self.url

    def public_url(self) -> str:
        """The address by which those who call know it."""
        return self._public_url

    def server(self, app: Router, parts: Pushing) -> Front:
        """What serves an application there."""
        return server(
            app,
            admission=parts.admission,
            largest_body=parts.largest_body,
            refused=parts.strangers.refused,
            tls=self.tls,
        )


class Listening:
    """Servers of one hub, or front, at its places."""

    def __init__(self, places: Sequence[Place], app: Callable[[Place], Router], parts: Pushing) -> None:
        self._places = places
        self._app = app
        self._parts = parts
        self._fronts: list[Front] = []
        self._serving: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Return once all accept."""
        self._fronts = [each.server(self._app(each), self._parts) for each in self._places]
        # What a start leaves behind stays.
        gc.collect()
        gc.freeze()
        for front, place in zip(self._fronts, self._places, strict=True):
            self._serving.append(asyncio.create_task(front.serve(sockets=[place.socket.dup()])))
        while not all(each.started for each in self._fronts) and not any(each.done() for each in self._serving):
            await asyncio.sleep(0.005)

    async def until(self, ended: Coroutine[Any, Any, Any]) -> None:
        """Return once somebody says that it is over, or one of them has ended by itself."""
        await asyncio.wait([*self._serving, asyncio.create_task(ended)], return_when=asyncio.FIRST_COMPLETED)

    def end(self) -> None:
        """Take no new connection, and answer what is under way."""
        for each in self._fronts:
            each.end()

    async def join(self) -> None:
        """Return once all is answered."""
        await asyncio.gather(*self._serving)


def listeners(folder: HubFolder, listen: str | None, bound: ExitStack) -> list[Place]:
    """The listeners of a folder, or its only one at another address.

    Raises:
        CallError: An address cannot be had, or there are several listeners.
    """
    return [Place(each, bound) for each in _listeners(folder, listen)]


def _listeners(folder: HubFolder, listen: str | None) -> Sequence[ListenerSettings]:
    if listen is None:
        return list(folder.listeners.values())
    if folder.settings.listeners:
        raise CallError(
            Words(
                "--listen is for one address; this folder has [listeners.NAME], change it there",
                "--listen 只用于单一地址；本目录使用 [listeners.名称]，请在其中修改",
            )
        )
    return [each.model_copy(update={"listen": listen}) for each in folder.listeners.values()]


def address(bound: socket.socket, scheme: str = "http") -> str:
    """The URL of a listening socket."""
    host, port = bound.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
