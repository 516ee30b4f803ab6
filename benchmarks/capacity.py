"""What one process on SQLite takes of a day where 10,000 people are known, and 100,000: for the table of docs/scale.md.

Punches one a request over 32 connections, of everybody in turn, a fifth of them within the session of a thousand. What
counts is what the process takes of a processor for each until nothing is left to do, and what the store grows by. A
load beside it stretches the rate, and hardly what a punch takes.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks import accept, site

SIZES = {"10k": 10_000, "100k": 100_000}
ENROLLED, ROUNDS = 1_000, 2


def measure() -> dict[str, float]:
    """Of each size: capacity_ per_s, cpu_us, bytes (of the store, a punch), rss_mb, and the load of the machine."""
    return {f"capacity_{size}_{name}": value for size, people in SIZES.items() for name, value in _taken(people)}


def _taken(people: int) -> Iterator[tuple[str, float]]:
    with tempfile.TemporaryDirectory() as place:
        home = site.build(Path(place), people, enrolled=ENROLLED)
        with site.running("hub", "serve", "-c", str(home), "--listen", "127.0.0.1:0") as (hub, _):
            accept.run(hub, accept.punches(0, people), lambda: site.quiet(home))
            before = _stored(home)
            rounds = [
                accept.run(hub, accept.punches(n, people), lambda: site.quiet(home)) for n in range(1, ROUNDS + 1)
            ]
            yield "per_s", max(rate for rate, _cpu in rounds)
            yield "cpu_us", min(cpu for _rate, cpu in rounds) * 1e6
            yield "bytes", (_stored(home) - before) / (ROUNDS * accept.REQUESTS)
            yield "rss_mb", hub.rss() / 1e6
            yield "load", os.getloadavg()[0]


def _stored(home: Path) -> int:
    """Bytes that the store takes, without what was written ahead of it."""
    with closing(site.reading(home)) as store:
        pages, size = (store.execute(f"PRAGMA {each}").fetchone()[0] for each in ("page_count", "page_size"))
        return int(pages * size)
