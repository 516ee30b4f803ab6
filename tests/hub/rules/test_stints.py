"""Somebody may hold a post more than once: what is said of one time changes that time alone."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from hub.rules.dossier import Dossier
from hub.rules.position import parse_position
from hub.rules.standing import standing
from schemas.learning import Result
from schemas.people import Assignment
from tests.hub.rules.known import of_records

ZONE = ZoneInfo("Asia/Shanghai")
NAME = {"zh": "岗", "en": "Post"}
POST = parse_position(
    {
        "id": "post",
        "name": NAME,
        "requirement": {"exam": {"kind": "exam", "name": NAME, "exam": "exam", "window": "assignment"}},
        "ladder": [{"scope": "full", "needs": ["exam"]}],
        "targets": {"iam": {"full": ["x"]}},
    },
    "post.toml",
)


def on(year, month, day=1):
    return datetime(year, month, day, tzinfo=UTC)


def said(word, begins, ends=None):
    """A statement about the post, the ``word``-th that was made."""
    as_of = on(2025, 1) + timedelta(hours=word)
    return Assignment(subject="x", position="post", starts_at=begins, ends_at=ends, as_of=as_of)


def judged(now, *assignments):
    passed = Result(subject="x", exam="exam", passed=True, score="", occurred_at=on(2026, 2))
    found = [
        standing(of_records(Dossier("p", assignments=each, results=(passed,))), POST, now=now, zone=ZONE)
        for each in permutations(assignments)
    ]
    assert all(each == found[0] for each in found), "in whatever order they came"
    return found[0]


FORMER, PRESENT = said(1, on(2025, 1), on(2025, 7)), said(2, on(2026, 1))


def test_an_edit_of_a_former_stint_leaves_the_present_one_as_it_is():
    assert judged(on(2026, 3), FORMER, PRESENT).scope == "full"
    assert judged(on(2026, 3), FORMER, PRESENT, said(3, on(2025, 1), on(2025, 8))).scope == "full"


def test_both_stints_of_one_file_count():
    assert judged(on(2026, 3), said(1, on(2025, 1), on(2025, 7)), said(1, on(2026, 1))).scope == "full"


@pytest.mark.parametrize("begins", [on(2026, 1), on(2026, 1, 9)])
def test_an_end_ends_it_though_an_older_word_knew_of_none(begins):
    ended = said(4, begins, on(2026, 3))
    found = judged(on(2026, 4), FORMER, PRESENT, said(3, begins), ended)
    assert (found.scope, [hold.reason for hold in found.holds]) == ("none", ["not_assigned"])


def test_an_older_word_about_the_same_time_counts_no_more():
    later = said(3, on(2026, 2, 9))  # the exam lies before it now
    assert judged(on(2026, 3), PRESENT, later).scope == "none"


def test_a_stint_that_is_still_to_come_is_looked_at_when_it_begins():
    found = judged(on(2025, 10), FORMER, PRESENT)
    assert (found.scope, found.next_look) == ("none", on(2026, 1))
    found = judged(on(2025, 6), FORMER, PRESENT)
    assert found.next_look == on(2025, 7), "then the next one is in view"
