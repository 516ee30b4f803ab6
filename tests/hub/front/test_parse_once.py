"""A push is read once by the one reader, from the socket to the commit; a long one not on the loop."""

import asyncio
import json
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import CodeType, FrameType
from typing import Any
from uuid import uuid4

import pytest

from connectors.simulators.authority import event, sign, to_json, to_xml
from hub.front.request import Asgi
from schemas.reading import read_json, read_xml
from tests.site import Site, build, order

READERS: dict[CodeType, str] = {read_json.__code__: "json", read_xml.__code__: "xml"}
LARGE = 16 * 1024


class Parses:
    """Which reader read, and whether on a thread that other requests wait for; nothing of ours is replaced."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, bool]] = []

    def __call__(self, frame: FrameType, what: str, _argument: object) -> None:
        if what == "call" and (reader := READERS.get(frame.f_code)):
            self.seen.append((reader, threading.current_thread() is not threading.main_thread()))


@contextmanager
def watched() -> Iterator[Parses]:
    """Every thread that begins meanwhile is watched, and this one."""
    parses = Parses()
    threading.setprofile(parses)
    sys.setprofile(parses)
    try:
        yield parses
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[tuple[Site, Asgi, Parses]]:
    """A hub in this process: its threads are watched from their beginning."""
    site = build(tmp_path_factory.mktemp("once") / "hub")
    with watched() as parses, site.parts() as parts:
        yield site, parts.front(lambda: site.url, dict, list), parses


def ask(app: Asgi, path: str, body: bytes, headers: dict[str, str]) -> int:
    """The status of what a push is answered."""
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode()}
    scope |= {"query_string": b"", "headers": raw, "client": ("127.0.0.1", 1), "http_version": "1.1"}
    said: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        said.append(message)

    asyncio.run(app(scope, receive, send))
    return int(said[0]["status"])


def word(n: int, **more: Any) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return event(
        "urn:authority:demo-ca", {"effective_at": now, **order(0, "active", n, **more)}, id=uuid4().hex, time=now
    )


def statement(**more: Any) -> dict[str, Any]:
    return {
        "actor": {"account": {"homePage": "https://lms.example.cn", "name": "l0"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
        "object": {"id": "https://lms.example.cn/course/dc-ops-online"},
        "timestamp": "2026-03-01T08:00:00Z",
        **more,
    }


def long_list() -> bytes:
    return json.dumps([word(n) for n in range(60)]).encode()


def long_xml() -> bytes:
    return to_xml(word(1)).replace(b"</AuthorityPush>", b" " * LARGE + b"</AuthorityPush>")


AUTHORITY = {
    "JSON": (lambda: to_json(word(1)), "json", False, 202),
    "XML": (lambda: to_xml(word(2)), "xml", False, 202),
    "long JSON": (long_list, "json", True, 202),
    "long XML": (long_xml, "xml", True, 202),
    "JSON that is none": (lambda: b'{"a":1,"a":2}', "json", False, 400),
    "XML that is none": (lambda: b"<a><b></a>", "xml", False, 400),
}


@pytest.mark.parametrize("case", AUTHORITY)
def test_what_an_authority_pushes_is_read_once(served, case):
    site, app, parses = served
    make, reader, elsewhere, status = AUTHORITY[case]
    body, media = make(), "application/xml" if reader == "xml" else "application/json"
    key = site.authority()
    headers = sign("POST", key.hub, body, media, key.key, key.kid, datetime.now(UTC), uuid4().hex)
    parses.seen.clear()
    assert ask(app, "/in/authority", body, headers) == status
    assert (len(body) > LARGE) is elsewhere
    assert parses.seen == [(reader, elsewhere)]


LEARNING = {
    "with its id": ([statement(id=str(uuid4()))], False),
    "without an id": ([statement()], False),
    "many": ([statement(id=str(uuid4())) for _ in range(80)], True),
    "many without an id": ([statement(result={"response": str(n)}) for n in range(80)], True),
}


@pytest.mark.parametrize("case", LEARNING)
def test_what_a_platform_pushes_is_read_once(served, case):
    site, app, parses = served
    statements, elsewhere = LEARNING[case]
    body = json.dumps(statements).encode()
    account = b64encode(b"lms:" + (site.home / "keys" / "lms.password").read_bytes()).decode()
    headers = {"authorization": f"Basic {account}", "x-experience-api-version": "1.0.3"}
    parses.seen.clear()
    assert ask(app, "/xapi/statements", body, {**headers, "content-type": "application/json"}) == 200
    assert (len(body) > LARGE) is elsewhere
    assert parses.seen == [("json", elsewhere)]
