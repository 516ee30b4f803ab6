"""Handshakes: within their time and their share, told of where they fail, and gone when the listener closes."""

import os
import socket
import ssl
from contextlib import ExitStack

import pytest

from hub.front.admission import Admission
from hub.front.server import Tls
from hub.front.waits import Waits
from tests.hub.front.test_budgets import connect, everything
from tests.hub.front.test_front import GOOD, alive, serving, status
from tests.hub.front.test_listeners import certificate
from tests.site import until


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    certificate(folder, "hub")
    return folder


@pytest.fixture
def tls(keys) -> Tls:
    return Tls(str(keys / "hub.crt"), str(keys / "hub.key"))


def served(address, keys) -> bool:
    context = ssl.create_default_context(cafile=str(keys / "hub.crt"))
    with connect(address) as plain, context.wrap_socket(plain, server_hostname="127.0.0.1") as line:
        line.sendall(GOOD)
        return status(line) == 200


@pytest.mark.parametrize("said", [GOOD, b"\x16\x03\x01\x00\x05hello", b"\x00" * 600], ids=["plain", "broken", "zeros"])
def test_what_is_no_handshake_is_told_of_with_its_address_and_others_are_served(said, tls, keys):
    refused: list[tuple[str, str]] = []
    with serving(refused=refused, tls=tls) as address:
        with connect(address, "127.0.0.3") as line:
            line.sendall(said)
            everything(line)
        until(lambda: refused, "it is told of")
        assert refused == [("tls.handshake", "127.0.0.3")] and served(address, keys)


def test_who_does_not_trust_the_certificate_is_told_of(tls, keys):
    refused: list[tuple[str, str]] = []
    with serving(refused=refused, tls=tls) as address:
        with pytest.raises(ssl.SSLError), connect(address) as line:
            ssl.create_default_context().wrap_socket(line, server_hostname="127.0.0.1")
        until(lambda: refused, "it is told of")
        assert refused == [("tls.handshake", "127.0.0.1")]


def test_who_hangs_up_before_a_word_is_told_of_nowhere_and_nothing_stays_open(tls, keys):
    refused: list[tuple[str, str]] = []
    admission = Admission()
    with serving(admission, refused, tls=tls) as address:
        assert served(address, keys)
        until(lambda: admission.connections == 0, "it is gone")
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(50):
            connect(address).close()
            with connect(address) as line:
                line.sendall(b"\x00" * 600)
                everything(line)
        until(lambda: len(refused) == 50 and admission.connections == 0, "all are gone")
        until(lambda: len(os.listdir("/proc/self/fd")) <= before, "and so are their files")


def test_handshakes_that_never_end_fill_the_share_of_their_address_and_are_cut_off_in_time(tls, keys):
    refused: list[tuple[str, str]] = []
    admission = Admission(connections=10, connections_share=4)
    with serving(admission, refused, tls=tls, waits=Waits(headers=1.0)) as address, ExitStack() as opened:
        silent = [opened.enter_context(connect(address, "127.0.0.4")) for _ in range(6)]
        until(lambda: refused.count(("http.busy", "127.0.0.4")) == 2, "their share is full")
        assert served(address, keys), "others have theirs"
        assert [everything(line) for line in silent] == [b""] * 6
        until(lambda: refused.count(("tls.handshake", "127.0.0.4")) == 4, "each is told of")
        assert admission.connections == 0


def test_a_listener_closes_while_a_handshake_is_under_way(tls):
    admission = Admission()
    with serving(admission, tls=tls) as address:
        line = connect(address)
        until(lambda: admission.connections == 1, "it has begun")
    with line:
        assert everything(line) == b""
    assert admission.connections == 0
    with pytest.raises(OSError), socket.create_connection(address, timeout=60):
        pass


def test_plain_listeners_speak_no_tls():
    with serving() as address:
        with pytest.raises((ssl.SSLError, ConnectionError)), connect(address) as line:
            ssl.create_default_context().wrap_socket(line, server_hostname="127.0.0.1")
        assert alive(address)
