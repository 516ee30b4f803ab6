"""One process decides for a store, whatever folder it was started from; who takes over does nothing twice."""

import json
import os
import shutil
import signal
from datetime import UTC, datetime

import psycopg
import pytest

from tests import postgres
from tests.contract.scim_server import running
from tests.faults.proxy import Proxy
from tests.ports import free_port
from tests.site import PATIENCE_SECONDS, Site, build, order, until

REFUSED = "served by"


@pytest.fixture(params=["sqlite", "postgresql"])
def served(request, tmp_path):
    """A hub that is served, and the URL of its store as another folder may name it."""
    site = build(tmp_path / "hub")
    if request.param == "postgresql":
        with postgres.running() as store:
            site.on(store.url)
            site.start()
            until(lambda: store.rows("SELECT count(*) FROM people") == [(3,)], "the roster is in")
            yield site, store.url
            if site.process is not None:
                site.end(signal.SIGKILL)
        return
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    yield site, f"sqlite:///{site.home / 'data' / 'licet.db'}"
    if site.process is not None:
        site.end(signal.SIGKILL)


def copied(site: Site, name: str, store: str) -> Site:
    """Another folder of the same hub, on a store of this URL. Nothing new is sealed meanwhile: its files fit."""
    home = site.home.with_name(name)
    shutil.copytree(site.home, home)
    settings = (home / "licet.toml").read_text(encoding="utf-8")
    (home / "licet.toml").write_text(settings.replace("sqlite:///data/licet.db", store), encoding="utf-8")
    return Site(home, free_port())


def refusal(site: Site) -> str:
    again = site.command("serve", "--listen", f"127.0.0.1:{site.port}", "--lang", "en")
    assert again.returncode == 1 and "ready" not in again.stdout
    return again.stderr


def test_a_second_server_on_one_store_is_refused_whatever_folder_it_has(served):
    site, store = served
    assert REFUSED in refusal(copied(site, "second", store))
    assert site.status("/readyz")[0] == 200, "the first one goes on"
    site.end()
    third = copied(site, "third", store)
    third.start()
    third.end()


def test_a_store_under_another_path_is_the_same_store(tmp_path):
    site = build(tmp_path / "hub")
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    linked = tmp_path / "linked"
    linked.symlink_to(site.home / "data")
    assert REFUSED in refusal(copied(site, "second", f"sqlite:///{linked / 'licet.db'}"))
    named = tmp_path / "named.db"
    named.symlink_to(site.home / "data" / "licet.db")
    assert REFUSED in refusal(copied(site, "third", f"sqlite:///{named}"))
    os.link(site.home / "data" / "licet.db", tmp_path / "hard.db")
    assert "second name" in refusal(copied(site, "fourth", f"sqlite:///{tmp_path / 'hard.db'}"))
    os.unlink(tmp_path / "hard.db")
    site.end()


def push(site: Site, n: int, status: str, sequence: int) -> int:
    now = datetime.now(UTC)
    return int(site.authority().push(order(n, status, sequence), now=now, id=f"{n}-{sequence}")[0])


def test_who_takes_over_from_a_killed_one_looks_first_and_asks_for_no_change_twice(tmp_path):
    people = 6
    with postgres.running() as store, running() as scim, Proxy("127.0.0.1", scim.port) as proxy:
        users = {n: scim.add_user(userName=f"e{n}", externalId=f"E{n}") for n in range(people)}
        scim.add_group("room")
        site = build(tmp_path / "hub", scim_url=proxy.url, people=people)
        site.on(store.url)
        site.start()
        until(lambda: store.rows("SELECT count(*) FROM people") == [(people,)], "the roster is in")
        site.enforce()
        proxy.fail("hold", "hold", "hold")
        for n in range(people):
            assert push(site, n, "active", 1) == 202
        until(lambda: sum(proxy.changes.values()) >= 3, "changes are under way")
        site.end(signal.SIGKILL)

        other = copied(site, "second", "unchanged")
        other.start()
        proxy.release()
        until(lambda: set(scim.members_of("room")) == set(users.values()), "every door is open")
        until(lambda: not store.rows("SELECT 1 FROM outbox"), "all is confirmed")
        assert {key: times for key, times in proxy.changes.items() if times > 1} == {}
        per_target = [each.key.rsplit("/", 1)[0] for each in proxy.seen if each.forwarded and each.method != "GET"]
        assert len(per_target) == len(set(per_target)) == people, "one change a target and epoch"
        other.end()
        assert other.command("audit", "verify").returncode == 0


def test_a_hub_that_has_lost_its_seat_writes_nothing_until_it_holds_it_again(tmp_path):
    with postgres.running() as store:
        site = build(tmp_path / "hub")
        site.on(store.url)
        site.start()
        until(lambda: store.rows("SELECT count(*) FROM people") == [(3,)], "the roster is in")
        uri = store.server.get_uri(database="hub")
        with psycopg.connect(uri, autocommit=True) as other:
            taken = "SELECT pg_try_advisory_lock(72935, 'head'::regclass::oid::bigint::bit(32)::int)"
            assert other.execute(taken).fetchone() == (False,)
            until(lambda: seize(other, taken), "another has the seat")
            until(lambda: "store.seat" in reasons(site), "it knows that it has lost it")
            size = store.rows("SELECT size FROM head")
            assert push(site, 0, "active", 1) == 503
            assert store.rows("SELECT size FROM head") == size, "nothing was written"
        until(lambda: site.status("/readyz")[0] == 200, "it holds it again")
        assert push(site, 0, "active", 1) == 202
        site.end()


def seize(other: psycopg.Connection, taken: str) -> bool:
    """End the session that holds the seat, and be quicker than its process."""
    lock = "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND classid = 72935"
    other.execute(lock).fetchall()
    return other.execute(taken).fetchone() == (True,)


def reasons(site: Site) -> dict[str, str]:
    code, text = site.status("/readyz")
    return dict(json.loads(text).get("reasons", {})) if code == 503 else {}


def test_a_holder_that_slept_writes_nothing_once_it_wakes_and_ends_to_be_started_anew(tmp_path):
    """Takes its time: PostgreSQL ends the session of a process that stands still after three seconds, not before."""
    with postgres.running() as store:
        site = build(tmp_path / "hub")
        site.on(store.url)
        site.start()
        until(lambda: store.rows("SELECT count(*) FROM people") == [(3,)], "the roster is in")
        other = copied(site, "second", "unchanged")
        assert site.process is not None
        site.process.send_signal(signal.SIGSTOP)
        held = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 72935 AND granted"
        until(lambda: store.rows(held) == [], "its session was ended")
        other.start()
        assert push(other, 0, "active", 1) == 202
        terms = "SELECT count(*) FROM entries WHERE kind = 'start'"
        assert store.rows(terms) == [(2,)]
        site.process.send_signal(signal.SIGCONT)
        site.process.communicate(timeout=PATIENCE_SECONDS)
        assert site.process.returncode == 70, "what it keeps in memory is of before: start it anew"
        assert push(other, 1, "active", 1) == 202
        assert store.rows("SELECT count(*) FROM transmissions WHERE connector = 'authority'") == [(2,)]
        assert store.rows(terms) == [(2,)]
        assert other.command("audit", "verify").returncode == 0, "the log is whole"
        other.end()
