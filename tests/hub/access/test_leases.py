"""Who is at what, on both stores: a lease is kept while its owner lives, and taken over once the owner is gone."""

from contextlib import contextmanager

import pytest

from hub.access.attempt import AttemptResult
from hub.access.claims import Claims
from hub.access.conclusion import Conclusions
from hub.access.gate import Gates
from hub.access.leases import BEAT_SECONDS, LEASE_SECONDS, LONGEST_WAIT_SECONDS, Leases, decider, store_us, us
from hub.access.lines import Lines
from hub.access.precedence import Precedence
from hub.access.sinks import Sink
from tests.hub.decision.test_law import NOW, opened, qualified, send
from tests.hub.doors import HeldDoor, LiveClock, delivering, enforced, row, until

OPS = ("id-E1", "dc-ops")


@contextmanager
def waiting(path, url=""):
    """A hub in which both targets of E1 wait to be opened; nothing delivers."""
    clock = LiveClock(NOW)
    with opened(path, clock, url) as parts:
        for message in qualified("E1"):
            send(parts, message, clock)
        enforced(parts)
        yield parts, clock


def claims_of(parts, clock, owner):
    return Claims(
        parts.directory,
        {"iam": Sink("iam", HeldDoor(), "roster")},
        Leases(owner, clock),
        Gates(["iam"], clock),
        Lines(),
        Precedence(["iam"], clock),
        clock,
        parts.known_open,
    )


def taken(parts, claims):
    return parts.writer.call(lambda tx: claims.claim(9, tx))


def moved(parts, column, seconds):
    """The only row of the outbox, with an instant that lies so many seconds from now."""
    text = f"UPDATE outbox SET {column} = (SELECT now FROM store_clock) + {us(seconds)}"
    parts.writer.call(lambda tx: tx.session.control(text))


def states(parts):
    return {row(parts, "E1", target)["state"] for target in ("dc-ops", "dc-assist")}


@pytest.fixture
def hub(tmp_path, database_url):
    with waiting(tmp_path / "hub", database_url) as (parts, clock):
        yield parts, clock


def test_what_another_deliverer_is_at_is_left_alone_until_it_is_not_heard_of_any_more(hub):
    parts, clock = hub
    other, mine = claims_of(parts, clock, "deliverer/1"), claims_of(parts, clock, "deliverer/2")
    [attempt] = taken(parts, other)
    parts.writer.call(mine.recover)
    assert taken(parts, mine) == [] and states(parts) == {"sent"}
    moved(parts, "lease_until", 1)
    parts.writer.call(lambda tx: other.renew([(attempt.person, attempt.sink)], tx))
    moved(parts, "next_at", -1)
    assert taken(parts, mine) == [], "it was heard of again"
    moved(parts, "lease_until", -1)
    parts.writer.call(mine.recover)
    assert states(parts) == {"unknown"}, "what it had sent may have happened"
    assert taken(parts, mine) == [], "a request may still be under way"
    moved(parts, "next_at", 0)
    assert len(taken(parts, mine)) == 1


def test_what_a_former_decider_was_at_is_free_at_once_for_the_present_one(hub):
    parts, clock = hub
    taken(parts, claims_of(parts, clock, decider("first")))
    second = claims_of(parts, clock, decider("second"))
    parts.writer.call(second.recover)
    assert states(parts) == {"unknown"}
    moved(parts, "next_at", 0)
    assert len(taken(parts, second)) == 1
    parts.writer.call(second.recover)
    assert states(parts) == {"sent"}, "its own lease is no former one's"


def test_who_was_taken_for_gone_says_nothing_over_the_one_who_took_over(hub):
    parts, clock = hub
    late, present = claims_of(parts, clock, "deliverer/1"), claims_of(parts, clock, "deliverer/2")
    [attempt] = taken(parts, late)
    moved(parts, "lease_until", -1)
    [taken_over] = taken(parts, present)

    def conclusions(owner):
        return Conclusions(owner, parts.enclosures, parts.commands, parts.known_open)

    done = AttemptResult(
        states={target.target: "confirmed" for target in attempt.targets},
        observed={target.target: target.wanted for target in attempt.targets},
    )
    parts.writer.call(lambda tx: conclusions("deliverer/1").conclude(attempt, done, 1, tx))
    assert states(parts) == {"sent"}
    parts.writer.call(lambda tx: conclusions("deliverer/2").conclude(taken_over, done, 1, tx))
    assert states(parts) == {"confirmed"}


def test_what_waits_beyond_all_waiting_is_due_as_the_clock_was_set_back(hub):
    parts, clock = hub
    claims = claims_of(parts, clock, decider("first"))
    moved(parts, "next_at", LONGEST_WAIT_SECONDS - 60)
    assert taken(parts, claims) == []
    moved(parts, "next_at", LONGEST_WAIT_SECONDS + 60)
    assert len(taken(parts, claims)) == 1


def test_instants_of_the_outbox_are_of_the_store_s_clock_and_no_process_s_own(hub):
    parts, clock = hub
    clock.skipped -= 1e6  # a machine that was just switched on
    claims = claims_of(parts, clock, decider("first"))
    before = parts.writer.call(lambda tx: store_us(tx.session))
    taken(parts, claims)
    with parts.database.reading() as session:
        session._cursor.execute("SELECT heartbeat_at, lease_until FROM outbox")
        heartbeat_at, lease_until = session._cursor.fetchone()
        after = store_us(session)
    assert before <= heartbeat_at <= after and lease_until - heartbeat_at == us(LEASE_SECONDS)


def test_a_lease_is_renewed_while_a_worker_is_at_it(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        door.gate.clear()
        enforced(parts)
        assert door.waiting.wait(120)
        moved(parts, "lease_until", 1)
        clock.skipped += BEAT_SECONDS
        with parts.database.reading() as session:
            until(lambda: lease_left(session) > us(LEASE_SECONDS / 2), "the lease is renewed")
        door.gate.set()
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed", "it is open")


def lease_left(session):
    session._cursor.execute("SELECT lease_until - now FROM outbox, store_clock")
    return session._cursor.fetchone()[0]


def test_a_worker_that_fails_by_a_bug_gives_its_row_back(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        failed = []

        def fails_once(_change):
            if not failed:
                failed.append(True)
                raise ZeroDivisionError

        door.fail = fails_once
        enforced(parts)
        until(lambda: failed, "a worker has failed")
        moved(parts, "lease_until", -1)
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed" and OPS in door.inside, "it is open")
