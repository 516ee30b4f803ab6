"""Every length that a rule may say can be lived with: a day for years, and longer than the calendar."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.rules.dossier import Dossier
from hub.rules.position import parse_position
from hub.rules.standing import standing
from hub.rules.windows import END, add
from schemas.learning import Result
from schemas.people import Assignment
from tests.hub.rules.known import of_records

ZONE = ZoneInfo("Asia/Shanghai")
HIRED = datetime(2026, 1, 5, tzinfo=UTC)
NAME = {"zh": "岗", "en": "Post"}


def post(valid_for):
    exam = {"kind": "exam", "name": NAME, "exam": "briefing"}
    data = {
        "id": "post",
        "name": NAME,
        "requirement": {"first": {**exam, "window": "assignment"}, "again": {**exam, "window": "cycle"}},
        "credential": {
            "briefed": {"name": NAME, "granted_by": ["first"], "valid_for": valid_for, "renewed_by": ["again"]}
        },
        "ladder": [{"scope": "full", "needs": ["briefed"]}],
        "targets": {"iam": {"full": ["x"]}},
    }
    return parse_position(data, "post.toml")


def briefed(days):
    said = [Result(subject="x", exam="briefing", passed=True, score="", occurred_at=at) for at in days]
    assigned = Assignment(subject="x", position="post", starts_at=HIRED, ends_at=None, as_of=HIRED)
    return of_records(Dossier("p", assignments=(assigned,), results=tuple(said)))


def test_a_briefing_that_holds_for_a_day_is_renewed_day_by_day_for_years():
    days = [HIRED + timedelta(days=n, hours=1) for n in range(1000)]
    found = standing(briefed(days), post("1 day"), now=days[-1] + timedelta(hours=5), zone=ZONE)
    assert found.scope == "full"
    late = standing(briefed(days), post("1 day"), now=days[-1] + timedelta(hours=49), zone=ZONE)
    assert (late.scope, [hold.reason for hold in late.holds]) == ("none", ["credential_lapsed"])


def test_one_day_without_a_briefing_costs_that_day_and_no_other():
    days = [HIRED + timedelta(days=n, hours=1) for n in range(400) if n != 300]
    by_day = briefed(days)
    scopes = [
        standing(by_day, post("1 day"), now=HIRED + timedelta(days=n, hours=2), zone=ZONE).scope for n in (299, 399)
    ]
    assert scopes == ["full", "full"]
    assert standing(by_day, post("1 day"), now=HIRED + timedelta(days=301, minutes=90), zone=ZONE).scope == "full"
    assert standing(by_day, post("1 day"), now=HIRED + timedelta(days=301, minutes=30), zone=ZONE).scope == "none"


@pytest.mark.parametrize("length", ["9999 years", "9999 months", "9999 days", "9999 hours"])
def test_the_longest_length_ends_with_the_calendar_and_judges_nobody_wrong(length):
    found = standing(briefed([HIRED + timedelta(hours=1)]), post(length), now=HIRED + timedelta(days=30), zone=ZONE)
    assert found.scope == "full"
    assert add(HIRED, length, ZONE, -1) < HIRED < add(HIRED, length, ZONE) <= END
