"""Somebody may hold a post more than once: what is said of one time changes that time alone, in whatever order."""

from itertools import permutations

import pytest

from tests.hub.rules.story import ask, at, passed, position, stint

POST = position(requirement={"exam": {"kind": "exam", "exam": "exam"}}, ladder=[{"scope": "full", "needs": ["exam"]}])
PASSED = passed("exam", "2026-02-01 10:00")


def said(word, begins, ends=None):
    """A statement about the post, the ``word``-th that was made."""
    return stint(begins, ends, said=f"2025-01-01 {word:02}:00")


def judged(on, *stints):
    found = [ask(POST, [*each, PASSED], on) for each in permutations(stints)]
    assert all(each.standing == found[0].standing for each in found), "in whatever order they came"
    return found[0]


FORMER, PRESENT = said(1, "2025-01-02", "2025-06-30"), said(2, "2026-01-01")


def test_an_edit_of_a_former_stint_leaves_the_present_one_as_it_is():
    assert judged("2026-03-01", FORMER, PRESENT).scope == "full"
    assert judged("2026-03-01", FORMER, PRESENT, said(3, "2025-01-02", "2025-07-31")).scope == "full"


def test_both_stints_of_one_file_count():
    assert judged("2026-03-01", FORMER, said(1, "2026-01-01")).scope == "full"


@pytest.mark.parametrize("again", [[], [said(3, "2026-01-01")]])
def test_an_end_ends_it_though_an_older_word_knew_of_none(again):
    found = judged("2026-04-01", FORMER, PRESENT, *again, said(4, "2026-01-01", "2026-02-28"))
    assert (found.scope, found.holds) == ("none", ["not_assigned"])


def test_a_start_that_is_mended_with_the_same_end_counts_alone():
    later = said(3, "2026-02-09")  # the exam lies before it now
    assert judged("2026-03-01", PRESENT, later).scope == "none"


def test_a_stint_that_is_still_to_come_is_looked_at_when_it_begins():
    assert judged("2025-10-01", FORMER, PRESENT).next_look == at("2026-01-01")
    assert judged("2025-06-01", FORMER, PRESENT).next_look == at("2025-07-01"), "then the next one is in view"


def test_who_never_held_it_has_no_standing():
    assert ask(POST, [PASSED], "2026-03-01").standing.next_look is None
    assert ask(POST, [PASSED], "2026-03-01").holds == []
