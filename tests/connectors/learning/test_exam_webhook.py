"""What the exam system reads: one word, signed, the same however often it is sent."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from connectors.learning.exam_webhook import ExamWebhook, Settings
from connectors.port import Registration
from schemas.errors import RejectedError, UnavailableError, UnknownOutcomeError
from tests.contract.exam_system import ExamSystem, examining
from tests.ports import free_port

SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four.").decode()
OTHER = "whsec_" + base64.b64encode(b"another secret of twenty-four bytes").decode()
WORD = Registration(
    id="r-1",
    sequence=3,
    wanted="registered",
    learner="王伟",
    kind="exam",
    topic="dc-formal",
    credential="dc-ops",
    position="dc-operations",
    since=datetime(2026, 4, 2, 9, 0, 5, 700, tzinfo=UTC),
)


@pytest.fixture
def system() -> Iterator[ExamSystem]:
    with examining(SECRET) as started:
        yield started


def registrar(url: str, **settings: object) -> ExamWebhook:
    known = {"url": url, "secret": SECRET, "allow_private_address": True, "deadline_seconds": 2, **settings}
    return ExamWebhook("exams", Settings.model_validate(known))


def test_the_system_reads_who_may_sit_what_since_when(system):
    receipt = registrar(system.url, exams={"dc-formal": "EX-1002"}).send(WORD)
    assert receipt.id.startswith("msg_")
    assert system.last["r-1"] == {
        "type": "exam.registered",
        "data": {
            "registration": "r-1",
            "sequence": 3,
            "learner": "王伟",
            "exam": "EX-1002",
            "credential": "dc-ops",
            "position": "dc-operations",
            "since": "2026-04-02T09:00:05Z",
        },
    }


def test_the_system_reads_who_has_to_take_what_for_which_post(system):
    word = replace(WORD, kind="course", topic="dc-safety", credential="")
    registrar(system.url, courses={"dc-safety": "C-101"}).send(word)
    assert system.last["r-1"] == {
        "type": "course.registered",
        "data": {
            "registration": "r-1",
            "sequence": 3,
            "learner": "王伟",
            "course": "C-101",
            "position": "dc-operations",
            "since": "2026-04-02T09:00:05Z",
        },
    }


def test_a_late_word_undoes_no_later_one(system):
    mine = registrar(system.url)
    mine.send(replace(WORD, wanted="withdrawn", sequence=4))
    mine.send(WORD)
    assert system.may_sit("dc-formal") == []


def test_only_a_holder_of_the_secret_is_believed(system):
    with pytest.raises(RejectedError) as refused:
        registrar(system.url, secret=OTHER).send(WORD)
    assert refused.value.code == "peer.auth" and system.refused and not system.last
    registrar(system.url, secret=OTHER, former_secret=SECRET).send(WORD)
    assert system.may_sit("dc-formal") == ["王伟"]


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (409, UnavailableError),
        (429, UnavailableError),
        (503, UnavailableError),
        (422, RejectedError),
        (500, UnknownOutcomeError),
    ],
)
def test_what_an_answer_means(system, status, failure):
    system.status = status
    with pytest.raises(failure):
        registrar(system.url).send(WORD)


def test_a_lost_answer_is_unknown_and_nobody_there_is_away(system):
    system.loses = 1
    with pytest.raises(UnknownOutcomeError):
        registrar(system.url).send(WORD)
    with pytest.raises(UnavailableError):
        registrar(f"http://127.0.0.1:{free_port()}").send(WORD)


def test_it_takes_the_exams_that_it_is_set_up_for():
    assert registrar("http://127.0.0.1:9", exams={"dc-formal": "X"}).takes("exam", "dc-formal")
    assert not registrar("http://127.0.0.1:9", exams={"dc-formal": "X"}).takes("exam", "another")
    assert registrar("http://127.0.0.1:9").takes("exam", "another")
    learning = registrar("http://127.0.0.1:9", courses={"dc-safety": "C"})
    assert learning.takes("course", "dc-safety") and not learning.takes("course", "another")
    assert not learning.takes("exam", "dc-formal"), "with courses alone it is no exam system"
    assert not registrar("http://127.0.0.1:9").takes("course", "dc-safety")


def test_a_secret_that_is_none_is_not_shown():
    with pytest.raises(ValidationError) as refused:
        registrar("http://127.0.0.1:9", secret="hunter2-hunter2")
    assert "hunter2" not in str(refused.value)
