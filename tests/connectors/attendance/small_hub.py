"""A hub of one terminal at a real socket: it keeps what it is brought, and time is told to it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connectors.port import Command, Kept, PeerState, Reply, Request
from schemas.errors import LicetError
from schemas.transmission import Transmission
from tests.connectors.attendance.asking import GATE, NOW


class Hub:
    """A small HTTP server that keeps one peer's state and all transmissions; time is told to it."""

    def __init__(self, status: Any = "approved") -> None:
        self.state, self.now = PeerState(status), NOW
        self.taken: list[Transmission] = []
        self.complete_until: datetime | None = None
        self.asked = 0
        self.lines = 0

    def answer(self, request: Request) -> Reply:
        try:
            reception = GATE.receive(request, self.state)
        except LicetError as error:
            return GATE.failure(error)
        self.complete_until = reception.complete_until
        answered = {each.id for each in reception.results}
        handed = [Command(self.asked + n, text) for n, text in enumerate(reception.asks, 1)]
        self.asked += len(handed)
        kept = tuple(each for each in self.state.commands if each.id not in answered)
        self.state = reception.new_state._replace(last_contact_at=self.now, commands=(*kept, *handed))
        self.taken += reception.transmissions
        counts = [Kept({"applied": len(each.body.splitlines())}) for each in reception.transmissions]
        return reception.reply(counts, handed)


@contextmanager
def serving() -> Iterator[tuple[Hub, str]]:
    """A small hub that answers terminals at a socket, and its URL."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            hub.lines += 1
            super().setup()

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = hub.answer(
                Request(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body, "", hub.now)
            )
            self.send_response(reply.status)
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_POST = do_GET

        def log_message(self, *parts: object) -> None:
            """Tests are quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield hub, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
