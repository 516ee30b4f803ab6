"""Where pushes come in: a request within its limits goes to who takes it, and the answer back to who sent it."""

import asyncio
import logging
from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol

from connectors.port import Reply, Request
from hub.clock import Clock
from hub.front.proxies import Proxies
from hub.front.rates import WAIT_SECONDS, Rates
from hub.front.request import Receive, Scope, Send, read_body, request_of, require_small, send_reply
from hub.front.routes import PushRoute
from schemas.errors import LicetError, PayloadError, UnavailableError
from schemas.words import Words

log = logging.getLogger(__name__)

Standing = Literal["let in", "stranger", "refused", ""]
"""What an answer says of who asked: of one that was let in, of one that nobody has let in yet, of one whose request
was refused; nothing where the request could not be looked at."""


class Taken(NamedTuple):
    """The answer to a request, and what it says of who sent that."""

    reply: Reply
    standing: Standing = ""


class Taker(Protocol):
    """Who takes the requests of one push source; what one brought, or why it was refused, is durable once answered."""

    async def take(self, request: Request, peer: str, address: str) -> Taken:
        """The answer to a request of somebody who calls itself ``peer``."""
        ...

    async def fail(self, error: LicetError, request: Request, peer: str, address: str) -> Taken:
        """The answer to a request that cannot be taken."""
        ...

    async def refuse(self, error: LicetError, peer: str, address: str) -> Taken:
        """The answer to a request that was not looked at."""
        ...


class PushEndpoint:
    """ASGI application of one push source."""

    def __init__(
        self,
        route: PushRoute,
        taker: Taker,
        *,
        clock: Clock,
        public_url: Callable[[], str],
        rates: Rates,
        proxies: Proxies,
    ) -> None:
        self._route = route
        self._taker = taker
        self._clock = clock
        self._public_url = public_url
        self._rates = rates
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        address = self._proxies.client_of(scope)
        try:
            require_small(scope, self._route.max_body)
            body = await read_body(receive, self._route.max_body)
            if body is None:
                return
            request = request_of(scope, body, self._public_url(), self._clock.now())
        except PayloadError as error:
            reply = await self._refused(error, self._claimed(scope), address)
        else:
            reply = await self.push(request, address)
        await send_reply(send, reply, self._clock.now())

    def _claimed(self, scope: Scope) -> str:
        """Who a request is from whose body was not taken, if its head says so."""
        try:
            return self._route.adapter.peer(request_of(scope, b"", self._public_url(), self._clock.now()))
        except LicetError:
            return ""

    async def push(self, request: Request, address: str = "") -> Reply:
        """The answer to one request; everything it brought is durable when this returns."""
        try:
            return await self._served(request, address)
        except Exception as error:  # a bug: the sender comes again, and the hub goes on
            log.error("%s: a request failed by a bug", self._route.origin.connector, exc_info=error)
            return self._route.adapter.failure(error)

    async def _served(self, request: Request, address: str) -> Reply:
        try:
            peer = self._route.adapter.peer(request)
        except LicetError as error:
            return self._told(await self._taker.fail(error, request, "", address), "", address)
        if not self._rates.may_serve(address, peer):
            await asyncio.sleep(WAIT_SECONDS)  # so that one connection asks once in this time
            many = UnavailableError(
                "http.rate",
                Words(
                    "more requests a second than one peer, or address, may send",
                    "请求过于频繁，超过每个对端或地址每秒的上限",
                ),
                1.0,
            )
            return await self._refused(many, peer, address)
        return self._told(await self._taker.take(request, peer, address), peer, address)

    def _told(self, taken: Taken, peer: str, address: str) -> Reply:
        if taken.standing == "refused":
            self._rates.refused(address, peer)
        elif taken.standing:
            self._rates.answered(address, peer, let_in=taken.standing == "let in")
        return taken.reply

    async def _refused(self, error: LicetError, peer: str, address: str) -> Reply:
        return (await self._taker.refuse(error, peer, address)).reply
