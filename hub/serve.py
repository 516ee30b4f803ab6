"""Runs a hub in the foreground: sockets, signals, and the one line that says it is ready."""

import asyncio
import gc
import signal
import socket
import sys

import uvloop

from hub.assembly import Hub
from hub.config import HubFolder
from hub.front import bind, server


def serve(folder: HubFolder, listen: str | None) -> None:
    """Serve until SIGTERM or SIGINT; prints ``ready http://HOST:PORT`` once it accepts. Ends within 30 s."""
    bound = bind(listen or folder.settings.hub.listen)
    hub = Hub(folder)
    try:
        uvloop.run(_run(hub, bound, address(bound), folder))
    finally:
        bound.close()


def address(bound: socket.socket) -> str:
    """The URL of a listening socket."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _run(hub: Hub, bound: socket.socket, url: str, folder: HubFolder) -> None:
    public = folder.settings.hub.public_url.rstrip("/") or url
    front = server(hub.app(lambda: public))
    loop = asyncio.get_running_loop()

    def end() -> None:
        front.should_exit = True

    await loop.run_in_executor(None, hub.start)
    # What a start leaves behind stays; an event leaves no cycles, so there is little to look for.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    serving = asyncio.create_task(front.serve(sockets=[bound]))
    while not front.started and not serving.done():
        await asyncio.sleep(0.005)
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, end)
    sys.stdout.write(f"ready {url}\n")
    sys.stdout.flush()
    await serving
    await loop.run_in_executor(None, hub.stop)
