"""A rate against the slow and obvious model: made up, put off, aged, excused; and what is good never makes it worse."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.rules.demands.evidence import Evidence
from hub.rules.demands.hours import Hours
from hub.rules.demands.presence import Presence
from hub.rules.demands.settling import Settling
from hub.rules.posts.rungs import rank
from hub.rules.span import ALWAYS
from hub.rules.unit import Unit
from hub.rules.values import Period
from schemas.position import HoursRequirement
from tests.hub.rules.story import ask, position, rulebook, stint

ZONE = ZoneInfo("UTC")
ZERO = datetime(2026, 2, 1, tzinfo=UTC)
HOUR = 3600
AGES = timedelta(days=10)
NOW = ZERO + timedelta(days=60)
INSTANTS = [ZERO + timedelta(days=n, hours=1) for n in range(-1, 60, 7)]
RATED = {"kind": "hours", "courses": ["c"], "at_least_hours": 2, "at_least_rate": 0.7}
RULE = HoursRequirement(kind="hours", courses=("c",), at_least_hours=2, at_least_rate=Decimal("0.7"))
BOOK = rulebook(
    position(
        requirement={"rated": RATED},
        ladder=[{"scope": "full", "needs": [{"needs": "rated", "over": "stint"}], "accept_open": True}],
        unknown={"settle_after": "10 days", "grace": "0 hours"},
    )
)


def class_of(n, day, credited, required=2, **more):
    over = ZERO + timedelta(days=day, minutes=n)
    figures = {"required": required * HOUR, "credited": credited * HOUR}
    starts_at = over - timedelta(hours=2)
    return Unit(f"u{n}", "session", "c", starts_at, over, refs=(f"fact {n}",), known_at=over, **figures, **more)


@st.composite
def classes(draw):
    """Classes attended in full, in part, or missed; of those that fell short some were made up, put off, left open."""
    days = draw(st.lists(st.tuples(st.integers(0, 40), st.sampled_from([0, 0, 1, 2, 2])), min_size=1, max_size=6))
    found = [class_of(n, day, credited) for n, (day, credited) in enumerate(days)]
    for n, unit in enumerate(list(found)):
        if unit.counted:
            continue
        how = draw(st.sampled_from(["", "open", "put off", "excused"]))
        if how == "open":
            found[n] = open_one(unit)
        elif how == "put off":
            found[n] = replace(unit, deferred_until=unit.over_at + timedelta(days=draw(st.integers(1, 30))))
        elif how == "excused":
            found[n] = excused(unit)
        missed = unit.id
        for again in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
            made = class_of(10 + 10 * again + n, draw(st.integers(0, 40)), draw(st.integers(0, 2)), makes_up=missed)
            found.append(open_one(made) if not made.counted and draw(st.booleans()) else made)
            missed = draw(st.sampled_from([unit.id, made.id]))
    return found


def open_one(unit):
    """The same class, of which nobody can tell whether it was come to."""
    return replace(unit, open=2 * HOUR, open_since=unit.over_at, status="unknown")


def excused(unit):
    """The same class, of which nothing more is required."""
    return replace(unit, required=unit.credited, open=0, status="excused")


def model(units, instant):
    """Credited, counted, required and open, unit by unit."""
    sums = [0, 0, 0, 0]
    ids = {unit.id for unit in units}
    for unit in units:
        if unit.over_at > instant or unit.makes_up in ids:
            continue
        made = [each for each in units if root(each, units) == unit.id and each.over_at <= instant]
        stands = [(each.credited, 0 if aged(each, instant) else each.open) for each in (unit, *made)]
        credited = max(each for each, _hidden in stands)
        hidden = max(sum(each) for each in stands) - credited
        counted, required = min(credited, unit.required), unit.required
        if aged(unit, instant):
            required = counted
        if unit.deferred_until is not None and instant < unit.deferred_until:
            required = counted
        sums = [one + more for one, more in zip(sums, (credited, counted, required, hidden), strict=True)]
    return tuple(sums)


def aged(unit, instant):
    """Whether what is open of it asks nobody any more."""
    return unit.open_since is not None and instant >= unit.open_since + AGES


def root(unit, units):
    """What a class makes up for at last: what it makes up for may have made up for another one in turn."""
    known = {each.id: each for each in units}
    while unit.makes_up:
        unit = known[unit.makes_up]
    return unit.id


def state(sums):
    credited, counted, required, hidden = sums

    def enough(more):
        most = min(counted + more, max(required, counted))
        return credited + more >= 2 * HOUR and required > 0 and Fraction(most, required) >= Fraction(7, 10)

    return "met" if enough(0) else "unknown" if hidden and enough(hidden) else "not_met"


def judged(units):
    sums = Evidence((), units, {}, NOW).sums(("c",), Settling("10 days", "excused", ZONE))
    whole = Period(ZERO - timedelta(days=1), NOW, NOW)
    return Hours("h", RULE, sums, Presence(ZONE, (ALWAYS,))).over(whole)


@settings(max_examples=70, deadline=None)
@given(classes())
def test_a_rate_is_what_the_model_says_at_every_instant(units):
    over = judged(units)
    for instant in INSTANTS:
        assert tuple(over.tally(instant)) == model(units, instant), instant
        assert over.states.at(instant) == state(model(units, instant)), instant


def good(units, kind, n):
    """The same evidence with something more that is good; ``n`` chooses where there are several.

    What was made up is neither excused nor put off, as by the rules it may then not count. Nor is put off what nobody
    is required to show any more once it has aged: missed at its new due it would be absent again.
    """
    made = {unit.makes_up for unit in units} if kind in ("excused", "put off") else set()
    short = [unit for unit in units if unit.credited < unit.required and not unit.makes_up and unit.id not in made]
    short = [unit for unit in short if not (kind == "put off" and unit.open)]
    if kind == "a class" or not short:
        return [*units, class_of(40, n, 2)]
    unit = short[n % len(short)]
    others = [each for each in units if each is not unit]
    if kind == "made up":
        return [*units, class_of(41, n, 2, makes_up=unit.id)]
    if kind == "credited":
        return [*others, replace(unit, credited=unit.required, open=0, status="complete")]
    if kind == "put off":
        return [*others, replace(unit, deferred_until=max(unit.over_at, unit.deferred_until or ZERO) + AGES)]
    return [*others, excused(unit)]


KINDS = st.sampled_from(["a class", "made up", "credited", "put off", "excused"])


@settings(max_examples=25, deadline=None)
@given(classes(), KINDS, st.integers(0, 40), st.integers(0, 55))
def test_what_is_good_lowers_no_scope_that_rests_on_a_rate(units, kind, n, on):
    instant = (ZERO + timedelta(days=on, hours=12)).strftime("%Y-%m-%d %H:%M")
    held = stint("2025-01-06")
    before, after = (ask(BOOK, [held, *each], instant) for each in (units, good(units, kind, n)))
    assert rank(after.scope) >= rank(before.scope), (before.holds, after.holds)


@settings(max_examples=60, deadline=None)
@given(classes(), KINDS, st.integers(0, 40))
def test_what_is_good_makes_no_rate_worse(units, kind, n):
    """Counted of required, not only whether it suffices: a slip that a state hides for now shows here."""
    before, after = judged(units), judged(good(units, kind, n))
    for instant in INSTANTS:
        one, other = before.tally(instant), after.tally(instant)
        assert other.credited >= one.credited
        assert other.counted * one.required >= one.counted * other.required


def tallied(units, first, last):
    """Hours credited, counted, required and open of a period from one day to another, as they stand at its end."""
    start, end = (ZERO + timedelta(days=day, hours=12) for day in (first, last))
    sums = Evidence((), units, {}, NOW).sums(("c",), Settling("10 days", "excused", ZONE))
    return tuple(each // HOUR for each in sums.tally(Period(start, end, end), NOW))


def test_of_two_make_ups_each_counts_from_when_it_was_over():
    missed = [class_of(0, 2, 0), class_of(1, 5, 1, makes_up="u0"), class_of(2, 20, 2, makes_up="u0")]
    assert tallied(missed, 0, 4) == (0, 0, 2, 0)
    assert tallied(missed, 0, 10) == (1, 1, 2, 0), "the later one is over after the period's end"
    assert tallied(missed, 0, 30) == (2, 2, 2, 0), "the better one counts, once"
    assert tallied(missed, 10, 30) == (2, 2, 2, 0), "where the period of the missed one is over, it is its own class"


def test_a_make_up_of_a_make_up_counts_for_what_was_missed_first():
    again = [class_of(0, 2, 0), class_of(1, 5, 0, makes_up="u0"), class_of(2, 8, 2, makes_up="u1")]
    assert tallied(again, 0, 10) == (2, 2, 2, 0)
    assert tallied(again, 4, 10) == (2, 2, 2, 0), "of the later period it was the second one that was missed"


def test_open_time_ages_beside_what_makes_up_for_it_and_in_a_make_up_of_its_own():
    beside = [open_one(class_of(0, 2, 0)), class_of(1, 30, 1, makes_up="u0")]
    assert tallied(beside, 0, 20) == (0, 0, 0, 0), "what nobody could tell is required of nobody"
    assert tallied(beside, 0, 40) == (1, 1, 1, 0)
    own = [class_of(0, 2, 0), open_one(class_of(1, 5, 0, makes_up="u0"))]
    assert tallied(own, 0, 20) == (0, 0, 2, 0)
    assert tallied(own, 4, 20) == (0, 0, 0, 0)
