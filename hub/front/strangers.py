"""The trace of requests that no source ever saw: not HTTP, too large, too many."""

import asyncio
import logging
from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.intake.refusals import Refusals
from schemas.errors import LicetError, PayloadError, TrustError
from schemas.words import Words

log = logging.getLogger(__name__)

FRONT = "front"
"""What entries name instead of an instance."""


class Strangers(Collector):
    """Keeps the trace without holding up whoever refuses, and a count by code for Prometheus."""

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals
        self._tasks: set[asyncio.Task[None]] = set()
        self._counts: dict[str, int] = {}

    def collect(self) -> Iterable[Metric]:
        """How many requests of each code were refused since the start."""
        refused = CounterMetricFamily("licet_front_refused", "Requests that no source saw", labels=["code"])
        for code, count in sorted(self._counts.items()):
            refused.add_metric([code], count)
        return [refused]

    def refused(self, code: str, address: str) -> None:
        """A request from this address was refused."""
        self._counts[code] = self._counts.get(code, 0) + 1
        error = (TrustError if code.startswith("auth.") else PayloadError)(
            code, Words("refused by the front", "已在入口处拒绝")
        )
        if self._refusals.count(error, b"", address, address):
            task = asyncio.get_running_loop().create_task(self._enter(error, address))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _enter(self, error: LicetError, address: str) -> None:
        try:
            await self._refusals.enter(error, b"", address)
        except LicetError as away:
            log.warning("a refusal (%s) is without its entry: %s", error.code, away.message)
