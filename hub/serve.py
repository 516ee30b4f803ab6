"""Runs a hub in the foreground: sockets, signals, exit codes, and the one line that says it is ready."""

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack

import uvloop

from hub.config.folder import HubFolder
from hub.helping import help_out
from hub.places import Listening, Place, listeners
from hub.readiness import STUCK, Fault
from hub.roles import DECIDER, ROLES, ports_beside, require_server
from hub.running import Hub
from hub.store.address import Address
from hub.turn import Phases, Turn, alone
from schemas.errors import LicetError

END_SECONDS = 27.0
"""A process that is told to end is gone after this, whatever holds it up."""
FOLLOWED_SECONDS = 2.0
"""One whose seat another has is gone sooner: nothing that it would finish is kept, and it is to be started anew."""
ENDS = (signal.SIGTERM, signal.SIGINT)

log = logging.getLogger(__name__)


def serve(
    read: Callable[[], HubFolder], listen: str | None, *, standby: bool = False, roles: Collection[str] = ROLES
) -> int:
    """Serve until SIGTERM or SIGINT; prints ``ready`` and its URLs once it accepts. Ends within 30 s.

    ``standby``: where another process serves the folder, wait until that is gone; then the folder is read anew.
    ``roles``: what it does; other processes on the store do the rest.
    At SIGHUP the mapping documents are read again, and exchanged whole if nothing is wrong with them.
    The exit code: 0, or that of the fault which ended it (``hub/readiness.py``).

    Raises:
        ConfigError: The address cannot be had, or another process serves this folder, or its store is of one process.
    """
    folder = read()
    require_server(roles, embedded=Address(folder.database_url).file is not None)
    if DECIDER not in roles:
        return help_out(read, roles, listen)
    away = ports_beside(roles)
    with alone(folder, ENDS, standby=standby) as turn, ExitStack() as bound:
        if turn is Turn.NEVER:
            return 0
        phases = Phases(turn)
        if turn is Turn.LATER:
            folder = read()
        phases.end("folder")
        return uvloop.run(_run(folder, listeners(folder, listen, bound), away, phases))


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


class _Ending:
    """The end: it begins by a signal or a fault of the hub; then the process is gone in time, by force if need be.

    Or only the end of one hub, whose place the next one takes: ``next`` is its folder.
    """

    def __init__(self, away: Collection[str]) -> None:
        self.away = away
        """The ports of outside systems that other processes call."""
        self._loop = asyncio.get_running_loop()
        self._begun, self._over = asyncio.Event(), False
        self.code = 0
        self.next: HubFolder | None = None

    def listen(self) -> None:
        """Begin at SIGTERM and SIGINT."""
        for each in ENDS:
            self._loop.add_signal_handler(each, self._begin)

    def fault(self, fault: Fault) -> None:
        """The hub cannot go on; called by any thread."""
        seconds = FOLLOWED_SECONDS if fault.followed else END_SECONDS
        self._loop.call_soon_threadsafe(self._begin, fault.exit_code, seconds)

    def renew(self, folder: HubFolder) -> None:
        """A hub of this folder is to take the place of the one that serves; called by any thread."""
        self._loop.call_soon_threadsafe(self._begin_next, folder)

    async def wait(self) -> None:
        """Return when the end begins, of the process or of one hub."""
        await self._begun.wait()

    @property
    def over(self) -> bool:
        """Whether it is the end of the process."""
        return self._over

    def take_next(self) -> HubFolder | None:
        """The folder of the hub that serves from now on; nothing at the end of the process."""
        found, self.next = self.next, None
        if self._over:
            return None
        self._begun.clear()
        return found

    def _begin_next(self, folder: HubFolder) -> None:
        self.next = folder
        self._begun.set()

    def _begin(self, code: int = 0, seconds: float = END_SECONDS) -> None:
        if not self._over:
            self._over, self.code = True, code
            threading.Thread(target=self._force, args=(seconds,), name="ending", daemon=True).start()
        self._begun.set()

    def _force(self, seconds: float) -> None:
        time.sleep(seconds)
        log.critical("the hub did not end within %.0f s and is cut off", seconds)
        os._exit(self.code or STUCK)


async def _run(folder: HubFolder, places: Sequence[Place], away: Collection[str], phases: Phases) -> int:
    """Serve by one hub, and where other rules were taken by the next: who calls in between waits at the socket."""
    ending = _Ending(away)
    ending.listen()
    hub: Hub | None = await _started(folder, ending)
    phases.end("hub")
    first: Phases | None = phases
    while hub is not None:
        await _serve_by(hub, places, ending, first)
        first, before, after = None, hub.parts.folder, ending.take_next()
        hub = None if after is None else await _next(after, before, ending)
    return ending.code


async def _started(folder: HubFolder, ending: _Ending) -> Hub:
    loop = asyncio.get_running_loop()
    hub = Hub(folder, away=ending.away, loop=loop, give_up=ending.fault, renew=ending.renew)
    try:
        await loop.run_in_executor(None, hub.start)
    except BaseException:
        await loop.run_in_executor(None, hub.close)
        raise
    return hub


async def _next(after: HubFolder, before: HubFolder, ending: _Ending) -> Hub:
    """The hub that judges by the rules that were taken; where it cannot start, one by those of before, and an alarm."""
    try:
        return await _started(after, ending)
    except LicetError as error:
        log.error("the rules stay as they are: %s", error.message)
        hub, code = await _started(before, ending), error.code
        hub.parts.writer.submit(lambda tx: tx.log("alarm", code=code))
        return hub


async def _serve_by(hub: Hub, places: Sequence[Place], ending: _Ending, first: Phases | None) -> None:
    """Serve until the end begins; the ``first`` hub of a process says that it is ready."""
    loop = asyncio.get_running_loop()
    listening = Listening(places, lambda each: hub.app(each.public_url, each.settings.serves), hub.parts)
    await listening.start()
    loop.add_signal_handler(signal.SIGHUP, lambda: loop.run_in_executor(None, _reload, hub))
    if first is not None:
        sys.stdout.write(f"ready {' '.join(each.url for each in places)}\n")
        sys.stdout.flush()
        first.end("listeners")
        first.tell()
    await listening.until(ending.wait())
    listening.end()
    hub.parts.job_runner.break_off()
    if ending.over:
        for each in places:
            each.socket.close()
    await listening.join()
    await loop.run_in_executor(None, hub.stop)
