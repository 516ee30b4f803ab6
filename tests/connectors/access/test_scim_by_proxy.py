"""A SCIM server that is reached by a forward proxy only: in plain as a whole address, under TLS through a tunnel."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import SHUT_WR, create_connection, socket
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest

from connectors.access.scim import Scim, Settings
from connectors.port import Change
from schemas.errors import RejectedError, UnavailableError
from tests.connectors.test_http import certificate
from tests.contract.scim_server import TOKEN, ScimServer, running
from tests.ports import free_port
from tests.site import until

pytestmark = pytest.mark.skipif(shutil.which("tinyproxy") is None, reason="tinyproxy is not installed (make peers)")


class ForwardProxy:
    """tinyproxy on a port of its own; ``asked`` are the first lines of what it was asked."""

    def __init__(self, folder: Path, *settings: str) -> None:
        self.port, self._folder, self._settings = free_port(), folder, settings
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / "log"

    @contextmanager
    def running(self) -> Iterator["ForwardProxy"]:
        lines = [f"Port {self.port}", "Listen 127.0.0.1", "Allow 127.0.0.1", "LogLevel Connect", "Timeout 60"]
        conf = self._folder / "conf"
        conf.write_text("\n".join([*lines, f'LogFile "{self._log}"', *self._settings, ""]))
        with subprocess.Popen([shutil.which("tinyproxy") or "", "-d", "-c", str(conf)]) as process:
            try:
                until(lambda: process.poll() is None and self._answers(), "the proxy answers")
                yield self
            finally:
                process.terminate()
                process.wait(20)

    def _answers(self) -> bool:
        try:
            create_connection(("127.0.0.1", self.port), 5).close()
        except OSError:
            return False
        return True

    @property
    def asked(self) -> list[str]:
        marker = "Request (file descriptor "
        return [line.partition("): ")[2] for line in self._log.read_text().splitlines() if marker in line]


@pytest.fixture(scope="module")
def server() -> Iterator[ScimServer]:
    with running() as started:
        yield started


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForwardProxy]:
    with ForwardProxy(tmp_path_factory.mktemp("proxy")).running() as started:
        yield started


@pytest.fixture(scope="module")
def secured(server: ScimServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The port at which the server speaks TLS, and the file of the only authority that vouches for it."""
    folder = tmp_path_factory.mktemp("tls")
    context = certificate(folder)

    class Relay(BaseRequestHandler):
        def handle(self) -> None:
            with (
                suppress(ssl.SSLError),  # whoever does not trust the certificate says so, and goes
                context.wrap_socket(self.request, server_side=True) as near,
                create_connection(("127.0.0.1", server.port)) as far,
            ):
                back = Thread(target=_copy, args=(far, near))
                back.start()
                _copy(near, far)
                back.join()

    with ThreadingTCPServer(("127.0.0.1", 0), Relay) as relay:
        Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield relay.server_address[1], folder / "cert.pem"
        relay.shutdown()


def _copy(source: socket, to: socket) -> None:
    """What comes from one side goes to the other, and so does its end."""
    try:
        while piece := source.recv(65536):
            to.sendall(piece)
        to.shutdown(SHUT_WR)
    except OSError:
        return  # the other side is gone, which its own copy tells


def door(url: str, proxy: ForwardProxy, **more: object) -> Scim:
    told = {"base_url": f"{url}/v2", "token": TOKEN, "proxy_url": proxy.url, "allow_private_address": True, **more}
    return Scim("iam", Settings.model_validate(told))


def opened_and_closed(iam: Scim, server: ScimServer, name: str) -> None:
    """A door is opened and closed to one beside another, and each time seen so, there and by the server itself."""
    person, other = (server.add_user(userName=each, externalId=each) for each in (name, f"{name}-other"))
    server.add_group(name, (other,))
    assert iam.resolve(name) == person
    for wanted, inside in (("present", {person, other}), ("absent", {other})):
        change = Change(person, name, wanted, f"{name}/{wanted}")  # type: ignore[arg-type]
        assert iam.apply(change, fence=1) == "applied"
        seen = iam.observe(person, [name])
        assert (seen.presence, set(server.members_of(name))) == ({name: wanted}, inside)
        assert not seen.unproven, "what the proxy passed on proves as much as what comes directly"


def test_a_plain_server_is_asked_by_its_whole_address_for_all_that_opens_and_closes_a_door(
    server: ScimServer, proxy: ForwardProxy
) -> None:
    before = len(proxy.asked)
    opened_and_closed(door(f"http://127.0.0.1:{server.port}", proxy), server, "plain")
    asked = proxy.asked[before:]
    assert {line.split()[0] for line in asked} == {"GET", "PATCH"}
    assert all(line.split()[1].startswith(f"http://127.0.0.1:{server.port}/v2/") for line in asked)


def test_under_tls_the_proxy_hears_where_to_and_nothing_of_what_is_said(
    server: ScimServer, proxy: ForwardProxy, secured: tuple[int, Path]
) -> None:
    port, authority = secured
    before = len(proxy.asked)
    opened_and_closed(door(f"https://127.0.0.1:{port}", proxy, ca_file=authority), server, "tunnel")
    asked = proxy.asked[before:]
    assert {line.rsplit(" ", 1)[0] for line in asked} == {f"CONNECT 127.0.0.1:{port}"}
    with pytest.raises(UnavailableError, match="not sent") as refused:
        door(f"https://127.0.0.1:{port}", proxy).probe()
    assert "certificate" in refused.value.message, "the proxy vouches for nobody"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nothing_goes_past_a_proxy_that_is_away_and_all_goes_on_once_it_is_back(
    scheme: str, server: ScimServer, secured: tuple[int, Path], tmp_path: Path
) -> None:
    port, authority = secured
    proxy = ForwardProxy(tmp_path)
    iam = door(f"{scheme}://127.0.0.1:{port if scheme == 'https' else server.port}", proxy, ca_file=authority)
    name = f"away-{scheme}"
    person = server.add_user(userName=name, externalId=name)
    server.add_group(name, (person,))
    closing = Change(person, name, "absent", "k")
    with proxy.running():
        assert iam.observe(person, [name]).presence == {name: "present"}
    for ask in (lambda: iam.observe(person, [name]), lambda: iam.apply(closing, fence=1)):
        with pytest.raises(UnavailableError, match="not sent") as away:
            ask()
        assert away.value.code == "peer.unreachable"
    assert server.members_of(name) == [person]
    with proxy.running():
        assert iam.apply(closing, fence=1) == "applied"
        assert iam.observe(person, [name]).presence == {name: "absent"}


DENIED = 'ConnectPort 443\nFilter "{0}/filter"'


@pytest.mark.parametrize(
    ("scheme", "setting", "code", "why"),
    [
        ("http", "BasicAuth hub secret", "peer.unreachable", "not sent (the forward proxy wants a log-in)"),
        ("https", "BasicAuth hub secret", "peer.unreachable", "no connection (the forward proxy wants a log-in)"),
        ("http", DENIED, "peer.auth", "answered 403"),  # the server itself may say so
        ("https", DENIED, "peer.unreachable", "no connection (the forward proxy refused: 403)"),
    ],
)
def test_what_a_proxy_does_not_pass_on_was_not_done_and_waits(
    scheme: str, setting: str, code: str, why: str, server: ScimServer, secured: tuple[int, Path], tmp_path: Path
) -> None:
    """What is rejected would be over for a grant: a proxy that wants a log-in says nothing of the server's mind."""
    port, authority = secured
    name = f"refused-{tmp_path.name}"
    person = server.add_user(userName=name, externalId=name)
    server.add_group(name, (person,))
    (tmp_path / "filter").write_text("127.0.0.1\n")
    with ForwardProxy(tmp_path, setting.format(tmp_path)).running() as proxy:
        iam = door(f"{scheme}://127.0.0.1:{port if scheme == 'https' else server.port}", proxy, ca_file=authority)
        for ask in (iam.probe, lambda: iam.apply(Change(person, name, "absent", "k"), fence=1)):
            with pytest.raises((UnavailableError, RejectedError)) as refused:
                ask()
            assert refused.value.code == code
            assert why in str(refused.value.message)
    assert server.members_of(name) == [person]
