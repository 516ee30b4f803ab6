"""Calls by way of a PostgreSQL store: who asked hears of each in the end, whatever was lost on the way."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event

import psycopg
import pytest

from hub.clock import Ids, SystemClock
from hub.errands.asking import Errands
from hub.errands.carrying import LOOK_SECONDS, Carrier
from hub.errands.wire import dump
from hub.store.database import Database
from hub.store.migrate import migrate
from hub.store.passing import Passing
from hub.store.statement import Connection
from hub.store.tables import errands as sql
from hub.store.wakeup import errands_of, wake
from schemas.errors import UnknownOutcomeError
from tests.hub.doors import until

PASSING = Passing(bytes(32))
CALLS, REPEATED = 300, 60
CARRIER, ASKER = "host/1/carrier", "host/2/decider"


class Messenger:
    """Of whom each message is kept; it answers while its gate is open."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.gate = Event()
        self.gate.set()

    def send(self, message: str) -> str:
        self.sent.append(message)
        self.gate.wait(60)
        return message.upper()


class World:
    """Who asks, who carries, and a session beside both."""

    def __init__(self, database: Database) -> None:
        self.database, self.messenger = database, Messenger()
        self.errands = Errands(database, PASSING, ASKER, Ids(), SystemClock())
        self.carrier = Carrier(database, PASSING, CARRIER, {"messenger": {"mail": lambda: self.messenger}})
        self.session = database.beside_writer(durable=False)
        self.session.run(sql.take_seat, {"holder": ASKER})

    def stands(self, id: str, message: str, session: Connection) -> None:
        """An errand stands in the store, and nobody was told of it."""
        question = PASSING.seal(dump(["send", [message], {}]), id)
        session.run(sql.ask, {"id": id, "asker": ASKER, "port": "messenger", "instance": "mail", "question": question})


@pytest.fixture
def world(postgresql_url: str) -> Iterator[World]:
    migrate(postgresql_url)
    with closing(Database(postgresql_url)) as database:
        made = World(database)
        yield made
        made.errands.stop()
        made.carrier.stop(1.0)
        made.session.connection.close()


def test_what_stands_there_is_carried_out_though_the_word_of_it_was_lost(world):
    world.carrier.start()
    world.stands("1", "lost", world.session)
    until(lambda: world.messenger.sent == ["lost"], "it is taken")
    until(lambda: len(world.session.all(sql.answered, {"asker": ASKER})) == 1, "and answered")


def test_of_two_that_claim_at_once_each_call_is_made_by_one(world):
    """They take a few at a time, and find what the other one is about to take locked: it is passed over."""
    other = Carrier(world.database, PASSING, "host/3/other", {"messenger": {"mail": lambda: world.messenger}})
    world.carrier.start()
    other.start()
    world.session.control("BEGIN")
    for n in range(CALLS):
        world.stands(f"{n:03}", f"call {n}", world.session)
    wake(errands_of("messenger"), world.session)
    world.session.control("COMMIT")
    until(lambda: len(world.session.all(sql.answered, {"asker": ASKER})) == CALLS, "all is answered")
    other.stop(1.0)
    assert sorted(world.messenger.sent) == sorted(f"call {n}" for n in range(CALLS)), "each once"


def test_what_a_process_took_by_a_commit_that_was_cut_off_holds_nothing_up_for_longer_than_its_lease(world):
    """It stands there as taken by a process that goes on and knows nothing of it."""
    world.stands("1", "cut off", world.session)
    world.session.run(sql.take, {"of": "1", "owner": CARRIER, "lease": 500_000})
    world.carrier.start()
    world.errands.start()
    with ThreadPoolExecutor(1) as asking:
        heard = asking.submit(world.errands.ask, "messenger", "mail", "send", "next")
        assert heard.result(30) == "NEXT"
    assert world.messenger.sent == ["next"], "nobody knows what became of the first: who asked looks at it"
    until(lambda: world.session.all(sql.of_asker, {"asker": ASKER, "patience": 1}) == [], "it is forgotten")


def test_an_answer_that_the_store_did_not_take_in_time_holds_nothing_up_either(world, postgresql_url):
    """Takes its time: what came of a call is given up once its lease is over, and the process goes on."""
    world.carrier.start()
    world.errands.start()
    [answers] = [each for each in world.carrier.loops if each.name == "answers"]
    asking = ThreadPoolExecutor(2)  # where this fails one call is never over, and is not waited for
    with psycopg.connect(postgresql_url.replace("+psycopg", "")) as holding:
        world.messenger.gate.clear()
        first = asking.submit(world.errands.ask, "messenger", "mail", "send", "first")
        until(lambda: world.messenger.sent == ["first"], "it is being made")
        holding.execute("LOCK TABLE errands")
        world.messenger.gate.set()
        until(lambda: answers.status.errors > 0, "what came of it could not be kept")
        holding.rollback()
        with pytest.raises(UnknownOutcomeError):
            first.result(30)
        assert asking.submit(world.errands.ask, "messenger", "mail", "send", "next").result(30) == "NEXT"
    asking.shutdown()
    assert world.messenger.sent == ["first", "next"]


def test_who_waits_for_a_call_hears_of_it_though_the_store_cannot_forget_it_yet(world, postgresql_url):
    world.carrier.start()
    world.errands.start()
    world.messenger.gate.clear()
    asking = ThreadPoolExecutor(1)  # where this fails the call is never over, and is not waited for
    heard = asking.submit(world.errands.ask, "messenger", "mail", "send", "one")
    until(lambda: world.messenger.sent == ["one"], "it is being made")
    with psycopg.connect(postgresql_url.replace("+psycopg", "")) as holding:
        holding.execute("SELECT id FROM errands FOR KEY SHARE")  # it may be changed, and not deleted
        world.messenger.gate.set()
        assert heard.result(30) == "ONE"
        assert world.session.all(sql.of_asker, {"asker": ASKER, "patience": 1})
    asking.shutdown()
    until(lambda: world.session.all(sql.of_asker, {"asker": ASKER, "patience": 1}) == [], "it is forgotten")


def test_a_call_has_the_store_looked_into_once_and_by_those_alone_who_make_such_calls(world):
    other = Carrier(world.database, PASSING, "host/3/other", {"door": {"iam": lambda: world.messenger}})
    mine, others = world.carrier.loops[0], other.loops[0]
    world.carrier.start()
    other.start()
    world.errands.start()
    until(lambda: mine.turns and others.turns, "both wait for a word")
    began, before = time.monotonic(), (mine.turns, others.turns)
    for n in range(REPEATED):
        assert world.errands.ask("messenger", "mail", "send", f"call {n}") == f"CALL {n}"
    looks = tuple(after - loop for after, loop in zip((mine.turns, others.turns), before, strict=True))
    unasked = (time.monotonic() - began) / LOOK_SECONDS + 2
    other.stop(1.0)
    assert looks[1] <= unasked, "nobody has woken it"
    assert looks[0] <= REPEATED * 1.5 + unasked, "what it took was all there was"
