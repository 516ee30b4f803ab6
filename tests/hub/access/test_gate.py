"""One gate per sink: what a sink says of itself holds for all who wait for it, and for nobody else."""

import socket
import sqlite3
import threading
from contextlib import closing as closing_of
from contextlib import contextmanager
from datetime import timedelta

import pytest

from connectors.access.scim import SPEC
from hub.access.desired import GRANT_LANE, REVOKE_LANE
from hub.access.gate import (
    ALL_HANDS,
    FAILURES,
    HANDS,
    KEPT_FOR_REVOCATIONS,
    MOST_SECONDS,
    REFUSED_SECONDS,
    WINDOW,
    Gates,
)
from hub.access.sinks import Sink
from hub.store.tables.connectors import ensure_connector
from schemas.errors import RejectedError, UnavailableError, UnknownOutcomeError
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, know, opened, qualified, send, status
from tests.hub.doors import (
    HeldDoor,
    LiveClock,
    delivering,
    delivery_of,
    enforced,
    entries,
    instance,
    row,
    turning,
    until,
)

AWAY = UnavailableError("peer.unreachable", "nobody there")


@pytest.fixture
def gates(clock: HandClock) -> Gates:
    return Gates(["iam"], clock)


def fail(gates: Gates, error: Exception = AWAY, times: int = 1, sink: str = "iam") -> None:
    for _ in range(times):
        gates.begin(sink)
        assert not gates.end(sink, error)


def shut(gates: Gates) -> bool:
    return gates.room("iam", REVOKE_LANE) == 0


def test_a_few_failures_shut_no_gate_and_one_answer_between_them_makes_them_begin_anew(gates):
    fail(gates, times=FAILURES - 1)
    gates.begin("iam")
    gates.end("iam", None)
    fail(gates, times=FAILURES - 1)
    assert not shut(gates)
    fail(gates)
    assert shut(gates)


def test_a_target_that_was_changed_meanwhile_says_nothing_of_the_sink(gates):
    for _ in range(WINDOW):
        gates.begin("iam")
        assert not gates.end("iam", UnavailableError("peer.conflict", "answered 412"))
    assert not shut(gates)


def test_a_sink_that_loses_half_of_what_is_sent_is_shut_and_begins_anew_afterwards(gates, clock):
    lost = UnavailableError("peer.unreachable", "no answer")
    for n in range(WINDOW):
        gates.begin("iam")
        gates.end("iam", None if n % 2 else lost)
    assert gates.room("iam", REVOKE_LANE) > 0, "the last one was answered"
    gates.begin("iam")
    gates.end("iam", lost)
    assert gates.room("iam", REVOKE_LANE) == 0
    clock.advance(timedelta(seconds=MOST_SECONDS))
    gates.begin("iam")
    assert gates.end("iam", None), "its probe was answered"
    for n in range(WINDOW - 2):
        gates.begin("iam")
        gates.end("iam", None if n % 2 else lost)
    assert gates.room("iam", REVOKE_LANE) > 0, "what was before is forgotten"


def test_half_of_all_refused_shuts_no_gate_as_one_group_may_be_protected(gates):
    for n in range(2 * WINDOW):
        gates.begin("iam")
        gates.end("iam", None if n % 2 else RejectedError("peer.auth", "403"))
    assert gates.room("iam", REVOKE_LANE) > 0


@pytest.mark.parametrize("error", [AWAY, UnknownOutcomeError("lost"), RejectedError("peer.auth", "not you")])
def test_what_a_sink_says_of_itself_shuts_its_gate_and_no_other(clock, error):
    gates = Gates(["iam", "doors"], clock)
    fail(gates, error, FAILURES)
    assert shut(gates) and gates.room("doors", REVOKE_LANE) == gates.share


@pytest.mark.parametrize("error", [RejectedError("sink.no-target", "x"), UnavailableError("store.busy", "x"), None])
def test_what_concerns_one_person_or_our_store_shuts_no_gate(gates, error):
    fail(gates, error, 3 * FAILURES)
    assert not shut(gates)


def test_a_shut_gate_lets_one_attempt_through_when_its_time_has_come_and_an_answer_opens_it(gates, clock):
    fail(gates, times=FAILURES)
    clock.seconds += MOST_SECONDS
    assert gates.room("iam", REVOKE_LANE) == 1 and gates.room("iam", REVOKE_LANE, 1) == 0
    gates.begin("iam")
    assert shut(gates) and gates.wait("iam", REVOKE_LANE) is None, "the one who asks is waited for"
    assert gates.end("iam", None), "whoever waits may go on"
    assert gates.room("iam", REVOKE_LANE) == gates.share


def test_a_gate_stays_shut_longer_with_each_probe_and_never_for_long(gates, clock):
    fail(gates, times=FAILURES)
    waits = []
    for _ in range(8):
        waits.append(gates.wait("iam", REVOKE_LANE))
        clock.seconds += MOST_SECONDS
        fail(gates)
    assert waits == sorted(waits) and waits[0] < waits[-1] == MOST_SECONDS


def test_who_refuses_our_credentials_is_asked_rarely(gates):
    fail(gates, RejectedError("peer.auth", "not you"), FAILURES)
    assert gates.wait("iam", REVOKE_LANE) == REFUSED_SECONDS


def test_retry_after_shuts_the_gate_at_once_for_a_revocation_a_minute_at_most(gates, clock):
    fail(gates, UnavailableError("peer.throttled", "later", 900.0))
    assert gates.wait("iam", REVOKE_LANE) == 60.0 and gates.wait("iam", GRANT_LANE) == 900.0
    clock.seconds += 60.0
    assert gates.room("iam", GRANT_LANE) == 0 and gates.room("iam", REVOKE_LANE) == 1


def test_what_was_under_way_when_a_sink_asked_us_to_stay_away_takes_that_not_back(gates, clock):
    gates.begin("iam")
    gates.begin("iam")
    gates.end("iam", UnavailableError("peer.throttled", "later", 30.0))
    assert not gates.end("iam", None) and shut(gates)
    clock.seconds += 30.0
    gates.begin("iam")
    assert gates.end("iam", None)


def test_a_gate_that_opens_lets_no_grant_through_before_all_who_waited_were_woken(gates, clock):
    fail(gates, times=FAILURES)
    clock.seconds += MOST_SECONDS
    gates.begin("iam")
    assert gates.end("iam", None)
    assert gates.room("iam", GRANT_LANE) == 0 and gates.room("iam", REVOKE_LANE) == gates.share
    gates.woken("iam")
    assert gates.room("iam", GRANT_LANE) == HANDS - KEPT_FOR_REVOCATIONS


def test_who_failed_at_a_sink_that_has_come_back_meanwhile_is_told_from_who_fails_now(gates, clock):
    began = clock.monotonic()
    fail(gates, times=FAILURES)
    assert not gates.came_back("iam", began)
    clock.seconds += MOST_SECONDS
    gates.begin("iam")
    gates.end("iam", None)
    assert gates.came_back("iam", began)
    clock.seconds += 1
    assert not gates.came_back("iam", clock.monotonic())


def test_grants_leave_hands_for_revocations(gates):
    assert gates.room("iam", GRANT_LANE) == HANDS - KEPT_FOR_REVOCATIONS
    for _ in range(HANDS - KEPT_FOR_REVOCATIONS):
        gates.begin("iam")
    assert gates.room("iam", GRANT_LANE) == 0 and gates.room("iam", REVOKE_LANE) == KEPT_FOR_REVOCATIONS


def test_many_sinks_share_the_hands_evenly(clock):
    gates = Gates([f"s{n}" for n in range(20)], clock)
    assert gates.share == ALL_HANDS // 20 and gates.hands <= ALL_HANDS
    assert Gates([f"s{n}" for n in range(200)], clock).room("s7", GRANT_LANE) == 1, "nobody is left without"


@contextmanager
def hanging():
    """A server that takes connections and never says a word; its URL, what it holds, and how it goes away."""
    held, ending = [], threading.Event()
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        listening.settimeout(0.05)

        def take():
            while not ending.is_set():
                try:
                    held.append(listening.accept()[0])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=take, daemon=True)
        thread.start()

        def go():
            ending.set()
            thread.join(10)
            for each in (listening, *held):
                each.close()

        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", held, go
        finally:
            go()


def is_open(held):
    """Whether the other side of a connection still waits on it."""
    held.setblocking(False)
    try:
        while held.recv(65536):
            pass
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def test_a_sink_that_hangs_takes_its_share_of_hands_and_a_healthy_one_closes_all_the_same(tmp_path):
    clock, door, people = LiveClock(NOW), HeldDoor(), [f"E{n}" for n in range(1, 9)]
    with (
        hanging() as (url, held, go),
        opened(tmp_path / "hub", clock, instances={"iam": instance(door, "roster")}) as parts,
    ):
        settings = {"base_url": url, "allow_private_address": True, "read_deadline_seconds": 15}
        hung = SPEC.build("hung", SPEC.settings.model_validate(settings))
        sinks = {"hung": Sink("hung", hung, "roster"), **parts.sinks}
        post = parts.folder.positions["dc-operations"]
        targets = {"iam": dict(post.targets["iam"]), "hung": {"full": ("room",)}}
        know(parts, post.model_copy(update={"targets": targets}))
        parts.writer.call(lambda tx: tx.session.run(ensure_connector, {"connector": "hung"}))
        delivery = delivery_of(parts, sinks, clock)
        with turning(delivery, parts.activators.delivery):
            for number in people:
                for message in qualified(number):
                    send(parts, message, clock)
            enforced(parts, also=["hung"])
            until(lambda: len(door.inside) >= len(people), "the healthy one is open")
            until(lambda: held, "the other one hangs")
            for number in people:
                send(parts, status(number, "high", "revoked", 5), clock)
            until(lambda: all(row(parts, n, "dc-ops")["state"] == "confirmed" for n in people), "all are closed")
            assert not {each for each in door.inside if each[1] == "dc-ops"}
            assert sum(map(is_open, held)) <= delivery.gates.share < delivery.gates.hands
            go()


def test_all_who_wait_go_on_at_the_first_answer_revocations_first(tmp_path):
    closing, opening = [f"E{n}" for n in range(1, 9)], ["E11", "E12", "E13"]
    with delivering(tmp_path / "hub") as (parts, door, clock):
        for number in closing:
            for message in qualified(number):
                send(parts, message, clock)
        enforced(parts)
        until(lambda: all(row(parts, n, "dc-ops")["state"] == "confirmed" for n in closing), "they are open")
        door.fail = away
        for number in opening:
            for message in qualified(number):
                send(parts, message, clock)
        for number in closing:
            send(parts, status(number, "high", "revoked", 5), clock)
        store = tmp_path / "hub" / "data" / "licet.db"
        until(lambda: rows(store, "SELECT sum(tries) FROM outbox")[0][0] >= FAILURES, "it fails")
        # Whatever each of them waits for by itself, but one: an hour and more.
        first = parts.directory.person_by_number("E1")
        later = "UPDATE outbox SET next_at = next_at + 7200000000, tries = tries + 1 WHERE person <> ?"
        rows(store, later, first)
        busy = "SELECT count(*) FROM outbox WHERE owner IS NOT NULL"
        until(lambda: rows(store, busy)[0][0] == 0, "nobody is at it: whose attempt still ends is not claimed")
        before = len(entries(parts, "attempt", "dc-ops"))
        door.fail = lambda _change: None
        until(lambda: all(row(parts, n, "dc-ops")["state"] == "confirmed" for n in [*closing, *opening]), "all is done")
        # In the order in which they were begun: of those that are under way together any may be done first.
        wanted = [each["wanted"] for each in entries(parts, "attempt", "dc-ops")[before:]]
        assert wanted[: len(closing)] == ["absent"] * len(closing)


def away(_change):
    raise AWAY


def rows(store, text, *values):
    with closing_of(sqlite3.connect(store, timeout=30)) as opened_store:
        found = opened_store.execute(text, values).fetchall()
        opened_store.commit()
    return found
