"""Time goes on passing, whatever one commit does wrong."""

from hub.clock import to_us
from hub.decision.deadlines import Deadlines
from hub.store.commit import Activators
from hub.store.group import RIPE_REVIEWS
from hub.store.tables import review
from hub.store.writer import Writer
from hub.workers import Loop
from tests.conftest import CountedIds, HandClock
from tests.hub.decision.test_law import NOW, opened, roster, send
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


def test_working_off_ends_with_nobody_whose_date_has_come(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for n in range(2 * RIPE_REVIEWS):
            send(parts, roster(f"E{n}"), clock)
        people = [parts.directory.person_by_number(f"E{n}") for n in range(2 * RIPE_REVIEWS)]
        due = {"at": to_us(clock.now()), "because": "date", "tries": 0}
        for times in range(2):  # the second time fewer at once, as after a commit that had no time for all
            parts.left_over.add([(people[0], ["date"])] * times)
            parts.writer.call(lambda tx: [tx.session.run(review.set_due, {"person": each, **due}) for each in people])
            assert parts.deadlines.work_off() >= len(people)
            with parts.database.reading() as session:
                assert session.all(review.due_now, {"now": to_us(clock.now()), "limit": 1000}) == []
