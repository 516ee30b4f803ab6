"""What a partner waits for the figures of one person at 100,000 people: signed both ways, entered before it leaves.

Of those asked about, each has five years of credited months and a session that is over; every other question is as of
an instant of just now, which is answered from the facts alone. By one partner they are signed (``ask``), by another
signed and sealed both ways (``ask_sealed``).
"""

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from benchmarks.site import OVER, Server, build, running, write_everybody
from connectors.algorithms import public_jwk
from connectors.keys import write_pair
from connectors.simulators import sealing
from connectors.simulators.authority import sign
from hub.assembly import Assembly
from hub.config.folder import read_folder
from hub.intake.facts import Origin
from schemas.learning import CreditedHours
from schemas.transmission import Item, Transmission
from tests.contract.foreign import of_jose

PEOPLE, ASKED, TIMES, MONTHS = 100_000, 200, 600, 60
THEIRS = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
BOX = X25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
SETTINGS = """
[connectors.asks]
adapter = "credential/figures_asked"
positions = ["dc-operations"]
keys = [{ kid = "theirs", public = "file:keys/theirs.pub.pem" }]

[connectors.sealed]
adapter = "credential/figures_asked"
positions = ["dc-operations"]
audience = "bench"
keys = [{ kid = "theirs", public = "file:keys/theirs.pub.pem" }]

[connectors.sealed.envelope]
profile = "sealed"
receiver = "personnel"
receiver_key = { kid = "box", alg = "ecdh-x25519", public = "file:keys/box.jwk" }
"""
Ask = Callable[[HTTPConnection, str, int], float]


def measure() -> dict[str, float]:
    """``ask_ms``, ``ask_sealed_ms``: p99 of a question; medians, and that of an empty handler between them; CPU."""
    with TemporaryDirectory() as place:
        home = _built(Path(place))
        _asks(home)
        with running("hub", "serve", "-c", str(home), "--listen", "127.0.0.1:0") as (server, _ready):
            where = urlsplit(server.url)
            line = HTTPConnection(where.hostname or "", where.port, timeout=60)
            found = _times("ask", _ask, line, server) | _times("ask_sealed", _sealed(line), line, server)
            line.close()
    return found


def _times(name: str, ask: Ask, line: HTTPConnection, server: Server) -> dict[str, float]:
    asked, empty, before = [], [], server.cpu()
    for n in range(TIMES):
        asked.append(ask(line, server.url, n))
        empty.append(_seconds(line, "GET", "/healthz", None, {})[0])
        time.sleep(0.02)
    spent = server.cpu() - before
    return {
        f"{name}_ms": quantiles(asked, n=100)[98] * 1000,
        f"{name}_p50_ms": median(asked) * 1000,
        f"{name}_cpu_ms": spent / TIMES * 1000,
        f"{name}_empty_p50_ms": median(empty) * 1000,
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
    (home / "keys" / "box.jwk").write_text(json.dumps(public_jwk(BOX.public_key(), "ecdh-x25519")), encoding="utf-8")
    with Assembly(read_folder(home)) as parts:
        now = parts.clock.now()
        for algorithm in ("ed25519", "ecdh-x25519"):
            parts.key_desk.new(algorithm, "bench", now)
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


def _question(n: int, now: datetime) -> bytes:
    question = {"id": f"q-{n}", "person": f"E{n % ASKED:06d}", "from": "2021-01-01", "to": f"{now:%Y}-12-31"}
    question["reason"] = "bench"
    if n % 2:
        question["asOf"] = (now - timedelta(seconds=1)).isoformat()
    return json.dumps(question).encode()


def _sealed(line: HTTPConnection) -> Ask:
    """What asks sealed to the hub's published key, and looks into each answer with the key that it is sealed to."""
    _took, published = _seconds(line, "GET", "/.well-known/jwks.json", None, {})
    keys = json.loads(published)
    [to] = [each for each in keys["keys"] if each["use"] == "enc"]

    def ask(line: HTTPConnection, _url: str, n: int) -> float:
        now = datetime.now(UTC)
        header = {"kid": "theirs", "iat": int(now.timestamp()), "aud": "bench", "cty": "json"}
        signed = sealing.signed(_question(n, now), THEIRS, {**header, "typ": "figures-question+jws"})
        body = sealing.encrypted(signed, to).encode()
        took, said = _seconds(line, "POST", "/ask/sealed", body, {"content-type": "application/jose"})
        _header, answer = of_jose(said, BOX, keys)
        assert json.loads(answer)["total"]["creditedSeconds"] > 0, answer
        return took

    return ask


def _ask(line: HTTPConnection, url: str, n: int) -> float:
    now = datetime.now(UTC)
    body = _question(n, now)
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
