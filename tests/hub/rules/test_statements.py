"""When an issuer's statements let a credential hold, however they contradict each other."""

from dataclasses import replace
from itertools import permutations

import pytest

from tests.hub.rules.story import ask, day, facts_of, issuer, n_post, opening, q_post, stint

POSTED = stint()
DATES = {"since": "2026-01-01", "to": "2029-12-31"}


def said(status, sequence, on):
    return issuer("N", status, said=on, sequence=sequence, **(DATES if status == "active" else {}))


def judged(on, *words):
    """The standing on a day, whatever the order in which the words came; ``full`` with its end, or why not."""
    found = {_told(ask(n_post(), [POSTED, *each], on)) for each in permutations(words)}
    assert len(found) == 1, "in whatever order they came"
    return found.pop()


def _told(asked):
    return (asked.scope, asked.to("n")) if asked.scope == "full" else (asked.scope, *asked.holds)


STORY = [said("active", 1, "03-01"), said("suspended", 2, "03-05"), said("active", 3, "03-09")]


def test_stating_a_lifted_number_once_more_does_not_give_back_the_suspended_time():
    again = [*STORY, said("active", 3, "03-09"), said("active", 4, "03-20")]
    assert judged("03-07", *STORY[:2]) == ("none", "credential_suspended")
    for words in (STORY, again):
        found = ask(n_post(), [POSTED, *words], "06-01")
        assert [(each.kind, each.at) for each in found.standing.events if each.subject == "n"][-2:] == [
            ("suspended", found.events("suspended")[0]),
            ("reinstated", found.events("reinstated")[0]),
        ]


def stated(status="active", begins="2026-01-01", ends="2029-12-31"):
    """One of several words that claim one sequence and one instant."""
    dates = {"since": begins, "to": ends} if status == "active" else {}
    return issuer("N", status, said="03-01", sequence=1, **dates)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((stated(), stated("suspended")), ("none", "credential_suspended")),
        ((stated("revoked"), stated("suspended"), stated()), ("none", "credential_revoked")),
        ((stated(ends="2029-09-01"), stated(ends="2029-02-01"), stated(ends="2029-05-01")), ("full", "2029-02-01")),
        ((stated("expired"), stated(ends="2029-09-01")), ("none", "credential_expired")),
    ],
    ids=["one closes", "one ends it for ever", "one ends earlier", "one has expired"],
)
def test_of_words_with_one_sequence_and_instant_the_stricter_holds_in_any_order(words, told):
    assert judged("03-10", *words) == told


@pytest.mark.parametrize("closing", ["suspended", "revoked", "expired"])
def test_what_is_said_later_under_the_sequence_of_a_closing_word_does_not_undo_it(closing):
    assert (
        judged("03-10", said(closing, 2, "03-02"), said("active", 1, "03-01"), said("active", 2, "03-05"))[0] == "none"
    )


def test_of_words_with_one_sequence_and_instant_the_one_that_begins_later_holds_in_any_order():
    words = [stated(begins=begins) for begins in ("2026-03-02", "2026-03-09", "2026-03-05")]
    assert judged("03-07", *words)[0] == "none" and judged("03-10", *words) == ("full", "2029-12-31")


def test_status_unknown_neither_grants_nor_takes():
    held, unknown = said("active", 1, "03-01"), said("unknown", 9, "03-05")
    assert judged("03-10", held, unknown) == ("full", "2029-12-31")
    assert judged("03-10", unknown) == ("none", "evidence_unknown")


def test_of_whom_no_issuer_has_said_anything_the_credential_is_missing():
    assert judged("03-10") == ("none", "credential_missing")
    assert ask(n_post(), [POSTED], "03-10").standing.verdicts[0].state == "not_met"


def test_what_cannot_be_told_and_what_was_closed_name_the_words_that_say_so():
    unknown, revoked = said("unknown", 1, "03-05"), said("revoked", 2, "03-06")
    for words, word in (([unknown], unknown), ([said("active", 1, "03-01"), revoked], revoked)):
        [hold] = ask(n_post(), [POSTED, *words], "03-10").standing.holds
        assert hold.refs == tuple(fact.id for fact in facts_of([word]))


@pytest.mark.parametrize("sequence", [1, 2, 4])
def test_a_late_or_stale_grant_does_not_undo_a_revocation(sequence):
    assert judged("03-10", said("revoked", 3, "03-05"), said("active", sequence, "03-06"))[0] == "none"


@pytest.mark.parametrize("status", ["suspended", "revoked"])
def test_a_closing_word_by_a_fast_clock_closes_at_its_arrival(status):
    words = [said("active", 1, "03-01"), issuer("N", status, said="03-05 12:00", effective="03-05 12:02", sequence=2)]
    found = ask(n_post(), [POSTED, *words], "03-05 12:00")
    assert found.holds == [f"credential_{status}"] and found.standing.holds[0].explicit


def test_its_end_closes_by_itself_and_the_beginning_of_the_next_number_opens():
    words = [
        issuer("1", said="01-02", since="2026-01-01", to="2026-05-31"),
        issuer("2", said="05-01", since="2026-06-15", to="2029-12-31"),
    ]
    assert judged("05-31 23:59", *words)[0] == "full"
    assert judged("06-01", *words) == ("none", "credential_expired")
    assert ask(n_post(), [POSTED, *words], "06-01").next_look == day("2026-06-14")
    assert judged("06-15", *words) == ("full", "2029-12-31")


def test_an_opening_balance_is_a_credential_with_its_dates_however_often_it_is_said():
    once = opening("Q", said="05-04", since="2026-01-01", to="2026-06-30")
    again = opening("Q", said="05-05", since="2026-01-01", to="2026-06-30")
    for balance in ([once], [once, again], [again, once]):
        found = ask(q_post(), [POSTED, *balance], "05-06", enforced="05-04")
        assert (found.scope, found.to()) == ("full", "2026-06-30")
        assert ask(q_post(), [POSTED, *balance], "07-04", enforced="05-04").scope == "none"


def undated(sequence, arrived, ends, status="active"):
    """A word whose sender does not tell when it was said."""
    dates = {"since": "2026-01-01", "to": ends} if status == "active" else {}
    word = issuer("N", status, said=arrived, sequence=sequence, **dates)
    return replace(word, record=word.record.model_copy(update={"said_at": None}))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((undated(2, "03-01", "2026-09-30"), undated(1, "03-02", "2029-12-31")), ("full", "2026-09-30")),
        ((undated(812, "03-01", "2029-12-31"), undated(3, "03-02", "2026-09-30")), ("full", "2026-09-30")),
        ((undated(1, "03-01", "2026-09-30"), undated(2, "03-02", "2029-12-31")), ("full", "2029-12-31")),
        (
            (undated(2, "03-01", "", "suspended"), undated(1, "03-02", "2029-12-31")),
            ("none", "credential_suspended"),
        ),
    ],
    ids=["an older word was overtaken", "the counter began anew", "in their order", "an older word came after the end"],
)
def test_words_that_do_not_say_when_they_were_said_keep_no_door_open_by_coming_late(words, told):
    assert judged("03-10", *words) == told
