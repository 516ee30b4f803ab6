"""The HTTP front: uvicorn with httptools, and the limits that it leaves to us (docs/decisions/0005-front.md)."""

import asyncio
import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from schemas.errors import ConfigError

HEADER_BYTES = 32 * 1024
HEADER_SECONDS = 10.0
FIRST_BODY_SECONDS = 30.0
"""How long a body that was announced may stay away altogether; how long it may then take is for its reader to say."""
IDLE_SECONDS = 15
SHUTDOWN_SECONDS = 20

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class LimitedProtocol(HttpToolsProtocol):  # type: ignore[misc,no-any-unimported,unused-ignore]
    """Adds a limit on header bytes, and on the time until headers are whole and an announced body begins.

    A request that comes in one piece, as nearly all do, starts no clock.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._header_bytes = 0
        self._in_headers = True
        self._waits = 0.0
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start the clock of the first request."""
        super().connection_made(transport)
        self._wait(HEADER_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._wait(0.0)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to headers and refuse too much of it; start or stop the clock of what is missing."""
        if self._in_headers:
            self._header_bytes += len(data)
            if self._header_bytes > HEADER_BYTES and b"\r\n\r\n" not in data[: HEADER_BYTES + 4]:
                self._refuse(_TOO_LARGE)
                return
        super().data_received(data)
        waits = self._missing()
        if waits != self._waits:
            self._wait(waits)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_headers = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its headers are whole."""
        self._in_headers = False
        self._header_bytes = 0
        super().on_headers_complete()

    def _missing(self) -> float:
        """How long what has begun may take to come: headers, or a body of which there is nothing yet."""
        if self._in_headers:
            return HEADER_SECONDS
        cycle = self.cycle
        if cycle is None or not cycle.more_body or cycle.body or cycle.response_complete:
            return 0.0
        return FIRST_BODY_SECONDS

    def _wait(self, seconds: float) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._waits = seconds
        self._deadline = self.loop.call_later(seconds, self._refuse, b"") if seconds else None

    def _refuse(self, answer: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            if answer:
                self.transport.write(answer)
            self.transport.close()


def bind(listen: str) -> socket.socket:
    """A listening socket for ``HOST:PORT``; port 0 takes a free one.

    Raises:
        ConfigError: It is no such address, not one of this machine, or taken.
    """
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, int(port)))
    except (OSError, ValueError, OverflowError) as error:
        bound.close()
        reason = getattr(error, "strerror", None) or "no such port"
        raise ConfigError(f"cannot listen on {listen!r} ({reason}); expected a free HOST:PORT") from error
    return bound


class Front(uvicorn.Server):
    """A server that can be told to end."""

    def end(self) -> None:
        """Take no new connection, answer what is under way, then stop."""
        self.should_exit = True


def server(app: Any) -> Front:
    """A server for an ASGI application; the caller gives it sockets and runs it."""
    return Front(
        uvicorn.Config(
            app,
            http=LimitedProtocol,
            loop="uvloop",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,  # nobody in front is trusted to name the client
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            limit_concurrency=2048,
            backlog=2048,
        )
    )
