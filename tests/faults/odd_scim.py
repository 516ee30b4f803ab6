"""SCIM servers with one odd behaviour each, on one real socket: ``/<odd behaviour>/v2`` is one of them.

Each behaviour was seen at, or reported of, a real server. What is true stands in ``inside``: nobody is told it.
"""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import RLock, Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

CORE = "urn:ietf:params:scim:schemas:core:2.0:"
MESSAGE = "urn:ietf:params:scim:api:messages:2.0:"
OLD_SECONDS = 2.0
SLOW_SECONDS = 1.0
ROOMS = ("room-a", "room-b")

Reply = tuple[int, Any, dict[str, str]]


class OddServer:
    """One server: three people of its own in every room, and ``E1``."""

    def __init__(self, odd: str) -> None:
        self.odd = odd
        self.lock = RLock()
        self.users: dict[str, dict[str, Any]] = {}
        self.rooms: dict[str, list[str]] = {}
        self.names: dict[str, str] = {}
        self.nested: list[str] = []
        self.reads = 0
        self.changes: list[tuple[str, str]] = []
        self.version = 1
        self._before: dict[str, list[str]] = {}
        self._changed_at: dict[str, float] = {}
        self.refused = 0
        self.writing = self.most_writing = 0
        for n in range(3):
            self.add_user(f"other-{n}", f"HR-{n}")
        self.person = self.add_user("e1.wang", "E1")
        for room in ROOMS:
            self.names[f"g-{room}"] = room
            self.rooms[room] = [uid for uid in self.users if uid != self.person]

    def add_user(self, name: str, external: str | None) -> str:
        uid = f"u{len(self.users) + 1}-{name}"
        self.users[uid] = {"userName": name, **({"externalId": external} if external else {})}
        return uid

    def inside(self, room: str) -> list[str]:
        """Who can enter now, in truth."""
        with self.lock:
            return [*self.rooms[room], *self.nested]

    # --- reads ---------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, query: dict[str, str], body: Any, headers: dict[str, str]) -> Reply:
        with self.lock:
            if method != "GET":
                return self._change(method, path, body, headers)
            self.reads += 1
            if path.startswith("/Users"):
                return self._users(path, query)
            return self._groups(path, query)

    def _users(self, path: str, query: dict[str, str]) -> Reply:
        if uid := path.removeprefix("/Users").strip("/"):
            user = self.users.get(uid)
            return (200, self._user(uid), {}) if user is not None else _error(404)
        found = list(self.users)
        wanted = re.fullmatch(r'(\w+) eq "(.*)"', query.get("filter", ""))
        if wanted and self.odd != "filter of users ignored":
            attribute, value = wanted.groups()
            never = self.odd == "externalId filter finds nobody" and attribute == "externalId"
            folded = str.casefold if attribute == "userName" else str
            found = [u for u in found if not never and folded(str(self.users[u].get(attribute))) == folded(value)]
        size = 2 if self.odd == "filter of users ignored" else int(query.get("count", 100))
        return 200, _listed([self._user(uid) for uid in found], int(query.get("startIndex", 1)), size), {}

    def _user(self, uid: str) -> dict[str, Any]:
        groups = [f"g-{room}" for room in ROOMS if uid in self.rooms[room]]
        shown = {"groups": [{"value": g} for g in groups]} if self.odd == "the account alone says it" else {}
        return {"schemas": [f"{CORE}User"], "id": uid, **self.users[uid], **shown}

    def _groups(self, path: str, query: dict[str, str]) -> Reply:
        gid = path.removeprefix("/Groups").strip("/")
        if gid == "g-nested" and self.nested:
            return 200, {"schemas": [f"{CORE}Group"], "id": gid, "members": [{"value": u} for u in self.nested]}, {}
        if gid:
            if gid not in self.names:
                return _error(404)
            return self._group_answer(gid)
        if "members.value" in query.get("filter", ""):
            return self._by_member(query["filter"])
        wanted = re.fullmatch(r'(displayName|externalId) eq "(.*)"', query.get("filter", ""))
        shown = {g: f"x-{name}" if wanted and wanted[1] == "externalId" else name for g, name in self.names.items()}
        found = [g for g, name in shown.items() if not wanted or name == wanted[2]]
        if self.odd == "filter of groups ignored":
            found = list(self.names)
        return 200, _listed([self._group(g, False) for g in found], int(query.get("startIndex", 1)), 100), {}

    def _by_member(self, text: str) -> Reply:
        if self.odd not in (
            "filter finds",
            "filter of members ignored",
            "filter of members finds nothing",
            "hidden, filter",
        ):
            return _error(400, "invalidFilter")
        gid, member = re.findall(r'eq "([^"]*)"', text)
        hit = member in self.rooms[self.names[gid]] or self.odd == "filter of members ignored"
        hit = hit and self.odd != "filter of members finds nothing"
        return 200, _listed([self._group(gid, False)] if hit else [], 1, 100), {}

    def _group_answer(self, gid: str) -> Reply:
        group = self._group(gid, True)
        match self.odd:
            case "200 with a code":
                return 200, {"code": 429, "message": "busy"}, {}
            case "200 with an error":
                return 200, _error(404)[1], {}
            case "200 with another group":
                return 200, {**group, "id": "g-another", "members": []}, {}
            case "200 with HTML":
                return 200, b"<html>please log in</html>", {}
            case "200 with nothing":
                return 200, b"", {}
            case "200 with an empty object":
                return 200, {}, {}
            case "no schemas":
                return 200, {k: v for k, v in group.items() if k != "schemas"}, {}
            case "other case":
                members = [{"Value": m["value"]} for m in group["members"]]
                return 200, {"Schemas": group["schemas"], "ID": gid, "Members": members}, {}
        return 200, group, {"etag": f'W/"{self.version}"'}

    def _group(self, gid: str, with_members: bool) -> dict[str, Any]:
        room = self.names[gid]
        group: dict[str, Any] = {"schemas": [f"{CORE}Group"], "id": gid, "displayName": room, "externalId": f"x-{room}"}
        if with_members and self.odd not in ("members never shown", "hidden, filter"):
            group["members"] = self._shown(room)
        return group

    def _shown(self, room: str) -> list[dict[str, Any]]:
        uids = self.rooms[room]
        old = self._before.get(room)
        late = old is not None and time.monotonic() < self._changed_at[room] + OLD_SECONDS
        if (self.odd in ("reads are old for a while", "reads are old for a while, and that is known") and late) or (
            self.odd == "every other read is old" and old is not None and self.reads % 2
        ):
            uids = old or []
        match self.odd:
            case "members by user name" | "second add destroys":
                return [{"value": self.users[u]["userName"]} for u in uids if u in self.users]
            case "members by reference alone":
                return [{"$ref": f"https://iam.example/v2/Users/{u}"} for u in uids]
            case "members cut to two":
                uids = uids[:2]
            case "members cut to one":
                uids = uids[:1]
            case "members always an empty list" | "the account alone says it":
                uids = []
        nested = [{"value": "g-nested", "type": "Group"}] if self.nested else []
        return [*({"value": u} for u in uids), *nested]

    # --- changes -------------------------------------------------------------------------------------------

    def _change(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Reply:
        gid = path.removeprefix("/Groups").strip("/")
        if gid not in self.names:
            return _error(404)
        room = self.names[gid]
        if refusal := self._refusal(method, headers):
            return refusal
        if method == "PUT":
            self.changes.append(("put", room))
            self._set(room, [each["value"] for each in body.get("members", [])])
            return 200, self._group(gid, True), {}
        [operation] = body["Operations"]
        kind = operation["op"].lower()
        self.changes.append((kind, room))
        return self._add(gid, room, operation) if kind == "add" else self._remove(gid, room, operation)

    def _refusal(self, method: str, headers: dict[str, str]) -> Reply | None:
        version = headers.get("if-match")
        match self.odd:
            case "PUT alone" if method == "PATCH":
                return _error(405)
            case "application/json alone" if headers.get("content-type") != "application/json":
                return _error(415)
            case "If-Match wanted" if version is None:
                return _error(428)
            case "If-Match wanted" if version != f'W/"{self.version}"':
                return _error(412)
            case "conflict at first" if self.refused < 2:
                self.refused += 1
                return _error(409)
            case "busy at first" if self.refused < 2:
                self.refused += 1
                return 429, {}, {"retry-after": "1"}
            case "away at first" if self.refused < 2:
                self.refused += 1
                return _error(503)
            case "answers 500 and does it" if self.refused < 1:
                self.refused += 1
        return None

    def _add(self, gid: str, room: str, operation: dict[str, Any]) -> Reply:
        given = operation["value"] if "path" in operation else operation["value"]["members"]
        wants = {"type wanted": "type", "display wanted": "display", "$ref wanted": "$ref"}.get(self.odd)
        if wants and not all(each.get(wants) for each in given):
            return _error(400, "invalidValue")
        if self.odd == "add without path" and "path" in operation:
            return _error(400, "invalidPath")
        now = [*self.rooms[room]]
        for each in given:
            uid = self._uid(each["value"])
            if uid is None:
                return _error(400, "invalidValue")
            if self.odd == "add without effect":
                continue
            if self.odd == "add replaces the list":
                now = [uid]
            elif self.odd == "second add destroys" and uid in now:
                now = []
            elif uid not in now or self.odd == "second add doubles":
                now.append(uid)
        self._set(room, now)
        return self._taken(gid)

    def _remove(self, gid: str, room: str, operation: dict[str, Any]) -> Reply:
        by_path = re.fullmatch(r'members\[value eq "(.*)"\]', operation["path"])
        if by_path is None and self.odd != "removal by a list of values":
            return _error(400, "invalidValue")
        if by_path is not None and self.odd in ("removal by path refused", "removal by a list of values"):
            return _error(400, "invalidPath")
        if status := re.fullmatch(r"removal answered (\d+), not done", self.odd):
            return _error(int(status[1])) if int(status[1]) > 299 else (int(status[1]), self._group(gid, True), {})
        if self.odd == "removal without effect":
            return 204, b"", {}
        if self.odd == "removal answered 200 without effect":
            return self._taken(gid)
        if self.odd == "removal answered with a code":
            return 200, {"code": 403, "message": "denied"}, {}
        if self.odd == "removal refused as no target":
            return _error(400, "noTarget")
        if self.odd == "removal by path empties the group":
            self._set(room, [])
            return 204, b"", {}
        uid = self._uid(by_path[1] if by_path else operation["value"][0]["value"])
        if self.odd == "done a while later":
            Thread(target=self._later, args=(room, uid), daemon=True).start()
            return 202, b"", {}
        left = [each for each in self.rooms[room] if each != uid]
        if self.odd == "writes back what it read a moment ago":
            self._take_a_moment()
        self._set(room, left)
        return self._taken(gid)

    def _take_a_moment(self) -> None:
        """Others may read and write meanwhile."""
        self.writing += 1
        self.most_writing = max(self.most_writing, self.writing)
        self.lock.release()
        time.sleep(0.05)
        self.lock.acquire()
        self.writing -= 1

    def _later(self, room: str, uid: str | None) -> None:
        time.sleep(SLOW_SECONDS)
        with self.lock:
            self._set(room, [each for each in self.rooms[room] if each != uid])

    def _taken(self, gid: str) -> Reply:
        if self.odd == "answers 500 and does it" and self.refused == 1:
            self.refused += 1
            return _error(500)
        if self.odd == "answers with the group":
            return 200, self._group(gid, True), {}
        return 204, b"", {}

    def _uid(self, name: str) -> str | None:
        if name in self.users or any(name in uids for uids in self.rooms.values()):
            return name if self.odd not in ("members by user name", "second add destroys") else None
        return next((u for u, each in self.users.items() if each["userName"] == name), None)

    def _set(self, room: str, uids: list[str]) -> None:
        self._before[room], self._changed_at[room] = self.rooms[room], time.monotonic()
        self.rooms[room] = uids
        self.version += 1


def _listed(resources: list[Any], start: int, size: int) -> dict[str, Any]:
    page = resources[start - 1 : start - 1 + size]
    return {"schemas": [f"{MESSAGE}ListResponse"], "totalResults": len(resources), "Resources": page}


def _error(status: int, kind: str = "") -> Reply:
    return status, {"schemas": [f"{MESSAGE}Error"], "status": str(status), "scimType": kind}, {}


@contextmanager
def serving(odds: list[str]) -> Iterator[tuple[str, dict[str, OddServer]]]:
    """All servers on one port; where it listens, and each by its behaviour."""
    servers = {f"s{n}": OddServer(odd) for n, odd in enumerate(odds)}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def serve(self) -> None:
            address = urlsplit(self.path)
            name, _, path = address.path.lstrip("/").partition("/v2")
            query = {key: values[-1] for key, values in parse_qs(address.query).items()}
            length = int(self.headers.get("content-length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            headers = {key.lower(): value for key, value in self.headers.items()}
            status, content, more = servers[name].answer(self.command, unquote(path), query, body, headers)
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-type", "application/scim+json")
            for key, value in more.items():
                self.send_header(key, value)
            if status != 204:
                self.send_header("content-length", str(len(data)))
            self.end_headers()
            if status != 204:
                self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", {each.odd: each for each in servers.values()}
    finally:
        server.shutdown()
        server.server_close()
