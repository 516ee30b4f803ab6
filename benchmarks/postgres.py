"""Punches and pushes on PostgreSQL: the hub beside the bare bound on the same server, as ``accept`` has them on SQLite.

What counts is what a CPU second of the hub's process accepts, beside one of the bare one's: server and clients run on
the same machine, and take what they take from both. A push is a signed order of the authority, each about somebody else
whom no roster names yet: it is proven, understood, sealed, held for that person, on record and answered with a receipt,
and nobody is looked at. The bare one proves the same bytes by the same library, and keeps them.
"""

import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks import accept, site
from benchmarks.bare import AT, SIGNER
from benchmarks.load import request
from benchmarks.roles import postgresql
from connectors.simulators.authority import event, load_key, sign, to_json

ROUNDS, PUSHES = 3, 1024
_PATH, _KIND, _SOURCE = "/in/authority", "application/cloudevents+json", "urn:authority:demo-ca"
_HELD = "SELECT held FROM connectors WHERE connector = 'authority'"


def measure() -> dict[str, float]:
    """pg_accept_ratio, pg_push_ratio; of both, and of the bare bound beside them, the rates and CPU microseconds."""
    with postgresql() as url, tempfile.TemporaryDirectory() as place:
        kept, bound = url("hub"), url("bare")
        home = site.build(Path(place), accept.PEOPLE, enrolled=accept.PEOPLE, store=kept)
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
            assert session.execute(_HELD).fetchone() == (PUSHES * (ROUNDS + 1),), "each push is kept, once"
    return {**_figures("accept", punches), **_figures("push", pushes)}


def _figures(name: str, rounds: list[accept.Side]) -> dict[str, float]:
    hub_rate, bare_rate, hub_cpu, bare_cpu = (median(each[n] for each in rounds) for n in range(4))
    return {
        f"pg_{name}_ratio": median(each[3] / each[2] for each in rounds),
        f"pg_{name}_per_s": hub_rate,
        f"pg_{name}_bare_per_s": bare_rate,
        f"pg_{name}_cpu_us": hub_cpu * 1e6,
        f"pg_{name}_bare_cpu_us": bare_cpu * 1e6,
    }


def _pushes(home: Path, n: int) -> list[list[bytes]]:
    """An order about each of many whom nobody knows, over the same connections as the punches."""
    key = load_key(home / "keys" / "demo" / "authority.pem")
    work: list[list[bytes]] = [[] for _ in range(site.DEVICES)]
    for person in range(accept.PEOPLE, accept.PEOPLE + PUSHES):
        now = datetime.now(UTC)
        order = {"status": "active", "number": f"L-{person}", "holder": f"ref-{person}", "credential": "low-voltage"}
        order |= {"sequence": str(n + 1), "valid_from": "2024-01-01", "valid_until": "2099-12-31"}
        order["effective_at"] = now.isoformat()
        body = to_json(event(_SOURCE, order, id=f"{person}-{n}", time=now.isoformat()))
        headers = sign("POST", f"{AT}{_PATH}", body, _KIND, key, SIGNER, now, nonce=f"{person}-{n}")
        work[person % site.DEVICES].append(request(_PATH, body, headers.items()))
    return work
