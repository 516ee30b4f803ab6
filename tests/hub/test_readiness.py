"""What stands still or has ended is seen: not ready, an alarm, and the end of the process."""

import json
import re
import sys
from pathlib import Path
from threading import Event

import pytest

from hub.readiness import BROKEN, COMMIT_SECONDS, LOOK_SECONDS, STUCK, Readiness, Watch
from hub.store.tables import log
from hub.store.tables.log import head_locked
from hub.store.trouble import StoreError
from hub.store.writer import Writer
from hub.workers import Loop
from schemas.errors import CODES, UnavailableError
from tests.conftest import CountedIds
from tests.hub.doors import until


@pytest.fixture
def writer(database, clock):
    writer = Writer(database, clock, CountedIds())
    writer.start()
    yield writer
    writer.stop()


def watch(writer, *loops):
    faults, readiness = [], Readiness()
    readiness.allow("hub.starting")
    return Watch(loops, writer, readiness, faults.append), faults


def alarms(database):
    with database.reading() as session:
        found = [json.loads(row.body) for row in session.all(log.entries_after, {"seq": -1, "limit": 99})]
    return [each["code"] for each in found if each["kind"] == "alarm"]


def test_a_hub_is_ready_once_a_commit_has_proven_it(writer, database):
    looking, faults = watch(writer)
    looking.look()
    assert looking.reasons() == {} and faults == []
    with database.reading() as session:
        assert session.one(log.head, {}).size == 0, "the proof leaves no entry"


def test_a_hub_that_nobody_writes_to_is_not_ready_if_it_could_not_be_written(writer, database):
    looking, _faults = watch(writer)
    other = database.writing()
    other.control("BEGIN IMMEDIATE" if database.is_sqlite else "BEGIN")
    other.one(head_locked, {})
    try:
        assert list(looking.reasons()) == ["store.busy"]
    finally:
        other.control("ROLLBACK")
        other.connection.close()
    until(lambda: looking.reasons() == {}, "it is ready")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_loop_that_has_ended_unseen_is_not_ready_an_alarm_and_the_end(writer, database):
    loop = Loop("work", sys.exit, 60.0)
    loop.start()
    assert not loop.join(0.0) or loop.join(10)
    until(lambda: not loop.alive, "it has ended")
    looking, faults = watch(writer, loop)
    looking.look()
    looking.look()
    assert looking.reasons() == {"hub.loop": "loop work has ended"}
    assert [(fault.exit_code, fault.words) for fault in faults] == [(STUCK, "loop work has ended")]
    assert alarms(database) == ["hub.loop"]


def test_a_turn_that_does_not_end_is_seen_after_its_patience_and_one_that_makes_progress_is_not(writer, database):
    go_on, begun = Event(), Event()

    def stand():
        begun.set()
        go_on.wait(60)

    loop = Loop("work", stand, 60.0, patience=5.0)
    loop.start()
    assert begun.wait(10)
    looking, faults = watch(writer, loop)
    for _ in range(20):
        looking.look()
        loop.progress()
    assert looking.reasons() == {} and not faults
    for _ in range(6 + int(5.0 / LOOK_SECONDS)):
        looking.look()
    assert looking.reasons() == {"hub.loop": "loop work stands still for 5 s"} and len(faults) == 1
    assert alarms(database) == ["hub.loop"]
    go_on.set()
    loop.stop()
    assert loop.join(10)


def test_a_loop_that_waits_for_its_interval_does_not_stand_still(writer):
    loop = Loop("work", lambda: None, 3600.0, patience=5.0)
    loop.start()
    until(lambda: loop.turns == 1 and not loop.working, "the first turn is over")
    looking, faults = watch(writer, loop)
    for _ in range(50):
        looking.look()
    assert looking.reasons() == {} and not faults
    loop.stop()
    assert loop.join(10)


def test_a_commit_that_does_not_end_is_seen_and_whoever_waits_hears_that_the_store_is_busy(writer):
    go_on, begun = Event(), Event()

    def stand(_tx):
        begun.set()
        go_on.wait(60)

    writer.submit(stand)
    assert begun.wait(10)
    with pytest.raises(UnavailableError, match="did not answer within"):
        writer.call(lambda _tx: None, 0.05)
    looking, faults = watch(writer)
    for _ in range(int(COMMIT_SECONDS / LOOK_SECONDS) + 3):
        looking.look()
    assert [fault.exit_code for fault in faults] == [STUCK]
    go_on.set()


def test_a_broken_store_ends_the_hub_with_its_own_code(writer, database):
    database.judged(StoreError("store.broken", "pages of the store are destroyed", broken=True))
    until(lambda: writer.trouble is not None, "the writer has heard of it")
    looking, faults = watch(writer)
    looking.look()
    assert "store.broken" in looking.reasons() and [fault.exit_code for fault in faults] == [BROKEN]
    with pytest.raises(StoreError, match="destroyed"):
        writer.call(lambda tx: tx.log("heartbeat", boot="b" * 32))


def test_every_code_that_the_hub_says_by_name_is_in_the_table_of_codes():
    said = re.compile(r'(?:code=|\brefuse\(|\ballow\(|Error\()\s*"([a-z]+\.[a-z-]+)"')
    codes = {code for path in Path("hub").rglob("*.py") for code in said.findall(path.read_text("utf-8"))}
    assert {"hub.loop", "store.seat"} <= codes
    assert codes <= set(CODES), codes - set(CODES)
