"""What waits while no worker does: for the end of a job, for a connector to be complete. It only reads.

A trigger may run twice, or again elsewhere: nothing is begun here. When it fires, the task looks for itself.
"""

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from airflow.providers.licet.answers import HubError
from airflow.providers.licet.hook import CANCEL_PAUSES, WAIT_SECONDS, LicetAsyncHook
from airflow.triggers.base import BaseTrigger, TriggerEvent

LONGEST_PAUSE_SECONDS = 60.0
BETWEEN_SECONDS = 1.0
"""Whatever stands between: nobody is asked faster than that."""


class _Waiting(BaseTrigger):
    """Looks until there is something for the task to do, or its time is over, which Airflow alone does not see to."""

    def __init__(self, licet_conn_id: str, deadline: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call,unused-ignore]  # some versions have no types
        self.licet_conn_id = licet_conn_id
        self.deadline = deadline
        self._hook = LicetAsyncHook(licet_conn_id)

    @abstractmethod
    async def look(self, seconds: float) -> bool:
        """Whether the task has something to do; so many seconds are left."""

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """One event: ``late`` says whether time ran out."""
        pause = BETWEEN_SECONDS
        while (left := self._left()) > 0:
            try:
                if await self.look(left):
                    break
                pause = BETWEEN_SECONDS
            except HubError as error:
                if not error.retryable:
                    break
                pause = min(max(error.retry_after or 0.0, pause * 2), LONGEST_PAUSE_SECONDS)
                self.log.warning("%s; asked again in %d s", error.message, pause)
            await asyncio.sleep(min(pause, max(self._left(), 0.0)))
        yield TriggerEvent({"late": left <= 0})  # type: ignore[no-untyped-call,unused-ignore]  # some versions have no types

    def _left(self) -> float:
        return (datetime.fromisoformat(self.deadline) - datetime.now(UTC)).total_seconds()


class JobTrigger(_Waiting):
    """Waits for the end of a job, and ends it where somebody ends the task."""

    def __init__(self, licet_conn_id: str, job: str, deadline: str) -> None:
        super().__init__(licet_conn_id, deadline)
        self.job = job

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """By what another process makes it again."""
        known = {"licet_conn_id": self.licet_conn_id, "job": self.job, "deadline": self.deadline}
        return "airflow.providers.licet.triggers.JobTrigger", known

    async def look(self, seconds: float) -> bool:
        """Whether the job is over; the hub answers when it is."""
        return (await self._hook.job(self.job, wait=min(WAIT_SECONDS, max(int(seconds), 0)))).over

    async def on_kill(self) -> None:
        """End the job: the task was cleared, or marked, by a person. One that moves to another triggerer is not."""
        for pause in (*CANCEL_PAUSES, 0):
            try:
                await self._hook.cancel(self.job)
                return
            except HubError as error:
                if not error.retryable or not pause:
                    raise
                await asyncio.sleep(pause)


class WatermarkTrigger(_Waiting):
    """Waits until a connector is complete up to an instant."""

    def __init__(self, licet_conn_id: str, connector: str, until: str, every: float, deadline: str) -> None:
        super().__init__(licet_conn_id, deadline)
        self.connector = connector
        self.until = until
        self.every = every

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """By what another process makes it again."""
        known = {name: getattr(self, name) for name in ("licet_conn_id", "connector", "until", "every", "deadline")}
        return "airflow.providers.licet.triggers.WatermarkTrigger", known

    async def look(self, seconds: float) -> bool:
        """Whether it is; a connector that there is not is for the task to say."""
        marks = await self._hook.watermarks()
        mark = marks.get(self.connector)
        if self.connector not in marks or (mark is not None and mark >= datetime.fromisoformat(self.until)):
            return True
        await asyncio.sleep(min(self.every, seconds))
        return False
