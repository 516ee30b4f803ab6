"""What waited over an outage is closed before anything is opened, in the order in which a real server was told."""

import sqlite3
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest

from connectors.access.scim import SPEC
from hub.access.claims import BACKOFF, Claims
from hub.access.desired import GRANT_LANE, REVOKE_LANE
from hub.access.gate import Gates
from hub.access.leases import Leases
from hub.access.lines import Lines
from hub.access.precedence import AWAITED_SECONDS, PATIENCE_SECONDS, Precedence
from hub.access.sinks import Sink
from hub.config.instances import Instance
from tests.contract.scim_server import TOKEN, running
from tests.faults.proxy import Proxy
from tests.hub.decision.test_law import NOW, opened, qualified, send, status
from tests.hub.doors import HeldDoor, LiveClock, delivery_of, enforced, row, turning, until

CLOSING, OPENING = [f"E{n}" for n in range(1, 7)], ["E11", "E12", "E13", "E14"]


@contextmanager
def at_a_real_server(home):
    """A hub whose sink is a SCIM server behind a proxy; those of CLOSING are inside, those of OPENING were."""
    with running() as server, Proxy("127.0.0.1", server.port) as proxy:
        for number in [*CLOSING, *OPENING]:
            server.add_user(userName=number.lower(), externalId=number)
        clock = LiveClock(NOW)
        settings = {"base_url": f"{proxy.url}/v2", "token": TOKEN, "allow_private_address": True}
        settings |= {"deadline_seconds": 60, "read_deadline_seconds": 60}
        iam = Instance("iam", SPEC, SPEC.settings.model_validate(settings), "roster", timedelta(hours=1))
        with opened(home, clock, instances={"iam": iam}) as parts:
            post = parts.folder.positions["dc-operations"]
            for group in {target for rung in post.targets["iam"].values() for target in rung}:
                server.add_group(group)
            delivery = delivery_of(parts, parts.sinks, clock)
            with turning(delivery, parts.activators.delivery):
                people = [*CLOSING, *OPENING]
                say(parts, clock, [message for number in people for message in qualified(number)])
                enforced(parts)
                until(lambda: all(is_done(parts, number) for number in people), "they are inside")
                say(parts, clock, [status(number, "high", "suspended", 5) for number in OPENING])
                until(lambda: all(is_done(parts, number) for number in people), "some are not any more")
                try:
                    yield parts, clock, proxy, delivery
                finally:
                    proxy.clear()
                    proxy.release()


def say(parts, clock, messages):
    for message in messages:
        send(parts, message, clock)


def is_done(parts, number):
    return row(parts, number, "dc-ops")["state"] == "confirmed"


def revoked(number):
    return status(number, "high", "revoked", 5)


def rows(home, text, *values):
    with closing(sqlite3.connect(home / "data" / "licet.db", timeout=30)) as store:
        found = store.execute(text, values).fetchall()
        store.commit()
    return found


def changes(proxy):
    """What the server was told to change, in its order: whether it closed or opened."""
    return ["close" if b'"remove"' in each.body else "open" for each in proxy.seen if each.method == "PATCH"]


def closed_first(parts, proxy):
    """All is done at last, and in its order."""
    until(lambda: all(is_done(parts, number) for number in [*CLOSING, *OPENING]), "all is done")
    told = changes(proxy)
    assert told.count("close") >= len(CLOSING) and told.count("open") >= len(OPENING)
    return told == sorted(told)


def test_grants_that_were_under_way_when_a_sink_hung_leave_the_first_change_to_revocations(tmp_path):
    home = tmp_path / "hub"
    with at_a_real_server(home) as (parts, clock, proxy, _):
        proxy.clear()
        proxy.fail(*["hold"] * 500, on="read")
        say(parts, clock, [status(number, "high", "active", 6) for number in OPENING])
        under_way = "SELECT count(*) FROM outbox WHERE lane = 1 AND owner IS NOT NULL"
        until(lambda: proxy.seen and rows(home, under_way)[0][0], "grants hang")
        say(parts, clock, map(revoked, CLOSING))
        waited = "SELECT count(*) FROM outbox, store_clock WHERE lane = 0 AND owner IS NULL AND next_at < now - ?"
        until(lambda: rows(home, waited, AWAITED_SECONDS * 1_000_000)[0][0], "revocations wait, and cannot begin")
        assert changes(proxy) == []
        proxy.clear()
        proxy.release()
        assert closed_first(parts, proxy)


def test_a_grant_that_finds_its_sink_back_leaves_the_first_change_to_revocations_in_their_back_off(tmp_path):
    home = tmp_path / "hub"
    with at_a_real_server(home) as (parts, clock, proxy, delivery):
        proxy.clear()
        proxy.fail(*["503"] * 5000, on="read")
        say(parts, clock, [status(number, "high", "active", 6) for number in OPENING])
        say(parts, clock, map(revoked, CLOSING))
        until(lambda: delivery.gates.is_shut("iam"), "the sink is taken for away")
        # Whatever chance gave each: revocations wait for as long as they ever do, grants for nothing.
        longest = "UPDATE outbox SET tries = tries + 1, next_at = (SELECT now FROM store_clock) + ? WHERE lane = 0"
        idle = "SELECT count(*) FROM outbox, store_clock WHERE lane = 0 AND (owner IS NOT NULL OR next_at <= now)"

        def all_wait():
            rows(home, f"{longest} AND owner IS NULL", (BACKOFF[REVOKE_LANE].most - 1) * 1_000_000)
            return rows(home, idle)[0][0] == 0

        until(all_wait, "no revocation is under way")
        rows(home, "UPDATE outbox SET next_at = 0 WHERE lane = 1")
        proxy.clear()
        assert closed_first(parts, proxy)


# --- what they wait for, and for how long ------------------------------------------------------------------------


@pytest.fixture
def hub(tmp_path):
    """Claims of a hub in which E1 to E4 are to be closed and E5 is to be opened, and the precedence they go by."""
    clock = LiveClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        people = [f"E{n}" for n in range(1, 6)]
        say(parts, clock, [message for number in people for message in qualified(number)])
        enforced(parts)
        say(parts, clock, map(revoked, people[:-1]))
        sinks = {"iam": Sink("iam", HeldDoor(), "roster")}
        order, leases, lines = Precedence(sinks, clock), Leases("decider/test", clock), Lines()
        claims = Claims(parts.directory, sinks, leases, Gates(sinks, clock), lines, order, clock, parts.known_open)
        yield Held(parts, claims, order, lines, clock)


class Held:
    """What is claimed of a hub, one after another."""

    def __init__(self, parts, claims, order, lines, clock):
        self.parts, self.claims, self.order, self.clock = parts, claims, order, clock
        self.lines = lines
        self.do("UPDATE desired SET target = 'another' WHERE wanted = 'present' AND target = 'dc-ops' AND person = ?")
        self.do("DELETE FROM desired WHERE target <> 'another' AND person = ?")

    def do(self, text, number="E5"):
        person = self.parts.directory.person_by_number(number)
        self.parts.writer.call(lambda tx: tx.session._cursor.execute(text, (person,)))

    def lanes(self):
        taken = self.parts.writer.call(lambda tx: self.claims.claim(8, tx))
        for each in taken:
            self.lines.join(each.places)
        return [each.lane for each in taken]

    def end(self, number):
        """A revocation had its turn, and is tried again later."""
        later = "UPDATE outbox SET lease_until = NULL, owner = NULL, tries = 1, next_at = next_at + 9000000"
        self.do(f"{later} WHERE person = ?", number)
        self.lines.leave([("iam", "dc-ops")])


def test_a_grant_waits_for_the_last_revocation_that_stood_in_line_and_not_for_its_next_try(hub):
    assert hub.lanes() == [REVOKE_LANE] * 3, "one waits in line"
    for number in ("E1", "E2", "E3", "E4"):
        assert GRANT_LANE not in hub.lanes()
        hub.end(number)
    assert hub.lanes() == [GRANT_LANE], "each had its turn, and has failed"


def test_grants_wait_for_no_longer_than_that_for_a_sink_that_answers_no_revocation(hub):
    assert hub.lanes() == [REVOKE_LANE] * 3 and hub.lanes() == []
    hub.clock.skipped += PATIENCE_SECONDS / 2
    hub.order.answered("iam")
    assert hub.lanes() == []
    hub.clock.skipped += PATIENCE_SECONDS - 1
    assert hub.lanes() == [], "it has answered one since"
    hub.clock.skipped += 1
    assert hub.lanes() == [GRANT_LANE]


def test_a_revocation_that_has_just_come_begins_beside_grants(hub):
    for number in ("E2", "E3", "E4"):
        hub.do("DELETE FROM outbox WHERE person = ?", number)
    assert hub.lanes() == [REVOKE_LANE, GRANT_LANE]


def test_a_sink_that_comes_back_again_and_answers_no_revocation_holds_no_grants(hub):
    def returned():
        hub.parts.writer.call(lambda tx: hub.claims.answered("iam", tx))

    hub.lanes()
    returned()
    for number in ("E1", "E2", "E3", "E4"):
        hub.end(number)
    returned()
    assert GRANT_LANE in hub.lanes()
