"""Several workers at the jobs of one store: each job is done by one, and whoever lost it writes nothing more of it."""

from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from threading import Event

import pytest

from hub.access.leases import BEAT_SECONDS
from hub.jobs.runner import JobRunner
from hub.jobs.steps import Done, Ended
from hub.store.tables.log import entries_after
from schemas.errors import LicetError, UnavailableError
from tests.hub.decision.test_law import NOW, opened
from tests.hub.doors import LiveClock, until


@pytest.fixture
def hub(tmp_path, database_url):
    clock = LiveClock(NOW)
    with opened(tmp_path / "hub", clock, database_url) as parts:
        yield parts, clock


@contextmanager
def working(hub, owner="a", **works):
    parts, clock = hub
    runner = JobRunner(
        works,
        writer=parts.writer,
        database=parts.database,
        clock=clock,
        activator=parts.activators.jobs,
        owner=owner,
    )
    yield runner
    assert runner.stop(60)


def asked(hub, kind="sweep", key="k"):
    return hub[0].jobs.ask({"kind": kind, "key": key})[0].id


def job(hub, of):
    return hub[0].jobs.one(of)


def outcomes(hub, of):
    with hub[0].database.reading() as session:
        entries = [row for row in session.all(entries_after, {"seq": -1, "limit": 999}) if f'"{of}"' in row.body]
    return [
        word for row in entries for word in ("asked", "succeeded", "failed", "cancelled") if f'"{word}"' in row.body
    ]


class Held:
    """Work that waits at its first step until it may go on; how often it began, and ended early."""

    def __init__(self) -> None:
        self.begun = Event()
        self.gate = Event()
        self.times = Counter[str]()

    def __call__(self, steps):
        self.times["begun"] += 1
        self.begun.set()
        assert self.gate.wait(120)
        try:
            steps.step(1, 4)
        except Ended:
            self.times["ended"] += 1
            raise
        return Done({"looked": 4})


def said(hub, change):
    hub[0].writer.call(lambda tx: tx.session.control(change))


def test_of_one_kind_one_is_done_at_a_time_whoever_takes_it(hub):
    held, done = Held(), []

    def export(steps):
        done.append(steps.job.id)
        return Done()

    with working(hub, "a", sweep=held, export=export) as one, working(hub, "b", sweep=held, export=export) as other:
        first = asked(hub, key="1")
        hub[1].advance(timedelta(seconds=1))  # else their ids say who came first
        second = asked(hub, key="2")
        one.turn()
        assert held.begun.wait(60)
        third = asked(hub, "export", "3")
        other.turn()
        until(lambda: job(hub, third).over, "another kind is done meanwhile")
        assert (job(hub, second).state, held.times["begun"], done) == ("queued", 1, [third])
        held.gate.set()
        until(lambda: job(hub, first).over, "the first is done")
        other.turn()
        until(lambda: job(hub, second).over, "then the second")
    assert held.times["begun"] == 2
    assert [outcomes(hub, each) for each in (first, second, third)] == [["asked", "succeeded"]] * 3


def test_who_lost_its_lease_does_no_further_step_and_ends_nothing(hub):
    slow, quick = Held(), Held()
    quick.gate.set()
    with working(hub, "a", sweep=slow) as one, working(hub, "b", sweep=quick) as other:
        of = asked(hub)
        one.turn()
        assert slow.begun.wait(60)
        said(hub, "UPDATE jobs SET lease_until = 1")
        other.turn()
        until(lambda: job(hub, of).over, "the other one has done it")
        slow.gate.set()
    assert slow.times == {"begun": 1, "ended": 1}
    found = job(hub, of)
    assert (found.state, found.counts, found.attempt) == ("succeeded", {"looked": 4}, 1)
    assert outcomes(hub, of) == ["asked", "succeeded"]


def test_a_lease_is_renewed_while_somebody_is_at_it(hub):
    held, (parts, clock) = Held(), hub
    with working(hub, "a", sweep=held) as one:
        of = asked(hub)
        one.turn()
        assert held.begun.wait(60)
        said(hub, "UPDATE jobs SET lease_until = lease_until - 30000000")
        before = lease(parts)
        one.turn()
        assert lease(parts) == before, "not at every turn"
        clock.skipped += BEAT_SECONDS
        one.turn()
        assert lease(parts) > before + 20_000_000
        held.gate.set()
        until(lambda: job(hub, of).over, "done")


def lease(parts):
    with parts.database.reading() as session:
        session._cursor.execute("SELECT lease_until FROM jobs")
        return session._cursor.fetchone()[0]


def test_how_far_it_is_goes_from_0_to_1(hub):
    seen, going = [], Event()

    def sweep(steps):
        for done in range(4):
            steps.step(done, 4)
            seen.append(job(hub, steps.job.id).progress)
        going.set()
        return Done()

    with working(hub, sweep=sweep) as one:
        of = asked(hub)
        assert job(hub, of).progress == 0
        one.turn()
        until(lambda: job(hub, of).over, "done")
    assert seen == [0, 0.25, 0.5, 0.75] and job(hub, of).progress == 1


@pytest.mark.parametrize(
    ("error", "code", "retryable", "rest"),
    [
        (ValueError("a bug"), "job.failed", False, None),
        (LicetError("file.system", "no such device"), "file.system", False, None),
        (UnavailableError("disk.low", "1 MiB is free", 30.0), "disk.low", True, 30),
    ],
)
def test_one_that_fails_says_why_and_the_next_one_is_done(hub, error, code, retryable, rest):
    def sweep(_steps):
        raise error

    with working(hub, sweep=sweep, export=lambda _steps: Done()) as one:
        of, other = asked(hub), asked(hub, "export", "other")
        one.turn()
        until(lambda: job(hub, of).over and job(hub, other).over, "both are over")
    told = job(hub, of).json()
    assert (told["state"], told["error"]["code"]) == ("failed", code)
    assert (told["error"]["retryable"], told["error"]["retry_after"]) == (retryable, rest)
    assert outcomes(hub, of) == ["asked", "failed"] and job(hub, other).state == "succeeded"


def test_a_hub_that_ends_gives_back_what_it_is_at_and_the_next_one_does_it(hub):
    held, again = Held(), Held()
    again.gate.set()
    with working(hub, "a", sweep=held) as one:
        of = asked(hub)
        one.turn()
        assert held.begun.wait(60)
        one.break_off()
        held.gate.set()
    assert (job(hub, of).state, held.times["ended"]) == ("queued", 1)
    with working(hub, "b", sweep=again) as other:
        other.turn()
        until(lambda: job(hub, of).over, "done")
    assert (job(hub, of).state, job(hub, of).attempt) == ("succeeded", 1)
    assert outcomes(hub, of) == ["asked", "succeeded"]
