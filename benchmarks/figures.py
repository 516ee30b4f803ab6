"""What a partner waits for the figures of one person at 100,000 people: signed both ways, entered before it leaves.

Of those asked about, each has five years of credited months and a session that is over; every other question is as of
an instant of just now, which is answered from the facts alone.
"""

import json
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.site import OVER, build, running, write_everybody
from connectors.keys import write_pair
from connectors.simulators.authority import sign
from hub.assembly import Assembly
from hub.config.folder import read_folder
from hub.intake.facts import Origin
from schemas.learning import CreditedHours
from schemas.transmission import Item, Transmission

PEOPLE, ASKED, TIMES, MONTHS = 100_000, 200, 600, 60
THEIRS = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SETTINGS = """
[connectors.asks]
adapter = "credential/figures_asked"
positions = ["dc-operations"]
keys = [{ kid = "theirs", public = "file:keys/theirs.pub.pem" }]
"""


def measure() -> dict[str, float]:
    """``ask_ms``: p99 of a question; its median, and that of an empty handler of the same server; CPU of both."""
    with TemporaryDirectory() as place:
        home = _built(Path(place))
        _asks(home)
        with running("hub", "serve", "-c", str(home), "--listen", "127.0.0.1:0") as (server, _ready):
            where = urlsplit(server.url)
            line = HTTPConnection(where.hostname or "", where.port, timeout=60)
            asked, empty, before = [], [], server.cpu()
            for n in range(TIMES):
                asked.append(_ask(line, server.url, n))
                empty.append(_seconds(line, "GET", "/healthz", None, {})[0])
                time.sleep(0.02)
            spent = server.cpu() - before
            line.close()
    return {
        "ask_ms": quantiles(asked, n=100)[98] * 1000,
        "ask_p50_ms": median(asked) * 1000,
        "ask_cpu_ms": spent / TIMES * 1000,
        "ask_empty_p50_ms": median(empty) * 1000,
    }


def _built(place: Path) -> Path:
    """Everybody is known, a few of them enrolled; nobody waits to be judged, which is no part of an answer."""
    home = build(place, ASKED, enrolled=ASKED, length=OVER)
    write_everybody(home, PEOPLE)
    with Assembly(read_folder(home)) as parts:
        roster = parts.polling.one("roster")
        assert roster is not None
        asked = parts.polling.ask(roster)
        assert asked.error is None, asked.error
    with closing(sqlite3.connect(home / "data" / "licet.db")) as store, store:
        assert store.execute("SELECT count(*) FROM people").fetchone()[0] == PEOPLE
        store.execute("DELETE FROM due")
    return home


def _asks(home: Path) -> None:
    """Let a partner ask, and give those it asks about what they earned."""
    write_pair(home / "keys", "theirs", THEIRS)
    with Assembly(read_folder(home)) as parts:
        now = parts.clock.now()
        parts.key_desk.new("ed25519", "bench", now)
        for n in range(ASKED):
            wire = Transmission("opening", now, "application/json", str(n).encode())
            item = Item(records=tuple(_months(n, now)), key="bench")
            prepared = parts.preparer.prepare(wire, [item], Origin("opening", "roster", "each", opening=True))
            parts.writer.call(lambda tx, each=prepared: parts.keeper.keep([each], tx))
            parts.keeper.committed(prepared)
    text = (home / "licet.toml").read_text("utf-8")
    (home / "licet.toml").write_text(text + SETTINGS, encoding="utf-8")


def _months(n: int, now: datetime) -> list[CreditedHours]:
    return [
        CreditedHours(
            subject=f"E{n:06d}",
            id=f"m-{month}",
            course=("dc-safety", "dc-ops-online", "dc-annual")[month % 3],
            credited_seconds=3600 + month,
            required_seconds=4000,
            occurred_at=now - timedelta(days=30 * (month + 1)),
            as_of=now - timedelta(days=30 * month),
        )
        for month in range(MONTHS)
    ]


def _ask(line: HTTPConnection, url: str, n: int) -> float:
    now = datetime.now(UTC)
    question = {"id": f"q-{n}", "person": f"E{n % ASKED:06d}", "from": "2021-01-01", "to": f"{now:%Y}-12-31"}
    question["reason"] = "bench"
    if n % 2:
        question["asOf"] = (now - timedelta(seconds=1)).isoformat()
    body = json.dumps(question).encode()
    fields = sign("POST", f"{url}/ask/asks", body, "application/json", THEIRS, "theirs", now, tag="figures-question")
    took, said = _seconds(line, "POST", "/ask/asks", body, fields)
    assert json.loads(said)["total"]["creditedSeconds"] > 0, said
    return took


def _seconds(
    line: HTTPConnection, method: str, path: str, body: bytes | None, fields: dict[str, str]
) -> tuple[float, bytes]:
    began = time.perf_counter()
    line.request(method, path, body, fields)
    answer = line.getresponse()
    said = answer.read()
    took = time.perf_counter() - began
    assert answer.status == 200, said
    return took, said
