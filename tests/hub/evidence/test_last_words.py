"""Of what was said about one thing the last word holds, in any order; what was known in the past stays as it was."""

from datetime import timedelta
from itertools import permutations

import pytest

from hub.evidence.facts import that_hold
from hub.rules.fact import of_kind
from hub.store.tables.facts import FactRow
from schemas.learning import Result
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, plan, punches, qualified, roster, send, voided


def row(body, said_at=10, arrived_at=20, about=b"a", digest=b"", id=1):
    return FactRow(
        id=id,
        about=about,
        digest=digest,
        kind="leave",
        subject="s",
        topic="",
        at=0,
        said_at=said_at,
        arrived_at=arrived_at,
        known_at=arrived_at,
        transmission="t",
        connector="c",
        body=body,
    )


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (row("z: before", said_at=9, arrived_at=30), row("a: last", said_at=10, arrived_at=20)),
        (row("z: before", arrived_at=20), row("a: last", arrived_at=21)),
        (row("z: before", digest=b"1"), row("a: last", digest=b"2")),
        (row("z: before", said_at=19), row("a: last", said_at=None, arrived_at=20)),
        (row("z: before", said_at=99, arrived_at=20), row("a: last", said_at=21, arrived_at=22)),
    ],
    ids=["said later", "arrived later", "greater digest", "said when it arrived", "said ahead of its arrival"],
)
def test_the_last_word_about_a_thing_holds_in_any_order(first, last):
    other = row("other", about=b"b")
    for order in permutations([first, last, other]):
        assert {each.body for each in that_hold(order)} == {"a: last", "other"}


def test_what_was_withdrawn_is_none_until_it_is_said_again():
    said, gone, again = row("x", said_at=1), row(None, said_at=2), row("y", said_at=3)
    for order in permutations([said, gone]):
        assert that_hold(order) == []
    for order in permutations([said, gone, again]):
        assert that_hold(order) == [again]


def attended(parts, known_by):
    person = parts.directory.person_by_number("E1")
    with parts.database.reading() as session:
        found = parts.evidence.dossier(person, session, now=NOW, known_by=known_by)
    sessions = {each.id: each.credited for each in found.units if each.kind == "session"}
    return sessions, len(of_kind(found.facts, Result))


def test_the_plan_and_what_was_withdrawn_are_those_that_were_known_then(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for message in (roster("E1"), plan("E1"), *punches("E1", "08:55", "12:01")):
            send(parts, message, clock)
        [passed] = [each for each in qualified("E1") if getattr(each[1][0], "passed", False)]
        send(parts, passed, clock)
        before = clock.now()
        clock.advance(timedelta(hours=1))
        send(parts, plan("E1", device="B", as_of="2026-01-02T00:00"), clock)
        send(parts, voided(passed[1][0].statement), clock)
        assert attended(parts, None) == ({"S1": 0}, 0), "another room, and no exam"
        assert attended(parts, before) == ({"S1": 10800}, 1)
        assert attended(parts, before - timedelta(hours=1)) == ({}, 0)
