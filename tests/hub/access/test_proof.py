"""What a look proves: nothing before all that was written can be seen, and nothing at all where nobody can look."""

import pytest

from connectors.port import Capabilities, Observation
from hub.access.attempt import Attempt, AttemptResult
from hub.access.conclusion import Conclusions
from hub.access.desired import read
from hub.access.proof import DOUBT_SECONDS, Proof
from hub.store.tables.access import DesiredRow
from schemas.errors import UnavailableError, UnknownOutcomeError
from tests.hub.decision.test_law import qualified, send, status
from tests.hub.doors import delivering, enforced, entries, row, sweep, until

OPS = ("id-E1", "dc-ops")
EXACT, LATE, BLIND = Proof(Capabilities("exact")), Proof(Capabilities("exact", 30.0)), Proof(Capabilities("none"))
ROW = DesiredRow("iam", "room", "absent", 0, "post", "enforce", 3, "decided", "d", 0, "present", 0, None, "[]")


@pytest.mark.parametrize(
    ("proof", "state", "wanted", "doubted", "unseen"),
    [
        (EXACT, "decided", "absent", False, False),
        (EXACT, "unknown", "absent", True, False),
        (EXACT, "sent", "absent", True, False),
        (EXACT, "unknown", "present", False, False),
        (LATE, "decided", "absent", False, False),
        (LATE, "unknown", "absent", True, True),
        (LATE, "sent", "absent", True, True),
        (LATE, "unknown", "present", True, False),
    ],
)
def test_a_write_that_may_still_show_makes_a_look_prove_nothing(proof, state, wanted, doubted, unseen):
    found = ROW._replace(state=state, wanted=wanted)
    assert (proof.doubts(found), proof.closes_unseen(found)) == (doubted, unseen)


def test_a_look_proves_something_once_the_time_is_over_and_a_clock_that_was_set_back_puts_nothing_off():
    pending = ROW._replace(state="accepted", settles_at=50_000_000)
    assert [LATE.missing(pending, at) for at in (30_000_000, 50_000_000, 60_000_000)] == [20.0, 0.0, 0.0]
    assert LATE.missing(pending, 19_000_000) == 0.0, "more than it ever takes"
    assert LATE.missing(ROW, 0) == 0.0


def test_a_removal_is_looked_at_again_after_the_longer_of_two_times():
    short = Proof(Capabilities("exact", 1.0))
    assert [short.seconds(ROW), LATE.seconds(ROW), EXACT.seconds(ROW)] == [DOUBT_SECONDS, 30.0, DOUBT_SECONDS]
    assert short.seconds(ROW._replace(wanted="present")) == 1.0


def test_what_cannot_be_read_back_is_accepted_at_most_and_says_why(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        door.can = Capabilities("none")
        for message in qualified("E1"):
            send(parts, message, clock)
        enforced(parts)
        until(lambda: OPS in door.inside and row(parts, "E1", "dc-ops")["state"] == "accepted", "it was written")
        until(lambda: not waiting(parts), "nothing waits")
        send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: OPS not in door.inside and row(parts, "E1", "dc-ops")["state"] == "accepted", "it was taken away")
        until(lambda: not waiting(parts), "nothing waits")
        assert entries(parts, "confirmed", "dc-ops") == []
        assert [each["code"] for each in entries(parts, "accepted", "dc-ops")] == ["sink.no-read-back"] * 2
        assert not [each for each in door.asked if each.startswith("observe")], "nobody looks where nothing shows"
        [target] = [each for each in parts.why.person("E1").targets if each.target == "dc-ops"]
        assert target.code == "sink.no-read-back"
        assert sweep(parts, door, clock) == 0


def waiting(parts):
    with parts.database.reading() as session:
        session._cursor.execute("SELECT 1 FROM outbox")
        return session._cursor.fetchall()


def test_a_removal_whose_answer_was_lost_is_confirmed_by_a_second_look(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        enforced(parts)
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed" and OPS in door.inside, "it is open")

        def lost(change):
            if change.wanted == "absent":
                door.inside.discard(OPS)
                raise UnknownOutcomeError("no answer in time")

        door.fail = lost
        send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed" and OPS not in door.inside, "it is confirmed")
        said = entries(parts, "attempt", "dc-ops", "unknown", "confirmed")
        kinds = [each["kind"] for each in said if each["wanted"] == "absent"]
        assert kinds == ["attempt", "unknown", "attempt", "unknown", "attempt", "confirmed"]


def test_a_doubt_outlasts_a_try_in_which_nobody_could_look(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        refused, look = [], door.observe

        def lost(change):
            if (change.target, change.wanted) == ("dc-ops", "present"):
                send(parts, status("E1", "high", "revoked", 5), clock)
                raise UnknownOutcomeError("no answer in time")

        def away(subject, targets) -> Observation:
            if row(parts, "E1", "dc-ops")["wanted"] == "absent" and not refused:
                refused.append(True)
                raise UnavailableError("peer.unreachable", "away")
            return look(subject, targets)

        door.fail, door.observe = lost, away
        enforced(parts)
        until(lambda: refused and row(parts, "E1", "dc-ops")["state"] == "confirmed", "it is confirmed closed")
        seen = [each for each in entries(parts, "unknown", "dc-ops") if each.get("observed") == "absent"]
        assert [each["wanted"] for each in seen][-1] == "absent", "one look was not enough"


def test_a_door_that_was_confirmed_and_cannot_be_looked_at_once_more_is_not_called_confirmed(tmp_path):
    with delivering(tmp_path / "hub") as (parts, _door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        enforced(parts)
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed", "it is open")
        known = len(entries(parts, "confirmed", "dc-ops"))
        person = parts.directory.person_by_number("E1")
        conclusions = Conclusions("another", parts.enclosures, parts.commands, parts.known_open)

        def once_more(tx):
            targets = tuple(each for each in read(person, tx) if each.target == "dc-ops")
            attempt = Attempt(person, "iam", 0, targets[0].epoch, 0, (), targets, EXACT, 0.0)
            away = UnavailableError("peer.bad-answer", "a page to log in at")
            conclusions.conclude(attempt, AttemptResult(error=away), 1, tx)

        parts.writer.call(once_more)
        [failed] = entries(parts, "failed", "dc-ops")
        assert failed["code"] == "peer.bad-answer" and "observed" not in failed
        assert len(entries(parts, "confirmed", "dc-ops")) == known
        assert row(parts, "E1", "dc-ops")["state"] == "confirmed", "it was seen so, and nothing else since"


def test_a_sink_that_asks_to_stay_away_is_heard_for_a_minute_at_most_where_something_must_close(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        enforced(parts)
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed" and OPS in door.inside, "it is open")

        def throttled(_change):
            raise UnavailableError("peer.throttled", "come again in an hour", retry_after=3600.0)

        door.fail = throttled
        send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: entries(parts, "failed", "dc-ops"), "it was refused")
        with parts.database.reading() as session:
            session._cursor.execute("SELECT next_at - now FROM outbox, store_clock")
            [(left,)] = session._cursor.fetchall()
        assert left <= 60_000_000
