"""A door whose changes wait until its device asks: *sent* until an observation, and never more than what was said."""

import pytest

from connectors.port import Capabilities, Change, CommandResult, PeerState, Queued, Reception
from hub.access.commands import Order
from hub.access.desired import enqueue
from hub.store.tables import commands as sql
from tests.hub.decision.test_law import qualified, send, status
from tests.hub.doors import HeldDoor, delivering, enforced, entries, row, until

OPS = ("id-E1", "dc-ops")
PEER = "SN-1"


class AskingDoor(HeldDoor):
    """The other side: a terminal that fetches its orders, and does what they say when it is told to."""

    def apply(self, change: Change, *, fence: int) -> Queued:
        return Queued(PEER, (f"SET {change.subject} {change.target} {change.wanted}",))


def exchange(parts, *results, fetches=9):
    """The device asks: what it is handed, after it has said what became of other commands."""
    reception = Reception((), PeerState(), lambda _kept, _commands: None, results=results, fetches=fetches)
    found = parts.writer.call(lambda tx: parts.commands.exchange("iam", PEER, reception, tx))
    parts.commands.exchanged("iam", PEER, found)
    return found.handed


def done(*commands, failed=False):
    return [CommandResult(each.id, "-1" if failed else "0", failed) for each in commands]


def carry_out(door, commands):
    for command in commands:
        _set, subject, target, wanted = command.text.split()
        (door.inside.add if wanted == "present" else door.inside.discard)((subject, target))


def state(parts, target="dc-ops"):
    return row(parts, "E1", target)["state"]


def waiting(parts):
    with parts.database.reading() as store:
        place = {"connector": "iam", "peer": PEER, "state": "queued", "limit": 99}
        return [(each.target, each.epoch) for each in store.all(sql.commands_in, place)]


@pytest.fixture
def hub(tmp_path):
    """E1 may enter, and the terminal is to be told."""
    with delivering(tmp_path / "hub", door=AskingDoor()) as (parts, door, clock):
        peer = PeerState("approved", last_contact_at=clock.now())
        parts.writer.call(lambda tx: parts.peers.store("iam", PEER, peer, tx))
        for message in qualified("E1"):
            send(parts, message, clock)
        enforced(parts)
        until(lambda: len(waiting(parts)) == 2, "both targets wait to be fetched")
        yield parts, door, clock


def test_a_change_that_waits_is_sent_and_confirmed_by_a_look_only(hub):
    parts, door, _clock = hub
    assert state(parts) == "sent" and not door.inside
    handed = exchange(parts)
    assert sorted(each.text.split()[2] for each in handed) == ["dc-assist", "dc-ops"]
    assert state(parts) == "sent" and exchange(parts) == (), "handed over once"
    carry_out(door, handed)
    exchange(parts, *done(*handed))
    until(lambda: state(parts) == "confirmed" and OPS in door.inside, "it was looked at")
    kinds = [each["kind"] for each in entries(parts, "attempt", "dc-ops", "command", "accepted", "confirmed")]
    assert kinds == ["attempt", "command", "command", "command", "attempt", "confirmed"]


def test_what_a_device_says_it_did_and_did_not_do_is_told_anew(hub):
    parts, _door, _clock = hub
    handed = exchange(parts)
    exchange(parts, *done(*handed))  # it says so; nothing was done
    until(lambda: len(waiting(parts)) == 2, "both wait again")
    assert not entries(parts, "confirmed", "dc-ops") and state(parts) == "sent"


def test_a_revocation_takes_the_place_of_a_grant_that_was_not_fetched(hub):
    parts, _door, clock = hub
    send(parts, status("E1", "high", "revoked", 5), clock)
    until(lambda: row(parts, "E1", "dc-ops")["wanted"] == "absent" and state(parts) == "confirmed", "nothing is open")
    texts = [each.text for each in exchange(parts)]
    assert not [text for text in texts if "dc-ops present" in text], "the grant is not handed over any more"
    assert ("dropped", "dc-ops") in [(each["outcome"], each["target"]) for each in entries(parts, "command", "dc-ops")]


def test_a_grant_that_was_fetched_before_its_revocation_is_taken_back(hub):
    parts, door, clock = hub
    handed = exchange(parts)
    send(parts, status("E1", "high", "revoked", 5), clock)
    until(lambda: row(parts, "E1", "dc-ops")["wanted"] == "absent" and state(parts) == "confirmed", "nothing is open")
    carry_out(door, handed)  # the terminal had it already, and was slow
    exchange(parts, *done(*handed))
    until(lambda: [each for each in waiting(parts) if each[0] == "dc-ops"], "the removal waits")
    carry_out(door, again := exchange(parts))
    exchange(parts, *done(*again))
    until(lambda: OPS not in door.inside and state(parts) == "confirmed", "it is seen closed")


def test_a_change_that_a_device_refuses_is_decided_again_and_told_anew_later(hub):
    parts, _door, _clock = hub
    handed = exchange(parts)
    exchange(parts, *done(*handed, failed=True))
    assert state(parts) == "decided"
    with parts.database.reading() as store:
        store._cursor.execute("SELECT next_at > now FROM outbox, store_clock")
        assert store._cursor.fetchall() == [(1,)]
    parts.writer.call(lambda tx: tx.session.control("UPDATE outbox SET next_at = 0"))
    until(lambda: len(waiting(parts)) == 2, "both wait again")


def test_a_device_that_cannot_be_read_back_is_believed_no_more_than_accepted(tmp_path):
    door = AskingDoor()
    door.can = Capabilities("none")
    with delivering(tmp_path / "hub", door=door) as (parts, door, clock):
        parts.writer.call(lambda tx: parts.peers.store("iam", PEER, PeerState("approved"), tx))
        for message in qualified("E1"):
            send(parts, message, clock)
        enforced(parts)
        until(lambda: len(waiting(parts)) == 2, "both targets wait to be fetched")
        handed = exchange(parts)
        exchange(parts, *done(*handed))
        assert state(parts) == "accepted"
        until(lambda: outbox(parts) == [], "nothing is left to be done")
        assert state(parts) == "accepted" and not entries(parts, "confirmed", "dc-ops")


def outbox(parts):
    with parts.database.reading() as store:
        store._cursor.execute("SELECT 1 FROM outbox")
        return store._cursor.fetchall()


def test_what_a_device_was_told_is_not_told_anew_because_somebody_looks_again(hub):
    parts, _door, _clock = hub
    person, epoch = parts.directory.person_by_number("E1"), row(parts, "E1", "dc-ops")["epoch"]
    exchange(parts)
    parts.writer.call(lambda tx: enqueue(person, ["iam"], epoch, tx))
    until(lambda: put_off(parts), "delivery has looked")
    assert exchange(parts) == () and state(parts) == "sent"


def put_off(parts):
    with parts.database.reading() as store:
        store._cursor.execute("SELECT 1 FROM outbox, store_clock WHERE next_at > now")
        return store._cursor.fetchall()


def test_a_change_of_several_commands_is_taken_once_all_are(hub):
    parts, _door, _clock = hub
    epoch = row(parts, "E1", "dc-ops")["epoch"]
    person = parts.directory.person_by_number("E1")
    order = Order("iam", PEER, ("FIRST", "SECOND"), person, "dc-ops", epoch)
    parts.writer.call(lambda tx: parts.commands.queue(order, tx))
    first, second = [each for each in exchange(parts) if each.text in ("FIRST", "SECOND")]
    looks = len(entries(parts, "attempt", "dc-ops"))
    exchange(parts, *done(first))
    assert state(parts) == "sent" and len(entries(parts, "attempt", "dc-ops")) == looks
    exchange(parts, *done(second))
    until(lambda: len(entries(parts, "attempt", "dc-ops")) > looks, "it is looked at")


def test_an_answer_counts_once_and_only_for_what_was_handed_over(hub):
    parts, _door, _clock = hub
    exchange(parts, CommandResult(1, "0", failed=False), CommandResult(9, "0", failed=False), fetches=0)
    assert len(waiting(parts)) == 2 and state(parts) == "sent"
    first, _second = exchange(parts)
    for result, failed in (("-1", True), ("0", False)):
        exchange(parts, CommandResult(first.id, result, failed))
    assert [row.result for row, _text in parts.commands.latest("iam", PEER, 9) if row.id == first.id] == ["-1"]


def test_the_words_of_a_command_lie_sealed_and_are_bound_to_it(hub):
    parts, _door, _clock = hub
    with parts.database.reading() as store:
        place = {"connector": "iam", "peer": PEER, "state": "queued", "limit": 99}
        rows = store.all(sql.commands_in, place)
    assert not [each for each in rows if b"id-E1" in each.text or b"dc-ops" in each.text]
    assert {text for _row, text in parts.commands.latest("iam", PEER, 9)} == {""}, "those about a person stay sealed"
