"""What the writer promises to jobs that a commit does together, on SQLite and PostgreSQL."""

import asyncio
import threading

import pytest

from hub.store.tables import connectors, log, review
from hub.store.writer import Writer
from schemas.errors import ConflictError, PayloadError
from tests.conftest import CountedIds


class Rows:
    """Jobs that write a row each; ``bad`` ones fail after writing, ``unreadable`` ones before the transaction."""

    def __init__(self):
        self.batches = []
        self.invalidated = 0

    def invalidate(self):
        self.invalidated += 1

    def prepare(self, jobs):
        if any(job.startswith("unreadable") for job in jobs):
            raise PayloadError("schema.type", "no")

    def keep(self, jobs, tx):
        self.batches.append(list(jobs))
        for job in jobs:
            tx.session.run(review.set_due, {"person": job, "at": 1, "because": "x", "tries": 0})
            tx.log("heartbeat", boot=job.encode().hex().ljust(32, "0")[:32])
            tx.count("terminals", "received")
            if job.startswith("bad"):
                raise ConflictError("same id, other content")
        return [job.upper() for job in jobs]


@pytest.fixture
def rows():
    return Rows()


@pytest.fixture
def writer(database, clock, rows):
    writer = Writer(database, clock, CountedIds(), batch=rows, caches=[rows])
    writer.start()
    yield writer
    writer.stop()


def results(writer, *jobs):
    """What became of jobs that came while the writer was busy, so that they meet in one commit."""
    entered, free = threading.Event(), threading.Event()

    def busy(tx):
        entered.set()
        free.wait(10)

    async def ask():
        waits = [asyncio.ensure_future(writer.submit_push(job)) for job in jobs]
        free.set()
        return await asyncio.gather(*waits, return_exceptions=True)

    writer.submit(busy)
    assert entered.wait(10)
    return asyncio.run(ask())


def due(database, name):
    with database.reading() as session:
        return session.one(review.due_of, {"person": name})


def logged(database):
    with database.reading() as session:
        return [body for _seq, body, _leaf in session.all(log.entries_after, {"seq": -1, "limit": 99})]


def test_jobs_that_meet_are_done_as_one_and_each_hears_its_own_result(writer, rows, database):
    assert results(writer, "a", "b", "c") == ["A", "B", "C"]
    assert rows.batches == [["a", "b", "c"]]
    assert all(due(database, name) for name in "abc") and len(logged(database)) == 3


def test_a_bad_job_harms_no_neighbour_and_leaves_nothing(writer, rows, database):
    before, bad, after = results(writer, "a", "bad", "c")
    assert (before, after) == ("A", "C") and isinstance(bad, ConflictError)
    assert due(database, "a") and due(database, "c") and due(database, "bad") is None
    assert len(logged(database)) == 2
    with database.reading() as session:
        ((_name, received, *_),) = session.all(connectors.connectors, {})
    assert received == 2


def test_what_cannot_be_prepared_is_told_so_and_the_others_are_kept(writer, database):
    first, bad, last = results(writer, "a", "unreadable", "c")
    assert (first, last) == ("A", "C") and isinstance(bad, PayloadError)
    assert len(logged(database)) == 2


def test_what_was_read_inside_an_undone_job_is_forgotten(writer, rows):
    results(writer, "a")
    before = rows.invalidated
    results(writer, "a", "bad")
    assert rows.invalidated > before


def test_units_and_jobs_of_one_commit_live_side_by_side(writer, database):
    async def both():
        unit = writer.submit_async(lambda tx: tx.log("stop", boot="0" * 32))
        return await asyncio.gather(writer.submit_push("bad"), unit, return_exceptions=True)

    bad, entry = asyncio.run(both())
    assert isinstance(bad, ConflictError) and isinstance(entry, str)
    assert len(logged(database)) == 1
