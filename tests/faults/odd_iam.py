"""Identity systems in the usual style of Chinese vendors, with one odd behaviour each: ``/<name>/api`` is one of them.

Everything is answered 200 with ``code``, ``msg`` and ``data``; lists come in pages with a total; roles are known by
their ids; ids of accounts lie beyond 2^53. What is true stands in ``rooms``: nobody is told it.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import RLock, Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "for-tests-only"
ROOMS = {"room-a": "1001", "room-b": "1002"}
SHOP = {
    "targets": ROOMS,
    "find": {"path": "/v1/users", "query": {"jobNo": "{person}", "pageNum": "{page}", "pageSize": "{size}"}},
    "members": {"path": "/v1/roles/{target}/users", "query": {"pageNum": "{page}", "pageSize": "{size}"}},
    "grant": {"method": "POST", "path": "/v1/roles/{target}/users", "body": "add"},
    "revoke": {"method": "POST", "path": "/v1/roles/users/remove", "body": "remove"},
}
"""How the hub is told to speak to it."""
LOOK = {"look": {"path": "/v1/roles/{target}/users/{subject}"}}
"""And how it is asked about one account."""
OLD_SECONDS = 2.0
SLOW_SECONDS = 1.0
_FIRST = 9_007_199_254_740_993
"""The first whole number that a double cannot tell from its neighbour."""

Reply = tuple[int, Any]


class OddIam:
    """One system: three people of its own in every room, and ``E1``. ``done`` is its code for what went well."""

    def __init__(self, odd: str, rooms: Mapping[str, str] = ROOMS) -> None:
        self.odd = odd
        self.lock = RLock()
        self.accounts: dict[str, dict[str, Any]] = {}
        self.names = {role: room for room, role in rooms.items()}
        for n in range(3):
            self.add_account(f"HR-{n}", f"同事{n}")
        others = list(self.accounts)
        self.person = self.add_account("E1", "王一")
        self.rooms = {room: list(others) for room in rooms}
        self.changes: list[tuple[str, str]] = []
        self.keys: list[str] = []
        self.reads = self.told = 0
        self.done: int | str = 0
        self._before: dict[str, list[str]] = {}
        self._changed_at: dict[str, float] = {}

    def add_account(self, number: str, name: str) -> str:
        """A new account; its id."""
        uid = str(_FIRST + len(self.accounts))
        self.accounts[uid] = {"userId": int(uid), "jobNo": number, "userName": name, "deleted": 0}
        return uid

    def inside(self, room: str) -> list[str]:
        """Who can enter now, in truth."""
        with self.lock:
            return list(self.rooms[room])

    def answer(self, method: str, path: str, query: dict[str, str], body: Any, headers: dict[str, str]) -> Reply:
        with self.lock:
            if headers.get("authorization") != f"Bearer {TOKEN}":
                return 200, _said(401, "登录已失效，请重新登录")
            if method == "GET":
                self.reads += 1
                _, _version, kind, *rest = path.split("/")
                if kind == "users":
                    return self._users(query)
                return self._look(rest[0], rest[2]) if rest[2:] else self._members(rest[0], query)
            self.keys.append(headers.get("idempotency-key", ""))
            return self._change(path, body)

    # --- reads ---------------------------------------------------------------------------------------------

    def _users(self, query: dict[str, str]) -> Reply:
        wanted = query.get("jobNo", "")
        found = [each for each in self.accounts.values() if each["jobNo"] == wanted]
        match self.odd:
            case "filter of users ignored":
                found = list(self.accounts.values())
            case "filter of users ignored, first page alone":
                return 200, _said(0, "操作成功", {"list": list(self.accounts.values())[:2]})
            case "finds what begins alike":
                found = [each for each in self.accounts.values() if each["jobNo"].startswith(wanted[:1])]
            case "find is done without data":
                return 200, _said(0, "操作成功", {})
            case "find finds nobody":
                found = []
            case "numbers in other case":
                found = [{**each, "jobNo": each["jobNo"].lower()} for each in found]
            case "deleted accounts are listed":
                found = [{**each, "userId": int(each["userId"]) + 500, "deleted": 1} for each in found] + found
        return 200, _said(0, "操作成功", self._page(found, query))

    def _members(self, role: str, query: dict[str, str]) -> Reply:
        if role not in self.names:
            return 200, _said(10002, "角色不存在")
        listed = [self.accounts.get(uid, {"userId": int(uid)}) for uid in self._shown(self.names[role])]
        match self.odd:
            case "200 with code 500":
                return 200, _said(500, "系统异常，请联系管理员")
            case "200 with code 429":
                return 200, _said(429, "请求过于频繁")
            case "200 with an unknown code":
                return 200, _said(77001, "许可已过期")
            case "200 with HTML":
                return 200, "<html><title>统一登录</title></html>".encode()
            case "200 with nothing":
                return 200, b""
            case "200 with an empty object":
                return 200, {}
            case "done without data":
                return 200, _said(0, "操作成功", {})
            case "null for an empty list":
                return 200, _said(0, "操作成功", {"total": 0, "list": None, "roleId": role})
            case "another role":
                return 200, _said(0, "操作成功", {**self._page([], query), "roleId": "9999"})
            case "one entry without an id":
                listed = [*listed, {"jobNo": "HR-9", "userName": "无"}]
        return 200, _said(0, "操作成功", {**self._page(listed, query), "roleId": role})

    def _look(self, role: str, uid: str) -> Reply:
        if role not in self.names:
            return 200, _said(10002, "角色不存在")
        shown = self._shown(self.names[role])
        found = [self.accounts.get(each, {"userId": int(each)}) for each in shown if each == uid]
        match self.odd:
            case "looks show everybody":
                found = [self.accounts[each] for each in shown]
            case "looks show everybody, cut to two":
                return 200, _said(0, "操作成功", {"list": [self.accounts[each] for each in shown[:2]]})
            case "looks show nobody":
                found = []
            case "looks show whoever is asked for":
                found = [{"userId": uid}]
            case "looks are answered by a code" if uid not in self.accounts:
                return 200, _said(10001, "用户不存在")
            case "looks are answered by a code" if not found:
                return 200, _said(10012, "用户不在该角色中")
        return 200, _said(0, "操作成功", {"total": len(found), "list": found, "roleId": role})

    def _shown(self, room: str) -> list[str]:
        uids, old = self.rooms[room], self._before.get(room)
        late = old is not None and time.monotonic() < self._changed_at[room] + OLD_SECONDS
        if "reads are old for a while" in self.odd and late:
            uids = old or []
        if self.odd == "every other read is old" and old is not None and self.reads % 2:
            uids = old
        match self.odd:
            case "members always an empty list":
                return []
            case "members cut to two, and counted so":
                return uids[:2]
        return uids

    def _page(self, rows: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
        number, size = int(query.get("pageNum", 1)), int(query.get("pageSize", 10))
        if self.odd == "pages are smaller than asked for":
            size = min(size, 2)
        total = len(rows)
        at = (number - 1) * size
        match self.odd:
            case "half a page" if number > 1:
                return {"total": total, "list": []}
            case "half a page":
                return {"total": total, "list": rows[: max(total - 1, 0)]}
            case "the first page again and again":
                return {"total": total, "list": rows[:2]}
            case "counts fewer than it lists":
                return {"total": max(total - 1, 0), "list": rows[at : at + size]}
            case "total as a text":
                return {"total": str(total), "list": rows[at : at + size]}
            case "no total":
                return {"list": rows[at : at + size]}
            case "no total, the last page again":
                last = max(0, (total - 1) // size) * size
                return {"list": rows[min(at, last) : min(at, last) + size]}
            case "no total, cut to two":
                return {"list": rows[:2] if number == 1 else []}
            case "total changes between pages":
                self.told += 1
                return {"total": 40 + self.told, "list": rows[at : at + size]}
        return {"total": total, "list": rows[at : at + size]}

    # --- changes -------------------------------------------------------------------------------------------

    def _change(self, path: str, body: Any) -> Reply:
        opens = not path.endswith("/remove")
        role = path.split("/")[3] if opens else str(body["roleId"])
        [uid] = body["userIds"] if opens else [each["userId"] for each in body["users"]]
        if (opens and body["grantType"] != "USER") or not (opens or isinstance(body["roleId"], int)):
            return 200, _said(400, "参数错误")
        if role not in self.names:
            return 200, _said(10002, "角色不存在")
        if uid not in self.accounts:
            return 200, _said(10001, "用户不存在")
        room = self.names[role]
        self.changes.append(("add" if opens else "remove", room))
        if refusal := self._refusal(opens):
            return refusal
        return self._add(room, uid) if opens else self._remove(room, uid)

    def _refusal(self, opens: bool) -> Reply | None:
        self.told += 1
        match self.odd:
            case "busy at first" if self.told < 3:
                return 200, _said(429, "请求过于频繁，请稍后再试")
            case "conflict at first" if self.told < 3:
                return 200, _said(409, "数据已被他人修改")
            case "removal is not ours to do" if not opens:
                return 200, _said(403, "无权限")
            case "removal answered with an unknown code" if not opens:
                return 200, _said(77002, "审批中")
            case "removal answered with HTML" if not opens:
                return 200, b"<html></html>"
            case "removal without effect" if not opens:
                return 200, _said(0, "操作成功")
            case "removal answered as not there" if not opens:
                return 200, _said(10012, "用户不在该角色中")
            case "removal answered 500 in a 200, not done" if not opens:
                return 200, _said(500, "系统异常")
            case "grant without effect" if opens:
                return 200, _said(0, "操作成功")
        return None

    def _add(self, room: str, uid: str) -> Reply:
        if self.odd == "grant replaces the list":
            self._set(room, [uid])
        elif uid in self.rooms[room]:
            return 200, _said(10011, "用户已在该角色中")
        else:
            self._set(room, [*self.rooms[room], uid])
        return 200, _said(0, "操作成功")

    def _remove(self, room: str, uid: str) -> Reply:
        left = [each for each in self.rooms[room] if each != uid]
        if self.odd == "removal empties the role":
            left = []
        if self.odd == "done a while later":
            Thread(target=self._later, args=(room, left), daemon=True).start()
            return 200, _said(0, "已提交")
        if uid not in self.rooms[room]:
            return 200, _said(10012, "用户不在该角色中")
        self._set(room, left)
        if self.odd == "removal answered 500 in a 200, and done" and self.changes[-2:].count(("remove", room)) == 1:
            return 200, _said(500, "系统异常")
        return 200, _said(0, "操作成功")

    def _later(self, room: str, left: list[str]) -> None:
        time.sleep(SLOW_SECONDS)
        with self.lock:
            self._set(room, left)

    def _set(self, room: str, uids: list[str]) -> None:
        self._before[room], self._changed_at[room] = self.rooms[room], time.monotonic()
        self.rooms[room] = uids


def _said(code: int, text: str, data: Any = None) -> dict[str, Any]:
    return {"code": code, "msg": text, "data": data, "timestamp": 1772413200000}


@contextmanager
def serving(servers: Mapping[str, OddIam]) -> Iterator[str]:
    """All systems on one port, each below its name; where it listens."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def serve(self) -> None:
            address = urlsplit(self.path)
            name, _, path = address.path.lstrip("/").partition("/api")
            query = {key: values[-1] for key, values in parse_qs(address.query).items()}
            length = int(self.headers.get("content-length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            headers = {key.lower(): value for key, value in self.headers.items()}
            status, content = servers[name].answer(self.command, unquote(path), query, body, headers)
            if isinstance(content, dict) and content.get("code") == 0:
                content["code"] = servers[name].done
            data = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json;charset=UTF-8")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
