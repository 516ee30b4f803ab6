"""Who missed a class makes it up by seeing its recording, where plan and course say so; the platform tells of it."""

import tomllib
from datetime import timedelta

import pytest

from schemas.learning import RecordingSeen, Result, Session, Voided
from tests.conftest import HandClock
from tests.hub.cases.test_cases import DAY, a_class, seen
from tests.hub.decision.test_law import EXAMPLE, NOW, opened, roster, send, t

COURSES = (EXAMPLE / "courses.toml").read_text("utf-8")
WITH_RECORDINGS = COURSES.replace("[dc-safety]\n", "[dc-safety]\nrecordings = true\n")
RECORDED = "rec-2026-01-06"


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def parts(tmp_path, clock, database_url):
    with opened(tmp_path / "hub", clock, database_url, courses=WITH_RECORDINGS) as made:
        yield made


def shown(parts, clock, recording=RECORDED, as_of="2026-01-07T00:00"):
    """The plan says what the recording of the class is."""
    session = Session(
        subject="S1",
        course="dc-safety",
        devices=("A",),
        starts_at=t(f"{DAY}T14:00"),
        ends_at=t(f"{DAY}T17:00"),
        recording=recording,
        as_of=t(as_of),
    )
    send(parts, ("roster", [session]), clock)


def plays(parts, clock, minutes, at="2026-01-09T20:00", number="E1", **more):
    start, end = minutes
    said = {
        "subject": f"lms-{number}",
        "course": "dc-safety",
        "recording": RECORDED,
        "played": f"{start * 60}-{end * 60}",
        "length_seconds": "3840",
        "occurred_at": t(at),
        "statement": f"{number}-{at}-{start}",
    }
    send(parts, ("lms", [RecordingSeen.model_validate({**said, **more})]), clock)


def units(parts, number="E1", known_by=None):
    person = parts.directory.person_by_number(number)
    with parts.database.reading() as session:
        found = parts.evidence.dossier(person, session, now=known_by or parts.clock.now(), known_by=known_by).units
    return {each.id: (each.makes_up, each.credited // 60, each.status) for each in found}


MADE_UP = {"S1": ("", 0, "unknown"), f"recording/{RECORDED}": ("S1", 180, "complete")}


def test_81_a_missed_class_is_made_up_once_nearly_all_of_its_recording_was_seen(parts, clock):
    assert tomllib.loads(WITH_RECORDINGS)["dc-safety"]["recordings"] is True
    a_class(parts, clock, ["E1"])
    shown(parts, clock)
    plays(parts, clock, (0, 30))
    assert units(parts)[f"recording/{RECORDED}"] == ("", 0, "incomplete")
    plays(parts, clock, (30, 62), at="2026-01-09T21:00")
    assert units(parts) == MADE_UP
    plays(parts, clock, (0, 62), at="2026-01-20T21:00")
    assert units(parts) == MADE_UP, "each second counts once"
    texts = [each for each in parts.why.person("E1").json()["attended"] if each["unit"].startswith("recording/")]
    assert [(each["credited"], each["course"]) for each in texts] == [(180, "dc-safety")]


def test_in_whatever_order_plan_and_platform_speak_it_comes_to_the_same(parts, clock):
    send(parts, roster("E1"), clock)
    plays(parts, clock, (30, 62), at="2026-01-09T21:00")
    plays(parts, clock, (0, 30))
    assert units(parts) == {f"recording/{RECORDED}": ("", 62, "complete")}
    a_class(parts, clock, ["E1"])
    shown(parts, clock)
    assert units(parts) == MADE_UP


def test_who_came_is_credited_no_more_for_the_recording(parts, clock):
    a_class(parts, clock, ["E1"])
    shown(parts, clock)
    seen(parts, clock, "E1", "in 13:55", "out 17:01")
    plays(parts, clock, (0, 64))
    assert units(parts)[f"recording/{RECORDED}"] == ("", 0, "complete")


def test_a_statement_that_its_source_withdraws_takes_it_back(parts, clock):
    a_class(parts, clock, ["E1"])
    shown(parts, clock)
    plays(parts, clock, (0, 64))
    assert units(parts) == MADE_UP
    clock.advance(timedelta(hours=1))
    gone = Voided(subject="lms-admin", statement="E1-2026-01-09T20:00-0", occurred_at=NOW)
    send(parts, ("lms", [gone]), clock)
    assert set(units(parts)) == {"S1"}
    assert units(parts, known_by=NOW) == MADE_UP, "as it was known then"


def test_a_statement_of_a_passed_exam_that_played_a_recording_says_both(parts, clock):
    a_class(parts, clock, ["E1"])
    shown(parts, clock)
    both = {"subject": "lms-E1", "occurred_at": t("2026-01-09T20:00"), "statement": "one"}
    said = RecordingSeen.model_validate(
        {**both, "course": "dc-safety", "recording": RECORDED, "played": "0-3840", "length_seconds": "3840"}
    )
    send(parts, ("lms", [Result(exam="dc-ops-exam", passed=True, **both), said]), clock)
    assert units(parts) == MADE_UP
    person = parts.directory.person_by_number("E1")
    with parts.database.reading() as session:
        facts = parts.evidence.dossier(person, session, now=clock.now()).facts
    assert [each.record.exam for each in facts if isinstance(each.record, Result)] == ["dc-ops-exam"]


def test_a_plan_that_names_another_recording_has_nothing_made_up(parts, clock):
    a_class(parts, clock, ["E1"])
    shown(parts, clock)
    plays(parts, clock, (0, 64))
    shown(parts, clock, recording="another", as_of="2026-01-08T00:00")
    assert units(parts)[f"recording/{RECORDED}"] == ("", 64, "complete")


def test_a_course_that_says_nothing_of_recordings_lets_none_count(tmp_path, clock):
    with opened(tmp_path / "hub", clock) as parts:
        a_class(parts, clock, ["E1"])
        shown(parts, clock)
        plays(parts, clock, (0, 64))
        assert units(parts)[f"recording/{RECORDED}"] == ("", 0, "incomplete")
        plays(parts, clock, (0, 64), course="dc-ops-online", recording="film", statement="film")
        plays(parts, clock, (0, 64), course="nobody-knows", recording="other", statement="other")
        assert set(units(parts)) == {"S1", f"recording/{RECORDED}"}
