"""A Hikvision access terminal: people with doors and a validity, served over ISAPI with Digest, as strict as real ones.

Its pages are shorter than what is asked for, a list of one is an object, ``enable: false`` lasts for ever, whoever is
changed and not there is made, and ``mode: all`` empties it.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

USERS = "/ISAPI/AccessControl/UserInfo"
_PARAMETER = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')
_LATEST = "2037-12-31T23:59:59"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@dataclass
class Device:
    """One terminal. What it does otherwise than the documents is set by name.

    Attributes:
        writes: The ways of changing somebody that its firmware knows.
        page: The most people that it gives at once.
        nonce_calls: How many calls one nonce lasts.
        ignores_filter: Every search lists everybody.
        finds_nobody: A search by number finds nobody.
        hides_doors: It shows no doors of anybody.
        keeps_doors: An empty list of doors changes nothing.
    """

    user: str = "licet"
    password: str = "secret-1"  # noqa: S105 - of a simulator
    writes: tuple[str, ...] = ("PUT Modify", "PUT SetUp")
    page: int = 3
    nonce_calls: int = 50
    ignores_filter: bool = False
    finds_nobody: bool = False
    hides_doors: bool = False
    keeps_doors: bool = False
    is_busy: bool = False
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    _nonces: dict[str, int] = field(default_factory=dict)

    def enrol(self, number: str, name: str = "", doors: str = "", **more: Any) -> None:
        """Put somebody in, as a person does at the terminal."""
        valid = {"enable": True, "beginTime": "2020-01-01T00:00:00", "endTime": _LATEST, "timeType": "local"}
        plan = [{"doorNo": int(each), "planTemplateNo": "1"} for each in doors.split(",") if each]
        known = {"employeeNo": number, "name": name, "userType": "normal", "Valid": valid}
        self.people[number] = {**known, "doorRight": doors, "RightPlan": plan, "numOfFace": 1, **more}

    def opens(self, number: str, door: int, at: datetime) -> bool:
        """Whether a door opens to somebody who stands before it, at a time of its own clock."""
        person = self.people.get(number)
        if person is None or str(door) not in person["doorRight"].split(","):
            return False
        valid = person["Valid"]
        return not valid["enable"] or valid["beginTime"] <= at.strftime("%Y-%m-%dT%H:%M:%S") <= valid["endTime"]

    def answer(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """What it answers to one request."""
        if not self._is_proven(method, target, headers.get("authorization", "")):
            return 401, {"www-authenticate": self._challenge()}, b""
        parts = urlsplit(target)
        if parse_qs(parts.query).get("format") != ["json"]:
            return 400, {}, b'<?xml version="1.0"?><ResponseStatus><statusCode>6</statusCode></ResponseStatus>'
        with self.lock:
            self.calls.append(f"{method} {parts.path}")
            try:
                return self._do(method, parts.path, json.loads(body or b"{}"))
            except (ValueError, KeyError, TypeError):
                return _status(400, 6, "badJsonContent")

    def _do(self, method: str, path: str, content: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        if path == f"{USERS}/Search":
            return (
                self._search(content["UserInfoSearchCond"]) if method == "POST" else _status(403, 4, "methodNotAllowed")
            )
        if path.startswith(f"{USERS}/") and f"{method} {path.rpartition('/')[2]}" in self.writes:
            if self.is_busy:
                return _status(200, 2, "deviceBusy")
            return self._write(content["UserInfo"])
        if path == "/ISAPI/AccessControl/UserInfoDetail/Delete" and method == "PUT":
            detail = content["UserInfoDetail"]
            gone = list(self.people) if detail["mode"] == "all" else [e["employeeNo"] for e in detail["EmployeeNoList"]]
            for each in gone:
                self.people.pop(each, None)
            return _status(200, 1, "ok")
        return _status(403, 4, "notSupport")

    def _search(self, condition: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        numbers = [each["employeeNo"] for each in condition.get("EmployeeNoList", ())]
        found = list(self.people.values())
        if numbers and not self.ignores_filter:
            found = [] if self.finds_nobody else [each for each in found if each["employeeNo"] in numbers]
        first = condition["searchResultPosition"]
        page = found[first : first + min(condition["maxResults"], self.page)]
        if self.hides_doors:
            page = [{k: v for k, v in each.items() if k not in ("doorRight", "RightPlan")} for each in page]
        status = "NO MATCH" if not found else "MORE" if first + len(page) < len(found) else "OK"
        answer = {"searchID": condition["searchID"], "responseStatusStrg": status, "numOfMatches": len(page)}
        answer |= {"totalMatches": len(found), **({"UserInfo": page[0] if len(page) == 1 else page} if page else {})}
        text = json.dumps({"UserInfoSearch": answer}, ensure_ascii=False).replace("\\u0001", "\x01")
        return 200, {"content-type": "application/json"}, text.encode()

    def _write(self, person: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        number, valid = person["employeeNo"], person["Valid"]
        if len(person.get("name", "").encode()) > 32 or not "2000-01-01T00:00:00" <= valid["endTime"] <= _LATEST:
            return _status(400, 6, "badJsonContent")
        if number not in self.people and person.get("addUser") is False:
            return _status(400, 4, "employeeNoNotExist")
        if self.keeps_doors and not person["doorRight"]:
            person = {k: v for k, v in person.items() if k not in ("doorRight", "RightPlan")}
        known = self.people.get(number, {"RightPlan": [], "doorRight": ""})
        self.people[number] = {**known, **{k: v for k, v in person.items() if k != "addUser"}}
        return _status(200, 1, "ok")

    def _challenge(self) -> str:
        nonce = secrets.token_hex(8)
        with self.lock:
            self._nonces = {nonce: self.nonce_calls}
        return f'Digest qop="auth", realm="DS-K1T", nonce="{nonce}", stale="FALSE", Basic realm="DS-K1T"'

    def _is_proven(self, method: str, target: str, header: str) -> bool:
        given = {name: quoted or plain for name, quoted, plain in _PARAMETER.findall(header)}
        with self.lock:
            left = self._nonces.get(given.get("nonce", ""), 0)
            if not left or given.get("uri") != target or given.get("username") != self.user:
                return False
            self._nonces[given["nonce"]] = left - 1
        secret, asked = _md5(f"{self.user}:{given['realm']}:{self.password}"), _md5(f"{method}:{target}")
        middle = f"{given['nonce']}:{given.get('nc')}:{given.get('cnonce')}:{given.get('qop')}"
        return given.get("response") == _md5(f"{secret}:{middle}:{asked}")


def _status(http: int, code: int, why: str) -> tuple[int, dict[str, str], bytes]:
    words = {1: "OK", 2: "Device Busy", 4: "Invalid Operation", 6: "Invalid Content"}
    content = {"statusCode": code, "statusString": words[code], "subStatusCode": why}
    return http, {"content-type": "application/json"}, json.dumps(content).encode()


@contextmanager
def serving(device: Device) -> Iterator[str]:
    """The terminal on a free loopback port; its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """A terminal says nothing."""

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more, content = device.answer(self.command, self.path, headers, body)
            self.send_response(status)
            for name, value in {**more, "content-length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _serve

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
