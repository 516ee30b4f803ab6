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
        error = (TrustError if code.startswith("auth.") else PayloadError)(code, "refused by the front")
        if self._refusals.count(error, b"", address, address):
            task = asyncio.get_running_loop().create_task(self._enter(error, address))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _enter(self, error: LicetError, address: str) -> None:
        try:
            await self._refusals.enter(error, b"", address)
        except LicetError as away:
            log.warning("a refusal (%s) is without its entry: %s", error.code, away.message)
