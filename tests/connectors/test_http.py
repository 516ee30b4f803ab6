"""The outgoing client ends every call in time, reads no more than it may, and knows what a failure means."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from connectors.http import HttpClient, Limit, open_socket, peer_dates
from schemas.errors import ConfigError, RejectedError, UnavailableError, UnknownOutcomeError

Serve = Callable[[socket.socket], object]


def limit(*, allow_private: bool) -> Limit:
    made = Limit(time.monotonic, allow_private)
    made.ends = time.monotonic() + 5
    return made


@contextmanager
def server(*serve: Serve, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A TCP server on loopback that treats its connections in turn as told; gives its port."""

    def run() -> None:
        for each in serve:
            try:
                taken, _ = listening.accept()
            except OSError:
                return
            try:
                with tls.wrap_socket(taken, server_side=True) if tls else taken as connection:
                    each(connection)
            except OSError:
                taken.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
    thread.join(5)


def request_of(connection: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        more = connection.recv(65536)
        if not more:
            return got
        got += more
    return got


def answering(*answers: bytes) -> Serve:
    def serve(connection: socket.socket) -> None:
        for answer in answers:
            request_of(connection)
            connection.sendall(answer)

    return serve


def dripping(first: bytes) -> Serve:
    def serve(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(first)
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.03)  # a peer that is slow for ever: each read succeeds in time

    return serve


def ok(body: bytes = b"{}", more: str = "") -> bytes:
    return f"HTTP/1.1 200 OK\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body


def client(port: int, **more: object) -> HttpClient:
    return HttpClient(f"http://127.0.0.1:{port}/api", allow_private=True, **more)  # type: ignore[arg-type]


def get(http: HttpClient, deadline_s: float = 5.0) -> bytes:
    return http.call("GET", "/x", deadline_s=deadline_s, write=False).body


def test_an_answer_comes_with_status_headers_and_body() -> None:
    with server(answering(ok(b"abc", "X-Kind: Test\r\n"))) as port:
        answer = client(port, headers={"x-a": "1"}).call("GET", "/x", query={"q": "王 &"}, deadline_s=5, write=False)
    assert (answer.status, answer.body, answer.headers["x-kind"]) == (200, b"abc", "Test")


def test_path_query_headers_and_body_arrive_as_given() -> None:
    seen: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        seen.append(request_of(connection))
        connection.sendall(ok())

    with server(serve) as port:
        client(port, headers={"x-a": "1"}).call(
            "PATCH", "/x", query={"q": 'a "b"'}, headers={"x-b": "2"}, body=b"body", deadline_s=5, write=True
        )
    head = seen[0].decode().lower()
    assert head.startswith("patch /api/x?q=a+%22b%22 http/1.1")
    assert "x-a: 1" in head
    assert "x-b: 2" in head


def test_a_connection_is_kept_for_the_next_call() -> None:
    with server(answering(ok(b"1"), ok(b"2"))) as port:
        http = client(port)
        assert (get(http), get(http)) == (b"1", b"2")


def test_a_connection_that_the_peer_closed_is_replaced() -> None:
    with server(answering(ok(b"1")), answering(ok(b"2"))) as port:
        http = client(port)
        assert get(http) == b"1"
        time.sleep(0.05)  # let the peer's close arrive
        assert get(http) == b"2"


def test_many_threads_share_one_client() -> None:
    with server(*[answering(*[ok(b"%d" % n)] * 1) for n in range(24)]) as port:
        http = client(port, keep=0)
        found: list[bytes] = []
        threads = [threading.Thread(target=lambda: found.append(get(http))) for _ in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(found) == sorted(b"%d" % n for n in range(24))


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
@pytest.mark.parametrize("write", [False, True])
def test_b095_a_dripping_answer_is_stopped_at_the_deadline(first: bytes, write: bool) -> None:
    with server(dripping(first)) as port:
        http = client(port)
        began = time.monotonic()
        with pytest.raises(UnknownOutcomeError if write else UnavailableError):
            http.call("POST" if write else "GET", "/x", deadline_s=0.25, write=write)
        assert 0.2 < time.monotonic() - began < 1.0


def test_a_dripping_answer_under_tls_is_stopped_at_the_deadline(tmp_path: Path) -> None:
    context = certificate(tmp_path)
    with server(dripping(b"HTTP/1.1 200 OK\r\nX: "), tls=context) as port:
        http = HttpClient(f"https://127.0.0.1:{port}", allow_private=True, ca_file=str(tmp_path / "cert.pem"))
        began = time.monotonic()
        with pytest.raises(UnavailableError):
            get(http, 0.3)
        assert time.monotonic() - began < 1.2


def test_a_handshake_that_never_comes_is_stopped_at_the_deadline() -> None:
    with server(request_of) as port:
        http = HttpClient(f"https://127.0.0.1:{port}", allow_private=True)
        began = time.monotonic()
        with pytest.raises(UnavailableError):
            http.call("POST", "/x", deadline_s=0.25, write=True)
        assert time.monotonic() - began < 1.0


def test_an_answer_beyond_the_limit_is_not_read() -> None:
    with server(answering(ok(b"x" * 1001))) as port, pytest.raises(UnavailableError) as refused:
        get(client(port, max_answer=1000))
    assert refused.value.code == "peer.bad-answer"
    with server(answering(ok(b"x" * 1000))) as port:
        assert len(get(client(port, max_answer=1000))) == 1000


def test_b096_a_small_gzip_of_a_large_answer_is_not_unpacked() -> None:
    packed = gzip.compress(b"0" * 50_000_000)
    with server(answering(ok(packed, "Content-Encoding: gzip\r\n"))) as port:
        began = time.process_time()
        with pytest.raises(UnavailableError):
            get(client(port))
        assert time.process_time() - began < 0.5
    with server(answering(ok(gzip.compress(b"abc"), "Content-Encoding: gzip\r\n"))) as port:
        assert get(client(port)) == b"abc"


def test_an_answer_that_is_not_what_its_headers_say_is_a_bad_answer() -> None:
    with server(answering(ok(b"not gzip", "Content-Encoding: gzip\r\n"))) as port, pytest.raises(UnavailableError):
        get(client(port))
    with server(answering(b"SSH-2.0-OpenSSH\r\n")) as port, pytest.raises(UnavailableError):
        get(client(port))


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", ok()[:9]])
def test_a_write_without_a_whole_answer_may_have_happened(answer: bytes) -> None:
    with server(answering(answer)) as port, pytest.raises(UnknownOutcomeError):
        client(port).call("POST", "/x", body=b"{}", deadline_s=5, write=True)
    with server(answering(answer)) as port, pytest.raises(UnavailableError):
        get(client(port))


def status(code: int, more: str = "") -> bytes:
    return f"HTTP/1.1 {code} X\r\n{more}Content-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize("code", [500, 502, 504])
def test_a_server_error_leaves_a_write_open_and_a_read_to_be_repeated(code: int) -> None:
    with server(answering(status(code), status(code))) as port:
        http = client(port)
        with pytest.raises(UnknownOutcomeError):
            http.call("POST", "/x", deadline_s=5, write=True)
        with pytest.raises(UnavailableError):
            get(http)


@pytest.mark.parametrize(
    ("more", "seconds"),
    [
        ("Retry-After: 12\r\n", 12),
        ("Date: Sun, 22 Nov 2026 09:00:00 GMT\r\nRetry-After: Sun, 22 Nov 2026 09:01:00 GMT\r\n", 60),
        ("Date: Sun, 22 Nov 2026 09:00:00 GMT\r\nRetry-After: Sun, 22 Nov 2026 08:00:00 GMT\r\n", 0),
        ("Retry-After: soon\r\n", None),
        ("Date: Sun, 22 Nov 2026 09:00:00 GMT\r\nRetry-After: Mon, 01 Jan 99999999999999999999 00:00:00 GMT\r\n", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("code", [429, 503])
def test_a_busy_peer_says_when_to_come_again(code: int, more: str, seconds: float | None) -> None:
    with server(answering(status(code, more))) as port, pytest.raises(UnavailableError) as busy:
        client(port).call("POST", "/x", deadline_s=5, write=True)
    assert (busy.value.code, busy.value.retry_after) == ("peer.throttled", seconds)


@pytest.mark.parametrize(
    ("code", "meaning"), [(401, "peer.auth"), (403, "peer.auth"), (302, "peer.bad-answer"), (307, "peer.bad-answer")]
)
def test_a_refusal_is_for_a_person(code: int, meaning: str) -> None:
    moved = "Location: http://127.0.0.1:1/\r\n"
    with server(answering(status(code, moved))) as port, pytest.raises(RejectedError) as refused:
        get(client(port))
    assert refused.value.code == meaning


def test_other_refusals_are_the_adapters_to_read() -> None:
    with server(answering(status(404))) as port:
        assert client(port).call("GET", "/x", deadline_s=5, write=False).status == 404


def test_nobody_listening_means_not_sent_also_for_a_write() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(UnavailableError) as away:
        client(port).call("POST", "/x", deadline_s=5, write=True)
    assert away.value.code == "peer.unreachable"


def test_a_name_that_does_not_exist_means_not_sent() -> None:
    with pytest.raises(UnavailableError, match="not sent"):
        HttpClient("https://nobody.invalid").call("POST", "/x", deadline_s=5, write=True)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "10.0.0.1",
        "192.168.1.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "127.1",
        "0x7f.1",
        "0177.0.0.1",
        "a.localhost",
        "[fd00::1]",
        "[fec0::1]",
        "[::127.0.0.1]",
        "[64:ff9b::10.0.0.1]",
        "[2002:a00:1::1]",
        "[2001:0:a00:1::f5ff:fffe]",
        "[2001:db8::1]",
        "100.64.0.1",
    ],
)
def test_private_addresses_however_spelt_are_not_connected_to_unless_allowed(host: str) -> None:
    """Neither is a client made for one: what connecting would refuse ``licet check`` refuses."""
    with pytest.raises(ConfigError, match="not public"):
        HttpClient(f"https://{host}:1")
    HttpClient(f"https://{host}:1", allow_private=True)
    if "localhost" not in host:
        with pytest.raises(OSError, match="not public"):
            open_socket(host.strip("[]"), 1, limit(allow_private=False), plain=False)


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[::ffff:169.254.169.254]", "[fe80::1]", "0.0.0.0", "0", "[::]", "224.0.0.1"]
)
def test_some_addresses_are_never_connected_to(host: str) -> None:
    with pytest.raises(ConfigError, match="never allowed"):
        HttpClient(f"http://{host}:1", allow_private=True)
    with pytest.raises(OSError, match="never allowed"):
        open_socket(host.strip("[]"), 1, limit(allow_private=True), plain=True)


def test_plain_http_leaves_for_no_public_address() -> None:
    with pytest.raises(ConfigError, match="plain http"):
        HttpClient("http://1.1.1.1", allow_private=True)
    with pytest.raises(OSError, match="plain http"):
        open_socket("1.1.1.1", 80, limit(allow_private=True), plain=True)


def test_a_name_is_judged_by_the_address_that_it_has_when_it_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    client = HttpClient("https://iam.example")
    asked = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _name, *more, **flags: asked("10.0.0.1", *more, **flags))
    with pytest.raises(UnavailableError, match="not public"):
        client.call("GET", "/", deadline_s=2, write=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://iam.example",
        "ftp://iam.example",
        "file:///etc/passwd",
        "iam.example",
        "https://",
        "https://user:pw@iam.example",
        "https://a.example\\@127.0.0.1/",
        "https://iam.example/?q=1",
        "https://iam.example/#f",
        "https://iam example/",
        "https://①②⑦.⓪.⓪.①/",
        "https://iam.example:99999",
    ],
)
def test_an_address_that_can_be_read_in_two_ways_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(ConfigError):
        HttpClient(url)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with server(answering(ok(b"direct"))) as port:
        assert get(client(port)) == b"direct"


def test_a_header_with_a_line_end_is_never_sent() -> None:
    seen: list[bytes] = []
    takes = server(lambda connection: seen.append(request_of(connection)))
    with takes as port, pytest.raises(RejectedError) as refused:
        client(port).call("PATCH", "/x", headers={"if-match": "1\r\nx-b: 2"}, deadline_s=5, write=True)
    assert refused.value.code == "peer.bad-answer"
    assert not any(seen)


def test_what_a_peer_calls_a_version_goes_back_to_it_in_its_own_letters() -> None:
    seen: list[bytes] = []

    def take(connection: socket.socket) -> None:
        seen.append(request_of(connection))
        connection.sendall(status(204))

    with server(take) as port:
        client(port).call("PATCH", "/x", headers={"if-match": 'W/"版本1"'}, deadline_s=5, write=True)
    assert 'W/"版本1"'.encode() in seen[0]


def test_a_date_that_no_clock_has_says_nothing() -> None:
    with server(answering(status(200, "Date: Fri, 31 Dec 9999 23:59:59 -0100\r\n"))) as port, peer_dates() as dates:
        assert get(client(port)) == b""
    assert dates == []


def certificate(folder: Path) -> ssl.SSLContext:
    """A server context with a certificate for 127.0.0.1 that only its own file vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_tls_is_spoken_with_a_server_whose_certificate_is_known(tmp_path: Path) -> None:
    context = certificate(tmp_path)
    with server(answering(ok(b"1"), ok(b"2")), tls=context) as port:
        http = HttpClient(f"https://127.0.0.1:{port}", allow_private=True, ca_file=str(tmp_path / "cert.pem"))
        assert (get(http), get(http)) == (b"1", b"2")


def test_b101_nothing_is_sent_to_a_server_with_an_unknown_certificate(tmp_path: Path) -> None:
    seen: list[bytes] = []
    context = certificate(tmp_path)
    with server(lambda connection: seen.append(request_of(connection)), tls=context) as port:
        http = HttpClient(f"https://127.0.0.1:{port}", allow_private=True)
        with pytest.raises(UnavailableError, match="not sent"):
            http.call("POST", "/x", body=b"secret", deadline_s=5, write=True)
    assert seen == []


def test_a_file_of_authorities_that_is_none_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "none.pem").write_text("none")
    for name in ("none.pem", "missing.pem"):
        with pytest.raises(ConfigError, match="PEM"):
            HttpClient("https://iam.example", ca_file=str(tmp_path / name))
