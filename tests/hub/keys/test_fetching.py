"""A peer's keys are followed where it publishes them: new ones believed, gone ones not, a bad set changes nothing."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connectors.algorithms import public_jwk
from connectors.key_set import KeySetSettings, KeySetSource, read_key_set
from hub.assembly import Assembly
from hub.config.folder import read_folder
from schemas.errors import LicetError, RejectedError
from tests.hub.keys.test_keys import KID, Hub, overtaken
from tests.site import build

ED, ES = Ed25519PrivateKey.from_private_bytes(bytes(32)), ec.derive_private_key(7, ec.SECP256R1())
A, B = public_jwk(ED.public_key(), "ed25519", "a"), public_jwk(ES.public_key(), "es256", "b")
ENC = {**B, "kid": "c", "use": "enc", "alg": "ECDH-ES+A256KW"}


class Publisher:
    """A server with one answer, which a test changes."""

    def __init__(self) -> None:
        self.status, self.headers, self.body = 200, {}, b""
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(publisher.status)
                for name, value in {**publisher.headers, "content-length": str(len(publisher.body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(publisher.body)

            def log_message(self, *_words: Any) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/jwks.json"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    headers: dict[str, str]

    def gives(self, *members: dict[str, Any]) -> None:
        self.status, self.headers, self.body = 200, {}, json.dumps({"keys": members}).encode()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    made = Publisher()
    yield made
    made.close()


@pytest.fixture
def hub(tmp_path, publisher) -> Iterator[Hub]:
    site = build(tmp_path / "hub")
    with (site.home / "licet.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[connectors.authority.key_set]\nurl = "{publisher.url}"\nallow_private_address = true\n')
    with Assembly(read_folder(site.home), deciding=True) as parts:
        _ = parts.writer
        yield Hub(site, parts, parts.front(lambda: site.url, dict, list))


RSA = [public_jwk(rsa.generate_private_key(65537, 3072).public_key(), "rs256", "r") for _ in range(2)]


def alarms(hub: Hub) -> list[str]:
    return [each["code"] for each in hub.site.entries("alarm")]


def test_a_new_key_is_believed_and_one_that_is_gone_no_more_until_it_is_back(hub, publisher):
    fetching = hub.parts.key_fetching
    publisher.gives(A)
    assert hub.push(0, "active", 1, ED, "a") == 401
    fetching.turn()
    fetching.turn()
    assert hub.push(0, "active", 1, ED, "a") == 202
    publisher.gives(B, ENC, {"kty": "RSA", "kid": "r", "n": "AQAB", "e": "AQAB"})
    fetching.turn()
    assert (hub.push(0, "active", 2, ED, "a"), hub.push(0, "active", 2)) == (401, 202), "that of licet.toml stays"
    publisher.gives(A, B)
    fetching.turn()
    assert hub.push(0, "active", 3, ED, "a") == 202
    found = [(each["kid"], each["outcome"]) for each in hub.site.entries("keyring")]
    assert found == [("a", "added"), ("b", "added"), ("a", "retired"), ("a", "added")]
    assert alarms(hub) == [] and [each["operation"] for each in hub.site.entries("call")] == []
    hub.parts.call_record.turn()
    assert {each["operation"] for each in hub.site.entries("call")} == {"poll"}


def test_another_key_under_a_known_name_is_an_alarm_and_changes_nothing(hub, publisher):
    publisher.gives(A)
    hub.parts.key_fetching.turn()
    other = public_jwk(Ed25519PrivateKey.generate().public_key(), "ed25519")
    for name in ("a", KID):
        publisher.gives(B, {**other, "kid": name})
        hub.parts.key_fetching.turn()
    assert alarms(hub) == ["keys.changed"], "told once"
    assert hub.push(0, "active", 1, ED, "a") == 202
    assert [each["kid"] for each in hub.site.entries("keyring")] == ["a"]


def test_another_rsa_key_under_a_known_name_is_an_alarm_too(hub, publisher):
    for member in RSA:
        publisher.gives(member)
        hub.parts.key_fetching.turn()
    assert alarms(hub) == ["keys.changed"]
    [kept] = [row for row in hub.parts.key_list.of("authority") if row.kid == "r"]
    assert json.loads(kept.public)["n"] == RSA[0]["n"]


def test_what_was_revoked_here_stays_so_whatever_its_owner_publishes(hub, publisher):
    publisher.gives(A, B)
    hub.parts.key_fetching.turn()
    hub.parts.key_desk.revoke("authority", "a", None, "lost", "wang", hub.parts.clock.now())
    for members in ((B,), (A, B)):
        publisher.gives(*members)
        hub.parts.key_fetching.turn()
    assert hub.push(0, "active", 1, ED, "a") == 401


def test_what_was_retired_here_stays_so_whatever_its_owner_publishes(hub, publisher):
    publisher.gives(A, B)
    hub.parts.key_fetching.turn()
    hub.parts.key_desk.retire("authority", "a", hub.parts.clock.now(), "wang")
    for members in ((A, B), (B,), (A, B)):
        publisher.gives(*members)
        hub.parts.key_fetching.turn()
    assert hub.push(0, "active", 1, ED, "a") == 401
    assert hub.site.entries("refused")[-1]["code"] == "sig.key-state"


def test_a_revoked_key_is_believed_under_no_other_name_and_the_rest_of_its_set_is_followed(hub, publisher):
    publisher.gives(A)
    hub.parts.key_fetching.turn()
    hub.parts.key_desk.revoke("authority", "a", None, "leaked", "wang", hub.parts.clock.now())
    publisher.gives({**A, "kid": "a2"}, B)
    hub.parts.key_fetching.turn()
    hub.parts.key_fetching.turn()
    assert hub.push(0, "active", 1, ED, "a2") == 401
    assert [row.kid for row in hub.parts.key_list.of("authority") if row.origin == "jwks"] == ["a", "b"]
    assert alarms(hub) == ["keys.revoked"]


def test_a_set_that_was_compared_before_a_revocation_takes_nothing_of_it_back(hub, publisher):
    fetching = hub.parts.key_fetching
    for members in ((A, B), (B,)):
        publisher.gives(*members)
        fetching.turn()
    publisher.gives(A, B)
    [gone] = [row for row in hub.parts.key_list.of("authority") if row.kid == "a"]
    overtaken(hub.parts, gone, fetching.turn)
    assert hub.push(0, "active", 1, ED, "a") == 401


def redirected(publisher: Publisher) -> None:
    publisher.status, publisher.headers, publisher.body = 302, {"location": publisher.url}, b""


def too_large(publisher: Publisher) -> None:
    publisher.body = json.dumps({"keys": [A], "more": "x" * (65 * 1024)}).encode()


def gone(publisher: Publisher) -> None:
    publisher.status, publisher.body = 404, b"{}"


def ill(publisher: Publisher) -> None:
    publisher.status, publisher.body = 500, b""


def empty(publisher: Publisher) -> None:
    publisher.gives()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (redirected, "peer.bad-answer"),
        (too_large, "peer.bad-answer"),
        (gone, "peer.missing"),
        (ill, "peer.unreachable"),
        (empty, "keys.set"),
    ],
)
def test_a_set_that_cannot_be_had_leaves_the_keys_of_before_and_one_alarm(hub, publisher, change, code):
    publisher.gives(A)
    hub.parts.key_fetching.turn()
    change(publisher)
    hub.parts.key_fetching.turn()
    hub.parts.key_fetching.turn()
    assert alarms(hub) == [code]
    assert hub.push(0, "active", 1, ED, "a") == 202


def test_a_server_that_is_not_there_is_waited_for_no_longer_than_was_said():
    settings = KeySetSettings(url="http://127.0.0.1:9/jwks.json", allow_private_address=True, deadline_seconds=0.5)
    with pytest.raises(LicetError) as error:
        KeySetSource(settings).fetch()
    assert error.value.code == "peer.unreachable"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"keys": {}}',
        b'{"keys": []}',
        json.dumps({"keys": [A, {**B, "kid": "a"}]}).encode(),
        json.dumps({"keys": [{name: A[name] for name in A if name != "kid"}]}).encode(),
        json.dumps({"keys": [{**A, "kid": "a b"}]}).encode(),
        json.dumps({"keys": [A, {"kty": "oct", "kid": "s", "k": "AAAA"}]}).encode(),
        json.dumps({"keys": [{**A, "d": "A" * 43}]}).encode(),
        json.dumps({"keys": [{**A, "x": "AQ" + "A" * 41}]}).encode(),
        json.dumps({"keys": [{**A, "x": A["x"] + "="}]}).encode(),
        json.dumps({"keys": [{**B, "y": B["x"]}]}).encode(),
        json.dumps({"keys": [ENC]}).encode(),
        json.dumps({"keys": [{**A, "kid": str(n)} for n in range(65)]}).encode(),
        b'{"keys": [], "keys": [' + json.dumps(A).encode() + b"]}",
    ],
    ids=[
        *(
            "nothing",
            "a list",
            "no list",
            "no keys",
            "a name twice",
            "no name",
            "a blank",
            "a shared key",
            "a private key",
        ),
        *("small order", "padding", "not on its curve", "none that signs", "too many", "a member twice"),
    ],
)
def test_what_is_no_set_is_refused_whole(body):
    with pytest.raises(RejectedError) as error:
        read_key_set(body)
    assert error.value.code == "keys.set"
