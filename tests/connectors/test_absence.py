"""A server that gives no answer: by every way of asking the cause has the same code, and words that say more."""

import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from connectors.generic import rest_pull, soap_pull
from connectors.http import HttpClient
from connectors.key_set import KeySetSettings, KeySetSource
from schemas.errors import LicetError
from tests.connectors.soap.peers import NOW, asking_attendance
from tests.connectors.test_http import request_of, server

SHORT = 0.3
"""Seconds that are waited for one that never answers; whom to expect an answer of is given ten."""


class Certificates(NamedTuple):
    """What servers show; ``authority`` is the file of the one that vouches for all but a stranger's."""

    authority: Path
    contexts: dict[str, ssl.SSLContext]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder, now, day = tmp_path_factory.mktemp("tls"), datetime.now(UTC), timedelta(days=1)
    root, stranger = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = folder / "authority.pem"
    authority.write_bytes(signed("root", root, "root", root, now - day, now + day, ca=True))
    made = {
        "good": ("127.0.0.1", root, "root", now + day),
        "expired": ("127.0.0.1", root, "root", now - day / 2),
        "of another name": ("127.0.0.2", root, "root", now + day),
        "of a stranger": ("127.0.0.1", stranger, "stranger", now + day),
    }
    return Certificates(
        authority, {name: context(folder / f"{n}.pem", *each) for n, (name, each) in enumerate(made.items())}
    )


def context(file: Path, address: str, issuer_key: Any, issuer: str, end: datetime) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    start = end - timedelta(days=3)
    chain = signed(address, key, issuer, issuer_key, start, end)
    file.write_bytes(chain + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(file)
    return made


def signed(
    name: str, key: Any, issuer: str, issuer_key: Any, start: datetime, end: datetime, *, ca: bool = False
) -> bytes:
    named = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (name, issuer)]
    made = x509.CertificateBuilder(subject_name=named[0], issuer_name=named[1], public_key=key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(start).not_valid_after(end)
    made = made.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if not ca:
        made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(name))]), critical=False)
    return made.sign(issuer_key, SHA256()).public_bytes(Encoding.PEM)


# --- what servers do -------------------------------------------------------------------------------------------


def reset(connection: socket.socket) -> None:
    """End with RST, as a machine that was switched off and on, or something on the way, does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def reset_when_asked(connection: socket.socket) -> None:
    request_of(connection)
    reset(connection)


def half(then: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 9000\r\n\r\n<half")
        then(connection)

    return serve


def status(code: int) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(f"HTTP/1.1 {code} No\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nno".encode())

    return serve


def answers_at_once(connection: socket.socket) -> None:
    """Answer the first bytes, as a server does that expects HTTP and hears TLS."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def waits(connection: socket.socket) -> None:
    """Answer nothing until the other side hangs up."""
    with connection:
        while connection.recv(65536):
            pass


Serve = Callable[[socket.socket], None]
PLAIN: dict[str, tuple[Serve, str, str]] = {
    "answers nothing": (waits, "peer.timeout", "no answer in time"),
    "stops in the middle": (half(waits), "peer.timeout", "no answer in time"),
    "resets when it is asked": (reset_when_asked, "peer.unreachable", "the connection was cut"),
    "resets in the middle": (half(reset), "peer.unreachable", "the connection was cut"),
    "404": (status(404), "peer.missing", "404"),
    "410": (status(410), "peer.gone", "410"),
    "500": (status(500), "peer.unreachable", "500"),
}
TLS = {
    "expired": "its certificate has expired",
    "of another name": "its certificate is for another address",
    "of a stranger": "who issued its certificate is not known",
}


# --- who asks --------------------------------------------------------------------------------------------------


def by_rest(url: str, ca_file: Path | None, seconds: float) -> None:
    settings = {"base_url": url, "allow_private_address": True, "deadline_seconds": seconds, "ca_file": ca_file}
    source = rest_pull.SPEC.build("cloud", rest_pull.Settings.model_validate({**settings, "path": "/v1"}))
    try:
        source.poll({}, NOW)
    finally:
        source.close()


def by_soap(url: str, ca_file: Path | None, seconds: float) -> None:
    asked = asking_attendance(url, deadline_seconds=seconds, ca_file=ca_file)
    source = soap_pull.SPEC.build("soap", soap_pull.Settings.model_validate(asked))
    try:
        source.poll({}, NOW)
    finally:
        source.close()


def for_keys(url: str, ca_file: Path | None, seconds: float) -> None:
    settings = {"url": f"{url}/keys", "allow_private_address": True, "deadline_seconds": seconds, "ca_file": ca_file}
    KeySetSource(KeySetSettings.model_validate(settings)).fetch()


ASKED = {"rest": by_rest, "soap": by_soap, "keys": for_keys}


def told(ask: Any, url: str, ca_file: Path | None = None, seconds: float = 10.0) -> tuple[str, str]:
    with pytest.raises(LicetError) as failed:
        ask(url, ca_file, seconds)
    return failed.value.code, str(failed.value.message)


@contextmanager
def serving(serve: Serve, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    with server(serve, tls=tls) as port:
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{port}"


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
class TestEveryWayOfAsking:
    @pytest.mark.parametrize("way", PLAIN)
    def test_what_a_server_does_has_one_code_and_words_of_its_own(self, ask, way):
        serve, code, words = PLAIN[way]
        with serving(serve) as url:
            found = told(ask, url, seconds=SHORT if code == "peer.timeout" else 10.0)
        assert found[0] == code and words in found[1]

    @pytest.mark.parametrize("way", TLS)
    def test_a_certificate_that_is_not_to_be_trusted_is_no_silence(self, ask, way, shown):
        with serving(waits, shown.contexts[way]) as url:
            code, words = told(ask, url, shown.authority)
        assert code == "peer.tls" and TLS[way] in words

    def test_one_that_is_to_be_trusted_and_answers_nothing_is_one(self, ask, shown):
        with serving(waits, shown.contexts["good"]) as url:
            assert told(ask, url, shown.authority, SHORT)[0] == "peer.timeout"

    def test_a_server_that_speaks_no_tls_is_told_so(self, ask):
        with serving(answers_at_once) as url:
            code, words = told(ask, url.replace("http:", "https:"))
        assert code == "peer.tls" and "TLS failed" in words

    @pytest.mark.parametrize("serve", [reset, waits], ids=["reset", "silence"])
    def test_a_handshake_that_is_cut_or_never_comes_is_no_failure_of_tls(self, ask, serve):
        with serving(serve) as url:
            code = told(ask, url.replace("http:", "https:"), seconds=SHORT if serve is waits else 10.0)[0]
        assert code == ("peer.timeout" if serve is waits else "peer.unreachable")

    def test_where_nobody_listens_nobody_is_reached(self, ask):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        code, words = told(ask, url)
        assert code == "peer.unreachable" and "nothing listens there" in words

    def test_a_name_without_an_address_is_said_to_be_one(self, ask):
        code, words = told(ask, "https://nobody.invalid")
        assert code == "peer.unreachable" and "its name has no address" in words


@pytest.mark.parametrize("way", TLS)
def test_nothing_of_a_write_is_sent_to_one_that_is_not_trusted(way, shown):
    with serving(waits, shown.contexts[way]) as url, pytest.raises(LicetError) as failed:
        client = HttpClient(url, allow_private=True, ca_file=str(shown.authority))
        client.call("POST", "/x", body=b"secret", deadline_s=10, write=True)
    assert failed.value.code == "peer.tls" and "not sent" in str(failed.value.message)
