"""Runs a hub in the foreground: sockets, signals, and the one line that says it is ready."""

import asyncio
import fcntl
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import uvloop

from hub.config.folder import HubFolder
from hub.front.server import bind, server
from hub.running import Hub
from schemas.errors import ConfigError, LicetError

log = logging.getLogger(__name__)


def serve(folder: HubFolder, listen: str | None) -> None:
    """Serve until SIGTERM or SIGINT; prints ``ready http://HOST:PORT`` once it accepts. Ends within 30 s.

    At SIGHUP the mapping documents are read again, and exchanged whole if nothing is wrong with them.

    Raises:
        ConfigError: The address cannot be had, or another process serves this folder.
    """
    with _alone(folder.path / "data" / "serve.lock"), closing(bind(listen or folder.settings.hub.listen)) as bound:
        hub = Hub(folder)
        uvloop.run(_run(hub, bound, address(bound), folder))


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Two servers of one folder would both deliver, poll and sign. The lock goes with the process, however it ends."""
    path.parent.mkdir(exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            file.seek(0)
            by = file.read().strip() or "another process"
            raise ConfigError(f"{path}: this folder is served by {by} already; end that one first") from held
        file.truncate(0)
        file.write(f"process {os.getpid()}")
        file.flush()
        yield


def address(bound: socket.socket) -> str:
    """The URL of a listening socket."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _reload(hub: Hub) -> None:
    """Exchange the mappings; what is wrong with the folder leaves those in use and an alarm."""
    try:
        changed = hub.reload()
    except LicetError as error:
        log.error("the mappings stay as they are: %s", error.message)
        code = error.code
        hub.parts.writer.call(lambda tx: tx.log("alarm", code=code))
    else:
        log.warning("mappings read again; exchanged for %s", ", ".join(changed) or "none")


async def _run(hub: Hub, bound: socket.socket, url: str, folder: HubFolder) -> None:
    public = folder.settings.hub.public_url.rstrip("/") or url
    front = server(hub.app(lambda: public))
    loop = asyncio.get_running_loop()

    await loop.run_in_executor(None, hub.start)
    # What a start leaves behind stays; an event leaves no cycles, so there is little to look for.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    serving = asyncio.create_task(front.serve(sockets=[bound]))
    while not front.started and not serving.done():
        await asyncio.sleep(0.005)
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, front.end)
    loop.add_signal_handler(signal.SIGHUP, lambda: loop.run_in_executor(None, _reload, hub))
    sys.stdout.write(f"ready {url}\n")
    sys.stdout.flush()
    await serving
    await loop.run_in_executor(None, hub.stop)
