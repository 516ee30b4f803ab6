"""The engine against the slow and obvious model: statements, sums, periods and debts, by many examples."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.rules.credentials.numbers import numbers
from hub.rules.credentials.periods import Length
from hub.rules.demands.hours import Hours
from hub.rules.demands.odd_units import Settling
from hub.rules.demands.presence import Presence
from hub.rules.demands.sums import Sums
from hub.rules.demands.unit_columns import columns_of
from hub.rules.demands.windows import Window
from hub.rules.fact import Fact, Rank
from hub.rules.span import ALWAYS
from hub.rules.timeline import END
from hub.rules.unit import Unit
from hub.rules.values import Period
from schemas.credential import CredentialStatus
from schemas.position import HoursRequirement
from tests.hub.rules import oracle
from tests.hub.rules.story import ask, attended, opening, q_post, stint

ZONE = ZoneInfo("UTC")
ZERO = datetime(2026, 1, 1, tzinfo=UTC)


def day(n):
    return ZERO + timedelta(days=n)


DAYS = [day(n) for n in range(-2, 42)]


@st.composite
def words(draw):
    """What an issuer says in turn: each word a day later than the one before, about any days."""
    found = []
    for n in range(draw(st.integers(1, 7))):
        said = day(5 * n)
        status = draw(st.sampled_from(["active", "active", "suspended", "revoked"]))
        if status == "active" and (n == 0 or draw(st.booleans())):
            start = draw(st.integers(0, 30))
            length = draw(st.integers(1, 25))
            found.append(oracle.Word(said, status, said, day(start), day(start + length)))
        else:
            acts = day(draw(st.integers(0, 35)))
            found.append(oracle.Word(said, status, acts))
    return found


def fact(word, n):
    record = CredentialStatus(
        subject="p",
        credential="n",
        number="N",
        status=word.status,
        changed_at=word.acts,
        said_at=word.said,
        valid_from=word.start,
        valid_until=word.end,
    )
    # what acts soon after its arrival acts at arrival: let it arrive when it acts, so that only its own day counts
    return Fact(str(n), "issuer", Rank.ISSUER, max(word.said, word.acts), word.said, record)


@settings(max_examples=300, deadline=None)
@given(words())
def test_a_number_is_held_exactly_when_the_model_says(said):
    facts = [fact(word, n) for n, word in enumerate(said)]
    if said[0].status != "active" or said[0].start is None:
        return
    [number] = numbers("n", ("n",), facts, length=Length(None, ZONE))
    for instant in DAYS:
        found = any(span.holds(instant) for span in number.held)
        assert found == oracle.held(said, instant), (instant, said, number.periods, number.closures)


@given(words(), st.randoms())
def test_the_order_in_which_words_come_changes_nothing(said, random):
    facts = [fact(word, n) for n, word in enumerate(said)]
    turned = [*facts, *facts]
    random.shuffle(turned)
    unique = list({each.id: each for each in turned}.values())
    length = Length(None, ZONE)
    assert numbers("n", ("n",), unique, length=length) == numbers("n", ("n",), facts, length=length)


# --- sums and periods ----------------------------------------------------------------------------------------


@st.composite
def units(draw):
    """Classes and days of study of two courses, some with open time, some passes repeated."""
    found = []
    for n in range(draw(st.integers(0, 12))):
        over = ZERO + timedelta(hours=draw(st.integers(0, 30 * 24)))
        required = draw(st.integers(0, 4)) * 3600
        credited = draw(st.integers(0, 4)) * 3600
        online = draw(st.booleans())
        hidden = draw(st.sampled_from([0, 0, 0, 3600]))
        found.append(
            Unit(
                id=f"u{n}",
                kind="study" if online else "session",
                course="b" if online else "a",
                starts_at=over - timedelta(hours=4),
                over_at=over,
                required=required,
                credited=credited,
                open=hidden,
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


NOW = ZERO + timedelta(days=40)
INSTANTS = [ZERO + timedelta(hours=12 * n) for n in range(-2, 70)]


def hours_of(rule, found):
    sums = Sums(columns_of(found), Settling("30 days", "excused", ZONE), NOW)
    return Hours("h", rule, sums, Presence(ZONE, (ALWAYS,)))


def judged(rule):
    demanded = int((rule.at_least_hours or 0) * 3600)
    return demanded, None if rule.at_least_rate is None else Fraction(rule.at_least_rate)


@settings(max_examples=200, deadline=None)
@given(units(), rules(), st.integers(0, 15), st.integers(1, 20))
def test_a_period_is_judged_as_the_model_says_at_every_instant(found, rule, first, length):
    start, end = day(first), day(first + length)
    over = hours_of(rule, found).over(Period(start, end, end))
    demanded, rate = judged(rule)
    for instant in INSTANTS:
        sums = oracle.sums(found, start, end, instant)
        assert tuple(over.tally(instant)) == sums, instant
        assert over.states.at(instant) == oracle.state(sums, demanded, rate), (instant, sums)
        assert over.verdict(instant).state == over.states.at(instant)


@settings(max_examples=150, deadline=None)
@given(units(), rules())
def test_a_rolling_stretch_is_judged_as_the_model_says(found, rule):
    window = Window("rolling 1 months", ZERO, NOW, ZONE)
    short = hours_of(rule, found)
    rolling = window.judged(short)
    demanded, rate = judged(rule)
    for instant in [*INSTANTS, *(ZERO + timedelta(days=n) for n in range(40, 75))]:
        live = [unit for unit in found if _reached_back_to(instant) < unit.over_at <= instant]
        sums = _model_of(found, live)
        assert rolling.states.at(instant) == oracle.state(sums, demanded, rate), (instant, sums)


def _reached_back_to(instant):
    """The latest "a month before" that any instant up to this one had: 31 March reaches back to 28 February."""
    ends = [instant.replace(hour=0, minute=0) - timedelta(days=n, microseconds=1) for n in range(4)]
    return max(_a_month_before(each) for each in (instant, *ends))


def _a_month_before(instant):
    last = instant.replace(day=1) - timedelta(days=1)
    return instant.replace(year=last.year, month=last.month, day=min(instant.day, last.day))


def _model_of(found, live):
    marked = [unit if unit in live else replace(unit, over_at=END) for unit in found]
    return oracle.sums(marked, datetime(1, 1, 1, tzinfo=UTC), day(1000), day(1000))


@settings(max_examples=150, deadline=None)
@given(units(), st.integers(0, 15), st.integers(1, 20), st.integers(1, 30))
def test_the_instant_at_which_so_much_was_reached(found, first, length, wanted):
    rule = HoursRequirement(kind="hours", courses=("a", "b"), at_least_hours=1)
    over = hours_of(rule, found).over(Period(day(first), day(first + length), day(first + length)))
    reached = over.reached(wanted * 3600)
    instants = sorted({unit.over_at for unit in found if day(first) < unit.over_at <= day(first + length)})
    model = next((at for at in instants if over.tally(at).credited >= wanted * 3600), None)
    assert reached == model


# --- debts of years in a cycle of years ----------------------------------------------------------------------

YEARS = st.lists(st.lists(st.integers(0, 30), max_size=3), min_size=3, max_size=3)


@settings(max_examples=80, deadline=None)
@given(YEARS)
def test_debts_of_three_years_are_those_of_the_model(years):
    rules = q_post(
        requirement={"annual": {"kind": "hours", "courses": ["annual"], "at_least_hours": 20}},
        demands=[{"needs": "annual", "over": "year"}],
        valid_for="36 months",
    )
    evidence = [stint("2022-01-05"), opening("1", said="2026-01-01", since="2026-01-01", to="2028-12-31")]
    for n, classes in enumerate(years):
        evidence += [attended("annual", f"{2026 + n}-{month + 3:02d}-10 17:00", h) for month, h in enumerate(classes)]
    found = ask(rules, evidence, "2029-01-01 00:00")
    unpaid = oracle.owed(years, 20, 3)
    assert (found.scope == "full") == (unpaid == 0), (years, unpaid, found.holds)
    if unpaid:
        assert found.figures("annual")["debt"] == str(unpaid)


@settings(max_examples=60, deadline=None)
@given(YEARS)
def test_hours_of_the_year_that_runs_on_pay_and_are_not_counted_again(years):
    rules = q_post(
        requirement={"annual": {"kind": "hours", "courses": ["annual"], "at_least_hours": 20, "pro_rata": False}},
        demands=[{"needs": "annual", "over": "year"}],
    )
    evidence = [stint("2022-01-05"), opening("1", said="2026-01-01", since="2026-01-01", to="2027-06-30")]
    for n, classes in enumerate(years):
        evidence += [attended("annual", f"{2026 + n}-{month + 3:02d}-10 17:00", h) for month, h in enumerate(classes)]
    found = ask(rules, evidence, "2027-07-01 00:00")
    running = [h for month, h in enumerate(years[1]) if month + 3 <= 6]
    unpaid = oracle.owed([years[0], running], 20, 1)
    assert (found.scope == "full") == (unpaid == 0)
    if unpaid == 0:
        used = oracle.owed([years[0]], 20, 1)
        after = ask(rules, evidence, "2028-07-01 00:00")
        assert (after.scope == "full") == (sum(years[1]) - used + sum(years[2]) >= 20 + 0 and _second_year(years, used))


def _second_year(years, used):
    """Whether 2027 is met by its own hours, or what it owes is paid by those of 2028, all of which pay."""
    own = sum(years[1]) - used
    return own >= 20 or 20 - own <= sum(h for month, h in enumerate(years[2]) if month + 3 <= 6)
