"""Doors that another hand moves: what it opened is closed; what it closed stays so until a person or a new cause."""

import pytest

from hub.access.sinks import Sink
from hub.workers import StoppedError
from schemas.errors import ConfigError
from tests.hub.decision.test_law import qualified, send, status
from tests.hub.doors import delivering, enforced, entries, row, sweep, until

OPS = ("id-E1", "dc-ops")


def opened(parts, clock, *numbers):
    for number in numbers:
        for message in qualified(number):
            send(parts, message, clock)
    enforced(parts)
    for number in numbers:
        until(lambda n=number: row(parts, n, "dc-ops")["state"] == "confirmed", "it is open")


def test_what_another_hand_closed_stays_closed_and_is_told(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, clock, "E1")
        door.inside.discard(OPS)
        assert sweep(parts, door, clock) == 1
        assert row(parts, "E1", "dc-ops")["state"] == "held"
        assert [each["code"] for each in entries(parts, "alarm", "dc-ops")] == ["sink.closed-by-hand"]
        [told] = [each for each in parts.why.person("E1").targets if each.target == "dc-ops"]
        assert told.code == "sink.closed-by-hand"
        send(parts, status("E1", "high", "active", 6), clock)
        assert sweep(parts, door, clock) == 0
        assert OPS not in door.inside and row(parts, "E1", "dc-ops")["state"] == "held"


def test_a_person_may_have_it_opened_again(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, clock, "E1")
        door.inside.discard(OPS)
        sweep(parts, door, clock)
        with pytest.raises(ConfigError, match="expected the employee number of somebody on the roster"):
            parts.halts.resume("iam", "dc-ops", ["wang"], "E2")
        parts.halts.resume("iam", "dc-ops", ["wang"], "E1")
        until(lambda: OPS in door.inside and row(parts, "E1", "dc-ops")["state"] == "confirmed", "it is open again")


def test_a_new_cause_opens_again_what_another_hand_closed(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, clock, "E1")
        door.inside.discard(OPS)
        sweep(parts, door, clock)
        send(parts, status("E1", "high", "revoked", 6), clock)
        until(lambda: row(parts, "E1", "dc-ops")["wanted"] == "absent", "it is closed by its issuer")
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed", "and seen closed")
        send(parts, status("E1", "high", "active", 7), clock)
        until(lambda: row(parts, "E1", "dc-ops")["state"] != "held", "that is a new cause")


def test_what_another_system_opens_three_times_is_closed_each_time_and_then_told(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, clock, "E1")
        send(parts, status("E1", "high", "revoked", 6), clock)
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed" and OPS not in door.inside, "it is closed")
        sweeper = parts.reconciler
        for times in range(1, 4):
            door.inside.add(OPS)
            until(lambda: sweeper.sweep(Sink("iam", door, "roster")) == 1, "it is seen open")
            until(lambda: OPS not in door.inside, "it is closed again")
            until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed", "and seen closed")
            told = [each["code"] for each in entries(parts, "alarm", "dc-ops")]
            assert told.count("sink.undone") == (times == 3)


def test_what_is_seen_open_again_is_as_it_must_be(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, clock, "E1")
        door.inside.discard(OPS)
        sweep(parts, door, clock)
        door.inside.add(OPS)
        sweep(parts, door, clock)
        assert row(parts, "E1", "dc-ops")["state"] == "confirmed"


def test_what_another_hand_opened_is_closed(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, clock, "E1")
        send(parts, status("E1", "high", "revoked", 6), clock)
        until(lambda: OPS not in door.inside and row(parts, "E1", "dc-ops")["state"] == "confirmed", "it is closed")
        door.inside.add(OPS)
        assert sweep(parts, door, clock) == 1
        until(lambda: OPS not in door.inside and row(parts, "E1", "dc-ops")["state"] == "confirmed", "it is closed")


def test_where_many_vanish_at_once_nothing_is_written_until_a_person_says_so(tmp_path):
    numbers = [f"E{n}" for n in range(1, 5)]
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, clock, *numbers)
        door.inside = {each for each in door.inside if each[1] != "dc-ops"}
        assert sweep(parts, door, clock) == 4
        assert [each["code"] for each in entries(parts, "alarm", "dc-ops")] == ["sink.mass"], "one word for all"
        assert [each.target for each in parts.halts.all()] == ["dc-ops"]
        parts.halts.resume("iam", "dc-ops", ["wang"])
        assert parts.halts.all() == []
        with pytest.raises(ConfigError, match="found no halt"):
            parts.halts.resume("iam", "dc-ops", ["wang"])


def test_what_the_hub_itself_closed_while_it_looked_halts_nothing(tmp_path):
    """A sweep asks for each person first, which takes minutes: revocations of that time are nobody's hand."""
    numbers = [f"E{n}" for n in range(1, 5)]
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, clock, *numbers)
        listed = door.members

        def late(target):
            if target == "dc-ops":
                for number in numbers:
                    send(parts, status(number, "high", "revoked", 6), clock)
                until(lambda: "dc-ops" not in {each for _, each in door.inside}, "all are closed")
            return listed(target)

        door.members = late
        sweep(parts, door, clock)
        assert parts.halts.all() == [] and entries(parts, "alarm", "dc-ops") == []


def test_a_sweep_of_many_ends_before_its_next_person_where_whoever_asked_wants_no_more(tmp_path):
    """A hub that ends must not look on at thousands first."""
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, clock, "E1", "E2")
        heard = []

        def enough():
            heard.append(1)
            if len(heard) == 2:
                raise StoppedError

        with pytest.raises(StoppedError):
            parts.reconciler.sweep(Sink("iam", door, "roster"), enough)
        heard.clear()
        parts.reconciler.sweep(Sink("iam", door, "roster"), lambda: heard.append(1))
        assert len(heard) > 2, "each person, and each target"


def test_a_search_that_finds_nobody_at_all_is_no_crowd_that_has_vanished(tmp_path):
    """A right to read was lost: whoever is in is in yet, and nobody else closed anything."""
    with delivering(tmp_path / "hub") as (parts, door, clock):
        numbers = [f"E{n}" for n in range(1, 6)]
        opened(parts, clock, *numbers)
        door.unproven |= {"E1", "E2", "E3", "E4", "E5"}
        assert sweep(parts, door, clock) == 0
        assert {row(parts, n, "dc-ops")["state"] for n in numbers} == {"confirmed"}
        assert not entries(parts, "alarm", "dc-ops")
