"""A store that goes away under load: 503 meanwhile, back by itself, nothing lost, nothing done twice."""

import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from http.client import HTTPException
from urllib.error import HTTPError

import pytest

from tests import postgres
from tests.contract.scim_server import running
from tests.faults.proxy import Proxy
from tests.site import Site, build, order, until

ROUNDS = 10
SENDERS, PEOPLE = 4, 12
SLOW = -1
"""What a slow machine may do; a connection that is cut is something else."""


class Load:
    """Senders that push statuses one after the other, each until it is acknowledged."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._ending = threading.Event()
        self.answers: list[int] = []
        self.acknowledged: list[str] = []
        self.statuses: dict[int, str] = {}
        self.failures: list[BaseException] = []
        self._threads = [threading.Thread(target=self._send, args=(n,)) for n in range(SENDERS)]

    def __enter__(self) -> "Load":
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for each in self._threads:
            each.join()

    def end(self) -> None:
        """Finish the push that is under way."""
        self.__exit__()
        assert not self.failures, self.failures

    def _send(self, sender: int) -> None:
        try:
            authority, sequence = self._site.authority(), 0
            while not self._ending.is_set():
                sequence += 1
                person = sender + SENDERS * (sequence % (PEOPLE // SENDERS))
                status = "active" if self.statuses.get(person) != "active" else "suspended"
                said_at, event = datetime.now(UTC), f"{sender}-{sequence}"
                taken = {202}
                while (answer := self._push(authority, order(person, status, sequence), said_at, event)) not in taken:
                    assert answer in (503, SLOW, 0), answer
                    taken.add(200)  # nobody knew in time whether it was kept: it was
                    time.sleep(0.02)
                self.acknowledged.append(event)
                self.statuses[person] = status
        except BaseException as error:
            self.failures.append(error)

    def _push(self, authority, what, said_at, event) -> int:
        try:
            answer: int = authority.push(what, now=said_at, id=event)[0]
        except TimeoutError:
            answer = SLOW
        except (OSError, HTTPException):
            answer = 0
        self.answers.append(answer)
        return answer


def test_a_server_that_is_restarted_or_stopped_ten_times_under_load_loses_nothing(tmp_path):
    with (
        postgres.running() as store,
        running() as scim,
        Proxy("127.0.0.1", scim.port) as proxy,
        ExitStack() as stack,
    ):
        users = {n: scim.add_user(userName=f"e{n}", externalId=f"E{n}") for n in range(PEOPLE)}
        scim.add_group("room")
        site = build(tmp_path / "hub", scim_url=proxy.url, people=PEOPLE)
        site.on(store.url)
        site.start()
        until(lambda: store.rows("SELECT count(*) FROM people") == [(PEOPLE,)], "the roster is in")
        site.enforce()
        load, back = stack.enter_context(Load(site)), []
        for n in range(ROUNDS):
            before = len(load.acknowledged)
            until(lambda before=before: len(load.acknowledged) > before + 20, "the load flows")
            if n % 2:
                store.stop()
                until(lambda: site.status("/readyz")[0] == 503, "it is not ready while its store is away")
                _code, words = site.status("/readyz")
                assert "store.busy" in words
                assert "licet_store_up 0.0" in site.metrics()
                with pytest.raises(HTTPError, match="503"):
                    site.get("/api/v1/connectors")
                time.sleep(5)
            store.restart()
            began = time.monotonic()
            until(lambda: site.status("/readyz")[0] == 200, "it is ready again")
            back.append(time.monotonic() - began)
        load.end()
        assert 503 in load.answers and 0 not in load.answers, "whoever asks meanwhile has an answer"
        assert site.process is not None and site.process.poll() is None
        until(lambda: not store.rows("SELECT 1 FROM outbox"), "everything is delivered")

        facts = store.rows("SELECT count(*), count(DISTINCT key) FROM facts WHERE kind = 'credential_status'")
        assert facts == [(len(load.acknowledged), len(load.acknowledged))]
        applied = store.rows("SELECT applied FROM connectors WHERE connector = 'authority'")
        assert applied == [(len(load.acknowledged),)]
        assert not {key for key, times in proxy.changes.items() if times > 1}
        wanted = {users[n] for n, status in load.statuses.items() if status == "active"}
        until(lambda: set(scim.members_of("room")) == wanted, "every door is as it must be")
        site.end()
        verified = site.command("audit", "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr
        print("seconds until ready again:", [round(each, 2) for each in back])
