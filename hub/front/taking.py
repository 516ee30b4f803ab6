"""What becomes of a push: prove, read, keep, and only after the commit answer.

``Taking`` asks the adapter who speaks (``receive``), the writer has ``PushBatch`` keep it, the adapter answers.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from connectors.port import Command, Kept, PeerState, Reception, Reply, Request
from hub.access.commands import Commands, Exchange
from hub.clock import Clock
from hub.front.callers import Callers
from hub.front.push import Taken
from hub.front.routes import PushRoute
from hub.intake.batch import Arrival, Push, PushBatch
from hub.intake.peers import Peers
from hub.intake.proof import SenderProof, sender_proof
from hub.intake.refusals import Refusals
from hub.intake.slices import joined
from hub.store.commit import Tx
from hub.store.writer import Writer
from schemas.errors import ConflictError, LicetError, PayloadError, TrustError
from schemas.transmission import Transmission

T = TypeVar("T")

LARGE_BODY = 16 * 1024
"""Bodies above this, and encrypted XML, are read on a thread, and lines kept in slices: no upload holds up others."""
QUICK = frozenset({"serial"})
"""How peers prove themselves whose requests the writer's thread looks at: a signature takes longer than all else."""


class Taking:
    """Takes what one push source brings, in the process that decides."""

    def __init__(
        self,
        route: PushRoute,
        *,
        batch: PushBatch,
        peers: Peers,
        callers: Callers,
        commands: Commands,
        refusals: Refusals,
        writer: Writer,
        clock: Clock,
        disbelieved: Callable[[], datetime | None],
        executor: Executor,
    ) -> None:
        self._route = route
        self._name = route.origin.connector
        self._quick = route.auth in QUICK
        self._batch = batch
        self._peers = peers
        self._callers = callers
        self._commands = commands
        self._refusals = refusals
        self._writer = writer
        self._clock = clock
        self._disbelieved = disbelieved
        self._executor = executor

    async def take(self, request: Request, peer: str, address: str) -> Taken:
        """The answer to one request; everything it brought is durable when this returns."""
        try:
            return await self._by_either_clock(request, peer, address)
        except LicetError as error:
            return await self.fail(error, request, peer, address)

    def slow(self, request: Request) -> bool:
        """Whether a request takes so long that others of its sender must wait for it, to stay in their order."""
        return len(request.body) > LARGE_BODY or self._route.auth == "xml"

    async def _by_either_clock(self, request: Request, peer: str, address: str) -> Taken:
        """Serve; while the machine's clock is not believed, what is fresh by either one is fresh.

        Nobody knows which is right, and what an issuer says closes at once.
        """
        try:
            return await self._serve(request, peer, address)
        except TrustError:
            machine = self._disbelieved()
            if machine is None:
                raise
            return await self._serve(request._replace(arrived_at=machine), peer, address)

    async def _serve(self, request: Request, peer: str, address: str) -> Taken:
        revision = self._peers.revision
        state = self._callers.state(self._route, peer)
        reply = await self._answer(request._replace(address=address), peer, state, revision)
        return Taken(reply, "let in" if state.status == "approved" else "stranger")

    async def _answer(self, request: Request, peer: str, state: PeerState, revision: int) -> Reply:
        if self._quick and state.status == "approved" and 0 < len(request.body) <= LARGE_BODY:
            return await self._take(request, peer, state, revision)
        reception = await self._receive(request, state)
        reply = await self._keep(request, peer, reception, revision)
        if reception.refusal is not None:
            raise reception.refusal
        return reply

    async def _take(self, request: Request, peer: str, state: PeerState, revision: int) -> Reply:
        """The answer to a request that the writer's thread looks at, with all others of its commit."""
        arrival = Arrival(partial(self._look, request, peer, state, revision))
        kept = await self._writer.submit_push(arrival)
        push, reception = arrival.found()
        self._batch.committed(push)
        handed: Sequence[Command] = ()
        if reception.results or reception.asks or reception.fetches:
            handed = await self._exchange(peer, None, reception, ())
        self._remember(request, peer, reception, revision, push.state)
        return reception.reply(kept, handed)

    def _look(self, request: Request, peer: str, state: PeerState, revision: int) -> tuple[Push, Reception]:
        reception = self._route.adapter.receive(request, state)
        proof = sender_proof(request, self._route.auth, reception.key_id, reception.proof)
        stored = self._to_store(request, peer, reception)
        push = self._push(peer, revision, stored, reception.transmissions, proof, reception.alarms)
        return push, reception

    async def fail(self, error: LicetError, request: Request, peer: str, address: str) -> Taken:
        """The answer to a request that is not taken, after its trace is durable."""
        if request.body and not isinstance(error, TrustError | PayloadError):
            self._peers.refused(self._name, peer, request.arrived_at)
        try:
            if isinstance(error, PayloadError) and not error.code.startswith("http."):
                await self._set_aside(request, peer, error)  # proven but not of the protocol's form: its bytes are kept
            elif isinstance(error, ConflictError):
                await self._refusals.alarm(error, peer)
            elif isinstance(error, TrustError | PayloadError):
                return (await self._refused(error, request.body, peer, address))._replace(standing="refused")
        except LicetError as away:
            return Taken(self._route.adapter.failure(away))
        return Taken(self._route.adapter.failure(error))

    async def refuse(self, error: LicetError, peer: str, address: str) -> Taken:
        """The answer to a request that was not looked at, after its trace is durable."""
        return await self._refused(error, b"", peer, address)

    async def _refused(self, error: LicetError, body: bytes, peer: str, address: str) -> Taken:
        if peer and error.code not in ("device.unknown", "device.retired"):
            self._peers.refused(self._name, peer, self._clock.now())
        try:
            await self._refusals.keep(error, body, peer, address)
        except LicetError as away:  # the store: nothing is answered that is not on record
            return Taken(self._route.adapter.failure(away))
        return Taken(self._route.adapter.failure(error))

    async def _keep(self, request: Request, peer: str, reception: Reception, revision: int) -> Reply:
        to_store = unstored = self._to_store(request, peer, reception)
        kept: list[Kept] = []
        alarms = reception.alarms
        if reception.transmissions:
            proof = sender_proof(request, self._route.auth, reception.key_id, reception.proof)
            if len(request.body) > LARGE_BODY:
                kept = [await self._keep_large(peer, revision, each, proof) for each in reception.transmissions]
            else:
                push = self._push(peer, revision, to_store, reception.transmissions, proof, alarms)
                kept = await self._writer.submit_push(push)
                self._batch.committed(push)
                unstored, alarms = None, ()
        handed = await self._exchange(peer, unstored, reception, alarms)
        self._remember(request, peer, reception, revision, to_store)
        return reception.reply(kept, handed)

    def _to_store(self, request: Request, peer: str, reception: Reception) -> PeerState | None:
        """The new state of a peer, if it must be stored."""
        if not peer and not self._route.contact:
            return None
        state = _new_state(request, reception)
        return state if self._peers.must_store(self._name, peer, state, may_wait=reception.may_wait) else None

    def _remember(
        self, request: Request, peer: str, reception: Reception, revision: int, stored: PeerState | None
    ) -> None:
        if stored is not None:
            self._peers.stored(self._name, peer, stored, revision)
        else:
            self._peers.remember(self._name, peer, _new_state(request, reception), revision)

    async def _receive(self, request: Request, state: PeerState) -> Reception:
        if not self.slow(request):
            return self._route.adapter.receive(request, state)
        return await self._on_thread(self._route.adapter.receive, request, state)

    async def _on_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        result: T = await asyncio.get_running_loop().run_in_executor(self._executor, work, *arguments)
        return result

    async def _keep_large(self, peer: str, revision: int, large: Transmission, proof: SenderProof) -> Kept:
        """Keep a long body part by part. What breaks off is sent again, and its first parts are then known."""
        try:
            parts = await self._on_thread(self._batch.parts, large, self._route.origin)
        except PayloadError as error:
            push = self._push(peer, revision, None, (large,), proof)
            await self._on_thread(self._batch.set_aside, push, error)
            done: list[Kept] = await self._writer.submit_push(push)
            # It waits as one; its sender counts lines, and would send them again if some were missing.
            return done[0]._replace(counts={"quarantined": large.body.count(b"\n")})
        done = []
        for part in parts:
            push = self._push(peer, revision, None, (part,), proof)
            await self._on_thread(self._batch.prepare, [push])
            done += await self._writer.submit_push(push)
            self._batch.committed(push)
        return joined(done)

    async def _exchange(
        self, peer: str, state: PeerState | None, reception: Reception, alarms: Sequence[str]
    ) -> Sequence[Command]:
        """Commands that the reply takes along; state and what the peer said of others are durable at the end."""
        concerned = self._commands.concerns(self._name, peer, reception)
        if state is None and not concerned and not alarms:
            return ()

        def unit(tx: Tx) -> Exchange | None:
            if state is not None:
                self._peers.store(self._name, peer, state, tx)
            for code in alarms:
                tx.log("alarm", connector=self._name, peer=peer, code=code)
            return self._commands.exchange(self._name, peer, reception, tx) if concerned else None

        found = await self._writer.submit_async(unit)
        if found is None:
            return ()
        self._commands.exchanged(self._name, peer, found)
        return found.handed

    def _push(
        self,
        peer: str,
        revision: int,
        state: PeerState | None,
        transmissions: tuple[Transmission, ...],
        proof: SenderProof,
        alarms: tuple[str, ...] = (),
    ) -> Push:
        return Push(self._route.origin, self._route.approval, peer, revision, state, transmissions, proof, alarms)

    async def _set_aside(self, request: Request, peer: str, error: PayloadError) -> None:
        bad = Transmission(
            connector=self._name,
            received_at=request.arrived_at,
            media_type=request.headers.get("content-type", "").partition(";")[0],
            body=request.body,
            peer=peer,
            path=request.path,
        )
        proof = sender_proof(request, self._route.auth, "", request.headers)
        push = self._push(peer, self._peers.revision, None, (bad,), proof)
        if len(request.body) > LARGE_BODY:
            await self._on_thread(self._batch.set_aside, push, error)
        else:
            self._batch.set_aside(push, error)
        await self._writer.submit_push(push)


def _new_state(request: Request, reception: Reception) -> PeerState:
    new = reception.new_state
    return PeerState(new.status, new.memory, request.arrived_at, reception.complete_until)
