"""A trial of eight deciders, each of its own people, and one sequencer for the log: the law holds, and the order.

Nothing of the hub is divided so today; this shows that it could be. People fall into 64 fixed slots by a digest of
their number, slots to shards. A shard judges its people and leaves entries without a place; the sequencer gives places
to what it finds, a batch of one shard after another, however their commits met.
"""

from collections import defaultdict
from contextlib import ExitStack
from hashlib import blake2b
from random import Random

import orjson

from audit_log.log import Head, grow, number
from audit_log.merkle import leaf_hash
from hub.assembly import Assembly
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, Message, opened, qualified, send, standings, status

SLOTS, SHARDS = 64, 8
PEOPLE = [f"E{n}" for n in range(1, 13)]


def shard_of(person: str) -> int:
    slot = int.from_bytes(blake2b(person.encode(), digest_size=8).digest()) % SLOTS
    return slot % SHARDS


def story(random: Random) -> list[tuple[str, Message]]:
    """What is said of everybody, in any order; of some that they are suspended, and of some that they no more are."""
    told = []
    for n, person in enumerate(PEOPLE):
        said = qualified(person)
        said += [status(person, "high", "suspended", 2)] if n % 2 else []
        said += [status(person, "high", "active", 3)] if n % 4 == 1 else []
        told += [(person, each) for each in said]
    random.shuffle(told)
    return told


def entries(parts: Assembly) -> list[bytes]:
    with parts.database.reading() as session:
        session._cursor.execute("SELECT body FROM entries ORDER BY seq")
        return [body.encode() for (body,) in session._cursor.fetchall()]


def sequenced(shards: list[list[bytes]], random: Random) -> list[tuple[int, bytes]]:
    """All entries in the order of their places: batches of shards as they met, each in the order of its commits."""
    waiting = {n: list(found) for n, found in enumerate(shards) if found}
    placed: list[tuple[int, bytes]] = []
    while waiting:
        shard = random.choice(sorted(waiting))
        size = random.randint(1, 7)
        placed += [(shard, body) for body in waiting[shard][:size]]
        del waiting[shard][:size]
        if not waiting[shard]:
            del waiting[shard]
    return placed


def by_person(placed: list[tuple[int, bytes]]) -> dict[tuple[int, str], list[str]]:
    """The ids of entries about each person, in their order."""
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    for shard, body in placed:
        entry = orjson.loads(body)
        if "person" in entry:
            found[shard, entry["person"]].append(entry["id"])
    return found


def test_eight_shards_judge_as_one_hub_does_and_one_log_keeps_the_order_of_each_person(tmp_path):
    random, clock = Random(1), HandClock(NOW)
    told = story(random)
    with ExitStack() as hubs:
        whole = hubs.enter_context(opened(tmp_path / "whole", clock))
        shards = [hubs.enter_context(opened(tmp_path / f"shard-{n}", clock)) for n in range(SHARDS)]
        for person, message in told:
            send(whole, message, clock)
            send(shards[shard_of(person)], message, clock)
        assert len({shard_of(person) for person in PEOPLE}) >= SHARDS // 2, "they are divided"
        for person in PEOPLE:
            assert standings(shards[shard_of(person)], person) == standings(whole, person) != [], person
        logs = [entries(each) for each in shards]
    placed = sequenced(logs, random)
    assert sorted(placed) == sorted((n, body) for n, log in enumerate(logs) for body in log), "each has one place"
    assert by_person(placed) == by_person([(n, body) for n, log in enumerate(logs) for body in log])
    rows, head = number([body for _shard, body in placed], Head())
    assert [place for place, _leaf in rows] == list(range(len(placed)))
    assert head.root() == grow([leaf_hash(body) for _shard, body in placed], Head()).root(), "one tree, without a gap"
