"""Damaged bodies at the doors of a running hub, from senders whose proof is good."""

import http.client
import socket
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from connectors.simulators.authority import sign
from tests.fuzz.damage import bodies
from tests.fuzz.described import described
from tests.fuzz.targets import CASES, Target
from tests.site import Site, build, until

JSON, XML = "application/cloudevents+json", "application/xml"
RAW = [path.read_bytes() for path in sorted((Path(__file__).parents[1] / "wire").rglob("*.http"))]


class _Door:
    """One kept connection, opened again where the hub has closed it."""

    def __init__(self, port: int) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def close(self) -> None:
        self._line.close()

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        for _kept in range(2):
            try:
                self._line.request("POST", path, body, dict(headers))
                answer = self._line.getresponse()
                said = answer.read()
            except (ConnectionError, http.client.HTTPException):
                self._line.close()
                continue
            assert answer.status != 500, (answer.status, said)
            return


def _good(mapping: str, form: str = "") -> list[bytes]:
    return [
        each.transmission.body for each in CASES if each.mapping == mapping and form in ("", each.transmission.form)
    ]


@contextmanager
def pushes() -> Iterator[dict[str, Target]]:
    """The doors of a hub that serves; at the end it lives, and everything it took is accounted for."""
    with TemporaryDirectory() as place:
        site = build(Path(place) / "hub")
        site.start()
        try:
            until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
            site.handshake("SN-1")
            assert site.command("devices", "approve", "SN-1").returncode == 0
            with closing(_Door(site.port)) as door:
                yield _doors(site, door)
            assert site.process is not None and site.process.poll() is None and site.status("/readyz")[0] == 200
            assert site.balanced()
        finally:
            site.end()


def _doors(site: Site, door: _Door) -> dict[str, Target]:
    authority = site.authority()
    password = (site.home / "keys" / "lms.password").read_text()
    account = {"authorization": f"Basic {b64encode(f'lms:{password}'.encode()).decode()}"}
    xapi = {**account, "x-experience-api-version": "1.0.3", "content-type": "application/json"}

    def signed(media: str) -> Callable[[bytes], None]:
        def push(body: bytes) -> None:
            now, nonce = datetime.now(UTC), uuid4().hex
            headers = sign("POST", authority.hub, body, media, authority.key, authority.kid, now, nonce)
            door.post("/in/authority", body, headers)

        return push

    def raw(body: bytes) -> None:
        with closing(socket.create_connection(("127.0.0.1", site.port), timeout=30)) as line:
            line.sendall(body)
            line.shutdown(socket.SHUT_WR)
            said = b"".join(iter(lambda: line.recv(65536), b""))
            assert not said.startswith(b"HTTP/1.1 500"), said

    return {
        "door.xapi": (bodies(_good("learning/xapi_push")), lambda body: door.post("/xapi/statements", body, xapi)),
        "door.json": (bodies(_good("credential/authority_push", "json")), signed(JSON)),
        "door.xml": (bodies(_good("credential/authority_push", "xml")), signed(XML)),
        "door.attlog": (
            bodies(_good("attendance/zkteco_push")),
            lambda body: door.post("/iclock/cdata?SN=SN-1&table=ATTLOG", body, {}),
        ),
        "door.raw": (bodies(RAW), raw),
        "door.openapi": described(site, account),
    }
