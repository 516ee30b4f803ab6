"""What is taken first: revocations before everything else, whatever came before them."""

from hub.access.claims import Claims
from hub.access.leases import Leases
from hub.access.sinks import Sink
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
        claims = Claims(parts.directory, sinks, Leases("decider/test", clock), clock)
        taken = [parts.writer.call(lambda tx: claims.claim(1, tx))[0].person for _ in EVERYBODY]
        assert set(taken[: len(REVOKED)]) == {parts.directory.person_by_number(number) for number in REVOKED}
        assert len(set(taken)) == len(EVERYBODY), "the grants follow"
