"""What a scope rests on: each credential by the numbers that hold it, so that it can be closed without a rule."""

import pytest

from hub.rules.values import HeldNumber
from tests.hub.rules.story import ask, attended, day, issuer, passed, position, q_post, stint

POSTED = stint()


def either(*evidence, more=()):
    rules = position(
        requirement={
            "exam": {"kind": "exam", "exam": "entry"},
            "either": {"kind": "any_of", "of": [["cissp"], ["cisp", "mlps"], *more]},
        },
        credential={name: {"issuer": "authority"} for name in ("cissp", "cisp", "mlps")},
        ladder=[{"scope": "full", "needs": ["either"]}],
    )
    found = ask(rules, [POSTED, *evidence], "03-02").standing.rests_on
    return [{held.number for held in group} for each in found for group in each.needs]


CISSP, CISP, MLPS = (
    issuer(f"{name}-1", said="01-02", since="2025-01-01", to="2030-12-31", credential=name)
    for name in ("cissp", "cisp", "mlps")
)


@pytest.mark.parametrize(
    ("evidence", "rests"),
    [
        ((CISSP,), [{"cissp-1"}]),
        ((CISSP, CISP), [{"cissp-1"}]),
        ((CISP, MLPS), [{"cisp-1"}, {"mlps-1"}]),
        ((CISSP, CISP, MLPS), [{"cissp-1", "cisp-1"}, {"cissp-1", "mlps-1"}]),
    ],
    ids=["one way", "half a way is none", "of two in one way both are needed", "of two ways either is enough"],
)
def test_it_rests_on_what_would_close_it(evidence, rests):
    assert either(*evidence) == rests


def test_a_way_without_a_credential_rests_on_none():
    assert either(CISSP, passed("entry", "02-01"), more=[["exam"]]) == []


RULES = q_post(
    credentials={"n": {"issuer": "authority", "scheme": "their-n"}},
    ladder=[{"scope": "supervised", "needs": ["learned"]}, {"scope": "full", "needs": ["q", "n"]}],
)
LEARNED = attended("intro", "02-03 10:00", 1)


def their(number, status="active", *, said="01-02", to="2030-12-31", **more):
    since, until = ("2025-01-01", to) if status == "active" else (None, None)
    return issuer(number, status, said=said, since=since, to=until, credential="their-n", **more)


def groups(*evidence, on="03-02"):
    return [(each.scope, each.needs) for each in ask(RULES, [POSTED, *evidence], on).standing.rests_on]


def test_each_rung_rests_on_its_credentials_called_as_their_issuers_do_and_the_lowest_on_none():
    lowest, (scope, ((own,), (high,))) = groups(LEARNED, their("1"))
    assert lowest == ("supervised", ()) and scope == "full"
    assert (own.credential, own.until, own.own) == ("q", day("2027-02-03"), True)
    assert high == HeldNumber("their-n", "1", day("2030-12-31"))


def test_who_has_reached_nothing_rests_on_nothing():
    assert groups(their("1")) == []


def test_every_number_that_holds_is_an_alternative_and_one_that_was_revoked_is_none():
    both = (LEARNED, their("1"), their("2", to="2026-05-31"))
    assert {(held.number, held.until) for held in groups(*both)[1][1][1]} == {
        ("1", day("2030-12-31")),
        ("2", day("2026-05-31")),
    }
    gone = their("1", "revoked", said="02-20", sequence=1)
    assert [held.number for held in groups(*both, gone)[1][1][1]] == ["2"]
    assert [held.number for held in groups(*both, on="06-01")[1][1][1]] == ["1"], "its end is its end"
