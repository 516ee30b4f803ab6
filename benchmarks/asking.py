"""What it costs to ask whether somebody may, beside an empty handler of the same server: AuthZEN against ``/healthz``.

Both are asked in turn on one kept connection, at a rate that the hub lets one address ask; people in turn, most of whom
may not, which is the longer answer.
"""

import itertools
import json
import time
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from benchmarks.site import build, running

PEOPLE, TIMES, PACE_SECONDS = 1000, 1500, 0.0125


def measure() -> dict[str, float]:
    """``authzen_ratio``: p99 of an evaluation by that of the empty handler; and both medians."""
    with TemporaryDirectory() as place:
        home = build(Path(place), PEOPLE)
        with running("hub", "serve", "-c", str(home), "--listen", "127.0.0.1:0") as (server, _ready):
            where = urlsplit(server.url)
            line = HTTPConnection(where.hostname or "", where.port, timeout=10)
            fields = {"authorization": f"Bearer {(home / 'keys' / 'api.token').read_text()}"}
            fields["content-type"] = "application/json"
            people = itertools.cycle(f"E{n:06d}" for n in range(PEOPLE))
            empty, asked = [], []
            for _ in range(TIMES):
                empty.append(_seconds(line, "GET", "/healthz", None, fields))
                asked.append(_seconds(line, "POST", "/access/v1/evaluation", _question(next(people)), fields))
                time.sleep(PACE_SECONDS)
            line.close()
    return {
        "authzen_ratio": _p99(asked) / _p99(empty),
        "authzen_p50_ms": median(asked) * 1000,
        "authzen_p99_ms": _p99(asked) * 1000,
        "empty_p50_ms": median(empty) * 1000,
        "empty_p99_ms": _p99(empty) * 1000,
    }


def _question(person: str) -> bytes:
    asked = {
        "subject": {"type": "person", "id": person},
        "action": {"name": "full"},
        "resource": {"type": "position", "id": "dc-operations"},
    }
    return json.dumps(asked).encode()


def _seconds(line: HTTPConnection, method: str, path: str, body: bytes | None, fields: dict[str, str]) -> float:
    began = time.perf_counter()
    line.request(method, path, body, fields)
    answer = line.getresponse()
    said = answer.read()
    took = time.perf_counter() - began
    assert answer.status == 200 and b"error" not in said, said
    return took


def _p99(times: list[float]) -> float:
    return quantiles(times, n=100)[98]
