"""The migrations make what the schema says, and what they make finds punches and facts by an index."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from hub.store.migrations.target import metadata
from hub.store.tables import access, facts, identity, log, punches
from hub.store.tables.punches import slice_of, slices
from tests.hub.store.connections import writing

TOKEN, AT = "a1b2c3d4" + "5" * 24, 1_788_188_527_000_000
PUNCH = {
    "key": b"k" * 12,
    "device": "SN-1",
    "occurred_local": "2026-08-31 16:22:07",
    "direction": "in",
    "verify": "face",
    "verify_raw": "15",
    "arrived_at": 7,
    "known_at": 7,
    "transmission": "t",
}


def punch(token=TOKEN, at=AT, **other):
    return {**PUNCH, "slice": slice_of(at), "subject": token, "at": at, **other}


def link(token, person, start=0, end=1 << 62):
    return {"subject": token, "person": person, "valid_from": start, "valid_until": end, "known_at": 0}


def asked(person, start, end, known_by=9):
    return {"person": person, "slices": str(slices(start, end)), "from": start, "until": end, "known_by": known_by}


def test_a_punch_is_found_by_person_and_time_and_kept_once(database):
    with writing(database) as store:
        store.run(identity.insert_link, link(TOKEN, "p"))
        assert store.run(punches.insert_punch, punch()) == 1
        assert store.run(punches.insert_punch, punch(transmission="u", known_at=8)) == 0, "it is known"
        assert store.run(punches.insert_punch, punch(key=b"n" * 12)) == 1
        assert store.one(punches.punch, punch()) == ("t",)
        found = store.all(punches.punches_of, asked("p", AT, AT))
        assert [(row.device, row.at, row.direction, row.known_at) for row in found] == [("SN-1", AT, "in", 7)] * 2
        assert store.all(punches.punches_of, asked("p", AT, AT, known_by=6)) == []
        assert store.all(punches.punches_of, asked("q", AT, AT)) == []


def test_both_ends_count_whatever_slice_they_lie_in_and_an_identifier_counts_while_it_is_theirs(database):
    first, last = AT, AT + 3 * 3_600_000_000
    with writing(database) as store:
        store.run(identity.insert_link, link(TOKEN, "p", end=last))
        store.run(identity.insert_link, link(TOKEN, "q", start=last))
        for n, at in enumerate((first - 1, first, first + 1, last - 1, last, last + 1)):
            store.run(punches.insert_punch, punch(at=at, key=bytes([n])))
        store.run(punches.insert_punch, punch("another", at=first))
        assert sorted(row.at - first for row in store.all(punches.punches_of, asked("p", first, last))) == [
            0,
            1,
            last - 1 - first,
        ]
        assert [row.at for row in store.all(punches.punches_of, asked("q", first, last))] == [last]


def test_slices_before_1970_follow_each_other_like_all_others():
    assert slices(-240_000_001, 240_000_000) == [-2, -1, 0, 1]


def test_the_migrations_make_what_the_schema_says(database, database_url, caplog):
    assert not caplog.records, "a new store is of today's version"
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata()) == []
    engine.dispose()


def test_the_store_has_a_clock_of_its_own_in_microseconds(database):
    from time import time

    with writing(database) as store:
        before = time()
        read = store.one(access.store_now, {})
        assert before - 5 < read.now / 1_000_000 < time() + 5
        assert store.one(access.store_now, {}).now >= read.now


def test_nobody_edits_an_entry_with_a_database_client(database, database_url):
    row = {"seq": 0, "at": 1, "kind": "start", "connector": None, "person": None, "body": "{}", "leaf": b"l"}
    engine = create_engine(database_url)
    with writing(database) as store:
        store.run(log.insert_entry, row)
    for change in ("UPDATE entries SET body = 'x'", "DELETE FROM entries"):
        with pytest.raises(Exception, match="entries are for ever"), engine.begin() as connection:
            connection.execute(text(change))
    engine.dispose()


BY_INDEX = (
    *(facts.statements_of, punches.punches_of, facts.studies_within, facts.courses_of_person, punches.punch),
    *(facts.courses_of_subject, facts.sessions_of_subject, facts.sessions, facts.fact_subject, facts.fact),
)


@pytest.mark.parametrize("query", BY_INDEX, ids=lambda query: query.text.split()[1])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_review_asks_of_the_facts_is_found_by_an_index(database, query):
    with writing(database) as store:
        sql, _arrange = query.prepared("sqlite")
        plan = store.connection.execute(f"EXPLAIN QUERY PLAN {sql}", (0,) * sql.count("?")).fetchall()
        ways = [way for *_, way in plan]
        assert not [way for way in ways if way.startswith(("SCAN facts", "SCAN punches", "SCAN links"))], ways
        if "punches" in sql:
            assert any("slice=? AND subject=?" in way for way in ways), ways


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_withdrawn_is_read_without_a_look_at_what_was_not(database):
    with writing(database) as store:
        sql, _arrange = facts.all_voided.prepared("sqlite")
        ways = [way for *_, way in store.connection.execute(f"EXPLAIN QUERY PLAN {sql}", (0,)).fetchall()]
        assert ways == ["SCAN facts USING INDEX facts_voided"]
