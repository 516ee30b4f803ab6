"""The bare bound keeps what it answers, and sends what it keeps: else nothing is measured beside it."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks import site
from benchmarks.bare import AT, SIGNER
from benchmarks.load import request, send
from connectors.keys import write_pair
from connectors.simulators.authority import sign
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


def test_where_it_is_told_a_key_it_keeps_what_is_signed_by_that_and_nothing_else(tmp_path):
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    write_pair(tmp_path, "of", key)

    def told(body: bytes, by: Ed25519PrivateKey, sent: bytes | None = None) -> bytes:
        headers = sign("POST", f"{AT}/any", body, "application/json", by, SIGNER, datetime.now(UTC), "1")
        return request("/any", body if sent is None else sent, headers.items())

    store = tmp_path / "bare.db"
    with site.running("benchmarks.bare", f"sqlite:///{store}", str(tmp_path / "of.pub.pem")) as (bare, _seconds):
        work = [told(b"good", key), told(b"by another", other), told(b"good", key, b"bad!"), request("/any", b"plain")]
        assert send(bare.url, [work]).refused == 3
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as reading:
            assert reading.execute("SELECT sealed FROM transmissions").fetchall() == [(b"good",)]
