"""How a server is shown who asks, and that a token which has run out is replaced."""

import base64
import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs

import pytest
from pydantic import ValidationError

from connectors.access.scim import Scim, Settings
from schemas.errors import RejectedError

LIST = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": []}


class Server:
    """A SCIM server with no groups that wants one header; it gives tokens too, and can be asked as a proxy."""

    def __init__(self):
        self.wants = {}
        self.asked = []
        self.given = 0
        self.port = 0


@contextmanager
def serving():
    owner = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format, *args):
            pass

        def do_POST(self):
            form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            owner.asked.append((self.headers["authorization"], form))
            owner.given += 1
            owner.wants = {"authorization": f"Bearer given-{owner.given}"}
            self.answer(200, {"access_token": f"given-{owner.given}", "expires_in": 3600})

        def do_GET(self):
            owner.asked.append((self.path, self.headers["host"]))
            known = all(self.headers.get(name) == value for name, value in owner.wants.items())
            self.answer(200 if known else 401, LIST if known else {})

        def answer(self, status, content):
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    owner.port = server.server_address[1]
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield owner
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def server():
    with serving() as started:
        yield started


def door(server, **settings):
    url = f"http://127.0.0.1:{server.port}/v2"
    return Scim("iam", Settings.model_validate({"base_url": url, "allow_private_address": True, **settings}))


def test_a_user_and_password_are_basic(server):
    server.wants = {"authorization": "Basic " + base64.b64encode("hub:pä:ss".encode()).decode()}
    door(server, user="hub", password="pä:ss").probe()


def test_a_token_may_stand_in_a_header_of_the_server_s_own(server):
    server.wants = {"x-api-key": "secret"}
    door(server, token="secret", token_header="X-Api-Key").probe()


def test_a_token_is_read_anew_when_its_file_has_changed(server, tmp_path):
    file = tmp_path / "token"
    file.write_text("first\n")
    server.wants = {"authorization": "Bearer first"}
    iam = door(server, token_file=file)
    iam.probe()
    server.wants = {"authorization": "Bearer the second"}
    with pytest.raises(RejectedError) as refused:
        iam.probe()
    assert refused.value.code == "peer.auth"
    file.write_text("the second\n")
    iam.probe()
    file.unlink()
    with pytest.raises(RejectedError, match="token_file"):
        iam.probe()


def test_b100_client_credentials_bring_a_token_and_another_once_it_is_refused(server):
    url = f"http://127.0.0.1:{server.port}/token"
    iam = door(server, oauth_url=url, oauth_client_id="hub", oauth_client_secret="se/cret", oauth_scope="scim")
    iam.probe()
    iam.probe()
    assert server.given == 1, "a token is used until it ends"
    sent, form = server.asked[0]
    assert base64.b64decode(sent.removeprefix("Basic ")) == b"hub:se%2Fcret"
    assert form == {"grant_type": ["client_credentials"], "scope": ["scim"]}
    server.wants = {"authorization": "Bearer revoked there"}
    iam.probe()
    assert server.given == 2


def test_a_proxy_is_asked_for_the_server(server):
    with serving() as proxy:
        iam = door(server, proxy_url=f"http://127.0.0.1:{proxy.port}")
        iam.probe()
        assert server.asked == []
        [(path, _host)] = proxy.asked
        assert path.startswith(f"http://127.0.0.1:{server.port}/v2/Groups?")


def test_tls_goes_through_a_tunnel_of_the_proxy(tmp_path):
    """The proxy is asked to connect, and hears nothing of what is then said."""
    asked = []

    class Tunnel(BaseHTTPRequestHandler):
        def log_message(self, format, *args):
            pass

        def do_CONNECT(self):
            asked.append(self.path)
            self.send_error(502)

    with ThreadingHTTPServer(("127.0.0.1", 0), Tunnel) as proxy:
        Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        url = f"http://127.0.0.1:{proxy.server_address[1]}"
        iam = Scim("iam", Settings.model_validate({"base_url": "https://iam.example/v2", "proxy_url": url}))
        with pytest.raises(Exception, match="no connection"):
            iam.probe()
        proxy.shutdown()
    assert asked == ["iam.example:443"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": "a", "token_file": "b"},
        {"user": "hub"},
        {"oauth_url": "https://iam.example/token"},
        {"token": "a", "token_header": "no header"},
    ],
    ids=str,
)
def test_settings_that_do_not_go_together_are_refused(wrong):
    with pytest.raises(ValidationError):
        Settings.model_validate({"base_url": "https://iam.example/v2", **wrong})
