"""Many withdrawn at once: nobody's door waits for the judgement of somebody else, and no commit takes long."""

from contextlib import contextmanager
from datetime import timedelta

import pytest

from hub.store.left_over import CROWD
from hub.store.tables import access
from schemas.transmission import Item, Transmission
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, ORIGINS, opened, qualified, send, send_together, standings, status, targets
from tests.hub.doors import enforced

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


# --- a crowd: one message about many --------------------------------------------------------------------------------

MASS = [f"E{n}" for n in range(100, 100 + CROWD + 8)]


def rows(parts, query):
    with parts.database.reading() as session:
        session._cursor.execute(query)
        return session._cursor.fetchall()


def people(parts, *numbers):
    return {parts.directory.person_by_number(each) for each in numbers}


def withdraw(parts, numbers, clock):
    """One message withdraws a certificate of each."""
    said = [status(each, "high", "revoked", 5)[1] for each in numbers]
    wire = Transmission(connector="authority", received_at=clock.now(), media_type="application/json", body=b"all")
    items = [Item(records=tuple(records), key=f"item {n}") for n, records in enumerate(said)]
    prepared = parts.preparer.prepare(wire, items, ORIGINS["authority"])
    parts.writer.call(lambda tx: parts.keeper.keep([prepared], tx))


def counted(parts, kind):
    """How many decisions there are of each: judgements, or closings beside them."""
    told = {"judgements": "body <> ''", "closings": "body = ''"}[kind]
    return dict(rows(parts, f"SELECT person, count(*) FROM decisions WHERE {told} GROUP BY person"))


@contextmanager
def inside(path, clock):
    """A hub in which many are inside."""
    with opened(path, clock) as parts:
        for number in ["E1", *MASS]:
            send_together(parts, qualified(number), clock)
        parts.deadlines.work_off()
        enforced(parts)
        parts.deadlines.work_off()
        assert all(targets(parts, each)["dc-ops"] == "present" for each in ["E1", *MASS])
        yield parts


@pytest.mark.parametrize("clock", [HandClock(NOW), BusyClock(NOW)], ids=["time for all", "time for hardly any"])
def test_a_crowd_is_one_all_the_way_and_each_is_closed_and_judged_once(tmp_path, clock):
    with inside(tmp_path / "hub", clock) as parts:
        crowd, other, before = people(parts, *MASS), people(parts, "E1"), counted(parts, "judgements")
        withdraw(parts, MASS, clock)
        send(parts, status("E1", "high", "revoked", 5), clock)
        parts.deadlines.turn()
        assert all(targets(parts, each)["dc-ops"] == "absent" for each in ["E1", *MASS])
        for _ in range(2):  # judged by now, too
            waits = rows(parts, "SELECT person, crowd FROM outbox WHERE lane = 0")
            assert set(waits) == {*((each, 1) for each in crowd), *((each, 0) for each in other)}
            parts.deadlines.work_off()
        assert counted(parts, "judgements") == {each: n + 1 for each, n in before.items()}
        assert set(counted(parts, "closings").values()) <= {1}
        assert {person for (person,) in rows(parts, "SELECT person FROM withdrawals")} == crowd | other


def test_one_whose_closing_fails_keeps_no_other_of_a_crowd_open(tmp_path):
    clock = BusyClock(NOW)
    with inside(tmp_path / "hub", clock) as parts:
        broken = max(people(parts, *MASS))
        parts.writer.call(
            lambda tx: tx.session._cursor.execute("UPDATE desired SET rests_on = '[' WHERE person = ?", (broken,))
        )
        withdraw(parts, MASS, clock)
        parts.deadlines.turn()
        open_ = rows(parts, "SELECT person FROM desired WHERE wanted = 'present' AND target = 'dc-ops'")
        assert {person for (person,) in open_} == {broken} | people(parts, "E1")
        alarms = rows(parts, "SELECT person FROM entries WHERE kind = 'alarm'")
        assert alarms == [(broken,)], "somebody hears of that one, once"
        assert set(counted(parts, "closings").values()) == {1}, "what was undone with it left no entry"


def test_a_hub_that_dies_amid_a_crowd_has_closed_some_and_closes_the_others_once(tmp_path):
    clock = BusyClock(NOW)
    with inside(tmp_path / "hub", clock) as parts:
        before = counted(parts, "judgements")
        withdraw(parts, MASS, clock)
        parts.writer.call(parts.deadlines._close_some)
        half = len(counted(parts, "closings"))
        assert 0 < half < len(MASS) - 1, "it dies in the midst"
        parts.left_over.__init__()
        parts.deadlines.work_off()
        assert all(targets(parts, each)["dc-ops"] == "absent" for each in MASS)
        mass = people(parts, *MASS)
        assert counted(parts, "judgements") == {each: n + (each in mass) for each, n in before.items()}
        assert set(counted(parts, "closings").values()) == {1}, "nobody is lost, nobody comes twice"


def test_a_crowd_is_judged_by_the_modes_of_its_own_posts_whatever_stands_of_others(tmp_path):
    """Of a thousand posts each judgement reads a few modes; one that cannot be read is no matter of those."""
    clock = BusyClock(NOW)
    with inside(tmp_path / "hub", clock) as parts:
        unreadable = {"scope": "position", "name": "elsewhere", "enforced_from": 2**60, "frozen_until": None}
        parts.writer.call(lambda tx: tx.session.run(access.set_mode, unreadable))
        withdraw(parts, MASS, clock)
        clock.advance(timedelta(seconds=5))  # late: nobody has looked at them when their words came
        parts.deadlines.turn()
        parts.deadlines.work_off()
        assert {standings(parts, each)[0][1] for each in MASS} == {"supervised"}, "judged anew"
        assert rows(parts, "SELECT person FROM due WHERE tries > 0") == []
