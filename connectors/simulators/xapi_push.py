"""A learning platform: makes xAPI 1.0.3 statements of what learners do and pushes them.

Run as a process it reads one order a line from standard input and answers each with one line
``{"status": 200, "body": "[...]", "ms": 3.1}``:
``{"do": "study", "who": "zhang.san", "course": "dc-ops-online", "verb": "progressed", "at": "..."}``,
``{"do": "exam", "who": "zhang.san", "exam": "dc-ops-exam", "passed": true, "score": 92, "at": "..."}``,
``{"do": "post", "statements": [...]}``.
"""

import argparse
import http.client
import json
import sys
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

_VERBS = "http://adlnet.gov/expapi/verbs/"
_COURSE = "https://w3id.org/xapi/cmi5/activitytype/course"


class Platform:
    """A simulated platform with one account at a hub. ``prefix`` stands before every course id."""

    def __init__(self, hub: str, user: str, password: str, prefix: str = "https://lms.example.cn/course/") -> None:
        where = urlsplit(hub)
        self._line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
        self._account = b64encode(f"{user}:{password}".encode()).decode()
        self._prefix = prefix

    def study(self, order: Mapping[str, Any]) -> tuple[int, bytes]:
        """Say that a learner did something in a course."""
        return self.post([self._statement(order, order["verb"], order["course"], {})])

    def exam(self, order: Mapping[str, Any]) -> tuple[int, bytes]:
        """Say that a learner passed or failed an exam."""
        score = {"raw": order["score"], "min": 0, "max": 100}
        result = {"score": score, "success": order["passed"], "completion": True}
        verb = "passed" if order["passed"] else "failed"
        return self.post([self._statement(order, verb, order["exam"], {"result": result})])

    def post(self, statements: Sequence[Any]) -> tuple[int, bytes]:
        """Push statements as they are; status and body of the answer."""
        headers = {
            "Content-Type": "application/json",
            "X-Experience-API-Version": "1.0.3",
            "Authorization": f"Basic {self._account}",
        }
        self._line.request("POST", "/xapi/statements", json.dumps(statements, ensure_ascii=False).encode(), headers)
        answer = self._line.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def _statement(self, order: Mapping[str, Any], verb: str, what: str, more: Mapping[str, Any]) -> dict[str, Any]:
        activity = {"id": self._prefix + what, "definition": {"type": _COURSE}}
        return {
            "id": order.get("id") or str(uuid4()),
            "actor": {"account": {"homePage": "https://lms.example.cn", "name": order["who"]}},
            "verb": {"id": verb if ":" in verb else _VERBS + verb, "display": {"en": verb}},
            "object": activity,
            "context": {"contextActivities": {"parent": [activity]}},
            "timestamp": order["at"],
            **more,
        }


def obey(platform: Platform, order: Mapping[str, Any]) -> tuple[int, bytes]:
    """Carry out one order."""
    if order["do"] == "post":
        return platform.post(order["statements"])
    return platform.exam(order) if order["do"] == "exam" else platform.study(order)


def main() -> None:
    """Read orders from standard input until it ends."""
    parser = argparse.ArgumentParser(prog="xapi_push", description="A simulated learning platform.")
    parser.add_argument("--hub", required=True, help="address of the hub, for example http://127.0.0.1:8710")
    parser.add_argument("--user", required=True)
    parser.add_argument("--password-file", required=True, type=Path)
    parser.add_argument("--course-prefix", default="https://lms.example.cn/course/")
    given = parser.parse_args()
    platform = Platform(given.hub, given.user, given.password_file.read_text().strip(), given.course_prefix)
    for line in filter(str.strip, sys.stdin):
        began = time.perf_counter()
        try:
            status, body = obey(platform, json.loads(line))
            answer: dict[str, Any] = {"status": status, "body": body.decode("utf-8", "replace")}
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            answer = {"status": 0, "body": f"{type(error).__name__}: {error}"}
        answer["ms"] = round((time.perf_counter() - began) * 1000, 2)
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
