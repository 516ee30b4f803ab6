"""A learning platform: makes xAPI 1.0.3 statements of what learners do and pushes them.

Run as a process it reads one order a line from standard input and answers each with one line
``{"status": 200, "body": "[...]", "ms": 3.1}`` (status 0: nobody answered, or the order is none of these):
``{"do": "study", "who": "zhang.san", "course": "dc-ops-online", "verb": "progressed", "at": "..."}``,
``{"do": "exam", "who": "zhang.san", "exam": "dc-ops-exam", "passed": true, "score": 92, "at": "..."}``,
``{"do": "void", "who": "lms", "statement": "<id>", "at": "..."}``,
``{"do": "post", "statements": [...]}``, ``{"do": "put", "statement": {...}}``, ``{"do": "about"}``.
Instead of ``who``, the name of an account, ``actor`` can be a whole xAPI actor. ``id`` names the statement;
empty, as Moodle does it, it has none. ``at`` may be missing: now.
"""

import argparse
import http.client
import json
import os
import sys
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

_VERBS = "http://adlnet.gov/expapi/verbs/"
_COURSE = "https://w3id.org/xapi/cmi5/activitytype/course"
_STATEMENTS = "/xapi/statements"
_TIMEOUT_S = 30


class Platform:
    """A simulated platform with one account at a hub. ``prefix`` stands before every course id."""

    def __init__(self, hub: str, user: str, password: str, prefix: str = "https://lms.example.cn/course/") -> None:
        where = urlsplit(hub)
        made = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
        self._line = made(where.hostname or "", where.port, timeout=_TIMEOUT_S)
        account = b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {
            "Content-Type": "application/json",
            "X-Experience-API-Version": "1.0.3",
            "Authorization": f"Basic {account}",
        }
        self._prefix = prefix

    def study(self, order: Mapping[str, Any]) -> tuple[int, bytes]:
        """Say that a learner did something in a course."""
        return self.post([self._statement(order, order["verb"], self._activity(order["course"]))])

    def exam(self, order: Mapping[str, Any]) -> tuple[int, bytes]:
        """Say that a learner passed or failed an exam."""
        score = {"raw": order["score"], "min": 0, "max": 100}
        result = {"score": score, "success": order["passed"], "completion": True}
        verb = "passed" if order["passed"] else "failed"
        return self.post([{**self._statement(order, verb, self._activity(order["exam"])), "result": result}])

    def void(self, order: Mapping[str, Any]) -> tuple[int, bytes]:
        """Withdraw a statement."""
        target = {"objectType": "StatementRef", "id": order["statement"]}
        return self.post([self._statement(order, "voided", target)])

    def post(self, statements: Sequence[Any]) -> tuple[int, bytes]:
        """Push statements as they are; status and body of the answer."""
        return self._send("POST", _STATEMENTS, statements)

    def put(self, statement: Mapping[str, Any]) -> tuple[int, bytes]:
        """Push one statement under its own id."""
        return self._send("PUT", f"{_STATEMENTS}?{urlencode({'statementId': statement['id']})}", statement)

    def about(self) -> tuple[int, bytes]:
        """Ask which versions the hub speaks."""
        return self._send("GET", "/xapi/about")

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def _send(self, method: str, target: str, content: Any = None) -> tuple[int, bytes]:
        """One request on the line that stays open; once more on a new one if the hub had hung up meanwhile."""
        body = None if content is None else json.dumps(content, ensure_ascii=False).encode()
        reused = self._line.sock is not None
        try:
            self._line.request(method, target, body, self._headers)
            answer = self._line.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            if reused:
                return self._send(method, target, content)
            raise

    def _activity(self, name: str) -> dict[str, Any]:
        return {"id": self._prefix + name, "definition": {"type": _COURSE}}

    def _statement(self, order: Mapping[str, Any], verb: str, target: Mapping[str, Any]) -> dict[str, Any]:
        name = str(uuid4()) if order.get("id") is None else order["id"]
        parent = {} if "objectType" in target else {"context": {"contextActivities": {"parent": [target]}}}
        return {
            **({"id": name} if name else {}),
            "actor": order.get("actor") or {"account": {"homePage": "https://lms.example.cn", "name": order["who"]}},
            "verb": {"id": verb if ":" in verb else _VERBS + verb, "display": {"en": verb}},
            "object": target,
            **parent,
            "timestamp": order["at"] if "at" in order else datetime.now(UTC).isoformat(),
        }


def obey(platform: Platform, order: Mapping[str, Any]) -> tuple[int, bytes]:
    """Carry out one order of the module's docstring; status and body of the answer.

    Raises:
        ValueError: The order is none of them.
        KeyError: It lacks a part.
    """
    match order.get("do"):
        case "study":
            return platform.study(order)
        case "exam":
            return platform.exam(order)
        case "void":
            return platform.void(order)
        case "post":
            return platform.post(order["statements"])
        case "put":
            return platform.put(order["statement"])
        case "about":
            return platform.about()
    raise ValueError(f"found {order.get('do')!r}, expected study, exam, void, post, put or about")


def _answer(platform: Platform, line: str) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        status, body = obey(platform, json.loads(line))
        answer: dict[str, Any] = {"status": status, "body": body.decode("utf-8", "replace")}
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        answer = {"status": 0, "body": f"{type(error).__name__}: {error}"}
    return {**answer, "ms": round((time.perf_counter() - began) * 1000, 2)}


def main() -> None:
    """Read orders from standard input until it ends."""
    parser = argparse.ArgumentParser(prog="xapi_push", description="A simulated learning platform.")
    parser.add_argument("--hub", required=True, help="address of the hub, for example http://127.0.0.1:8710")
    parser.add_argument("--user", required=True)
    password = parser.add_mutually_exclusive_group(required=True)
    password.add_argument("--password-file", type=Path, help="file that holds the password")
    password.add_argument("--password-env", help="environment variable that holds the password")
    parser.add_argument("--course-prefix", default="https://lms.example.cn/course/")
    given = parser.parse_args()
    secret = given.password_file.read_text().strip() if given.password_file else os.environ[given.password_env]
    platform = Platform(given.hub, given.user, secret, given.course_prefix)
    for line in filter(str.strip, sys.stdin):
        sys.stdout.write(json.dumps(_answer(platform, line), ensure_ascii=False) + "\n")
        sys.stdout.flush()
    platform.close()


if __name__ == "__main__":
    main()
