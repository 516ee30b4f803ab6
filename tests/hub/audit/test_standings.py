"""Standings and decisions are held against their entries: an edited one shows; an erased salt tells nobody anything."""

import hmac
import sqlite3
from contextlib import closing
from datetime import timedelta

import orjson
import pytest

from hub.audit.inspection import ROUND_SECONDS, check_whole
from hub.store.tables.log import entries_of_person
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, qualified, send, standings, status

STORY = [*qualified("E1"), status("E1", "high", "suspended", 5)]

EDITED = {
    "the scope of a standing": "UPDATE standings SET scope = 'full'",
    "the figures of a standing": "UPDATE standings SET body = replace(body, 'suspended', 'active')",
    "text where bytes belong": "UPDATE standings SET salt = 'x', body = 'y'",
    "a standing is gone": "DELETE FROM standings",
    "a standing of nobody": "INSERT INTO standings SELECT 'p', position, scope, body, salt, entry, decision, decided_at"
    " FROM standings",
    "an older standing is put back": "UPDATE standings SET (scope, body, salt, entry, decision) ="
    " (SELECT after, body, salt, id, id FROM decisions WHERE after = 'full')",
    "what a decision came to": "UPDATE decisions SET after = 'full'",
    "why a decision was taken": "UPDATE decisions SET body = replace(body, 'credential', 'Credential')",
    "a salt is erased and what it opened rewritten": "UPDATE standings SET salt = NULL, body = replace(body, 'a', 'b')",
    "which decision a standing names": "UPDATE standings SET decision = (SELECT min(id) FROM decisions)",
    "what a decision rests on": "UPDATE decisions SET evidence = '{}'",
    "whose decision it was": "UPDATE decisions SET person = 'p'",
    "what was before": "UPDATE decisions SET before = 'full' WHERE before = ''",
    "a decision is gone": "DELETE FROM decisions WHERE after = 'full'",
}


@pytest.fixture
def hub(tmp_path):
    """A person was let in, and an issuer suspended a certificate."""
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for message in STORY:
            send(parts, message, clock)
        assert standings(parts, "E1")[0][1] == "supervised"
        yield parts


def run(hub, sql):
    with closing(sqlite3.connect(hub.folder.path / "data" / "licet.db")) as store, store:
        assert store.execute(sql).rowcount > 0
    store.close()


def found(hub):
    return check_whole(hub.database, hub.signer)


@pytest.mark.parametrize("sql", EDITED.values(), ids=EDITED)
def test_whatever_is_edited_shows(sql, hub):
    assert found(hub).good
    run(hub, sql)
    assert not found(hub).good


def test_who_erases_a_salt_takes_nothing_from_the_log(hub):
    run(hub, "UPDATE standings SET salt = NULL, body = ''")
    run(hub, "UPDATE decisions SET salt = NULL, body = ''")
    assert found(hub).good


def test_an_entry_holds_a_commitment_that_only_the_salt_of_the_row_opens(hub):
    person = hub.directory.person_by_number("E1")
    with hub.database.reading() as session:
        entries = [orjson.loads(row.body) for row in session.all(entries_of_person, {"person": person, "limit": 99})]
    committing = [each for each in entries if "standing" in each]
    assert {each["kind"] for each in committing} == {"decided", "reviewed"}
    with closing(sqlite3.connect(hub.folder.path / "data" / "licet.db")) as store, store:
        rows = store.execute("SELECT entry, salt, body FROM standings").fetchall()
        rows += store.execute("SELECT id, salt, body FROM decisions").fetchall()
    store.close()
    opened_by = {entry: hmac.digest(salt, body.encode(), "sha256").hex() for entry, salt, body in rows}
    said = {each["id"]: each["standing"]["commit"] for each in committing}
    assert opened_by.items() <= said.items()
    assert len(set(said.values())) == len(said), "no two are alike, whatever they say"


def test_a_standing_that_changes_while_the_background_goes_along_is_none_that_was_edited(hub):
    clock = hub.clock
    looks = 0
    while hub.inspection.turn() < ROUND_SECONDS:
        looks += 1
        clock.advance(timedelta(hours=1))
        send(hub, status("E1", "high", ("active", "suspended")[looks % 2], 5 + looks), clock)
        assert looks < 50
        if looks == 3:
            break
    while hub.inspection.turn() < ROUND_SECONDS:
        pass
    assert hub.inspection.progress.rounds >= 1 and found(hub).good
