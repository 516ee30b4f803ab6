"""The real SCIM server of somebody else, as a process on a free loopback port, filled and looked at directly."""

import http.client
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from tests.ports import free_port
from tests.started import Started

TOKEN = "for-tests-only"


class ScimServer:
    """What tests do behind the hub's back."""

    def __init__(self, port: int) -> None:
        self.port = port

    def call(self, method: str, path: str, body: Any = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"content-type": "application/scim+json", "authorization": f"Bearer {TOKEN}"}
        connection.request(method, f"/v2{path}", json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        assert answer.status < 300, (answer.status, content)
        return json.loads(content) if content else None

    def add_user(self, **attributes: Any) -> str:
        schema = "urn:ietf:params:scim:schemas:core:2.0:User"
        return self.call("POST", "/Users", {"schemas": [schema], **attributes})["id"]

    def add_group(self, name: str, members: tuple[str, ...] = ()) -> str:
        schema = "urn:ietf:params:scim:schemas:core:2.0:Group"
        values = [{"value": member} for member in members]
        return self.call("POST", "/Groups", {"schemas": [schema], "displayName": name, "members": values})["id"]

    def members_of(self, name: str) -> list[str]:
        found = self.call("GET", "/Groups?" + urlencode({"filter": f'displayName eq "{name}"'}))
        return [each["value"] for each in found["Resources"][0].get("members", [])]


@contextmanager
def running(port: int | None = None) -> Iterator[ScimServer]:
    """A fresh server; it keeps everything in memory, so it forgets all ids at its end."""
    port = port or free_port()
    arguments = ("--port", str(port), "--bearer-token", TOKEN)
    process = Started(arguments, errors=subprocess.PIPE, of="scim2_server.testserver.cli")
    try:
        assert "Serving" in process.stdout.readline()
        yield ScimServer(port)
    finally:
        process.terminate()
        process.communicate(timeout=60)
