"""A value over time, and stretches of time, against the plainest model there is: ask at every instant."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.rules.span import Span, inside, seconds, shared, united, while_true, without
from hub.rules.timeline import BEGINNING, Timeline, all_of, any_of, each_with, where

ZERO = datetime(2026, 1, 1, tzinfo=UTC)


def at(hour):
    return ZERO + timedelta(hours=hour)


INSTANTS = [at(n) for n in range(-1, 26)]
STEPS = st.lists(st.tuples(st.integers(0, 24).map(at), st.integers(0, 3)), max_size=12)
FLAGS = st.lists(st.tuples(st.integers(0, 24).map(at), st.booleans()), max_size=8)
SPANS = st.lists(
    st.tuples(st.integers(0, 24), st.integers(0, 24)).map(lambda pair: Span(at(min(pair)), at(max(pair)))), max_size=8
)


def value_at(first, steps, instant):
    held = [value for start, value in sorted(steps, key=lambda step: step[0]) if start <= instant]
    return held[-1] if held else first


@given(STEPS)
def test_a_value_holds_from_its_step_to_the_next(steps):
    timeline = Timeline(0, steps)
    assert [timeline.at(each) for each in INSTANTS] == [value_at(0, steps, each) for each in INSTANTS]


@given(STEPS)
def test_since_and_next_after_are_the_edges_of_one_value(steps):
    timeline = Timeline(0, steps)
    for each in INSTANTS:
        since, following = timeline.since(each), timeline.next_after(each)
        assert since <= each and timeline.at(since) == timeline.at(each)
        assert since == BEGINNING or timeline.at(since - timedelta(seconds=1)) != timeline.at(each)
        assert following is None or (following > each and timeline.at(following) != timeline.at(each))
        if following is None:
            assert timeline.at(at(100)) == timeline.at(each)


@given(STEPS, STEPS)
def test_together_they_are_what_they_are_at_each_instant(one, other):
    a, b = Timeline(0, one), Timeline(0, other)
    together = each_with(lambda x, y: (x, y), a, b)
    assert [together.at(each) for each in INSTANTS] == [(a.at(each), b.at(each)) for each in INSTANTS]


@given(st.lists(FLAGS, max_size=4))
def test_all_and_any(flags):
    timelines = [Timeline(False, each) for each in flags]
    for each in INSTANTS:
        assert all_of(timelines).at(each) == all(t.at(each) for t in timelines)
        assert any_of(timelines).at(each) == any(t.at(each) for t in timelines)


@given(STEPS)
def test_where_asks_of_every_value(steps):
    flags = where(lambda value: value > 1, Timeline(0, steps))
    assert [flags.at(each) for each in INSTANTS] == [value_at(0, steps, each) > 1 for each in INSTANTS]


@given(SPANS, SPANS)
def test_spans_united_shared_and_cut(one, other):
    def within(spans, instant):
        return any(each.holds(instant) for each in spans)

    for each in INSTANTS:
        a, b = within(one, each), within(other, each)
        assert within(united(one), each) == a == inside(one).at(each)
        assert within(shared(one, other), each) == (a and b)
        assert within(without(one, other), each) == (a and not b)
    assert while_true(inside(one)) == united(one)
    assert seconds(united(one)) == 3600 * sum(within(one, at(n)) for n in range(24))
