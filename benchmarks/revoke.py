"""From an authority's push to the door observed closed and its entry durable, with a real SCIM server.

2,000 people in 100 groups of 20; 50 pushes a second for 60 s: 2,000 revocations and 1,000 reinstatements between them.
A revocation counts from the first byte of the push (``revoke``), and from its answer (``confirm``), to the moment at
which another connection sees its ``confirmed`` entry. The server's own time for three requests of the same kind is
measured on the side, when nothing else runs. At the end the server itself is asked who is inside.
"""

import json
import re
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks import site
from benchmarks.load import Line
from connectors.simulators import roster_csv
from connectors.simulators.authority import event, load_key, sign, to_json
from hub.assembly import Assembly
from hub.config import scaffold
from hub.config.folder import read_folder
from hub.demo.stage import PermissionSystem, free_ports

PEOPLE, GROUP = 2000, 20
RATE, SECONDS = 50, 60
SENDERS = 8
SOURCE = "urn:authority:demo-ca"
_POSITION = """
id = "post-{n:03d}"
risk = "high"
name = {{ zh = "岗位", en = "Post" }}
[credential.licence]
name = {{ zh = "证书", en = "Licence" }}
issuer = "authority"
[[ladder]]
scope = "full"
needs = ["licence"]
[targets.{sink}]
full = ["room-{n:03d}"]
"""
_SINK = """
[connectors.{name}]
adapter = "access/scim"
identifiers = "roster"
base_url = "http://127.0.0.1:{port}/v2"
allow_private_address = true
"""


def measure() -> dict[str, float]:
    """Of revoke and confirm p50_ms and p99_ms; revoke_accept_p50_ms, scim_own_ms, confirm_own_ratio,
    revoke_cpu_ms."""
    [port] = free_ports(1)
    with tempfile.TemporaryDirectory() as place:
        iam = PermissionSystem(port)
        try:
            return _measured(Path(place), port, iam)
        finally:
            iam.close()


def _measured(place: Path, port: int, iam: PermissionSystem) -> dict[str, float]:
    home = build(place / "hub", {"iam": (port, iam)}, PEOPLE)
    own = own_time(iam)
    with site.running("hub", "serve", "-c", str(home), "--listen", "127.0.0.1:0") as (hub, _):
        wait_until_delivered(home)
        cpu, watcher = hub.cpu(), Watcher(home, PEOPLE)
        began, answered = push_all(hub.url, home, _story(), RATE)
        wait_until_delivered(home)
        watcher.stop()
        cpu = hub.cpu() - cpu
    inside = set().union(*(iam.members(f"room-{n:03d}") for n in range(PEOPLE // GROUP)))
    assert inside == {f"E{n:04d}" for n in _reinstated(_story())}, "what was confirmed is not what is true"
    confirms = sorted((watcher.closed[n] - answered[n]) * 1000 for n in range(PEOPLE))
    times = sorted((watcher.closed[n] - began[n]) * 1000 for n in range(PEOPLE))
    accepts = [(answered[n] - began[n]) * 1000 for n in range(PEOPLE)]
    return {
        "revoke_p50_ms": median(times),
        "revoke_p99_ms": quantiles(times, n=100)[98],
        "revoke_accept_p50_ms": median(accepts),
        "revoke_cpu_ms": cpu / (RATE * SECONDS) * 1000,
        "confirm_p50_ms": median(confirms),
        "confirm_p99_ms": quantiles(confirms, n=100)[98],
        "scim_own_ms": own,
        "confirm_own_ratio": median(confirms) / own,
    }


class Peer(Protocol):
    """A permission system that knows people and groups."""

    def add_user(self, employee_no: str, name: str) -> None:
        """Somebody is hired."""
        ...

    def add_group(self, name: str, members: Sequence[str] = ()) -> None:
        """A group with those who are in already."""
        ...


def build(home: Path, sinks: Mapping[str, tuple[int, PermissionSystem]], people: int, store: str = "") -> Path:
    """A hub folder with so many people, each inside at the sink of their group; ``sinks`` are ports and servers."""
    tables = "".join(_SINK.format(name=name, port=port) for name, (port, _) in sinks.items())
    return build_at(home, {name: peer for name, (_, peer) in sinks.items()}, tables, people, store=store)


def build_at(
    home: Path,
    sinks: Mapping[str, Peer],
    tables: str,
    people: int,
    secrets: Mapping[str, str] | None = None,
    store: str = "",
) -> Path:
    """The same at permission systems of any kind; ``tables`` are their settings, ``secrets`` files of ``keys``."""
    scaffold.write(home, "datacentre", demo=True)
    settings = (home / "licet.toml").read_text(encoding="utf-8")
    settings = re.sub(r"\[connectors\.iam\]\n(?:(?!\[).*\n)*", "", settings)
    (home / "licet.toml").write_text(settings + tables, encoding="utf-8")
    if store:
        site.keep_at(home, store)
    for name, secret in (secrets or {}).items():
        (home / "keys" / name).write_text(secret, encoding="utf-8")
    for position in (home / "positions").glob("*.toml"):
        position.unlink()
    roster_csv.write_people(home / "roster", map(_person, range(people)))
    for n in range(people // GROUP):
        name, members = sink_of(n * GROUP, list(sinks)), range(n * GROUP, (n + 1) * GROUP)
        (home / "positions" / f"post-{n:03d}.toml").write_text(_POSITION.format(n=n, sink=name), encoding="utf-8")
        for each in members:
            sinks[name].add_user(f"E{each:04d}", f"e{each:04d}")
        sinks[name].add_group(f"room-{n:03d}", [f"E{each:04d}" for each in members])
    with Assembly(read_folder(home), deciding=True) as parts:
        polled = parts.polling.one("roster")
        assert polled is not None
        parts.polling.ask(polled)
    opening = ["employee_no,kind,what,from,until,number,hours,required_hours"]
    opening += [f"E{n:04d},credential,licence,2024-01-01,2099-12-31,L-{n},," for n in range(people)]
    with Assembly(read_folder(home)) as parts:
        parts.opening.keep(parts.opening.preview("\n".join(opening).encode(), parts.clock.now()), ["bench"])
        now = datetime.now(UTC)
        for name in (*sinks, *parts.folder.positions):
            parts.enforcement.enforce(name, now, ["A", "B"])
    return home


def sink_of(person: int, sinks: Sequence[str]) -> str:
    """Where somebody is inside: the groups take the sinks in turn."""
    return sinks[person // GROUP % len(sinks)]


def _person(n: int) -> dict[str, str]:
    row = {"employee_no": f"E{n:04d}", "name": f"Person {n}", "language": "en"}
    return row | {"position": f"post-{n // GROUP:03d}", "starts_on": "2024-01-01", "id:authority": f"r{n}"}


def own_time(iam: PermissionSystem) -> float:
    """What the server itself takes to show, change and show one of 20 members: three requests."""
    times = []
    for _ in range(20):
        began = time.perf_counter()
        iam.members("room-000")
        iam.take_out("room-000", "E0000")
        iam.members("room-000")
        times.append((time.perf_counter() - began) * 1000)
        iam.put_back("room-000", "E0000")
    return median(times)


class Watcher:
    """Sees ``confirmed`` entries as another connection does, and when."""

    def __init__(self, home: Path, people: int, store: str = "") -> None:
        self.closed: dict[int, float] = {}
        self._reading = lambda: site.reading(home, store)
        self._stopping = threading.Event()
        self._numbers = _numbers(home, people)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        """See what has happened by now, and end."""
        time.sleep(0.1)
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        with closing(self._reading()) as store:
            after = store.execute("SELECT coalesce(max(seq), -1) FROM entries").fetchone()[0]
            while not self._stopping.is_set():
                newer = f"SELECT seq, kind, body FROM entries WHERE seq > {after} ORDER BY seq"  # noqa: S608 - a number
                rows = store.execute(newer).fetchall()
                now = time.perf_counter()
                for seq, kind, body in rows:
                    after = seq
                    if kind == "confirmed" and (entry := json.loads(body))["wanted"] == "absent":
                        self.closed.setdefault(self._numbers[entry["person"]], now)
                time.sleep(0.002)


def _numbers(home: Path, people: int) -> dict[str, int]:
    with Assembly(read_folder(home)) as parts:
        found = {parts.directory.person_by_number(f"E{n:04d}"): n for n in range(people)}
    return {person: n for person, n in found.items() if person is not None}


def signed_word(
    url: str, key: Ed25519PrivateKey, person: int, status: str, sequence: int
) -> tuple[bytes, Mapping[str, str]]:
    """What the authority says of somebody's certificate now, and the headers that prove it."""
    order = {"status": status, "number": f"L-{person}", "holder": f"r{person}", "credential": "licence"}
    order |= {"sequence": str(sequence), "valid_from": "2024-01-01", "valid_until": "2099-12-31"}
    now = datetime.now(UTC)
    stamp = now.isoformat().replace("+00:00", "Z")
    body = to_json(event(SOURCE, {"effective_at": stamp, **order}, id=f"b-{sequence}", time=stamp))
    target, kind = f"{url}/in/authority", "application/cloudevents+json"
    return body, sign("POST", target, body, kind, key, "demo-ca-1", now, nonce=f"b-{sequence}")


def push_all(
    url: str, home: Path, story: Iterable[tuple[int, str]], rate: float, *, first: int = 0
) -> tuple[dict[int, float], dict[int, float]]:
    """Push at a rate a second, whatever the answers take; when each revocation began and was answered.

    ``first`` comes before the sequence numbers: what is pushed later has a higher one.
    """
    key = load_key(home / "keys" / "demo" / "authority.pem")
    began: dict[int, float] = {}
    answered: dict[int, float] = {}
    local, opened = threading.local(), list[Line]()

    def push(person: int, status: str, sequence: int) -> None:
        body, headers = signed_word(url, key, person, status, sequence)
        if status == "suspended":
            began[person] = time.perf_counter()
        if not hasattr(local, "line"):
            local.line = Line(url)
            opened.append(local.line)
        found = local.line.post("/in/authority", body, headers)
        assert found == 202, found
        if status == "suspended":
            answered[person] = time.perf_counter()

    start = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as pool:
        pushes = []
        for n, (person, status) in enumerate(story):
            time.sleep(max(0.0, start + n / rate - time.perf_counter()))
            pushes.append(pool.submit(push, person, status, first + n + 1))
    for each in pushes:
        each.result()
    for line in opened:
        line.close()
    return began, answered


def _story() -> Iterator[tuple[int, str]]:
    """Two revocations, then the reinstatement of somebody who was revoked at least 200 pushes ago."""
    revoked = reinstated = 0
    for n in range(RATE * SECONDS):
        if revoked == PEOPLE or (n % 3 == 2 and revoked - reinstated > 200):
            yield reinstated, "active"
            reinstated += 1
        else:
            yield revoked, "suspended"
            revoked += 1


def _reinstated(story: Iterable[tuple[int, str]]) -> set[int]:
    last = dict(story)
    return {person for person, status in last.items() if status == "active"}


def wait_until_delivered(home: Path, store: str = "") -> None:
    """Return when nothing waits to be sent."""
    while not site.quiet(home, store):
        time.sleep(0.02)
