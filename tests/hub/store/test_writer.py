"""What the one writer promises, on SQLite and PostgreSQL."""

import asyncio
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import timedelta
from threading import Event

import pytest

from audit_log.checkpoint import Checkpoint
from audit_log.log import Head
from audit_log.walk import verify_entries
from hub.backoff import UNTIL_KEPT
from hub.store.tables import connectors, log, review
from hub.store.writer import Writer
from schemas.errors import ConflictError, UnavailableError
from tests.conftest import CountedIds


class Cache:
    """Counts how often it was told to forget."""

    times = 0

    def invalidate(self):
        self.times += 1


@pytest.fixture
def cache():
    return Cache()


@contextmanager
def running(database, clock, **more):
    writer = Writer(database, clock, CountedIds(), **more)
    writer.start()
    try:
        yield writer
    finally:
        writer.stop()


@pytest.fixture
def writer(database, clock, cache):
    with running(database, clock, caches=[cache]) as writer:
        yield writer


def entries(database):
    with database.reading() as session:
        return [
            (seq, body.encode(), bytes(leaf))
            for seq, body, leaf in session.all(log.entries_after, {"seq": -1, "limit": 9999})
        ]


def test_what_has_begun_is_waited_for_however_long_it_takes_and_is_done_once(database, clock):
    begun, go_on = Event(), Event()

    def unit(tx):
        tx.log("alarm", code="hub.loop")
        begun.set()
        assert go_on.wait(60)

    with running(database, clock, waits=0.05) as writer, ThreadPoolExecutor(1) as thread:
        kept = thread.submit(UNTIL_KEPT, writer.call, unit)
        assert begun.wait(60)
        with pytest.raises(UnavailableError, match="did not answer within"):
            writer.call(lambda tx: tx.log("alarm", code="store.full"))  # it did not begin: it is called off
        with pytest.raises(UnavailableError, match="did not answer within"):
            writer.call(lambda _tx: None, 0.0)
        assert not kept.done()
        go_on.set()
        kept.result(60)
    assert [body.count(b"hub.loop") for _, body, _ in entries(database)] == [1]


def head(database) -> Head:
    with database.reading() as session:
        size, frontier = session.one(log.head, {})
    return Head(size, bytes(frontier))


def test_what_is_answered_is_durable_for_another_connection(writer, database):
    writer.call(lambda tx: tx.session.run(review.set_due, {"person": "p", "at": 5, "because": "x", "tries": 0}))
    with database.reading() as session:
        assert session.one(review.due_of, {"person": "p"}) == (5, "x", 0)


def test_a_poison_unit_harms_no_neighbour_and_leaves_nothing(writer, database):
    def poison(tx):
        tx.log("alarm", code="store.busy")
        tx.count("terminals", "received")
        tx.due("p-poison", at=tx.now, because="x")
        tx.session.run(review.set_due, {"person": "poison", "at": 1, "because": "x", "tries": 0})
        raise ConflictError("same id, other content")

    futures = [
        writer.submit(lambda tx: tx.log("heartbeat", boot="0" * 32)),
        writer.submit(poison),
        writer.submit(lambda tx: tx.log("heartbeat", boot="0" * 32)),
    ]
    wait(futures)
    assert isinstance(futures[1].exception(), ConflictError)
    assert len(entries(database)) == 2
    with database.reading() as session:
        assert session.one(review.due_of, {"person": "poison"}) is None
        assert session.one(review.due_of, {"person": "p-poison"}) is None
        assert session.all(connectors.connectors, {}) == []


def test_entries_of_many_threads_stand_without_a_gap_under_one_root(writer, database):
    wait([writer.submit(lambda tx, n=n: tx.log("heartbeat", boot=f"{n:032x}")) for n in range(500)])
    found = head(database)
    report = verify_entries(entries(database), [Checkpoint("x", found.size, found.root())])
    assert report.good and report.size == 500


def test_a_second_writer_on_the_same_store_continues_the_log_and_the_first_one_hears_of_it(
    writer, database, clock, cache
):
    writer.call(lambda tx: tx.log("stop", boot="0" * 32))
    with running(database, clock) as other:
        other.call(lambda tx: tx.log("checked", size=1, root="0" * 64))
    before = cache.times
    writer.call(lambda tx: tx.log("stop", boot="0" * 32))
    assert cache.times == before + 1
    found = head(database)
    assert verify_entries(entries(database), [Checkpoint("x", found.size, found.root())]).good and found.size == 3


def test_balance_increments_add_up(writer, database):
    wait([writer.submit(lambda tx: (tx.count("lms", "received", 2), tx.count("lms", "applied", 2))) for _ in range(50)])
    with database.reading() as session:
        [row] = session.all(connectors.connectors, {})
    assert row[:3] == ("lms", 100, 100)


def test_what_is_ripe_is_reviewed_once_in_the_commit_of_its_cause(database, clock):
    seen = []

    def unit(tx):
        tx.due("p", at=tx.now, because="a")
        tx.due("p", at=tx.now, because="b")

    with running(database, clock, review=lambda person, causes, _tx: seen.append((person, list(causes)))) as writer:
        writer.call(unit)
    assert seen == [("p", ["a", "b"])]
    with database.reading() as session:
        assert session.one(review.due_of, {"person": "p"}) is None


def test_without_a_reviewer_what_is_ripe_waits_in_due(writer, database):
    writer.call(lambda tx: tx.due("p", at=tx.now, because="a"))
    with database.reading() as session:
        assert session.one(review.due_of, {"person": "p"}) is not None


def test_of_two_instants_to_look_again_the_earlier_one_holds(writer, database, clock):
    soon, late = clock.now() + timedelta(hours=1), clock.now() + timedelta(hours=2)
    for at in (late, soon, late):
        writer.call(lambda tx, at=at: tx.due("p", at=at, because="date"))
    with database.reading() as session:
        assert session.one(review.due_of, {"person": "p"})[0] == int(soon.timestamp() * 1_000_000)


def test_an_event_loop_waits_without_a_thread(writer, database):
    async def many():
        return await asyncio.gather(
            *(writer.submit_async(lambda tx: tx.log("heartbeat", boot="0" * 32)) for _ in range(100))
        )

    assert len(set(asyncio.run(many()))) == 100
    assert len(entries(database)) == 100


def test_entries_can_be_neither_changed_nor_deleted_by_sql(writer, database):
    writer.call(lambda tx: tx.log("stop", boot="0" * 32))
    session = database.writing()
    for command in ("UPDATE entries SET kind = 'x'", "DELETE FROM entries"):
        with pytest.raises(Exception, match="for ever"):
            session.control(command)
    session.connection.close()
