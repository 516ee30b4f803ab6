"""The life of an own credential against the slow and obvious model, by many lives: what is asked, and what is issued.

Learnt late, open for weeks, put off and made up, decided by HR, taken back by its source: at each instant the engine
holds what the model holds, by what is known then.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.hub.rules.oracle_life import CYCLE, HOURS_DEMANDED, NEVER, Happening, OwnLife
from tests.hub.rules.story import (
    ask,
    at,
    attended,
    hr_renews,
    issuer,
    opening,
    passed,
    q_post,
    result_decided,
    stint,
    voided,
)

ZERO = datetime(2026, 1, 1, tzinfo=UTC)
LAST_DAY = 240
AT = {
    "revoked": 8,
    "suspended": 8,
    "active": 9,
    "exam": 10,
    "act": 12,
    "open": 15,
    "missed": 16,
    "class": 17,
    "intro": 18,
}
"""The hour of the day, one for each kind: nothing happens at the very end of a cycle."""
KNOWN, DECIDED, MADE_UP, VOIDED = 20, 21, 19, 22
KINDS = [*["class"] * 4, *["exam"] * 4, *["open"] * 2, *["missed"] * 2, "act", "act", "intro", "revoked", "suspended"]


def hours(day, hour):
    return day * 24 + hour


@st.composite
def happenings(draw, what, day):
    """One of a kind on a day, with what becomes of it."""
    later, soon = st.integers(0, 75), st.integers(0, 40)

    def some(hour, often=2, within=later):
        return hours(day + draw(within), hour) if draw(st.integers(1, often)) == 1 else NEVER

    each = Happening(hours(day, AT[what]), what, draw(st.sampled_from([2, 4, 4])) if what != "exam" else 0)
    if what == "class":
        late = hours(day + draw(later), KNOWN) if draw(st.integers(1, 3)) == 1 else 0
        return replace(each, known=late, of=draw(st.sampled_from([0, 0, 3, 4])))
    if what == "open":
        return replace(each, decided=some(DECIDED), credited=draw(st.booleans()))
    if what == "missed":
        put_off = some(DECIDED)
        due = hours(day + 1 + draw(later), 0) if put_off < NEVER else 0
        return replace(each, decided=put_off, due=due, made_up=some(MADE_UP))
    if what == "exam":
        known = hours(day + draw(st.integers(0, 20)), KNOWN) if draw(st.integers(1, 4)) == 1 else 0
        decided = some(DECIDED, 4, soon) if not known else NEVER
        return replace(
            each,
            known=known,
            decided=decided,
            credited=draw(st.booleans()),
            voided=max(some(VOIDED, 3, soon), known + 1),
        )
    return each


@st.composite
def lives(draw):
    """What happens to somebody in turn, and what an issuer says meanwhile: it reinstates only what it suspended."""
    found, day = [], 0
    for what, gap in draw(st.lists(st.tuples(st.sampled_from([*KINDS, "active"]), st.integers(1, 45)), max_size=9)):
        day += gap
        said = [each.what for each in found if each.what in ("revoked", "suspended", "active")]
        may = {
            "revoked": said.count("revoked") < 2,
            "suspended": "revoked" not in said and said[-1:] != ["suspended"],
            "active": said[-1:] == ["suspended"],
        }
        if day < LAST_DAY and may.get(what, True):
            found.append(draw(happenings(what, day)))
    return found


def post_of(waits_for_hr, rate):
    asked = {"at_least_hours": HOURS_DEMANDED, **({"at_least_rate": 0.9} if rate else {})}
    return q_post(
        requirement={
            "annual": {"kind": "hours", "courses": ["annual"], **asked},
            "review": {"kind": "exam", "exam": "review"},
        },
        demands=[{"needs": "annual", "over": "cycle"}, {"needs": "review", "over": "cycle"}],
        valid_for=f"{CYCLE // 24} days",
        credential={"checks": [], "renewal": "hr" if waits_for_hr else "automatic"},
    )


POSTS = {(hr, rate): post_of(hr, rate) for hr in (False, True) for rate in (False, True)}


def evidence_of(happened):
    """What happened as the engine has it. What the opening said is revoked first, then the number after it."""
    found = [stint("2022-01-05"), opening("1", said="2026-01-01", since="2026-01-01", to="2026-03-01")]
    number = 1
    for n, each in enumerate(happened):
        if each.what in ("revoked", "suspended", "active"):
            said = written(each.hour)
            found.append(issuer(str(number), each.what, said=said, credential="q", sequence=n + 2))
            number += each.what == "revoked"
        else:
            found += WRITTEN[each.what](each, n)
    return found


def _at(hour):
    return at(written(hour))


def _class(each, _n):
    known = written(max(each.known, each.hour))
    return [attended("annual", written(each.hour), each.amount, of=max(each.of, each.amount), known=known)]


def _open(each, n):
    over = written(each.hour)
    more = {"unit": f"open {n}", "open_since": at(over)}
    found = [attended("annual", over, 0, of=each.amount, open_=each.amount, **more)]
    if each.decided < NEVER:
        done = each.amount if each.credited else 0
        found.append(attended("annual", over, done, of=each.amount, known=written(each.decided), **more))
    return found


def _missed(each, n):
    over = written(each.hour)
    found = [attended("annual", over, 0, of=each.amount, unit=f"missed {n}")]
    if each.decided < NEVER:
        put_off = {"known": written(each.decided), "deferred_until": at(written(each.due))}
        found.append(attended("annual", over, 0, of=each.amount, unit=f"missed {n}", **put_off))
    if each.made_up < NEVER:
        found.append(attended("annual", written(each.made_up), each.amount, makes_up=f"missed {n}", unit=f"for {n}"))
    return found


def _exam(each, n):
    sat, statement = written(each.hour), f"exam-{n}"
    found = [passed("review", sat, statement=statement, arrived=written(max(each.known, each.hour)))]
    if each.decided < NEVER:
        said = result_decided(
            "review", sat, "passed/", "credited" if each.credited else "rejected", written(each.decided)
        )
        found.append(replace(said, record=said.record.model_copy(update={"id": statement})))
    return [*found, voided(statement, said=written(each.voided))] if each.voided < NEVER else found


WRITTEN = {
    "class": _class,
    "open": _open,
    "missed": _missed,
    "exam": _exam,
    "act": lambda each, _n: [hr_renews(written(each.hour))],
    "intro": lambda each, _n: [attended("intro", written(each.hour), 1)],
}


def written(hour):
    return f"{ZERO + timedelta(hours=hour):%Y-%m-%d %H:%M}"


def asked(happened, waits_for_hr, rate):
    """When it is asked, and what the model says: where that changes and an hour before, as things happen, and last."""
    found = {0, hours(LAST_DAY, 0)}
    for each in happened:
        found |= {each.hour, each.known, each.decided, each.made_up, each.voided, each.due}
    found |= {end + waits for end in range(CYCLE, hours(LAST_DAY, 0), CYCLE) for waits in (0, 72, 720)}
    said = [
        (hour, OwnLife(happened, hour, waits_for_hr=waits_for_hr, rate=rate).held_to())
        for hour in sorted(hour for each in found for hour in (each - 1, each) if 0 <= hour <= hours(LAST_DAY, 0))
    ]
    turns = {place for n, (one, other) in enumerate(pairwise(said)) if one[1] != other[1] for place in (n, n + 1)}
    return [each for n, each in enumerate(said) if n in turns or n % 7 == len(happened) % 7]


def is_as_said(found, hour, end):
    """Whether it is held as the model says, and to that end; while it is held beyond one, that has passed."""
    state = found.state("q")
    if not end or state.status != "active":
        return (state.status == "active") is bool(end)
    return end <= hour or state.bound == at(written(end))


def life(*happened):
    return [Happening(hours(day, AT[what]), what, 4 * (what in ("class", "intro"))) for what, day in happened]


LATE_CLASS = [
    *life(("class", 40), ("exam", 41)),
    Happening(hours(50, AT["open"]), "open", 4),
    Happening(hours(61, AT["class"]), "class", 40),
]
"""What is over after the end raises no rate of the cycle that ended: it restores what lapses for it."""
LATE_CLASS_PUT_OFF = [
    *LATE_CLASS[:2],
    Happening(hours(50, AT["missed"]), "missed", 4, decided=hours(51, DECIDED), due=hours(70, 0)),
    LATE_CLASS[-1],
]


@settings(max_examples=40, deadline=None)
@example(life(("class", 70), ("exam", 71), ("revoked", 75), ("act", 80)), True, False)  # too rare to be met by chance
@example(life(("exam", 1), ("class", 2), ("exam", 61)), False, False)
@example(LATE_CLASS, False, True)
@example(LATE_CLASS_PUT_OFF, False, True)
@given(lives(), st.booleans(), st.booleans())
def test_an_own_credential_is_held_exactly_when_the_model_says(happened, waits_for_hr, rate):
    for hour, end in asked(happened, waits_for_hr, rate):
        found = ask(POSTS[waits_for_hr, rate], evidence_of(happened), written(hour))
        assert is_as_said(found, hour, end), (written(hour), end, happened, found.to(), found.holds, found.kept)


@settings(max_examples=15, deadline=None)
@example([*life(("class", 63)), Happening(hours(66, AT["exam"]), "exam", voided=hours(67, VOIDED))], False)
@example([*life(("class", 40)), Happening(hours(41, AT["exam"]), "exam", voided=hours(67, VOIDED))], False)
@example([*life(("class", 40)), Happening(hours(41, AT["exam"]), "exam", decided=hours(67, DECIDED))], False)
@example([*life(("class", 63)), Happening(hours(66, AT["exam"]), "exam", decided=hours(67, DECIDED))], False)
@given(lives(), st.booleans())
def test_what_was_issued_holds_as_long_as_what_it_rests_on(happened, waits_for_hr):
    """Enforced, an issue is a fact: no other than what is derived anew, where all that ever goes is its grounds.

    Without a rate: what is required more, once it was given, takes nothing back. And of what is known, and credited, in
    its time: what comes later may put a renewal before the restoration that was given meanwhile, and that stands.
    """
    happened = [replace(each, known=0, decided=NEVER if each.credited else each.decided) for each in happened]
    for hour, end in asked(happened, waits_for_hr, False)[-4:]:
        found = ask(POSTS[waits_for_hr, False], evidence_of(happened), written(hour), enforced="2022-01-10")
        held = found.state("q").status == "active"
        assert held is bool(end), (written(hour), happened, found.holds, found.kept)
