"""Runs a process that decides nothing: it takes pushes for the one that does, or calls other systems for it."""

import logging
import signal
import sys
from collections.abc import Callable, Collection
from contextlib import ExitStack
from threading import Event
from typing import Protocol

from hub.assembly import Assembly
from hub.config.folder import HubFolder
from hub.fronting import Fronting, FrontParts
from hub.places import listeners
from hub.roles import FRONT, ports_of
from hub.store.tables.packages import ActivePackage
from schemas.errors import UnavailableError

LOOK_SECONDS = 1.0
"""How often it is looked whether other packages are in use."""
STOP_SECONDS = 8.0
_ENDS = (signal.SIGTERM, signal.SIGINT)

log = logging.getLogger(__name__)


def help_out(read: Callable[[], HubFolder], roles: Collection[str], listen: str | None) -> int:
    """Do the work of these roles until SIGTERM or SIGINT; prints ``ready``, the roles, and where it listens.

    At SIGHUP, and when other packages are taken into use, the folder is read anew.

    Raises:
        LicetError: Something is wrong with the folder, its store cannot be opened, or an address cannot be had.
    """
    again, ending = Event(), Event()

    def heard(number: int, _frame: object) -> None:
        if number in _ENDS:
            ending.set()
        again.set()

    for each in (*_ENDS, signal.SIGHUP):
        signal.signal(each, heard)
    with ExitStack() as bound:
        places = listeners(read(), listen, bound) if FRONT in roles else []
        said = " ".join(["ready", ",".join(sorted(roles)), *(each.url for each in places)]) + "\n"
        while not ending.is_set():
            again.clear()
            with FrontParts(read()) as parts:
                services: list[_Service] = [Fronting(parts, places)] if places else []
                services += [parts.carrier(ports)] if (ports := ports_of(roles)) else []
                for service in services:
                    service.start()
                sys.stdout.write(said)
                sys.stdout.flush()
                said = ""
                _until(again, parts)
                finished = [service.stop(STOP_SECONDS) for service in services]
                if not all(finished):
                    log.warning("ended without waiting for what is under way")
    return 0


class _Service(Protocol):
    """What a process does for the one that decides."""

    def start(self) -> None:
        """Begin."""
        ...

    def stop(self, seconds: float) -> bool:
        """Finish what is under way; whether it was finished by then."""
        ...


def _until(again: Event, parts: Assembly) -> None:
    """Return when the folder is to be read anew, or the process is to end."""
    before = None
    while not again.wait(LOOK_SECONDS):
        before = _packages(lambda: parts.begun_with.packages) if before is None else before
        now = _packages(parts.stored_packages.versions)
        if before is not None and now not in (None, before):
            log.warning("other packages are in use: the folder is read anew")
            return


def _packages(look: Callable[[], tuple[ActivePackage, ...]]) -> tuple[ActivePackage, ...] | None:
    """Which packages are in use; nothing while the store is away."""
    try:
        return look()
    except UnavailableError:
        return None
