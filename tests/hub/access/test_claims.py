"""What is taken first: revocations before everything else, whatever came before them."""

from datetime import timedelta

import orjson

from hub.access.claims import IN_LINE, Claims
from hub.access.desired import GRANT_LANE, REVOKE_LANE
from hub.access.gate import Gates
from hub.access.leases import Leases
from hub.access.lines import CROWDS_SECONDS, YIELDS_SECONDS, Lines, Turns
from hub.access.precedence import Precedence
from hub.access.sinks import Sink
from hub.store.tables.log import entries_after
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, qualified, send, status
from tests.hub.doors import HeldDoor, LiveClock, enforced

EVERYBODY = [f"E{n}" for n in range(1, 9)]
REVOKED = ["E7", "E2", "E5"]


def claims_of(parts, sinks, clock, lines):
    gates, leases = Gates(sinks, clock), Leases("decider/test", clock)
    order = Precedence(sinks, clock)
    return Claims(parts.directory, sinks, leases, gates, lines, order, clock, parts.known_open)


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
        claims = claims_of(parts, sinks, clock, Lines())

        def claim():
            return [each.person for each in parts.writer.call(lambda tx: claims.claim(1, tx))]

        taken = [person for _ in REVOKED for person in claim()]
        assert set(taken) == {parts.directory.person_by_number(number) for number in REVOKED}
        assert claim() == [], "until each of them had its turn"
        parts.writer.call(lambda tx: tx.session._cursor.execute("DELETE FROM outbox WHERE lane = 0"))
        taken += [person for _ in EVERYBODY[len(REVOKED) :] for person in claim()]
        assert len(set(taken)) == len(EVERYBODY), "the grants follow"


def test_what_waits_for_a_sink_that_is_configured_no_more_stays_and_is_told(tmp_path):
    clock = LiveClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for message in qualified("E1"):
            send(parts, message, clock)
        enforced(parts)
        claims = claims_of(parts, {}, clock, Lines())
        assert parts.writer.call(lambda tx: claims.claim(9, tx)) == []
        with parts.database.reading() as store:
            entries = [orjson.loads(each.body) for each in store.all(entries_after, {"seq": -1, "limit": 9999})]
            store._cursor.execute("SELECT tries FROM outbox, store_clock WHERE next_at > now")
            assert store._cursor.fetchall() == [(1,)], "said once, and again in an hour"
        assert [each["code"] for each in entries if each["kind"] == "failed"] == ["sink.unknown"]


def test_free_hands_go_to_targets_that_nobody_is_at_and_only_then_stand_in_line(tmp_path):
    clock, lines = LiveClock(NOW), Lines()
    with opened(tmp_path / "hub", clock) as parts:
        for number in EVERYBODY:
            for message in qualified(number):
                send(parts, message, clock)
        enforced(parts)
        sinks = {"iam": Sink("iam", HeldDoor(), "roster")}
        claims = claims_of(parts, sinks, clock, lines)

        def claim():
            return parts.writer.call(lambda tx: claims.claim(8, tx))

        first = claim()
        assert len(first) == IN_LINE[GRANT_LANE] < len(EVERYBODY), "all of them want the same targets"
        with parts.database.reading() as store:
            assert claims.pause(store) is None, "who waits in line is not asked for in a circle"
        for each in first:
            lines.join(each.places)
        assert claim() == []
        lines.leave(first[0].places)
        assert len(claim()) == 1, "where one has ended the next stands in line"
        lines.leave(first[1].places)
        places = [("iam", target) for target in {target for _sink, target in first[0].places}]
        parts.writer.call(lambda tx: move(tx, parts.directory.person_by_number("E8")))
        lines.join(places)
        lines.join(places)
        [other] = claim()
        assert other.person == parts.directory.person_by_number("E8"), "whose target nobody is at"


def test_no_grant_is_taken_at_a_sink_while_revocations_stand_in_line_there(tmp_path):
    clock = LiveClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for number in EVERYBODY:
            for message in qualified(number):
                send(parts, message, clock)
        enforced(parts)
        for number in EVERYBODY[:-1]:
            send(parts, status(number, "high", "revoked", 5), clock)
        parts.writer.call(lambda tx: move(tx, parts.directory.person_by_number("E8")))
        claims = claims_of(parts, {"iam": Sink("iam", HeldDoor(), "roster")}, clock, Lines())
        taken = parts.writer.call(lambda tx: claims.claim(8, tx))
        assert [each.lane for each in taken] == [REVOKE_LANE] * IN_LINE[REVOKE_LANE], "E8 could be let in, and waits"


def test_a_crowd_and_everybody_else_have_the_hands_of_a_sink_in_turn(tmp_path):
    clock = LiveClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for number in EVERYBODY:
            for message in qualified(number):
                send(parts, message, clock)
        enforced(parts)
        for number in EVERYBODY:
            send(parts, status(number, "high", "revoked", 5), clock)
        person = parts.directory.person_by_number
        crowd, others = [person(number) for number in EVERYBODY[:5]], [person(number) for number in EVERYBODY[5:]]
        parts.writer.call(lambda tx: [alone_at(tx, each) for each in (*crowd, *others)])
        parts.writer.call(lambda tx: [into_crowd(tx, each, tx.now_us) for each in crowd])  # they came first
        claims = claims_of(parts, {"iam": Sink("iam", HeldDoor(), "roster")}, clock, Lines())

        def claim(most):
            return [each.person for each in parts.writer.call(lambda tx: claims.claim(most, tx))]

        [first], [second], both = claim(1), claim(1), claim(2)
        assert len({first, second} & set(crowd)) == len(set(both) & set(crowd)) == 1, "one each"
        rest = claim(8)
        assert sorted([first, second, *both, *rest]) == sorted([*crowd, *others]), "all of them, once"


def claimer(waits):
    """Claims of those who wait, of a crowd or not."""

    def claim(crowd, room):
        taken = min(room, waits[crowd])
        waits[crowd] -= taken
        return [crowd] * taken

    return claim


def test_where_only_one_of_them_waits_it_has_all_hands():
    turns, waits = Turns(HandClock(NOW), lambda: False), {0: 0, 1: 20}
    claim = claimer(waits)
    assert [turns.take("iam", room, claim) for room in (0, 1, 1, 3, 8)] == [[], [1], [1], [1] * 3, [1] * 8]
    waits[0] = 9
    assert sorted(turns.take("iam", 4, claim)) == [0, 0, 1, 1]
    assert [turns.take("iam", 1, claim) for _ in range(4)] in ([[0], [1]] * 2, [[1], [0]] * 2)
    assert turns.take("iam", -1, claim) == []
    assert sorted(turns.take("iam", 99, claim)) == [0] * 5 + [1] * 3, "what one leaves is the other's"


def test_while_a_crowd_is_being_decided_its_doors_close_one_now_and_then_and_others_at_once():
    clock, closing = HandClock(NOW), [True]
    turns, waits = Turns(clock, lambda: bool(closing)), {0: 3, 1: 99}
    claim = claimer(waits)
    assert turns.take("iam", 8, claim) == [0, 0, 0, 1]
    assert turns.take("iam", 8, claim) == []
    clock.advance(timedelta(seconds=CROWDS_SECONDS))
    waits[0] = 1
    assert turns.take("iam", 8, claim) == [0, 1]
    assert turns.take("post", 8, claim) == [1], "each of its own"
    clock.advance(timedelta(seconds=YIELDS_SECONDS))
    assert turns.take("iam", 8, claim) == [1] * 8, "its doors wait no longer, however many more there are"
    closing.clear()
    assert turns.take("iam", 8, claim) == [1] * 8
    closing.append(True)
    clock.advance(timedelta(seconds=CROWDS_SECONDS))
    assert turns.take("iam", 8, claim) == [1], "another crowd"


def into_crowd(tx, person, since):
    tx.session._cursor.execute("UPDATE outbox SET crowd = 1, next_at = ? WHERE person = ?", (since, person))


def alone_at(tx, person):
    """What somebody still has to lose is one target, at which nobody else is."""
    move(tx, person)
    tx.session._cursor.execute("UPDATE desired SET target = ? WHERE person = ?", (person, person))


def move(tx, person):
    """What somebody still has to do is at another target; everybody else's are as they were."""
    tx.session._cursor.execute(
        "UPDATE desired SET target = 'another' WHERE person = ? AND target = 'dc-ops'", (person,)
    )
    tx.session._cursor.execute("DELETE FROM desired WHERE person = ? AND target <> 'another'", (person,))
