"""A store as each released version left it is moved to today's, with all that is in it, on both databases."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from audit_log.log import Head, number
from hub.store import migrate as module
from hub.store.database import Database
from hub.store.migrate import migrate
from hub.store.schema import TABLES
from hub.store.tables import facts, identity, log
from hub.store.version import VERSION
from tests.stores import file_of

VERSIONS = range(1, VERSION + 1)


def rows_of(store):
    """All rows of a SQLite store, by table."""
    tables = store.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    store.row_factory = sqlite3.Row
    return {name: [dict(row) for row in store.execute(f"SELECT * FROM {name}")] for (name,) in tables.fetchall()}


@pytest.fixture(params=VERSIONS, ids=lambda version: f"v{version}")
def kept(request, database_url, tmp_path):
    """The URL of a store as a version left it, and its rows."""
    script = file_of(request.param).read_text(encoding="utf-8")
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.executescript(script)
        rows = rows_of(memory)
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(tmp_path / "licet.db")) as store:
            store.executescript(script)
    else:
        _into_postgresql(database_url, f"v{request.param}", rows)
    return database_url, rows


def _into_postgresql(url, version, rows):
    """The tables as the migrations of that version make them, with the same rows."""
    engine, config = create_engine(url), Config()
    config.set_main_option("script_location", str(Path(module.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        connection.execute(text("DELETE FROM head"))
        for name, found in rows.items():
            if name != "alembic_version":
                names = ", ".join(found[0])
                values = ", ".join(f":{column}" for column in found[0])
                connection.execute(text(f"INSERT INTO {name} ({names}) VALUES ({values})"), found)
        connection.execute(text("SELECT setval(pg_get_serial_sequence('facts', 'id'), (SELECT max(id) FROM facts))"))
    engine.dispose()


def test_every_table_of_today_has_a_row_in_the_newest_one():
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.executescript(file_of(VERSION).read_text(encoding="utf-8"))
        rows = rows_of(memory)
    assert all(rows.values())
    shape = {table.name: {column.name for column in table.columns} for table in TABLES.values()}
    found = {name: set(content[0]) for name, content in rows.items() if name != "alembic_version"}
    assert found == shape, "before its release: run `python -m tests.stores`; afterwards: a migration is missing"


def test_it_opens_as_one_of_today_and_nothing_is_lost(kept):
    url, rows = kept
    migrate(url)
    opened = Database(url)
    with opened.reading() as connection:
        for name, before in rows.items():
            if name in TABLES:
                (count,) = connection.connection.execute(f"SELECT count(*) FROM {name}").fetchone()
                assert count == len(before), name
    opened.close()


def test_its_log_is_what_it_was(kept):
    url, rows = kept
    migrate(url)
    opened = Database(url)
    with opened.reading() as connection:
        entries = connection.all(log.entries_after, {"seq": -1, "limit": 10_000})
        head = connection.one(log.head, {})
    numbered, end = number([entry.body.encode() for entry in entries], Head(0, b""))
    assert [(entry.seq, entry.leaf) for entry in entries] == list(numbered)
    assert (end.size, end.frontier) == (head.size, head.frontier)
    assert [entry.body for entry in entries] == [row["body"] for row in rows["entries"]]
    opened.close()


def test_what_is_known_of_its_people_is_found(kept):
    url, rows = kept
    migrate(url)
    opened = Database(url)
    with opened.reading() as connection:
        people = connection.all(identity.all_people, {})
        assert {row.person for row in people} == {row["person"] for row in rows["people"]}
        known = [connection.all(facts.statements_of, {"person": row.person, "known_by": 1 << 62}) for row in people]
    assert all(known)
    opened.close()


def test_new_rows_follow_the_old_ones(kept):
    url, rows = kept
    migrate(url)
    opened = Database(url)
    row = {**rows["facts"][0], "key": b"a new one"}
    connection = opened.writing()
    assert connection.run(facts.insert_fact, row) == 1
    (greatest,) = connection.connection.execute("SELECT max(id) FROM facts").fetchone()
    assert greatest == max(each["id"] for each in rows["facts"]) + 1
    connection.connection.close()
    opened.close()
