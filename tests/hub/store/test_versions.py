"""A store is made and moved by who serves alone; everybody else leaves one of another version as it is."""

import hashlib
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from hub.store import migrate as module
from hub.store.address import Address
from hub.store.database import Database
from hub.store.migrate import migrate
from hub.store.seat import seat_of
from hub.store.tables import connectors
from hub.store.version import VERSION, StoreVersionError
from schemas.errors import ConfigError
from tests.hub.store.connections import writing

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "v2"
down_revision = "v1"


def upgrade():
    op.add_column("connectors", sa.Column("weight", sa.BigInteger, server_default="7"))
    op.execute("{then}")
"""


@pytest.fixture
def scripts(tmp_path):
    """Makes the migrations of a program that is one version newer; its last statement is given."""

    def made(then="UPDATE connectors SET weight = 8") -> Path:
        folder = tmp_path / "migrations"
        shutil.copytree(Path(module.__file__).parent / "migrations", folder)
        (folder / "versions" / "v2_next.py").write_text(NEXT.format(then=then))
        return folder

    return made


def stamp(url, version):
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{version}'"))
    engine.dispose()


def state(url, folder):
    """All there is of a store, so that two looks can be compared."""
    if url.startswith("sqlite"):
        return {
            each.name: hashlib.sha256(each.read_bytes()).hexdigest()
            for each in folder.glob("licet.db*")
            if each.suffix != ".seat"
        }
    engine = create_engine(url)
    with engine.begin() as connection:
        found = connection.execute(text("SELECT * FROM alembic_version")).fetchall()
        tables = connection.execute(text("SELECT relname FROM pg_class WHERE relkind IN ('r', 'i', 'v') ORDER BY 1"))
        shape = (found, tables.fetchall())
    engine.dispose()
    return shape


def test_the_version_of_the_program_is_that_of_its_newest_migration():
    scripts = ScriptDirectory(str(Path(module.__file__).parent / "migrations"))
    assert scripts.get_current_head() == f"v{VERSION}"
    assert [each.revision for each in scripts.walk_revisions()] == [f"v{n}" for n in range(VERSION, 0, -1)]


def test_a_store_that_is_not_there_is_said_so_and_nothing_is_made(database_url, tmp_path):
    with pytest.raises(StoreVersionError, match="found no store, expected one; `licet serve` makes it") as refused:
        Database(database_url)
    assert refused.value.code == "store.missing"
    assert not list(tmp_path.glob("licet.db*"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_is_no_store_is_left_as_it_is(database_url, tmp_path):
    file = tmp_path / "licet.db"
    for content, words in ((b"", "found no store"), (b"something else" * 500, "cannot open the store")):
        file.write_bytes(content)
        with pytest.raises(ConfigError, match=words):
            Database(database_url)
        assert file.read_bytes() == content and len(list(tmp_path.glob("licet.db*"))) == 1
    with pytest.raises(ConfigError, match="cannot open the store"):
        migrate(database_url)
    assert file.read_bytes() == content


def test_an_older_store_is_left_as_it_is_and_the_way_on_is_named(database_url, database, tmp_path):
    stamp(database_url, "v0")
    database.close()
    before = state(database_url, tmp_path)
    with pytest.raises(
        StoreVersionError, match=f"found version v0, expected v{VERSION}; it was left as it is"
    ) as refused:
        Database(database_url)
    assert refused.value.code == "store.older" and "licet upgrade" in str(refused.value)
    assert state(database_url, tmp_path) == before


@pytest.mark.parametrize("version", ["v9999", "0003", "x"])
def test_a_store_of_a_newer_program_is_left_as_it_is(database_url, database, tmp_path, version):
    stamp(database_url, version)
    database.close()
    before = state(database_url, tmp_path)
    for use in (Database, migrate):
        with pytest.raises(StoreVersionError) as refused:
            use(database_url)
        assert refused.value.code == "store.newer"
    assert state(database_url, tmp_path) == before


def test_a_store_of_today_is_not_touched(database_url, database, tmp_path):
    database.close()
    before = state(database_url, tmp_path)
    assert not migrate(database_url)
    assert state(database_url, tmp_path) == before


def test_an_older_store_is_moved_with_all_that_is_in_it(database_url, database, scripts, caplog):
    with writing(database) as connection:
        connection.run(connectors.ensure_connector, {"connector": "gate"})
    database.close()
    assert migrate(database_url, scripts())
    assert [each.getMessage()[:44] for each in caplog.records] == ["the store is of version v1 and is moved to v"]
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT connector, weight FROM connectors")).fetchall() == [("gate", 8)]
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "v2"
    engine.dispose()
    with pytest.raises(StoreVersionError, match="run the newer program"):
        Database(database_url)


def test_a_move_that_fails_leaves_the_store_as_it_was(database_url, database, scripts, tmp_path):
    database.close()
    before = state(database_url, tmp_path)
    with pytest.raises(ConfigError, match="no_such_table"):
        migrate(database_url, scripts("DELETE FROM no_such_table"))
    assert state(database_url, tmp_path) == before
    Database(database_url).close()


def test_a_store_is_not_moved_under_who_decides_for_it(database_url, database, scripts, tmp_path):
    from hub.store.trouble import StoreError

    folder, seat = scripts(), seat_of(Address(database_url).file)
    with writing(database) as held:
        seat.take(held)
        with pytest.raises(StoreError, match="end that one first"):
            migrate(database_url, folder)
        seat.close()
    Database(database_url).close()
    assert migrate(database_url, folder)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_store_that_is_written_meanwhile_is_moved_afterwards_or_not_at_all(database_url, database, scripts, tmp_path):
    folder = scripts()
    with closing(sqlite3.connect(tmp_path / "licet.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ConfigError, match="database is locked"):
            migrate(database_url, folder)
        other.execute("ROLLBACK")
    assert migrate(database_url, folder)
