"""What it is worth to a push, and costs the others, that units of many others give way to it once.

One thread has the writer do units of 10 ms one after the other, as whoever closes thousands of doors; 20 pushes a
second come meanwhile. The units give way in every other round.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles
from threading import Event, Thread
from typing import NamedTuple

from hub.clock import Ids, SystemClock
from hub.decision.deadlines import CLOSE_SECONDS
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.migrate import migrate
from hub.store.writer import Writer

PUSHES, RATE, ROUNDS = 100, 20, 4


class Taken(NamedTuple):
    """Of one round: how long pushes took, how many met a unit in their commit, units done, and how long all took."""

    seconds: list[float]
    met: int
    units: int
    lasted: float


class _Pushes:
    """Keeps a row of each push; ``instants`` are those of their commits."""

    def __init__(self) -> None:
        self.instants: list[int] = []

    def prepare(self, jobs: Sequence[str]) -> None:
        """Nothing is to be read."""

    def keep(self, jobs: Sequence[str], tx: Tx) -> Sequence[str]:
        """A row each."""
        for job in jobs:
            tx.postpone(job, tx.now_us + 1, "word")
            self.instants.append(tx.now_us)
        return jobs


class _Units:
    """Has one unit done after the other; ``instants`` are those of their commits."""

    def __init__(self) -> None:
        self.instants: list[int] = []

    def go_on(self, writer: Writer, over: Event, patient: bool) -> None:
        """Until it is over."""
        while not over.is_set():
            writer.call(self._unit, patient=patient)

    def _unit(self, tx: Tx) -> None:
        self.instants.append(tx.now_us)
        ends = time.perf_counter() + CLOSE_SECONDS
        while time.perf_counter() < ends:
            tx.postpone(f"p{len(self.instants)}", tx.now_us + 1, "word")


def measure() -> dict[str, float]:
    """Where units give way (giving) and where not (kept): p50_ms and p99_ms of pushes, and met_share of them, whose
    commit did a unit too; giving_ratio of the p99s, giving_units_ratio of units a second."""
    rounds = [(_round(patient=True), _round(patient=False)) for _n in range(ROUNDS)]
    giving, kept = (list(each) for each in zip(*rounds, strict=True))
    figures = {**_figures("giving", giving), **_figures("kept", kept)}
    figures["giving_ratio"] = figures["giving_p99_ms"] / figures["kept_p99_ms"]
    figures["giving_units_ratio"] = figures.pop("giving_units_per_s") / figures.pop("kept_units_per_s")
    return figures


def _figures(name: str, rounds: Sequence[Taken]) -> dict[str, float]:
    seconds = [each for taken in rounds for each in taken.seconds]
    return {
        f"{name}_p50_ms": median(seconds) * 1000,
        f"{name}_p99_ms": quantiles(seconds, n=100)[98] * 1000,
        f"{name}_met_share": sum(each.met for each in rounds) / len(seconds),
        f"{name}_units_per_s": sum(each.units for each in rounds) / sum(each.lasted for each in rounds),
    }


def _round(*, patient: bool) -> Taken:
    with tempfile.TemporaryDirectory() as place:
        url = f"sqlite:///{Path(place) / 'store.db'}"
        migrate(url)
        with closing(Database(url)) as database:
            pushes, units, over = _Pushes(), _Units(), Event()
            writer = Writer(database, SystemClock(), Ids(), batch=pushes)
            writer.start()
            other = Thread(target=units.go_on, args=(writer, over, patient))
            other.start()
            began = time.perf_counter()
            try:
                seconds = asyncio.run(_push(writer))
            finally:
                over.set()
                other.join()
                writer.stop()
            met = len([each for each in pushes.instants if each in set(units.instants)])
            return Taken(seconds, met, len(units.instants), time.perf_counter() - began)


async def _push(writer: Writer) -> list[float]:
    """Seconds until each push was kept."""
    took = []
    for n in range(PUSHES):
        began = time.perf_counter()
        await writer.submit_push(f"push-{n}")
        took.append(time.perf_counter() - began)
        await asyncio.sleep(1 / RATE)
    return took
