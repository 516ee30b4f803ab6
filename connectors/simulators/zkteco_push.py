"""A ZKTeco terminal: keeps its log, pushes punches over HTTP as text lines, polls for commands and carries them out.

Run as a process it reads one order a line from standard input and answers each with one line
``{"status": 200, "body": "OK: 1", "ms": 3.1}`` (status 0: nobody answered, or nothing was sent):
``{"do": "handshake"}``, ``{"do": "poll"}``, ``{"do": "upload", "lines": ["..."]}``,
``{"do": "punch", "pin": "1001", "at": "2026-03-02T00:00:00Z", "state": "0", "verify": "15", "offline": false}``.
"""

import argparse
import http.client
import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

_USER_AGENT = "iClock Proxy/1.09"
_COMMAND = re.compile(r"C:(\d+):(.*)")
_WINDOW = re.compile(r"StartTime=(.{19})\s+EndTime=(.{19})")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hub answered; ``status`` is 0 where nobody did. ``ms`` is the time it took."""

    status: int
    body: str
    ms: float


@dataclass(slots=True)
class Terminal:
    """One terminal. ``dialect`` is att2, acc3, legacy, lan-agent or pid; ``zone`` is that of its clock.

    ``log`` holds its punches as local time and line. What was made offline lies in ``held`` until it is asked for or
    drained. ``says_first``: it takes a question with ``Return=0`` and sends the rows later.
    """

    hub: str
    serial: str
    dialect: str = "att2"
    zone: str = "Asia/Shanghai"
    comm_key: str = ""
    says_first: bool = False
    held: list[str] = field(default_factory=list)
    log: list[tuple[str, str]] = field(default_factory=list)
    _line: http.client.HTTPConnection | None = None

    def handshake(self) -> Answer:
        """Announce the dialect and fetch the options; a 3.x terminal registers in between."""
        if self.dialect == "lan-agent":
            return Answer(0, "", 0.0)  # a bridge never introduces itself
        attendance = self.dialect != "acc3"
        query = {"options": "all", "language": "83", "PushOptionsFlag": "1"}
        if self.dialect != "legacy":
            query["pushver"] = "2.4.1" if attendance else "3.1.2"
            query["DeviceType"] = {"att2": "att", "acc3": "acc", "pid": "pid"}[self.dialect]
        if self.comm_key:
            query["pushcommkey"] = self.comm_key
        answer = self._send("GET", "cdata", query)
        if attendance or answer.status != 200 or "RegistryCode=" in answer.body:
            return answer
        facts = f"DeviceType=acc,~DeviceName=SenseFace,FirmVer=ZAM180-1.2,PushVersion=3.1.2,~SerialNumber={self.serial}"
        registered = self._send("POST", "registry", body=facts)
        return self._send("POST", "push") if registered.body.startswith("RegistryCode=") else registered

    def punch(self, pin: str, at: datetime, state: str = "0", verify: str = "15", *, offline: bool = False) -> Answer:
        """Store one punch and, unless ``offline``, send it at once."""
        local = at.astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%d %H:%M:%S")
        if self.dialect == "acc3":
            line = f"time={local}\tpin={pin}\tcardno=0\teventaddr=1\tevent=3\tinoutstatus={state}\tverifytype={verify}"
            line += f"\tindex={len(self.log) + 1}"
        elif self.dialect == "lan-agent":
            line = f"{pin}\t{local}\t{verify}\t{verify}\t{state}\t0"
        elif self.dialect == "pid":
            line = f"{pin}\t{local}\t0\t{verify}\t0\t0\t0\t110101199003074514\t1\t0"
        else:
            line = f"{pin}\t{local}\t{state}\t{verify}\t0\t0\t0\t"
        self.log.append((local, line))
        if offline:
            self.held.append(line)
        return Answer(0, "", 0.0) if offline else self.upload([line])

    def drain(self) -> Answer:
        """Send what was made offline."""
        lines, self.held = self.held, []
        return self.upload(lines)

    def upload(self, lines: Sequence[str]) -> Answer:
        """Send lines as they are."""
        end = "\n" if self.dialect == "att2" else "\r\n"
        if self.dialect == "lan-agent":
            return self._send("POST", "cdata", body="TABLE=ATTLOG\n" + "".join(line + "\n" for line in lines))
        table = {"table": "rtlog" if self.dialect == "acc3" else "ATTLOG", "Stamp": str(len(self.log))}
        return self._send("POST", "cdata", table, "".join(line + end for line in lines))

    def poll(self) -> Answer:
        """Ask for commands, carry them out and report; the answer is the poll's own."""
        answer = self._send("GET", "getrequest")
        if answer.status == 200:
            results = [self._carry_out(number, text) for number, text in _COMMAND.findall(answer.body)]
            if results:
                self._send("POST", "devicecmd", body="".join(results))
        return answer

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _carry_out(self, number: str, text: str) -> str:
        window = _WINDOW.search(text) if text.startswith("DATA QUERY ATTLOG") else None
        if window is None:
            return f"ID={number}&Return=-1002&CMD=DATA\n"
        if self.dialect != "att2":
            return f"ID={number}&Return=-629&CMD=DATA\n"
        if self.says_first:
            return f"ID={number}&Return=0&CMD=DATA\n"
        start, end = window.groups()
        found = [line for local, line in self.log if start <= local <= end]
        if found and self.upload(found).status != 200:
            return f"ID={number}&Return=-1&CMD=DATA\n"
        return f"ID={number}&Return={len(found)}&CMD=DATA\n"

    def _send(self, method: str, path: str, query: Mapping[str, str] | None = None, body: str = "") -> Answer:
        """One request on the line that stays open; once more on a new one if the hub had hung up meanwhile."""
        target = f"/iclock/{path}?{urlencode({'SN': self.serial, **(query or {})})}"
        reused = self._line is not None
        began = time.perf_counter()
        try:
            status, text = self._exchange(method, target, body.encode())
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if reused:
                return self._send(method, path, query, body)
            status, text = 0, type(error).__name__
        return Answer(status, text, round((time.perf_counter() - began) * 1000, 3))

    def _exchange(self, method: str, target: str, body: bytes) -> tuple[int, str]:
        if self._line is None:
            hub = urlsplit(self.hub)
            secure = hub.scheme == "https"
            made = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            self._line = made(hub.hostname or "", hub.port, timeout=30)
        agent = "zkteco-lan-agent/1.0" if self.dialect == "lan-agent" else _USER_AGENT
        headers = {"User-Agent": agent, "Content-Type": "text/plain"}
        self._line.request(method, target, body or None, headers)
        answer = self._line.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")


def obey(terminal: Terminal, order: Mapping[str, Any]) -> Answer:
    """Carry out one order of the module's docstring.

    Raises:
        ValueError: The order is none of them.
    """
    match order.get("do"):
        case "handshake":
            return terminal.handshake()
        case "poll":
            return terminal.poll()
        case "upload":
            return terminal.upload(order["lines"])
        case "punch":
            at = datetime.fromisoformat(order["at"]) if "at" in order else datetime.now(UTC)
            state, verify = order.get("state", "0"), order.get("verify", "15")
            return terminal.punch(order["pin"], at, state, verify, offline=bool(order.get("offline")))
    raise ValueError(f"found {order.get('do')!r}, expected handshake, poll, punch or upload")


def main() -> None:
    """Serve orders from standard input until it ends."""
    options = argparse.ArgumentParser(description="A ZKTeco terminal")
    options.add_argument("--hub", required=True, help="URL of the hub")
    options.add_argument("--serial", required=True)
    options.add_argument("--dialect", choices=("att2", "acc3", "legacy", "lan-agent", "pid"), default="att2")
    options.add_argument("--zone", default="Asia/Shanghai")
    options.add_argument("--comm-key", default="")
    given = options.parse_args()
    terminal = Terminal(given.hub, given.serial, given.dialect, given.zone, given.comm_key)
    for line in sys.stdin:
        answer = obey(terminal, json.loads(line))
        sys.stdout.write(json.dumps({"status": answer.status, "body": answer.body, "ms": answer.ms}) + "\n")
        sys.stdout.flush()
    terminal.close()


if __name__ == "__main__":
    main()
