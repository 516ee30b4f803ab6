"""The outside systems of the demo, each a process of its own on a free loopback port.

Terminals, learning platform and authority are our simulators speaking real bytes; the permission system is
scim2-server and the mail server aiosmtpd, both other people's.
"""

import json
import mailbox
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from email import message_from_bytes, policy
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from connectors.http import HttpClient
from schemas.errors import ConfigError, UnavailableError
from schemas.words import Words

PATIENCE_SECONDS = 60.0
Patience = Callable[[float], bool]
"""Whether so many seconds were long enough to wait for something."""

_SERVERS = {"scim2_server": "scim2-server", "aiosmtpd": "aiosmtpd", "zeep": "zeep", "xmlsec": "xmlsec"}
_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def require_servers() -> None:
    """See that what others wrote, servers and what asks over SOAP, is installed; it is an extra.

    Raises:
        ConfigError: One is missing; the message says what to install.
    """
    missing = [name for module, name in _SERVERS.items() if find_spec(module) is None]
    if missing:
        raise ConfigError(
            Words(
                f"the demo needs {' and '.join(missing)}: pip install 'licet[demo]'",
                f"演示需要 {'、'.join(missing)}：pip install 'licet[demo]'",
            )
        )


class Actor:
    """An outside system as a process that takes one order a line and answers each with one line."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._module = module
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"connectors.simulators.{module}", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out one order; the answer of the hub as the outside system saw it.

        Raises:
            UnavailableError: The process has ended.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise UnavailableError(
                "peer.unreachable",
                Words(
                    f"the simulator {self._module} has ended; its last words are above",
                    f"模拟程序 {self._module} 已退出；其最后输出见上",
                ),
            )
        answer: dict[str, Any] = json.loads(line)
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
        user = self._call("POST", "/Users", {"schemas": [_USER], "userName": name, "externalId": employee_no})
        self._users[employee_no] = user["id"]

    def add_group(self, name: str, members: Sequence[str] = ()) -> None:
        """A role group with those who are in already."""
        values = [{"value": self._users[each]} for each in members]
        group = self._call("POST", "/Groups", {"schemas": [_GROUP], "displayName": name, "members": values})
        self._groups[name] = group["id"]

    def members(self, group: str) -> set[str]:
        """Employee numbers of those who are in a group now."""
        shown = self._call("GET", f"/Groups/{quote(self._groups[group])}", None)
        inside = {each["value"] for each in shown.get("members") or []}
        return {number for number, user in self._users.items() if user in inside}

    def groups(self, employee_no: str) -> list[str]:
        """Names of the groups that somebody is in now."""
        return [group for group in self._groups if employee_no in self.members(group)]

    def find(self, employee_no: str) -> None:
        """Look for somebody by their number, as whoever does not trust an id of before."""
        self._call("GET", f"/Users?filter={quote(f'externalId eq {json.dumps(employee_no)}')}", None)

    def take_out(self, group: str, employee_no: str) -> None:
        """Take somebody out of a group."""
        self._change(group, {"op": "remove", "path": f'members[value eq "{self._users[employee_no]}"]'})

    def put_back(self, group: str, employee_no: str) -> None:
        """Add somebody to a group."""
        self._change(group, {"op": "add", "path": "members", "value": [{"value": self._users[employee_no]}]})

    def _change(self, group: str, change: Mapping[str, Any]) -> None:
        self._call("PATCH", f"/Groups/{quote(self._groups[group])}", {"schemas": [_PATCH], "Operations": [change]})

    def _call(self, method: str, path: str, body: Any) -> Any:
        content = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/scim+json"}
        answer = self._client.call(method, path, deadline_s=10, write=body is not None, headers=headers, body=content)
        return json.loads(answer.body) if answer.body else {}

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.communicate(timeout=10)


class Mail(NamedTuple):
    """One mail as a mail program shows it."""

    subject: str
    text: str


class MailServer:
    """aiosmtpd with a Maildir, read as a mail program would."""

    def __init__(self, port: int, folder: Path) -> None:
        self._folder = folder
        handler = ["-c", "aiosmtpd.handlers.Mailbox", str(folder)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", *handler], stderr=subprocess.DEVNULL
        )
        wait_for(lambda: _answers(port), "the mail server answers")

    def messages(self, to: str = "") -> list[Mail]:
        """Every mail to an address, or all."""
        box = mailbox.Maildir(self._folder, create=True)
        mails = [message_from_bytes(box.get_bytes(key), policy=policy.default) for key in box.iterkeys()]
        meant = [mail for mail in mails if to in str(mail["X-RcptTo"]) or to in str(mail["To"])]
        return [Mail(str(mail["Subject"]), str(mail.get_content())) for mail in meant]

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(timeout=10)


def patient(seconds: float) -> bool:
    """On the slowest machine nothing takes that long."""
    return seconds > PATIENCE_SECONDS


def wait_for(what: Callable[[], bool], sentence: str, enough: Patience = patient) -> float:
    """Wait until something is true; how many milliseconds it took.

    Raises:
        TimeoutError: It did not come true in time; the message says what.
    """
    began = time.perf_counter()
    while not what():
        seconds = time.perf_counter() - began
        if enough(seconds):
            raise TimeoutError(f"waited {seconds:.0f} s in vain until {sentence}")
        time.sleep(0.002)
    return (time.perf_counter() - began) * 1000


def free_ports(count: int) -> list[int]:
    """Loopback ports that were free a moment ago."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for opened in sockets:
            opened.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
