"""Digest over a socket: the examples of RFC 7616, and devices that change their nonce, or never believe us."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from connectors.digest import DigestClient
from connectors.http import HttpClient
from schemas.errors import RejectedError

NONCE, OPAQUE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
REST = f'realm="http-auth@example.org", qop="auth, auth-int", nonce="{NONCE}", opaque="{OPAQUE}"'
MD5, SHA256 = f"Digest {REST}, algorithm=MD5", f"Digest {REST}, algorithm=SHA-256"
ANSWERS = {
    "MD5": "8ca523f5e9506fed4657c9700eebdbec",
    "SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
}


@contextmanager
def device(challenge: str, believes: bool = True) -> Iterator[tuple[DigestClient, list[str]]]:
    """A device that asks by a challenge and then takes any answer, or none; and what it heard."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            heard.append(self.headers.get("authorization", ""))
            known = bool(heard[-1]) and believes
            self.send_response(200 if known else 401)
            if not known and challenge:
                self.send_header("www-authenticate", challenge)
            self.send_header("content-length", "0")
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/dir"
        client = DigestClient(HttpClient(url, allow_private=True), "Mufasa", "Circle of Life", lambda: CNONCE)
        try:
            yield client, heard
        finally:
            client.close()
            server.shutdown()


def get(client: DigestClient) -> int:
    return client.call("GET", "/index.html", deadline_s=5, write=False, query={}, headers={}).status


@pytest.mark.parametrize(
    ("challenge", "algorithm"), [(MD5, "MD5"), (SHA256, "SHA-256"), (f"{MD5}, {SHA256}", "SHA-256")]
)
def test_the_examples_of_the_standard(challenge, algorithm):
    with device(challenge) as (client, heard):
        assert get(client) == 200
    assert heard[0] == "" and f'response="{ANSWERS[algorithm]}"' in heard[1]
    assert 'uri="/dir/index.html"' in heard[1] and f"algorithm={algorithm}" in heard[1]


def test_a_nonce_is_counted_up():
    with device(MD5) as (client, heard):
        for _ in range(3):
            get(client)
    counts = [found[1] for each in heard if (found := re.search(r"nc=(\w+)", each))]
    assert counts == ["00000001", "00000002", "00000003"] and len(heard) == 4


@pytest.mark.parametrize("challenge", [MD5, "Basic realm=x", "", "Digest realm=x, algorithm=SHA-512, nonce=1"])
def test_who_never_believes_us_is_asked_no_more_than_three_times(challenge):
    with device(challenge, believes=False) as (client, heard), pytest.raises(RejectedError) as refused:
        get(client)
    assert refused.value.code == "peer.auth" and len(heard) <= 3
