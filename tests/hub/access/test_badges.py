"""Where a sink knows people by badges, every badge of a person closes with them, and none opens that is not theirs."""

from datetime import timedelta

import pytest

from hub.store.tables import access
from schemas.errors import RejectedError, UnavailableError
from schemas.people import OtherIdentifier, Person
from tests.hub.decision.test_law import qualified, roster, send, status, t
from tests.hub.doors import delivering, enforced, entries, look, observation, row, sweep, until
from tests.hub.identity.test_identifiers import badge

BADGE, SECOND, NEW = ("id-terminals-E1", "dc-ops"), ("id-second-badge", "dc-ops"), ("id-new-badge", "dc-ops")


def opened(parts, door, clock, *numbers):
    """Everybody is qualified, everything enforced, and every door seen open."""
    for number in numbers:
        for message in qualified(number):
            send(parts, message, clock)
    enforced(parts)
    for number in numbers:
        until(lambda n=number: confirmed(parts, n) and (f"id-terminals-{n}", "dc-ops") in door.inside, "it is open")


def confirmed(parts, number):
    return row(parts, number, "dc-ops")["state"] == "confirmed"


def test_a_badge_that_is_a_person_s_no_more_opens_nothing(tmp_path):
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        enforced(parts)
        until(lambda: ("id-terminals-E1", "dc-ops") in door.inside, "the badge opens")
        clock.advance(timedelta(hours=1))
        parts.linking.unlink("terminals", "terminals-E1", "E1", clock.now())
        parts.linking.link("terminals", "new-badge", "E1")
        look(parts)
        until(lambda: ("id-terminals-E1", "dc-ops") not in door.inside, "the old badge opens nothing")
        until(lambda: NEW in door.inside and confirmed(parts, "E1"), "the new badge opens")


def test_a_revocation_closes_every_badge_of_a_person(tmp_path):
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        parts.linking.link("terminals", "second-badge", "E1")
        look(parts)
        enforced(parts)
        door.inside |= {("id-terminals-E1", "dc-ops"), ("id-second-badge", "dc-ops")}
        send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: {target for _who, target in door.inside} <= {"dc-assist"}, "no badge opens")
        until(lambda: confirmed(parts, "E1"), "that is seen")
        assert len(set(door.keys)) == len(door.keys), "no write is taken for the repeat of another badge's"
        (said,) = entries(parts, "confirmed", "dc-ops")[-1:]
        assert {"answer_sha256", "2.answer_sha256"} <= observation(parts, said).keys()


def test_a_badge_that_was_taken_away_is_closed_by_a_revocation_too(tmp_path):
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        opened(parts, door, clock, "E1")
        clock.advance(timedelta(hours=1))
        parts.linking.unlink("terminals", "terminals-E1", "E1", clock.now())
        until(lambda: BADGE not in door.inside, "the badge opens nothing")
        door.inside.add(BADGE)  # somebody opens it by hand
        send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: BADGE not in door.inside and confirmed(parts, "E1"), "it is closed")


def test_a_second_badge_opens_what_the_first_one_does(tmp_path):
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        opened(parts, door, clock, "E1")
        parts.linking.link("terminals", "second-badge", "E1")
        until(lambda: SECOND in door.inside and confirmed(parts, "E1"), "both open")
        assert BADGE in door.inside


def test_a_badge_that_is_somebody_else_s_now_is_left_to_them(tmp_path):
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        opened(parts, door, clock, "E1", "E2")
        clock.advance(timedelta(hours=1))
        parts.linking.unlink("terminals", "terminals-E1", "E1", clock.now())
        parts.linking.link("terminals", "terminals-E1", "E2")
        look(parts)
        until(lambda: BADGE in door.inside and confirmed(parts, "E2"), "it opens for E2, who may")
        send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: row(parts, "E1", "dc-ops")["wanted"] == "absent" and confirmed(parts, "E1"), "E1 has nothing")
        assert BADGE in door.inside
        send(parts, status("E2", "high", "revoked", 5), clock)
        until(lambda: "dc-ops" not in {target for _who, target in door.inside}, "E2 has nothing under either badge")


def given(parts, clock, number, hour):
    """The roster names somebody as who has the badge of E1, in a word of an hour."""
    identifiers = (OtherIdentifier(source="terminals", subject="terminals-E1"),)
    send(parts, ("roster", [Person(subject=number, name="x", identifiers=identifiers, as_of=t(hour))]), clock)
    look(parts)


def closed(parts, number):
    return row(parts, number, "dc-ops")["wanted"] == "absent" and confirmed(parts, number)


def test_what_was_opened_under_a_badge_is_closed_to_whom_the_roster_says_has_it_before_it_is_said_to_be(tmp_path):
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        opened(parts, door, clock, "E1")

        def changed_meanwhile(change):
            if (change.target, change.wanted) == ("dc-ops", "absent"):
                raise UnavailableError("peer.conflict", "somebody else changed it")

        door.fail = changed_meanwhile
        given(parts, clock, "E9", "2026-01-25T00:00")
        send(parts, status("E1", "high", "revoked", 5), clock)
        lost = parts.directory.person_by_number("E1")

        def looked():
            found = entries(parts, "failed", "dc-ops", "unknown", "confirmed")
            return [each for each in found if each["person"] == lost]

        until(lambda: looked()[-1]["wanted"] == "absent", "E1 was looked at")
        assert BADGE in door.inside and looked()[-1]["kind"] != "confirmed"
        door.fail = lambda _change: None
        until(lambda: closed(parts, "E9") and closed(parts, "E1"), "both are seen to have nothing")
        assert not {target for _who, target in door.inside}


def test_a_badge_that_comes_back_opens_again_and_closes_as_often_as_it_goes(tmp_path):
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        opened(parts, door, clock, "E1")
        for day in ("24", "25"):
            given(parts, clock, "E9", f"2026-01-{day}T00:00")
            until(lambda: BADGE not in door.inside and closed(parts, "E9"), "it is closed to E9")
            given(parts, clock, "E1", f"2026-01-{day}T12:00")
            until(lambda: BADGE in door.inside and confirmed(parts, "E1"), "it opens for E1, who may")
        send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: closed(parts, "E1") and BADGE not in door.inside, "it closes with E1")


def test_a_badge_that_the_roster_gives_to_somebody_who_may_not_opens_nothing(tmp_path):
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        send(parts, roster("E2"), clock)
        opened(parts, door, clock, "E1")
        until(lambda: confirmed(parts, "E2"), "E2 is seen to have nothing")
        send(parts, badge("E2", "2026-01-25T00:00"), clock)
        until(lambda: BADGE not in door.inside, "the badge opens nothing")


def test_a_grant_under_way_under_a_badge_that_ends_meanwhile_is_taken_back(tmp_path):
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        door.gate.clear()
        enforced(parts)
        assert door.waiting.wait(120), "a grant was sent, and is not answered yet"
        clock.advance(timedelta(hours=1))
        parts.linking.unlink("terminals", "terminals-E1", "E1", clock.now())
        parts.linking.link("terminals", "new-badge", "E1")
        door.gate.set()
        until(lambda: NEW in door.inside and confirmed(parts, "E1"), "the new badge opens")
        assert BADGE not in door.inside


def test_a_grant_not_sent_yet_under_a_badge_that_ends_is_not_sent_any_more(tmp_path):
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        door.held = ("dc-assist", "present")
        door.gate.clear()
        enforced(parts)
        assert door.waiting.wait(120), "the first of two grants is under way"
        clock.advance(timedelta(hours=1))
        parts.linking.unlink("terminals", "terminals-E1", "E1", clock.now())
        parts.linking.link("terminals", "new-badge", "E1")
        door.gate.set()
        until(lambda: NEW in door.inside and confirmed(parts, "E1"), "the new badge opens")
        assert (*BADGE, "present") not in door.writes


def test_two_badges_of_one_account_are_that_account_as_long_as_one_holds(tmp_path):
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        door.resolve = lambda _badge: "id-terminals-E1"
        opened(parts, door, clock, "E1")
        parts.linking.link("terminals", "second-badge", "E1")
        clock.advance(timedelta(hours=1))
        parts.linking.unlink("terminals", "terminals-E1", "E1", clock.now())
        until(lambda: confirmed(parts, "E1"), "it is seen again")
        assert BADGE in door.inside and (*BADGE, "absent") not in door.writes


def test_a_badge_that_leads_to_several_accounts_keeps_none_of_them_open(tmp_path):
    """Whose they are nobody knows; so each of them is closed, and confirmed is what all of them show."""
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        opened(parts, door, clock, "E1")
        door.twice.add("second-badge")
        door.inside.add(("id-second-badge-2", "dc-ops"))
        parts.linking.link("terminals", "second-badge", "E1")
        send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: confirmed(parts, "E1") and row(parts, "E1", "dc-ops")["wanted"] == "absent", "all were seen")
        assert not [each for each in door.inside if each[1] == "dc-ops"]


def test_nothing_opens_to_whom_the_sink_cannot_tell_by_one_of_their_badges(tmp_path):
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        door.twice.add("second-badge")
        parts.linking.link("terminals", "second-badge", "E1")
        enforced(parts)
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "failed", "the grant has failed")
        assert entries(parts, "failed", "dc-ops")[-1]["code"] == "sink.ambiguous"
        assert not door.inside


# --- sweeps --------------------------------------------------------------------------------------------------


def test_a_badge_whose_last_day_is_over_is_closed_by_the_sweep(tmp_path):
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        opened(parts, door, clock, "E1")
        parts.linking.link("terminals", "new-badge", "E1")
        parts.linking.unlink("terminals", "terminals-E1", "E1", clock.now() + timedelta(days=1))
        until(lambda: NEW in door.inside and confirmed(parts, "E1"), "both open")
        assert BADGE in door.inside and sweep(parts, door, clock, "terminals") == 0
        clock.advance(timedelta(days=1))
        assert sweep(parts, door, clock, "terminals") == 2, "of both targets"
        (said,) = entries(parts, "drifted", "dc-ops")
        assert (said["wanted"], said["observed"]) == ("absent", "present")
        until(lambda: BADGE not in door.inside and confirmed(parts, "E1"), "it is closed")
        assert NEW in door.inside and sweep(parts, door, clock, "terminals") == 0


def test_a_badge_that_the_sink_learns_of_later_is_opened_by_the_sweep(tmp_path):
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        door.strangers.add("second-badge")
        opened(parts, door, clock, "E1")
        parts.linking.link("terminals", "second-badge", "E1")
        until(lambda: confirmed(parts, "E1"), "it opens under the badge that is known")
        assert sweep(parts, door, clock, "terminals") == 0
        door.strangers.clear()
        assert sweep(parts, door, clock, "terminals") == 2
        until(lambda: SECOND in door.inside, "the other one opens too")


# --- an ordinary sink ----------------------------------------------------------------------------------------


def test_a_person_with_one_identifier_costs_one_question_a_look_and_a_look_after_the_write(tmp_path):
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        opened(parts, door, clock, "E1")
        until(lambda: not waiting(parts), "nothing waits")
        door.asked.clear()
        send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: BADGE not in door.inside and confirmed(parts, "E1"), "it is closed")
        assert door.asked == ["resolve terminals-E1", "observe id-terminals-E1", "observe id-terminals-E1"]


def test_a_badge_concerns_no_sink_that_knows_people_by_their_numbers(tmp_path):
    with delivering(tmp_path / "hub") as (parts, _door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        enforced(parts)
        until(lambda: confirmed(parts, "E1") and not waiting(parts), "it is open")
        epoch = row(parts, "E1", "dc-ops")["epoch"]
        parts.linking.link("terminals", "second-badge", "E1")
        parts.linking.unlink("terminals", "second-badge", "E1", clock.now())
        look(parts)
        assert row(parts, "E1", "dc-ops")["epoch"] == epoch and not waiting(parts)


def waiting(parts):
    with parts.database.reading() as session:
        return session.all(access.outbox_size, {})


def test_a_door_that_answers_nothing_of_a_badge_keeps_it_under_way(tmp_path):
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        opened(parts, door, clock, "E1")

        def refused(_badge):
            raise RejectedError("peer.auth", "the token has run out")

        door.resolve = refused
        send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: "peer.auth" in {each.get("code") for each in entries(parts, "unknown", "dc-ops")}, "it was tried")
        assert not confirmed(parts, "E1"), "what cannot be asked is not closed"
        assert BADGE not in door.inside, "but what it was opened under is remembered, and closed"


@pytest.mark.parametrize("number", ["E1", "E2"])
def test_a_badge_of_tomorrow_is_nobody_s_today(number, tmp_path):
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        opened(parts, door, clock, "E1", "E2")
        tomorrow = int((clock.now() + timedelta(days=1)).timestamp() * 1_000_000)
        parts.linking.link("terminals", "second-badge", number, start=tomorrow)
        until(lambda: confirmed(parts, number), "it was looked at")
        assert SECOND not in door.inside
