"""An authority withdraws 18,936 certificates at once: how soon all is decided, how soon closed, what others feel of it.

People stand in groups of 20 at one SCIM server. The withdrawal comes in batches of 100 events; meanwhile, and before,
the authority pushes words about 200 others, 10 a second. Each of the two comes from a process of its own. What the
server itself needs for one closing: four requests, to show, to remove, to show, and to find the account by its
identifier, for which it looks at all it has.

What the hub's process computes for it is told an item, too: that hardly depends on what else the machine does.

``mass`` is a ninth of it, in some two minutes, with its figures an item: bars are 10 s and 60 s divided by 18,936.
``mass-n11`` is all of it, and takes a quarter of an hour, most of it for letting everybody in beforehand.
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing import get_context
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
    each = {f"mass_{name}_ms": found.pop(f"mass_{name}_s") / NINTH * 1000 for name in ("decided", "over_floor", "own")}
    del found["mass_closed_s"]
    return {**each, **found}


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
                return _measured(hub, home, withdrawn, people, own)
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


def _measured(hub: site.Server, home: Path, withdrawn: int, people: int, own: float) -> dict[str, float]:
    url, last = hub.url, (withdrawn - 1) // revoke.GROUP
    others, over = range((last + 1) * revoke.GROUP, people), home.parent / "over"
    # In processes of their own, as senders are: what one costs must not be felt by the other, nor by who looks on.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as apart:
        quiet = apart.submit(_push_others, url, home, others, over, first=1_000_000, most=QUIET_PUSHES).result()
        pushing = apart.submit(_push_others, url, home, others, over, first=2_000_000)
        try:
            cpu = [hub.cpu()]
            began = apart.submit(_withdraw, url, home, withdrawn).result()
            decided = _when(lambda: _closed(home, last, "") >= withdrawn) - began
            cpu.append(hub.cpu())
            closed = _when(lambda: _closed(home, last, "AND state = 'confirmed'") >= withdrawn) - began
            cpu.append(hub.cpu())
        finally:
            over.touch()
        busy = pushing.result()
    p99 = [quantiles(each, n=100)[98] for each in (quiet, busy)]
    return {
        "mass_decided_s": decided,
        "mass_closed_s": closed,
        "mass_own_s": own,
        "mass_over_floor_s": closed - own,
        "mass_others_ratio": p99[1] / p99[0],
        "mass_others_p99_ms": p99[1] * 1000,
        "mass_decided_cpu_ms": (cpu[1] - cpu[0]) / withdrawn * 1000,
        "mass_closed_cpu_ms": (cpu[2] - cpu[0]) / withdrawn * 1000,
    }


def _withdraw(url: str, home: Path, people: int) -> float:
    """Withdraw all; when that began, by the clock that all processes of a machine share."""
    key, line, began = load_key(home / "keys" / "demo" / "authority.pem"), Line(url), time.perf_counter()
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
    return began


def _event(person: int, status: str, sequence: int, stamp: str, name: str) -> dict[str, object]:
    order = {"status": status, "number": f"L-{person}", "holder": f"r{person}", "credential": "licence"}
    order |= {"sequence": str(sequence), "valid_from": "2024-01-01", "valid_until": "2099-12-31"}
    return event(revoke.SOURCE, {"effective_at": stamp, **order}, id=name, time=stamp)


def _push_others(url: str, home: Path, others: range, over: Path, *, first: int, most: int = 0) -> list[float]:
    """Seconds until each word about somebody else was answered; so many words, or until the file ``over`` is there."""
    key, line = load_key(home / "keys" / "demo" / "authority.pem"), Line(url)
    took = list[float]()
    while len(took) < most or (not most and not over.exists()):
        n = len(took)
        status = "suspended" if n // len(others) % 2 == 0 else "active"
        body, headers = revoke.signed_word(url, key, others[n % len(others)], status, first + n + 1)
        began = time.perf_counter()
        answered = line.post("/in/authority", body, headers)
        took.append(time.perf_counter() - began)
        assert answered == 202, answered
        time.sleep(1 / RATE)
    line.close()
    return took


def _closed(home: Path, last: int, more: str) -> int:
    """How many are shut out by their issuer's word in the groups up to ``last``; in those stands none of the others."""
    with closing(sqlite3.connect(f"file:{home / 'data' / 'licet.db'}?mode=ro", uri=True)) as store:
        shut = "wanted = 'absent' AND explicit = 1 AND decision <> '' AND target <= ?"
        query = f"SELECT count(*) FROM desired WHERE {shut} {more}"  # noqa: S608 - ours
        return int(store.execute(query, (f"room-{last:03d}",)).fetchone()[0])


def _when(what: Callable[[], bool]) -> float:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < ends, f"{PATIENCE_SECONDS} s were not enough"
        time.sleep(0.05)
    return time.perf_counter()
