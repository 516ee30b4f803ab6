"""States are found without adding up again: at every instant they are what the sums of that instant come to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.rules.credentials.restore import HoursAfter
from hub.rules.demands.evidence import Evidence
from hub.rules.demands.hours import Hours
from hub.rules.demands.presence import Presence
from hub.rules.demands.rolling import Rolling
from hub.rules.demands.settling import Settling
from hub.rules.demands.sums import Sums
from hub.rules.demands.unit_columns import columns_of
from hub.rules.span import ALWAYS
from hub.rules.timeline import BEGINNING, END
from hub.rules.unit import Unit
from hub.rules.values import Period
from schemas.position import HoursRequirement

ZONE = ZoneInfo("UTC")
ZERO = datetime(2026, 1, 1, tzinfo=UTC)
NOW = ZERO + timedelta(days=80)
SETTLING = Settling("10 days", "excused", ZONE)
INSTANTS = [ZERO + timedelta(hours=12 * n) for n in range(-4, 240)]


def day(n):
    return ZERO + timedelta(days=n)


@st.composite
def units(draw):
    """Classes and study of every kind: open and aged, deferred, made up, passes repeated, at one instant, ahead."""
    found = []
    for n in range(draw(st.integers(0, 24))):
        over = ZERO + timedelta(hours=12 * draw(st.integers(0, 180)))
        online, hidden = draw(st.booleans()), draw(st.sampled_from([0, 0, 0, 3600]))
        ages = bool(hidden) and draw(st.booleans())
        later = draw(st.sampled_from([None, None, None, None, 5, 20]))
        missed = draw(st.sampled_from(["", "", "", "", f"u{draw(st.integers(0, 24))}"]))
        found.append(
            Unit(
                id=f"u{n}",
                kind="study" if online else "session",
                course="b" if online else "a",
                starts_at=over - timedelta(hours=4),
                over_at=over,
                required=draw(st.integers(0, 4)) * 3600,
                credited=draw(st.integers(0, 4)) * 3600,
                open=hidden,
                open_since=over + timedelta(hours=1) if ages else None,
                study=f"pass {draw(st.integers(0, 2))}" if online else "",
                deferred_until=None if later is None else over + timedelta(days=later),
                makes_up="" if missed == f"u{n}" else missed,
            )
        )
    found.sort(key=lambda unit: (unit.over_at, unit.id))
    online = [n for n, unit in enumerate(found) if unit.kind == "study"]
    turn = draw(st.integers(1, 4))
    for place, n in enumerate(online):  # a pass follows the one before it
        found[n] = replace(found[n], study=f"pass {place // turn}")
    return found


@st.composite
def rules(draw):
    rate = draw(st.sampled_from([None, Decimal("0.5"), Decimal("0.9"), Decimal("1")]))
    hours = draw(st.integers(1, 20)) if rate is None or draw(st.booleans()) else None
    return HoursRequirement(kind="hours", courses=("a", "b"), at_least_hours=hours, at_least_rate=rate)


def hours_of(rule, found, *, renews=False, now=NOW):
    sums = Evidence((), found, {}, now).sums(rule.courses, SETTLING)
    return Hours("h", rule, sums, Presence(ZONE, (ALWAYS,)), renews)


@settings(max_examples=300, deadline=None)
@given(units(), rules(), st.integers(0, 60), st.integers(1, 40), st.booleans())
def test_the_states_of_a_period_are_those_of_its_sums(found, rule, first, length, renews):
    over = hours_of(rule, found, renews=renews).over(Period(day(first), day(first + length), day(first + length)))
    for instant in INSTANTS:
        assert over.states.at(instant) == over.demanded.state(over.tally(instant)), instant
    edges = [at for at, _state in over.states][1:]
    assert set(edges) <= set(over.instants())


@settings(max_examples=300, deadline=None)
@given(units(), rules(), st.sampled_from(["1 month", "12 days", "2 months", "300 hours"]))
def test_the_states_of_a_rolling_stretch_are_those_of_its_sums(found, rule, length):
    rolling = Rolling(hours_of(rule, found), length, ZONE)
    for instant in [*INSTANTS, *(day(n) for n in range(90, 170))]:
        verdict = rolling.verdict(instant)
        assert rolling.states.at(instant) == verdict.state, instant
        following = rolling.states.next_after(instant)
        assert following is None or following > instant


@settings(max_examples=200, deadline=None)
@given(units(), rules(), st.integers(0, 30), st.integers(1, 30))
def test_what_restores_hours_is_told_by_the_sums_since_the_start_and_since_the_lapse(found, rule, first, length):
    clause = hours_of(rule, found, renews=True)
    start, lapsed = day(first), day(first + length)
    after = HoursAfter(clause.over(Period(start, lapsed, lapsed)), start, lapsed)
    for instant in INSTANTS:
        if instant >= lapsed:
            assert after.states.at(instant) == after.state_at(instant), instant


@settings(max_examples=40, deadline=None)
@given(units(), rules(), st.integers(0, 30), st.integers(1, 30), st.integers(0, 60))
def test_what_restores_hours_within_a_cycle_was_told_so_at_its_day(found, rule, first, length, later):
    start, lapsed = day(first), day(first + length)

    def restoring(now):
        cycle = hours_of(rule, found, renews=True, now=now).over(Period(start, day(first + length + later), END))
        return HoursAfter(cycle, start, lapsed)

    looked_back = restoring(NOW)
    for instant in INSTANTS[5::11]:
        if lapsed <= instant <= NOW:
            assert looked_back.states.at(instant) == restoring(instant).states.at(instant), instant


def test_what_is_missed_after_it_was_restored_does_not_take_that_back():
    """Short by four hours at the lapse on day 10, made good by four attended in full, whatever comes on day 20."""
    rule = HoursRequirement(kind="hours", courses=("a",), at_least_rate=Decimal("0.9"))
    classes = [(5, 10, 5), (12, 4, 4), (20, 4, 0)]
    found = [
        Unit(f"u{on}", "session", "a", day(on), day(on), required=of * 3600, credited=done * 3600)
        for on, of, done in classes
    ]
    cycle = hours_of(rule, found, renews=True).over(Period(day(0), day(60), day(60)))
    states = HoursAfter(cycle, day(0), day(10)).states
    assert [states.at(day(on)) for on in (10, 12, 19)] == ["not_met", "met", "met"]


def test_a_second_pass_does_not_ask_for_what_had_aged():
    """Half of an online course cannot be told and ages on day 11; the second pass begins on day 20."""
    rule = HoursRequirement(kind="hours", courses=("b",), at_least_rate=Decimal("0.9"))
    of_pass = {"kind": "study", "course": "b", "required": 4 * 3600}
    first = {"credited": 2 * 3600, "open": 2 * 3600, "open_since": day(1), "study": "pass 0"}
    found = [
        Unit(id="u0", starts_at=day(1), over_at=day(1), **of_pass, **first),
        Unit(id="u1", starts_at=day(20), over_at=day(20), credited=3600, study="pass 1", **of_pass),
    ]
    period = Period(day(0), day(60), day(60))
    for known in (found[:1], found):
        over = hours_of(rule, known).over(period)
        assert [over.states.at(day(on)) for on in (1, 10, 11, 20, 30)] == ["unknown", "unknown", "met", "met", "met"]
        assert over.tally(day(30)) == (2 * 3600, 2 * 3600, 2 * 3600, 0)


@settings(max_examples=100, deadline=None)
@given(units(), st.sampled_from([("a",), ("b",), ("a", "b")]))
def test_what_the_evidence_adds_up_is_what_its_units_come_to(found, courses):
    mine = [unit for unit in found if unit.course in courses]
    shared, alone = Evidence((), found, {}, NOW).sums(courses, SETTLING), Sums(columns_of(mine), SETTLING, NOW)
    assert list(shared.units) == mine
    for instant in INSTANTS[::7]:
        whole = Period(BEGINNING, instant, instant)
        assert shared.tally(whole, instant) == alone.tally(whole, instant)


@pytest.mark.parametrize("hours", [1, 3])
def test_units_of_one_instant_count_together(hours):
    unit = Unit("u", "session", "a", day(0), day(1), 3600, 3600)
    rule = HoursRequirement(kind="hours", courses=("a",), at_least_hours=hours)
    over = hours_of(rule, [unit, replace(unit, id="v"), replace(unit, id="w")]).over(Period(day(0), day(9), day(9)))
    assert over.states.next_after(BEGINNING) == day(1)
    assert over.reached(hours * 3600) == day(1)
