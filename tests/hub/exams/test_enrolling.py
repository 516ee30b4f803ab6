"""Who has to take a course for a post is enrolled at the learning system, once, until it has taken the word."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.learning.exam_webhook import SPEC
from hub.access.modes import Mode, set_mode
from hub.assembly import Assembly
from hub.config.names import listed_faults
from hub.config.settings_file import parsed_settings
from hub.store.tables import registrations as sql
from schemas.people import Assignment
from schemas.position import Position
from tests.contract.exam_system import examining
from tests.hub.decision.test_law import NOW, know, opened, qualified, roster, send, t, voided
from tests.hub.doors import LiveClock, act, enforced, until
from tests.hub.exams.test_desk import COMPLETED, SECRET, entries, hub, instance, turning

COURSES = {"dc-safety": "C-101", "dc-ops-online": "C-102"}
HIRED = roster("E7", as_of="2026-02-02T08:00")


@pytest.fixture
def system():
    with examining(SECRET) as started:
        yield started


def rows(parts, number="E7"):
    person = parts.directory.person_by_number(number)
    with parts.database.reading() as session:
        found = session.all(sql.registrations_listed, {"kind": "course"})
    return [(row.topic, row.wanted, row.state) for row in found if row.person == person]


def taken(parts):
    return [state for _course, _wanted, state in rows(parts)] == ["accepted", "accepted"]


def words(system, number="E7"):
    return sorted((kind, sequence) for kind, learner, sequence in system.words if learner == f"lms-{number}")


ONCE = [("course.registered", 1), ("course.registered", 1)]


def test_a_new_hire_is_enrolled_in_the_courses_of_the_post_once(tmp_path, system):
    with hub(tmp_path, system, courses=COURSES) as (parts, clock):
        send(parts, HIRED, clock)
        until(lambda: taken(parts), "enrolled")
        assert system.has_to_take("C-102") == ["lms-E1", "lms-E7"]
        data = next(word["data"] for word in system.last.values() if word["data"]["learner"] == "lms-E7")
        assert data["position"] == "dc-operations" and "credential" not in data
        send(parts, roster("E7", as_of="2026-02-03T08:00"), clock)
        clock.advance(timedelta(days=1))
        parts.deadlines.work_off()
        until(lambda: taken(parts), "as it was")
        assert words(system) == ONCE
        said = entries(parts, "registration")
        mine = [each for each in said if each["person"] == said[-1]["person"]]
        assert sorted((each["course"], each["outcome"]) for each in mine) == [
            (course, outcome) for course in sorted(COURSES) for outcome in ("accepted", "registered")
        ]


def test_what_is_listed_says_how_far_the_learning_system_knows(tmp_path, system):
    with hub(tmp_path, system, courses={"dc-safety": "C-101"}) as (parts, clock):
        send(parts, HIRED, clock)
        until(lambda: ("dc-ops-online", "registered", "listed") in rows(parts), "no system takes it")
        until(lambda: ("dc-safety", "registered", "accepted") in rows(parts), "enrolled")
        told = {each.course: (each.told, each.by) for each in parts.courses_to_take.listed("hr") if each.person == "E7"}
        assert told == {"dc-safety": ("accepted", "exams"), "dc-ops-online": ("listed", "")}


def test_what_no_system_took_is_told_once_there_is_one(tmp_path, system):
    clock = LiveClock(NOW)
    with opened(tmp_path / "hub", clock, instances={"exams": instance(system.url)}) as parts:
        enforced(parts)
        send(parts, HIRED, clock)
        with turning(parts):
            until(lambda: [row[2] for row in rows(parts)] == ["listed", "listed"], "listed")
        folder = replace(parts.folder, instances={"exams": instance(system.url, courses=COURSES)})
    with Assembly(folder, clock, None, deciding=True) as parts, turning(parts):
        until(lambda: taken(parts), "told")
    assert words(system) == ONCE


def test_a_lost_answer_and_a_system_that_is_away_end_with_one_enrolment(tmp_path, system):
    system.status = 503
    with hub(tmp_path, system, courses={"dc-safety": "C-101"}) as (parts, clock):
        send(parts, HIRED, clock)
        until(lambda: [word[2] for word in rows(parts)].count("decided") >= 1, "tried")
        system.loses, system.status = 1, 204
        until(lambda: ("dc-safety", "registered", "accepted") in rows(parts), "taken")
        assert system.has_to_take("C-101") == ["lms-E7"]
        assert len({sequence for _kind, sequence in words(system)}) == 1


def test_a_refusal_is_an_alarm_and_waits_for_a_person(tmp_path, system):
    system.status = 422
    with hub(tmp_path, system, courses=COURSES) as (parts, clock):
        send(parts, HIRED, clock)
        until(lambda: [row[2] for row in rows(parts)] == ["failed", "failed"], "refused")
        assert {entry["code"] for entry in entries(parts, "alarm")} == {"registration.refused"}
        told = {each.code for each in parts.courses_to_take.listed("hr") if each.person == "E7"}
        assert len(told) == 1 and "" not in told
        system.status = 204
        parts.registrations.retry()
        until(lambda: taken(parts), "taken")


def test_what_is_completed_is_over_and_nobody_is_told(tmp_path, system):
    with hub(tmp_path, system, courses=COURSES) as (parts, clock):
        until(lambda: {"lms-E1"} == set(system.has_to_take("C-102")), "enrolled")
        until(lambda: rows(parts, "E1") == [("dc-ops-online", "registered", "accepted")], "enrolled")
        send(parts, COMPLETED, clock)
        assert rows(parts, "E1") == [], "over"
        send(parts, voided("E1-2026-01-08-20:30-completed"), clock)
        assert rows(parts, "E1") == [("dc-ops-online", "registered", "accepted")], "enrolled still"
        send(parts, HIRED, clock)
        until(lambda: taken(parts), "the next one")
        assert words(system, "E1") == [("course.registered", 1)]


def test_who_leaves_before_the_first_day_is_enrolled_no_more(tmp_path, system):
    with hub(tmp_path, system, courses=COURSES) as (parts, clock):
        send(parts, HIRED, clock)
        until(lambda: taken(parts), "enrolled")
        clock.advance(timedelta(days=1))
        send(parts, roster("E7", as_of="2026-02-03T08:00", ends="2026-02-03T09:00"), clock)
        until(lambda: [row[1:] for row in rows(parts)] == [("withdrawn", "accepted")] * 2, "withdrawn")
        assert system.has_to_take("C-101") == []
        send(parts, roster("E7", as_of="2026-02-03T10:00"), clock)
        until(lambda: system.has_to_take("C-101") == ["lms-E7"] and len(words(system)) == 6, "back, in both courses")
        assert [sequence for _kind, sequence in words(system)] == [1, 1, 3, 3, 2, 2]


def test_a_course_of_two_posts_is_one_enrolment_until_neither_asks(tmp_path, system):
    with hub(tmp_path, system, courses=COURSES) as (parts, clock):
        post = parts.folder.positions["dc-operations"].model_dump(by_alias=True, exclude_unset=True)
        know(parts, Position.model_validate({**post, "id": "dc-duty"}))
        mode = Mode(enforced_from=NOW)
        parts.writer.call(lambda tx: set_mode("position", "dc-duty", mode, act("enforce"), tx))
        send(parts, HIRED, clock)
        until(lambda: taken(parts), "enrolled")
        other = Assignment(subject="E7", position="dc-duty", starts_at=t("2026-02-01T00:00"), as_of=NOW)
        send(parts, ("roster", [HIRED[1][0], other]), clock)
        clock.advance(timedelta(days=1))
        left = HIRED[1][1].model_copy(update={"ends_at": NOW, "as_of": clock.now()})
        send(parts, ("roster", [HIRED[1][0], left]), clock)
        until(lambda: taken(parts), "as it was")
        assert words(system) == ONCE
        gone = other.model_copy(update={"ends_at": clock.now(), "as_of": clock.now()})
        send(parts, ("roster", [HIRED[1][0], gone]), clock)
        clock.advance(timedelta(days=1))
        parts.deadlines.work_off()
        until(lambda: [row[1:] for row in rows(parts)] == [("withdrawn", "accepted")] * 2, "neither asks")


def test_nobody_is_enrolled_for_a_post_in_observe_or_who_has_all(tmp_path, system):
    clock = LiveClock(NOW)
    with opened(tmp_path / "hub", clock, instances={"exams": instance(system.url, courses=COURSES)}) as parts:
        send(parts, HIRED, clock)
        assert rows(parts) == []
        enforced(parts)
        for message in qualified("E2"):
            send(parts, message, clock)
        assert rows(parts, "E2") == []
        with turning(parts):
            until(lambda: taken(parts), "whom enforcing finds")
    assert words(system, "E2") == []


def test_a_course_that_nobody_knows_is_found_in_the_settings():
    text = '[connectors.lms]\nadapter = "learning/exam_webhook"\ncourses = { dc-safty = "1" }\n'
    file = parsed_settings(text)
    [found] = listed_faults(file, {"lms": SPEC}, (), (), ("dc-safety",))
    assert "dc-safty" in str(found) and "did you mean 'dc-safety'" in str(found)
    assert list(listed_faults(file, {"lms": SPEC}, (), (), None)) == [], "courses.toml cannot be read: that is said"
