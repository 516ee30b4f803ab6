"""The last words of issuers, as the path that closes without rules reads them."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.clock import to_us
from hub.decision.words import IssuersWords
from hub.rules.fact import Fact, Rank
from hub.rules.values import HeldNumber
from schemas.credential import CredentialStatus
from schemas.decision import Reopened

TICK = timedelta(microseconds=1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=1)
ENDS = datetime(2026, 6, 1, tzinfo=UTC)
HELD, OWN = HeldNumber("licence", "1", ENDS), HeldNumber("licence", "ours", ENDS, own=True)


def said(status="active", number="1", sequence=0, at=NOON, until=None):
    facts = {"subject": "x", "credential": "licence", "number": number, "status": status, "sequence": sequence}
    return CredentialStatus.model_validate({**facts, "changed_at": at, "valid_until": until})


def known(record):
    """A fact of the issuer that arrived when it was said."""
    arrived = record.changed_at
    return Fact(record.model_dump_json(), "authority", Rank.ISSUER, arrived, arrived, record)


def words(*records, unread=None):
    return IssuersWords(map(known, records), {} if unread is None else {"licence": to_us(unread)})


@pytest.mark.parametrize("status", ["suspended", "revoked"])
def test_a_number_that_its_issuer_closed_is_withdrawn_and_another_one_is_not(status):
    found = words(said(), said(status, sequence=1), said(number="2"))
    assert found.withdrawn(HELD, NOON) and not found.holds(HELD, NOON)
    assert not found.withdrawn(HeldNumber("licence", "2", None), NOON) and found.holds(
        HeldNumber("licence", "2", None), NOON
    )
    assert not found.withdrawn(HeldNumber("another", "1", None), NOON), "nobody said anything of it"


def test_an_end_is_an_end_at_its_instant_and_not_before():
    assert words().holds(HELD, ENDS - TICK) and not words().holds(HELD, ENDS)
    assert words().holds(HeldNumber("licence", "1", None), ENDS), "open is open"


def test_a_later_word_moves_the_end_either_way():
    sooner, later = ENDS - timedelta(days=9), ENDS + timedelta(days=9)
    for until in (sooner, later):
        found = words(said(sequence=1, until=until))
        assert found.holds(HELD, until - TICK) and not found.holds(HELD, until)


@pytest.mark.parametrize("status", ["expired", "lapsed"])
def test_what_has_ended_by_its_issuer_in_so_many_words_is_withdrawn(status):
    found = words(said(), said(status, sequence=1))
    assert found.withdrawn(HELD, NOON) and not found.holds(HELD, NOON)


def test_what_was_superseded_by_a_number_that_nobody_knows_is_kept_for_a_day():
    found, day = words(said(), said("superseded", sequence=1)), timedelta(days=1)
    assert found.holds(HELD, NOON + day - TICK) and not found.holds(HELD, NOON + day)


def test_a_word_is_the_last_only_if_it_was_said_after_what_cannot_be_read():
    closed = said("revoked", sequence=1)
    assert words(closed, unread=NOON - TICK).withdrawn(HELD, NOON)
    assert not words(closed, unread=NOON).withdrawn(HELD, NOON), "of one instant nobody knows which came last"
    assert not words(closed, unread=NOON + TICK).withdrawn(HELD, NOON)
    assert words(said(), said("expired", sequence=1), unread=NOON).holds(HELD, NOON)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_of_words_with_one_sequence_and_instant_the_one_that_closes_holds(order):
    told = [said(), said("suspended"), said("active", until=ENDS)]
    assert words(*(told[n] for n in order)).withdrawn(HELD, NOON)


def test_our_own_number_is_closed_by_any_number_unless_another_one_holds():
    closed = said("revoked", number="Q-1", at=NOON)
    assert words(closed).withdrawn(OWN, LATER)
    for at in (NOON - TICK, NOON, NOON + TICK):
        assert not words(closed, said(number="Q-2", at=at)).withdrawn(OWN, LATER), "another one holds"
    assert words(closed, said("suspended", number="Q-2", at=NOON + TICK)).withdrawn(OWN, LATER)


def test_an_instant_without_a_zone_is_an_error_and_no_answer():
    with pytest.raises(TypeError):
        words().holds(HELD, NOON.replace(tzinfo=None))


def test_the_facts_of_a_credential_are_named():
    one, other = said(), said("revoked", sequence=1)
    assert set(words(one, other).about(["licence"])) == {known(one).id, known(other).id}
    assert words(one).about(["another"]) == []


# --- revoked by the word that is last in any order: found without a number's whole life ------------------------------

WORD = st.tuples(
    st.sampled_from(["active", "suspended", "revoked", "revoked", "expired", "lapsed", "superseded", "unknown"]),
    st.integers(0, 3),  # sequence
    st.integers(-3, 3),  # hours from noon: it acts
    st.integers(0, 3),  # hours from noon: it arrived
    st.sampled_from([None, 0, 1, 2, 9]),  # hours from noon: it was said
    st.sampled_from(["authority", "another"]),
    st.sampled_from(["1", "2"]),
)


def told(word):
    status, sequence, acts, arrived, at, source, number = word
    record = said(status, number, sequence, NOON + timedelta(hours=acts))
    record = record.model_copy(update={"said_at": None if at is None else NOON + timedelta(hours=at)})
    arrived_at = NOON + timedelta(hours=arrived)
    return Fact(repr(word), source, Rank.ISSUER, arrived_at, arrived_at, record)


@given(st.lists(WORD, min_size=1, max_size=5, unique=True), st.integers(-4, 4))
def test_who_is_plainly_revoked_is_so_by_all_that_was_said(several, hours):
    found, now = IssuersWords(map(told, several), {}), NOON + timedelta(hours=hours)
    if found._is_plainly_revoked(HELD, now):
        number = found._number(HELD)
        assert number is not None and found._closed(number, now)


def test_who_was_revoked_last_is_found_without_asking_more():
    found = words(said(), said("revoked", sequence=1, at=LATER))
    assert found._is_plainly_revoked(HELD, LATER) and not found._is_plainly_revoked(HELD, LATER - TICK)


@pytest.mark.parametrize(
    "more",
    [
        [said("active", sequence=2, at=LATER + TICK)],
        [said("active", sequence=2, at=NOON)],
        [said("active", sequence=1, at=LATER)],
    ],
    ids=["said after it", "counted after it", "said with it"],
)
def test_who_may_hold_it_again_is_asked_for_whole(more):
    found = words(said(), said("revoked", sequence=1, at=LATER), *more)
    assert not found._is_plainly_revoked(HELD, LATER + TICK)


def test_whose_number_people_opened_again_is_asked_for_whole():
    reopened = Reopened(subject="x", credential="licence", number="1", changed_at=LATER)
    facts = [known(said()), known(said("revoked", sequence=1, at=LATER))]
    again = Fact("r", "by-hand", Rank.REGISTER, LATER, LATER, reopened)
    assert not IssuersWords([*facts, again], {})._is_plainly_revoked(HELD, LATER)
