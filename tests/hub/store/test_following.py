"""What a commit leaves for a loop is taken within it, by who follows the writer, and begun once it is durable."""

from contextlib import contextmanager

import pytest

from hub.store.commit import Activators
from hub.store.tables import review
from hub.store.writer import Writer
from tests.conftest import CountedIds


@contextmanager
def running(database, clock):
    activators = Activators()
    writer = Writer(database, clock, CountedIds(), activators=activators)
    writer.start()
    try:
        yield writer, activators
    finally:
        writer.stop()


def asks(tx):
    """A unit that leaves work for the deliveries."""
    tx.session.run(review.set_due, {"person": "p", "at": 5, "because": "x", "tries": 0})
    tx.wake_delivery()


def due(database):
    with database.reading() as session:
        return session.one(review.due_of, {"person": "p"})


def test_who_follows_takes_its_work_within_the_commit_and_begins_it_once_that_is_durable(database, clock):
    seen = []
    with running(database, clock) as (writer, activators):

        def follower(tx):
            tx.session.run(review.set_due, {"person": "p", "at": 6, "because": "taken", "tries": 1})
            tx.once_durable(lambda: seen.append(due(database)))

        writer.follow(activators.delivery, follower)
        writer.call(lambda tx: None)
        assert seen == [], "it left nothing for the deliveries"
        writer.call(asks)
        assert seen == [(6, "taken", 1)]
        writer.follow(activators.delivery, None)
        writer.call(asks)
        assert len(seen) == 1 and due(database) == (5, "x", 0)


def test_who_follows_and_fails_harms_nobody_and_leaves_nothing(database, clock):
    seen = []
    with running(database, clock) as (writer, activators):

        def follower(tx):
            tx.once_durable(lambda: seen.append("begun"))
            tx.log("alarm", code="store.busy")
            tx.session.run(review.set_due, {"person": "p", "at": 6, "because": "taken", "tries": 1})
            raise ZeroDivisionError

        writer.follow(activators.delivery, follower)
        writer.call(asks)
        assert due(database) == (5, "x", 0) and not seen


def test_nothing_begins_of_a_unit_or_a_commit_that_is_undone(database, clock):
    seen = []
    with running(database, clock) as (writer, activators):

        def poison(tx):
            tx.once_durable(lambda: seen.append("of the unit"))
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            writer.call(poison)

        def spoils(tx):  # the commit fails with it
            tx.once_durable(lambda: seen.append("of the commit"))
            tx.session.connection.close()

        writer.follow(activators.delivery, spoils)
        with pytest.raises(Exception, match=r"closed|answer"):
            writer.call(asks)
        assert not seen and due(database) is None, "nothing of it was kept"
        writer.call(asks)  # tried again it is kept, without whoever may have spoilt it
        assert not seen and due(database) == (5, "x", 0)


def test_a_bug_in_what_is_begun_does_not_end_the_writer(database, clock):
    seen = []
    with running(database, clock) as (writer, _activators):

        def unit(tx):
            tx.once_durable(lambda: 1 // 0)
            tx.once_durable(lambda: seen.append("begun"))

        writer.call(unit)
        writer.call(asks)
        assert seen == ["begun"] and due(database) is not None
