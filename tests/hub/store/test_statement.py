"""What a statement promises: rows with names, and a row that must be there is there."""

import psycopg
import pytest

from hub.store.statement import NoSuchRowError, RowChange, Statement
from hub.store.tables import access, connectors, identity, intake, waiting
from tests.hub.store.connections import writing
from tests.hub.store.test_texts import STATEMENTS

MAY_TOUCH_NOTHING = {
    "partners.beat_word": "somebody else may have taken it over",
    "partners.lose_words": "as many as were under way",
    "partners.replay_words": "as many as there are",
    "partners.retry_words": "as many as failed",
    "partners.set_word": "something else is to be told by now",
    "registrations.beat_registration": "somebody else may have taken it over",
    "registrations.lose_registrations": "as many as were under way",
    "registrations.retry_registrations": "as many as failed",
    "registrations.route_registrations": "as many as are listed",
    "registrations.set_registration": "something else is wanted by now",
    "access.beat": "somebody else may have taken it over",
    "access.retry": "something else is wanted by now",
    "access.wake_sink": "as many as wait",
    "access.wake_all": "nothing may wait",
    "access.due_at_sink": "as many as wait",
    "commands.drop_commands": "as many as there are",
    "erased.erase_asides": "as many as there are",
    "erased.erase_asides_of": "as many as there are",
    "erased.erase_bodies": "as many as there are",
    "erased.erase_certificates": "as many as there are",
    "erased.erase_decisions": "as many as there are",
    "erased.erase_documents": "as many as there are",
    "erased.forget_sponsor": "as many as there are",
    "errands.answer": "it may have been taken away",
    "errands.beat_errands": "as many as one is at",
    "errands.leave_errands": "they may be over",
    "errands.leave_former_errands": "as many as are under way",
    "errands.hold_errand": "it may have been taken away",
    "inbox.answer_handed": "another process may decide by now",
    "identity.end_link": "its caller is told whether one was open",
    "intake.set_quarantine": "its caller is told whether it waited still",
    "intake.supersede_quarantine": "a person may have discarded it",
    "jobs.beat_job": "somebody else may have taken it over",
    "jobs.cancel_job": "it may be over by now",
    "jobs.count_job": "somebody else may have taken it over",
    "jobs.end_job": "somebody else may have taken it over",
    "jobs.give_back_job": "somebody else may have taken it over",
    "jobs.lose_jobs": "as many as were under way",
    "jobs.move_job": "somebody else may have taken it over",
    "jobs.step_job": "somebody else may have taken it over, or it is to end",
    "alarms.set_told_of": "the person may have been erased while the mail went out",
    "notices.accept_notice": "the person may have been erased while it went out",
    "notices.set_notice": "the person may have been erased while it went out",
    "notices.tell_hr": "the person may have been erased while the mail went out",
    "notices.beat_notice": "somebody else may have taken it over, or it is settled",
    "notices.lose_notices": "as many as there are",
}


def test_a_change_of_one_row_is_held_to_it_unless_it_is_known_why_not():
    changes = {name for name, each in STATEMENTS.items() if each.text.split()[0] == "UPDATE"}
    held = {name for name in changes if isinstance(STATEMENTS[name], RowChange)}
    assert changes - held == set(MAY_TOUCH_NOTHING)


@pytest.mark.parametrize("name", [name for name, each in STATEMENTS.items() if isinstance(each, RowChange)])
def test_a_row_that_is_not_there_is_a_fault(database, name):
    statement = STATEMENTS[name]
    parameters = {"size": 1, "frontier": b"f", "sealed": b"", "profile": b"", "of": "nobody", "whom": "nobody"}
    numbers = {
        "epoch",
        "since",
        "as_of",
        "at",
        "until",
        "next_at",
        "times",
        "tries",
        "observed_at",
        "settles_at",
        "id",
        "now",
        "lease",
    }
    named = {each: 0 if each in numbers else "x" for each in _names(statement)} | parameters
    with (
        writing(database) as connection,
        pytest.raises(NoSuchRowError, match=r"no row was touched by: (UPDATE|DELETE)"),
    ):
        connection.control("BEGIN")
        connection.run(Statement("DELETE FROM head"), {})
        connection.run(statement, named)


def _names(statement):
    from hub.store.statement import _PARAMETER

    return _PARAMETER.findall(statement.of("sqlite"))


def test_of_many_changes_each_must_find_its_row(database):
    with writing(database) as connection:
        connection.run(connectors.ensure_connector, {"connector": "gate"})
        assert connection.many(connectors.contact, [{"of": "gate", "at": 1}, {"of": "gate", "at": 2}]) == 2
    with writing(database) as connection, pytest.raises(NoSuchRowError, match="1 of 2 rows"):
        connection.many(connectors.contact, [{"of": "gate", "at": 3}, {"of": "gone", "at": 3}])


def test_rows_come_back_with_names_and_repeated_parameters_are_given_where_they_stand(database):
    row = {"person": "p", "sink": "iam", "lane": 1, "epoch": 7, "next_at": 5, "crowd": 0}
    with writing(database) as connection:
        assert connection.run(access.enqueue, row) == 1
        assert connection.many(access.enqueue, [{**row, "person": "q", "lane": 0}, {**row, "sink": "gate"}]) == 2
        asked = {"at_sink": "iam", "in_lane": 1, "crowd": 0, "now": 5, "horizon": 99, "taken": "[]", "limit": 9}
        found = connection.all(waiting.claimable, asked)
        assert [(each.person, each.sink, each.epoch) for each in found] == [("p", "iam", 7)]
        [other] = connection.all(waiting.claimable, {**asked, "in_lane": 0})
        assert other.person == "q"
        assert connection.all(waiting.claimable, {**asked, "now": -1}) == []
        first = connection.one(access.outbox_size, {})
        assert isinstance(first, access.OutboxSize)
        assert connection.one(access.desired_of, {"person": "nobody"}) is None


def test_membership_is_asked_with_one_parameter(database):
    sent = {
        "connector": "c",
        "digest": b"d",
        "received_at": 1,
        "terminal": None,
        "bucket": "b",
        "sealed": b"",
        "counts": "",
        "mapping": None,
    }
    with writing(database) as connection:
        connection.many(intake.insert_transmission, [{**sent, "id": each, "state": "kept"} for each in "abc"])
        known = connection.all(intake.known_transmissions, {"ids": '["c", "a", "x"]'})
        assert sorted(each.id for each in known) == ["a", "c"]
        assert connection.all(intake.known_transmissions, {"ids": "[]"}) == []


def test_a_percent_sign_reaches_postgresql_as_it_is():
    assert Statement("SELECT 7 % 4 WHERE :a = 1").prepared("postgresql")[0] == "SELECT 7 %% 4 WHERE %(a)s = 1"


def test_a_parameter_that_is_not_given_is_no_null(database):
    with writing(database) as connection, pytest.raises((KeyError, psycopg.ProgrammingError)):
        connection.one(identity.person, {})
