"""From what an issuer says to the door closed and seen closed, by each way in which the hub hears of it.

One revocation a way, on a hub that asks every second who is asked: by these ways a door closes once the next answer has
come. ``cpu`` is what the hub computed meanwhile beyond what it computes while nothing happens.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from tests.journeys.test_revoked_whichever_way import WAYS, World, heard_by_every_way

_NAMES = {
    "push": "json",
    "push in xml": "xml",
    "soap": "soap",
    "status list": "list",
    "open badge": "badge",
    "qualification system": "partner",
    "looked up by hand": "hand",
}
IDLE_SECONDS = 5.0


def measure() -> dict[str, float]:
    """Of each way: milliseconds from the act until the door is closed, until it is seen closed, and CPU."""
    with TemporaryDirectory() as place, heard_by_every_way(Path(place) / "hub") as world:
        began = _cpu(world)
        time.sleep(IDLE_SECONDS)
        idle = (_cpu(world) - began) / IDLE_SECONDS
        found: dict[str, float] = {}
        for n, way in enumerate(WAYS):
            found |= {f"ways_{_NAMES[way]}_{each}": value for each, value in _one(world, n, way, idle).items()}
    return found


def _one(world: World, n: int, way: str, idle: float) -> dict[str, float]:
    before, spent, began = len(world.closed(n)), _cpu(world), time.perf_counter()
    world.revoke(way)
    while world.users[n] in world.scim.members_of("room"):
        time.sleep(0.002)
    shut = time.perf_counter()
    while len(world.closed(n)) == before:
        time.sleep(0.01)
    seen = time.perf_counter()
    used = _cpu(world) - spent - idle * (seen - began)
    return {"closed_ms": (shut - began) * 1000, "seen_ms": (seen - began) * 1000, "cpu_ms": max(used, 0.0) * 1000}


def _cpu(world: World) -> float:
    assert world.site.process is not None
    times = psutil.Process(world.site.process.pid).cpu_times()
    return float(times.user + times.system)
