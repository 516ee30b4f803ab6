"""``make kills``: every process of a hub in roles is killed again and again under load, and its store is ended.

Two fronts, a process that decides and one that stands by, two that deliver, one that polls; a SCIM server behind a
recording proxy. Senders push without a pause, each until it is told that its order is taken. At the end every order
that was acknowledged is known, each door is as the last order of its person wants it, and nothing happened twice: no
request has changed the SCIM server that carries the key of another one that did, and none came after one of a later
epoch. Who decides next sends a removal again whose outcome nobody knows, whatever a look shows: those repeats, of which
each found the door closed already, are told apart, with the term of the seat under which they were sent.
"""

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Any

import psycopg

from connectors.simulators.authority import event, load_key, sign, to_json
from tests import postgres
from tests.contract.scim_server import ScimServer, running
from tests.faults.proxy import Proxy, Seen
from tests.ports import free_port
from tests.site import Site, build, order, until

PEOPLE, SENDERS = 12, 3
URL, KIND = "https://hub.example.cn", "application/cloudevents+json"
PATIENCE_SECONDS = 240.0
STILL_SECONDS = 60.0


class Process:
    """One process of the hub, started again under the same name and address."""

    def __init__(self, site: Site, name: str, *options: str, serves: bool = False) -> None:
        self.site = site
        self.name = name
        self.seen = Site(site.home, free_port())
        self._options = [*options, *(("--listen", f"127.0.0.1:{self.seen.port}") if serves else ())]
        self._log = site.home.parent / f"{name}.log"
        self._errors = self._log.open("ab")
        self.start()

    def start(self) -> None:
        self._said_before = self._log.stat().st_size
        command = [sys.executable, "-m", "hub", "serve", "-c", str(self.site.home), *self._options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=self._errors)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def is_ready(self) -> bool:
        return self.seen.status("/readyz")[0] == 200

    def stands_by(self) -> bool:
        return "standing by" in self.said()

    def said(self) -> str:
        """What it has said on its standard error since it was started."""
        return self._log.read_bytes()[self._said_before :].decode("utf-8", "replace")

    def took_over(self) -> tuple[str, float]:
        """What its take-over took, and how much of that was of the processor, seconds."""
        told = "".join(line.partition("serves now; ")[2] for line in self.said().splitlines())
        return told, sum(map(float, re.findall(r"\(([0-9.]+)\)", told)))


@dataclass
class Sender:
    """Pushes orders about some people, one after the other, each until it is acknowledged."""

    home: Path
    fronts: list[Site]
    people: list[int]
    taken: list[tuple[int, int, str]] = field(default_factory=list)
    tries: int = 0
    slowest: float = 0.0

    def run(self, ended: Event) -> None:
        """Until told to end; what is under way is seen through."""
        chance, sequence = random.Random(self.people[0]), 0
        while not ended.is_set():
            sequence += 1
            for n in self.people:
                self._push(n, "active" if sequence % 2 else "suspended", sequence, chance)

    def _push(self, n: int, status: str, sequence: int, chance: random.Random) -> None:
        key, at, name = load_key(self.home / "keys" / "demo" / "authority.pem"), datetime.now(UTC), f"{n}-{sequence}"
        said = {"effective_at": at.isoformat(), **order(n, status, sequence)}
        body = to_json(event("urn:authority:demo-ca", said, id=name, time=at.isoformat()))
        began = time.monotonic()
        while True:
            self.tries += 1
            headers = sign("POST", f"{URL}/in/authority", body, KIND, key, "demo-ca-1", datetime.now(UTC), name)
            answered = chance.choice(self.fronts).post("/in/authority", body, **headers)[0]
            if answered in (200, 202):
                break
            assert answered in (0, 503), f"{name}: {answered}"
            assert time.monotonic() - began < PATIENCE_SECONDS, f"{name} was not taken"
            time.sleep(0.1)
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.taken.append((n, sequence, status))


class Trial:
    """The hub in its roles, and what is done to it."""

    def __init__(self, place: Path, store: postgres.Server, scim: ScimServer, proxy: Proxy) -> None:
        self.store, self.scim, self.proxy = store, scim, proxy
        self.users = {n: scim.add_user(userName=f"e{n}", externalId=f"E{n}") for n in range(PEOPLE)}
        scim.add_group("room")
        self.site = build(place / "hub", scim_url=proxy.url, people=PEOPLE)
        self.site.on(store.url)
        settings = self.site.home / "licet.toml"
        text = settings.read_text("utf-8").replace("[hub]\n", f'[hub]\npublic_url = "{URL}"\n', 1)
        settings.write_text(text, "utf-8")
        self.takeovers: list[float] = []
        self.spent: list[float] = []
        self.terms: dict[int, float] = {}
        first = self._process("first", "--roles", "decider", "--standby", serves=True)
        until(first.is_ready, "the first one decides")
        self.deciders = [first, self._process("second", "--roles", "decider", "--standby", serves=True)]
        self.fronts = [self._process(f"front-{n}", "--roles", "front", serves=True) for n in range(2)]
        self.others = [self._process(each, "--roles", each.partition("-")[0]) for each in OTHERS]
        until(lambda: store.rows("SELECT count(*) FROM people") == [(PEOPLE,)], "the roster is in")
        self.site.enforce()
        ports = [each.seen for each in self.fronts]
        shares = [list(range(n, PEOPLE, SENDERS)) for n in range(SENDERS)]
        self.senders = [Sender(self.site.home, ports, share) for share in shares]
        self._ended = Event()
        self._threads = [Thread(target=each.run, args=(self._ended,), daemon=True) for each in self.senders]
        for each in self._threads:
            each.start()

    def _process(self, name: str, *options: str, serves: bool = False) -> Process:
        return Process(self.site, name, *options, serves=serves)

    @property
    def processes(self) -> list[Process]:
        return [*self.deciders, *self.fronts, *self.others]

    def close(self) -> None:
        """Leave no process."""
        self._ended.set()
        for each in self.processes:
            each.kill()

    def goes_on(self) -> float:
        """Seconds until every sender has had an order taken that it began after now."""
        self._note_term()
        began, before = time.monotonic(), [len(each.taken) for each in self.senders]
        until(lambda: all(len(each.taken) > n + 1 for each, n in zip(self.senders, before, strict=True)), "it goes on")
        return time.monotonic() - began

    def _note_term(self) -> None:
        with suppress(psycopg.OperationalError):  # it is away, or gives no more sessions
            for term, since in self.store.rows("SELECT term, since FROM seats"):
                self.terms[term] = since / 1_000_000

    def _term(self, at: float) -> int:
        """The term of the seat at an instant."""
        return max((term for term, since in self.terms.items() if since <= at), default=0)

    def decider(self) -> tuple[Process, Process]:
        """Who decides, and who stands by: one that has only just been started does not do so yet."""
        found: list[Process] = []

        def one() -> bool:
            found[:] = [each for each in self.deciders if each.is_ready()]
            return len(found) == 1

        until(one, "one decides")
        [standby] = [each for each in self.deciders if each is not found[0]]
        until(standby.stands_by, "the other one stands by")
        return found[0], standby

    # --- what is done to it ----------------------------------------------------------------------------------

    def kill(self, process: Process) -> None:
        """kill -9, and what a supervisor does."""
        process.kill()
        process.start()
        self.goes_on()
        if process in self.fronts:
            until(process.is_ready, "it takes pushes again")

    def kill_decider(self) -> None:
        """kill -9 of who decides: the other one serves in its place."""
        decides, standby = self.decider()
        began = time.monotonic()
        decides.kill()
        self._followed(standby, began)
        decides.start()
        self.goes_on()

    def kill_standby(self) -> None:
        """kill -9 of who stands by: nobody notices."""
        self.kill(self.decider()[1])

    def still(self, *, within: bool, seconds: float) -> None:
        """Who decides stands still, within a commit or between two, and wakes when the other one has long decided."""
        decides, standby = self.decider()
        stand_still(decides.process.pid, self.store.rows, within=within)
        began = time.monotonic()
        self._followed(standby, began)
        self.goes_on()
        time.sleep(max(seconds - (time.monotonic() - began), 0.0))
        decides.process.send_signal(signal.SIGCONT)
        assert decides.process.wait(60) == 70, "it ends once it wakes"
        decides.start()
        self.goes_on()

    def _followed(self, standby: Process, began: float) -> None:
        until(standby.is_ready, "who stood by decides")
        self.takeovers.append(time.monotonic() - began)
        until(lambda: standby.took_over()[0], "it says what that took")
        told, spent = standby.took_over()
        self.spent.append(spent)
        print(f"take-over {self.takeovers[-1]:.1f} s, load {os.getloadavg()[0]:.1f}; {told}", flush=True)

    def restart_store(self) -> None:
        """The store is restarted."""
        self.store.restart()
        self.goes_on()

    def stop_store(self) -> None:
        """The store is away for 5 s."""
        self.store.stop()
        time.sleep(5.0)
        self.store.restart()
        self.goes_on()

    def end_sessions(self) -> None:
        """Every session of the hub is ended by the server."""
        self.store.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'licet%'")
        self.goes_on()

    def exhaust(self) -> None:
        """Others have all sessions that the server gives, while the hub loses its own."""
        with ExitStack() as held:
            self.store.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'licet%'"
            )
            with suppress(psycopg.OperationalError):  # until it gives no more
                while True:
                    held.enter_context(psycopg.connect(self.store.server.get_uri(database="hub"), connect_timeout=5))
            time.sleep(5.0)
        self.goes_on()

    # --- what came of it -------------------------------------------------------------------------------------

    def end(self) -> dict[str, float]:
        """What was lost or done twice, and how long it took."""
        self._ended.set()
        for each in self._threads:
            each.join(PATIENCE_SECONDS)
            assert not each.is_alive()
        taken = [each for sender in self.senders for each in sender.taken]
        for table in ("inbox", "outbox"):
            self._empty(table)
        last = {n: status for n, _sequence, status in taken}
        wanted = {self.users[n] for n, status in last.items() if status == "active"}
        until(lambda: set(self.scim.members_of("room")) == wanted, "every door is as the last order wants it")
        [(facts,)] = self.store.rows("SELECT applied FROM connectors WHERE connector = 'authority'")
        self._note_term()
        told = {"double": self.proxy.doubles, "late": late(self.proxy.effects), "repeated": self.proxy.repeats}
        for word, requests in told.items():
            for request in requests:
                print(f"{word}: {request.key} in term {self._term(request.at)}")
        return {
            "orders": len(taken),
            "tries": sum(each.tries for each in self.senders),
            "lost": len(taken) - facts,
            "changes": len(self.proxy.effects),
            "doubles": len(self.proxy.doubles),
            "late": len(told["late"]),
            "repeats": len(self.proxy.repeats),
            "takeover_s": max(self.takeovers),
            "takeover_median_s": median(self.takeovers),
            "takeover_cpu_s": max(self.spent),
            "slowest_order_s": max(each.slowest for each in self.senders),
        }

    def _empty(self, table: str) -> None:
        """Wait until nothing waits there; what does, and everything around it, is told if that is in vain."""
        try:
            until(lambda: not self.store.rows(f"SELECT 1 FROM {table} {WAITING[table]}"), f"the {table} is empty")
        except AssertionError:
            for name, columns in SHOWN.items():
                print(f"{name} ({columns}), at {time.time():.1f}")
                for row in self.store.rows(f"SELECT {columns} FROM {name}"):
                    print("  ", *row)
            for each in self.processes:
                print(f"{each.name}: {each.said()[-3000:]}")
            raise


def stand_still(pid: int, rows: Callable[[str], list[tuple[Any, ...]]], *, within: bool) -> None:
    """Have who decides stand still, within a commit or not; ``rows`` reads its store."""
    writing = "application_name LIKE 'licet, process %' AND datname = current_database()"
    sql = f"SELECT state FROM pg_stat_activity WHERE {writing}"
    for _try in range(2000):
        os.kill(pid, signal.SIGSTOP)
        if (rows(sql) == [("idle in transaction",)]) == within:
            return
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.005)
    raise AssertionError("it was never found so")


def late(effects: list[Seen]) -> list[Seen]:
    """Changes of an epoch that came after one of a later epoch at the same target of the same person."""
    newest: dict[str, int] = {}
    found = []
    for each in effects:
        place, epoch, _presence = each.key.rsplit("/", 2)
        if int(epoch) < newest.get(place, 0):
            found.append(each)
        newest[place] = max(int(epoch), newest.get(place, 0))
    return found


WAITING = {"inbox": "WHERE state = 'waiting'", "outbox": ""}
SHOWN = {
    "outbox": "person, sink, lane, epoch, tries, next_at, owner, heartbeat_at, lease_until",
    "desired": "person, target, wanted, epoch, state, observed, settles_at",
    "errands": "id, asker, port, instance, state, asked_at, owner, lease_until",
    "seats": "holder, term, since",
    "inbox": "id, front, place, state, arrived_at",
}
OTHERS = ("deliverer-1", "deliverer-2", "poller-1")


def acts(trial: Trial) -> dict[str, Callable[[], None]]:
    """What is done in each round, by name."""
    return {
        "decider": trial.kill_decider,
        "standby": trial.kill_standby,
        **{each.name: partial(trial.kill, each) for each in [*trial.fronts, *trial.others]},
    }


def once(trial: Trial, seconds: float) -> dict[str, Callable[[], None]]:
    """What is done once."""
    return {
        "store restarted": trial.restart_store,
        "store away": trial.stop_store,
        "sessions ended": trial.end_sessions,
        "sessions exhausted": trial.exhaust,
        "still between": lambda: trial.still(within=False, seconds=seconds),
        "still within": lambda: trial.still(within=True, seconds=seconds),
    }


def stands(scim: ScimServer) -> set[str]:
    """To whom the room is open."""
    return set(scim.members_of("room"))


def main() -> int:
    """Play it; 1 where something was lost or done twice."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.killed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--still", type=float, default=STILL_SECONDS, help="Seconds that who decides stands still.")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="licet-kills-") as place,
        postgres.running() as store,
        running() as scim,
        Proxy("127.0.0.1", scim.port, state=partial(stands, scim)) as proxy,
    ):
        trial = Trial(Path(place), store, scim, proxy)
        try:
            for name, act in [*once(trial, given.still).items(), *list(acts(trial).items()) * given.rounds]:
                began = time.monotonic()
                act()
                print(f"{name:<20} {time.monotonic() - began:6.1f} s", flush=True)
            found = trial.end()
        finally:
            trial.close()
    for name, value in found.items():
        print(f"{name:<20} {value:10.2f}")
    return int(bool(found["lost"] or found["doubles"] or found["late"]))


if __name__ == "__main__":
    sys.exit(main())
