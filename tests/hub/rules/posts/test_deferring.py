"""How late a deferral may be asked for is what the posts say whose requirements count the course."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from hub.rules.files.reading import read_position
from hub.rules.posts.deferring import askable_until
from hub.rules.posts.dossier import Rulebook, versions
from hub.rules.workdays import workdays

POSITION = """
id = "post-{name}"
name = {{ zh = "岗位", en = "Post" }}
risk = "low"
ladder = [{{ scope = "full", needs = ["own"] }}]

[requirement.hours]
kind = "hours"
courses = ["drill"]
at_least_hours = 4

[requirement.film]
kind = "course"
course = "film"

[credential.own]
issuer = "hub"
valid_for = "12 months"
grant = {{ needs = ["hours"], over = "cycle" }}
{deferral}

[targets.iam]
full = ["group"]
"""
ZONE = ZoneInfo("Asia/Shanghai")
ENDED = datetime(2026, 4, 30, 17, tzinfo=ZONE)


def rulebook(*asks: str) -> Rulebook:
    files = {
        f"post-{n}": POSITION.format(name=n, deferral=f'deferral = {{ ask_within = "{each}" }}' if each else "")
        for n, each in enumerate(asks)
    }
    holidays = [date(2026, 5, day) for day in (1, 4, 5)]
    return Rulebook(
        {name: versions([read_position(text, f"{name}.toml")], ZONE) for name, text in files.items()},
        ZONE,
        workdays([(2026, holidays, [date(2026, 5, 9)])]),
    )


@pytest.mark.parametrize(
    ("asks", "course", "until"),
    [
        ([""], "drill", "2026-05-09T00:00"),
        (["10 days"], "drill", "2026-05-10T17:00"),
        (["72 hours", "4 working days"], "film", "2026-05-10T00:00"),
        (["10 days"], "another", "2026-05-09T00:00"),
    ],
    ids=["three working days", "stated", "the longest of two posts", "a course that nothing counts"],
)
def test_a_deferral_is_asked_for_within_what_the_posts_leave(asks, course, until):
    assert askable_until(rulebook(*asks), course, ENDED, ENDED.astimezone(UTC)) == datetime.fromisoformat(
        until
    ).replace(tzinfo=ZONE)
