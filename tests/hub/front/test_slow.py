"""Connections that drip: each is closed at its deadline and told of, and meanwhile others are served."""

import socket
import threading
from contextlib import ExitStack, suppress

import pytest

from hub.front.waits import Waits
from tests.hub.front.test_budgets import HEAD, connect, everything
from tests.hub.front.test_front import alive, serving
from tests.site import until

SLOW = 200
HEADERS = b"GET / HTTP/1.1\r\nhost: x\r\n"


@pytest.mark.parametrize(
    ("begin", "drop", "waits", "code"),
    [
        (HEADERS, b"x-drip: 1\r\n", Waits(headers=0.5, linger=0.3), "http.slow"),
        (b"\r\n", b"\r\n", Waits(headers=0.5, linger=0.3), "http.slow"),
        (HEAD % 1000, b"", Waits(first_body=0.5, linger=0.3), "http.slow"),
    ],
    ids=["headers", "empty lines", "a body that stays away"],
)
def test_b076_connections_that_drip_are_all_closed_and_told_of_while_others_are_served(begin, drop, waits, code):
    refused: list[tuple[str, str]] = []
    over = threading.Event()
    with serving(refused=refused, waits=waits) as address, ExitStack() as opened:
        lines = [opened.enter_context(connect(address)) for _ in range(SLOW)]

        def drip() -> None:
            while not over.wait(0.05):
                for line in lines:
                    with suppress(OSError):
                        line.sendall(drop)

        for line in lines:
            line.sendall(begin)
        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            assert alive(address), "others are served"
            said = [_closed(line) for line in lines]
        finally:
            over.set()
            dripping.join()
        assert [each[:13] for each in said if each] == [b"HTTP/1.1 408 "] * sum(map(bool, said))
        until(lambda: len(refused) == SLOW, "each is told of")
        assert set(refused) == {(code, "127.0.0.1")} and alive(address)


def _closed(line: socket.socket) -> bytes:
    """What a connection is told before it is closed."""
    line.settimeout(60)
    return everything(line)


def test_a_connection_that_says_nothing_is_closed_at_its_deadline_and_leaves_no_trace():
    refused: list[tuple[str, str]] = []
    with serving(refused=refused, waits=Waits(headers=0.2)) as address, connect(address) as line:
        assert _closed(line) == b"" and not refused
