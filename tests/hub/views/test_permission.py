"""May this person do this now, and who may: as decided, by what has come since; what nobody could check is no."""

from datetime import timedelta

import pytest

from hub.clock import to_us
from hub.store.tables import review
from hub.views.permission import Named
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, qualified, roster, send, status, t
from tests.hub.doors import enforced

POST = Named("position", "dc-operations")
DOOR = Named("iam", "dc-ops")
E1 = Named("person", "E1")


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def parts(tmp_path, clock, database_url):
    """E1 has everything that opens the full scope, E2 the post alone."""
    with opened(tmp_path / "hub", clock, database_url) as made:
        for message in (*qualified("E1"), roster("E2")):
            send(made, message, clock)
        yield made


def may(parts, number="E1", action="full", resource=POST):
    return parts.permission.may(Named("person", number), action, resource)


def test_who_stands_in_a_scope_may_and_so_in_every_lower_one(parts):
    full = may(parts)
    assert full.permitted and (full.scope, full.reason) == ("full", "")
    assert may(parts, action="supervised").permitted
    assert full.entry and full.decision and full.decided_at == NOW


def test_who_may_not_hears_why_in_a_word_and_in_a_sentence_of_both_languages(parts):
    found = may(parts, "E2")
    assert not found.permitted and found.reason
    assert found.to_person is not None and all(found.to_person[language] for language in ("zh", "en"))
    context = found.json()["context"]
    assert context["reason"] == found.reason and context["receipt"]["entry"] == found.entry


def test_the_same_is_said_of_a_door(parts):
    enforced(parts)
    assert may(parts, action="enter", resource=DOOR).permitted
    shut = may(parts, "E2", "enter", DOOR)
    assert not shut.permitted and shut.reason == "closed"


def test_an_issuers_word_counts_with_its_commit(parts, clock):
    enforced(parts)
    send(parts, status("E1", "high", "revoked", 9), clock)
    assert not may(parts).permitted
    assert not may(parts, action="enter", resource=DOOR).permitted


def test_an_end_counts_from_its_instant_though_nobody_has_looked_yet(parts, clock):
    enforced(parts)
    send(parts, status("E1", "high", "active", 5, until="2026-02-03T00:00"), clock)
    clock.advance(t("2026-02-03T00:00") - clock.now() - timedelta(microseconds=1))
    assert may(parts).permitted
    clock.advance(timedelta(microseconds=1))
    late = may(parts)
    assert not late.permitted and late.scope == "supervised" and late.reason
    assert may(parts, action="supervised").permitted
    parts.deadlines.work_off()
    assert (may(parts).permitted, may(parts).scope) == (False, "supervised")


def test_of_whom_the_rules_fail_nobody_is_let_in(parts, clock):
    person = parts.directory.person_by_number("E1")
    stuck = {"person": person, "at": to_us(clock.now() + timedelta(hours=1)), "because": "bug", "tries": 2}
    parts.writer.call(lambda tx: tx.session.run(review.set_due, stuck))
    found = may(parts)
    assert not found.permitted and found.reason == "review.stuck"


def test_what_two_people_opened_for_an_hour_counts_for_that_hour(parts, clock):
    enforced(parts)
    parts.break_glass.open("E2", "iam", "dc-ops", lasts=timedelta(hours=1), reason="水浸", actors=["Chen", "Wang"])
    parts.deadlines.work_off()
    assert may(parts, "E2", "enter", DOOR).permitted and not may(parts, "E2").permitted
    clock.advance(timedelta(hours=1))
    parts.deadlines.work_off()
    assert not may(parts, "E2", "enter", DOOR).permitted


UNKNOWN = [
    ("nobody", Named("person", "E9"), "full", POST),
    ("no such kind of subject", Named("robot", "E1"), "full", POST),
    ("no such position", E1, "full", Named("position", "dc-operation")),
    ("no such scope", E1, "root", POST),
    ("no such sink", E1, "enter", Named("door", "dc-ops")),
    ("no such target", E1, "enter", Named("iam", "vault")),
    ("not a thing that is done at a door", E1, "full", DOOR),
]


@pytest.mark.parametrize(("about", "subject", "action", "resource"), UNKNOWN)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_nobody_knows_is_said_and_is_no(parts, about, subject, action, resource):
    found = parts.permission.may(subject, action, resource)
    assert not found.permitted and found.unknown, about
    assert found.json() == {
        "decision": False,
        "context": {"error": {"status": 404, "message": found.unknown}},
    }


def test_who_may_is_found_page_by_page_each_once(parts, clock):
    for number in ("E3", "E4", "E5"):
        for message in qualified(number):
            send(parts, message, clock)
    found, after, pages = [], "", 0
    while pages == 0 or after:
        page, after = parts.permission.who("person", "full", POST, after, 2)
        assert len(page) <= 2
        found += page
        pages += 1
    assert sorted(found) == [Named("person", number) for number in ("E1", "E3", "E4", "E5")]
    assert pages >= 2


def test_whose_end_has_come_is_not_found(parts, clock):
    send(parts, status("E1", "high", "active", 5, until="2026-02-03T00:00"), clock)
    clock.advance(t("2026-02-03T00:00") - clock.now())
    assert parts.permission.who("person", "full", POST, "", 10) == ([], "")


def test_where_and_how_somebody_may(parts):
    enforced(parts)
    assert parts.permission.what(E1, "full", "position") == [POST]
    assert DOOR in parts.permission.what(E1, "enter", "iam")
    assert parts.permission.how(E1, POST)[-1] == "full" and parts.permission.how(E1, DOOR) == ["enter"]
    assert parts.permission.how(Named("person", "E2"), DOOR) == []
