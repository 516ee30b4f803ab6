"""What is foreseen against what then happens: a simulated year of people, and each kind of end by itself."""

import pytest

from hub.rules.posts.foreseen import foreseen
from tests.hub.rules.simulated import accuracy, person
from tests.hub.rules.story import at, attended, dossier, issuer, n_post, q_post, rulebook, stint

PEOPLE = 60
"""``make bench ONLY=forecast`` lives a thousand."""


def ahead(rules, story, now="2026-06-01", until="2027-06-01"):
    return foreseen(dossier(story, at(now)), rulebook(rules), now=at(now), until=at(until))


@pytest.fixture(scope="module")
def lives():
    return [person(number) for number in range(PEOPLE)]


def test_a_year_of_people_is_foreseen(lives):
    recall, precision = accuracy(lives)
    assert recall == 1
    assert precision >= 0.95


def test_who_does_what_was_named_keeps_the_scope(lives):
    learned = [each for each in lives if each.act == "learns" and any(_is_short(each))]
    assert learned, "somebody was told what to learn"
    for each in learned:
        due = {fall.at for fall in each.foreseen if fall.lacking}
        assert not due & {fall.at for fall in each.falls}


def _is_short(lived):
    return (fall.lacking for fall in lived.foreseen)


def test_the_end_of_a_number_is_foreseen_with_who_can_prevent_it():
    [found] = ahead(n_post(), [stint("01-05"), issuer("N-1", said="01-06", since="2026-01-06", to="2026-07-31")])
    assert (found.at, found.before, found.after) == (at("08-01"), "full", "none")
    assert [(hold.reason, hold.cure.by) for hold in found.holds] == [("credential_expired", "issuer")]


def test_a_number_that_is_continued_already_is_not():
    story = [stint("01-05"), issuer("N-1", said="01-06", since="2026-01-06", to="2026-07-31")]
    more = issuer("N-1", said="05-06", since="2026-08-01", to="2029-07-31")
    assert ahead(n_post(), [*story, more]) == []


def test_missing_hours_are_foreseen_with_how_many_and_where():
    story = [stint("01-05"), attended("intro", "01-05 12:00", 1), attended("annual", "03-01 17:00", 30)]
    [found] = ahead(q_post(), story)
    assert (found.at, found.after) == (at("2027-01-06"), "none")
    assert found.lacking == (("annual", ("annual",), 10 * 3600),)
    assert ahead(q_post(), [*story, attended("annual", "04-01 17:00", 10)]) == []


def test_an_end_behind_another_one_is_told_too():
    story = [stint("01-05"), attended("intro", "01-05 12:00", 1)]
    story.append(issuer("N-1", said="01-06", since="2026-01-06", to="2027-03-31"))
    rules = q_post(credentials={"n": {"issuer": "authority"}}, ladder=[{"scope": "full", "needs": ["q", "n"]}])
    lapse, expiry = ahead(rules, story)
    assert (lapse.at, expiry.at, expiry.before, expiry.after) == (at("2027-01-06"), at("2027-04-01"), "full", "none")
    assert [hold.reason for hold in expiry.holds] == ["credential_expired"] and not expiry.lacking


def test_what_becomes_known_later_is_not_looked_at():
    story = [stint("01-05"), issuer("N-1", said="01-06", since="2026-01-06", to="2026-07-31")]
    late = issuer("N-1", said="06-20", since="2026-08-01", to="2029-07-31")
    known = dossier([*story, late], at("2027-01-01"))
    [found] = foreseen(known, rulebook(n_post()), now=at("06-01"), until=at("2027-06-01"))
    assert found.at == at("08-01")
