"""Whatever a stranger does on real sockets, the front holds a bounded number of bytes, requests and connections."""

import asyncio
import contextlib
import socket
import subprocess
import sys
import threading
import time

import pytest

from hub.front.admission import Admission, share_of
from hub.front.waits import Waits
from tests.hub.front.test_front import BODY_LIMIT, GOOD, alive, answer, serving, status
from tests.site import until

HEAD = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
KERNEL = 16 << 20
"""More than the buffers of both kernels take without anybody reading."""


def everything(line: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := line.recv(65536):
            parts.append(part)
    return b"".join(parts)


def taken(line: socket.socket, flood: bytes, most: int) -> int:
    """How many bytes the other side takes until it hangs up, or as many as are offered."""
    sent = 0
    with contextlib.suppress(OSError):
        while sent < most:
            line.sendall(flood)
            sent += len(flood)
    return sent


def connect(address, source="127.0.0.1"):
    return socket.create_connection(address, timeout=5, source_address=(source, 0))


def test_of_a_pipeline_one_request_is_served_and_the_connection_ends_after_its_answer():
    began, release = [], threading.Event()

    async def app(_scope, _receive, send):
        began.append(1)
        while not release.is_set():
            await asyncio.sleep(0.01)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    with serving(app=app) as address, connect(address) as line:
        line.sendall(GOOD * 6000)
        until(lambda: began, "the first one is served")
        line.settimeout(0.3)
        assert taken(line, GOOD * 6000, 2 * KERNEL) <= KERNEL, "nobody reads on"
        release.set()
        line.settimeout(5)
        said = everything(line)
        assert said.count(b"HTTP/1.1 200") == 1 and b"connection: close" in said and len(began) == 1
        assert alive(address)


def test_a_request_that_follows_its_answer_is_served_on_the_same_line_with_empty_lines_between():
    with serving() as address, connect(address) as line:
        for _ in range(3):
            line.sendall(GOOD)
            assert status(line) == 200
            line.sendall(b"\r\n")


@pytest.mark.parametrize(
    "flood",
    [b"x-t: " + b"a" * 4000 + b"\r\n", b"a" * 4000, b"a: b\r\n" * 1000],
    ids=["fields", "one field", "short fields"],
)
def test_trailers_without_end_are_cut_off(flood):
    refused: list[tuple[str, str]] = []
    with serving(refused=refused) as address, connect(address) as line:
        line.sendall(CHUNKED + b"0\r\n")
        assert taken(line, flood, 64 << 20) <= KERNEL
        until(lambda: refused, "it is told")
        assert refused == [("http.size", "127.0.0.1")]
        assert alive(address)


def test_chunks_of_one_byte_and_their_extensions_are_cut_off_by_what_they_cost_on_the_wire():
    with serving() as address, connect(address) as line:
        line.sendall(CHUNKED)
        assert taken(line, (b"1;" + b"e" * 4000 + b"\r\na\r\n") * 10, 64 << 20) <= KERNEL
        assert alive(address)


def test_trailers_of_a_usual_size_are_taken():
    with serving() as address, connect(address) as line:
        line.sendall(CHUNKED + b"3\r\nabc\r\n0\r\nx-checksum: 1\r\n\r\n")
        assert answer(line).endswith(b"3")


def test_bodies_that_are_held_back_fill_the_share_of_their_address_and_nobody_elses():
    admission = Admission(bytes_=4 * BODY_LIMIT, bytes_share=2 * BODY_LIMIT)
    refused: list[tuple[str, str]] = []
    with serving(admission, refused) as address:
        lines = [connect(address) for _ in range(12)]
        for line in lines:
            with contextlib.suppress(OSError):
                line.sendall(HEAD % BODY_LIMIT + b"a" * (BODY_LIMIT - 10))
        until(lambda: refused, "too much is refused")
        assert set(refused) == {("http.busy", "127.0.0.1")}
        assert admission.held <= 2 * BODY_LIMIT
        with connect(address, "127.0.0.2") as other:
            other.sendall(HEAD % BODY_LIMIT + b"b" * BODY_LIMIT)
            assert answer(other).endswith(b"%d" % BODY_LIMIT), "others are served"
        for line in lines:
            line.close()
        until(lambda: admission.held == 0, "what they held is free")
        with connect(address) as again:
            again.sendall(HEAD % BODY_LIMIT + b"b" * BODY_LIMIT)
            assert answer(again).endswith(b"%d" % BODY_LIMIT)
    assert admission.connections == 0


def test_bodies_of_many_addresses_stay_within_the_allowance_of_the_process():
    admission = Admission(bytes_=4 * BODY_LIMIT, bytes_share=2 * BODY_LIMIT)
    with serving(admission) as address:
        lines = [connect(address, f"127.0.0.{n + 2}") for n in range(12)]
        for line in lines:
            with contextlib.suppress(OSError):
                line.sendall(HEAD % BODY_LIMIT + b"a" * (BODY_LIMIT - 10))
        said = [answer(line) if is_refused(line) else b"" for line in lines]
        assert admission.held <= 4 * BODY_LIMIT
        assert [b"503" in each and b"retry-after: 1" in each for each in said if each].count(True) >= 7
        for line in lines:
            line.close()


def is_refused(line):
    line.settimeout(1)
    try:
        return bool(line.recv(1, socket.MSG_PEEK))
    except OSError:
        return False


def test_who_drips_on_after_an_answer_is_cut_off():
    with serving(waits=Waits(body=0.2, linger=0.5)) as address, connect(address) as line:
        line.sendall(HEAD % 1000 + b"a")
        said = answer(line)
        assert b"http.slow" in said and b"connection: close" in said
        dripping(line)
        assert alive(address)


def dripping(line: socket.socket, drop: bytes = b"a") -> None:
    """Drip until the other side hangs up."""
    ends = time.monotonic() + 60
    line.settimeout(0.05)
    with contextlib.suppress(ConnectionError):
        while time.monotonic() < ends:
            line.sendall(drop)
            with contextlib.suppress(TimeoutError):
                line.recv(100)
    assert time.monotonic() < ends, "nobody has hung up"


def test_who_drips_empty_lines_between_two_requests_is_cut_off():
    with serving(waits=Waits(headers=0.3, linger=0.3)) as address, connect(address) as line:
        line.sendall(GOOD)
        assert status(line) == 200
        dripping(line, b"\r\n")


def test_who_does_not_fetch_an_answer_is_cut_off():
    async def app(_scope, _receive, send):
        size = 64 << 20
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % size)]})
        for n in range(64):
            await send({"type": "http.response.body", "body": bytes(1 << 20), "more_body": n < 63})

    admission = Admission()
    with serving(admission, app=app, waits=Waits(write=0.3)) as address, connect(address) as line:
        line.sendall(GOOD)
        until(lambda: admission.connections == 1, "it is served")
        until(lambda: admission.connections == 0, "it is cut off")


def test_an_answer_before_the_body_is_whole_reaches_its_sender_and_ends_the_connection():
    with serving() as address, connect(address) as line:
        line.sendall(HEAD % (50 * BODY_LIMIT) + b"a" * (2 * BODY_LIMIT))
        said = everything(line)
        assert b" 413 " in said and b"connection: close" in said and b"http.size" in said
        assert said.count(b"HTTP/1.1") == 1


def test_one_address_gets_its_share_of_connections_and_others_get_theirs():
    refused: list[tuple[str, str]] = []
    admission = Admission(connections=10, connections_share=4)
    with serving(admission, refused) as address:
        lines = [connect(address) for _ in range(8)]
        until(lambda: len(refused) == 4, "the share is full")
        said = [answer(line) for line in lines[4:]]
        assert all(b"503" in each and b"http.busy" in each for each in said)
        with connect(address, "127.0.0.9") as other:
            other.sendall(GOOD)
            assert status(other) == 200
        for line in lines:
            line.close()
        until(lambda: admission.connections == 0, "all are gone")
        assert alive(address)


def test_a_process_takes_no_more_connections_than_it_can_open_files():
    script = "import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (200, int(sys.argv[1])));"
    script += "from hub.front.admission import room; print(room(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    for hard, connections, files in (("1000", "744", "1000"), ("20000", "2048", "2304"), ("200", "1", "200")):
        found = subprocess.run(
            [sys.executable, "-c", script, hard], capture_output=True, text=True, check=True, timeout=60
        )
        assert found.stdout.split() == [connections, files]


def test_a_proxy_has_no_share_of_its_own():
    admission = Admission(connections=100, connections_share=1, proxies=frozenset({"127.0.0.1"}))
    with serving(admission) as address, connect(address), connect(address):
        assert alive(address)


@pytest.mark.parametrize(
    ("host", "share"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
    ],
)
def test_an_address_counts_to_the_network_of_its_site(host, share):
    assert share_of(host) == share


@pytest.mark.parametrize(
    ("request_bytes", "code", "found"),
    [
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc", 415, "http.coding"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 415, "http.coding"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "http.framing"),
        (b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", 400, "http.framing"),
        (b"CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n", 405, "http.method"),
        (b"nonsense\r\n\r\n", 400, "http.framing"),
        (b"GET /a#b HTTP/1.1\r\nhost: x\r\n\r\n", 400, "http.framing"),
        (b"POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400, "http.framing"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3, 3\r\n\r\nabc", 400, "http.framing"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 3\r\n\r\nabc", 400, "http.framing"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400, "http.framing"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding:\x0bchunked\r\n\r\n0\r\n\r\n", 400, "http.framing"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", 400, "http.framing"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabcX0\r\n\r\n", 400, "http.framing"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "http.framing"),
        (b"GET / HTTP/1.1\r\nhost: x\rx: y\r\n\r\n", 400, "http.framing"),
        (b"GET / HTTP/1.1\r\nhost: x\r\na\0b: c\r\n\r\n", 400, "http.framing"),
        (b"GET / HTTP/1.1\r\nx: " + b"a" * 40_000, 431, "http.headers"),
    ],
)
def test_what_no_application_sees_is_answered_with_a_problem_and_told(request_bytes, code, found):
    refused: list[tuple[str, str]] = []
    with serving(refused=refused) as address, connect(address) as line:
        line.sendall(request_bytes)
        said = everything(line)
        assert said.startswith(b"HTTP/1.1 %d " % code) and b"application/problem+json" in said
        assert b'"code":"%s"' % found.encode() in said
        assert refused == [(found, "127.0.0.1")]


@pytest.mark.parametrize("extra", [b"content-encoding: identity\r\n", b"connection: upgrade\r\nupgrade: h2c\r\n"])
def test_what_changes_nothing_is_let_through(extra):
    with serving() as address, connect(address) as line:
        line.sendall(b"POST / HTTP/1.1\r\nhost: x\r\n" + extra + b"content-length: 0\r\n\r\n")
        assert status(line) == 200


def test_http_1_0_needs_no_host_and_ends_after_its_answer():
    with serving() as address, connect(address) as line:
        line.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert everything(line).startswith(b"HTTP/1.1 200")


def test_a_body_may_take_long_as_long_as_enough_of_it_comes():
    with serving(waits=Waits(body=0.2, body_rate=1000)) as address, connect(address) as line:
        line.sendall(HEAD % 8000)
        for _ in range(8):
            line.sendall(b"a" * 1000)
            time.sleep(0.1)
        assert answer(line).endswith(b"8000")
