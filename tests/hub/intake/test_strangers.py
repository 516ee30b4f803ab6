"""Whom the sink does not know: nothing is open to them there, so a revocation ends, and a grant does not."""

import pytest

from hub.store.tables import access, identity
from tests.hub.decision.test_law import qualified, send, status
from tests.hub.doors import delivering, enforced, entries, observation, row, sweep, until

OPS = ("id-E1", "dc-ops")


def opened_door(parts, door, clock):
    for message in qualified("E1"):
        send(parts, message, clock)
    enforced(parts)
    until(lambda: OPS in door.inside and state(parts) == ("present", "confirmed"), "the door is open")


def state(parts, target="dc-ops"):
    found = row(parts, "E1", target)
    return found["wanted"], found["state"]


def test_a_revocation_of_somebody_whom_the_sink_knows_no_more_is_seen_carried_out(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened_door(parts, door, clock)
        door.inside.clear()
        door.strangers.add("E1")  # the account was deleted
        send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: state(parts) == ("absent", "confirmed"), "it is confirmed")
        said = entries(parts, "confirmed", "dc-ops")[-1]
        assert observation(parts, said)["sink.no-person"] == "1" and said["observed"] == "absent"
        assert "code" not in said and not entries(parts, "failed", "dc-ops")
        until(lambda: not waiting(parts), "nobody tries again")
        (alarm,) = entries(parts, "alarm", "dc-ops")
        assert alarm["code"] == "sink.no-person", "it had the door open: somebody should know"


def test_an_account_that_is_gone_is_closed_without_a_write_and_somebody_is_told(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened_door(parts, door, clock)
        door.inside.clear()
        door.strangers.add("E1")
        door.gone.add("id-E1")
        send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: state(parts) == ("absent", "confirmed"), "it is confirmed")
        assert ("id-E1", "dc-ops", "absent") not in door.writes
        assert observation(parts, entries(parts, "confirmed", "dc-ops")[-1])["person_gone"] == "1"
        assert [each["code"] for each in entries(parts, "alarm", "dc-ops")] == ["sink.no-person"]


def waiting(parts):
    with parts.database.reading() as session:
        return session.all(access.outbox_size, {})


def test_who_has_no_identifier_for_a_sink_has_nothing_open_there(tmp_path):
    with delivering(tmp_path / "hub", source="badges") as (parts, _door, clock):
        for message in [*qualified("E1"), status("E1", "high", "suspended", 5)]:
            send(parts, message, clock)
        enforced(parts)
        until(lambda: state(parts) == ("absent", "confirmed"), "it is confirmed")
        said = entries(parts, "confirmed", "dc-ops")[-1]
        assert observation(parts, said) == {"sink.no-person": "0"}
        assert not entries(parts, "alarm", "dc-ops"), "it was never seen open"
        until(lambda: state(parts, "dc-assist") == ("present", "failed"), "nothing opens to nobody")


def test_a_grant_to_a_stranger_fails_and_holds_up_no_revocation(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        door.strangers.add("E1")
        for message in [*qualified("E1"), status("E1", "high", "suspended", 5)]:
            send(parts, message, clock)
        enforced(parts)
        until(lambda: state(parts, "dc-assist") == ("present", "failed"), "the grant has failed")
        assert entries(parts, "failed", "dc-assist")[-1]["code"] == "sink.no-person"
        until(lambda: state(parts) == ("absent", "confirmed"), "the revocation is confirmed all the same")
        door.strangers.clear()
        until(lambda: ("id-E1", "dc-assist") in door.inside, "it is tried again, until the sink knows them")


def test_whom_the_sink_cannot_tell_from_another_is_closed_under_every_account(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened_door(parts, door, clock)
        door.twice.add("E1")
        door.inside.add(("id-E1-2", "dc-ops"))
        send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: state(parts) == ("absent", "confirmed"), "both accounts were seen closed")
        assert not door.members("dc-ops")


def test_to_whom_the_sink_cannot_tell_from_another_nothing_is_opened(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        door.twice.add("E1")
        for message in qualified("E1"):
            send(parts, message, clock)
        enforced(parts)
        until(lambda: state(parts) == ("present", "failed"), "the grant has failed")
        assert entries(parts, "failed", "dc-ops")[-1]["code"] == "sink.ambiguous" and not door.inside


@pytest.mark.parametrize("comes_back_open", [True, False])
def test_who_appears_at_the_sink_again_is_swept_like_everybody(comes_back_open, tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened_door(parts, door, clock)
        door.strangers.add("E1")
        send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: state(parts) == ("absent", "confirmed"), "it is confirmed")
        door.inside = {("id-E1", "dc-assist"), *([OPS] if comes_back_open else [])}
        door.strangers.clear()  # the account was restored, with what it had
        assert sweep(parts, door, clock) == int(comes_back_open)
        until(lambda: OPS not in door.inside and state(parts) == ("absent", "confirmed"), "it is closed")


def test_whose_identifier_nobody_can_read_any_more_is_not_said_to_have_nothing(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened_door(parts, door, clock)
        person = parts.directory.person_by_number("E1")
        with parts.database.reading() as session:
            (subject, _epoch) = session.one(identity.person, {"person": person})
        parts.sealer.keys.destroy(subject)
        send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: entries(parts, "failed", None), "a try has failed")
        assert state(parts)[1] != "confirmed" and OPS in door.inside
        assert sweep(parts, door, clock) == 1, "of the target that shall be open, and is not seen to be"
