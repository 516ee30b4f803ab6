"""Where pushes come in: prove, read, keep, and only after the commit answer.

The way of one push: ``PushEndpoint`` asks the adapter who speaks (``receive``); the writer has it read by the mapping
(``read``) and made ours (``prepare``, then ``take_in`` with all others of its commit); the adapter answers.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from connectors.port import Kept, PeerState, PushSource, Reception, Reply, Request
from hub.clock import Clock
from hub.intake.intake import Intake, Origin, Prepared
from hub.intake.peers import Peers
from hub.store.writer import Tx, Writer
from mappings import Mapping as MappingDocument
from mappings.compile import whole_fault
from schemas.errors import ConflictError, LicetError, PayloadError, TrustError
from schemas.transmission import Transmission

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGE_BODY = 64 * 1024
"""Bodies above this are read on a thread, so that one upload does not hold up the others."""
BODY_SECONDS = 30.0
REFUSALS_A_MINUTE = 60
"""Refusals of one connector that get an entry each; floods beyond are only counted."""


@dataclass(frozen=True, slots=True)
class Mount:
    """One push source as the front serves it."""

    name: str
    adapter: PushSource
    mapping: MappingDocument
    origin: Origin
    approval: bool
    max_body: int
    contact: bool


@dataclass(slots=True)
class Push:
    """What one request brought, on its way through the writer. ``state`` of the peer: only if it must be stored.

    ``revision`` is that of the peers when the request was let in.
    """

    mount: Mount
    peer: str
    revision: int
    state: PeerState | None
    transmissions: Sequence[Transmission]
    prepared: list[Prepared] | None = None


class Pushes:
    """All pushes of a commit; done together, each costs a fraction of what it costs alone."""

    def __init__(self, intake: Intake, peers: Peers) -> None:
        self._intake = intake
        self._peers = peers

    def prepare(self, push: Push) -> None:
        """Read, digest and seal what was pushed, unless that was done before."""
        if push.prepared is None:
            mount = push.mount
            push.prepared = [
                self._intake.prepare(each, mount.mapping.read(each), mount.origin) for each in push.transmissions
            ]

    def keep(self, pushes: Sequence[Push], tx: Tx) -> list[list[Kept]]:
        """Store all of it: what became of the transmissions of each push.

        Raises:
            ConflictError: One of them says an id again with other content.
            TrustError: One of them is of a peer too many, or of one that was retired meanwhile.
        """
        for push in pushes:
            if push.revision != self._peers.revision:
                self._peers.confirm(push.mount.name, push.peer, approval=push.mount.approval)
            if push.state is not None:
                self._peers.store(push.mount.name, push.peer, push.state, tx)
        kept = iter(self._intake.take_in([each for push in pushes for each in push.prepared or ()], tx))
        return [list(islice(kept, len(push.prepared or ()))) for push in pushes]

    def kept(self, push: Push) -> None:
        """The commit of a push is durable."""
        for each in push.prepared or ():
            if each.new_subjects:
                self._intake.kept(each)


class PushEndpoint:
    """ASGI application of one push source."""

    def __init__(
        self,
        mount: Mount,
        *,
        pushes: Pushes,
        intake: Intake,
        peers: Peers,
        writer: Writer,
        clock: Clock,
        public_url: Callable[[], str],
        executor: Executor,
    ) -> None:
        self._mount = mount
        self._pushes = pushes
        self._intake = intake
        self._peers = peers
        self._writer = writer
        self._clock = clock
        self._public_url = public_url
        self._executor = executor
        self._refusals = (0.0, 0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            body = await _body(receive, self._mount.max_body)
            if body is None:
                return
            reply = await self.push(self._request(scope, body))
        except PayloadError as error:
            await self._refuse(error, b"")
            reply = self._mount.adapter.failure(error)
        await send({"type": "http.response.start", "status": reply.status, "headers": _fields(reply)})
        await send({"type": "http.response.body", "body": reply.body})

    def _request(self, scope: Scope, body: bytes) -> Request:
        query = scope["query_string"].decode("latin-1")
        path = scope["raw_path"].decode("latin-1")
        return Request(
            method=scope["method"],
            path=scope["path"],
            query=_query(query),
            headers=_Headers(scope["headers"]),
            body=body,
            target=f"{self._public_url()}{path}{'?' + query if query else ''}",
            arrived_at=self._clock.now(),
        )

    async def push(self, request: Request) -> Reply:
        """The answer to one request; everything it brought is durable when this returns."""
        mount, peer = self._mount, ""
        try:
            peer, revision = mount.adapter.peer(request), self._peers.revision
            state = self._peers.state(mount.name, peer, approval=mount.approval)
            reception = mount.adapter.receive(request, state)
            return await self._keep(request, peer, reception, revision)
        except TrustError as error:
            await self._refuse(error, request.body)
            return mount.adapter.failure(error)
        except PayloadError as error:
            if error.code.startswith("http."):
                await self._refuse(error, request.body)
            else:  # proven but not of the protocol's form: its bytes are kept
                await self._quarantine(request, peer, error)
            return mount.adapter.failure(error)
        except ConflictError as error:
            await self._alarm(error)
            return mount.adapter.failure(error)
        except LicetError as error:
            return mount.adapter.failure(error)

    async def _keep(self, request: Request, peer: str, reception: Reception, revision: int) -> Reply:
        new = reception.new_state
        state = PeerState(new.status, new.memory, request.arrived_at)
        store_state = self._peers.must_store(self._mount.name, peer, state) if (peer or self._mount.contact) else False
        if reception.transmissions:
            push = Push(self._mount, peer, revision, state if store_state else None, reception.transmissions)
            if len(request.body) > LARGE_BODY:
                await asyncio.get_running_loop().run_in_executor(self._executor, self._pushes.prepare, push)
            kept: list[Kept] = await self._writer.submit_together(push)
            self._pushes.kept(push)
        else:
            kept = []
            if store_state:
                await self._writer.submit_async(lambda tx: self._peers.store(self._mount.name, peer, state, tx))
        if store_state:
            self._peers.stored(self._mount.name, peer, state, revision)
        else:
            self._peers.remember(self._mount.name, peer, state, revision)
        return reception.reply(kept)

    async def _quarantine(self, request: Request, peer: str, error: PayloadError) -> None:
        bad = Transmission(
            connector=self._mount.name,
            received_at=request.arrived_at,
            media_type=request.headers.get("content-type", "").partition(";")[0],
            body=request.body,
            peer=peer,
            path=request.path,
        )
        prepared = self._intake.prepare(bad, (whole_fault(error),), replace(self._mount.origin, batch="all"))
        await self._writer.submit_async(lambda tx: self._intake.take_in((prepared,), tx))

    async def _refuse(self, error: LicetError, body: bytes) -> None:
        now = self._clock.monotonic()
        started, refusals = self._refusals
        self._refusals = (started, refusals + 1) if now - started < 60 else (now, 1)
        quiet = self._refusals[1] > REFUSALS_A_MINUTE
        name = self._mount.name
        await self._writer.submit_async(
            lambda tx: tx.count(name, "refused") if quiet else self._intake.refused(name, error, body, tx)
        )

    async def _alarm(self, error: ConflictError) -> None:
        name = self._mount.name
        await self._writer.submit_async(lambda tx: _log_alarm(name, error, tx))


@lru_cache(maxsize=1024)
def _query(text: str) -> Mapping[str, str]:
    """The last value of each name; kept, for a device asks the same again and again."""
    if "%" in text or "+" in text:
        return MappingProxyType(dict(parse_qsl(text, keep_blank_values=True)))
    pairs = [pair.partition("=") for pair in text.split("&")] if text else []
    return MappingProxyType({name: value for name, _equals, value in pairs})


class _Headers(Mapping[str, str]):
    """Header fields by lower-case name, decoded when first asked for: most requests are never asked."""

    __slots__ = ("_fields", "_raw")

    def __init__(self, raw: Sequence[tuple[bytes, bytes]]) -> None:
        self._raw = raw
        self._fields: dict[str, str] | None = None

    def _decoded(self) -> dict[str, str]:
        if self._fields is None:
            self._fields = {name.decode("latin-1"): value.decode("latin-1") for name, value in self._raw}
        return self._fields

    def __getitem__(self, name: str) -> str:
        return self._decoded()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._decoded())

    def __len__(self) -> int:
        return len(self._decoded())


class Doors:
    """ASGI application of the whole hub: pushes go straight to their source, everything else to ``rest``."""

    def __init__(self, exact: Mapping[str, PushEndpoint], under: Mapping[str, PushEndpoint], rest: Asgi) -> None:
        self._exact = exact
        self._under = under
        self._rest = rest

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request."""
        path = scope.get("path", "")
        endpoint = self._exact.get(path) or self._under.get(path[: path.find("/", 1) + 1])
        return (endpoint or self._rest)(scope, receive, send)


def _log_alarm(name: str, error: ConflictError, tx: Tx) -> None:
    digests = [error.known.hex(), error.found.hex()]
    tx.log("alarm", connector=name, code=error.code, outcome="rejected", digests=digests)


async def _body(receive: Receive, limit: int) -> bytes | None:
    """The whole body within size and time; nothing when the client hung up.

    Raises:
        PayloadError: ``http.size`` or ``http.slow``.
    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        return _within(message.get("body", b""), limit)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _collected(message, receive, limit)
    except TimeoutError as slow:
        raise PayloadError("http.slow", f"the body was not whole after {BODY_SECONDS:.0f} s") from slow


async def _collected(message: MutableMapping[str, Any], receive: Receive, limit: int) -> bytes | None:
    parts, size = [], 0
    while message["type"] != "http.disconnect":
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit or not message.get("more_body", False):
            return _within(b"".join(parts), limit)
        message = await receive()
    return None


def _within(body: bytes, limit: int) -> bytes:
    if len(body) > limit:
        raise PayloadError("http.size", f"found more than the {limit} bytes that are taken here")
    return body


def _fields(reply: Reply) -> list[tuple[bytes, bytes]]:
    fields = [(b"content-type", reply.media_type.encode("latin-1")), (b"content-length", b"%d" % len(reply.body))]
    for name, value in reply.headers.items():
        fields.append((name.lower().encode("latin-1"), value.encode("latin-1")))
    return fields
