"""What an issuer took away is carried out until that is seen, whatever a post in observe has to say meanwhile."""

import pytest

from hub.access.modes import Mode, set_mode
from schemas.errors import UnavailableError
from schemas.people import Assignment
from schemas.position import Rung
from tests.hub.decision.test_law import NOW, know, qualified, roster, send, status, t
from tests.hub.doors import act, delivering, enforced, look, row, until

OPS = ("id-E1", "dc-ops")


def under_way(parts, door, clock):
    """A revocation that the sink does not take yet."""
    for message in qualified("E1"):
        send(parts, message, clock)
    enforced(parts)
    until(lambda: OPS in door.inside and row(parts, "E1", "dc-ops")["state"] == "confirmed", "the door is open")

    def away(_change):
        raise UnavailableError("peer.unreachable", "the sink is away")

    door.fail = away
    send(parts, status("E1", "high", "revoked", 5), clock)
    until(lambda: row(parts, "E1", "dc-ops")["wanted"] == "absent", "it is decided")


def second_post(parts, clock, *, grants):
    """Another post that covers the same door, in observe."""
    post = parts.folder.positions["dc-operations"]
    low = {"low-voltage": post.credential["low-voltage"]}
    easy = {"requirement": {}, "credential": low, "ladder": (Rung(scope="full", needs=("low-voltage",)),)}
    targets = {"iam": {"full": ("dc-ops",)}}
    know(parts, post.model_copy(update={"id": "second", "targets": targets, **(easy if grants else {})}))
    said = Assignment(subject="E1", position="second", starts_at=t("2026-01-05T00:00"), as_of=t("2026-01-21T00:00"))
    send(parts, ("roster", [said]), clock)


@pytest.mark.parametrize("grants", [False, True], ids=["that covers it", "that would open it"])
def test_a_post_in_observe_calls_off_no_revocation(grants, tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        under_way(parts, door, clock)
        second_post(parts, clock, grants=grants)
        found = row(parts, "E1", "dc-ops")
        assert (found["wanted"], found["mode"], found["explicit"]) == ("absent", "enforce", 1)
        door.fail = lambda _change: None
        until(lambda: OPS not in door.inside and row(parts, "E1", "dc-ops")["state"] == "confirmed", "it is closed")
        look(parts)
        send(parts, status("E1", "low", "active", 9), clock)
        assert row(parts, "E1", "dc-ops")["mode"] == "observe", "seen once, it is for the posts to say again"
        assert OPS not in door.inside, "and what is in observe opens nothing"


def test_the_end_of_the_post_itself_calls_off_no_revocation_either(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        under_way(parts, door, clock)
        second_post(parts, clock, grants=False)
        send(parts, roster("E1", "2026-01-22T00:00", ends="2026-01-31T00:00"), clock)
        assert row(parts, "E1", "dc-ops")["mode"] == "enforce"
        door.fail = lambda _change: None
        until(lambda: OPS not in door.inside, "it is closed")


def test_a_post_that_is_enforced_and_gives_the_door_does_call_it_off(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        under_way(parts, door, clock)
        mode = Mode(enforced_from=NOW)
        parts.writer.call(lambda tx: set_mode("position", "second", mode, act("enforce"), tx))
        second_post(parts, clock, grants=True)
        assert row(parts, "E1", "dc-ops")["wanted"] == "present"
        door.fail = lambda _change: None
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed", "it is seen open")
        assert OPS in door.inside
