"""The trace of requests that no source ever saw: not HTTP, too large, too many."""

import asyncio
import logging

from hub.intake.refusals import Refusals
from schemas.errors import LicetError, PayloadError, TrustError

log = logging.getLogger(__name__)

FRONT = "front"
"""What entries name instead of an instance."""


class Strangers:
    """Keeps the trace without holding up whoever refuses."""

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals
        self._tasks: set[asyncio.Task[None]] = set()

    def refused(self, code: str, address: str) -> None:
        """A request from this address was refused."""
        if len(self._tasks) < 64:  # what waits for a store that is away must not pile up
            task = asyncio.get_running_loop().create_task(self._keep(code, address))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _keep(self, code: str, address: str) -> None:
        try:
            kind = TrustError if code.startswith("auth.") else PayloadError
            await self._refusals.keep(kind(code, "refused by the front"), b"", address, address)
        except LicetError as error:
            log.warning("a refusal (%s) is without its entry: %s", code, error.message)
