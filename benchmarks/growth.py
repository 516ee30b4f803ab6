"""Whether the hub's memory grows with what it has taken in: 100,000 events, then a million, fed as batches."""

import tempfile
from pathlib import Path

from benchmarks import site
from benchmarks.load import request, send

PEOPLE = 1024
LINES, FIRST, LAST = 500, 100_000, 1_000_000


def measure() -> dict[str, float]:
    """rss_growth: resident memory after a million events over that after 100,000."""
    with tempfile.TemporaryDirectory() as place:
        home = site.build(Path(place), PEOPLE)
        with site.running("hub", "serve", "-c", str(home), "--listen", "127.0.0.1:0") as (hub, _):
            _feed(hub, 0, FIRST)
            before = hub.rss()
            _feed(hub, FIRST, LAST)
            after = hub.rss()
    return {"rss_growth": after / before - 1, "rss_at_million_mb": after / 1e6}


def _feed(hub: site.Server, start: int, end: int) -> None:
    devices = 8
    share = (end - start) // devices
    work = []
    for device in range(devices):
        batches = []
        for at in range(0, share, LINES):
            lines = site.lines(device, start // devices + at, LINES, PEOPLE, in_session=False)
            body = "\n".join([*lines, ""]).encode()
            batches.append(request(f"/iclock/cdata?SN=SN-{device:03d}&table=ATTLOG&Stamp=1", body))
        work.append(batches)
    sent = send(hub.url, work)
    assert not sent.refused
