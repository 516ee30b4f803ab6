"""Hears that a system has news, from whoever says so: it is asked then, and nothing else follows.

Source:  webhooks that nothing proves (Credly, 1EdTech badge platforms): of those only that they came is of use.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

from connectors.port import Reply
from connectors.reply import problem, problem_of, wait
from hub.front.openapi import Question
from hub.front.proxies import Proxies
from hub.front.rates import WAIT_SECONDS, Rates
from hub.front.request import Receive, Scope, Send, read_body, require_small, send_reply
from schemas.errors import LicetError, PayloadError, UnavailableError
from schemas.words import Words

MOST_BYTES = 256 * 1024
"""Of what is said; it is read to its end, so that the connection can be used again, and dropped."""


class PingEndpoint:
    """Where it is said that one system has news. Everybody hears the same: senders of webhooks take 200 alone."""

    def __init__(
        self,
        ping: Callable[[], None],
        rates: Rates,
        proxies: Proxies,
        refused: Callable[[str, str], None],
        now: Callable[[], datetime],
    ) -> None:
        self._ping, self._rates, self._proxies = ping, rates, proxies
        self._refused, self._now = refused, now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await self._heard(scope, receive)
        except LicetError as error:
            self._refused(error.code, self._proxies.client_of(scope))
            await send_reply(send, problem(problem_of(error), wait(error)), self._now())
        else:
            self._ping()
            await send_reply(send, Reply(200), self._now())

    async def _heard(self, scope: Scope, receive: Receive) -> None:
        if not self._rates.may_ask(self._proxies.client_of(scope)):
            await asyncio.sleep(WAIT_SECONDS)
            raise UnavailableError(
                "http.rate",
                Words("more requests a second than one address may send", "请求过于频繁，超过每个地址每秒的上限"),
            )
        if scope["method"] != "POST":
            raise PayloadError(
                "http.method", Words(f"found {scope['method']}, expected POST", f"现为 {scope['method']}，应为 POST")
            )
        require_small(scope, MOST_BYTES)
        await read_body(receive, MOST_BYTES)


def question_of(name: str) -> Question:
    """How a ping is described."""
    return Question(f"/ping/{name}", f"{name} has news: it is asked. What is said is not read.", token=False, asks=())
