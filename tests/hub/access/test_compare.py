"""What `licet reconcile` says of every difference: what it is, and what was seen; and how often it asks."""

import pytest

from hub.access.budget import Budget
from hub.access.reconcile import Reconciler
from hub.access.sinks import Sink
from hub.store.tables.connectors import watermark
from schemas.errors import ConfigError, UnavailableError
from tests.hub.access.test_by_hand import OPS, opened
from tests.hub.decision.test_law import qualified, send
from tests.hub.doors import HeldDoor, delivering, look, row, until


def compare(parts, door, clock, sink=""):
    reconciler = Reconciler(
        {"iam": Sink("iam", door, "roster")}, parts.directory, parts.writer, parts.database, clock, parts.known_open
    )
    return reconciler.compare(sink)


def test_each_difference_has_its_kind_and_what_was_seen(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, clock, "E1", "E2")
        assert compare(parts, door, clock) == ([], 0, {}, ())
        door.inside.discard(OPS)
        found = compare(parts, door, clock, "iam")
        [difference] = found.differences
        assert (difference.kind, difference.seen, found.drifted) == ("closed by hand", "absent", 1)
        assert difference.evidence["members"] == "1" and len(difference.evidence["members_sha256"]) == 64
        assert compare(parts, door, clock).drifted == 0, "said once"
        [again] = compare(parts, door, clock).differences
        assert again.kind == "closed by hand", "but it is so yet"


def test_what_is_open_again_is_closed_and_says_so(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, clock, "E1")
        send(parts, qualified("E3")[0], clock)
        look(parts)
        until(lambda: row(parts, "E3", "dc-ops")["state"] == "confirmed", "it is closed")
        door.inside.add(("id-E3", "dc-ops"))
        [difference] = compare(parts, door, clock).differences
        assert (difference.kind, difference.wanted) == ("open again", "absent")
        until(lambda: ("id-E3", "dc-ops") not in door.inside, "it was closed again")


def test_what_is_only_observed_is_told_and_left_alone(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        found = compare(parts, door, clock)
        assert {each.kind for each in found.differences} == {"observed"} and found.drifted == 0
        assert not door.inside


def test_a_sink_at_which_a_sweep_fails_keeps_no_other_from_being_looked_at(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, clock, "E1")

        def odd(_target):
            raise OverflowError("Python int too large to convert to C long")

        door.members = odd
        sinks = {"iam": Sink("iam", door, "roster"), "other": Sink("other", HeldDoor(), "roster")}
        Reconciler(sinks, parts.directory, parts.writer, parts.database, clock, parts.known_open).sweep_all()
        with parts.database.reading() as session:
            seen = [session.one(watermark, {"connector": name, "peer": ""}) for name in sinks]
        assert seen[0] is None and seen[1] is not None


def test_a_sink_that_is_away_and_one_that_is_none(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, clock, "E1")

        def away(_target):
            raise UnavailableError("peer.unreachable", "no answer")

        door.members = away
        assert compare(parts, door, clock) == ([], 0, {"iam": "peer.unreachable"}, ())
        with pytest.raises(ConfigError, match="found 'door', expected a sink: iam"):
            compare(parts, door, clock, "door")


def test_questions_are_asked_evenly_and_a_rest_is_not_saved_up():
    now, slept = [100.0], []

    def sleep(seconds):
        slept.append(round(seconds, 3))
        now[0] += seconds

    budget = Budget(4, monotonic=lambda: now[0], sleep=sleep)
    for _ in range(3):
        budget.take()
    assert slept == [0.25, 0.25]
    now[0] += 60
    for _ in range(2):
        budget.take()
    assert slept == [0.25, 0.25, 0.25]


def test_members_whom_the_hub_never_let_in_are_told_and_left_alone(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, clock, "E1")
        door.inside |= {("id-cleaner", "dc-ops"), ("id-admin", "dc-ops")}
        found = compare(parts, door, clock)
        assert found.strangers == (("iam", "dc-ops", ("id-admin", "id-cleaner")),)
        assert found.drifted == 0 and not found.differences
        assert {("id-cleaner", "dc-ops"), ("id-admin", "dc-ops"), OPS} <= door.inside
