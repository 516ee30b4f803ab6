"""The stage of the demo: outside systems as processes of their own, and a hub whose calendar can be advanced.

Terminals, learning platform and authority are our simulators speaking real bytes; the permission system is
scim2-server and the mail server aiosmtpd, both other people's. All listen on free loopback ports.
"""

import json
import mailbox
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import quote

import uvloop

from connectors.http import HttpClient
from hub.assembly import Hub
from hub.clock import from_us
from hub.config.settings import read_folder
from hub.front.server import bind, server
from hub.serve import address
from hub.store import queries as q

PATIENCE_SECONDS = 20.0
_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
_USER = "urn:ietf:params:scim:schemas:core:2.0:User"


class DemoClock:
    """A calendar that the demo sets; the monotonic clock is the machine's."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """The demo's calendar, aware UTC."""
        return self._at

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()

    def set(self, at: datetime) -> None:
        """Move the calendar."""
        self._at = at


class Actor:
    """An outside system as a process that takes one order a line and answers each with one line."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"connectors.simulators.{module}", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out one order; the answer of the hub as the outside system saw it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.communicate(timeout=10)


class PermissionSystem:
    """scim2-server, asked directly: who is in which group, behind the hub's back."""

    def __init__(self, port: int) -> None:
        command = [sys.executable, "-m", "scim2_server.testserver.cli", "--port", str(port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self._client = HttpClient(f"http://127.0.0.1:{port}/v2", allow_private=True)
        self._users: dict[str, str] = {}
        self._groups: dict[str, str] = {}
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def add_user(self, employee_no: str, name: str) -> None:
        """What the customer's IAM does when somebody is hired."""
        found = self._call("POST", "/Users", {"schemas": [_USER], "userName": name, "externalId": employee_no})
        self._users[employee_no] = found["id"]

    def add_group(self, name: str, members: Sequence[str] = ()) -> None:
        """A role group with those who are in already."""
        values = [{"value": self._users[each]} for each in members]
        found = self._call("POST", "/Groups", {"schemas": [_GROUP], "displayName": name, "members": values})
        self._groups[name] = found["id"]

    def members(self, group: str) -> set[str]:
        """Employee numbers of those who are in a group now."""
        found = self._call("GET", f"/Groups/{quote(self._groups[group])}", None)
        inside = {each["value"] for each in found.get("members") or []}
        return {number for number, user in self._users.items() if user in inside}

    def touch(self, group: str, employee_no: str) -> None:
        """Take somebody out of a group and put them back, to see what the server itself takes."""
        user = self._users[employee_no]
        patch = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
        gone = {"op": "remove", "path": f'members[value eq "{user}"]'}
        back = {"op": "add", "path": "members", "value": [{"value": user}]}
        for change in (gone, back):
            self._call("PATCH", f"/Groups/{quote(self._groups[group])}", {"schemas": [patch], "Operations": [change]})

    def _call(self, method: str, path: str, body: Any) -> Any:
        content = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/scim+json"}
        answer = self._client.call(method, path, deadline_s=10, write=body is not None, headers=headers, body=content)
        return json.loads(answer.body) if answer.body else {}

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.communicate(timeout=10)


class MailServer:
    """aiosmtpd with a Maildir, read as a mail program would."""

    def __init__(self, port: int, folder: Path) -> None:
        self._folder = folder
        handler = ["-c", "aiosmtpd.handlers.Mailbox", str(folder)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", *handler], stderr=subprocess.DEVNULL
        )
        wait_for(lambda: _answers(port), "the mail server answers")

    def messages(self, to: str) -> list[tuple[str, str]]:
        """Subject and text of every mail to an address."""
        found = []
        for each in mailbox.Maildir(self._folder, create=True):
            if to in str(each["X-RcptTo"]) or to in str(each["To"]):
                found.append((_subject(each), _text(each)))
        return found

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(timeout=10)


def _subject(message: Message) -> str:
    from email.header import decode_header, make_header  # noqa: PLC0415 - only where a mail is read

    return str(make_header(decode_header(str(message["Subject"]))))


def _text(message: Message) -> str:
    content = message.get_payload(decode=True)
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""


class LiveHub:
    """A hub in this process behind a real socket, whose calendar the demo advances from due instant to due instant."""

    def __init__(self, folder: Path, clock: DemoClock) -> None:
        self.clock = clock
        self._socket = bind("127.0.0.1:0")
        self.url = address(self._socket)
        self.hub = Hub(read_folder(folder), clock)
        self._front = server(self.hub.app(lambda: self.url))
        self._thread = threading.Thread(target=lambda: uvloop.run(self._serve()), name="front", daemon=True)
        self.hub.start(polling=False, sweeping=False)
        self._thread.start()
        wait_for(lambda: self._front.started, "the hub accepts")

    async def _serve(self) -> None:
        await self._front.serve(sockets=[self._socket])

    def advance(self, to: datetime) -> None:
        """Let time pass: stop at every instant at which somebody must be looked at, and let it take effect."""
        while (at := self.hub.deadlines.next_at()) is not None and from_us(at) <= to:
            self.clock.set(max(from_us(at), self.clock.now()))
            self.hub.deadlines.work_off()
            self.settle()
        self.clock.set(to)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is under way: due worked off, doors observed, mail handed over."""
        wait_for(self._is_quiet, "the hub is quiet")

    def _is_quiet(self) -> bool:
        now = (self.clock.now() - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        with self.hub.parts.database.reading() as session:
            due = session.one(q.next_due, {})
            backlog = session.all(q.outbox_size, {})
            notices = session.one(q.notices_waiting, {})
        overdue = due is not None and due[0] is not None and due[0] <= now
        return not overdue and not backlog and not (notices and notices[0])

    def close(self) -> None:
        """Stop the front, then the hub."""
        self._front.should_exit = True
        self._thread.join()
        self.hub.stop()
        self._socket.close()


def wait_for(what: Callable[[], bool], sentence: str) -> float:
    """Wait until something is true; how many milliseconds it took.

    Raises:
        TimeoutError: It did not come true in time; the message says what.
    """
    began = time.perf_counter()
    while not what():
        if time.perf_counter() - began > PATIENCE_SECONDS:
            raise TimeoutError(f"waited {PATIENCE_SECONDS:.0f} s in vain until {sentence}")
        time.sleep(0.002)
    return (time.perf_counter() - began) * 1000


def free_ports(count: int) -> list[int]:
    """Loopback ports that were free a moment ago."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
