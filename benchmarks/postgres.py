"""Punches and pushes on PostgreSQL: the hub beside the bare bound on the same server, as ``accept`` has them on SQLite.

What counts is what a CPU second of the hub's process accepts, beside one of the bare one's: server and clients run on
the same machine, and take what they take from both. A push is a signed order of the authority, each about somebody else
who holds no post. What is counted is that it is proven, understood, kept and on record, and not that its person is
looked at in the same commit: what that takes is measured afterwards, of the same people when nothing has come, and
taken off. The bare one proves the same bytes by the same library, and keeps them.
"""

import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

import psycopg

from benchmarks import accept, site
from benchmarks.bare import AT, SIGNER
from benchmarks.load import request
from benchmarks.roles import postgresql
from connectors.simulators.authority import event, load_key, sign, to_json

ROUNDS, PUSHES = 3, 1024
_PATH, _KIND, _SOURCE = "/in/authority", "application/cloudevents+json", "urn:authority:demo-ca"
_LOOK_AT = """
    INSERT INTO due (person, at, because) SELECT person, %s, 'date' FROM people
    WHERE person NOT IN (SELECT person FROM standings)
    ON CONFLICT (person) DO UPDATE SET at = excluded.at, because = excluded.because, tries = 0
"""
_APPLIED = "SELECT applied FROM connectors WHERE connector = 'authority'"


def measure() -> dict[str, float]:
    """pg_accept_ratio, pg_push_ratio; of both, and of the bare bound beside them, the rates and CPU microseconds."""
    with postgresql() as url, tempfile.TemporaryDirectory() as place:
        kept, bound = url("hub"), url("bare")
        home = site.build(Path(place), accept.PEOPLE, enrolled=accept.PEOPLE, store=kept, others=PUSHES)
        settings = home / "licet.toml"
        settings.write_text(settings.read_text("utf-8").replace("[hub]\n", f'[hub]\npublic_url = "{AT}"\n', 1), "utf-8")
        key = str(home / "keys" / "demo" / "authority.pub.pem")
        with site.running("hub", "serve", "-c", str(home), "--listen", "127.0.0.1:0") as (hub, _):
            quiet, sent = (
                partial(site.is_quiet, site.reading(home, kept)),
                partial(site.is_quiet, site.reading(home, bound)),
            )
            with site.running("benchmarks.bare", bound) as (bare, _):
                punches = accept.sides(hub, bare, quiet, sent, accept.punches, ROUNDS)
            with site.running("benchmarks.bare", bound, key) as (bare, _):
                pushes = accept.sides(hub, bare, quiet, sent, lambda n: _pushes(home, n), ROUNDS)
            with site.reading(home, kept) as session:
                looks = median(_look(hub, session) for _round in range(ROUNDS))
        with site.reading(home, kept) as session:
            assert session.execute(_APPLIED).fetchone() == (PUSHES * (ROUNDS + 1),), "each push is kept, once"
    taken = [(rate, bare_rate, cpu - looks, bare_cpu) for rate, bare_rate, cpu, bare_cpu in pushes]
    return {**_figures("accept", punches), **_figures("push", taken), "pg_push_look_us": looks * 1e6}


def _figures(name: str, rounds: list[accept.Side]) -> dict[str, float]:
    hub_rate, bare_rate, hub_cpu, bare_cpu = (median(each[n] for each in rounds) for n in range(4))
    return {
        f"pg_{name}_ratio": median(each[3] / each[2] for each in rounds),
        f"pg_{name}_per_s": hub_rate,
        f"pg_{name}_bare_per_s": bare_rate,
        f"pg_{name}_cpu_us": hub_cpu * 1e6,
        f"pg_{name}_bare_cpu_us": bare_cpu * 1e6,
    }


def _look(hub: site.Server, session: psycopg.Connection) -> float:
    """CPU seconds for a look at each who holds no post."""
    cpu = hub.cpu()
    touched = session.execute(_LOOK_AT, (int(time.time() * 1_000_000),)).rowcount
    assert touched == PUSHES, touched
    while not site.is_quiet(session):
        time.sleep(0.002)
    return (hub.cpu() - cpu) / touched


def _pushes(home: Path, n: int) -> list[list[bytes]]:
    """An order about each who holds no post, over the same connections as the punches; every second round suspends."""
    key, status = load_key(home / "keys" / "demo" / "authority.pem"), ("active", "suspended")[n % 2]
    work: list[list[bytes]] = [[] for _ in range(site.DEVICES)]
    for person in range(accept.PEOPLE, accept.PEOPLE + PUSHES):
        now = datetime.now(UTC)
        order = {"status": status, "number": f"L-{person}", "holder": f"ref-{person}", "credential": "low-voltage"}
        order |= {"sequence": str(n + 1), "valid_from": "2024-01-01", "valid_until": "2099-12-31"}
        order["effective_at"] = now.isoformat()
        body = to_json(event(_SOURCE, order, id=f"{person}-{n}", time=now.isoformat()))
        headers = sign("POST", f"{AT}{_PATH}", body, _KIND, key, SIGNER, now, nonce=f"{person}-{n}")
        work[person % site.DEVICES].append(request(_PATH, body, headers.items()))
    return work
