"""A store of an earlier version opens as one of today, with all that is in it; and it is what the schema says."""

import sqlite3

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from hub.store import database as store
from hub.store import queries as q
from hub.store.database import Database
from hub.store.schema import metadata
from hub.store.slots import NO_SLOT, slot
from schemas.errors import ConfigError

TOKEN, AT = "a1b2c3d4" + "5" * 24, 1_788_188_527_000_000


@pytest.fixture
def before_slots(database_url):
    """The URL of a store as it was before punches had a slot, with a punch and a status in it."""
    engine, config = create_engine(database_url), Config()
    config.set_main_option("script_location", str(store._MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for row in (
            {"key": b"mmmm" + b"k" * 12, "digest": b"", "kind": "punch", "topic": "SN-1"},
            {"key": b"i" * 16, "digest": b"d" * 8, "kind": "credential_status", "topic": "high"},
        ):
            row |= {"subject": TOKEN, "at": AT, "transmission": "t", "body": f'{{"of":"{row["kind"]}"}}'}
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO facts ({names}, known_at) VALUES ({values}, 7)"), row)
    engine.dispose()
    return database_url


def test_punches_of_an_older_store_are_found_by_time_and_person_and_stay_unique(before_slots, caplog):
    opened = Database(before_slots)
    assert [each.getMessage()[:44] for each in caplog.records] == ["the store is of version 0002 and is moved to"]
    with opened.reading() as session:
        own = slot(TOKEN, AT)
        asked = {"slots": f"[{own - (1 << 32)}, {own}]", "from": AT, "until": AT, "known_by": 7}
        assert session.all(q.punches_in, asked) == [(TOKEN, "SN-1", AT, '{"of":"punch"}')]
        fact = {"slot": own, "key": b"k" * 12, "digest": b"", "kind": "punch", "subject": TOKEN, "topic": "SN-1"}
        again = {**fact, "at": AT, "known_at": 8, "transmission": "u", "body": "{}"}
        assert session.run(q.insert_fact, again) == 0, "it is known"
        assert session.run(q.insert_fact, {**again, "key": b"n" * 12}) == 1
    opened.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_move_that_is_cut_off_leaves_the_store_as_it_was(before_slots):
    plain = sqlite3.connect(before_slots.removeprefix("sqlite:///"))
    plain.execute("CREATE TRIGGER planted BEFORE UPDATE ON facts BEGIN SELECT RAISE(ABORT, 'planted'); END")
    before = list(plain.iterdump())
    with pytest.raises(ConfigError, match="planted"):
        Database(before_slots)
    assert list(plain.iterdump()) == before
    plain.execute("DROP TRIGGER planted")
    plain.close()
    Database(before_slots).close()


def test_a_store_of_a_newer_program_is_left_alone(database_url):
    Database(database_url).close()
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(ConfigError, match="version 9999, expected 0003 or older; run the newer program"):
        Database(database_url)


def test_other_facts_of_an_older_store_keep_their_key_and_are_found_by_their_person(before_slots):
    opened = Database(before_slots)
    with opened.reading() as session:
        assert session.one(q.fact_subject, {"key": b"i" * 16}) == (TOKEN, "credential_status", "high", AT)
        found = session.one(q.fact_digests, {"slot": NO_SLOT, "key": b"i" * 16})
        assert found is not None and bytes(found[1]) == b"d" * 8
        link = {"subject": TOKEN, "person": "p", "valid_from": 0, "valid_until": 1 << 62, "known_at": 0}
        session.run(q.insert_link, link)
        assert [row[1] for row in session.all(q.statements_of, {"person": "p", "known_by": 9})] == ["credential_status"]
    opened.close()


def test_the_migrations_make_what_the_schema_says(database, caplog):
    assert not caplog.records, "a new store is of today's version"
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_what_a_review_asks_of_the_facts_is_found_by_an_index(tmp_path):
    opened = Database(f"sqlite:///{tmp_path / 'licet.db'}")
    with opened.reading() as session:
        by_person = (q.statements_of, q.punches_in, q.studies_of, q.courses_of_person)
        for asked in (*by_person, q.courses_of_subject, q.sessions_of_subject, q.sessions, q.fact_subject):
            sql, _arrange = asked.prepared("sqlite")
            parameters = (0,) * sql.count("?")
            ways = session.connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()
            assert not [way for *_, way in ways if way.startswith(("SCAN facts", "SCAN links"))], sql
    opened.close()
