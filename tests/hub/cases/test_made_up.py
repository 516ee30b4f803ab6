"""A make-up session of the plan, and an emergency class that names a course, count in the place of what was missed."""

import pytest

from hub.rules.attendance.made_up import with_missed_ones
from hub.rules.unit import Unit
from schemas.learning import Enrolment, Session
from tests.conftest import HandClock
from tests.hub.cases.test_cases import DAY, a_class, seen
from tests.hub.decision.test_law import NOW, opened, send, t


def make_up(parts, clock, makes_up, start="18:00", end="21:00"):
    """A session in the evening of the same day that makes up for another one, or for a course."""
    said = t("2026-01-01T00:00")
    session = Session(
        subject="M",
        course="dc-safety",
        devices=("A",),
        starts_at=t(f"{DAY}T{start}"),
        ends_at=t(f"{DAY}T{end}"),
        makes_up=makes_up,
        as_of=said,
    )
    send(parts, ("roster", [session, Enrolment(subject="E1", session="M", as_of=said)]), clock)


def units(parts):
    person = parts.directory.person_by_number("E1")
    with parts.database.reading() as session:
        found = parts.evidence.dossier(person, session, now=parts.clock.now()).units
    return {each.id: (each.makes_up, each.credited // 60) for each in found}


def test_a_make_up_of_the_plan_names_what_it_replaces(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        a_class(parts, clock, ["E1"], start="09:00", end="12:00")
        make_up(parts, clock, "S1")
        seen(parts, clock, "E1", "in 17:55", "out 21:01")
        assert units(parts) == {"S1": ("", 0), "M": ("S1", 180)}


def test_an_emergency_class_replaces_the_earliest_one_that_was_missed(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        a_class(parts, clock, ["E1"], session="S0", start="06:00", end="08:00")
        a_class(parts, clock, ["E1"], session="S1", start="09:30", end="11:00")
        make_up(parts, clock, "dc-safety")
        seen(parts, clock, "E1", "in 17:55", "out 21:01")
        assert units(parts)["M"] == ("S0", 180)
        seen(parts, clock, "E1", "in 05:55", "out 08:01")
        assert units(parts)["M"] == ("S1", 180)
        seen(parts, clock, "E1", "in 09:25", "out 11:01")
        assert units(parts)["M"] == ("", 180), "nothing was missed: it is a class of its own"


def unit(id, status="absent", makes_up="", hour=9, course="c", **more):
    at = t(f"{DAY}T{hour:02}:00")
    return Unit(id, "session", course, at, at, 3600, 0, status=status, makes_up=makes_up, **more)


def replaced(told):
    return {each.id: each.makes_up for each in with_missed_ones(told)}


def test_two_emergency_classes_replace_two_sessions_in_whatever_order_they_are_told():
    told = [unit("S1"), unit("S2", hour=10), unit("M1", "complete", "c", 18), unit("M2", "complete", "c", 19)]
    for order in (told, told[::-1]):
        found = {each.id: each.makes_up for each in with_missed_ones(order)}
        assert found == {"S1": "", "S2": "", "M1": "S1", "M2": "S2"}


def test_a_session_that_was_put_off_is_made_up_by_an_emergency_class_too():
    told = [unit("S1", "excused", deferred_until=t(f"{DAY}T23:00")), unit("M", "complete", "c", 18)]
    assert replaced(told)["M"] == "S1"


@pytest.mark.parametrize("planned", ["S1", "c"])
@pytest.mark.parametrize("missed", ["absent", "incomplete", "excused", "pending"])
def test_what_was_not_made_up_by_one_class_is_replaced_by_the_next_one(planned, missed):
    told = [unit("S1"), unit("M1", missed, planned, 18), unit("M2", "complete", "c", 19)]
    assert replaced(told) == {"S1": "", "M1": "S1", "M2": "S1"}


@pytest.mark.parametrize("status", ["unknown", "complete"])
def test_what_was_made_up_or_may_have_been_is_replaced_by_nothing_else(status):
    told = [unit("S1"), unit("M1", status, "S1", 18), unit("M2", "complete", "c", 19)]
    assert replaced(told)["M2"] == ""


def test_what_makes_up_for_a_session_of_another_course_counts_where_that_one_does():
    told = [unit("S1"), unit("M1", "absent", "S1", 18, course="d"), unit("M2", "complete", "M1", 19, course="e")]
    assert {each.id: each.course for each in with_missed_ones(told)} == {"S1": "c", "M1": "c", "M2": "c"}


def test_sessions_that_make_up_for_each_other_are_read_to_an_end():
    told = [unit("A", makes_up="B"), unit("B", makes_up="A", hour=10, course="d")]
    assert {each.id for each in with_missed_ones(told)} == {"A", "B"}
