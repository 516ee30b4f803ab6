"""Whatever is known of a person: until the instant at which the hub said it would look again, nothing changes.

Neither the scope nor a word of the holds: what somebody reads must be true until then.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.rules.fact import Rank
from hub.rules.files.reading import read_position
from hub.rules.posts.dossier import Dossier
from hub.rules.posts.rungs import rank
from hub.rules.posts.standing import standings
from hub.rules.unit import Unit
from schemas.credential import CredentialStatus
from schemas.decision import Block, Mentoring, Override
from schemas.learning import Practical, Result
from schemas.people import Assignment, Leave
from tests.hub.rules.story import PERSON, POST, Said, facts_of, position, rulebook

SHIPPED = read_position(Path("hub/positions/dc-operations.toml").read_text("utf-8"), "dc-operations.toml")
WINDOWS = position(
    requirement={
        "course": {"kind": "course", "course": "dc-ops-online"},
        "exam": {"kind": "exam", "exam": "dc-ops-exam"},
        "drill": {"kind": "practical", "at_least": 2},
        "month": {"kind": "hours", "courses": ["dc-annual"], "at_least_hours": 2},
        "rolling": {"kind": "hours", "courses": ["dc-annual", "dc-ops-online"], "at_least_rate": 0.5},
        "either": {"kind": "any_of", "of": [["high-voltage"], ["course"]]},
    },
    credential={
        "own": {
            "issuer": "hub",
            "valid_for": "1 month",
            "grant": {"needs": ["rolling", "either"], "over": "stint"},
            "demands": [
                {"needs": "exam", "over": "rolling 12 months", "on_shortfall": "note"},
                {"needs": "month", "over": "cycle"},
                {"needs": "rolling", "over": "quarter", "on_shortfall": "checkpoint", "cure": "15 days"},
            ],
            "checks": [{"before": "15 days"}, {"before": "1 week", "cure": "3 days"}],
        },
        "high-voltage": {"issuer": "authority", "review_every": "9 months"},
        "low-voltage": {"issuer": "authority", "review_missed": "tell"},
    },
    ladder=[
        {"scope": "supervised", "needs": ["either"]},
        {"scope": "partial(1)", "needs": ["either", {"needs": "rolling", "over": "rolling 12 months"}]},
        {"scope": "partial(2)", "needs": ["low-voltage", {"needs": "drill", "over": "quarter"}], "mentors": 1},
        {"scope": "full", "needs": ["own", "high-voltage", {"needs": "month", "over": "month"}]},
    ],
)
BOOKS = {"shipped": rulebook(SHIPPED), "windows": rulebook(WINDOWS)}
POSTS = {"shipped": SHIPPED.id, "windows": POST}
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 1400 * 24).map(lambda hour: FIRST + timedelta(hours=hour))
"""Nearly four years with a leap day in them, hour by hour, so that instants meet."""
STARTS = st.integers(0, 700 * 24).map(lambda hour: FIRST + timedelta(hours=hour))
"""What a roster may say ahead of the start of a post: two years."""
HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)


def said(record, arrived=FIRST, held_by=Rank.ISSUER, source="source") -> Said:
    return Said(record, arrived, held_by, source)


# --- what may be known ---------------------------------------------------------------------------------------


@st.composite
def units(draw: st.DrawFn) -> Unit:
    """Three hours somewhere: in a room, or online with a completion at the end."""
    over_at, course = draw(INSTANTS), draw(st.sampled_from(["dc-safety", "dc-ops-online", "dc-annual"]))
    status = draw(st.sampled_from(["complete", "incomplete", "absent", "unknown", "excused"]))
    done = course == "dc-ops-online" and draw(st.booleans())
    credited = {"complete": 10800, "absent": 0}.get(status, draw(st.sampled_from([0, 3600, 7200])))
    return Unit(
        id=f"{course}@{over_at}",
        kind="study" if done else "session",
        course=course,
        starts_at=over_at - timedelta(hours=3),
        over_at=over_at,
        required=0 if status == "excused" else 10800,
        credited=credited,
        open=10800 - credited if status == "unknown" else 0,
        open_since=over_at + timedelta(minutes=45) if status == "unknown" else None,
        status=status,
        refs=(f"fact of {course}@{over_at}",),
        known_at=FIRST,
        completion=draw(st.sampled_from(["counted", "open"])) if done else "none",
        completed_at=over_at if done else None,
    )


@st.composite
def statements(draw: st.DrawFn) -> Said:
    """What an issuer may say, about few numbers, so that they contradict each other; some with dates, some without."""
    begins = draw(st.none() | INSTANTS)
    ends = (begins or FIRST) + timedelta(days=draw(st.integers(1, 900)))
    named = ["high-voltage-electrician", "low-voltage-electrician", "high-voltage", "low-voltage", "own"]
    record = CredentialStatus(
        subject=PERSON,
        credential=draw(st.sampled_from([*named, "dc-ops-qualification"])),
        number=draw(st.sampled_from(["1", "2"])),
        status=draw(
            st.sampled_from(["active"] * 4 + ["suspended", "revoked", "expired", "lapsed", "superseded", "unknown"])
        ),
        sequence=draw(st.integers(0, 3)),
        changed_at=draw(INSTANTS),
        said_at=draw(st.just(FIRST) | INSTANTS),
        valid_from=begins,
        valid_until=draw(st.sampled_from([None, ends])),
        review_due=draw(st.none() | INSTANTS),
    )
    return said(record, draw(st.just(FIRST) | INSTANTS), draw(st.sampled_from(list(Rank))))


def _result(exam: str, ok: bool, at: datetime) -> Said:
    return said(Result(subject=PERSON, exam=exam, passed=ok, occurred_at=at, statement=f"{exam}{at}"), at)


def _practical(at: datetime, ok: bool) -> Said:
    return said(Practical(subject=PERSON, position=POST, passed=ok, occurred_at=at), at)


def _leave(starts: datetime, days: int) -> Said:
    ends = starts + timedelta(days=days)
    return said(Leave(subject=PERSON, starts_at=starts, ends_at=ends, as_of=FIRST, id=str(starts)), starts)


def _acts(starts: datetime, days: int) -> list[Said]:
    """What people may decide about a scope for a while: a block, an override, a mentor."""
    spoken = {"subject": PERSON, "position": POST, "starts_at": starts}
    until = starts + timedelta(days=days)
    return [
        said(Block(**spoken, scope="supervised", review_at=until, lifted_at=until)),
        said(Override(**spoken, scope="full", ends_at=until)),
        said(Mentoring(**spoken, mentor="m")),
    ]


RESULTS = st.builds(
    _result, st.sampled_from(["dc-ops-exam", "dc-ops-reexam"]), st.sampled_from([True] * 3 + [False]), INSTANTS
)
PRACTICALS = st.builds(_practical, INSTANTS, st.booleans())
LEAVES = st.builds(_leave, INSTANTS, st.integers(1, 200))
ACTS = st.builds(_acts, INSTANTS, st.integers(1, 60)).flatmap(st.sampled_from)


@st.composite
def posted(draw: st.DrawFn) -> list[Said]:
    """A stint of the post, or two."""
    starts = draw(st.just(FIRST) | STARTS)
    ends = draw(st.none() | INSTANTS.filter(lambda at: at > starts))
    again = draw(st.none() | STARTS.filter(lambda at: ends is not None and at > ends))
    stints = [(starts, ends), *([] if ends is None or again is None else [(again, None)])]
    return [
        said(Assignment(subject=PERSON, position=post, starts_at=start, ends_at=end, as_of=FIRST))
        for start, end in stints
        for post in POSTS.values()
    ]


def good(course: str, hour: int) -> Unit:
    """Three hours attended whole."""
    over = FIRST + timedelta(hours=hour)
    online = {"completion": "counted", "completed_at": over, "kind": "study"} if course == "dc-ops-online" else {}
    values = {"kind": "session", "refs": (f"{course}@{over}",), "known_at": FIRST, **online}
    return Unit(f"{course}@{over}", values.pop("kind"), course, over - timedelta(hours=3), over, 10800, 10800, **values)


def active(credential: str, days: int, number: str = "0") -> Said:
    end = FIRST + timedelta(days=days)
    values = {"subject": PERSON, "credential": credential, "number": number, "changed_at": FIRST}
    return said(CredentialStatus(status="active", valid_from=FIRST, valid_until=end, **values))


@st.composite
def evidence(draw: st.DrawFn) -> list[Said | Unit]:
    """Anybody: with whatever facts, and often with all that opens the full scope for a while."""
    anything = st.one_of(units(), units(), statements(), statements(), RESULTS, PRACTICALS, LEAVES, ACTS)
    found = [*draw(posted()), *draw(st.lists(anything, max_size=14))]
    if draw(st.integers(0, 3)) == 0:
        return found
    hours, months = st.integers(0, 300), st.integers(300, 1400 * 24)
    found += [good("dc-safety", draw(hours)), good("dc-ops-online", draw(hours))]
    found += [good("dc-annual", hour) for hour in draw(st.lists(months, max_size=12))]
    found += [_result("dc-ops-exam", True, FIRST + timedelta(hours=draw(hours)))]
    found += [_result("dc-ops-reexam", True, FIRST + timedelta(hours=h)) for h in draw(st.lists(months, max_size=4))]
    for name in ("high-voltage", "low-voltage"):
        days = draw(st.integers(20, 1400))
        found += [active(name, days), active(f"{name}-electrician", days)]
    return found


# --- asking --------------------------------------------------------------------------------------------------


def known(found: list[Said | Unit], now: datetime) -> Dossier:
    """What is known of the person at an instant."""
    facts = [fact for fact in facts_of(found) if fact.known_at <= now]
    seen = {each.id: each for each in found if isinstance(each, Unit)}
    return Dossier(PERSON, facts, list(seen.values()))


def look(dossier: Dossier, now: datetime, rules: str):
    """The standing by a dossier, with units as folding gives them at that instant."""
    folded = [
        unit
        if unit.over_at <= now
        else replace(unit, status="pending", credited=0, open=0, completion="none", next_at=unit.over_at)
        for unit in dossier.units
    ]
    [found] = [
        each
        for each in standings(replace(dossier, units=folded), BOOKS[rules], now=now)
        if each.position == POSTS[rules]
    ]
    return found


def instants(found: list[Said | Unit]) -> list[datetime]:
    """All that facts name: where a standing would change first."""
    named = [each.over_at for each in found if isinstance(each, Unit)]
    for each in found:
        if isinstance(each, Said):
            values = [getattr(each.record, field) for field in type(each.record).model_fields]
            named += [value for value in values if isinstance(value, datetime)]
    return named


RULES = st.sampled_from(sorted(BOOKS))


def expiring(number: str, **dates: datetime) -> Said:
    values = {"subject": PERSON, "credential": "high-voltage-electrician", "number": number, "changed_at": FIRST}
    return said(CredentialStatus(status="active", **values, **dates))


POSTED = [said(Assignment(subject=PERSON, position=SHIPPED.id, starts_at=FIRST, as_of=FIRST))]
PASSED_ON_A_LEAP_DAY = [*POSTED, _result("dc-ops-exam", True, datetime(2028, 2, 29, 4, tzinfo=UTC))]
A_NUMBER_WITHOUT_DATES_BESIDE_ONE_WITH = [
    *POSTED,
    expiring("1"),
    expiring("2", valid_from=FIRST, valid_until=FIRST + timedelta(days=30)),
    said(
        CredentialStatus(
            subject=PERSON,
            credential="high-voltage-electrician",
            number="1",
            status="expired",
            changed_at=FIRST + timedelta(days=40),
        )
    ),
]
HELD_NO_MORE_BEFORE_ANYTHING_WAS_SHOWN = [
    said(Assignment(subject=PERSON, position=SHIPPED.id, starts_at=FIRST, ends_at=FIRST + HOUR, as_of=FIRST))
]
SUSPENDED_AHEAD_BEFORE_IT_WAS_GRANTED = [
    *POSTED,
    said(
        CredentialStatus(
            subject=PERSON,
            credential="dc-ops-qualification",
            number="1",
            status="suspended",
            changed_at=FIRST + HOUR,
            said_at=FIRST,
        )
    ),
]
NOBODY_HAS_DECIDED_FOR_A_MONTH = [
    *POSTED,
    replace(good("dc-safety", 1), credited=0, open=10800, status="unknown", open_since=FIRST + 2 * HOUR),
]
SHORT_IN_EVERY_MONTH = [
    said(Assignment(subject=PERSON, position=POST, starts_at=FIRST, as_of=FIRST)),
    good("dc-annual", 24 * 35),
]
LAPSED_WITH_AN_EXAM_THAT_CURES_IT_FOR_TWELVE_DAYS_MORE = [
    *POSTED,
    good("dc-safety", 0),
    good("dc-ops-online", 1),
    _result("dc-ops-exam", True, FIRST + HOUR),
    _result("dc-ops-reexam", True, FIRST + timedelta(days=12)),
]
LAPSED_AND_EXAMINED_TWICE_SINCE = [
    *LAPSED_WITH_AN_EXAM_THAT_CURES_IT_FOR_TWELVE_DAYS_MORE[:-1],
    _result("dc-ops-reexam", True, FIRST + timedelta(days=365, hours=17)),
    _result("dc-ops-reexam", True, FIRST + timedelta(days=365, hours=18)),
]
OPENED_BY_A_CLOCK_THAT_RUNS_AHEAD = [
    *PASSED_ON_A_LEAP_DAY,
    said(
        CredentialStatus(
            subject=PERSON,
            credential="dc-ops-qualification",
            number="1",
            status="active",
            changed_at=FIRST + timedelta(hours=1),
        )
    ),
]


@settings(max_examples=150, deadline=None)
@given(found=evidence(), now=INSTANTS, share=st.floats(0, 1), rules=RULES)
@example(found=PASSED_ON_A_LEAP_DAY, now=datetime(2029, 2, 28, 3, tzinfo=UTC), share=1.0, rules="shipped")
@example(found=OPENED_BY_A_CLOCK_THAT_RUNS_AHEAD, now=FIRST, share=1.0, rules="shipped")
@example(found=A_NUMBER_WITHOUT_DATES_BESIDE_ONE_WITH, now=FIRST, share=1.0, rules="shipped")
@example(found=A_NUMBER_WITHOUT_DATES_BESIDE_ONE_WITH, now=FIRST + timedelta(days=35), share=1.0, rules="shipped")
@example(found=HELD_NO_MORE_BEFORE_ANYTHING_WAS_SHOWN, now=FIRST, share=1.0, rules="shipped")
@example(found=SUSPENDED_AHEAD_BEFORE_IT_WAS_GRANTED, now=FIRST, share=1.0, rules="shipped")
@example(found=NOBODY_HAS_DECIDED_FOR_A_MONTH, now=FIRST + HOUR, share=1.0, rules="shipped")
@example(found=SHORT_IN_EVERY_MONTH, now=FIRST + 24 * 40 * HOUR, share=0.999, rules="windows")
@example(
    found=LAPSED_WITH_AN_EXAM_THAT_CURES_IT_FOR_TWELVE_DAYS_MORE,
    now=datetime(2027, 1, 1, 16, tzinfo=UTC),
    share=1.0,
    rules="shipped",
)
@example(found=LAPSED_AND_EXAMINED_TWICE_SINCE, now=datetime(2028, 1, 1, 16, tzinfo=UTC), share=0.0, rules="shipped")
def test_nothing_changes_before_the_instant_at_which_we_said_we_would_look_again(found, now, share, rules):
    dossier = known(found, now)
    first = look(dossier, now, rules)
    until = first.next_look or now + timedelta(days=2000)
    assert until > now
    for at in (until - TICK, now + (until - now) * share, *instants(found)):
        if now <= at < until:
            again = look(dossier, at, rules)
            assert (again.scope, again.holds) == (first.scope, first.holds)


@settings(max_examples=60, deadline=None)
@given(found=evidence(), now=INSTANTS, rules=RULES, random=st.randoms())
def test_facts_in_any_order_and_however_often_they_came_are_one_standing(found, now, rules, random):
    turned = [*found, *(each for each in found if random.random() < 0.4)]
    random.shuffle(turned)
    assert look(known(turned, now), now, rules) == look(known(found, now), now, rules)


@settings(max_examples=60, deadline=None)
@given(found=evidence(), word=statements(), status=st.sampled_from(["suspended", "revoked"]), now=INSTANTS, rules=RULES)
def test_an_explicit_withdrawal_never_opens_anything(found, word, status, now, rules):
    record = word.record.model_copy(update={"status": status, "sequence": 9})
    after = look(known([*found, replace(word, record=record)], now), now, rules)
    assert rank(after.scope) <= rank(look(known(found, now), now, rules).scope)


def test_what_is_told_of_an_end_is_the_end_of_the_number_that_ended_last():
    """Of two numbers one was stated without dates, one with: the hold names a day, the same at every look."""
    days = [FIRST + timedelta(days=n) for n in (41, 60, 900)]
    holds = [look(known(A_NUMBER_WITHOUT_DATES_BESIDE_ONE_WITH, now), now, "shipped").holds for now in days]
    [told] = {each.cure.en for found in holds for each in found if each.cause == "high-voltage"}
    assert told == "High-voltage electrician: valid until 2026-02-10; have it renewed."
