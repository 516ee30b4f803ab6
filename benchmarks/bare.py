"""The bare bound: the smallest ASGI program on the same store, with the same group commit and outbox.

A request becomes one row and one outbox row in a shared commit; a thread claims and deletes outbox rows. There is no
mapping, identity, sealing, rule or audit: what the hub costs beyond this is what it does for its users. It writes by
the writer's plain units, a savepoint each; what is gained by doing the pushes of a commit together is the hub's.
"""

import asyncio
import socket
import sys
import threading
from typing import Any

import uvloop

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


def main(url: str) -> None:
    """Serve from a store of this URL until the process is ended."""
    migrate(url)
    database, clock, ids = Database(url), SystemClock(), Ids()
    activators = Activators()
    writer = Writer(database, clock, ids, activators=activators)
    writer.start()
    threading.Thread(target=_drain, args=(writer, activators.delivery), daemon=True).start()

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        body = message["body"]
        await writer.submit_async(lambda tx: _keep(tx, body))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": b"OK: 1"})

    def _keep(tx: Tx, body: bytes) -> None:
        row_id = tx.new_id()
        row = {"id": row_id, "connector": "bare", "digest": b"", "received_at": to_us(tx.now)}
        tx.session.run(
            intake.insert_transmission,
            {**row, "wire": "", "bucket": "", "sealed": body, "counts": "", "state": "kept", "mapping": None},
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
    main(sys.argv[1])
