"""A course that asks questions on the way counts by their answers as the learning platform tells of them."""

from datetime import timedelta

import orjson
import pytest
from pydantic import ValidationError

from hub.cases.desk import Ruling
from hub.intake.facts import Fact, Origin, identify_fact
from schemas.learning import Study
from tests.conftest import HandClock
from tests.hub.cases.test_cases import ONE
from tests.hub.decision.test_law import NOW, opened, roster, send

COURSES = """
[film]
mode = "online"
nominal_minutes = 60
popups = true
"""
BEGAN = NOW - timedelta(days=3)


@pytest.mark.parametrize(
    ("words", "credited", "open_"),
    [
        ({}, 0, 40),
        ({10: "answered", 30: "answered"}, 40, 0),
        ({10: "answered", 30: "answered_wrong"}, 20, 0),
        ({9: "asked", 10: "answered", 30: "asked"}, 10, 0),
    ],
    ids=["never asked", "right", "wrong", "missed"],
)
def test_q6_study_counts_by_the_answers(tmp_path, words, credited, open_):
    clock = HandClock(NOW)
    heard = {0: "opened", **dict.fromkeys(range(5, 40, 5), "point"), **words, 40: "closed"}
    with opened(tmp_path / "hub", clock, courses=COURSES) as parts:
        send(parts, roster("E1"), clock)
        for minute, meaning in heard.items():
            send(parts, ("lms", [study(minute, meaning)]), clock)
        person = parts.directory.person_by_number("E1")
        with parts.database.reading() as session:
            [unit] = parts.evidence.dossier(person, session, now=NOW).units
    assert (unit.credited / 60, unit.open / 60) == (credited, open_)


def study(minute, meaning, **more):
    at = BEGAN + timedelta(minutes=minute)
    said = {"subject": "lms-E1", "course": "film", "meaning": meaning, "occurred_at": at, "statement": f"{minute}"}
    return Study.model_validate({**said, **more})


def until(minute):
    return {"until": BEGAN + timedelta(minutes=minute)}


def heard(parts, clock, *said):
    """The unit of a person of whom this was said, and the cases about it."""
    send(parts, roster("E1"), clock)
    for each in said:
        send(parts, ("lms", [each]), clock)
    person = parts.directory.person_by_number("E1")
    with parts.database.reading() as session:
        [unit] = parts.evidence.dossier(person, session, now=NOW).units
    return unit, {each.matter: each for each in parts.cases.all()}


STUDIED = (study(0, "opened"), *(study(n, "point") for n in range(5, 40, 5)), study(40, "closed"))


def test_what_a_camera_did_not_see_is_taken_and_a_stranger_is_for_a_person_to_decide(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock, courses=COURSES.replace("popups = true\n", "")) as parts:
        nobody, stranger = study(11, "no_face", **until(16)), study(21, "not_self", **until(24))
        unit, cases = heard(parts, clock, *STUDIED, nobody, stranger)
        assert (unit.credited / 60, unit.open / 60) == (32, 3)
        assert [each.reason for each in unit.deducted if each.seconds in (300, 180)] == ["no_face", "not_self"]
        parts.case_desk.decide(cases["not_self"].id, Ruling("credited"), ONE, clock.now())
        person = parts.directory.person_by_number("E1")
        with parts.database.reading() as session:
            [unit] = parts.evidence.dossier(person, session, now=NOW).units
        assert unit.open == 0 and not parts.cases.all()


def test_a_face_that_is_the_learners_proves_presence_like_a_right_answer(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock, courses=COURSES) as parts:
        faces = [study(n, "face", statement=f"face-{n}") for n in (10, 30)]
        unit, cases = heard(parts, clock, *STUDIED, *faces)
        assert (unit.credited / 60, unit.open, cases) == (40, 0, {})


def test_where_nothing_was_ever_asked_somebody_has_to_decide(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock, courses=COURSES) as parts:
        unit, cases = heard(parts, clock, *STUDIED)
        assert (unit.credited, unit.open / 60, unit.reasons) == (0, 40, ("never_asked",))
        assert cases["never_asked"].members[0].open_minutes == 40


def test_a_film_counts_what_played_and_no_pause(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock, courses=COURSES.replace("popups = true\n", "")) as parts:
        said = (
            study(0, "played", position="0"),
            study(10, "paused", position="1500.5"),
            study(16, "played", position="1500.5"),
            study(26, "paused", position="1800.5"),
        )
        unit, _cases = heard(parts, clock, *said)
        assert unit.credited / 60 == 15, "ten minutes of the clock, though it ran fast, and five of the film"


@pytest.mark.parametrize(
    ("meaning", "more", "expected"),
    [
        ("no_face", {}, "until, of no_face"),
        ("point", until(1), "until, of no_face"),
        ("not_self", until(0), "by a day at most"),
        ("no_face", until(25 * 60), "by a day at most"),
        ("played", {}, "position, of played"),
        ("opened", {"position": "5"}, "position, of played"),
        ("paused", {"position": "-5"}, "a number of seconds"),
    ],
)
def test_what_a_statement_lacks_or_has_too_much_is_named(meaning, more, expected):
    with pytest.raises(ValidationError, match=expected):
        study(0, meaning, **more)


def test_what_says_nothing_of_cameras_and_films_is_kept_as_before():
    fact = Fact(study(0, "opened"), None, None, 0, "k", {"at": 0, "arrived_at": 0})
    identify_fact(fact, Origin("lms", "lms", "all"))
    assert set(orjson.loads(fact.row["body"])) == {
        "subject",
        "course",
        "meaning",
        "activity",
        "occurred_at",
        "statement",
    }
