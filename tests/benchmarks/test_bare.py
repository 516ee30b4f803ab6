"""The bare bound keeps what it answers, and sends what it keeps: else nothing is measured beside it."""

import sqlite3
from contextlib import closing

from benchmarks import site
from benchmarks.load import request, send
from tests.site import until

CONNECTIONS, EACH = 4, 20


def test_the_bare_bound_has_each_request_on_the_disk_and_sends_it(tmp_path):
    work = [[request("/any", f"{line}-{n}".encode()) for n in range(EACH)] for line in range(CONNECTIONS)]
    store = tmp_path / "bare.db"
    with site.running("benchmarks.bare", f"sqlite:///{store}") as (bare, _seconds):
        assert send(bare.url, work).refused == 0
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as reading:
            bodies = {body for (body,) in reading.execute("SELECT sealed FROM transmissions")}
        assert bodies == {f"{line}-{n}".encode() for line in range(CONNECTIONS) for n in range(EACH)}
        until(lambda: site.sent(store), "all of it is sent")
