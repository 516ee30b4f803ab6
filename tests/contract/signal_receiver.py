"""A receiver of Shared Signals on a loopback port: it takes our keys from ours, and verifies with a foreign library."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from time import perf_counter
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
ISSUER, AUDIENCE, TOKEN = "https://hub.example", "https://iam.example/signals", "Bearer for-tests-only"


@dataclass
class Receiver:
    """What it knows: its keys, the tokens that it took by ``jti``, who has which right, and what it refused.

    ``keys`` asks the transmitter for its keys.
    """

    url: str
    port: int
    keys: Callable[[], dict[str, Any]] = dict
    headers: list[dict[str, Any]] = field(default_factory=list)
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    taken_at: dict[str, float] = field(default_factory=dict)
    """When each of them came first (``perf_counter``)."""
    deliveries: int = 0
    inside: dict[str, set[str]] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    status: int = 202
    lock: Lock = field(default_factory=Lock)

    def members_of(self, target: str) -> list[str]:
        return sorted(self.inside.get(target, ()))

    def take(self, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        """RFC 8935: 202, or 400 with a code."""
        if headers.get("content-type") != "application/secevent+jwt" or headers.get("accept") != "application/json":
            return 400, "invalid_request"
        if headers.get("authorization") != TOKEN:
            return 400, "authentication_failed"
        try:
            token = jwt.decode(body.decode(), KeySet.import_key_set(self.keys()), algorithms=["RS256"])
        except (JoseError, ValueError) as error:
            self.refused.append(repr(error))
            return 400, "invalid_key"
        if wrong := _wrong(token.header, token.claims):
            self.refused.append(wrong)
            return 400, wrong
        with self.lock:
            if self.status != 202:
                return self.status, ""
            self.deliveries += 1
            if token.claims["jti"] not in self.taken:
                self.taken[token.claims["jti"]] = token.claims
                self.taken_at[token.claims["jti"]] = perf_counter()
                self.headers.append(token.header)
                self._act(token.claims)
        return 202, ""

    def _act(self, claims: dict[str, Any]) -> None:
        [(kind, event)] = claims["events"].items()
        person = claims["sub_id"].get("email") or claims["sub_id"].get("sub") or claims["sub_id"].get("id")
        if kind == f"{CAEP}credential-change":
            inside = self.inside.setdefault(event["friendly_name"], set())
            (inside.discard if event["change_type"] == "revoke" else inside.add)(person)
        elif kind == f"{CAEP}session-revoked":
            self.ended.append(person)


def _wrong(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """What a receiver of the interoperability profile refuses."""
    if header.get("typ") != "secevent+jwt" or not header.get("kid"):
        return "invalid_request"
    if set(claims) != {"iss", "aud", "iat", "jti", "txn", "sub_id", "events"} or len(claims["events"]) != 1:
        return "invalid_request"
    if claims["iss"] != ISSUER:
        return "invalid_issuer"
    return "" if claims["aud"] == AUDIENCE else "invalid_audience"


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, err = receiver.take({name.lower(): value for name, value in self.headers.items()}, body)
            content = json.dumps({"err": err, "description": "no"}).encode() if err else b""
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        port = server.server_address[1]
        receiver = Receiver(f"http://127.0.0.1:{port}", port)
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield receiver
        finally:
            server.shutdown()
