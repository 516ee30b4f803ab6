"""What says of a job, while it is done, how far it is; and hears that it is to end."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import orjson

from hub.clock import Clock
from hub.store.commit import Tx
from hub.store.statement import Connection
from hub.store.tables import jobs as sql
from hub.store.tables.jobs import JobRow
from hub.store.writer import Writer

SAY_SECONDS = 0.5
"""How often it is said how far a job of many small items is, and heard whether it is to end."""


class Ended(Exception):
    """A job is done no further: it was cancelled, the hub ends, or somebody else is at it."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a job did, by word; what it found, naming people by token; the code because of which it failed, if so."""

    counts: Mapping[str, int] = field(default_factory=dict)
    result: Mapping[str, Any] | None = None
    code: str | None = None
    retry_after: float | None = None


class Steps:
    """Of one job that a worker is at."""

    def __init__(self, job: JobRow, owner: str, ending: Event, writer: Writer, clock: Clock) -> None:
        self.job = job
        self._mine = {"of": job.id, "owner": owner}
        self._ending = ending
        self._writer = writer
        self._clock = clock
        self._say_at = clock.monotonic()

    def step(self, done: int = 0, total: int = 0) -> None:
        """Say before an item how many of how many are done.

        Raises:
            Ended: The item must not begin.
        """
        told = {**self._mine, "done": done, "total": total}
        if self._ending.is_set() or not self._writer.call(lambda tx: tx.session.run(sql.step_job, told)):
            raise Ended
        self._say_at = self._clock.monotonic() + SAY_SECONDS

    def often(self, done: int, total: int) -> None:
        """The same before an item that takes no time: it is said now and then.

        Raises:
            Ended: The item must not begin.
        """
        if self._clock.monotonic() >= self._say_at or self._ending.is_set():
            self.step(done, total)

    def wait(self, seconds: float) -> None:
        """Return after so many seconds.

        Raises:
            Ended: Before that it was said that nothing more is to be done.
        """
        ends = self._clock.monotonic() + seconds
        while (left := ends - self._clock.monotonic()) > 0:
            self.step()
            self._ending.wait(min(left, SAY_SECONDS))

    def count(self, counts: Counter[str], tx: Tx) -> None:
        """Add to what was done, in the commit in which it was."""
        tx.session.run(sql.count_job, {**self._mine, "counts": added(self.job.id, counts, tx.session)})

    def move(self, cursor: str, tx: Tx) -> None:
        """Keep where the job goes on, in the commit that has brought it there."""
        tx.session.run(sql.move_job, {**self._mine, "cursor": cursor})


def added(job: str, counts: Mapping[str, int], session: Connection) -> str:
    """What a job did so far, and this, by word: a JSON object."""
    row = session.one(sql.job, {"id": job})
    before: Mapping[str, int] = {} if row is None else orjson.loads(row.counts)
    summed = {word: before.get(word, 0) + counts.get(word, 0) for word in sorted({*before, *counts})}
    return orjson.dumps(summed).decode()


Work = Callable[[Steps], Done]
"""Does one job, from where it stands."""
