"""The worked examples of the law: order and repetition, what was known when, and issues that a replay writes again."""

from datetime import timedelta

import pytest

from hub.rules.fact import gate
from hub.rules.posts.standing import standings
from tests.hub.rules.story import (
    POST,
    ask,
    at,
    attended,
    dossier,
    issuer,
    lived,
    opening,
    passed,
    position,
    q_post,
    rulebook,
    stint,
    voided,
)

POSTED = stint("2022-01-05")
EXAM = {"intro-exam": {"kind": "exam", "exam": "intro"}}
TWELVE = [
    POSTED,
    issuer("N", said="01-05", since="2025-02-01", to="2027-01-31"),
    issuer("N", "suspended", said="03-10", sequence=2),
    issuer("N", said="03-24", sequence=3),
    issuer("M", said="04-01", since="2026-05-01", to="2027-04-30"),
    opening("1", said="01-05", since="2025-07-01", to="2026-06-30"),
    passed("intro", "02-10 10:00"),
    passed("intro", "02-01 10:00", ok=False),
    attended("intro", "02-03 15:20", 1),
    attended("annual", "02-20 17:00", 20, of=24),
    attended("annual", "03-20 17:00", 20),
    attended("annual", "06-30 17:00", 1, of=3, open_=2),
]
BOTH = position(
    requirement={
        "learned": {"kind": "hours", "courses": ["intro"], "at_least_hours": 1},
        "annual": {"kind": "hours", "courses": ["annual"], "at_least_hours": 40, "at_least_rate": 0.9},
        **EXAM,
    },
    credential={
        "q": {
            "issuer": "hub",
            "valid_for": "12 months",
            "grant": {"needs": ["learned", "intro-exam"], "over": "stint"},
            "demands": [{"needs": "annual", "over": "cycle"}],
        },
        "n": {"issuer": "authority"},
    },
    ladder=[{"scope": "supervised", "needs": ["n"]}, {"scope": "full", "needs": ["q", "n"]}],
)


@pytest.mark.parametrize("turn", [1, 5, 7])
@pytest.mark.parametrize("on", ["03-15", "04-15", "07-01", "07-05", "2027-05-01"])
def test_1_twelve_facts_in_any_order_each_twice_give_the_same_standing(turn, on):
    turned = TWELVE[turn:] + TWELVE[:turn]
    assert ask(BOTH, list(reversed(turned)), on).standing == ask(BOTH, TWELVE, on).standing
    twice = [each for each in turned if not hasattr(each, "over_at")] + turned
    assert ask(BOTH, twice, on).standing == ask(BOTH, TWELVE, on).standing


def test_2_why_at_knows_what_was_known_then():
    evidence = [POSTED, attended("intro", "04-03 17:00", 1, known="04-09 08:00")]
    assert ask(q_post(), evidence, "04-05").scope == "none"
    now = ask(q_post(), evidence, "04-10")
    assert (now.scope, now.events("granted")) == ("full", [at("04-03 17:00")])


def test_36_a_study_dated_minutes_ahead_counts_when_it_arrived():
    found = gate(at("05-04 10:12"), at("05-04 10:00"))
    assert (found.at, found.flag, found.disputed) == (at("05-04 10:00"), "dated_ahead", False)
    assert gate(at("05-04 10:05"), at("05-04 10:00")).flag == ""


REPLAYED = [
    POSTED,
    attended("intro", "04-03 15:20", 1),
    passed("intro", "05-06 09:00", statement="s", arrived="05-06 10:00"),
    voided("s", said="05-06 10:03"),
]


def test_137_a_late_review_issues_what_each_commit_said_and_so_does_a_full_replay():
    rules = rulebook(q_post(grant=["learned", "intro-exam"], requirement=EXAM))
    enforced = {POST: at("01-05")}
    late = lived(rules, REPLAYED, at("05-06 10:05"), enforced)
    assert [(fact.record.issued_from, fact.known_at) for fact in late] == [(at("05-06 09:00"), at("05-06 10:00"))]
    known = dossier(REPLAYED, at("05-06 10:05"))
    [standing] = standings(
        type(known)(known.person, [*known.facts, *late], known.units), rules, now=at("05-06 10:05"), enforced=enforced
    )
    assert (standing.scope, [hold.reason for hold in standing.holds]) == ("none", ["ground_lost"])
    again = lived(rules, REPLAYED, at("08-01"), enforced)
    assert again == late


def test_138_what_is_only_observed_issues_nothing():
    typed = q_post(requirement={"learned": {"kind": "hours", "courses": ["intro"], "at_least_rate": 0.09}})
    mended = q_post(
        requirement={"learned": {"kind": "hours", "courses": ["intro"], "at_least_rate": 0.9}},
    )
    evidence = [POSTED, attended("intro", "02-03 15:20", 3, of=6)]
    assert ask(typed, evidence, "02-10").scope == "full"
    assert lived(rulebook(typed), evidence, at("02-10"), {}) == []
    assert lived(rulebook(mended), evidence, at("03-10"), {POST: at("03-01")}) == []
    assert ask(mended, evidence, "03-10", enforced="03-01").scope == "none"


def test_a_fact_dated_ahead_changes_nothing_before_its_instant():
    evidence = [*TWELVE, issuer("K", said="04-01", since="2026-09-01", to="2027-04-30", sequence=9)]
    for on in ("04-02", "08-31 23:59"):
        with_it, without = ask(BOTH, evidence, on), ask(BOTH, TWELVE, on)
        assert (with_it.scope, with_it.holds) == (without.scope, without.holds)


def test_nothing_is_looked_at_again_where_nothing_lies_ahead():
    evidence = [POSTED, issuer("N", said="01-05", since="2025-02-01")]
    open_ended = position(credential={"n": {"issuer": "authority"}}, ladder=[{"scope": "full", "needs": ["n"]}])
    found = ask(open_ended, evidence, "04-02")
    assert (found.scope, found.next_look) == ("full", None)
    ends = [POSTED, issuer("N", said="01-05", since="2025-02-01", to="2027-01-31")]
    assert ask(open_ended, ends, "04-02").next_look == at("2026-11-01")
    assert ask(open_ended, ends, "2026-11-01").next_look == at("2027-02-01")


def test_between_two_looks_nothing_changes():
    now = at("01-06")
    for _n in range(40):
        book = rulebook(BOTH)
        [found] = standings(dossier(TWELVE, at("2027-12-31")), book, now=now)
        if found.next_look is None:
            break
        middle = now + (found.next_look - now) / 2
        before = standings(dossier(TWELVE, at("2027-12-31")), book, now=found.next_look - timedelta(microseconds=1))
        known = [fact.known_at for fact in dossier(TWELVE, at("2027-12-31")).facts if now < fact.known_at]
        if not any(each < found.next_look for each in known):
            [half] = standings(dossier(TWELVE, at("2027-12-31")), book, now=middle)
            assert half.scope == found.scope == before[0].scope
        now = found.next_look
