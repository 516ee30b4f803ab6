"""A recording HTTP proxy between the hub and a real server, which delays, cuts, resets and loses answers.

``with Proxy(host, port) as proxy`` listens on a free loopback port. Faults are queued with ``fail`` and used up one a
request, by state-changing requests first come first served, or by reads if ``on="read"``. Nothing sleeps: a held
answer waits until ``release`` or the end of the test.

Who says by ``state`` how the server stands has changes made one at a time, and hears which of them changed something:
of two that carry one key the second may have found done what it asks for.
"""

import http.client
import socket
import struct
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, Literal

Fault = Literal[
    "away",  # closed without forwarding
    "reset",  # reset without forwarding
    "lose",  # forwarded and applied; the answer is lost
    "hold",  # forwarded and applied; the answer waits for release()
    "drip",  # forwarded and applied; the answer comes one byte at a time, for ever
    "cut",  # forwarded and applied; the answer ends inside its body, or its first line if it has none
    "500",  # forwarded and applied; answered 500
    "429",  # not forwarded; answered 429 with Retry-After: 7
    "503",  # not forwarded; answered 503
    "401",  # not forwarded; answered 401
    "204",  # not forwarded; said to be done
    "302",  # not forwarded; answered with a redirect
    "page",  # not forwarded; answered 200 with a page to log in at
    "word",  # not forwarded; answered 200 with a refusal of its own in JSON
    "short",  # forwarded and applied; answered 200 with the first bytes of JSON, no length, and the end
]
CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class Seen:
    """One request that reached the proxy, and whether it was forwarded."""

    method: str
    target: str
    key: str
    body: bytes
    forwarded: bool
    answered: int = 0
    """The status that the server answered, where it was forwarded."""
    at: float = 0.0
    changed: bool | None = None
    """Whether the server stood otherwise afterwards; not known where nobody says how it stands."""


class Proxy:
    """The proxy; ``url`` is what the hub is told."""

    def __init__(self, host: str, port: int, reads: str = "\0", state: Callable[[], Any] | None = None) -> None:
        """``reads`` ends the path of requests that change nothing, whatever their method."""
        self.upstream, self._reads, self._state = (host, port), reads, state
        self._changing = Lock()
        self.seen: list[Seen] = []
        self.instead: Callable[[str], bytes | None] = lambda _target: None
        """What is answered to a read of a target, where it is not what the server says."""
        self._faults: dict[str, deque[Fault]] = {"change": deque(), "read": deque()}
        self._acts: deque[Callable[[], None]] = deque()
        self._released = Event()
        self._lock = Lock()
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Proxy":
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()

    def fail(self, *faults: Fault, on: Literal["change", "read"] = "change") -> None:
        """Let the next requests of a kind fail so, in this order."""
        self._faults[on].extend(faults)

    def meanwhile(self, act: Callable[[], None], times: int = 1) -> None:
        """Something happens at the server right before each of the next changes is forwarded."""
        self._acts.extend([act] * times)

    def release(self) -> None:
        """Let held and dripping answers go."""
        self._released.set()

    def clear(self) -> None:
        """Forget what was seen and what is still to fail."""
        self.seen.clear()
        self._released.clear()
        self._acts.clear()
        for queue in self._faults.values():
            queue.clear()

    @property
    def changes(self) -> Counter[str]:
        """How many state-changing requests were forwarded, by ``Idempotency-Key``."""
        changes = [each for each in self.seen if self.is_change(each.method, each.target)]
        return Counter(each.key for each in changes if each.forwarded)

    @property
    def effects(self) -> list[Seen]:
        """The requests that changed how the server stands, in their order."""
        return [each for each in self.seen if each.changed]

    @property
    def doubles(self) -> list[Seen]:
        """Those that changed it once more, under a key by which another one had."""
        return _again(self.effects)

    @property
    def repeats(self) -> list[Seen]:
        """Changes that were forwarded once more under their key, and found done what they ask for."""
        changes = [each for each in self.seen if self.is_change(each.method, each.target) and each.forwarded]
        return [each for each in _again(changes) if each.changed is False]

    def made(self, method: str, target: str, forward: Callable[[], bytes]) -> tuple[bytes, bool | None]:
        """The answer to a request, and whether that changed something."""
        if self._state is None or not self.is_change(method, target):
            return forward(), None
        with self._changing:
            before = self._state()
            answer = forward()
            return answer, self._state() != before

    def is_change(self, method: str, target: str) -> bool:
        """Whether a request changes something."""
        return method in CHANGES and not target.partition("?")[0].endswith(self._reads)

    def act(self, method: str, target: str) -> None:
        """What was to happen before this request."""
        with self._lock:
            act = self._acts.popleft() if self._acts and self.is_change(method, target) else None
        if act is not None:
            act()

    def next_fault(self, method: str, target: str) -> Fault | None:
        with self._lock:
            queue = self._faults["change" if self.is_change(method, target) else "read"]
            return queue.popleft() if queue else None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: Proxy

    def log_message(self, format: str, *args: object) -> None:
        pass

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            self.close_connection = True  # the hub went away, as some tests want

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        fault = self.owner.next_fault(self.command, self.path)
        forward = fault in (None, "lose", "hold", "drip", "cut", "500", "short")
        key = self.headers.get("idempotency-key", "")
        self.owner.act(self.command, self.path)
        changed, answer = None, b""
        is_change = self.owner.is_change(self.command, self.path)
        if not is_change and (said := self.owner.instead(self.path)) is not None:
            answer = said
        elif forward:
            answer, changed = self.owner.made(self.command, self.path, lambda: self._forward(body))
        status = int(answer[9:12] or 0)
        self.owner.seen.append(Seen(self.command, self.path, key, body, forward, status, time.time(), changed))
        self._answer(fault, answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _forward(self, body: bytes) -> bytes:
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        with closing(http.client.HTTPConnection(*self.owner.upstream, timeout=60)) as connection:
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            content = answer.read()
        lines = [f"HTTP/1.1 {answer.status} {answer.reason}"]
        lines += [f"{n}: {v}" for n, v in answer.getheaders() if n.lower() not in ("connection", "content-length")]
        if answer.status != 204:
            lines.append(f"Content-Length: {len(content)}")
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + content

    def _answer(self, fault: Fault | None, answer: bytes) -> None:
        if fault is None:
            self.wfile.write(answer)
        elif fault.isdigit():
            self.wfile.write(_plain(int(fault)))
        elif fault in _INSTEAD:
            self.wfile.write(_INSTEAD[fault])
            self.close_connection = True
        elif fault == "hold":
            self.owner._released.wait(30)
            self.wfile.write(answer)
        elif fault == "drip":
            self._drip()
        else:
            if fault == "cut":
                head, _, body = answer.partition(b"\r\n\r\n")
                self.wfile.write(head + b"\r\n\r\n" + body[: len(body) // 2] if body else answer[:10])
            if fault == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            if fault == "reset":
                self.connection.close()

    def _drip(self) -> None:
        """One byte every 50 ms: each read succeeds, the answer never ends."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.owner._released.wait(0.05):
            self.wfile.write(b"x")
        self.close_connection = True


def _again(requests: list[Seen]) -> list[Seen]:
    """Those whose key another one before them carried."""
    keys: set[str] = set()
    return [each for each in requests if each.key in keys or keys.add(each.key)]  # type: ignore[func-returns-value]


_HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: "
_INSTEAD: dict[Fault, bytes] = {
    "page": _HEAD + b"text/html\r\n\r\n<html><form>log in</form></html>",
    "word": _HEAD + b"application/json\r\n\r\n" + '{"code":500,"msg":"系统繁忙"}'.encode(),
    "short": _HEAD + b'application/scim+json\r\n\r\n{"schema',
}
"""What is answered instead: 200, and no answer to what was asked."""


def _plain(status: int) -> bytes:
    more = {429: "Retry-After: 7\r\n", 302: "Location: http://127.0.0.1:1/elsewhere\r\n"}.get(status, "")
    return f"HTTP/1.1 {status} Fault\r\n{more}Content-Length: 0\r\n\r\n".encode()
