"""Whatever is known of a person: order changes nothing, a revocation opens nothing, the hub may sleep until told."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.rules.dossier import Attended, Dossier
from hub.rules.position import parse_position, rank
from hub.rules.standing import standing
from schemas.credential import CredentialStatus
from schemas.learning import Result
from schemas.people import Assignment, Leave
from tests.hub.rules.known import of_records

ZONE = ZoneInfo("Asia/Shanghai")
SHIPPED = parse_position(tomllib.loads(Path("tests/hub/rules/dc-operations.toml").read_text("utf-8")), "dc-operations")
WINDOWS = parse_position(
    tomllib.loads("""
id = "dc-operations"
name = { zh = "岗", en = "Post" }
[requirement]
course = { kind = "course", name = { zh = "课", en = "C" }, course = "dc-ops-online", window = "quarter" }
exam = { kind = "exam", name = { zh = "考", en = "E" }, exam = "dc-ops-exam", window = "rolling_year" }
either = { kind = "any_of", name = { zh = "或", en = "O" }, of = [["course", "month"], ["exam"]] }
high = { kind = "credential", name = { zh = "高", en = "H" }, credential = "high-voltage-electrician" }
[requirement.month]
kind = "hours"
name = { zh = "月", en = "M" }
courses = ["dc-annual"]
window = "month"
at_least_hours = 2
[requirement.rolling]
kind = "hours"
name = { zh = "年", en = "R" }
courses = ["dc-annual", "dc-ops-online"]
window = "rolling_year"
at_least_rate = 0.5
[credential.own]
name = { zh = "证", en = "Own" }
granted_by = ["rolling", "either"]
valid_for = "1 month"
renewed_by = ["month", "either"]
[[ladder]]
scope = "supervised"
needs = ["either"]
[[ladder]]
scope = "partial(1)"
needs = ["either", "rolling"]
[[ladder]]
scope = "full"
needs = ["own", "high"]
[targets]
"""),
    "windows",
)
POSITIONS = {"shipped": SHIPPED, "windows": WINDOWS}
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 1400 * 24).map(lambda hour: FIRST + timedelta(hours=hour))
"""Nearly four years with a leap day in them, hour by hour, so that instants meet."""
COURSES = st.sampled_from(["dc-safety", "dc-ops-online", "dc-annual"])


@st.composite
def units(draw: st.DrawFn) -> Attended:
    """Three hours somewhere: in a room, or online with a completion at the end."""
    ends, course = draw(INSTANTS), draw(COURSES)
    status = draw(st.sampled_from(["complete", "incomplete", "absent", "pending_review", "unknown"]))
    done = ends if course == "dc-ops-online" and draw(st.booleans()) else None
    credited = {"complete": 10800, "absent": 0}.get(status, draw(st.sampled_from([0, 3600, 7200])))
    return Attended(
        unit=f"{course}@{ends}",
        course=course,
        mode="room" if done is None else "online",
        starts_at=ends - timedelta(hours=3),
        ends_at=ends,
        required_seconds=10800,
        credited_seconds=credited,
        status=status,  # type: ignore[arg-type]
        completed_at=done,
    )


@st.composite
def statements(draw: st.DrawFn) -> CredentialStatus:
    """What an issuer may say, about few numbers, so that they contradict each other."""
    begins = draw(st.none() | INSTANTS)
    return CredentialStatus(
        subject="p",
        credential=draw(
            st.sampled_from(["high-voltage-electrician", "low-voltage-electrician", "dc-ops-qualification", "own"])
        ),
        number=draw(st.sampled_from(["1", "2"])),
        status=draw(st.sampled_from(["active", "active", "active", "suspended", "revoked", "expired", "unknown"])),
        sequence=draw(st.integers(0, 3)),
        changed_at=draw(INSTANTS),
        valid_from=begins,
        valid_until=None if begins is None else begins + timedelta(days=draw(st.integers(1, 900))),
    )


@st.composite
def results(draw: st.DrawFn) -> Result:
    exam = draw(st.sampled_from(["dc-ops-exam", "dc-ops-reexam"]))
    return Result(subject="p", exam=exam, passed=draw(st.integers(0, 3)) > 0, occurred_at=draw(INSTANTS))


@st.composite
def leaves(draw: st.DrawFn) -> Leave:
    starts = draw(INSTANTS)
    return Leave(subject="p", starts_at=starts, ends_at=starts + timedelta(days=60), as_of=starts)


def good(course: str, hour: int) -> Attended:
    """Three hours attended whole."""
    ends = FIRST + timedelta(hours=hour)
    done = ends if course == "dc-ops-online" else None
    start = ends - timedelta(hours=3)
    return Attended(f"{course}@{ends}", course, "room", start, ends, 10800, 10800, "complete", (), (), done)


def active(credential: str, days: int) -> CredentialStatus:
    end = FIRST + timedelta(days=days)
    values = {"subject": "p", "credential": credential, "number": "0", "changed_at": FIRST, "valid_until": end}
    return CredentialStatus(status="active", **values)  # type: ignore[arg-type]


@st.composite
def dossiers(draw: st.DrawFn) -> Dossier:
    """Anybody: with whatever facts, and often with all that opens the full scope for a while."""
    found = draw(anybody())
    if draw(st.integers(0, 3)) == 0:
        return found
    hours = st.integers(0, 300)
    months = st.integers(300, 1400 * 24)
    annual = {good("dc-annual", hour).unit: good("dc-annual", hour) for hour in draw(st.lists(months, max_size=12))}
    units = [good("dc-safety", draw(hours)), good("dc-ops-online", draw(hours)), *annual.values()]
    exams = [("dc-ops-exam", draw(hours)), *(("dc-ops-reexam", hour) for hour in draw(st.lists(months, max_size=4)))]
    return replace(
        found,
        assignments=(found.assignments[0].model_copy(update={"starts_at": FIRST, "ends_at": None}),),
        attended=(*units, *draw(st.sampled_from([(), found.attended]))),
        credentials=(
            active("high-voltage-electrician", draw(st.integers(20, 1400))),
            active("low-voltage-electrician", 1400),
            *draw(st.sampled_from([(), found.credentials[:2]])),
        ),
        results=(
            *found.results,
            *(
                Result(subject="p", exam=name, passed=True, occurred_at=FIRST + timedelta(hours=hour))
                for name, hour in exams
            ),
        ),
    )


@st.composite
def anybody(draw: st.DrawFn) -> Dossier:
    starts = draw(st.just(FIRST) | INSTANTS)
    ends = draw(st.none() | INSTANTS.filter(lambda at: at > starts))
    post = Assignment(subject="p", position="dc-operations", starts_at=starts, ends_at=ends, as_of=FIRST)
    return Dossier(
        "p",
        (post,),
        tuple(draw(st.lists(leaves(), max_size=1))),
        tuple(draw(st.lists(statements(), max_size=8))),
        tuple(draw(st.lists(units(), max_size=8, unique_by=lambda unit: unit.unit))),
        tuple(draw(st.lists(results(), max_size=5))),
    )


def look(dossier: Dossier, now: datetime, rules: str):
    """The standing, from the dossier as folding gives it at that instant."""
    folded = tuple(
        each if each.ends_at <= now else replace(each, status="running", credited_seconds=0)
        for each in dossier.attended
    )
    return standing(of_records(replace(dossier, attended=folded)), POSITIONS[rules], now=now, zone=ZONE)


RULES = st.sampled_from(sorted(POSITIONS))
PASSED_ON_A_LEAP_DAY = Dossier(
    "p",
    (Assignment(subject="p", position="dc-operations", starts_at=FIRST, as_of=FIRST),),
    results=(Result(subject="p", exam="dc-ops-exam", passed=True, occurred_at=datetime(2028, 2, 29, 4, tzinfo=UTC)),),
)
OPENED_BY_A_CLOCK_THAT_RUNS_AHEAD = replace(
    PASSED_ON_A_LEAP_DAY,
    credentials=(
        CredentialStatus(
            subject="p",
            credential="dc-ops-qualification",
            number="1",
            status="active",
            changed_at=FIRST + timedelta(hours=1),
        ),
    ),
)


@settings(max_examples=100, deadline=None)
@given(dossier=dossiers(), now=INSTANTS, share=st.floats(0, 1), rules=RULES)
@example(dossier=PASSED_ON_A_LEAP_DAY, now=datetime(2029, 2, 28, 3, tzinfo=UTC), share=1.0, rules="windows")
@example(dossier=OPENED_BY_A_CLOCK_THAT_RUNS_AHEAD, now=FIRST, share=1.0, rules="shipped")
def test_nothing_changes_before_the_instant_at_which_we_said_we_would_look_again(dossier, now, share, rules):
    first = look(dossier, now, rules)
    until = first.next_look or now + timedelta(days=2000)
    assert until > now
    evidence = [e.ends_at for e in dossier.attended] + [r.occurred_at for r in dossier.results]
    said = [at for s in dossier.credentials for at in (s.valid_from, s.valid_until, s.changed_at) if at is not None]
    for at in (until - timedelta(microseconds=1), now + (until - now) * share, *evidence, *said):
        if now <= at < until:
            again = look(dossier, at, rules)
            assert (again.scope, again.holds) == (first.scope, first.holds)


@settings(max_examples=60, deadline=None)
@given(dossier=dossiers(), now=INSTANTS, rules=RULES, data=st.data())
def test_facts_in_any_order_and_however_often_they_came_are_one_standing(dossier, now, rules, data):
    def mixed(facts):
        again = data.draw(st.lists(st.sampled_from(facts), max_size=4)) if facts else []
        return tuple(data.draw(st.permutations([*facts, *again])))

    other = replace(
        dossier,
        credentials=mixed(dossier.credentials),
        results=mixed(dossier.results),
        attended=tuple(data.draw(st.permutations(dossier.attended))),
        leaves=mixed(dossier.leaves),
    )
    assert look(other, now, rules) == look(dossier, now, rules)


@settings(max_examples=60, deadline=None)
@given(
    dossier=dossiers(), said=statements(), status=st.sampled_from(["suspended", "revoked"]), now=INSTANTS, rules=RULES
)
def test_an_explicit_withdrawal_never_opens_anything(dossier, said, status, now, rules):
    withdrawn = said.model_copy(update={"status": status, "sequence": 9})
    after = look(replace(dossier, credentials=(*dossier.credentials, withdrawn)), now, rules)
    assert rank(after.scope) <= rank(look(dossier, now, rules).scope)
