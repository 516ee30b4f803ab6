"""Time goes on passing, whatever one commit does wrong."""

import time

from hub.decision.deadlines import Deadlines
from hub.store import queries as q
from tests.hub.decision.test_law import NOW, opened
from tests.hub.doors import LiveClock, until


def test_a_commit_that_fails_by_a_bug_does_not_end_the_looks_that_dates_ask_for(tmp_path, monkeypatch):
    clock = LiveClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        looked, failed = [], []
        monkeypatch.setattr(parts.writer, "review", lambda person, _causes, tx: looks(person, tx))

        def looks(person, tx):
            if not failed:
                failed.append(person)
                raise ValueError("a bug")
            looked.append(person)
            tx.session.run(q.clear_due, {"person": person})

        deadlines = Deadlines(parts.writer, parts.database, clock, sign=lambda: None, halt=lambda: None)
        deadlines.start()
        try:
            parts.writer.call(lambda tx: tx.postpone("p", tx.now_us, "date"))
            until(lambda: failed, "a look has failed")
            time.sleep(0.1)
            until(lambda: looked == ["p"], "the person is looked at", 5)
        finally:
            deadlines.stop()
