"""kill -9 at random moments while 20,000 events flow: nothing lost, nothing done twice, log whole."""

import json
import random
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPException
from itertools import pairwise

from tests.contract.scim_server import running
from tests.faults.proxy import Proxy
from tests.site import Site, build, order, until

KILLS = 20
TERMINALS, BATCHES, LINES = 4, 196, 25
PEOPLE, PUSHES = 40, 400
EVENTS = TERMINALS * BATCHES * LINES + PUSHES


class Acknowledged:
    """How many messages were acknowledged so far."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    def add(self) -> None:
        with self._lock:
            self.count += 1


def upload(site: Site, terminal: int, acknowledged: Acknowledged, done: threading.Event) -> None:
    """Send every batch until it is acknowledged, as a terminal does."""
    base = datetime(2026, 3, 1, tzinfo=UTC)
    for batch in range(BATCHES):
        numbers = range(batch * LINES, (batch + 1) * LINES)
        times = [f"{base + timedelta(seconds=n * 60 + terminal):%Y-%m-%d %H:%M:%S}" for n in numbers]
        lines = [f"{n % PEOPLE}\t{at}\t0\t15\t0\t0\t0" for n, at in zip(numbers, times, strict=True)]
        body = "\n".join([*lines, ""]).encode()
        while site.post(f"/iclock/cdata?SN=SN-{terminal}&table=ATTLOG&Stamp=1", body) != (200, b"OK: %d\n" % LINES):
            assert not done.is_set(), "gave up"
            time.sleep(0.02)
        acknowledged.add()


def push(
    site: Site, statuses: dict[int, str], rng: random.Random, acknowledged: Acknowledged, done: threading.Event
) -> None:
    """Push statuses, each until it is acknowledged."""
    authority = site.authority()
    for sequence in range(1, PUSHES + 1):
        person = rng.randrange(PEOPLE)
        status = "active" if statuses.get(person) != "active" else "suspended"
        statuses[person] = status
        said_at = datetime.now(UTC)  # a repeat is the same bytes: the same id with another instant is a conflict
        while True:
            try:
                answer, body = authority.push(order(person, status, sequence), now=said_at, id=f"event-{sequence}")
            except (OSError, HTTPException):
                answer, body = 0, b""
            if answer in (200, 202):
                break
            assert answer in (0, 503), (answer, body)
            assert not done.is_set(), "gave up"
            time.sleep(0.02)
        acknowledged.add()


@contextmanager
def senders(
    site: Site, statuses: dict[int, str], rng: random.Random, acknowledged: Acknowledged
) -> Iterator[list["Future[None]"]]:
    """All who send, at work; afterwards nobody is."""
    done = threading.Event()
    with ThreadPoolExecutor(TERMINALS + 1) as threads:
        sending = [threads.submit(upload, site, n, acknowledged, done) for n in range(TERMINALS)]
        sending.append(threads.submit(push, site, statuses, rng, acknowledged, done))
        try:
            yield sending
        finally:
            done.set()


def reached(acknowledged: Acknowledged, count: int, sending: list["Future[None]"]) -> bool:
    """Whether so many are acknowledged, as they will be unless a sender has failed."""
    for each in sending:
        if each.done():
            each.result()
    return acknowledged.count >= count


def moves(proxy: Proxy, person: str) -> list[str]:
    """What the door was told about a person, in order: a change that comes twice in a row was done twice."""
    told = [json.loads(each.body) for each in proxy.seen if each.forwarded and each.method == "PATCH"]
    return [
        operation["op"].lower()
        for patch in told
        for operation in patch["Operations"]
        if person in json.dumps(operation)
    ]


def test_nothing_is_lost_and_nothing_happens_twice(tmp_path):
    rng = random.Random(20261123)
    with running() as scim, Proxy("127.0.0.1", scim.port) as proxy:
        users = {n: scim.add_user(userName=f"e{n}", externalId=f"E{n}") for n in range(PEOPLE)}
        scim.add_group("room")
        site = build(tmp_path / "hub", scim_url=proxy.url, people=PEOPLE)
        site.start()
        until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == PEOPLE, "the roster is in")
        for n in range(TERMINALS):
            site.handshake(f"SN-{n}")
            with site.parts() as parts:
                parts.peers.decide(f"SN-{n}", "approved", parts.operators.one("test"), parts.writer)
        site.enforce()
        statuses: dict[int, str] = {}
        acknowledged = Acknowledged()
        with senders(site, statuses, rng, acknowledged) as sending:
            # At random moments of the work, however fast this machine does it: the flow is under way at each kill.
            for moment in sorted(random.Random(7).sample(range(TERMINALS * BATCHES + PUSHES - 100), KILLS)):
                until(partial(reached, acknowledged, moment, sending), "so many messages are acknowledged")
                time.sleep(rng.uniform(0, 0.02))
                site.end(signal.SIGKILL)
                assert site.balanced(), "received is not what became of it"
                site.start()
            for each in sending:
                each.result()
        until(lambda: not site.rows("SELECT 1 FROM outbox"), "everything is delivered")

        punches = TERMINALS * BATCHES * LINES
        assert site.rows("SELECT count(*) FROM punches") == [(punches,)]
        assert site.rows("SELECT count(*) FROM (SELECT DISTINCT subject, at / 1000000 FROM punches)") == [(punches,)]
        statements = "SELECT {} FROM facts WHERE kind = 'credential_status'"
        assert site.rows(statements.format("count(*), count(DISTINCT body ->> 'sequence')")) == [(PUSHES, PUSHES)]
        # A removal whose answer was lost with its process is sent once more by the same key, whatever the door shows.
        repeated = {key: times for key, times in proxy.changes.items() if times > 1 and not key.endswith("/absent")}
        assert not repeated, f"state-changing requests sent twice: {repeated}"
        assert max(proxy.changes.values()) <= 1 + KILLS, "no more often than processes ended"
        for n, person in users.items():
            told = moves(proxy, person)
            assert all(before != after or after == "remove" for before, after in pairwise(told)), (
                f"the door was told {told} of {n}"
            )
            assert not told or (told[-1] == "add") == (statuses.get(n) == "active")
        assert sum(len(moves(proxy, person)) for person in users.values()) >= PEOPLE
        wanted = {users[n] for n, status in statuses.items() if status == "active"}
        assert set(scim.members_of("room")) == wanted
        site.end()
        assert site.balanced() and EVENTS >= 20_000
        verified = site.command("audit", "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr
