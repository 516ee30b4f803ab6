"""The other side of the wire, byte by byte: it answers in order what it was told to, and keeps what it was asked."""

import json
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

TOKEN = "licet-9f86d081884c7d65"


@dataclass
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        return json.loads(self.body)


def job(state: str = "running", **more: Any) -> bytes:
    """The answer that tells of a job."""
    told = {"id": "0192", "key": "k", "kind": "poll", "state": state, "attempt": 1, "cancelling": False, "progress": 0}
    return reply(200, {**told, "counts": {}, "error": None, "result": None, **more})


def reply(status: int, said: Any, **headers: str) -> bytes:
    """A whole answer; text that is no JSON goes as it is."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    lines = [f"HTTP/1.1 {status} Said", f"content-length: {len(body)}", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class Server:
    """What it will say, and what it was asked. With nothing left to say it repeats the last; ``None`` cuts the line."""

    says: list[bytes | None] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    port: int = 0

    def __enter__(self) -> "Server":
        self._listening = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listening.getsockname()[1]
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_ended: object) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(10)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listening.accept()
                with suppress(OSError, ValueError), line:
                    self._answer(line)

    def _answer(self, line: socket.socket) -> None:
        line.settimeout(30)
        spoken = self.tls.wrap_socket(line, server_side=True) if self.tls else line
        with spoken, spoken.makefile("rb") as reading:
            method, path, _ = reading.readline().decode().split(" ", 2)
            headers = dict(iter(lambda: _field(reading.readline()), ("", "")))
            body = reading.read(int(headers.get("content-length", 0)))
            self.asked.append(Asked(method, path, headers, body))
            said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
            if said is not None:
                spoken.sendall(said)

    @property
    def lines(self) -> list[str]:
        return [f"{each.method} {each.path}" for each in self.asked]


def _field(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").strip().partition(":")
    return name.lower(), value.strip()
