"""A copy made under load, and a hub made again from it: who was revoked since stays out until it is released."""

import shutil
import signal
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from http.client import HTTPException

import pytest

from tests import postgres
from tests.contract.scim_server import running
from tests.journeys.commands import licet, run
from tests.site import Site, build, order, until

MEMBERS, REVOKED, RESENT = 20, range(5), range(4)
PEOPLE = MEMBERS + 2


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request):
    """A PostgreSQL server, or nothing: the store is a file."""
    if request.param == "sqlite":
        yield None
        return
    with postgres.running() as server:
        yield server


def push(site: Site, n: int, status: str, sequence: int) -> int:
    now = datetime.now(UTC)
    try:
        return int(site.authority().push(order(n, status, sequence), now=now, id=f"{n}-{sequence}-{now}")[0])
    except (OSError, HTTPException):
        return 0


def entries(site: Site, store, kind: str) -> list[str]:
    read = site.rows if store is None else store.rows
    return [body for (body,) in read(f"SELECT body FROM entries WHERE kind = '{kind}'")]


def released(site: Site):
    return licet(site, "release", "--by", "A", "--lang", "en")


def test_the_revoked_stay_out_of_a_restored_hub_until_a_person_releases_it(tmp_path, store):
    with running() as scim:
        users = [scim.add_user(userName=f"e{n}", externalId=f"E{n}") for n in range(PEOPLE)]
        scim.add_group("room")
        site = build(tmp_path / "hub", scim_url=f"http://127.0.0.1:{scim.port}", people=PEOPLE)
        if store is not None:
            site.on(store.url)
        read = site.rows if store is None else store.rows
        site.start()
        until(lambda: read("SELECT count(*) FROM people") == [(PEOPLE,)], "the roster is in")
        site.enforce()
        for n in range(MEMBERS):
            assert push(site, n, "active", 1) == 202
        until(lambda: set(scim.members_of("room")) == set(users[:MEMBERS]), "the members are in")
        until(lambda: not read("SELECT 1 FROM outbox"), "all is confirmed")

        ending = threading.Event()

        def load() -> None:
            sequence = 1
            while not ending.is_set():
                sequence += 1
                push(site, MEMBERS + 1, "suspended" if sequence % 2 else "active", sequence)

        before = read("SELECT size FROM head")[0][0]
        with ThreadPoolExecutor(1) as threads, ExitStack() as stack:
            stack.callback(ending.set)
            loading = threads.submit(load)
            until(lambda: read("SELECT size FROM head")[0][0] > before + 20, "the load flows")
            taken = licet(site, "backup", str(tmp_path / "copy"))
            assert taken.returncode == 0, taken.stderr
            until(lambda: read("SELECT size FROM head")[0][0] > before + 60, "the load flows on")
        loading.result()
        assert push(site, MEMBERS + 1, "suspended", 100_000) == 202
        for n in REVOKED:
            assert push(site, n, "revoked", 2) == 202
        inside = set(users[len(REVOKED) : MEMBERS])
        until(lambda: set(scim.members_of("room")) == inside, "the revoked are out")
        site.end(signal.SIGKILL)
        shutil.rmtree(site.home)
        if store is not None:
            store.server.psql("DROP DATABASE hub WITH (FORCE);")
            store.server.psql("CREATE DATABASE hub;")

        again = site.command("serve")
        assert again.returncode != 0
        made = run("restore", str(tmp_path / "copy"), str(site.home))
        assert made.returncode == 0, made.stderr
        site.start()
        until(
            lambda: "every sink was observed" in licet(site, "release", "--lang", "en").stdout, "the sink was observed"
        )
        assert any("store.restored" in each for each in entries(site, store, "alarm"))
        assert entries(site, store, "restored")
        assert set(scim.members_of("room")) & {users[n] for n in REVOKED} == set(), "who was revoked stays out"

        assert push(site, MEMBERS, "active", 1) == 202, "facts are taken in"
        assert push(site, MEMBERS - 1, "revoked", 2) == 202
        inside -= {users[MEMBERS - 1]}
        until(lambda: set(scim.members_of("room")) == inside, "a revocation flows, a grant waits")
        for n in RESENT:
            assert push(site, n, "revoked", 2) == 202
        until(
            lambda: read("SELECT count(*) FROM desired WHERE wanted = 'absent' AND state <> 'confirmed'") == [(0,)],
            "nothing is to be closed any more",
        )
        assert set(scim.members_of("room")) == inside
        refused = licet(site, "release", "--by", " ", "--lang", "en")
        assert refused.returncode == 1 and "--by NAME" in refused.stderr
        assert released(site).returncode == 0
        # So many were gone at once that a person is asked about this target too, before anybody is let in there again.
        assert licet(site, "resume", "iam", "room", "--by", "A").returncode == 0
        # To the hub, somebody else closed to those who were revoked since the copy: each is opened again by name only.
        assert licet(site, "resume", "iam", "room", "--person", "E4", "--by", "A").returncode == 0
        # Of the five, one whose revocation nobody has sent again.
        inside |= {users[MEMBERS], users[4]}
        until(lambda: set(scim.members_of("room")) >= {users[MEMBERS], users[4]}, "grants flow again")
        until(lambda: not read("SELECT 1 FROM outbox"), "all is confirmed")
        assert set(scim.members_of("room")) - {users[MEMBERS + 1]} == inside
        assert "released before" in released(site).stderr
        site.end()
        verified = licet(site, "audit", "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_copy_is_put_into_a_new_place_only_and_says_when_it_is_not_whole(tmp_path):
    site = build(tmp_path / "hub")
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    assert licet(site, "backup", str(tmp_path / "copy")).returncode == 0
    site.end()
    assert "is not empty" in licet(site, "backup", str(tmp_path / "copy"), "--lang", "en").stderr
    assert "is not empty" in run("restore", str(tmp_path / "copy"), str(site.home), "--lang", "en").stderr
    assert "is no backup" in run("restore", str(site.home), str(tmp_path / "new"), "--lang", "en").stderr
    assert "not a restored copy" in licet(site, "release", "--lang", "en").stdout
    assert "not a restored copy" in licet(site, "release", "--by", "A", "--lang", "en").stderr
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0, "it holds keys"
    (tmp_path / "copy" / "keys.db").unlink()
    assert not (tmp_path / "new").exists()
    whole = run("restore", str(tmp_path / "copy"), str(tmp_path / "new"), "--lang", "en")
    assert whole.returncode == 1 and "not whole; missing: keys.db" in whole.stderr


def test_what_could_not_be_put_back_leaves_nothing_behind(tmp_path):
    with postgres.running() as server:
        site = build(tmp_path / "hub")
        site.on(server.url)
        site.start()
        until(lambda: server.rows("SELECT count(*) FROM people") == [(3,)], "the roster is in")
        assert licet(site, "backup", str(tmp_path / "copy")).returncode == 0
        site.end()
        command = ("restore", str(tmp_path / "copy"), str(tmp_path / "new"))
        assert "there is a store already" in run(*command, "--lang", "en").stderr
        server.stop()
        away = run(*command)
        assert away.returncode == 1 and "Traceback" not in away.stderr
        assert not (tmp_path / "new").exists()
        server.restart()
        server.server.psql("DROP DATABASE hub WITH (FORCE);")
        server.server.psql("CREATE DATABASE hub;")
        assert run(*command).returncode == 0


def test_the_copy_knows_that_it_is_one(tmp_path):
    site = build(tmp_path / "hub")
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    assert licet(site, "backup", str(tmp_path / "copy")).returncode == 0
    site.end()
    with closing(sqlite3.connect(tmp_path / "copy" / "licet.db")) as copy, copy:
        assert copy.execute("SELECT restored_at > 0 FROM hub").fetchone() == (1,)
    copy.close()
