"""Punches one a request over 32 connections: the hub beside the bare bound; and batches of 100 lines.

80 % of the punches lie in no session, 20 % in one that runs. A round counts until ``due`` and outbox are empty.
On the side: punches that arrive after their session is over, each of which has its person looked at again.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks import site
from benchmarks.load import request, send

PEOPLE = 1024
REQUESTS = 6400
ROUNDS = 9


def measure() -> dict[str, float]:
    """accept_ratio, cpu_ratio, accepts_per_s, bare_per_s, cpu_us, late_cpu_us, rss_mb, lines_per_cpu_s."""
    with tempfile.TemporaryDirectory() as place:
        home = site.build(Path(place), PEOPLE, enrolled=PEOPLE)
        late = site.build(Path(place), PEOPLE, enrolled=PEOPLE, length=site.OVER)
        with (
            site.running("hub", "serve", "-c", str(home), "--listen", "127.0.0.1:0") as (hub, _),
            site.running("benchmarks.bare", f"sqlite:///{place}/bare.db") as (bare, _),
        ):
            rounds = sides(hub, bare, lambda: site.quiet(home), lambda: site.sent(Path(place) / "bare.db"), punches)
            batches = [_batches(hub, home, n) for n in range(3)]
            rss = hub.rss() / 1e6
        with site.running("hub", "serve", "-c", str(late), "--listen", "127.0.0.1:0") as (hub, _):
            late_cpu = run(hub, punches(0), lambda: site.quiet(late))[1]
    hub_rate, bare_rate, hub_cpu, bare_cpu = (median(each[n] for each in rounds) for n in range(4))
    return {
        "accept_ratio": median(each[0] / each[1] for each in rounds),
        "cpu_ratio": median(each[2] / each[3] for each in rounds),
        "accepts_per_s": hub_rate,
        "bare_per_s": bare_rate,
        "cpu_us": hub_cpu * 1e6,
        "bare_cpu_us": bare_cpu * 1e6,
        "late_cpu_us": late_cpu * 1e6,
        "lines_per_cpu_s": median(batches),
        "rss_mb": rss,
    }


Side = tuple[float, float, float, float]
"""Of the hub and of the bare bound: requests a second, and CPU seconds a request."""


def sides(
    hub: site.Server,
    bare: site.Server,
    quiet: Callable[[], bool],
    sent: Callable[[], bool],
    made: Callable[[int], list[list[bytes]]],
    rounds: int = ROUNDS,
) -> list[Side]:
    """What each takes of what is ``made``, in turns; ``quiet`` and ``sent``: whether nothing of it is left to do."""

    def both(n: int) -> Side:
        work = made(n)
        bare_rate, bare_cpu = run(bare, work, sent)
        hub_rate, hub_cpu = run(hub, work, quiet)
        return hub_rate, bare_rate, hub_cpu, bare_cpu

    return [both(n) for n in range(rounds + 1)][1:]


def punches(n: int, people: int = PEOPLE) -> list[list[bytes]]:
    """Those of a round, by connection."""
    share = REQUESTS // site.DEVICES
    work = []
    for device in range(site.DEVICES):
        start = n * share
        inside = site.lines(device, start, share // 5, people, in_session=True)
        outside = site.lines(device, start, share - len(inside), people, in_session=False)
        mixed = [
            line
            for at, line in enumerate(outside)
            for line in ([line, inside[at // 4]] if at % 4 == 3 and at // 4 < len(inside) else [line])
        ]
        path = f"/iclock/cdata?SN=SN-{device:03d}&table=ATTLOG&Stamp=1"
        work.append([request(path, f"{line}\n".encode()) for line in mixed])
    return work


def run(server: site.Server, work: list[list[bytes]], quiet: Callable[[], bool]) -> tuple[float, float]:
    """Requests a second, and CPU seconds a request, until nothing is left to do."""
    cpu, began = server.cpu(), time.perf_counter()
    sent = send(server.url, work)
    assert not sent.refused, f"{sent.refused} requests were refused"
    while not quiet():
        time.sleep(0.002)
    count = sum(map(len, work))
    return count / (time.perf_counter() - began), (server.cpu() - cpu) / count


def _batches(hub: site.Server, home: Path, n: int) -> float:
    size, each = 100, 20
    work = []
    for device in range(8):
        batches = []
        for at in range(each):
            start = 1_000_000 + (n * each + at) * size
            body = "\n".join([*site.lines(device, start, size, PEOPLE, in_session=False), ""])
            batches.append(request(f"/iclock/cdata?SN=SN-{device:03d}&table=ATTLOG&Stamp=1", body.encode()))
        work.append(batches)
    _rate, cpu = run(hub, work, lambda: site.quiet(home))
    return size / cpu
