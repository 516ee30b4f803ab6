"""Runs a process that decides nothing: it calls other systems for the one that does, until it is told to end."""

import logging
import signal
import sys
from collections.abc import Callable, Collection
from threading import Event

from hub.assembly import Assembly
from hub.config.folder import HubFolder
from hub.roles import ports_of
from hub.store.tables.packages import ActivePackage
from schemas.errors import UnavailableError

LOOK_SECONDS = 1.0
"""How often it is looked whether other packages are in use."""
STOP_SECONDS = 8.0
_ENDS = (signal.SIGTERM, signal.SIGINT)

log = logging.getLogger(__name__)


def help_out(read: Callable[[], HubFolder], roles: Collection[str]) -> int:
    """Make the calls of these roles until SIGTERM or SIGINT; prints ``ready`` and the roles once it takes any.

    At SIGHUP, and when other packages are taken into use, the folder is read anew.

    Raises:
        LicetError: Something is wrong with the folder, or its store cannot be opened.
    """
    again, ending = Event(), Event()

    def heard(number: int, _frame: object) -> None:
        if number in _ENDS:
            ending.set()
        again.set()

    for each in (*_ENDS, signal.SIGHUP):
        signal.signal(each, heard)
    said = f"ready {','.join(sorted(roles))}\n"
    while not ending.is_set():
        again.clear()
        with Assembly(read()) as parts:
            carrier = parts.carrier(ports_of(roles))
            carrier.start()
            sys.stdout.write(said)
            sys.stdout.flush()
            said = ""
            _until(again, parts)
            if not carrier.stop(STOP_SECONDS):
                log.warning("ended without waiting for calls that are under way")
    return 0


def _until(again: Event, parts: Assembly) -> None:
    """Return when the folder is to be read anew, or the process is to end."""
    before = _packages(parts)
    while not again.wait(LOOK_SECONDS):
        now = _packages(parts)
        if before is None:
            before = now
        elif now not in (None, before):
            log.warning("other packages are in use: the folder is read anew")
            return


def _packages(parts: Assembly) -> tuple[ActivePackage, ...] | None:
    """Which packages are in use; nothing while the store is away."""
    try:
        return parts.stored_packages.versions()
    except UnavailableError:
        return None
