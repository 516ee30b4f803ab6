"""Which courses a post asks of somebody, and of which they are told: from the word of the post on, each once."""

import pytest

from hub.rules.telling.courses import courses_message
from tests.hub.rules.story import ZONE, at, attended, opening, passed, rulebook, stint
from tests.hub.rules.story import ask as asked
from tests.hub.rules.test_shipped_stories import ONLINE, shipped
from tests.hub.rules.test_worked_posts import LADDER

POST = "dc-operations"
DC = shipped(POST)
BOTH = ["dc-ops-online", "dc-safety"]
CLASSES = attended("dc-safety", "03-03 17:00", 3)
EXAM = passed("dc-ops-exam", "03-10 10:00")
FORMAL = {"credential": "dc-ops-qualification"}


def hired(start="05-01", end=None, said="03-02"):
    return stint(start, end, said=said, post=POST)


def courses(evidence, on):
    return sorted({each.course for each in asked(DC, evidence, on, post=POST).standing.courses})


@pytest.mark.parametrize(
    ("evidence", "on", "wanted"),
    [
        ([hired()], "03-02", BOTH),
        ([hired("01-05")], "03-02", BOTH),
        ([hired(), CLASSES], "03-03 16:59", BOTH),
        ([hired(), CLASSES], "03-04", ["dc-ops-online"]),
        ([hired(), CLASSES, ONLINE], "03-05", []),
        ([hired(), CLASSES, ONLINE, EXAM], "05-01", []),
        ([hired(end="05-31")], "06-01", []),
        ([hired("2022-01-05"), opening("1", said="01-05", since="2025-07-01", to="2026-06-30", **FORMAL)], "03-02", []),
        ([hired("2022-01-05"), opening("1", said="01-05", since="2025-01-01", to="2025-12-31", **FORMAL)], "03-02", []),
    ],
    ids=[
        "announced",
        "held",
        "not over yet",
        "one is done",
        "all are done",
        "qualified",
        "left",
        "brought along",
        "lapsed: its own demands are told otherwise",
    ],
)
def test_a_post_asks_for_the_courses_that_its_grants_still_lack(evidence, on, wanted):
    assert courses(evidence, on) == wanted


def test_a_transfer_prepares_the_new_post_and_leaves_the_old_one():
    [row] = [each for each in LADDER if each.n == 111]
    book = rulebook(row.rules, DC)
    evidence = [*row.evidence[:2], stint("2022-01-05", "05-31", said="2022-01-05"), hired("06-01", said="04-01")]
    old, new = (asked(book, evidence, "04-01", post=post).standing for post in ("post", POST))
    assert (old.scope, old.courses) == ("full", ())
    assert {(each.course, each.needed_at) for each in new.courses} == {(each, at("06-01")) for each in BOTH}


def test_who_is_back_after_long_has_the_refresher_to_take():
    [row] = [each for each in LADDER if each.n == 111]
    assert [each.course for each in asked(row.rules, row.evidence, "06-02").standing.courses] == ["back"]
    assert asked(row.rules, row.evidence, "06-06").standing.courses == ()


def told(days, enforced="01-05"):
    """What is told on each of some days, as a store would remember it: the courses and the first day."""
    found, known = [], ()
    for on, evidence in days:
        standing = asked(DC, evidence, on, post=POST).standing
        message, known = courses_message(standing, known, now=at(on), enforced_at=enforced and at(enforced), zone=ZONE)
        if message is not None:
            assert message.urgent and message.audience == "person"
            figures = [value for name, value in message.figures if name == "course"]
            found.append((on, figures, dict(message.figures).get("first_day")))
    return found


def test_they_are_told_at_the_word_of_the_post_and_once():
    days = [("03-02", [hired()]), ("03-03", [hired()]), ("03-04", [hired(), CLASSES]), ("05-02", [hired(), CLASSES])]
    assert told(days) == [("03-02", BOTH, "2026-05-01")]


def test_who_holds_it_already_hears_of_no_first_day():
    assert told([("03-02", [hired("01-05")])]) == [("03-02", BOTH, None)]


def test_who_comes_back_to_the_post_is_told_anew():
    left = hired(end="05-31")
    again = hired("09-01", said="08-01")
    assert told([("03-02", [left]), ("06-02", [left]), ("08-01", [left, again])]) == [
        ("03-02", BOTH, "2026-05-01"),
        ("08-01", BOTH, "2026-09-01"),
    ]


def test_nothing_is_told_of_a_post_that_is_not_carried_out():
    assert told([("03-02", [hired()])], enforced=None) == []
    assert told([("03-02", [hired()]), ("04-01", [hired()])], enforced="04-01") == [("04-01", BOTH, "2026-05-01")]
