"""Punches on PostgreSQL: the hub beside the bare bound on the same server, as ``accept`` has them on SQLite.

What counts is what a CPU second of the hub's process accepts, beside one of the bare one's: server and clients run on
the same machine, and take what they take from both.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import psycopg

from benchmarks import accept, site
from benchmarks.roles import postgresql

ROUNDS = 3
_DUE = "SELECT (SELECT count(*) FROM due WHERE at <= %s) + (SELECT count(*) FROM outbox)"


def measure() -> dict[str, float]:
    """pg_accept_ratio, pg_accepts_per_s, pg_bare_per_s, pg_cpu_us, pg_bare_cpu_us."""
    with postgresql() as url, tempfile.TemporaryDirectory() as place:
        kept, bound = url("hub"), url("bare")
        home = site.build(Path(place), accept.PEOPLE, enrolled=accept.PEOPLE, store=kept)
        with (
            site.running("hub", "serve", "-c", str(home), "--listen", "127.0.0.1:0") as (hub, _),
            site.running("benchmarks.bare", bound) as (bare, _),
        ):
            rounds = accept.sides(hub, bare, _nothing_left(kept), _nothing_left(bound), ROUNDS)
    hub_rate, bare_rate, hub_cpu, bare_cpu = (median(each[n] for each in rounds) for n in range(4))
    return {
        "pg_accept_ratio": median(each[3] / each[2] for each in rounds),
        "pg_accepts_per_s": hub_rate,
        "pg_bare_per_s": bare_rate,
        "pg_cpu_us": hub_cpu * 1e6,
        "pg_bare_cpu_us": bare_cpu * 1e6,
    }


def _nothing_left(url: str) -> Callable[[], bool]:
    """What says whether nothing is due and nothing waits to be sent, read beside the process that works."""
    session = psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)

    def nothing() -> bool:
        return session.execute(_DUE, (int(time.time() * 1_000_000),)).fetchone() == (0,)

    return nothing
