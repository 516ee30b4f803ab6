"""Every length that a rule may say can be lived with: a day for years, and longer than the calendar."""

from datetime import timedelta

import pytest

from tests.hub.rules.story import ZONE, ask, at, attended, passed, position, stint

BRIEFED = stint("2026-01-05")


def post(valid_for):
    return position(
        requirement={"briefing": {"kind": "exam", "exam": "briefing"}},
        credential={
            "q": {
                "issuer": "hub",
                "valid_for": valid_for,
                "grant": {"needs": ["briefing"], "over": "stint"},
                "demands": [{"needs": "briefing", "over": "cycle"}],
                "checks": [],
            }
        },
    )


def briefed(days, *, without=()):
    first = at("2026-01-05 09:00").astimezone(ZONE)
    given = (first + timedelta(days=n) for n in range(days) if n not in without)
    return [BRIEFED, *(passed("briefing", f"{each:%Y-%m-%d %H:%M}") for each in given)]


def on(n, clock):
    return f"{at('2026-01-05').astimezone(ZONE) + timedelta(days=n):%Y-%m-%d} {clock}"


def test_a_briefing_that_holds_for_a_day_is_renewed_day_by_day_for_years():
    story = briefed(1000)
    assert ask(post("1 day"), story, on(999, "14:00")).scope == "full"
    assert ask(post("1 day"), story, on(1001, "10:00")).holds == ["credential_lapsed"]


def test_days_without_a_briefing_cost_those_days_and_no_other():
    story = briefed(400, without=(300, 301))
    assert [ask(post("1 day"), story, on(n, "10:00")).scope for n in (299, 301, 302, 399)] == [
        "full",
        "none",
        "full",
        "full",
    ]


@pytest.mark.parametrize("length", ["9999 years", "9999 months", "9999 days", "9999 hours"])
def test_the_longest_length_ends_with_the_calendar_and_judges_nobody_wrong(length):
    found = ask(post(length), briefed(1), on(30, "10:00"))
    assert found.scope == "full" and (found.next_look is None or found.next_look > found.now)


@pytest.mark.parametrize("over", ["01-29 17:00", "01-30 17:00", "01-31 17:00"])
def test_a_class_of_the_last_days_of_january_counts_for_all_of_february(over):
    rolling = position(
        requirement={"drill": {"kind": "hours", "courses": ["drill"], "at_least_hours": 2}},
        ladder=[{"scope": "full", "needs": [{"needs": "drill", "over": "rolling 1 months"}], "accept_open": True}],
    )
    story = [BRIEFED, attended("drill", over, 2)]
    held = ask(rolling, story, "02-28 23:59")
    assert (held.scope, held.next_look) == ("full", at("03-01"))
    assert ask(rolling, story, "03-01 00:00").scope == "none"
