"""HTTP/1.1 of one connection: uvicorn's protocol, within budgets of bytes and time (docs/decisions/0005-front.md)."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hub.front import problem
from hub.front.admission import Admission, share_of
from hub.front.exchange import EndingTransport, Exchange
from hub.front.waits import PUT_DOWN, Waits
from schemas.words import Words

HEADER_BYTES = 32 * 1024
FREE_BYTES = 16 * 1024
"""What every connection may bring before it counts to the allowance."""

Refused = Callable[[str, str], None]
"""Told of each request that is refused before any application sees it: code and address."""

_LOOKED_AT = frozenset({b"content-encoding", b"expect", b"transfer-encoding"})


class LimitedProtocol(HttpToolsProtocol):  # type: ignore[misc,no-any-unimported,unused-ignore]  # the base has no types
    """One request in flight, of bounded bytes, whose parts come in time.

    A request that comes in one piece, as nearly all do, starts no clock and holds nothing of the allowance.
    """

    def __init__(
        self, *args: Any, admission: Admission, largest_body: int, refused: Refused, waits: Waits, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._seconds = waits
        self._admission = admission
        self._most = 2 * largest_body + 2 * HEADER_BYTES  # a chunk of one byte takes six
        self._refused = refused
        self._address = ""
        self._entered = self._deaf = self._ending = False
        self._persistent = self._stopping = False
        self._in_headers = False
        self._hosts = self._bytes = self._held = 0
        self._waits = 0.0
        self._deadline: asyncio.TimerHandle | None = None
        self._exchange: Exchange | None = None
        self._raw: asyncio.Transport = None  # type: ignore[assignment]  # set once connected

    # --- the connection --------------------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        """Let it in if there is room, and start the clock of the first request."""
        super().connection_made(transport)
        self._raw = transport
        self.transport = EndingTransport(  # type: ignore[assignment]  # does what is asked of one
            transport, self._end, self._is_ending
        )
        self._address = share_of(self.client[0]) if self.client else ""
        self._entered = self._admission.enter(self._address)
        if not self._entered:
            self._refused("http.busy", self._address)
            self._deaf = self._ending = True
            transport.write(problem.problem_bytes("http.busy", problem.MANY_CONNECTIONS))
            transport.close()
            return
        self._wait(self._seconds.headers)

    def connection_lost(self, exc: Exception | None) -> None:
        """Give back what it held and stop the clock."""
        self._wait(0.0)
        self._release()
        if self._entered:
            self._entered = False
            self._admission.leave(self._address)
        self._ending = True
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Answer what is under way, then end."""
        self._persistent, self._stopping = False, True
        if self._exchange is not None and self._exchange.busy:
            self._exchange.last()
        else:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Count, parse, and start or stop the clock of what is missing."""
        self._bytes += len(data)
        if self._deaf:
            if self._bytes > 2 * self._most:
                self._abort()
            return
        if self._bytes > FREE_BYTES and not self._within(data):
            return
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # it is answered as any other request
        except httptools.HttpParserError as error:
            self._not_parsed(error)
            return
        waits = self._missing()
        if waits != self._waits:
            self._wait(waits)

    def pause_writing(self) -> None:
        """The other side fetches its answer slowly: not for ever."""
        super().pause_writing()
        if not self._ending:
            self._wait(self._seconds.write)

    def resume_writing(self) -> None:
        """It has caught up."""
        super().resume_writing()
        if not self._ending:
            self._wait(0.0)

    # --- what the parser says --------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A request begins."""
        if self._exchange is not None and not self._exchange.response_complete:
            raise problem.Pipelined
        self._in_headers = True
        self._hosts = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One field of the headers; those of a trailer section are read and dropped."""
        if not self._in_headers:
            return
        name = name.lower()
        if name == b"host":
            self._hosts += 1
        elif name in _LOOKED_AT:
            self._look_at(name, value.strip().lower())
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The headers are whole: the application begins."""
        self._in_headers = False
        version, method = self.parser.get_http_version(), self.parser.get_method().decode("ascii")
        if b"#" in self.url or (version == "1.0" and any(name == b"transfer-encoding" for name, _ in self.headers)):
            raise problem.Refusal("http.framing", problem.ODD_FRAME)
        if self._hosts != 1 and (self._hosts or version != "1.0"):
            raise problem.Refusal("http.framing", problem.hosts(self._hosts))
        if method == "CONNECT":
            raise problem.Refusal("http.method", problem.NO_PROXY)
        address = httptools.parse_url(self.url)
        path = address.path.decode("ascii")
        scope: Any = self.scope
        scope["method"], scope["http_version"] = method, version
        scope["path"], scope["raw_path"] = unquote(path) if "%" in path else path, address.path
        scope["query_string"], scope[PUT_DOWN] = address.query or b"", self._put_down
        self._persistent = version != "1.0" and self.parser.should_keep_alive() and not self._stopping
        self.cycle = self._exchange = Exchange(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=False,  # until the body is whole
            on_response=self.on_response_complete,
        )
        self._start_asgi_task(self._exchange, self.app)

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        exchange = self._exchange
        if exchange is not None and exchange.busy and exchange.add(body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()

    def on_message_complete(self) -> None:
        """The body is whole."""
        if self._exchange is not None:
            self._exchange.whole(persistent=self._persistent)

    def on_response_complete(self) -> None:
        """The answer is given: what the request held is free."""
        if self._exchange is not None and not self._exchange.more_body:
            self._bytes = 0
            self._release()
        super().on_response_complete()

    def _look_at(self, name: bytes, value: bytes) -> None:
        if name == b"expect":
            self.expect_100_continue = value == b"100-continue"
        elif value not in ((b"chunked",) if name == b"transfer-encoding" else (b"", b"identity")):
            raise problem.Refusal("http.coding", problem.coded(name.decode()))

    # --- budgets ---------------------------------------------------------------------------------------------

    def _within(self, data: bytes) -> bool:
        """Whether a connection may hold what it brought since its last request was answered; if not, it ends."""
        in_headers = self._in_headers or self._exchange is None or self._exchange.response_complete
        if in_headers and self._bytes > HEADER_BYTES and b"\r\n\r\n" not in data[: HEADER_BYTES + 4]:
            self._refuse("http.headers", problem.long_headers(HEADER_BYTES))
            return False
        more = self._bytes - FREE_BYTES - self._held
        if self._bytes > self._most:
            self._refuse("http.size", problem.MANY_BYTES)
            return False
        if not self._admission.hold(self._address, more):
            self._refuse("http.busy", problem.MUCH_ON_ITS_WAY)
            return False
        self._held += more
        return True

    def _put_down(self, count: int) -> None:
        """So many bytes of the body wait no more: the application has written them somewhere else."""
        self._bytes -= count
        self._release(keep=max(self._bytes - FREE_BYTES, 0))

    def _release(self, keep: int = 0) -> None:
        if self._held > keep:
            self._admission.release(self._address, self._held - keep)
            self._held = keep

    def _missing(self) -> float:
        """How long what has begun may take to come: headers, or a body of which there is nothing yet."""
        cycle = self._exchange
        if self._in_headers or cycle is None or cycle.response_complete:
            return self._seconds.headers
        if not cycle.more_body or cycle.body:
            return 0.0
        return self._seconds.first_body

    def _wait(self, seconds: float) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._waits = seconds
        self._deadline = self.loop.call_later(seconds, self._too_late) if seconds else None

    def _too_late(self) -> None:
        if self._bytes and not self._ending and not self.flow.write_paused:
            self._refuse("http.slow", problem.NOT_IN_TIME)
            return
        self._abandon()
        self._abort()

    # --- how it ends -----------------------------------------------------------------------------------------

    def _not_parsed(self, error: Exception) -> None:
        if isinstance(error.__context__, problem.Pipelined):  # the first is answered; the others may come again
            self._deaf = True
            self.flow.pause_reading()
            self._persistent = False
            if self._exchange is not None:
                self._exchange.last()
            self._wait(0.0)
            return
        cause = error.__context__
        refusal = cause if isinstance(cause, problem.Refusal) else problem.Refusal("http.framing", problem.NO_REQUEST)
        self._refuse(refusal.code, refusal.detail)

    def _refuse(self, code: str, detail: Words) -> None:
        """End the connection, with an answer unless one is under way."""
        self._refused(code, self._address)
        if self._exchange is None or not self._exchange.response_started or self._exchange.response_complete:
            self._raw.write(problem.problem_bytes(code, detail))
        self._abandon()
        self._deaf = True
        self._end()

    def _abandon(self) -> None:
        if self._exchange is not None and self._exchange.busy:
            self._exchange.abandon()

    def _end(self) -> None:
        """Say no more, and hear no more than the other side needs to understand that."""
        if self._ending:
            return
        cycle = self._exchange
        more = self._deaf or self._in_headers or (cycle is not None and cycle.more_body)
        self._ending = self._deaf = True
        self._unset_keepalive_if_required()
        self._release()
        if more and self._raw.can_write_eof():  # the rest is on its way: closed at once, it would undo the answer
            self._raw.write_eof()
            self.flow.resume_reading()
            self._wait(self._seconds.linger)
            return
        self._raw.close()
        self._wait(self._seconds.write if self._raw.get_write_buffer_size() else 0.0)

    def _is_ending(self) -> bool:
        return self._ending or self._raw.is_closing()

    def _abort(self) -> None:
        self._raw.abort()
