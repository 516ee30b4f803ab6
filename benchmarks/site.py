"""Hub folders of any size to measure on, filled through the hub's own way in."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psutil
import psycopg

from connectors.simulators import roster_csv
from hub.config import scaffold
from hub.config.folder import read_folder
from hub.running import Hub
from hub.store.commit import Tx
from hub.store.tables import connectors

ZONE = ZoneInfo("Asia/Shanghai")
DEVICES = 32
SESSION_START = datetime.now(ZONE).replace(microsecond=0) - timedelta(hours=3)
RUNS, OVER = timedelta(hours=6), timedelta(hours=2)
"""How long the session of a bench takes: it still runs, or it is over."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server process under measurement."""

    url: str
    process: psutil.Process

    def cpu(self) -> float:
        """CPU seconds so far, user and system."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def rss(self) -> int:
        """Resident bytes."""
        return int(self.process.memory_info().rss)


@contextmanager
def running(*command: str) -> Iterator[tuple[Server, float]]:
    """A server process and the seconds until it said that it is ready."""
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, "-m", *command], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("ready "), line
            yield Server(line.split()[-1], psutil.Process(process.pid)), time.perf_counter() - began
        finally:
            process.terminate()


def build(place: Path, people: int, *, enrolled: int = 0, length: timedelta = RUNS, store: str = "") -> Path:
    """A hub folder with so many people on one position, ``enrolled`` of them in a session of this length."""
    home = place / f"hub-{people}-{length.seconds}"
    scaffold.write(home, "datacentre", demo=True)
    if store:
        keep_at(home, store)
    write_everybody(home, people)
    roster_csv.write_plan(home / "roster", (_seat(n, length) for n in range(enrolled)))
    hub = Hub(read_folder(home))
    polled = hub.parts.polling.one("roster")
    assert polled is not None
    hub.parts.polling.ask(polled)
    hub.parts.writer.call(_approve)
    deadlines = hub.parts.deadlines
    while (at := deadlines.next_at()) is not None and at <= time.time() * 1e6:
        deadlines.turn()
        hub.parts.signing.sign()  # as one that serves does: a start verifies what came since
    hub.close()
    return home


def reading(home: Path, store: str = "") -> Any:
    """A connection that reads the store of a hub beside it: of its folder, or of a PostgreSQL ``store``."""
    if store:
        return psycopg.connect(store.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)
    return _reading(home / "data" / "licet.db")


def keep_at(home: Path, store: str) -> None:
    """Have the hub of a folder keep everything in a store of this URL."""
    settings = (home / "licet.toml").read_text(encoding="utf-8")
    (home / "licet.toml").write_text(settings.replace("sqlite:///data/licet.db", store), encoding="utf-8")


def write_everybody(home: Path, people: int) -> None:
    """Have the roster of a folder list so many people."""
    roster_csv.write_people(home / "roster", (_person(n) for n in range(people)))


def quiet(home: Path, store: str = "") -> bool:
    """Whether nothing is due and nothing waits to be sent, read beside the running hub."""
    with closing(reading(home, store)) as session:
        return is_quiet(session)


def is_quiet(session: Any) -> bool:
    """The same, read by a connection that is kept."""
    (due,) = session.execute("SELECT min(at) FROM due").fetchone()
    (waiting,) = session.execute("SELECT count(*) FROM outbox").fetchone()
    return not waiting and (due is None or due > time.time() * 1_000_000)


def sent(path: Path) -> bool:
    """Whether the outbox of a database is empty, read beside its running server."""
    with closing(_reading(path)) as store:
        return not store.execute("SELECT count(*) FROM outbox").fetchone()[0]


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def lines(device: int, start: int, count: int, people: int, *, in_session: bool) -> Sequence[str]:
    """ATTLOG lines of one terminal that never repeat, each of another person who belongs to it."""
    base = SESSION_START if in_session else SESSION_START - timedelta(days=200)
    span = int(OVER.total_seconds()) - 1 if in_session else 10_000_000

    def line(n: int) -> str:
        when = base + timedelta(seconds=n * 7 % span)
        return f"{(n * DEVICES + device) % people}\t{when:%Y-%m-%d %H:%M:%S}\t{n % 2}\t15\t0\t0\t0"

    return [line(start + n) for n in range(count)]


def _approve(tx: Tx) -> None:
    """Terminals at work: heard just now, and nothing of theirs is missing."""
    for n in range(DEVICES):
        memory = f'{{"dialect":"att2","announced":{{"pushver":"2.4.1"}},"served_since":"{tx.now.isoformat()}"}}'
        row = {"connector": "terminals", "peer": f"SN-{n:03d}", "status": "approved", "memory": memory}
        tx.session.run(connectors.set_peer, {**row, "first_seen_at": tx.now_us, "last_contact_at": tx.now_us})


def _person(n: int) -> dict[str, str]:
    row = {"employee_no": f"E{n:06d}", "name": f"Person {n}", "language": "en", "position": "dc-operations"}
    return {**row, "starts_on": "2026-01-05", "id:terminals": str(n), "id:authority": f"ref-{n}"}


def _seat(n: int, length: timedelta) -> dict[str, str]:
    """Everybody sits in the room whose two terminals their punches come from."""
    room = n % DEVICES // 2
    devices = f"SN-{room * 2:03d};SN-{room * 2 + 1:03d}"
    row = {"session": f"S-{room:02d}", "course": "dc-safety", "devices": devices, "employee_no": f"E{n:06d}"}
    return {**row, "starts_at": SESSION_START.isoformat(), "ends_at": (SESSION_START + length).isoformat()}
