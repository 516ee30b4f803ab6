"""A process stands by until the one that serves is gone, however that ended; what was acknowledged is there."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPException
from threading import Event, Thread

import psycopg
import pytest

from tests.faults.killed import stand_still
from tests.ports import free_port
from tests.site import PATIENCE_SECONDS, Site, build, order, until
from tests.started import Started

PEOPLE = 3


class Standby:
    """A process that stands by for a site, on the same folder and port."""

    def __init__(self, site: Site, name: str, port: int | None = None) -> None:
        self.site = site
        self.errors = site.home.parent / f"{name}.log"
        arguments = ("serve", "-c", str(site.home), "--standby", "--listen", f"127.0.0.1:{port or site.port}")
        with self.errors.open("wb") as errors:
            self.process = Started(arguments, errors=errors.fileno())
        until(lambda: self.process.poll() is not None or "standing by" in self.said, "it stands by")

    @property
    def said(self) -> str:
        return self.errors.read_text("utf-8")

    def take(self) -> None:
        """Be the process of the site, once it says that it is ready."""
        self.ready(self.site.url)
        self.site.process = self.process

    def ready(self, url: str) -> None:
        assert self.process.stdout.readline() == f"ready {url}\n", self.said

    def ended(self) -> tuple[int, str]:
        """How it ended, and what it had said on its standard output."""
        said, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, said


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request, tmp_path):
    made = build(tmp_path / "hub", people=PEOPLE)
    if request.param == "postgresql":
        made.on(request.getfixturevalue("postgresql_url"))
    made.start()
    return made


@contextmanager
def pushing(site: Site) -> Iterator[set[str]]:
    """An authority says something of one after the other, each until it is taken; the ids of what was taken."""
    accepted: set[str] = set()
    ending = Event()

    def push() -> None:
        sequence = 0
        while not ending.is_set():
            sequence += 1
            words = order(sequence % PEOPLE, "active" if sequence % 2 else "suspended", sequence)
            name, now = f"push-{sequence}", datetime.now(UTC)
            while not ending.is_set():
                try:  # the same bytes each time, as senders repeat themselves
                    answer, _ = site.authority().push(words, now=now, id=name)
                except (OSError, HTTPException):  # nobody is there, or was cut off in the middle of its answer
                    answer = 0
                if answer in (200, 202):
                    accepted.add(name)
                    break

    thread = Thread(target=push)
    thread.start()
    try:
        yield accepted
    finally:
        ending.set()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


def kept(site: Site) -> int:
    """How many pushes are in the store, each once."""
    with site.parts() as parts, parts.database.reading() as session:
        session._cursor.execute("SELECT count(*) FROM transmissions WHERE connector = 'authority'")
        (count,) = session._cursor.fetchone()
        return int(count)


def more(accepted: set[str]) -> None:
    """Wait until three more were taken."""
    before = len(accepted)
    until(lambda: len(accepted) > before + 3, "pushes are taken")


def test_under_load_each_one_that_is_killed_is_followed_and_nothing_acknowledged_is_lost(site):
    """Takes its time: one that stands by is killed, then a hub twice, while an authority pushes, on either store."""
    with pushing(site) as accepted:
        gone = Standby(site, "gone")
        gone.process.kill()
        assert gone.ended() == (-signal.SIGKILL, "")
        more(accepted)
        for n in range(2):
            other = Standby(site, f"standby-{n}")
            more(accepted)
            site.end(signal.SIGKILL)
            other.take()
        more(accepted)
    assert kept(site) == len(accepted)
    assert all(each["balanced"] for each in site.get("/api/v1/connectors"))
    site.end()
    assert site.command("audit", "verify").returncode == 0


def test_who_takes_over_reads_the_folder_anew_and_who_is_told_to_end_does(tmp_path):
    site = build(tmp_path / "hub", people=1)
    site.start()
    wrong, right, ending = (Standby(site, name) for name in ("wrong", "right", "ending"))
    assert site.process is not None
    assert f"served by process {site.process.pid}" in ending.said
    ending.process.send_signal(signal.SIGTERM)
    assert ending.ended() == (0, "")
    refused = site.command("serve", "--lang", "en")
    assert refused.returncode == 1 and "served by process" in refused.stderr, "who does not stand by is refused"
    assert site.status("/readyz")[0] == 200, "the first one goes on"
    settings = (site.home / "licet.toml").read_text("utf-8")
    wrong.process.send_signal(signal.SIGSTOP)  # so that it is the second one that takes over
    site.addressed()
    site.end()
    right.take()
    found = site.get("/.well-known/authzen-configuration")["policy_decision_point"]
    assert found == site.url
    (site.home / "licet.toml").write_text(settings.replace("[hub]\n", "[hub]\ncolour = 7\n", 1), "utf-8")
    site.end()
    wrong.process.send_signal(signal.SIGCONT)
    code, said = wrong.ended()
    assert (code, said) == (1, "") and "colour" in wrong.said


def test_who_stands_still_is_followed_and_writes_nothing_once_it_wakes(tmp_path, postgresql_url):
    """PostgreSQL ends its session after some seconds, here within a commit: an authority pushes."""
    site = build(tmp_path / "hub", people=PEOPLE)
    site.on(postgresql_url)
    site.start()
    port = free_port()
    standby = Standby(site, "standby", port)
    with pushing(site) as accepted:
        more(accepted)
        assert site.process is not None
        with psycopg.connect(postgresql_url.replace("+psycopg", ""), autocommit=True) as beside:
            stand_still(site.process.pid, lambda sql: beside.execute(sql).fetchall(), within=True)
        standby.ready(f"http://127.0.0.1:{port}")
        other = Site(site.home, port, standby.process)
        words = order(0, "suspended", 1000)
        assert other.authority().push(words, now=datetime.now(UTC), id="other")[0] == 202
        site.process.send_signal(signal.SIGCONT)
        site.process.communicate(timeout=PATIENCE_SECONDS)
        assert site.process.returncode == 70, "it has lost the seat, and is to be started anew"
        again = Standby(site, "again")
        other.end()
        again.take()
        more(accepted)
    assert kept(site) == len(accepted) + 1
    site.end()
    assert site.command("audit", "verify").returncode == 0
