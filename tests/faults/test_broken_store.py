"""A store that is locked, destroyed or not where it was: the right words, not ready, and an end within 30 s."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime

import pytest

from tests.site import Site, build, order, until

BROKEN = 74


@pytest.fixture
def site(tmp_path):
    built = build(tmp_path / "hub")
    built.start(errors=subprocess.PIPE)
    until(lambda: built.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    yield built
    if built.process is not None:
        built.end(signal.SIGKILL)


def push(site: Site, sequence: int) -> int:
    now = datetime.now(UTC)
    return int(site.authority().push(order(0, "active", sequence), now=now, id=f"e-{sequence}")[0])


def refused(site: Site, code: str) -> bool:
    status, text = site.status("/readyz")
    return status == 503 and code in json.loads(text)["reasons"]


def ended(site: Site, code: int) -> str:
    """The process has ended by itself with a code; what it said."""
    assert site.process is not None
    _out, said = site.process.communicate(timeout=60)
    assert site.process.returncode == code, said
    site.process = None
    return str(said)


def file(site: Site):
    return site.home / "data" / "licet.db"


def test_a_locked_store_is_busy_and_not_ready_and_goes_on_once_it_is_free(site):
    other = sqlite3.connect(file(site), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    until(lambda: refused(site, "store.busy"), "it is not ready")
    assert push(site, 1) == 503
    other.execute("COMMIT")
    other.close()
    until(lambda: site.status("/readyz")[0] == 200, "it is ready again")
    assert push(site, 1) == 202
    site.end()


def test_a_hub_whose_store_is_locked_ends_all_the_same(site):
    other = sqlite3.connect(file(site), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    until(lambda: refused(site, "store.busy"), "it is not ready")
    site.end()  # within 30 s
    other.close()


def test_a_renamed_store_ends_the_hub_with_words_and_nothing_new_takes_its_place(site):
    assert push(site, 1) == 202
    os.rename(file(site), file(site).with_name("elsewhere.db"))
    assert push(site, 2) == 503
    said = ended(site, BROKEN)
    assert "renamed, removed or replaced" in said
    assert not file(site).exists()


def test_a_store_in_whose_place_another_file_was_put_ends_the_hub(site):
    copy = file(site).with_name("copy.db")
    copy.write_bytes(file(site).read_bytes())
    os.replace(copy, file(site))
    assert "renamed, removed or replaced" in ended(site, BROKEN)


def test_a_destroyed_page_ends_the_hub_with_words(site):
    site.end()
    with closing(sqlite3.connect(file(site))) as store, store:
        assert store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
        size = store.execute("PRAGMA page_size").fetchone()[0]
        (page,) = store.execute("SELECT rootpage FROM sqlite_master WHERE name = 'facts'").fetchone()
    store.close()
    with file(site).open("r+b") as opened:
        opened.seek((page - 1) * size)
        opened.write(b"\xff" * size)
    site.start(errors=subprocess.PIPE)
    assert push(site, 1) == 503
    said = ended(site, BROKEN)
    assert "destroyed" in said and "restore" in said
    again = subprocess.run(
        [sys.executable, "-m", "hub", "connectors", "-c", str(site.home)], capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, "what can still be read is read"
