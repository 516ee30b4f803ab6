"""What is taken first: revocations before everything else, whatever came before them."""

import orjson

from hub.access.claims import Claims
from hub.access.gate import Gates
from hub.access.leases import Leases
from hub.access.sinks import Sink
from hub.store.tables.log import entries_after
from tests.hub.decision.test_law import NOW, opened, qualified, send, status
from tests.hub.doors import HeldDoor, LiveClock, enforced

EVERYBODY = [f"E{n}" for n in range(1, 9)]
REVOKED = ["E7", "E2", "E5"]


def test_revocations_are_taken_before_every_grant_that_waited_before_them(tmp_path):
    clock = LiveClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for number in EVERYBODY:
            for message in qualified(number):
                send(parts, message, clock)
        enforced(parts)
        for number in REVOKED:
            send(parts, status(number, "high", "revoked", 5), clock)
        sinks = {"iam": Sink("iam", HeldDoor(), "roster")}
        claims = Claims(
            parts.directory, sinks, Leases("decider/test", clock), Gates(sinks, clock), clock, parts.known_open
        )
        taken = [parts.writer.call(lambda tx: claims.claim(1, tx))[0].person for _ in EVERYBODY]
        assert set(taken[: len(REVOKED)]) == {parts.directory.person_by_number(number) for number in REVOKED}
        assert len(set(taken)) == len(EVERYBODY), "the grants follow"


def test_what_waits_for_a_sink_that_is_configured_no_more_stays_and_is_told(tmp_path):
    clock = LiveClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for message in qualified("E1"):
            send(parts, message, clock)
        enforced(parts)
        claims = Claims(parts.directory, {}, Leases("decider/test", clock), Gates((), clock), clock, parts.known_open)
        assert parts.writer.call(lambda tx: claims.claim(9, tx)) == []
        with parts.database.reading() as store:
            entries = [orjson.loads(each.body) for each in store.all(entries_after, {"seq": -1, "limit": 9999})]
            store._cursor.execute("SELECT tries FROM outbox, store_clock WHERE next_at > now")
            assert store._cursor.fetchall() == [(1,)], "said once, and again in an hour"
        assert [each["code"] for each in entries if each["kind"] == "failed"] == ["sink.unknown"]
