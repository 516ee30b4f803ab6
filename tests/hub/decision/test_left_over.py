"""Many withdrawn at once: nobody's door waits for the judgement of somebody else, and no commit takes long."""

import pytest

from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, qualified, send, send_together, standings, status, targets

MANY = [f"E{n}" for n in range(1, 9)]


class BusyClock(HandClock):
    """A machine on which everything takes long: each look at the clock is 30 ms after the last one."""

    def monotonic(self) -> float:
        self.seconds += 0.03
        return self.seconds


@pytest.fixture
def withdrawn(tmp_path):
    """A hub whose issuer has withdrawn a certificate of everybody, in one commit that had time for a few."""
    clock = BusyClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for number in MANY:
            for message in qualified(number):
                send(parts, message, clock)
            parts.deadlines.work_off()
        assert all(targets(parts, each)["dc-ops"] == "present" for each in MANY)
        send_together(parts, [status(each, "high", "revoked", 5) for each in MANY], clock)
        yield parts


def closed(parts):
    return [each for each in MANY if targets(parts, each)["dc-ops"] == "absent"]


def judged(parts):
    return [each for each in MANY if standings(parts, each)[0][1] != "full"]


def test_a_commit_looks_at_as_many_as_it_has_time_for(withdrawn):
    assert 1 <= len(judged(withdrawn)) < len(MANY)
    assert closed(withdrawn) == judged(withdrawn)


def test_what_was_withdrawn_is_closed_for_all_before_anybody_else_is_judged(withdrawn):
    before = judged(withdrawn)
    assert withdrawn.deadlines.turn() == 0.0
    assert closed(withdrawn) == MANY
    assert judged(withdrawn) == before


def test_everybody_is_judged_in_the_end(withdrawn):
    withdrawn.deadlines.work_off()
    assert judged(withdrawn) == closed(withdrawn) == MANY


def test_why_says_of_whom_it_has_not_looked_at_yet(withdrawn):
    def behind():
        return [each for each in MANY if withdrawn.why.person(each).behind]

    assert behind() == [each for each in MANY if each not in judged(withdrawn)] != []
    withdrawn.deadlines.work_off()
    assert behind() == []
