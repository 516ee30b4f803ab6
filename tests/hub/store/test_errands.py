"""Calls that others carry out: nothing new is begun at a system while somebody is at what nobody waits for any more."""

import pytest

from hub.store.tables import errands as sql
from tests.hub.store.connections import writing

PORTS = {"ports": '["door"]', "instances": '["iam"]', "limit": 9}
LEASE = 4_000_000


@pytest.fixture
def session(database):
    with writing(database) as connection:
        yield connection


def asks(session, asker, errand, question=b"?"):
    session.run(sql.ask, {"id": errand, "asker": asker, "port": "door", "instance": "iam", "question": question})


def ripe(session):
    return [each.id for each in session.all(sql.ripe, PORTS)]


def takes(session, errand, owner="deliverer", lease=LEASE):
    session.run(sql.take, {"of": errand, "owner": owner, "lease": lease})


def look(session, asker):
    session.run(sql.leave_former_errands, {"asker": asker})
    session.run(sql.forget_former_errands, {"asker": asker})


def states(session):
    return {each[0]: each[1] for each in session.connection.execute("SELECT id, state FROM errands").fetchall()}


@pytest.mark.parametrize("looked", [False, True], ids=["before it looked", "once it looked"])
def test_a_call_of_a_former_decider_is_over_before_the_next_one_is_begun(session, looked):
    session.run(sql.take_seat, {"holder": "one"})
    asks(session, "one", "1")
    takes(session, "1")
    session.run(sql.take_seat, {"holder": "two"})
    if looked:
        look(session, "two")
    asks(session, "two", "2")
    assert ripe(session) == []
    assert session.run(sql.answer, {"of": "1", "owner": "deliverer", "answer": b"!"}) == 1
    assert ripe(session) == ["2"]
    look(session, "two")
    assert states(session) == {"2": "waiting"}


def test_what_nobody_speaks_of_any_more_holds_up_nothing(session):
    session.run(sql.take_seat, {"holder": "one"})
    asks(session, "one", "1")
    takes(session, "1", lease=-1)
    session.run(sql.take_seat, {"holder": "two"})
    asks(session, "two", "2")
    assert ripe(session) == ["2"]
    look(session, "two")
    assert states(session) == {"2": "waiting"}


def test_what_one_waits_for_no_more_is_over_before_one_asks_anew(session):
    session.run(sql.take_seat, {"holder": "one"})
    asks(session, "one", "1")
    takes(session, "1")
    asks(session, "one", "2")
    assert ripe(session) == ["2"], "calls that somebody waits for go side by side"
    session.run(sql.leave_errands, {"ids": '["1"]'})
    assert ripe(session) == []
    beat = {"owner": "deliverer", "lease": LEASE}
    assert session.run(sql.beat_errands, {**beat, "ids": '["1"]'}) == 1, "it is spoken of until it is over"
    assert session.run(sql.beat_errands, {**beat, "ids": "[]"}) == 0, "by who is at it"
    assert not session.run(sql.hold_errand, {"of": "1", "owner": "deliverer", "lease": LEASE}), "and not begun any more"
    session.run(sql.forget_errands, {"ids": '["1"]'})
    assert ripe(session) == [], "not forgotten either"
    session.run(sql.answer, {"of": "1", "owner": "deliverer", "answer": b"!"})
    assert ripe(session) == ["2"]
