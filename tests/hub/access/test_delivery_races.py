"""A revocation beside a grant that is under way: the door ends closed, and nothing of the grant puts it off."""

import sqlite3
import time
from contextlib import closing
from threading import Event, Timer

import orjson

from hub.access.desired import REVOKE_LANE
from hub.access.gate import RETRY_AFTER_SECONDS
from hub.access.reconcile import Reconciler
from hub.access.sinks import Sink
from hub.store.tables import log
from schemas.errors import UnavailableError, UnknownOutcomeError
from tests.hub.decision.test_law import qualified, send, status
from tests.hub.doors import delivering, enforced, row, until

OPS = ("id-E1", "dc-ops")
EVERYTHING = {"seq": -1, "limit": 9999}


def rows(path, text):
    with closing(sqlite3.connect(path / "hub" / "data" / "licet.db", timeout=30)) as store:
        return store.execute(text).fetchall()


def test_a_grant_that_is_under_way_lands_before_the_revocation_looks(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        door.gate.clear()
        enforced(parts)
        assert door.waiting.wait(120), "a grant was sent, and is not answered yet"
        send(parts, status("E1", "high", "revoked", 5), clock)
        time.sleep(1.5)  # time enough for somebody else to look at the door
        door.gate.set()
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed", "the revocation is confirmed")
        time.sleep(0.5)
        assert OPS not in door.inside, "closed, and it stays closed"


def test_a_grant_that_fails_does_not_put_off_the_revocation_that_came_meanwhile(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        enforced(parts)
        until(lambda: OPS in door.inside and row(parts, "E1", "dc-ops")["state"] == "confirmed", "the door is open")

        def throttled(change):
            if change.wanted == "present":
                raise UnavailableError("peer.throttled", "come again in an hour", retry_after=3600.0)

        send(parts, status("E1", "low", "suspended", 5), clock)
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed" and OPS not in door.inside, "it is closed")
        door.fail = throttled
        door.gate.clear()
        door.waiting.clear()
        send(parts, status("E1", "low", "active", 6), clock)
        assert door.waiting.wait(120), "a grant was sent, and is not answered yet"
        door.inside.add(OPS)  # it had happened all the same
        send(parts, status("E1", "high", "revoked", 7), clock)
        door.gate.set()
        until(lambda: rows(tmp_path, "SELECT 1 FROM outbox WHERE lease_until IS NULL"), "the grant has failed")
        clock.skipped += RETRY_AFTER_SECONDS[REVOKE_LANE]  # the sink asked for an hour; nobody else did
        until(lambda: OPS not in door.inside, "the door is closed")


def test_a_sweep_during_which_a_door_was_opened_by_right_says_nothing_of_drift(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        send(parts, status("E1", "high", "suspended", 2), clock)
        enforced(parts)
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed", "it is closed")
        shown = door.members

        def slowly(target):
            if target == "dc-ops":
                send(parts, status("E1", "high", "active", 3), clock)
                until(lambda: OPS in door.inside, "the door is open")
                until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed", "it is confirmed")
            return shown(target)

        door.members = slowly
        sink = Sink("iam", door, parts.directory.roster)
        sweeper = Reconciler({"iam": sink}, parts.directory, parts.writer, parts.database, clock, parts.known_open)
        sweeper.sweep(sink)
        with parts.database.reading() as session:
            said = [orjson.loads(body)["kind"] for _seq, body, _leaf in session.all(log.entries_after, EVERYTHING)]
        assert "drifted" not in said
        assert row(parts, "E1", "dc-ops")["state"] == "confirmed"


def test_nobody_else_acts_for_a_person_while_a_slow_door_is_looked_at_target_by_target(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        looked, look = [], door.observe

        def slowly(subject, targets):
            found = look(subject, targets)
            looked.append(targets)
            if len(looked) == 1:
                parts.writer.call(lambda tx: tx.session._cursor.execute("UPDATE outbox SET lease_until = 1"))
                time.sleep(1.5)  # time enough for somebody else to take it up
            return found

        door.observe = slowly
        enforced(parts)
        until(lambda: OPS in door.inside and row(parts, "E1", "dc-ops")["state"] == "confirmed", "the door is open")
        with parts.database.reading() as session:
            entries = [orjson.loads(body) for _seq, body, _leaf in session.all(log.entries_after, EVERYTHING)]
        assert [each["kind"] for each in entries if each.get("target") == "dc-ops"].count("attempt") == 1


def test_a_grant_whose_answer_was_lost_and_that_lands_late_leaves_no_door_open(tmp_path):
    with delivering(tmp_path / "hub", doubt=1.5) as (parts, door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        lost_one, landed = Event(), Event()

        def land():
            door.inside.add(OPS)
            landed.set()

        def lost(change):
            if (change.target, change.wanted) == ("dc-ops", "present") and not lost_one.is_set():
                lost_one.set()
                Timer(0.3, land).start()  # well within the doubt
                send(parts, status("E1", "high", "revoked", 5), clock)
                raise UnknownOutcomeError("no answer in time")

        door.fail = lost
        enforced(parts)
        assert landed.wait(120), "the grant has landed"
        until(lambda: OPS not in door.inside, "the door is closed, before any sweep")
