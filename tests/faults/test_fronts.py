"""Fronts take pushes for the process that decides: nothing is lost and nothing counts twice, whoever is killed."""

import json
import shutil
import signal
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from http.client import HTTPSConnection
from secrets import token_hex
from typing import Any

import psycopg
import pytest

from benchmarks.load import request
from connectors.simulators.authority import event, load_key, sign, to_json
from hub.front.arriving import AT_ONCE, OF_ONE
from hub.front.taking import LARGE_BODY
from hub.intake.refusals import OF_ONE_SORT
from hub.intake.slices import MOST_LINES
from hub.store.wakeup import INBOX, REPLIES
from tests import postgres
from tests.faults.test_roles import Helper
from tests.hub.front.test_listeners import certificate, nginx
from tests.ports import free_port
from tests.site import PATIENCE_SECONDS, Site, build, ended_afterwards, order, until

PEOPLE = 8


URL = "https://hub.example.cn"
CLOUD_EVENT = "application/cloudevents+json"
BEGAN = datetime.now(UTC)
TAKEN = {200, 202}
"""Taken now, or known."""


def signed(site: Site, n: int, sequence: int, *, forged: bool = False) -> tuple[bytes, dict[str, str]]:
    """An order of the authority for the address that the hub is known by: the same bytes each time, signed now."""
    said = {"effective_at": BEGAN.isoformat(), **order(n, "active", sequence)}
    body = to_json(event("urn:authority:demo-ca", said, id=f"{n}-{sequence}", time=BEGAN.isoformat()))
    key = load_key(site.home / "keys" / "demo" / "authority.pem")
    now, nonce = datetime.now(UTC), f"{n}-{sequence}-{token_hex(4)}"
    headers = sign("POST", f"{URL}/in/authority", body, CLOUD_EVENT, key, "demo-ca-1", now, nonce)
    return body.replace(b"active", b"lapsed") if forged else body, dict(headers)


def push(to: Site, n: int, sequence: int, *, forged: bool = False) -> tuple[int, bytes]:
    """What one is answered; 0 where nobody was there, or was until the end."""
    body, headers = signed(to, n, sequence, forged=forged)
    return to.post("/in/authority", body, **headers)


class Front:
    """A front of a site, as its senders see it."""

    def __init__(self, site: Site) -> None:
        self.seen = Site(site.home, free_port())
        self.helper = Helper(site, "front", "--listen", f"127.0.0.1:{self.seen.port}")

    def ready(self) -> None:
        self.helper.ready(self.seen.url)

    def push(self, n: int, sequence: int, **more: bool) -> tuple[int, bytes]:
        return push(self.seen, n, sequence, **more)

    def why_not(self) -> dict[str, str]:
        status, text = self.seen.status("/readyz")
        assert status == (503 if "reasons" in text else 200), (status, text)
        reasons: dict[str, str] = json.loads(text).get("reasons", {})
        return reasons


class World:
    """A store, a process that decides and everything else, and two fronts."""

    def __init__(self, store: postgres.Server, site: Site) -> None:
        self.store = store
        self.site = site
        self.one, self.two = Front(site), Front(site)
        for each in (self.one, self.two):
            each.ready()
        self.calls = ThreadPoolExecutor(4)

    def soon(self, what: Callable[..., tuple[int, bytes]], *arguments: Any) -> "Future[tuple[int, bytes]]":
        return self.calls.submit(what, *arguments)

    def waiting(self) -> int:
        [(count,)] = self.store.rows("SELECT count(*) FROM inbox WHERE state = 'waiting'")
        return int(count)

    def counts(self, connector: str = "authority") -> dict[str, int]:
        names = ["received", "applied", "duplicate", "ignored", "held", "quarantined", "refused"]
        [row] = self.store.rows(f"SELECT {', '.join(names)} FROM connectors WHERE connector = '{connector}'")
        return dict(zip(names, row, strict=True))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with postgres.running() as store, ended_afterwards():
        site = build(tmp_path_factory.mktemp("fronts") / "hub", people=PEOPLE)
        site.on(store.url)
        text = (site.home / "licet.toml").read_text("utf-8")
        told = f'[hub]\npublic_url = "{URL}"\ntrusted_proxies = ["127.0.0.1"]\n'
        (site.home / "licet.toml").write_text(text.replace("[hub]\n", told, 1), "utf-8")
        site.start()
        until(lambda: store.rows("SELECT count(*) FROM people") == [(PEOPLE,)], "the roster is in")
        made = World(store, site)
        try:
            yield made
        finally:
            for each in (made.one, made.two):
                each.helper.kill()


@contextmanager
def grown(world: World, **more: int) -> Iterator[None]:
    """What the balance of the authority has more of afterwards, and of nothing else."""
    before = world.counts()
    yield
    after = world.counts()
    assert {name: after[name] - count for name, count in before.items() if after[name] != count} == more


def test_who_decides_answers_through_either_front_and_a_repeat_is_answered_alike(world):
    with grown(world, received=2, applied=2):
        said = [world.one.push(0, 1), world.two.push(1, 1)]
    assert [status for status, _body in said] == [202, 202]
    with grown(world, received=3, duplicate=3):
        again = [world.two.push(0, 1), world.one.push(0, 1), push(world.site, 0, 1)]
    assert again[0] == again[1] == again[2], "through either one, and as who decides answers itself"
    assert [json.loads(body)["receipt"] for _status, body in again] == 3 * [json.loads(said[0][1])["receipt"]]
    until(lambda: not world.store.rows("SELECT 1 FROM inbox"), "nothing is left that was told")
    assert world.one.why_not() == {}


def test_who_does_not_prove_itself_is_refused_and_on_record_and_a_flood_of_it_fills_no_queue(world):
    with grown(world, refused=1):
        assert world.one.push(2, 1, forged=True)[0] == 401
    many = OF_ONE_SORT + 10
    with grown(world, refused=many - 1):
        said = {world.one.push(2, 2 + n, forged=True)[0] for n in range(many - 1)}
        assert said == {401}
        until(lambda: world.counts()["refused"] >= many, "those that were not handed on are counted, too")
    handed = world.store.rows("SELECT count(*) FROM entries WHERE kind = 'refused' AND connector = 'authority'")
    assert handed == [(OF_ONE_SORT,)]
    assert world.two.push(2, 1)[0] == 202, "who proves itself is let in all the while"


def test_a_terminal_is_served_through_a_front_as_by_who_decides(world):
    front = world.one.seen
    front.handshake("SN-1")
    until(lambda: world.site.command("devices", "approve", "SN-1").returncode == 0, "it has called")
    front.handshake("SN-1")
    punches = b"1\t2026-03-02 09:00:00\t0\t1\n1\t2026-03-02 18:00:00\t1\t1\n"
    sent = ["/iclock/cdata?SN=SN-1&table=ATTLOG&Stamp=1", punches]
    assert front.post(*sent) == (200, b"OK: 2\n")
    assert world.two.seen.post(*sent) == world.site.post(*sent) == (200, b"OK: 2\n")
    counts = world.counts("terminals")
    assert (counts["received"], counts["applied"], counts["duplicate"]) == (6, 2, 4)
    world.site.command("devices", "retire", "SN-1")
    assert front.post("/iclock/cdata?SN=SN-1&table=ATTLOG&Stamp=2", punches)[0] in (401, 403)


def test_what_one_sender_brings_to_two_fronts_is_taken_in_the_order_in_which_it_reached_the_store(world):
    """What is long is read beside the others, and still goes before what came after it."""
    serial = world.one.seen
    serial.handshake("SN-3")
    until(lambda: world.site.command("devices", "approve", "SN-3").returncode == 0, "it has called")
    serial.handshake("SN-3")
    line = "2\t2026-03-{day:02} {hour:02}:{minute:02}:{second:02}\t0\t1\n"
    moments = [(day, hour, minute) for day in range(3, 7) for hour in range(8, 18) for minute in range(0, 60, 3)]
    long = "".join(line.format(day=d, hour=h, minute=m, second=0) for d, h, m in moments).encode()
    short, other = (line.format(day=day, hour=9, minute=0, second=0).encode() for day in (10, 11))
    other += b"\n"
    assert len(long) > LARGE_BODY > len(other) > len(short)
    assert world.site.process is not None
    world.site.process.send_signal(signal.SIGSTOP)
    sent = []
    for n, (front, body) in enumerate(((world.one, long), (world.two, short), (world.one, other))):
        sent.append(world.soon(front.seen.post, f"/iclock/cdata?SN=SN-3&table=ATTLOG&Stamp={n}", body))
        until(lambda n=n: world.waiting() == n + 1, "it stands in the store")
    world.site.process.send_signal(signal.SIGCONT)
    assert {each.result()[0] for each in sent} <= {200, 503}, "or its sender is told to come again"
    until(lambda: world.waiting() == 0, "all is taken")
    rows = world.store.rows("SELECT body FROM entries WHERE kind = 'received' AND connector = 'terminals' ORDER BY seq")
    told = [each for each in (json.loads(body) for (body,) in rows) if each["peer"] == "SN-3"]
    assert [each["counts"] for each in told] == [{"applied": len(moments)}, {"applied": 1}, {"applied": 1}]
    assert [each["payload"]["bytes"] for each in told] == [len(long), len(short), len(other)]


def test_one_that_sends_more_than_is_looked_at_at_once_behind_something_long_holds_up_nobody_else(world):
    """What is long takes its time to be read; another one, who comes after all of it, is served meanwhile."""
    for name in ("SN-4", "SN-5"):
        world.one.seen.handshake(name)
        until(lambda name=name: world.site.command("devices", "approve", name).returncode == 0, "it has called")
        world.one.seen.handshake(name)
    line = b"4\t2026-04-%02d %02d:%02d:00\t0\t1\n"
    long = b"".join(line % (1 + n // 1440, n // 60 % 24, n % 60) for n in range(MOST_LINES))
    short = [line % (20, n // 60, n % 60) for n in range(AT_ONCE + OF_ONE)]
    assert len(long) > 16 * LARGE_BODY
    assert world.site.process is not None
    world.site.process.send_signal(signal.SIGSTOP)
    path = "/iclock/cdata?SN=%s&table=ATTLOG&Stamp=1"
    with ExitStack() as lines:
        for n in range(AT_ONCE + OF_ONE):
            address = "127.0.0.1", world.one.seen.port
            sent = lines.enter_context(closing(socket.create_connection(address)))
            sent.sendall(request(path % "SN-4", short[n] if n else long))
            if not n:
                until(lambda: world.waiting() == 1, "what is long stands in the store before all others")
        until(lambda: world.waiting() == AT_ONCE + OF_ONE, "all of it stands in the store")
        other = world.soon(world.two.seen.post, path % "SN-5", short[0])
        until(lambda: world.waiting() == AT_ONCE + OF_ONE + 1, "and the other's")
        world.site.process.send_signal(signal.SIGCONT)
        assert other.result()[0] in {200, 503}, "or its sender is told to come again"
        until(lambda: world.waiting() == 0, "all is taken")
    rows = world.store.rows("SELECT body FROM entries WHERE kind = 'received' AND connector = 'terminals' ORDER BY seq")
    told = [(each["peer"], each["payload"]["bytes"]) for each in (json.loads(body) for (body,) in rows)]
    by_other = [n for n, (peer, _bytes) in enumerate(told) if peer == "SN-5"]
    of_long = [n for n, (peer, size) in enumerate(told) if peer == "SN-4" and size > len(short[0])]
    assert by_other < of_long[-1:], "before the last part of what is long"
    assert sum(size for peer, size in told if peer == "SN-4") == len(long) + sum(map(len, short[1:]))


def test_a_front_tells_its_own_figures_to_who_shows_the_token(world):
    front = world.one.seen
    assert front.status("/metrics")[0] == 401
    until(lambda: "licet_inbox_waiting 0.0" in front.metrics(), "it has seen that nothing waits")
    figures = front.metrics()
    assert 'licet_front_refused_total{code="auth.token"} 1.0' in figures
    assert 'licet_loop_turns_total{loop="replies"}' in figures
    assert "licet_items" not in figures, "what stands in the store is told by who decides"


@contextmanager
def no_word(world: World) -> Iterator[psycopg.Connection]:
    """Every word by which processes wake each other is lost: they find another function of its name. Who listens."""
    uri = world.store.server.get_uri(database="hub")
    with psycopg.connect(uri, autocommit=True) as session:
        session.execute("CREATE FUNCTION public.pg_notify(text, text) RETURNS void LANGUAGE sql AS ''")
        session.execute("ALTER DATABASE hub SET search_path = public, pg_catalog")
        ours = "pg_stat_activity WHERE application_name LIKE 'licet%'"
        session.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM {ours}").fetchall()
        for each in (INBOX, REPLIES):
            session.execute(f"LISTEN {each}")
        yield session
        session.execute("DROP FUNCTION public.pg_notify(text, text)")


def test_where_every_word_is_lost_what_fronts_take_is_found_and_answered_all_the_same(world):
    with no_word(world) as session:
        for n, each in enumerate((world.one, world.two)):
            until(lambda each=each, n=n: each.push(1, 2 + n)[0] in TAKEN, "it is taken")
        assert world.one.push(1, 4)[0] == 202, "by looking now and then"
        assert list(session.notifies(timeout=0)) == []
    assert world.two.push(1, 5)[0] == 202
    assert world.one.why_not() == {}


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed (make peers)")
def test_behind_the_sample_of_nginx_one_front_takes_what_the_other_one_is_too_dead_for(world, tmp_path):
    certificate(world.site.home / "keys", "hub")
    at = {"127.0.0.1:8721": world.one.seen.port, "127.0.0.1:8722": world.two.seen.port}
    at |= {"127.0.0.1:8711": world.site.port, "127.0.0.1:8712": free_port()}
    with nginx(tmp_path, "nginx-fronts.conf", at, world.site.home / "keys") as (plain, tls, inside):
        context = ssl.create_default_context(cafile=str(world.site.home / "keys" / "hub.crt"))
        terminals = Site(world.site.home, plain)
        terminals.handshake("SN-2")
        assert [terminals.status(path)[0] for path in ("/in/authority", "/readyz")] == [404, 404]
        assert Site(world.site.home, inside).status("/readyz")[0] == 200, "who decides answers, not who stands by"
        world.one.helper.end(signal.SIGKILL)
        with grown(world, received=6, applied=6):
            assert {through(tls, context, world.site, 7, n) for n in range(1, 7)} == {202}
    world.one = Front(world.site)
    world.one.ready()


def through(port: int, context: ssl.SSLContext, site: Site, n: int, sequence: int) -> int:
    """The status of an order that goes to a port under TLS."""
    body, headers = signed(site, n, sequence)
    line = HTTPSConnection("127.0.0.1", port, context=context, timeout=60)
    with closing(line):
        line.request("POST", "/in/authority", body, headers)
        return line.getresponse().status


def test_what_a_front_had_handed_on_when_it_was_killed_counts_once_and_its_sender_hears_it_from_the_other(world):
    assert world.site.process is not None
    with grown(world, received=2, applied=1, duplicate=1):
        world.site.process.send_signal(signal.SIGSTOP)
        lost = world.soon(world.one.push, 3, 1)
        until(lambda: world.waiting() == 1, "it stands in the store")
        world.one.helper.end(signal.SIGKILL)
        assert lost.result() == (0, b"")
        world.site.process.send_signal(signal.SIGCONT)
        assert world.two.push(3, 1)[0] in TAKEN
    world.one = Front(world.site)
    world.one.ready()


def test_while_nobody_decides_a_front_says_so_and_what_it_keeps_is_answered_once_the_next_one_does(world):
    world.site.end(signal.SIGKILL)
    until(lambda: set(world.one.why_not()) == {"role.decider"}, "the front says that nobody decides")
    assert world.one.seen.status("/healthz")[0] == 200
    with grown(world, received=4, applied=2, duplicate=2):
        pushed = [world.soon(each.push, n, 1) for n, each in ((4, world.one), (5, world.two))]
        until(lambda: world.waiting() == 2, "both stand in the store")
        world.site.start()
        told = {each.result()[0] for each in pushed}
        assert told <= {202, 503}, "or its sender is told to come again, on a slow machine"
        assert {each.push(n, 1)[0] for n, each in ((5, world.one), (4, world.two))} <= TAKEN
    assert world.one.why_not() == {}


@contextmanager
def exhausted(world: World) -> Iterator[None]:
    """Others have all sessions that the server gives, and the hub has lost its own."""
    uri = world.store.server.get_uri(database="hub")
    with ExitStack() as held:
        first = held.enter_context(psycopg.connect(uri, autocommit=True))
        ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'licet%'"
        ends = time.monotonic() + PATIENCE_SECONDS
        left = True
        while left:  # without a pause: it asks at once for one that it has just lost
            assert time.monotonic() < ends, "the hub has none"
            with suppress(psycopg.OperationalError):  # until the server gives no more
                while True:
                    held.enter_context(psycopg.connect(uri))
            left = bool(first.execute(ours).fetchall())
        yield


def test_where_the_store_gives_no_more_sessions_nothing_is_lost_and_all_go_on_once_it_does(world):
    before = world.counts()
    with exhausted(world):
        until(lambda: [each.why_not() != {} for each in (world.one, world.two)] == [True, True], "both say so")
        assert {each.push(2, 6)[0] for each in (world.one, world.two)} <= {0, 503}
    for each in (world.one, world.two):
        until(lambda each=each: each.push(2, 6)[0] in TAKEN, "it is taken")
    assert world.counts()["applied"] == before["applied"] + 1


def test_after_a_restart_of_the_store_all_go_on_by_themselves(world):
    world.store.restart()
    before = world.counts()
    for each in (world.one, world.two):
        until(lambda each=each: each.push(6, 1)[0] in TAKEN, "it is taken")
    assert world.counts()["applied"] == before["applied"] + 1
    for each in (world.one, world.two):
        each.helper.end()
    world.site.end()
    assert world.waiting() == 0
    assert world.site.command("audit", "verify").returncode == 0
