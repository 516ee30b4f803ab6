"""Several listeners, each with its own paths, in plain, under TLS, for those with a certificate; nginx before them."""

import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from connectors.simulators.authority import event, load_key, sign, to_json
from tests.hub.front.test_budgets import everything
from tests.ports import free_port
from tests.site import build, order, until

SAMPLES = Path(__file__).parents[3] / "docs" / "samples"


def certificate(folder: Path, name: str, issuer: str = "") -> None:
    """A certificate ``name.crt`` with its key, by itself or by an authority made before."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    by, signing = subject, key
    if issuer:
        by = x509.load_pem_x509_certificate((folder / f"{issuer}.crt").read_bytes()).subject
        signing = load_pem_private_key((folder / f"{issuer}.key").read_bytes(), None)  # type: ignore[assignment]
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=not issuer, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(signing, SHA256())
    )
    (folder / f"{name}.crt").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / f"{name}.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A hub with three listeners, and their ports."""
    site = build(tmp_path_factory.mktemp("listeners") / "hub")
    keys = site.home / "keys"
    for name, issuer in (("hub", ""), ("partners", ""), ("partner", "partners"), ("other", "")):
        certificate(keys, name, issuer)
    ports = {name: free_port() for name in ("terminals", "authorities", "internal", "public")}
    tls = 'certificate = "keys/hub.crt"\nkey = "keys/hub.key"\nclient_ca = "keys/partners.crt"\n'
    with (site.home / "licet.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"""
[listeners.terminals]
listen = "127.0.0.1:{ports["terminals"]}"
serves = ["terminals"]
[listeners.authorities]
listen = "127.0.0.1:{ports["authorities"]}"
serves = ["authority"]
{tls}
[listeners.public]
listen = "127.0.0.1:{ports["public"]}"
serves = ["authority", "lms"]
public_url = "https://hub.example.cn"
[listeners.internal]
listen = "127.0.0.1:{ports["internal"]}"
serves = ["api"]
""")
    text = (site.home / "licet.toml").read_text(encoding="utf-8")
    (site.home / "licet.toml").write_text(text.replace("[hub]", '[hub]\ntrusted_proxies = ["127.0.0.1"]', 1))
    ready = site.serve()
    assert len(ready) == 4 and f"https://127.0.0.1:{ports['authorities']}" in ready, ready
    yield site, ports
    site.end()


def ask(port: int, request: bytes, context: ssl.SSLContext | None = None) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as plain:
        line = context.wrap_socket(plain, server_hostname="127.0.0.1") if context else plain
        with line:
            line.sendall(request)
            return everything(line)


def get(port: int, path: str, **more) -> int:
    said = ask(port, f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode(), **more)
    return int(said.split(b" ", 2)[1])


def test_each_listener_serves_its_own_paths_and_no_other(place):
    _site, ports = place
    handshake = "/iclock/cdata?SN=SN-1&options=all&pushver=2.4.1"
    assert get(ports["terminals"], handshake) != 404
    assert [get(ports["terminals"], path) for path in ("/in/authority", "/xapi/about", "/healthz", "/metrics")] == [
        404
    ] * 4
    assert [get(ports["internal"], path) for path in ("/healthz", "/metrics", "/api/v1/connectors")] == [200, 401, 401]
    assert [get(ports["internal"], path) for path in (handshake, "/in/authority", "/xapi/about")] == [404] * 3
    assert get(ports["public"], "/xapi/about") == 200 and get(ports["public"], "/in/authority") == 405
    assert [get(ports["public"], path) for path in (handshake, "/healthz", "/api/v1/connectors")] == [404] * 3


def trusting(site, client: str = "") -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(site.home / "keys" / "hub.crt"))
    if client:
        context.load_cert_chain(site.home / "keys" / f"{client}.crt", site.home / "keys" / f"{client}.key")
    return context


def test_only_who_shows_a_certificate_of_the_authorities_is_let_in(place):
    site, ports = place
    assert get(ports["authorities"], "/in/authority", context=trusting(site, "partner")) == 405
    for client in ("", "other"):
        with pytest.raises((ssl.SSLError, ConnectionError, IndexError)):
            get(ports["authorities"], "/in/authority", context=trusting(site, client))
    assert ask(ports["authorities"], b"GET /in/authority HTTP/1.1\r\nhost: x\r\n\r\n") == b"", "no plain text there"

    def failed() -> list[str | None]:
        return [each["peer"] for each in site.entries("refused") if each["code"] == "tls.handshake"]

    until(lambda: failed() == ["127.0.0.1"] * 3, "each of them has its entry, with its address")


def pushed(site, port: int, sequence: int, target: str, context: ssl.SSLContext | None = None) -> int:
    """The status of a push that is signed for this address and goes to a port of this machine."""
    now = datetime.now(UTC)
    data = {"effective_at": now.isoformat(), **order(0, "active", sequence)}
    body = to_json(event("urn:authority:demo-ca", data, id=f"l-{sequence}", time=now.isoformat()))
    key = load_key(site.home / "keys" / "demo" / "authority.pem")
    headers = sign("POST", target, body, "application/cloudevents+json", key, "demo-ca-1", now, f"n-{sequence}")
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"POST /in/authority HTTP/1.1\r\nhost: hub.example.cn\r\n{head}content-length: {len(body)}\r\n"
    said = ask(port, request.encode() + b"connection: close\r\n\r\n" + body, context)
    return int(said.split(b" ", 2)[1])


def test_a_signature_is_good_for_the_address_that_the_listener_is_known_by(place):
    site, ports = place
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    assert pushed(site, ports["public"], 1, "https://hub.example.cn/in/authority") == 202
    assert pushed(site, ports["public"], 2, f"http://127.0.0.1:{ports['public']}/in/authority") == 401


@contextmanager
def nginx(folder: Path, sample: str, at: dict[str, int], keys: Path) -> Iterator[list[int]]:
    """A sample as it is shipped, with addresses (ports by what stands there) and files of this test; its own ports."""
    text = (SAMPLES / sample).read_text(encoding="utf-8")
    listens = re.findall(r"^ +listen (\d+)", text, re.MULTILINE)
    ports = [free_port() for _each in listens]
    told = [
        (f"    listen {before}", f"    listen 127.0.0.1:{after}") for before, after in zip(listens, ports, strict=True)
    ]
    told += [(before, f"127.0.0.1:{after}") for before, after in at.items()]
    for before, after in [*told, ("/etc/licet/hub", str(keys / "hub"))]:
        assert before in text
        text = re.sub(re.escape(before) + r"(?!\d)", after, text)
    (folder / "site.conf").write_text(text, encoding="utf-8")
    shutil.copy(SAMPLES / "licet_proxy.conf", folder)
    temporary = "".join(
        f"{each}_temp_path {folder}/{each};\n" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = f"daemon off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\n"
    (folder / "main.conf").write_text(
        f"{whole}http {{\naccess_log off;\n{temporary}include site.conf;\n}}\n", encoding="utf-8"
    )
    with subprocess.Popen([shutil.which("nginx") or "", "-c", str(folder / "main.conf"), "-p", str(folder)]) as process:
        try:
            until(lambda: process.poll() is None and _answers(ports[0]), "nginx answers")
            yield ports
        finally:
            process.terminate()
            process.wait(20)


def _answers(port: int) -> bool:
    try:
        return get(port, "/") == 404
    except (OSError, IndexError):
        return False


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed (make peers)")
def test_behind_the_sample_of_nginx_signatures_hold_and_addresses_are_those_of_the_callers(place, tmp_path):
    site, ports = place
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    at = {"127.0.0.1:8711": ports["terminals"], "127.0.0.1:8712": ports["public"]}
    with nginx(tmp_path, "nginx.conf", at, site.home / "keys") as (plain, tls):
        assert get(plain, "/iclock/cdata?SN=SN-7&options=all&pushver=2.4.1") != 404
        assert [get(plain, path) for path in ("/in/authority", "/healthz")] == [404] * 2
        context = trusting(site)
        assert [get(tls, path, context=context) for path in ("/healthz", "/api/v1/connectors")] == [404] * 2
        assert get(tls, "/xapi/about", context=context) == 200
        assert pushed(site, tls, 9, "https://hub.example.cn/in/authority", context) == 202


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        ('serves = ["terminals"]', r"authority, lms, served nowhere"),
        ('serves = ["terminals", "doors"]', r"serves: found 'doors'"),
        ('certificate = "keys/hub.crt"', r"expected certificate and key, which belong together"),
        (
            'certificate = "keys/none.crt"\nkey = "keys/none.key"',
            r"found no file keys/none\.crt, expected a file in PEM form",
        ),
        ('client_ca = "keys/hub.crt"', r"found client_ca without a certificate"),
    ],
)
def test_listeners_that_cannot_work_are_refused(table, wrong, tmp_path):
    site = build(tmp_path / "hub")
    with (site.home / "licet.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[listeners.one]\nlisten = "127.0.0.1:0"\n{table}\n')
    found = site.command("check", "--json", "--lang", "en")
    assert found.returncode == 1
    assert re.search(wrong, found.stderr), found.stderr
