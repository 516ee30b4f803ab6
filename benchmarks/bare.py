"""The bare bound: the smallest ASGI program on the same store, with the same group commit and outbox.

A request becomes one row and one outbox row in a shared commit; a thread claims and deletes outbox rows. There is no
mapping, identity, sealing, rule or audit: what the hub costs beyond this is what it does for its users. It writes by
the writer's plain units, a savepoint each; what is gained by doing the pushes of a commit together is the hub's. Where
it is told a key it keeps what carries a good signature, over the address of ``AT``, and proves it by the hub's library.
"""

import asyncio
import socket
import sys
import threading
from pathlib import Path
from typing import Any, NamedTuple

import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver
from http_message_signatures.algorithms import ED25519
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from hub.clock import Ids, SystemClock, to_us
from hub.front.admission import Admission
from hub.front.server import Front, bind, server
from hub.places import address
from hub.store.commit import Activators, Tx
from hub.store.database import Database
from hub.store.migrate import migrate
from hub.store.tables import access, intake, waiting
from hub.store.writer import Writer
from hub.workers import Activator

LARGEST_BODY = 1 << 20
AT, SIGNER = "https://bench.example", "demo-ca-1"


class _Message(NamedTuple):
    """A request as the library wants to see it."""

    method: str
    url: str
    headers: dict[str, str]


class Signed:
    """Whether requests are of the holder of one key."""

    def __init__(self, key: Path) -> None:
        public = load_pem_public_key(key.read_bytes())
        assert isinstance(public, Ed25519PublicKey)
        keys = MappingKeyResolver(public_keys={SIGNER: public}, private_keys={})
        self._verifier = HTTPMessageVerifier(signature_algorithm=ED25519, key_resolver=keys)

    def proves(self, scope: Any, body: bytes) -> bool:
        """Whether one is: method, address, content type and the digest of its body are signed."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        message = _Message(scope["method"], AT + scope["path"], headers)
        try:
            found = self._verifier.verify(message, max_age=None, expect_tag="authority-push", body=body)
        except HTTPMessageSignaturesException:
            return False
        return bool(found)


def main(url: str, key: str = "") -> None:
    """Serve from a store of this URL until the process is ended; what is not signed by the ``key`` is refused."""
    signed = Signed(Path(key)) if key else None
    migrate(url)
    database, clock, ids = Database(url), SystemClock(), Ids()
    activators = Activators()
    writer = Writer(database, clock, ids, activators=activators)
    writer.start()
    threading.Thread(target=_drain, args=(writer, activators.delivery), daemon=True).start()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        body = message["body"]
        if signed is not None and not signed.proves(scope, body):
            await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
            return
        await writer.submit_async(lambda tx: _keep(tx, body))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": b"OK: 1"})

    def _keep(tx: Tx, body: bytes) -> None:
        row_id = tx.new_id()
        row = {"id": row_id, "connector": "bare", "digest": b"", "received_at": to_us(tx.now)}
        tx.session.run(
            intake.insert_transmission,
            {**row, "terminal": None, "bucket": "", "sealed": body, "counts": "", "state": "kept", "mapping": None},
        )
        place = {"person": row_id, "sink": "bare", "lane": 1, "epoch": 1}
        tx.session.run(access.enqueue, {**place, "next_at": 0, "crowd": 0})
        tx.wake_delivery()

    front = server(app, admission=Admission(), largest_body=LARGEST_BODY, refused=lambda _code, _address: None)
    uvloop.run(_serve(front, bind("127.0.0.1:0")))


async def _serve(front: Front, bound: socket.socket) -> None:
    serving = asyncio.create_task(front.serve(sockets=[bound]))
    while not front.started and not serving.done():
        await asyncio.sleep(0.005)
    print(f"ready {address(bound)}", flush=True)
    await serving


def _drain(writer: Writer, activator: Activator) -> None:
    while True:
        activator.wait(1.0)
        while writer.call(_claim_and_delete):
            pass


def _claim_and_delete(tx: Tx) -> int:
    ripe = {
        "at_sink": "bare",
        "in_lane": 1,
        "crowd": 0,
        "now": (1 << 62) - 1,
        "horizon": 1 << 62,
        "taken": "[]",
        "limit": 64,
    }
    rows = tx.session.all(waiting.claimable, ripe)
    tx.session.many(access.delivered, [{"person": row.person, "sink": row.sink, "epoch": row.epoch} for row in rows])
    return len(rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
