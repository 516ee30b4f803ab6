"""Who is eligible is registered at the exam system, who ceases to be is not any more, whatever that does meanwhile."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import orjson
import pytest

from connectors.learning.exam_webhook import SPEC, Settings
from hub.assembly import Assembly
from hub.config.instances import Instance
from hub.notification.outbox import IDLE_SECONDS as OUTBOX_IDLE
from hub.store.tables import log, notices
from hub.store.tables import registrations as sql
from hub.workers import Loop
from tests.contract.exam_system import ExamSystem, examining
from tests.hub.decision.test_law import NOW, exam, opened, plan, punches, roster, send, study, t, voided
from tests.hub.doors import LiveClock, enforced, until

SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four.").decode()
TRAINED = [
    roster("E1"),
    plan("E1"),
    *punches("E1", "08:55", "10:00", "10:05", "12:01"),
    study("E1", "20:00", "opened"),
    study("E1", "20:10", "point"),
    study("E1", "20:20", "point"),
]
COMPLETED = study("E1", "20:30", "completed")


@pytest.fixture
def system() -> Iterator[ExamSystem]:
    with examining(SECRET) as started:
        yield started


def instance(url: str, identifiers: str = "lms", **more: object) -> Instance:
    settings = {"url": url, "secret": SECRET, "allow_private_address": True, "deadline_seconds": 5, **more}
    return Instance("exams", SPEC, Settings.model_validate(settings), identifiers, timedelta(seconds=60))


@contextmanager
def hub(path, system: ExamSystem, **more: object) -> Iterator[tuple[Assembly, LiveClock]]:
    """A hub whose posts are enforced and whose desk turns; one employee has done all but the last of the training."""
    clock = LiveClock(NOW)
    with opened(path / "hub", clock, instances={"exams": instance(system.url, **more)}) as parts:
        enforced(parts)
        for message in TRAINED:
            send(parts, message, clock)
        with turning(parts):
            yield parts, clock


@contextmanager
def turning(parts: Assembly) -> Iterator[None]:
    desk = parts.exam_desk
    desk.recover()
    loop = Loop("exams", desk.turn, 0.05, parts.activators.exams)
    loop.start()
    try:
        yield
    finally:
        loop.stop()
        assert loop.join(20) and desk.stop(20)


def rows(parts: Assembly) -> list[tuple[str, str, str]]:
    with parts.database.reading() as session:
        return [(row.topic, row.wanted, row.state) for row in session.all(sql.registrations_listed, {"kind": "exam"})]


def entries(parts: Assembly, kind: str) -> list[dict]:
    with parts.database.reading() as session:
        found = session.all(log.entries_after, {"seq": 0, "limit": 1000})
    return [entry for row in found if (entry := orjson.loads(row.body))["kind"] == kind]


def told(parts: Assembly, number: str = "E1") -> list[str]:
    person = parts.directory.person_by_number(number)
    with parts.database.reading() as session:
        return [row.kind for row in session.all(notices.notices_of, {"person": person}) if "exam" in row.kind]


def test_98_who_meets_all_else_is_registered_and_told_and_nobody_before(tmp_path, system):
    with hub(tmp_path, system) as (parts, clock):
        assert rows(parts) == [] and told(parts) == []
        send(parts, COMPLETED, clock)
        until(lambda: rows(parts) == [("dc-ops-exam", "registered", "accepted")], "registered")
        assert system.may_sit("dc-ops-exam") == ["lms-E1"]
        assert system.refused == [] and told(parts) == ["exam_open"]
        assert [each["outcome"] for each in entries(parts, "registration") if "exam" in each] == [
            "registered",
            "accepted",
        ]


def test_q8_it_is_within_a_minute_whatever_anybody_does(tmp_path, system):
    """In the commit of the evidence both are decided and due; a desk that looks once takes it, and it often looks."""
    clock, exams = LiveClock(NOW), instance(system.url)
    with opened(tmp_path / "hub", clock, instances={"exams": exams}) as parts:
        enforced(parts)
        for message in TRAINED:
            send(parts, message, clock)
        desk = parts.exam_desk
        desk.recover()
        idle = desk.turn()
        send(parts, COMPLETED, clock)
        assert (rows(parts), told(parts)) == ([("dc-ops-exam", "registered", "decided")], ["exam_open"])
        with parts.database.reading() as session:
            waits = [
                each.wait for each in (session.one(sql.next_registration, {}), session.one(notices.next_notice, {}))
            ]
        assert max(waits) <= 0, "neither waits for a digest or a night to pass"
        desk.turn()
        assert desk.stop(20), "what one turn has taken is done"
        assert (rows(parts), system.may_sit("dc-ops-exam")) == ([("dc-ops-exam", "registered", "accepted")], ["lms-E1"])
        assert idle + exams.settings.deadline_seconds + OUTBOX_IDLE <= 60


def test_149_who_is_eligible_no_more_is_withdrawn_and_told(tmp_path, system):
    with hub(tmp_path, system) as (parts, clock):
        send(parts, COMPLETED, clock)
        until(lambda: system.may_sit("dc-ops-exam") == ["lms-E1"], "registered")
        clock.advance(timedelta(days=1))
        send(parts, voided("E1-2026-01-08-20:30-completed"), clock)
        until(lambda: rows(parts) == [("dc-ops-exam", "withdrawn", "accepted")], "withdrawn")
        assert system.may_sit("dc-ops-exam") == []
        assert told(parts) == ["exam_open", "exam_closed"]
        send(parts, ("lms", [COMPLETED[1][0].model_copy(update={"statement": "said-again"})]), clock)
        until(lambda: system.may_sit("dc-ops-exam") == ["lms-E1"], "registered once more")
        assert [sequence for _type, _learner, sequence in system.words] == [1, 2, 3]


def test_99_a_pass_from_before_grants_nothing_and_registers_nobody(tmp_path, system):
    with hub(tmp_path, system) as (parts, clock):
        send(parts, exam("E1", True, "2026-01-07"), clock)
        send(parts, COMPLETED, clock)
        until(lambda: system.may_sit("dc-ops-exam") == ["lms-E1"], "the exam is still to be sat")


def test_who_has_passed_is_not_told_again_and_nothing_is_withdrawn(tmp_path, system):
    with hub(tmp_path, system) as (parts, clock):
        send(parts, COMPLETED, clock)
        until(lambda: len(system.words) == 1, "registered")
        send(parts, exam("E1", True, "2026-01-12"), clock)
        until(lambda: rows(parts) == [], "over")
        assert len(system.words) == 1 and told(parts) == ["exam_open"]


def test_a_lost_answer_is_asked_for_again_with_the_same_word(tmp_path, system):
    system.loses = 1
    with hub(tmp_path, system) as (parts, clock):
        send(parts, COMPLETED, clock)
        until(lambda: rows(parts) == [("dc-ops-exam", "registered", "accepted")], "taken")
        assert len(system.words) == 2 and len(set(system.words)) == 1


def test_a_system_that_is_away_is_tried_until_it_is_back(tmp_path, system):
    system.status = 503
    with hub(tmp_path, system) as (parts, clock):
        send(parts, COMPLETED, clock)
        until(lambda: entries(parts, "registration"), "decided")
        system.status = 204
        until(lambda: rows(parts) == [("dc-ops-exam", "registered", "accepted")], "taken")
        assert system.may_sit("dc-ops-exam") == ["lms-E1"]


def test_a_word_that_was_overtaken_on_its_way_is_not_the_last(tmp_path, system):
    system.gate.clear()
    with hub(tmp_path, system) as (parts, clock):
        send(parts, COMPLETED, clock)
        until(lambda: rows(parts) == [("dc-ops-exam", "registered", "sent")], "on its way")
        clock.advance(timedelta(days=1))
        send(parts, voided("E1-2026-01-08-20:30-completed"), clock)
        system.gate.set()
        until(lambda: rows(parts) == [("dc-ops-exam", "withdrawn", "accepted")], "withdrawn")
        assert system.may_sit("dc-ops-exam") == []


def test_a_refusal_is_an_alarm_and_waits_for_a_person(tmp_path, system):
    system.status = 422
    with hub(tmp_path, system) as (parts, clock):
        send(parts, COMPLETED, clock)
        until(lambda: rows(parts) == [("dc-ops-exam", "registered", "failed")], "refused")
        assert [entry["code"] for entry in entries(parts, "alarm")] == ["registration.refused"]
        system.status = 204
        assert parts.registrations.retry() == 1
        until(lambda: rows(parts) == [("dc-ops-exam", "registered", "accepted")], "taken")


def test_who_has_no_identifier_there_waits_for_one_and_somebody_hears(tmp_path, system):
    with hub(tmp_path, system, identifiers="exams") as (parts, clock):
        send(parts, COMPLETED, clock)
        until(lambda: entries(parts, "alarm"), "an alarm")
        assert {entry["code"] for entry in entries(parts, "alarm")} == {"registration.no-learner"}
        parts.linking.link("exams", "candidate-7", "E1", by="hr")
        until(lambda: system.may_sit("dc-ops-exam") == ["candidate-7"], "registered by it")


def test_an_exam_that_no_system_takes_stands_on_the_list(tmp_path, system):
    with hub(tmp_path, system, exams={"another": "X"}) as (parts, clock):
        send(parts, COMPLETED, clock)
        until(lambda: rows(parts) == [("dc-ops-exam", "registered", "listed")], "listed")
        [row] = parts.registrations.listed("")
        assert (row.exam, row.person, row.name, row.wanted, row.told) == (
            "dc-ops-exam",
            "E1",
            "张三",
            "registered",
            "listed",
        )
        assert system.words == []


def test_what_was_under_way_when_the_hub_ended_is_told_again(tmp_path, system):
    with hub(tmp_path, system) as (parts, clock):
        send(parts, COMPLETED, clock)
        until(lambda: rows(parts) == [("dc-ops-exam", "registered", "accepted")], "taken")
        [row] = _waiting(parts, "sent")
        parts.exam_desk.recover()
        until(lambda: rows(parts) == [("dc-ops-exam", "registered", "accepted")], "taken again")
        assert [word for word in system.words if word == system.words[0]] == system.words and len(system.words) == 2
        assert row


def _waiting(parts: Assembly, state: str) -> list[str]:
    """Have every registration look as if an owner that is gone were at it."""

    def unit(tx) -> list[str]:
        found = tx.session.all(sql.registrations_listed, {"kind": "exam"})
        for row in found:
            sent = {"of": row.id, "owner": "decider/gone", "now": 0, "until": 1 << 60, "tries": 1}
            tx.session.run(sql.send_registration, sent)
        return [row.id for row in found]

    assert state == "sent"
    return parts.writer.call(unit)


def test_names_stand_on_the_list_alone(tmp_path, system):
    with hub(tmp_path, system) as (parts, clock):
        send(parts, COMPLETED, clock)
        until(lambda: rows(parts) == [("dc-ops-exam", "registered", "accepted")], "taken")
        for kind in ("registration", "call"):
            assert "lms-E1" not in str(entries(parts, kind)) and "张三" not in str(entries(parts, kind))
        assert t("2026-01-08T20:30") < NOW
