"""A receiver of webhooks on a loopback port: it verifies with a foreign library, and does each thing once."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

from standardwebhooks import Webhook, WebhookVerificationError


@dataclass
class Receiver:
    """What it knows: who is inside, by target; ids of messages that it took; what it refused."""

    url: str
    port: int
    verifies: Webhook
    inside: dict[str, set[str]] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    epochs: dict[tuple[str, str], int] = field(default_factory=dict)
    status: int = 204
    lock: Lock = field(default_factory=Lock)

    def members_of(self, target: str) -> list[str]:
        return sorted(self.inside.get(target, ()))

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Do what a message says, if it is proven and new."""
        try:
            message = self.verifies.verify(body, headers)
        except WebhookVerificationError as error:
            self.refused.append(str(error))
            return 401
        with self.lock:
            self.bodies.append(body)
            if self.status >= 300:
                return self.status
            known = headers["webhook-id"] in self.taken
            self.taken.append(headers["webhook-id"])
            if not known and message["type"] != "probe":
                self._change(message["type"], message["data"])
        return self.status

    def _change(self, kind: str, data: dict) -> None:
        place = data["person"], data["target"]
        if data["epoch"] < self.epochs.get(place, 0):
            return
        self.epochs[place] = data["epoch"]
        inside = self.inside.setdefault(data["target"], set())
        (inside.add if kind == "access.granted" else inside.discard)(data["person"])


@contextmanager
def receiving(secret: str) -> Iterator[Receiver]:
    """A receiver that holds this secret."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = receiver.take({name.lower(): value for name, value in self.headers.items()}, body)
            content = b"" if status == 204 else json.dumps({"status": status}).encode()
            self.send_response(status)
            if status != 204:
                self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        port = server.server_address[1]
        receiver = Receiver(f"http://127.0.0.1:{port}", port, Webhook(secret))
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield receiver
        finally:
            server.shutdown()
