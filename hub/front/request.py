"""From ASGI to the request that an adapter sees, within limits of size and time, and from its reply to ASGI."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, MutableMapping, Sequence
from datetime import datetime
from email.utils import formatdate
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from connectors.port import Reply, Request
from hub.front.waits import PUT_DOWN, WAITS, Waits
from schemas.errors import PayloadError
from schemas.faults import kind_of
from schemas.reading import LIMITS, Limits, read_json
from schemas.words import Words

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


def request_of(scope: Scope, body: bytes, public_url: str, arrived_at: datetime) -> Request:
    """The request of an ASGI scope, its target as the peer addressed it."""
    query = scope["query_string"].decode("latin-1")
    path = scope["raw_path"].decode("latin-1")
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=_query(query),
        headers=_Headers(scope["headers"]),
        body=body,
        target=f"{public_url}{path}{'?' + query if query else ''}",
        arrived_at=arrived_at,
    )


def require_small(scope: Scope, limit: int) -> None:
    """Return unless a body is announced that is longer than it may be: nobody need wait for it, nor send it.

    Raises:
        PayloadError: ``http.size``.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and int(value) > limit:
            raise PayloadError(
                "http.size",
                Words(
                    f"found {int(value)} bytes announced, expected {limit} at most",
                    f"报文声明为 {int(value)} 字节，应不超过 {limit}",
                ),
            )


async def read_body(receive: Receive, limit: int, waits: Waits = WAITS) -> bytes | None:
    """The whole body within size and time; nothing when the client hung up.

    Raises:
        PayloadError: ``http.size`` or ``http.slow``.
    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        return _within(message.get("body", b""), limit)
    try:
        async with asyncio.timeout(waits.body) as clock:
            return await _collected(message, receive, limit, clock, waits.body_rate)
    except TimeoutError as slow:
        raise _slow(waits) from slow


async def pieces_of(scope: Scope, receive: Receive, waits: Waits = WAITS) -> AsyncIterator[bytes]:
    """The body as it comes, within time; who takes a piece has put it down when the next one is asked for.

    Raises:
        PayloadError: ``http.slow``, or ``http.request``: the client hung up.
    """
    came, more = 0, True
    try:
        async with asyncio.timeout(waits.body) as clock:
            ends = clock.when() or 0.0
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise PayloadError("http.request", Words("the client hung up", "客户端已断开连接"))
                piece, more = message.get("body", b""), message.get("more_body", False)
                came += len(piece)
                clock.reschedule(ends + came / waits.body_rate)
                yield piece
                scope[PUT_DOWN](len(piece))
    except TimeoutError as slow:
        raise _slow(waits) from slow


async def read_object(
    headers: Mapping[str, str], receive: Receive, limit: int, limits: Limits = LIMITS
) -> Mapping[str, Any]:
    """The JSON object that is a body.

    Raises:
        PayloadError: It is none, or none within limits.
    """
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise PayloadError(
            "http.request",
            Words(f"found {media[:64]!r}, expected application/json", f"现为 {media[:64]!r}，应为 application/json"),
            "content-type",
        )
    read = read_json(await read_body(receive, limit) or b"", limits=limits)
    if not isinstance(read, dict):
        raise PayloadError(
            "http.request",
            Words(f"found {kind_of(read)}, expected an object", f"现为{kind_of(read).zh}，应为 JSON 对象"),
            "/",
        )
    return read


async def send_reply(send: Send, reply: Reply, now: datetime) -> None:
    """Answer with a reply and the time: terminals set their clocks by it."""
    fields = [(b"date", _date(int(now.timestamp()))), *_fields(reply)]
    await send({"type": "http.response.start", "status": reply.status, "headers": fields})
    await send({"type": "http.response.body", "body": reply.body})


async def _collected(
    message: MutableMapping[str, Any], receive: Receive, limit: int, clock: asyncio.Timeout, rate: int
) -> bytes | None:
    body, ends = bytearray(), clock.when() or 0.0
    while message["type"] != "http.disconnect":
        body += message.get("body", b"")
        if len(body) > limit or not message.get("more_body", False):
            return _within(bytes(body), limit)
        clock.reschedule(ends + len(body) / rate)
        message = await receive()
    return None


def _slow(waits: Waits) -> PayloadError:
    words = Words(
        f"the body came slower than {waits.body_rate} bytes a second, after {waits.body:.0f} s",
        f"{waits.body:.0f} 秒后报文的到达速度仍低于每秒 {waits.body_rate} 字节",
    )
    return PayloadError("http.slow", words)


def _within(body: bytes, limit: int) -> bytes:
    if len(body) > limit:
        raise PayloadError(
            "http.size",
            Words(f"found more than the {limit} bytes that are taken here", f"报文超过可接受的 {limit} 字节"),
        )
    return body


@lru_cache(maxsize=4)
def _date(seconds: int) -> bytes:
    return formatdate(seconds, usegmt=True).encode()


def _fields(reply: Reply) -> list[tuple[bytes, bytes]]:
    fields = [(b"content-type", reply.media_type.encode("latin-1")), (b"content-length", b"%d" % len(reply.body))]
    for name, value in reply.headers.items():
        fields.append((name.lower().encode("latin-1"), value.encode("latin-1")))
    return fields


@lru_cache(maxsize=1024)
def _query(text: str) -> Mapping[str, str]:
    """Each name once; kept, for a device asks the same again and again."""
    if "%" in text or "+" in text:
        pairs = parse_qsl(text, keep_blank_values=True)
    else:
        pairs = [(name, value) for name, _, value in (pair.partition("=") for pair in text.split("&"))] if text else []
    query = dict(pairs)
    if len(query) < len(pairs):
        raise PayloadError(
            "http.request",
            Words("found a parameter twice, expected each once", "有参数重复，每个应只出现一次"),
            "query",
        )
    return MappingProxyType(query)


_ONE = frozenset({"authorization", "content-type", "date", "idempotency-key", "x-experience-api-version"})
"""Fields of which one is meant; lines of any other are one list (RFC 9110, 5.3), as of two signatures on the way."""


def _joined(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in ((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw):
        if name in _ONE and name in fields:
            raise PayloadError(
                "http.request", Words(f"found {name} twice, expected one", f"{name} 出现两次，应为一次"), "header"
            )
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


class _Headers(Mapping[str, str]):
    """Header fields by lower-case name, decoded when first asked for: most requests are never asked."""

    __slots__ = ("_fields", "_raw")

    def __init__(self, raw: Sequence[tuple[bytes, bytes]]) -> None:
        self._raw = raw
        self._fields: dict[str, str] | None = None

    def _decoded(self) -> dict[str, str]:
        if self._fields is None:
            fields = {name.decode("latin-1"): value.decode("latin-1") for name, value in self._raw}
            self._fields = fields if len(fields) == len(self._raw) else _joined(self._raw)
        return self._fields

    def __getitem__(self, name: str) -> str:
        return self._decoded()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._decoded())

    def __len__(self) -> int:
        return len(self._decoded())
