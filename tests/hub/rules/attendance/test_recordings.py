"""Recordings of classes that somebody saw."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.rules.attendance.recordings import Played, recording_unit, seen
from hub.rules.unit import Unit
from schemas.learning import RecordingSeen
from schemas.stretches import stretches_of

START = datetime(2026, 5, 7, 10, tzinfo=UTC)
LENGTH = 64 * 60


def played(*parts, minute=0, **more):
    at = START + timedelta(minutes=minute)
    return Played(at, parts, more.pop("length", LENGTH), f"f{minute}", at, **more)


def session(id="S", status="absent", credited=0, day=6, **more):
    at = datetime(2026, 5, day, 9, tzinfo=UTC)
    return Unit(id, "session", "safety", at, at, 180 * 60, credited, status=status, **more)


def made(*parts, sessions=(), counts=True):
    return recording_unit("rec", "safety", parts, sessions, counts=counts)


def test_each_second_counts_once():  # 81
    assert seen([played((0, 1800), (600, 62 * 60))]).done_at == START
    assert seen([played((0, 1800), (0, 1800), (0, 1800))]).done_at is None


def test_it_is_seen_once_95_percent_are_and_not_a_second_before():
    assert seen([played((0, LENGTH * 0.95))]).done_at == START
    assert seen([played((0, LENGTH * 0.95 - 1))]).done_at is None
    later = [played((0, 1900), minute=0), played((1900, LENGTH), minute=60), played((0, LENGTH), minute=90)]
    assert seen(later).done_at == START + timedelta(minutes=60)


def test_what_lies_outside_the_recording_is_none_of_it():
    assert seen([played((0, 60), (LENGTH, LENGTH * 20))]).seconds == 60
    assert seen([played((0, LENGTH * 20))]).seconds == LENGTH


def test_of_two_lengths_the_longer_one_is_that_of_the_recording():
    assert seen([played((0, 600), length=600), played((0, 60), minute=1)]).done_at is None


def test_what_is_dated_far_ahead_shows_nothing():
    assert seen([played((0, LENGTH), disputed=True)]) == seen([played(disputed=True)])


@given(st.permutations(range(4)), st.lists(st.integers(0, 3), max_size=4))
def test_order_and_repetition_change_nothing(order, again):
    said = [played((n * 900.0, n * 900.0 + 1000), minute=n) for n in range(4)]
    assert made(*(said[n] for n in (*order, *again))) == made(*said)


def test_81_a_missed_class_is_made_up_whole():
    unit = made(played((0, 62 * 60)), sessions=[session()])
    assert (unit.makes_up, unit.credited, unit.required, unit.status) == ("S", 180 * 60, 180 * 60, "complete")


def test_of_several_the_first_that_was_missed_is_made_up():
    come = session("S0", "complete", 180 * 60, day=4)
    short = session("S1", "incomplete", 60 * 60, day=5)
    assert made(played((0, LENGTH)), sessions=[session("S2"), short, come]).makes_up == "S1"
    put_off = session("S1", "excused", day=5, deferred_until=START)
    assert made(played((0, LENGTH)), sessions=[session("S2"), put_off]).makes_up == "S1"


@pytest.mark.parametrize(
    ("parts", "sessions", "counts", "why"),
    [
        ((0, 1800), [session()], True, "recording_unfinished"),
        ((0, LENGTH), [session()], False, "recording_not_counted"),
        ((0, LENGTH), [session(status="complete", credited=180 * 60)], True, "recording_not_needed"),
        ((0, LENGTH), [session(status="excused")], True, "recording_not_needed"),
    ],
)
def test_what_does_not_count_changes_no_sum_and_says_why(parts, sessions, counts, why):
    unit = made(played(parts), sessions=sessions, counts=counts)
    assert (unit.required, unit.credited, unit.open, unit.makes_up, unit.reasons) == (0, 0, 0, "", (why,))


def test_who_was_to_come_to_none_of_its_classes_is_credited_what_they_saw():
    unit = made(played((0, 62 * 60)))
    assert (unit.credited, unit.required, unit.makes_up) == (62 * 60, 62 * 60, "")


def said(**more):
    known = {"subject": "E1", "course": "safety", "recording": "rec", "played": "0-754.5", "length_seconds": "3840"}
    return RecordingSeen.model_validate({**known, "occurred_at": START, **more})


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("0-754.5,760-1200", ((0, 754.5), (760, 1200))),
        ("0[.]754.5[,]760[.]1200", ((0, 754.5), (760, 1200))),
        ("12-12, 20-30", ((20, 30),)),
        ("", ()),
    ],
)
def test_stretches_are_read_as_platforms_write_them(text, parts):
    assert stretches_of(said(played=text).played) == parts


@pytest.mark.parametrize("text", ["1", "5-1", "a-b", "0-1;2-3", "-1-5", "0-9999999", "0-1,", "0..5", "1e3-2e3"])
def test_what_is_no_stretch_is_refused(text):
    with pytest.raises(ValidationError, match="stretches of seconds such as"):
        said(played=text)


@pytest.mark.parametrize("length", ["0", "", "-5", "1:04:00", "1e9", "99999999"])
def test_a_recording_has_a_length(length):
    with pytest.raises(ValidationError):
        said(length_seconds=length)
