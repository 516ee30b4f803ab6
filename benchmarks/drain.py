"""Revocations that wait over an outage of their sink, beside grants: how soon all are closed once it answers again.

A SCIM server with 500 people in groups of 20 who are revoked and 100 who are let in while its process is stopped (it
takes connections, and answers nothing). Counted is from the moment at which it goes on to the last ``confirmed`` entry
of a revocation, beside the server's own time for as many changes and looks, one group at a time.
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from benchmarks import revoke, site
from benchmarks.hang import serving
from hub.demo.stage import free_ports

REVOKED, GRANTED = 500, 100
RATE = 100
PATIENCE_SECONDS = 300.0


def measure() -> dict[str, float]:
    """drain_s, drain_own_s, what is beyond that; drain_grants_first: grants seen before the last revocation."""
    return measured(REVOKED, GRANTED)


def measured(revoked: int, granted: int) -> dict[str, float]:
    """The same with other numbers of people."""
    [port] = free_ports(1)
    with tempfile.TemporaryDirectory() as place, serving(port) as (iam, process):
        home = revoke.build(Path(place) / "hub", {"iam": (port, iam)}, revoked + granted)
        own = revoke.own_time(iam) / 1000 * revoked
        with site.running("hub", "serve", "-c", str(home), "--listen", "127.0.0.1:0") as (hub, _):
            revoke.wait_until_delivered(home)
            inside = range(revoked, revoked + granted)
            revoke.push_all(hub.url, home, ((n, "suspended") for n in inside), RATE)
            revoke.wait_until_delivered(home)
            watcher = revoke.Watcher(home, revoked + granted)
            process.suspend()
            story = [*((n, "active") for n in inside), *((n, "suspended") for n in range(revoked))]
            revoke.push_all(hub.url, home, story, RATE, first=1_000_000)
            _wait(lambda: _count(home, "wanted = 'absent' AND state <> 'confirmed'") == revoked)
            process.resume()
            began = time.perf_counter()
            _wait(lambda: watcher.closed.keys() >= set(range(revoked)))
            early = granted - _count(home, "wanted = 'present' AND state <> 'confirmed' AND epoch > 1")
            watcher.stop()
    last = max(watcher.closed[n] for n in range(revoked))
    taken = last - began
    return {
        "drain_s": taken,
        "drain_own_s": own,
        "drain_over_own_s": taken - own,
        "drain_grants_first": float(early),
    }


def _count(home: Path, which: str) -> int:
    with closing(sqlite3.connect(f"file:{home / 'data' / 'licet.db'}?mode=ro", uri=True)) as store:
        (found,) = store.execute(f"SELECT count(*) FROM desired WHERE {which}").fetchone()  # noqa: S608 - ours
    return int(found)


def _wait(what: Callable[[], object]) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < ends, f"{PATIENCE_SECONDS} s were not enough"
        time.sleep(0.02)
