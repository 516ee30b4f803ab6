"""Enforcing from a later instant, and freezes that end by themselves: what waited is carried out then."""

from datetime import timedelta

from hub.access.modes import Mode, set_mode
from hub.access.reconcile import Reconciler
from hub.access.sinks import Sink
from tests.hub.decision.test_law import NOW, qualified, roster, send, status
from tests.hub.doors import act, delivering, enforced, look, row, until

OPS = ("id-E1", "dc-ops")
SOON = NOW + timedelta(hours=2)
IN_AN_HOUR = "2026-02-02T10:00"


def test_who_is_looked_at_before_enforcement_begins_is_looked_at_when_it_does(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        send(parts, roster("E1"), clock)
        door.inside.add(OPS)  # without any of what the post demands
        enforced(parts, SOON)
        clock.advance(timedelta(hours=1))
        send(parts, status("E1", "low", "active", 1), clock)
        clock.advance(timedelta(hours=1))
        look(parts)
        until(lambda: OPS not in door.inside, "the door is closed")


def frozen(parts, until_at):
    mode = Mode(enforced_from=NOW, frozen_until=until_at)
    parts.writer.call(lambda tx: set_mode("sink", "iam", mode, act("freeze"), tx))
    look(parts)


def opened_door(parts, door, clock):
    for message in qualified("E1"):
        send(parts, message, clock)
    enforced(parts)
    until(lambda: OPS in door.inside and row(parts, "E1", "dc-ops")["state"] == "confirmed", "the door is open")


def test_what_was_decided_in_a_freeze_is_carried_out_when_it_ends_by_itself(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened_door(parts, door, clock)
        frozen(parts, SOON)
        send(parts, status("E1", "high", "active", 5, until=IN_AN_HOUR), clock)
        clock.advance(timedelta(hours=1))
        look(parts)
        until(lambda: row(parts, "E1", "dc-ops")["wanted"] == "absent", "it is decided")
        with parts.database.reading() as session:
            until(lambda: not session._cursor.execute("SELECT 1 FROM outbox").fetchall(), "delivery has looked")
        assert OPS in door.inside, "the freeze holds it"
        clock.advance(timedelta(hours=1, seconds=1))
        look(parts)
        until(lambda: OPS not in door.inside, "the door is closed")


def test_a_door_that_a_sweep_found_open_in_a_freeze_is_closed_when_it_ends(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened_door(parts, door, clock)
        send(parts, status("E1", "high", "active", 5, until=IN_AN_HOUR), clock)
        clock.advance(timedelta(hours=1))
        look(parts)
        until(lambda: OPS not in door.inside and row(parts, "E1", "dc-ops")["state"] == "confirmed", "it is closed")
        frozen(parts, SOON)
        door.inside.add(OPS)
        sink = Sink("iam", door, parts.directory.roster)
        sweeper = Reconciler({"iam": sink}, parts.directory, parts.writer, parts.database, clock, parts.known_open)
        assert sweeper.sweep(sink) == 1
        with parts.database.reading() as session:
            until(lambda: not session._cursor.execute("SELECT 1 FROM outbox").fetchall(), "delivery has looked")
        assert OPS in door.inside, "the freeze holds it"
        clock.advance(timedelta(hours=1, seconds=1))
        look(parts)
        sweeper.sweep(sink)
        until(lambda: OPS not in door.inside, "the door is closed")
