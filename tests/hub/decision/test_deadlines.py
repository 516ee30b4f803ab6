"""Time goes on passing, whatever one commit does wrong."""

from hub.decision.deadlines import Deadlines
from hub.store.commit import Activators
from hub.store.tables import review
from hub.store.writer import Writer
from hub.workers import Loop
from tests.conftest import CountedIds
from tests.hub.decision.test_law import NOW
from tests.hub.doors import LiveClock, until


def test_a_commit_that_fails_by_a_bug_does_not_end_the_looks_that_dates_ask_for(database):
    looked, failed = [], []

    def looks(person, _causes, tx):
        if not failed:
            failed.append(person)
            raise ValueError("a bug")
        looked.append(person)
        tx.session.run(review.clear_due, {"person": person})

    clock, activators = LiveClock(NOW), Activators()
    writer = Writer(database, clock, CountedIds(), review=looks, activators=activators)
    writer.start()
    loop = Loop("deadlines", Deadlines(writer, database, clock).turn, 1.0, activators.deadlines)
    loop.start()
    try:
        writer.call(lambda tx: tx.postpone("p", tx.now_us, "date"))
        until(lambda: failed, "a look has failed")
        until(lambda: looked == ["p"], "the person is looked at")
    finally:
        loop.stop()
        assert loop.join(10) and loop.status.errors == 1
        writer.stop()
