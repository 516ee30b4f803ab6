"""An attendance cloud that nobody wrote an adapter for: 200 and a code, a log-in for a token, pages, times of twelve
hours. It can do each thing wrong that such clouds do.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SHANGHAI = timezone(timedelta(hours=8))
SECRET = "secret-of-the-app"


class AttendanceCloud:
    """What the cloud knows, what it was asked, and what it will do wrong next (``wrong``, first come first served).

    Who asks for ``held_page`` waits for ``gate``.
    """

    def __init__(self) -> None:
        self.port = 0
        self.records: list[dict[str, Any]] = []
        self.wrong: list[str] = []
        self.asked: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.logins = 0
        self.token = ""
        self.largest = 1000
        self.held_page = ""
        self.gate = Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self, **more: Any) -> dict[str, Any]:
        """How a hub is set to ask it."""
        return {
            "base_url": f"{self.url}/openapi",
            "path": "/attendance/list",
            "method": "POST",
            "send": "json",
            "zone": "Asia/Shanghai",
            "success_at": "/code",
            "success_is": ["0"],
            "expired_is": ["40014"],
            "busy_is": ["42900"],
            "message_at": "/msg",
            "items": "/data/list",
            "pages": "page",
            "page_parameter": "pageNo",
            "size_parameter": "pageSize",
            "page_size": 3,
            "total_at": "/data/total",
            "since_parameter": "beginTime",
            "until_parameter": "endTime",
            "time_format": "local",
            "start": "2026-03-01",
            "overlap_seconds": 600,
            "login_url": f"{self.url}/openapi/token",
            "login_parameters": {"appKey": "hub"},
            "login_secret_parameter": "appSecret",
            "login_token_at": "/data/accessToken",
            "login_seconds_at": "/data/expiresIn",
            "token_header": "X-Access-Token",
            "allow_private_address": True,
            **more,
        }

    def punched(self, number: int, at: datetime, person: str = "E0", device: str = "K-1", way: str = "上班") -> None:
        """Somebody was seen, at a local time."""
        half = "上午" if at.hour < 12 else "下午"
        text = f"{at.year}/{at.month}/{at.day} {half}{(at.hour + 11) % 12 + 1}:{at.minute:02d}"
        row = {"recordId": 9007199254740993 + number, "empNo": person, "punchTime": text, "sn": device, "type": way}
        self.records.append({**row, "at": at})

    def answer(self, path: str, asked: dict[str, str], token: str) -> dict[str, Any]:
        if path == "/openapi/token":
            return self._logged_in(asked)
        if not self.token or token != self.token:
            return {"code": 40014, "msg": "access_token 已过期", "data": None}
        return self._page(asked)

    def _logged_in(self, asked: dict[str, str]) -> dict[str, Any]:
        self.logins += 1
        if asked.get("appKey") != "hub" or asked.get("appSecret") != SECRET:
            return {"code": 40001, "msg": "appSecret 错误", "data": None}
        self.token = f"token-{self.logins}"
        return {"code": 0, "msg": "ok", "data": {"accessToken": self.token, "expiresIn": 7200}}

    def _page(self, asked: dict[str, str]) -> dict[str, Any]:
        begin, end = (datetime.fromisoformat(asked[name]).replace(tzinfo=SHANGHAI) for name in ("beginTime", "endTime"))
        if end - begin > timedelta(days=7):
            return {"code": 1002, "msg": "时间跨度不能超过7天", "data": None}
        found = [each for each in self.records if begin <= each["at"] <= end]
        size = min(int(asked["pageSize"]), self.largest)
        at = (int(asked["pageNo"]) - 1) * size
        rows = [{name: value for name, value in each.items() if name != "at"} for each in found[at : at + size]]
        return {"code": 0, "msg": "ok", "data": {"total": len(found), "list": rows} if found else None}


def _handler(cloud: AttendanceCloud) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            split = urlsplit(self.path)
            asked = {**dict(parse_qsl(split.query)), **{k: str(v) for k, v in json.loads(body or b"{}").items()}}
            if split.path != "/openapi/token":
                cloud.asked.append(asked)
            cloud.headers.append({name.lower(): value for name, value in self.headers.items()})
            if cloud.held_page and asked.get("pageNo") == cloud.held_page:
                cloud.gate.wait(60)
            wrong = cloud.wrong.pop(0) if cloud.wrong and split.path != "/openapi/token" else ""
            if not wrong.isdigit() and (answer := self.mistaken(wrong, split.path, asked)) is not None:
                self.say(200, answer)
            elif wrong.isdigit():
                self.say(int(wrong), b"{}", {"retry-after": "7"} if wrong == "429" else {})

        def mistaken(self, wrong: str, path: str, asked: dict[str, str]) -> bytes | None:
            token = self.headers.get("x-access-token", "")
            good = json.dumps(cloud.answer(path, asked, token), ensure_ascii=False).encode()
            match wrong:
                case "expired":
                    cloud.token = ""
                    return json.dumps({"code": 40014, "msg": "access_token 已过期"}).encode()
                case "busy":
                    return json.dumps({"code": 42900, "msg": "请求过于频繁"}).encode()
                case "html":
                    return b"<html><body>502 Bad Gateway</body></html>"
                case "no list":
                    return json.dumps({"code": 0, "data": {"total": 3}}).encode()
                case "first again":
                    return json.dumps(cloud.answer(path, {**asked, "pageNo": "1"}, token), ensure_ascii=False).encode()
                case "empty":
                    return json.dumps({"code": 0, "data": {"total": 5, "list": []}}).encode()
                case "elsewhere":
                    self.say(302, b"", {"location": "http://127.0.0.1:9/stolen"})
                    return None
                case "cut":
                    self.say(200, good[: len(good) // 2], {"content-length": str(len(good))})
                    self.close_connection = True
                    return None
                case "":
                    return good
            raise AssertionError(wrong)

        def say(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler


@contextmanager
def serving() -> Iterator[AttendanceCloud]:
    """A cloud at a port of its own."""
    cloud = AttendanceCloud()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(cloud)) as server:
        cloud.port = server.server_address[1]
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield cloud
        finally:
            cloud.gate.set()
            server.shutdown()


def repeated(asked: list[dict[str, str]]) -> list[dict[str, str]]:
    """Pages that were asked for more than once."""
    counts = Counter(tuple(sorted(each.items())) for each in asked)
    return [dict(each) for each, count in counts.items() if count > 1]
