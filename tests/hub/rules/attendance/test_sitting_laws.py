"""What holds of a session in a room whatever was seen: in any order, with repeats, and to the last minute."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.rules.attendance.across import each_second_once
from hub.rules.attendance.room import Frame
from hub.rules.attendance.session import Sitting
from hub.rules.attendance.sightings import Sighting, presence
from tests.hub.rules.attendance.test_room import S, at, session, window
from tests.hub.rules.attendance.test_session import asked, figures, sitting

DIRECTIONS = st.sampled_from(["in", "out", ""])
SEEN = st.lists(st.tuples(st.integers(0, 300), DIRECTIONS), max_size=8)


def sat(seen: list[tuple[int, str]], frame: Frame = S) -> Sitting:
    sightings = [
        Sighting(at("13:00") + timedelta(minutes=minute), direction, f"{minute} {direction}")  # type: ignore[arg-type]
        for minute, direction in seen
    ]
    return Sitting("s", "safety", frame, presence(sightings, window(frame)), complete_until=at("18:00"))


@settings(max_examples=150, deadline=None)
@given(SEEN, st.data())
def test_order_and_repetition_change_nothing(seen, data):
    again = data.draw(st.lists(st.sampled_from(seen), max_size=4)) if seen else []
    assert asked(sat(data.draw(st.permutations([*seen, *again]))), "22:00") == asked(sat(seen), "22:00")


@settings(max_examples=150, deadline=None)
@given(SEEN)
def test_no_minute_is_unaccounted_for(seen):
    unit = asked(sat(seen), "22:00")
    if unit.credited or unit.open:
        assert unit.credited + sum(each.seconds for each in unit.deducted) >= unit.required
        assert unit.credited + unit.open <= unit.required


@pytest.mark.parametrize(
    ("seen", "frame", "wanted"),
    [
        ("14:10 in, 14:10:40 out", S, 40 / 60),
        ("13:55 in, 16:00 out, 17:20 in", S, 120),
        ("14:00 in, 17:00 out", session("14:00-17:00", break_seconds=1200), 160),
    ],
    ids=["a minute with directions is one", "signing in to the next session", "a break of no fixed place"],
)
def test_what_is_certain_is_credited(seen, frame, wanted):
    unit = asked(sitting(seen, frame), "22:00")
    assert (unit.credited / 60, unit.open) == (pytest.approx(wanted), 0)


def test_a_sign_out_without_a_sign_in_is_for_a_person_to_decide():
    unit = asked(sitting("16:58 out"), "22:00")
    assert (unit.status, unit.credited) == ("unknown", 0) and unit.open


@pytest.mark.parametrize("complete", [None, "16:59"])
def test_what_was_seen_counts_though_the_terminal_has_not_said_all(complete):
    assert figures(asked(sitting("13:55 in, 17:01 out", complete=complete), "22:00")) == ("complete", 180, 180, 0)


def test_the_same_unit_twice_is_one():
    unit = asked(sitting("13:55 in, 17:01 out"), "22:00")
    assert sum(each.credited for each in each_second_once((unit, unit))) <= unit.required
