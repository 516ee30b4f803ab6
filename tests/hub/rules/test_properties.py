"""What must hold of every standing, by many examples: order, repetition, replay, cures, and what lies ahead."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.rules.posts.issuing import issues_missed
from hub.rules.posts.rungs import rank
from hub.rules.posts.standing import standings
from hub.rules.unit import Unit
from tests.hub.rules.story import (
    PERSON,
    POST,
    ZONE,
    Said,
    ask,
    at,
    attended,
    block,
    dossier,
    facts_of,
    issuer,
    leave,
    lived,
    override,
    passed,
    person,
    position,
    practical,
    rulebook,
    stint,
    voided,
)

HOURS = {"kind": "hours", "courses": ["intro"], "at_least_hours": 3, "at_least_rate": 0.8}
RULES = position(
    requirement={
        "intro-hours": HOURS,
        "intro-exam": {"kind": "exam", "exam": "intro"},
        "annual": {"kind": "hours", "courses": ["annual"], "at_least_hours": 6, "at_least_rate": 0.9},
        "drill": {"kind": "hours", "courses": ["annual"], "at_least_hours": 1},
        "weekly": {"kind": "practical"},
        "either": {"kind": "any_of", "of": [["n"], ["m"]]},
    },
    credential={
        "q": {
            "issuer": "hub",
            "valid_for": "6 months",
            "grant": {"needs": ["intro-hours", "intro-exam"], "over": "stint"},
            "demands": [
                {"needs": "annual", "over": "cycle"},
                {"needs": "drill", "over": "quarter", "on_shortfall": "checkpoint", "cure": "15 days"},
            ],
        },
        "n": {"issuer": "authority"},
        "m": {"issuer": "authority"},
    },
    ladder=[
        {"scope": "supervised", "needs": ["either"]},
        {"scope": "partial(1)", "needs": ["either", {"needs": "weekly", "over": "ever"}]},
        {"scope": "full", "needs": ["q", "either"]},
    ],
)
OTHER = position(
    id="other",
    requirement={"b-hours": {"kind": "hours", "courses": ["b"], "at_least_hours": 1}},
    ladder=[{"scope": "full", "needs": ["b-hours"]}],
)
BOOK = rulebook(RULES, OTHER)
MONTHS = [f"{month:02d}" for month in range(1, 13)]
DAY = st.tuples(st.sampled_from(MONTHS), st.integers(1, 28)).map(lambda pair: f"{pair[0]}-{pair[1]:02d}")
ASKED = st.tuples(st.sampled_from(["2026", "2026", "2027"]), DAY).map("-".join)


def _unit(n, when, done, of, hidden):
    course = ("intro", "annual")[n % 2]
    since = at(f"{when} {10 + n % 8}:45") if hidden and n % 2 else None
    return attended(course, f"{when} {10 + n % 8}:00", done, of=of, open_=hidden, unit=f"u{n}", open_since=since)


UNITS = st.builds(
    _unit, st.integers(0, 40), DAY, st.sampled_from([0, 1, 2, 3, 3]), st.just(3), st.sampled_from([0, 0, 0, 1])
)
STATUS = st.builds(
    lambda credential, n, status, said, sequence: issuer(
        n,
        status,
        said=f"{said} 09:00",
        since="2025-06-01" if status == "active" else None,
        to="2027-03-31" if status == "active" else None,
        credential=credential,
        sequence=sequence,
    ),
    st.sampled_from(["n", "m"]),
    st.sampled_from(["1", "2"]),
    st.sampled_from(["active", "active", "suspended", "revoked", "expired", "unknown"]),
    DAY,
    st.integers(0, 3),
)
RESULTS = st.builds(
    lambda when, ok, n: passed("intro", f"{when} 14:00", ok=ok, statement=f"s{n}"),
    DAY,
    st.booleans(),
    st.integers(0, 3),
)
VOIDS = st.builds(lambda n, when: voided(f"s{n}", said=f"{when} 15:00"), st.integers(0, 3), DAY)
PRACTICALS = st.builds(lambda when: practical(f"{when} 11:00"), DAY)


def _before_28th(day):
    return day[3:] < "28"


LEAVES = st.builds(
    lambda when: leave(when, f"{when[:2]}-28", said="2026-01-01", id=f"leave {when}"),
    DAY.filter(_before_28th),
)


def _once(found):
    """Facts of one id say one thing: the same unit, or the same statement, stands once."""
    seen = {}
    for each in found:
        key = each.id if isinstance(each, Unit) else getattr(each.record, "statement", "") or repr(each)
        seen.setdefault(key, each)
    return list(seen.values())


GOOD = [
    attended("intro", "01-20 10:00", 3, unit="base"),
    passed("intro", "02-10 10:00", statement="base"),
    issuer("0", said="01-05", since="2025-06-01", to="2027-03-31"),
    practical("03-05 10:00"),
    attended("annual", "03-10 10:00", 4, unit="base annual"),
    attended("annual", "06-10 10:00", 4, unit="base annual too"),
    attended("annual", "09-10 10:00", 4, unit="base annual again"),
]
BASE = st.lists(st.booleans() | st.just(True), min_size=len(GOOD), max_size=len(GOOD)).map(
    lambda taken: [each for each, yes in zip(GOOD, taken, strict=True) if yes]
)
EVIDENCE = st.tuples(
    BASE, st.lists(st.one_of(UNITS, UNITS, UNITS, STATUS, RESULTS, VOIDS, PRACTICALS, LEAVES), max_size=10)
).map(lambda found: [stint("2025-01-06"), *_once([*found[0], *found[1]])])


ENDS = st.sampled_from([None, "2026-05-31", "2026-09-30", "2027-03-31"])
REPLACED = st.one_of(
    st.builds(lambda end, said: stint("2025-01-06", end, said=said), ENDS, DAY),
    st.builds(lambda start, said: leave(start, f"{start[:2]}-28", said=said, id="L"), DAY.filter(_before_28th), DAY),
    st.builds(lambda said, on: replace(block("none", "03-01", "2028-01-01", lifted=on), arrived=at(said)), DAY, DAY),
    st.builds(lambda said, to: replace(override("full", "02-01", to), arrived=at(said)), DAY, DAY),
)
"""Words that replace each other: of each the later one holds."""


@settings(max_examples=80, deadline=None)
@given(EVIDENCE, st.lists(REPLACED, max_size=4), ASKED, st.randoms())
def test_order_and_repetition_change_nothing(evidence, replaced, on, random):
    evidence = [*evidence, *_once(replaced)]
    turned = [*evidence, *(each for each in evidence if isinstance(each, Said))]
    random.shuffle(turned)
    assert ask(BOOK, turned, on).standing == ask(BOOK, evidence, on).standing


@settings(max_examples=40, deadline=None)
@given(EVIDENCE, ASKED)
def test_state_at_an_instant_equals_a_full_replay(evidence, on):
    """Reviewed commit by commit, with what was issued kept, or all at once: the same issues, the same standing."""
    enforced, now = {POST: at("2026-02-01")}, at(on)
    commits = sorted(
        {fact.known_at for fact in facts_of(evidence)} | {u.known_at for u in evidence if isinstance(u, Unit)}
    )
    kept = []
    for instant in [each for each in [*commits, at("2026-02-01")] if each <= now]:
        kept = _reviewed(evidence, kept, instant, enforced)
    kept = _reviewed(evidence, kept, now, enforced)
    assert _standing(evidence, kept, now) == _standing(evidence, lived(BOOK, evidence, now, enforced), now)


def _reviewed(evidence, kept, now, enforced):
    last = max((fact.known_at for fact in kept), default=at("2025-01-01"))
    commits = sorted(
        {f.known_at for f in facts_of(evidence) if last < f.known_at <= now}
        | {u.known_at for u in evidence if isinstance(u, Unit) and last < u.known_at <= now}
        | {at("2026-02-01")}
    )

    def known(instant):
        found = dossier(evidence, instant)
        return replace(found, facts=[*found.facts, *kept])

    new = issues_missed(known, BOOK, [c for c in commits if c <= now], now, enforced=enforced, subject=PERSON)
    return [*kept, *new]


def _standing(evidence, issued, now):
    known = dossier(evidence, now)
    found = standings(replace(known, facts=[*known.facts, *issued]), BOOK, now=now, enforced={POST: at("2026-02-01")})
    return [(each.position, each.scope, [(h.cause, h.reason) for h in each.holds]) for each in found]


def _ahead(kind, from_day, days):
    """Something that is known on one day in the morning and speaks of a later one; and that later instant."""
    said, then = at(f"2026-{from_day} 08:00"), at(f"2026-{from_day}") + timedelta(days=days)
    day, known = _written(then), _written(said)
    record: dict[str, Any] = {
        "a post": lambda: stint(day, "2028-12-31", said=known),
        "the end of the post": lambda: stint("2025-01-06", _written(then - timedelta(days=1)), said=known),
        "the last day in the house": lambda: person(known, _written(then - timedelta(days=1))),
        "a few days away": lambda: leave(day, _written(then + timedelta(days=9)), said=known, id="ahead"),
        "another number": lambda: issuer("7", said=known, since=day, to="2029-12-31", arrived=known, sequence=5),
        "the next period": lambda: issuer("1", said=known, since=day, to="2029-12-31", arrived=known, sequence=5),
        "a suspension": lambda: issuer("1", "suspended", said=known, effective=day, arrived=known, sequence=5),
        "a revocation": lambda: issuer("0", "revoked", said=known, effective=day, arrived=known, sequence=5),
        "the end of our own": lambda: issuer("x", "lapsed", said=known, effective=day, credential="q", arrived=known),
        "a block": lambda: replace(block("none", day, "2028-01-01"), arrived=said),
        "an override": lambda: replace(override("full", day, _written(then + timedelta(days=5))), arrived=said),
    }
    return record[kind](), then


def _written(instant):
    return instant.astimezone(ZONE).strftime("%Y-%m-%d %H:%M" if instant.astimezone(ZONE).hour else "%Y-%m-%d")


AHEAD = (
    "a post",
    "the end of the post",
    "the last day in the house",
    "a few days away",
    "another number",
    "the next period",
    "a suspension",
    "a revocation",
    "the end of our own",
    "a block",
    "an override",
)


@settings(max_examples=100, deadline=None)
@given(EVIDENCE, st.sampled_from(AHEAD), DAY, st.integers(1, 200), st.sampled_from([0.0, 0.5, 0.999]))
def test_what_is_known_and_dated_ahead_changes_nothing_before_its_instant(evidence, kind, on, days, part):
    said, then = _ahead(kind, on, days)
    known = at(f"2026-{on} 12:00")
    asked = _written(known + (then - known) * part)
    with_it, without = (ask(BOOK, each, asked) for each in ([*evidence, said], evidence))
    assert (with_it.scope, with_it.holds) == (without.scope, without.holds)
    assert with_it.standing.since == without.standing.since


@settings(max_examples=40, deadline=None)
@given(EVIDENCE, st.lists(st.one_of(UNITS, STATUS, RESULTS), min_size=1, max_size=5), DAY)
def test_what_comes_to_be_known_later_is_not_looked_at(evidence, more, on):
    """The hub asks by an instant of the past with all that it has now."""
    now = at(f"2026-{on}")
    later = [each for each in more if isinstance(each, Said) and each.arrived > now]
    known = dossier(evidence, now)
    with_it = replace(known, facts=[*known.facts, *facts_of(_once(later))])
    assert standings(with_it, BOOK, now=now) == standings(known, BOOK, now=now)


@settings(max_examples=80, deadline=None)
@given(EVIDENCE, DAY)
def test_between_two_looks_the_scope_does_not_change(evidence, on):
    """By what is known at an instant, nothing changes before the next look."""
    now = at(f"2026-{on}")
    known = dossier(evidence, now)
    units = [unit for unit in known.units if unit.over_at <= now]
    known = replace(known, units=units)
    for found in standings(known, BOOK, now=now):
        until = found.next_look or now + timedelta(days=2000)
        for part in (0.25, 0.5, 0.75, 0.999):
            between = now + (until - now) * part
            [again] = [each for each in standings(known, BOOK, now=between) if each.position == found.position]
            assert (again.scope, again.next_look) == (found.scope, found.next_look), (between, found.next_look)


@settings(max_examples=60, deadline=None)
@given(EVIDENCE, DAY)
def test_closing_one_post_never_takes_what_another_grants(evidence, on):
    both = [*evidence, stint("2025-01-06", post="other"), attended("b", "2025-02-01 10:00", 1)]
    closed = [
        *both,
        stint("2025-01-06", "2026-01-01", said="2026-01-02"),
        *(issuer(n, "revoked", said="2026-01-03", credential=c, sequence=9) for c in "nm" for n in "12"),
    ]
    for story in (both, closed):
        assert ask(BOOK, story, f"2026-{on}", post="other").scope == "full"
    assert ask(BOOK, closed, f"2026-{on}").scope in ("none", ask(BOOK, both, f"2026-{on}").scope)


@settings(max_examples=80, deadline=None)
@given(EVIDENCE, DAY, ASKED, st.sampled_from([3, 30]))
def test_good_evidence_lowers_no_scope(evidence, day, on, hours):
    """A class attended in full, a practical and a longer certificate, of any day before.

    But for one stated rule: who was restored after a lapse has a whole length from there, and ends later.
    """
    on = max(on, f"2026-{day}")
    before = ask(BOOK, evidence, f"{on} 12:00")
    good = [
        attended("annual", f"2026-{day} 08:00", hours, unit="good"),
        practical(f"2026-{day} 08:00"),
        issuer("9", said=f"2026-{day} 08:00", since="2025-06-01", to="2028-03-31", credential="n"),
    ]
    after = ask(BOOK, [*evidence, *good], f"{on} 12:00")
    assert rank(after.scope) >= rank(before.scope) or before.events("restored"), (before.holds, after.holds)


@settings(max_examples=60, deadline=None)
@given(EVIDENCE, DAY)
def test_a_cure_removes_its_hold_and_no_other(evidence, on):
    when = f"2026-{on}"
    before = ask(BOOK, evidence, f"{when} 12:00")
    cures = {
        "either": issuer("9", said=f"{when} 08:00", since="2025-06-01", to="2028-03-31", credential="n"),
        "weekly": practical(f"{when} 08:00"),
    }
    for cause, cure in cures.items():
        if cause not in [hold.cause for hold in before.standing.holds]:
            continue
        after = ask(BOOK, [*evidence, cure], f"{when} 12:00")
        left = {hold.cause for hold in before.standing.holds} - {cause}
        reached = rank(after.scope)
        above = {h.cause for h in before.standing.holds if h.cause in left and rank(h.below) > reached}
        assert cause not in [hold.cause for hold in after.standing.holds]
        assert {hold.cause for hold in after.standing.holds} <= left
        assert above <= {hold.cause for hold in after.standing.holds}


def _turned(requirements, credentials, demands):
    """The same file with its tables in another order, and the demands of the credential too."""
    own = RULES.credential["q"].model_copy(update={"demands": tuple(demands)})
    return RULES.model_copy(
        update={
            "requirement": {name: RULES.requirement[name] for name in requirements},
            "credential": {name: own if name == "q" else RULES.credential[name] for name in credentials},
        }
    )


TURNED = st.builds(
    _turned,
    st.permutations(list(RULES.requirement)),
    st.permutations(list(RULES.credential)),
    st.permutations(RULES.credential["q"].demands),
)


@settings(max_examples=80, deadline=None)
@given(EVIDENCE, ASKED, TURNED)
def test_the_order_of_tables_changes_no_standing(evidence, on, turned):
    one, other = (ask(rulebook(rules), evidence, on).standing for rules in (RULES, turned))
    assert (one.scope, one.next_look, one.lapsed_at) == (other.scope, other.next_look, other.lapsed_at)
    assert _causes(one) == _causes(other)
    assert _by_name(one) == _by_name(other)


def _causes(found):
    """Each hold but for its words: these name what is missing in the order of the file's list of demands."""
    return [replace(each, cure=None, refs=tuple(sorted(each.refs))) for each in found.holds]


def _by_name(found):
    """Each credential with its parts in the order of their names."""
    return sorted(
        (each.credential, each.status, each.number, each.bound, each.reason, sorted(map(_part, each.parts)))
        for each in found.credentials
    )


def _part(verdict):
    return verdict.requirement, verdict.state, verdict.figures, verdict.reason
