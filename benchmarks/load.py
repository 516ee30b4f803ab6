"""Clients that keep a server busy: HTTP/1.1 over a fixed number of connections, each waiting for its answer.

A server may close a connection that it kept open at any moment (RFC 9112 section 9.5): what was not answered at all is
sent again over a new one. What a hub took already it answers as a repeat, so nothing counts twice.
"""

import asyncio
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlsplit

import uvloop


@dataclass(frozen=True, slots=True)
class Sent:
    """How a run went: seconds from the first byte to the last answer, and the answers that were no 200 or 202."""

    seconds: float
    refused: int


def request(path: str, body: bytes, headers: Iterable[tuple[str, str]] = ()) -> bytes:
    """The bytes of one POST."""
    lines = [f"POST {path} HTTP/1.1", "host: bench", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def send(url: str, work: Sequence[Sequence[bytes]]) -> Sent:
    """Send each list of requests over a connection of its own, all at once."""
    return uvloop.run(_send(url, work))


class Line:
    """One kept connection of a client that blocks; belongs to one thread."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        self._connection = HTTPConnection(where.hostname or "", where.port, timeout=10)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer to one POST.

        Raises:
            ConnectionError: The server closed a new connection, too, without an answer.
        """
        for _kept in range(2):
            try:
                return self._post(path, body, headers)
            except ConnectionError:  # http.client says RemoteDisconnected, which is one
                self._connection.close()
        return self._post(path, body, headers)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        self._connection.request("POST", path, body, dict(headers))
        answer = self._connection.getresponse()
        answer.read()
        return answer.status


async def _send(url: str, work: Sequence[Sequence[bytes]]) -> Sent:
    lines = [await _AsyncLine.open(url) for _ in work]
    began = time.perf_counter()
    refused = await asyncio.gather(*(_all(line, each) for line, each in zip(lines, work, strict=True)))
    seconds = time.perf_counter() - began
    for line in lines:
        line.writer.close()
    return Sent(seconds, sum(refused))


@dataclass(slots=True)
class _AsyncLine:
    url: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, url: str) -> "_AsyncLine":
        where = urlsplit(url)
        return cls(url, *await asyncio.open_connection(where.hostname, where.port))

    async def answer(self, request: bytes) -> bytes:
        """The head of the answer to one request."""
        try:
            return await self._answer(request)
        except (ConnectionError, asyncio.IncompleteReadError) as closed:
            if isinstance(closed, asyncio.IncompleteReadError) and closed.partial:
                raise
            self.writer.close()
            fresh = await self.open(self.url)
            self.reader, self.writer = fresh.reader, fresh.writer
            return await self._answer(request)

    async def _answer(self, request: bytes) -> bytes:
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        await self.reader.readexactly(int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]))
        return head


async def _all(line: _AsyncLine, requests: Sequence[bytes]) -> int:
    refused = 0
    for each in requests:
        head = await line.answer(each)
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 202")):
            refused += 1
            if refused == 1:
                print(head.decode(), file=sys.stderr)
    return refused
