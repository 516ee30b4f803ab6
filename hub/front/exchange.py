"""One request and its answer on a connection, and a transport that ends only when the other side could hear why."""

import asyncio
from collections.abc import Callable

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


class Exchange(RequestResponseCycle):  # type: ignore[misc,no-any-unimported,unused-ignore]  # the base has no types
    """One request and its answer: an answer that is given before the body is whole ends the connection."""

    @property
    def busy(self) -> bool:
        """Whether its answer is not given yet."""
        return not self.response_complete and not self.disconnected

    def add(self, part: bytes) -> int:
        """Take a part of the body; how many bytes wait for the application now."""
        self.body += part
        self.message_event.set()
        return len(self.body)

    def whole(self, *, persistent: bool) -> None:
        """The body is whole: the connection may be kept, unless the answer has said otherwise already."""
        self.more_body = False
        if not self.response_started:
            self.keep_alive = persistent
        self.message_event.set()

    def last(self) -> None:
        """No request follows on this connection."""
        self.keep_alive = False

    def abandon(self) -> None:
        """Nobody waits for an answer any more."""
        self.disconnected = True
        self.message_event.set()


class EndingTransport:
    """A transport whose protocol says how it ends and whether it does; it writes as uvloop's does."""

    __slots__ = ("close", "is_closing", "write")

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None], is_closing: Callable[[], bool]) -> None:
        self.write = transport.write
        self.close = close
        self.is_closing = is_closing
