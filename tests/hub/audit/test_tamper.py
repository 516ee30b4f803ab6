"""A log that was changed behind the hub's back: it does not start, and a running one sends nothing any more."""

import json
import sqlite3
import subprocess
from contextlib import closing

from audit_log.entry import canonical
from audit_log.log import Head, number
from tests.site import Site, build, until


def cut(site: Site, entries: int) -> None:
    """What somebody with a database client does: the last entries vanish, the head fits again."""
    with closing(sqlite3.connect(site.home / "data" / "licet.db")) as store, store:
        store.execute("DROP TRIGGER entries_no_delete")
        size = store.execute("SELECT size FROM head").fetchone()[0] - entries
        store.execute("DELETE FROM entries WHERE seq >= ?", (size,))
        store.execute("UPDATE head SET size = ?", (size,))


def test_a_hub_whose_log_was_cut_does_not_start_and_says_so(tmp_path):
    site = build(tmp_path / "hub")
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    site.end()
    cut(site, 2)
    verified = site.command("audit", "verify")
    assert verified.returncode == 1 and "rolled back" in verified.stdout
    command = ["serve", "--listen", f"127.0.0.1:{site.port}"]
    started = site.command(*command)
    assert started.returncode == 1 and "rolled back" in started.stderr
    assert isinstance(started, subprocess.CompletedProcess)


def test_a_running_hub_notices_that_its_log_was_cut_and_is_no_longer_ready(tmp_path):
    site = build(tmp_path / "hub")
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM checkpoints")[0][0] > 0, "a head was signed")
    cut(site, 1)
    until(lambda: site.post("/readyz", b"")[0] != 200 and _status(site) == 503, "it is not ready")
    site.end()


def _status(site: Site) -> int:
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(f"{site.url}/readyz", timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_log_that_was_written_anew_and_made_longer_does_not_verify(tmp_path):
    site = build(tmp_path / "hub")
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    site.end()
    with closing(sqlite3.connect(site.home / "data" / "licet.db")) as store, store:
        bodies = [body for (body,) in store.execute("SELECT body FROM entries ORDER BY seq")]
        bodies[2] = bodies[2].replace('"ts":"20', '"ts":"21')
        bodies[2] = canonical(json.loads(bodies[2])).decode()
        bodies.append(bodies[-1])  # one more than was signed, so that only the earlier ones could tell
        for name in ("entries_no_delete", "entries_no_update"):
            store.execute(f"DROP TRIGGER IF EXISTS {name}")
        store.execute("DELETE FROM entries")
        numbered, head = number([each.encode() for each in bodies], Head())
        rows = [(seq, body, leaf) for (seq, leaf), body in zip(numbered, bodies, strict=True)]
        store.executemany("INSERT INTO entries (seq, at, kind, body, leaf) VALUES (?, 0, 'x', ?, ?)", rows)
        store.execute("UPDATE head SET size = ?, frontier = ?", (head.size, head.frontier))
        store.execute("DELETE FROM checkpoints")
    store.close()
    verified = site.command("audit", "verify")
    assert verified.returncode == 1 and "another root than was signed" in verified.stdout
