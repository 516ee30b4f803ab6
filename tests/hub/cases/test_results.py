"""A case about a result of an exam is decided as a fact: the standing follows it until something else is said."""

from datetime import timedelta

import pytest

from hub.cases.desk import Ruling
from hub.store.tables import cases as sql
from schemas.learning import Result
from tests.conftest import HandClock
from tests.hub.cases.test_cases import ONE
from tests.hub.decision.test_law import NOW, opened, qualified, send, standings, t

EXAM = "dc-ops-exam"
SAT = "2026-01-12T15:00"


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def parts(tmp_path, clock, database_url):
    """E1 has all but the exam, of which two contrary results of one second came."""
    with opened(tmp_path / "hub", clock, database_url) as made:
        for message in qualified("E1"):
            if not isinstance(message[1][0], Result):
                send(made, message, clock)
        result(made, clock, passed=True)
        result(made, clock, passed=False)
        yield made


def result(parts, clock, *, passed, score=""):
    name = f"exam-{passed}-{score}"
    at = t(SAT)
    said = Result(subject="lms-E1", exam=EXAM, passed=passed, score=score, occurred_at=at, statement=name)
    send(parts, ("lms", [said]), clock)


def scope(parts):
    return standings(parts, "E1")[0][1]


def waiting(parts):
    with parts.database.reading() as session:
        return session.all(sql.cases_in, {"states": '["open"]', "limit": 10})


def decide(parts, clock, verdict):
    [case] = waiting(parts)
    assert case.matter == "contradicting_results"
    clock.advance(timedelta(hours=1))
    return parts.case_desk.decide(case.id, Ruling(verdict), ONE, clock.now())


def test_a_contradiction_that_is_decided_for_the_pass_opens_the_post(parts, clock):
    assert scope(parts) == "supervised"
    decided = decide(parts, clock, "credited")
    assert (scope(parts), decided.state, decided.outcome) == ("full", "decided", "credited")
    assert waiting(parts) == []


def test_a_later_word_about_the_sitting_opens_the_case_again(parts, clock):
    decide(parts, clock, "rejected")
    assert (scope(parts), waiting(parts)) == ("supervised", [])
    clock.advance(timedelta(hours=1))
    result(parts, clock, passed=True, score="91")
    assert [each.matter for each in waiting(parts)] == ["contradicting_results"]
    decide(parts, clock, "credited")
    assert (scope(parts), waiting(parts)) == ("full", [])
