"""Who asks too fast waits, without holding up others; and a store that is locked is told of in two seconds."""

import asyncio
import json
import socket
import sqlite3
import threading
import time
from contextlib import closing

import pytest

from hub.front.proxies import Proxies
from hub.front.rates import RateLimits, Rates
from tests.hub.front.test_api import asked
from tests.hub.front.test_front import answer
from tests.site import build, until

LIMITS = RateLimits(peer=5, peer_refused=2, address_strangers=4, address_asked=3, address_permissions=5)


def run(*steps):
    """What each step says, in one second."""

    async def inside():
        rates = Rates(LIMITS)
        return [step(rates) for step in steps]

    return asyncio.run(inside())


def serve(peer="p", address="a"):
    return lambda rates: rates.may_serve(address, peer)


def refuse(peer="p", address="a"):
    return lambda rates: rates.refused(address, peer)


def test_a_peer_is_served_so_often_and_its_neighbours_all_the_same():
    found = run(*[serve()] * 7, serve("q"), serve("p", "b"))
    assert found == [True] * 5 + [False] * 2 + [True, True]


def test_a_peer_that_is_refused_so_often_is_not_looked_at_again():
    assert (
        run(refuse(), serve(), refuse(), serve(), serve("q"))[1::2] == [True, False]
        and run(refuse(), refuse(), serve("q"))[-1]
    )


def test_invented_peers_of_one_address_do_not_stop_those_that_were_served_before():
    steps = [lambda rates: rates.answered("a", "good", let_in=True), *(refuse(f"x{n}") for n in range(4))]
    assert run(*steps, serve("good"), serve("x9"), serve("good", "b"))[-3:] == [True, False, True]


def test_whom_nobody_let_in_has_no_budget_of_its_own_for_each_name():
    steps = [
        lambda rates: rates.answered("a", "good", let_in=True),
        *[lambda rates: rates.answered("a", "x", let_in=False)] * 4,
    ]
    assert run(*steps, serve("good"), serve("x9"), serve("x9", "b"))[-3:] == [True, False, True]


def test_questions_have_a_rate_of_their_own():
    assert run(*[lambda rates: rates.may_ask("a")] * 4, lambda rates: rates.may_ask("b")) == [True] * 3 + [False, True]


def test_whether_somebody_may_is_asked_at_a_rate_of_its_own():
    asked = [lambda rates: rates.may_ask("a", "/access/v1/evaluation")] * 6
    assert run(*asked, lambda rates: rates.may_ask("a")) == [True] * 5 + [False, True]


def test_the_next_second_begins_anew():
    async def inside():
        rates = Rates(LIMITS, window=0.01)
        while rates.may_serve("a", "p"):
            pass
        while not rates.may_serve("a", "p"):
            await asyncio.sleep(0.005)

    asyncio.run(asyncio.wait_for(inside(), 30))


def scope(client, *forwarded):
    return {"client": (client, 1), "headers": [(b"x-forwarded-for", each) for each in forwarded]}


@pytest.mark.parametrize(
    ("proxies", "client", "forwarded", "found"),
    [
        ((), "10.0.0.5", [b"203.0.113.9"], "10.0.0.5"),
        (("10.0.0.5",), "10.0.0.5", [b"203.0.113.9"], "203.0.113.9"),
        (("10.0.0.0/24",), "10.0.0.5", [b"6.6.6.6, 203.0.113.9, 10.0.0.7"], "203.0.113.9"),
        (("10.0.0.0/24",), "10.0.0.5", [b"6.6.6.6", b"203.0.113.9"], "203.0.113.9"),
        (("10.0.0.5",), "10.0.0.6", [b"203.0.113.9"], "10.0.0.6"),
        (("10.0.0.5",), "10.0.0.5", [], "10.0.0.5"),
        (("10.0.0.5",), "10.0.0.5", [b"2001:db8:1:2:3::4"], "2001:db8:1:2::"),
        ((), "2001:db8:1:2:3::4", [], "2001:db8:1:2::"),
    ],
)
def test_only_a_trusted_proxy_is_believed_about_who_asks(proxies, client, forwarded, found):
    assert Proxies(proxies).client_of(scope(client, *forwarded)) == found


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    built = build(tmp_path_factory.mktemp("rates") / "hub")
    built.start()
    until(lambda: built.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    yield built
    built.end()


def test_a_flood_of_refused_requests_hears_429_and_leaves_few_entries(site):
    answers: list[int] = []

    def flood():
        for _ in range(80):
            status, _body = site.post("/iclock/cdata?SN=FLOOD&table=ATTLOG", b"x\n")
            answers.append(status)

    before = len(site.entries("refused"))
    threads = [threading.Thread(target=flood) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert 429 in answers and set(answers) <= {401, 403, 429}
    assert len(answers) == 320
    assert len(site.entries("refused")) - before <= 3 * 20, "so many of each code in a minute"
    counted = "SELECT refused FROM connectors WHERE connector = 'terminals'"
    until(lambda: site.rows(counted)[0][0] >= 320, "all are counted")


def test_what_the_front_and_the_api_refuse_leaves_an_entry(site):
    with closing(socket.create_connection(("127.0.0.1", site.port))) as line:
        line.sendall(b"nonsense\r\n\r\n")
        line.recv(100)
    assert asked(f"{site.url}/api/v1/connectors", "wrong")[0] == 401

    def told():
        return {(each["connector"], each["peer"], each["code"]) for each in site.entries("refused")}

    until(lambda: {("front", "127.0.0.1", "http.framing"), ("front", "127.0.0.1", "auth.token")} <= told(), "entries")
    counted = site.metrics()
    for code in ("http.framing", "auth.token"):
        assert f'licet_front_refused_total{{code="{code}"}} ' in counted
    [of_api] = [each for each in site.entries("refused") if each["code"] == "auth.token"]
    assert of_api["auth"] == {"method": "token", "result": "rejected"}


def test_whatever_the_api_refuses_is_a_problem_document(site):
    token = (site.home / "keys" / "api.token").read_text()
    for path, status, code in (
        ("/api/v1/connectors", 401, "auth.token"),
        ("/nowhere", 404, "http.path"),
        ("/in/..%2fadmin", 404, "http.path"),
        ("//in", 404, "http.path"),
        ("/in%00", 404, "http.path"),
    ):
        found, body = asked(site.url + path)
        said = json.loads(body)
        assert (found, said["status"], said["code"]) == (status, status, code) and said["type"].endswith(code)
    assert json.loads(asked(f"{site.url}/api/v1/people/X", token)[1])["code"] == "http.path"
    for method in (b"TRACE", b"DELETE", b"POST"):
        with closing(socket.create_connection(("127.0.0.1", site.port))) as line:
            line.sendall(method + b" /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            said = b"".join(iter(lambda line=line: line.recv(4096), b""))
            assert said.startswith(b"HTTP/1.1 405") and b"http.method" in said


def test_while_the_store_is_locked_senders_hear_503_soon_and_refusals_too(site):
    with closing(sqlite3.connect(site.home / "data" / "licet.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            began = time.monotonic()
            with closing(socket.create_connection(("127.0.0.1", site.port), timeout=60)) as line:
                line.sendall(b"POST /in/authority HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}")
                refused = answer(line)
            assert refused.startswith(b"HTTP/1.1 503") and b"retry-after" in refused and b"store.busy" in refused
            assert time.monotonic() - began < 20, "the promise is two seconds; a slow machine may take longer"
        finally:
            other.execute("ROLLBACK")
    until(lambda: site.post("/in/authority", b"{}")[0] in (401, 415), "refusals are answered again")
