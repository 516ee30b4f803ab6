"""An authority withdraws 18,936 certificates at once: how soon all is decided, how soon closed, what others feel of it.

People stand in groups of 20 at one SCIM server. The withdrawal comes in batches of 100 events; meanwhile, and before,
the authority pushes words about 200 others, 10 a second. What the server itself needs for one closing: four requests,
to show, to remove, to show, and to find the account by its identifier, for which it looks at all it has.

``mass`` is a ninth of it, in some two minutes, with its figures an item: bars are 10 s and 60 s divided by 18,936.
``mass-n11`` is all of it, and takes a quarter of an hour, most of it for letting everybody in beforehand.
"""

import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from benchmarks import revoke, site
from benchmarks.load import Line
from connectors.simulators.authority import event, load_key, sign, to_json
from hub.demo.stage import PermissionSystem, free_ports

WITHDRAWN, OTHERS = 18_936, 204
NINTH = 2_096
BATCH, RATE, QUIET_PUSHES = 100, 10, 100
PATIENCE_SECONDS = 3600.0


def measure() -> dict[str, float]:
    """Of an item mass_decided_ms, mass_over_floor_ms, mass_own_ms; mass_others_ratio (p99 of answers to others)."""
    found = measured(NINTH)
    each = {f"mass_{name}_ms": found[f"mass_{name}_s"] / NINTH * 1000 for name in ("decided", "over_floor", "own")}
    return {**each, **{name: found[name] for name in ("mass_others_ratio", "mass_others_p99_ms")}}


def measure_n11() -> dict[str, float]:
    """mass_decided_s, mass_closed_s, mass_own_s, mass_over_floor_s, mass_others_ratio (p99 of answers to others)."""
    return measured(WITHDRAWN)


def measured(withdrawn: int) -> dict[str, float]:
    """The same with another number of people, a multiple of 20 with the others."""
    people = -(-(withdrawn + OTHERS) // revoke.GROUP) * revoke.GROUP
    [port] = free_ports(1)
    with tempfile.TemporaryDirectory() as place:
        iam = PermissionSystem(port)
        try:
            home = revoke.build(Path(place) / "hub", {"iam": (port, iam)}, people)
            own = (revoke.own_time(iam) + _find_time(iam)) / 1000 * withdrawn
            with site.running("hub", "serve", "-c", str(home), "--listen", "127.0.0.1:0") as (hub, _):
                revoke.wait_until_delivered(home)
                return _measured(hub.url, home, withdrawn, people, own)
        finally:
            iam.close()


def _find_time(iam: PermissionSystem) -> float:
    """Milliseconds in which the server finds one account by its identifier."""
    times = []
    for n in range(20):
        began = time.perf_counter()
        iam.find(f"E{n:04d}")
        times.append((time.perf_counter() - began) * 1000)
    return median(times)


def _measured(url: str, home: Path, withdrawn: int, people: int, own: float) -> dict[str, float]:
    others = range(withdrawn, people)
    quiet = _push_others(url, home, others, lambda done: done == QUIET_PUSHES, 1_000_000)
    ended, busy = threading.Event(), list[float]()
    pushing = threading.Thread(target=lambda: busy.extend(_push_others(url, home, others, lambda _: ended.is_set(), 0)))
    pushing.start()
    began = time.perf_counter()
    _withdraw(url, home, withdrawn)
    decided = _when(lambda: _closed(home, "") >= withdrawn) - began
    closed = _when(lambda: _closed(home, "AND state = 'confirmed'") >= withdrawn) - began
    ended.set()
    pushing.join()
    p99 = [quantiles(each, n=100)[98] for each in (quiet, busy)]
    return {
        "mass_decided_s": decided,
        "mass_closed_s": closed,
        "mass_own_s": own,
        "mass_over_floor_s": closed - own,
        "mass_others_ratio": p99[1] / p99[0],
        "mass_others_p99_ms": p99[1] * 1000,
    }


def _withdraw(url: str, home: Path, people: int) -> None:
    key, line = load_key(home / "keys" / "demo" / "authority.pem"), Line(url)
    for first in range(0, people, BATCH):
        now = datetime.now(UTC)
        stamp = now.isoformat().replace("+00:00", "Z")
        batch = [_event(n, "revoked", 9_000_000, stamp, f"m-{n}") for n in range(first, min(first + BATCH, people))]
        body = to_json(batch)
        target, kind = f"{url}/in/authority", "application/cloudevents-batch+json"
        headers = sign("POST", target, body, kind, key, "demo-ca-1", now, nonce=f"m-{first}")
        status = line.post("/in/authority", body, headers)
        assert status == 202, status
    line.close()


def _event(person: int, status: str, sequence: int, stamp: str, name: str) -> dict[str, object]:
    order = {"status": status, "number": f"L-{person}", "holder": f"r{person}", "credential": "licence"}
    order |= {"sequence": str(sequence), "valid_from": "2024-01-01", "valid_until": "2099-12-31"}
    return event(revoke.SOURCE, {"effective_at": stamp, **order}, id=name, time=stamp)


def _push_others(url: str, home: Path, others: range, enough: Callable[[int], bool], first: int) -> list[float]:
    """Seconds until each word about somebody else was answered."""
    took = list[float]()
    while not enough(len(took)):
        n = len(took)
        person = others[n % len(others)]
        story = [(person, "suspended" if n // len(others) % 2 == 0 else "active")]
        began = time.perf_counter()
        revoke.push_all(url, home, story, RATE, first=first + n)
        took.append(time.perf_counter() - began)
        time.sleep(1 / RATE)
    return took


def _closed(home: Path, more: str) -> int:
    with closing(sqlite3.connect(f"file:{home / 'data' / 'licet.db'}?mode=ro", uri=True)) as store:
        query = f"SELECT count(*) FROM desired WHERE wanted = 'absent' AND explicit = 1 AND decision <> '' {more}"  # noqa: S608 - ours
        return int(store.execute(query).fetchone()[0])


def _when(what: Callable[[], bool]) -> float:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < ends, f"{PATIENCE_SECONDS} s were not enough"
        time.sleep(0.05)
    return time.perf_counter()
