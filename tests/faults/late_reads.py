"""A proxy before a real SCIM server that reads from a replica: a write is shown once the replica catches up."""

import http.client
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import NamedTuple

from tests.faults.proxy import CHANGES, Seen


class Answer(NamedTuple):
    """What the server said."""

    status: int
    body: bytes


@dataclass
class Replica:
    """The other side as the hub sees it; ``url`` is what the hub is told.

    While it is ``behind``, what was read of a group before the last change is what is read of it after. ``unseen``
    happens once, right after the answer to the first look at a group that follows a change was made up.
    """

    port: int
    url: str = ""
    behind: bool = False
    unseen: Callable[[], None] | None = None
    seen: list[Seen] = field(default_factory=list)
    _shown: dict[str, Answer] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def changes(self) -> list[Seen]:
        """The writes, in their order."""
        return [each for each in self.seen if each.method in CHANGES]

    def answer(self, ask: Seen, headers: dict[str, str]) -> Answer:
        """Forward a write, or read from the replica."""
        with self._lock:
            if ask.method in CHANGES or not ask.target.startswith("/v2/Groups/"):
                answer = self._forward(ask, headers)
            elif self.behind and self.changes and ask.target in self._shown:
                answer = self._shown[ask.target]
            else:
                answer = self._shown[ask.target] = self._forward(ask, headers)
                if self.changes and self.unseen is not None:
                    happens, self.unseen = self.unseen, None
                    happens()
            self.seen.append(ask)
            return answer

    def _forward(self, ask: Seen, headers: dict[str, str]) -> Answer:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(ask.method, ask.target, ask.body or None, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())


@contextmanager
def replica(port: int) -> Iterator[Replica]:
    """A replica of the server on a port."""
    owner = Replica(port)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            key = self.headers.get("idempotency-key", "")
            answer = owner.answer(Seen(self.command, self.path, key, body, True), headers)
            self.send_response(answer.status)
            self.send_header("content-type", "application/scim+json")
            if answer.status != 204:
                self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    owner.url = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield owner
    finally:
        server.shutdown()
        server.server_close()
