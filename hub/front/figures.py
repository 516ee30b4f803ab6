"""Where a partner asks for figures: who asks is proven, what is answered is on record before it leaves, and signed."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any, NamedTuple

from connectors.port import Asker, FiguresAsked, Reply, Request
from hub.audit.enclosures import Enclosures
from hub.clock import Clock, to_us
from hub.front.callers import Callers
from hub.front.proxies import Proxies
from hub.front.rates import WAIT_SECONDS, Rates
from hub.front.request import Receive, Scope, Send, read_body, request_of, require_small, send_reply
from hub.front.routes import PushRoute
from hub.intake.refusals import Refusals
from hub.store.commit import Tx
from hub.store.tables import questions
from hub.store.writer import Writer
from hub.views.figures import Figures, FiguresOf, Right
from schemas.errors import LicetError, PayloadError, RejectedError, TrustError, UnavailableError
from schemas.words import Words

_REMEMBERED = 100_000
"""Ids of questions that are known as answered: more than may come while a signature is fresh."""

KEPT = timedelta(days=1)
"""How long the ids of answered questions are kept: whatever signs a question, one that was signed some minutes ago is
refused for that alone, and so is the same one again; a day, as clocks are set."""

log = logging.getLogger(__name__)


class AskRoute(NamedTuple):
    """One system that asks, as the front serves it."""

    route: PushRoute
    adapter: Asker
    right: Right
    max_body: int


class AskEndpoint:
    """ASGI application of one system that asks."""

    def __init__(
        self,
        route: AskRoute,
        *,
        figures: FiguresOf,
        callers: Callers,
        refusals: Refusals,
        enclosures: Enclosures,
        writer: Writer,
        clock: Clock,
        public_url: Callable[[], str],
        rates: Rates,
        proxies: Proxies,
    ) -> None:
        self._adapter = route.adapter
        self._route = route
        self._name = route.route.origin.connector
        self._figures = figures
        self._callers = callers
        self._refusals = refusals
        self._enclosures = enclosures
        self._writer = writer
        self._clock = clock
        self._public_url = public_url
        self._rates = rates
        self._proxies = proxies
        self._answered: OrderedDict[str, None] = OrderedDict()

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
            reply = await self._refused(error, b"", address)
        else:
            reply = await self.ask(request, address)
        await send_reply(send, reply, self._clock.now())

    async def ask(self, request: Request, address: str = "") -> Reply:
        """The answer to one question; that it was asked, why, and what was answered is durable when this returns."""
        try:
            if not self._rates.may_serve(address, ""):
                raise UnavailableError(
                    "http.rate",
                    Words("more requests a second than one address may send", "请求过于频繁，超过每个地址每秒的上限"),
                    1.0,
                )
            asked = self._adapter.question(request, self._callers.state(self._route.route, ""))
            self._rates.answered(address, "", let_in=True)
            return await self._answer(asked)
        except LicetError as error:
            return await self._failed(error, request, address)
        except Exception as error:  # a bug: who asks comes again, and the hub goes on
            log.error("%s: a question failed by a bug", self._name, exc_info=error)
            return self._adapter.failure(error)

    async def _answer(self, asked: FiguresAsked) -> Reply:
        self._once(asked)
        try:
            return await self._on_record(asked)
        except LicetError:  # nothing was answered: who comes again may have the same id
            self._answered.pop(asked.id, None)
            raise

    async def _on_record(self, asked: FiguresAsked) -> Reply:
        try:
            found = await asyncio.to_thread(self._figures.of, asked, self._route.right)
        except RejectedError as error:
            await self._writer.submit_async(partial(self._enter_refusal, asked, error.code))
            raise
        now = self._clock.now()
        told = await asyncio.to_thread(self._adapter.answer, found.content, asked, now)
        await self._writer.submit_async(partial(self._enter, asked, found, told.said))
        return told.reply

    def _once(self, asked: FiguresAsked) -> None:
        """An id is answered once: who recorded a question on its way hears nothing by it."""
        if asked.id in self._answered:
            raise _repeated()
        self._answered[asked.id] = None
        if len(self._answered) > _REMEMBERED:
            self._answered.popitem(last=False)

    def _enter(self, asked: FiguresAsked, found: Figures, said: bytes, tx: Tx) -> None:
        """Leave the entry, and beside it that this id was answered: another process answers it no more either."""
        known = {"id": f"{self._name}?{sha256(asked.id.encode()).hexdigest()}"}
        tx.session.run(questions.forget_questions, {"before": to_us(tx.now - KEPT)})
        if tx.session.one(questions.question_answered, known) is not None:
            raise _repeated()
        entry = tx.new_id()
        answer = self._enclosures.keep(entry, "answer", said, tx)
        self._log(asked, entry, tx, person=found.person, outcome="answered", answer=answer)
        tx.session.run(questions.insert_question, {**known, "at": tx.now_us})

    def _enter_refusal(self, asked: FiguresAsked, code: str, tx: Tx) -> None:
        self._log(asked, tx.new_id(), tx, outcome="refused", code=code)

    def _log(self, asked: FiguresAsked, entry: str, tx: Tx, **members: Any) -> None:
        keep = partial(self._enclosures.keep, entry)
        auth = {"method": self._route.route.auth, "result": "verified", "key_id": asked.key_id}
        reason, question = keep("reason", asked.reason.encode(), tx), keep("payload", asked.said, tx)
        tx.log("asked", entry=entry, connector=self._name, auth=auth, reason=reason, payload=question, **members)

    async def _failed(self, error: LicetError, request: Request, address: str) -> Reply:
        """The answer to a question that is not answered, after its trace is durable."""
        if error.code == "http.rate":
            await asyncio.sleep(WAIT_SECONDS)
            return await self._refused(error, b"", address)
        if isinstance(error, TrustError | PayloadError):
            self._rates.refused(address, "")
            return await self._refused(error, request.body, address)
        return self._adapter.failure(error)

    async def _refused(self, error: LicetError, body: bytes, address: str) -> Reply:
        try:
            await self._refusals.keep(error, body, "", address)
        except LicetError as away:  # the store: nothing is answered that is not on record
            return self._adapter.failure(away)
        return self._adapter.failure(error)


def _repeated() -> PayloadError:
    said = Words("a question of this id was answered; expected a new id", "该编号的查询已答复，应使用新编号")
    return PayloadError("ask.repeated", said, "/id")
