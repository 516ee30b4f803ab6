"""The employer's own qualification system: hears of training over HTTP (JSON or XML), keeps it, and misbehaves.

It keeps the last word by id: one with a lower version is answered like any other and changes nothing. Its receipt
names the event that it is of. What it does wrong is ordered by ``wrongs``, one word for each request, in their order:
``lost`` (taken, and the connection ends), ``code`` (200 with a code of failure), ``other`` (the receipt of another
event), ``bare`` (taken, answered without a receipt), ``busy`` (429 with Retry-After), ``away`` (503), ``slow`` (taken,
answered late), ``login`` (401), ``refused`` (422).
"""

import json
import re
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit

import xmltodict
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver
from http_message_signatures.algorithms import ED25519
from http_message_signatures.exceptions import HTTPMessageSignaturesException

_CODES = {"lost": 0, "other": 0, "bare": 0, "slow": 0, "code": 50000}
_STATUSES = {"busy": 429, "away": 503, "login": 401, "refused": 422, "missing": 404, "gone": 410}
_COVERED = {"@method", "@target-uri", "content-type", "content-digest"}


@dataclass
class QualificationSystem:
    """What it knows. ``words`` are all that it took in their order, ``refused`` why something was not believed."""

    url: str = ""
    keys: Mapping[str, Ed25519PublicKey] = field(default_factory=dict)
    """By which keys it believes the hub; none: it asks for no signature."""
    wrongs: list[str] = field(default_factory=list)
    slow_seconds: float = 1.0
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    words: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    asked: int = 0
    lock: Lock = field(default_factory=Lock)

    def figures(self) -> dict[tuple[str, str], tuple[str, str, str]]:
        """What it holds by person and training: hours, required hours, rate."""
        with self.lock:
            return {
                (word["employeeNo"], word["training"]): (word["hours"], word["requiredHours"], word["rate"])
                for word in self.held.values()
            }

    def answer(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, str, bytes] | None:
        """The answer to one request: status, content type, body. Nothing: the connection ends."""
        with self.lock:
            self.asked += 1
            wrong = self.wrongs.pop(0) if self.wrongs else ""
        if self.keys and (why := self._unproven(method, target, headers, body)):
            self.refused.append(why)
            return 401, "text/plain", b""
        if wrong in _STATUSES:
            return _STATUSES[wrong], "text/plain", b""
        kind = "xml" if "xml" in headers.get("content-type", "") else "json"
        word = _from_xml(body) if kind == "xml" else _from_json(body)
        code = _CODES.get(wrong, 0)
        repeat = self._take(word) if code == 0 else False
        if wrong == "lost":
            return None
        if wrong == "slow":
            time.sleep(self.slow_seconds)
        event = "" if wrong == "bare" or code else "another/1" if wrong == "other" else word["eventId"]
        return 200, f"application/{kind}", _receipt(kind, 1 if repeat else code, event)

    def _take(self, word: dict[str, Any]) -> bool:
        """Keep a word; whether it was known already."""
        with self.lock:
            self.words.append(word)
            name = word["eventId"].partition("/")[0]
            known = self.held.get(name)
            if known is None or known["version"] < word["version"]:
                self.held[name] = word
            return known is not None and known["version"] >= word["version"]

    def _unproven(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> str:
        """Why a request is not believed; empty where it is."""
        digest = f"sha-256=:{_base64(sha256(body).digest())}:"
        if headers.get("content-digest") != digest:
            return "digest"
        message = _Message(method, f"{self.url}{target}", dict(headers))
        resolver = MappingKeyResolver(public_keys=dict(self.keys), private_keys={})
        try:
            found = HTTPMessageVerifier(signature_algorithm=ED25519, key_resolver=resolver).verify(
                message, max_age=timedelta(minutes=5), expect_tag="message"
            )
        except (HTTPMessageSignaturesException, KeyError) as error:
            return type(error).__name__
        covered = {name.strip('"') for name in found[0].covered_components}
        return "" if covered >= _COVERED else "uncovered"


@dataclass(frozen=True, slots=True)
class _Message:
    method: str
    url: str
    headers: dict[str, str]


def _base64(content: bytes) -> str:
    return b64encode(content).decode()


def _from_json(body: bytes) -> dict[str, Any]:
    said = json.loads(body)
    return {
        **{name: said[name] for name in ("eventId", "version", "changedAt", "employeeNo", "hours", "requiredHours")},
        "training": said["training"]["id"],
        "name": said["training"]["name"],
        "from": said["period"]["from"],
        "rate": said.get("rate", ""),
    }


def _from_xml(body: bytes) -> dict[str, Any]:
    said = xmltodict.parse(body)["TrainingFigures"]
    return {
        "eventId": said["@eventId"],
        "version": int(said["@version"]),
        "changedAt": said["@changedAt"],
        "employeeNo": said["EmployeeNo"],
        "hours": said["Hours"],
        "requiredHours": said["RequiredHours"],
        "training": said["Training"]["@id"],
        "name": said["Training"]["#text"],
        "from": said["Period"]["@from"],
        "rate": said.get("Rate") or "",
    }


def _receipt(kind: str, code: int, event: str) -> bytes:
    number = "R-" + re.sub(r"[^A-Za-z0-9]", "", event)[-12:]
    if kind == "json":
        data = {"eventId": event, "receiptNo": number} if event else {}
        return json.dumps({"code": code, "message": "ok" if code in (0, 1) else "系统繁忙", "data": data}).encode()
    inner = f"<EventId>{event}</EventId><ReceiptNo>{number}</ReceiptNo>" if event else ""
    return f'<?xml version="1.0" encoding="UTF-8"?><Receipt><Code>{code}</Code>{inner}</Receipt>'.encode()


@contextmanager
def qualification_system(**more: Any) -> Iterator[QualificationSystem]:
    """A qualification system on a loopback port, until the block ends."""
    there = QualificationSystem(**more)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is told."""

        def do_POST(self) -> None:
            """Answer, or end the connection."""
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = there.answer(self.command, urlsplit(self.path).path, headers, body)
            if answer is None:
                self.close_connection = True
                self.connection.close()
                return
            status, kind, content = answer
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            if status == 429:
                self.send_header("retry-after", "1")
            self.end_headers()
            self.wfile.write(content)

        do_PUT = do_POST

        def finish(self) -> None:
            """The connection may be gone on purpose."""
            with suppress(ValueError, OSError):
                super().finish()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        there.url = f"http://127.0.0.1:{server.server_address[1]}"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield there
        finally:
            server.shutdown()
