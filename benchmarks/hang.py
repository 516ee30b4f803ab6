"""Revocations at a healthy sink while another one hangs, beside the same while that one answers.

Two SCIM servers with 300 people each, and 20 revocations a second, by turns of 20 people at the one and at the other.
The process of the other is stopped in the moment of the first push: it still takes connections, and answers nothing.
Counted are the revocations at the healthy one, from the first byte of the push to its ``confirmed`` entry. A run in
which the other answers comes first, of another hub with the same people.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import psutil

from benchmarks import revoke, site
from hub.demo.stage import PermissionSystem, free_ports

PEOPLE, GROUP = 600, 20
RATE = 20
PATIENCE_SECONDS = 300.0
SINKS = ("iam", "other")


def measure() -> dict[str, float]:
    """hang_ratio; hang_p50_ms and hang_p99_ms beside alone_p50_ms and alone_p99_ms."""
    alone, hanging = _run(hangs=False), _run(hangs=True)
    p99 = [quantiles(each, n=100)[98] for each in (alone, hanging)]
    return {
        "hang_ratio": p99[1] / p99[0],
        "alone_p50_ms": median(alone),
        "alone_p99_ms": p99[0],
        "hang_p50_ms": median(hanging),
        "hang_p99_ms": p99[1],
    }


def _run(*, hangs: bool) -> list[float]:
    """Milliseconds of each revocation at the healthy sink."""
    ports = free_ports(2)
    with (
        tempfile.TemporaryDirectory() as place,
        serving(ports[0]) as (iam, _),
        serving(ports[1]) as (other, process),
    ):
        sinks = {name: (port, each) for name, port, each in zip(SINKS, ports, (iam, other), strict=True)}
        home = revoke.build(Path(place) / "hub", sinks, PEOPLE)
        with site.running("hub", "serve", "-c", str(home), "--listen", "127.0.0.1:0") as (hub, _):
            revoke.wait_until_delivered(home)
            watcher = revoke.Watcher(home, PEOPLE)
            if hangs:
                process.suspend()
            began, _answered = revoke.push_all(hub.url, home, ((n, "suspended") for n in range(PEOPLE)), RATE)
            healthy = [n for n in range(PEOPLE) if revoke.sink_of(n, SINKS) == SINKS[0]]
            _wait_for(watcher, healthy)
            watcher.stop()
            process.resume()  # so that the hub ends at once
        return [(watcher.closed[n] - began[n]) * 1000 for n in healthy]


@contextmanager
def serving(port: int) -> Iterator[tuple[PermissionSystem, psutil.Process]]:
    """A SCIM server and its process, which can be stopped."""
    before = set(psutil.Process().children())
    server = PermissionSystem(port)
    try:
        [process] = set(psutil.Process().children()) - before
        try:
            yield server, process
        finally:
            process.resume()  # one that is stopped does not end
    finally:
        server.close()


def _wait_for(watcher: revoke.Watcher, healthy: list[int]) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not watcher.closed.keys() >= set(healthy):
        assert time.monotonic() < ends, f"{len(set(healthy) - watcher.closed.keys())} revocations were not confirmed"
        time.sleep(0.05)
