"""Clients that keep a server busy: raw HTTP/1.1 over a fixed number of connections, each waiting for its answer."""

import asyncio
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import uvloop


@dataclass(frozen=True, slots=True)
class Sent:
    """How a run went: seconds from the first byte to the last answer, and the answers that were not 200."""

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


async def _send(url: str, work: Sequence[Sequence[bytes]]) -> Sent:
    where = urlsplit(url)
    pairs = [await asyncio.open_connection(where.hostname, where.port) for _ in work]
    began = time.perf_counter()
    refused = await asyncio.gather(*(_one(pair, each) for pair, each in zip(pairs, work, strict=True)))
    seconds = time.perf_counter() - began
    for _reader, writer in pairs:
        writer.close()
    return Sent(seconds, sum(refused))


async def _one(pair: tuple[asyncio.StreamReader, asyncio.StreamWriter], requests: Sequence[bytes]) -> int:
    reader, writer = pair
    refused = 0
    for each in requests:
        writer.write(each)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200"):
            refused += 1
            if refused == 1:
                print(head.decode(), file=sys.stderr)
    return refused
