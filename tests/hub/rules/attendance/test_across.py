"""One second of a person credits one unit: worked examples 66 and 80 of the rules, and their law."""

from dataclasses import fields, replace
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from hub.rules.attendance.across import each_second_once
from hub.rules.span import Span, seconds, shared
from hub.rules.unit import Noted, Unit, UnitKind
from tests.hub.rules.attendance.test_room import at, span


def unit(name: str, text: str, kind: UnitKind = "session") -> Unit:
    times = span(text)
    return Unit(name, kind, name, times.start, times.end, times.seconds, times.seconds, intervals=(times,))


def by_id(*units: Unit) -> dict[str, Unit]:
    return {each.id: each for each in each_second_once(units)}


def test_online_during_a_class_is_disputed_and_the_class_counts():  # 80
    found = by_id(unit("S", "14:00-17:00"), unit("film", "14:30-15:10", "study"))
    assert (found["S"].credited / 60, found["S"].open) == (180, 0)
    assert (found["film"].credited, found["film"].open / 60) == (0, 40)
    assert found["film"].open_since == at("15:10"), "disputed time ages, too"


def test_up_to_five_minutes_beside_a_class_are_merely_not_counted():
    found = by_id(unit("S", "14:00-17:00"), unit("film", "13:30-14:05", "study"))
    assert (found["film"].credited / 60, found["film"].open) == (30, 0)


def test_two_sessions_at_once_are_open_in_both():  # 66
    found = by_id(unit("A", "14:00-17:00"), unit("B", "14:00-17:00"))
    assert [(each.credited, each.open / 60) for each in found.values()] == [(0, 180), (0, 180)]


def test_of_two_online_courses_the_earlier_one_counts():
    found = by_id(unit("one", "10:00-11:00", "study"), unit("two", "10:30-11:30", "study"))
    assert (found["one"].credited / 60, found["two"].credited / 60, found["two"].open) == (60, 30, 0)


@given(
    st.lists(
        st.tuples(st.integers(0, 22), st.integers(1, 59), st.sampled_from(["session", "study"])),
        max_size=5,
        unique=True,
    )
)
def test_no_second_is_credited_twice_in_any_order(drawn):
    units = [unit(f"u{n}", f"{hour}:00-{hour + 1}:{minute:02d}", kind) for n, (hour, minute, kind) in enumerate(drawn)]
    found = each_second_once(units)
    for n, one in enumerate(found):
        assert one.credited == seconds(one.intervals)
        for other in found[n + 1 :]:
            assert not shared(one.intervals, other.intervals)
    assert len({each_second_once(each) for each in permutations(units)}) == 1


def test_what_has_no_time_of_day_stays_as_it_is():
    opening = Unit("opening", "opening", "safety", at("00:00"), at("00:00"), 3600, 3600)
    assert by_id(opening, unit("S", "00:00-01:00"))["opening"] == opening
    assert Span(at("00:00"), at("01:00")) == span("00:00-01:00")


def test_what_is_taken_from_a_unit_leaves_all_else_as_it_is():
    stated = {field.name: f"its {field.name}" for field in fields(Unit)}
    whole = Unit(**{**stated, "credited": 600, "open": 60, "deducted": (), "reasons": ("late",)})
    noted = (Noted("overlap", at("09:00"), at("10:00")),)
    left = whole.credited_less(200, open_=50, intervals=(), noted=noted, reason="overlap", known_at="then")
    lost = {"credited": 400, "open": 110, "intervals": (), "deducted": noted, "reasons": ("late", "overlap")}
    assert left == replace(whole, **lost, known_at="then")
    assert left.credited_less(0, open_=0, intervals=(), noted=(), reason="overlap", known_at="then") == left
