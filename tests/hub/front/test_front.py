"""The HTTP front on a real socket: limits on header bytes and time, framing that cannot be read in two ways."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
import uvloop

from hub.front import request as web
from hub.front.admission import Admission
from hub.front.server import Tls, bind, server
from hub.front.waits import WAITS, Waits
from schemas.errors import LicetError, status_of

GOOD = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
BODY_LIMIT = 100_000


async def reader(_scope: Any, receive: Any, send: Any, waits: Waits = WAITS) -> None:
    """An application that reads the body with the hub's own limits and says how much came."""
    try:
        body = await web.read_body(receive, BODY_LIMIT, waits)
        if body is None:  # the client hung up
            return
        status, said = 200, b"%d" % len(body)
    except LicetError as error:
        status, said = status_of(error.code), error.code.encode()
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"%d" % len(said))]})
    await send({"type": "http.response.body", "body": said})


@contextmanager
def serving(
    admission: Admission | None = None,
    refused: list[tuple[str, str]] | None = None,
    app: Any = None,
    waits: Waits = WAITS,
    tls: Tls | None = None,
) -> Iterator[tuple[str, int]]:
    """The front of the hub before ``reader``."""
    bound = bind("127.0.0.1:0")
    told = refused.append if refused is not None else (lambda _each: None)
    running = server(
        app or partial(reader, waits=waits),
        admission=admission or Admission(),
        largest_body=BODY_LIMIT,
        refused=lambda code, address: told((code, address)),
        waits=waits,
        tls=tls,
    )
    thread = threading.Thread(target=lambda: uvloop.run(running.serve(sockets=[bound])))
    thread.start()
    while not running.started and thread.is_alive():
        time.sleep(0.005)
    try:
        yield bound.getsockname()
    finally:
        running.end()
        thread.join()
        bound.close()


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with serving() as found:
        yield found


@pytest.fixture
def line(address) -> Iterator[socket.socket]:
    with socket.create_connection(address, timeout=60) as opened:
        yield opened


def answer(line: socket.socket) -> bytes:
    """All that comes until the other side closes, or one whole answer."""
    got = b""
    while True:
        try:
            part = line.recv(65536)
        except ConnectionResetError:
            return got
        got += part
        head, _, body = got.partition(b"\r\n\r\n")
        if not part or (_ and len(body) >= int(length(head))):
            return got


def length(head: bytes) -> bytes:
    found = [each.partition(b":")[2] for each in head.lower().split(b"\r\n") if each.startswith(b"content-length:")]
    return found[0].strip() if found else b"1000000"


def status(line: socket.socket) -> int:
    got = answer(line)
    return int(got.split(b" ", 2)[1]) if got else 0


def alive(address: tuple[str, int]) -> bool:
    with socket.create_connection(address, timeout=60) as line:
        line.sendall(GOOD)
        return status(line) == 200


def test_headers_up_to_the_limit_are_taken(line):
    line.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * (31 * 1024) + b"\r\n\r\n")
    assert status(line) == 200


@pytest.mark.parametrize("size", [33 * 1024, 200_000])
def test_headers_above_the_limit_are_refused(address, line, size):
    line.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * size)
    assert status(line) == 431
    assert alive(address)


def test_whole_headers_above_the_limit_are_refused_as_well(address, line):
    line.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * (33 * 1024) + b"\r\n\r\n")
    assert status(line) == 431
    assert alive(address)


def test_the_limit_counts_headers_and_not_the_body_behind_them(line):
    body = b"b" * 90_000
    line.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
    assert answer(line).endswith(b"90000")
    line.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * (31 * 1024) + b"\r\n\r\n")
    assert status(line) == 200, "the next request on the line has its own limit"


def test_many_requests_on_one_line_do_not_add_up(line):
    for _ in range(10):
        line.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * 8000 + b"\r\n\r\n")
        assert status(line) == 200


def test_a_client_that_says_nothing_is_closed_at_its_deadline_too():
    with serving(waits=Waits(headers=0.2)) as address, socket.create_connection(address, timeout=60) as line:
        assert line.recv(10) == b""


def test_a_slow_answer_is_not_cut_by_the_deadline_of_the_headers():
    with serving(waits=Waits(headers=0.2)) as address, socket.create_connection(address, timeout=60) as line:
        line.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\na")
        time.sleep(0.4)
        line.sendall(b"b")
        assert answer(line).endswith(b"2")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
        b"GET / HTTP/1.1\r\nhost: x\r\nx-a: 1\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\nhost: x\n\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 this is TLS\r\n\r\n",
    ],
    ids=["length and chunked", "chunked and length", "two lengths", "folded header", "bare line feeds", "TLS"],
)
def test_framing_that_two_readers_may_read_in_two_ways_is_refused(address, line, request_bytes):
    line.sendall(request_bytes)
    assert status(line) == 400
    assert alive(address)


def test_a_body_that_does_not_come_in_time_is_refused():
    with serving(waits=Waits(body=0.3)) as address, socket.create_connection(address, timeout=60) as line:
        line.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf")
        assert b"http.slow" in answer(line)
        assert alive(address)


def test_a_chunked_body_above_the_limit_is_refused_before_it_is_whole(address, line):
    line.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
    chunk = b"%x\r\n" % 60_000 + b"z" * 60_000 + b"\r\n"
    line.sendall(chunk * 2)  # and no end
    assert b"http.size" in answer(line)
    assert alive(address)


def test_a_client_that_hangs_up_in_the_middle_of_the_body_harms_nobody(address, caplog):
    with socket.create_connection(address, timeout=60) as line:
        line.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf")
    assert alive(address)
    assert "Traceback" not in caplog.text and not [each for each in caplog.records if each.levelname == "ERROR"]


def test_a_body_that_never_begins_ends_at_its_deadline():
    with serving(waits=Waits(first_body=0.3)) as address, socket.create_connection(address, timeout=60) as line:
        line.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n")
        assert answer(line).startswith(b"HTTP/1.1 408 ")
        assert alive(address)


def test_a_body_that_begins_in_time_is_not_cut_by_that_deadline():
    with serving(waits=Waits(first_body=0.3)) as address, socket.create_connection(address, timeout=60) as line:
        line.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n")
        time.sleep(0.1)
        line.sendall(b"a")
        time.sleep(0.4)
        line.sendall(b"b")
        assert answer(line).endswith(b"2")


@pytest.mark.parametrize("target", [b"/\xff", b"http://[::1", b"http:///x"])
def test_an_address_that_is_none_is_answered_with_400_and_the_next_caller_is_served(address, target, caplog):
    with socket.create_connection(address, timeout=60) as opened:
        opened.sendall(b"GET " + target + b" HTTP/1.1\r\nhost: x\r\n\r\n")
        assert _all(opened).startswith(b"HTTP/1.1 400 ")
    with socket.create_connection(address, timeout=60) as opened:
        opened.sendall(GOOD)
        assert opened.recv(100).startswith(b"HTTP/1.1 200 ")
    assert not [each for each in caplog.records if each.levelname in ("ERROR", "CRITICAL")]


def _all(line: socket.socket) -> bytes:
    parts = []
    while part := line.recv(4096):
        parts.append(part)
    return b"".join(parts)
