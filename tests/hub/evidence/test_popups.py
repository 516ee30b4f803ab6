"""A course that asks questions on the way counts by their answers as the learning platform tells of them."""

from datetime import timedelta

import pytest

from schemas.learning import Study
from tests.conftest import HandClock
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
def test_study_counts_by_the_answers(tmp_path, words, credited, open_):
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


def study(minute, meaning):
    at = BEGAN + timedelta(minutes=minute)
    return Study(subject="lms-E1", course="film", meaning=meaning, occurred_at=at, statement=f"{minute}")
