"""Every length that a rule may say can be lived with: a day for years, and longer than the calendar."""

from datetime import timedelta

import pytest

from tests.hub.rules.story import ZONE, ask, at, passed, position, stint

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
