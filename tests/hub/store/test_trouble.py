"""A store that is away is told from one that is broken, by what really happens to files and servers."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from hub.store.database import Database
from hub.store.space import AGAIN_SECONDS
from hub.store.statement import Statement
from hub.store.tables import connectors, log
from hub.store.trouble import StoreError, store_error
from schemas.errors import ConfigError
from tests.hub.store.connections import writing

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
only_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def failing(work):
    """What the driver says when this is done."""
    with pytest.raises((sqlite3.Error, psycopg.Error)) as failed:
        work()
    return failed.value


@pytest.fixture
def filled(database):
    """A store of some hundred pages that nobody has open."""
    with writing(database) as connection:
        connection.control("BEGIN")
        connection.many(connectors.ensure_connector, [{"connector": f"{n:04}" + "x" * 300} for n in range(2000)])
        connection.control("COMMIT")
    database.close()
    return database


@only_sqlite
def test_a_destroyed_page_is_broken_and_stays_so(filled, database_url, tmp_path):
    opened = Database(database_url)
    with (tmp_path / "licet.db").open("r+b") as store:
        for page in range(40, 240):
            store.seek(page * 4096)
            store.write(b"\xa5" * 4096)
    with pytest.raises(StoreError, match="pages of the store are destroyed") as said, opened.reading() as connection:
        connection.all(connectors.connectors, {})
    assert said.value.broken and said.value.code == "store.broken" and opened.broken is said.value
    opened.close()


@only_sqlite
def test_a_file_that_was_cut_off_is_broken(filled, database_url, tmp_path):
    opened = Database(database_url)
    with (tmp_path / "licet.db").open("r+b") as store:
        store.truncate(50 * 4096)
    with pytest.raises(StoreError) as said, opened.reading() as connection:
        connection.all(connectors.connectors, {})
    assert said.value.broken
    opened.close()
    with pytest.raises(ConfigError, match=r"cannot open the store .*malformed.*; restore it from its backup"):
        Database(database_url)


@pytest.mark.parametrize("change", ["DROP TABLE connectors", "ALTER TABLE connectors RENAME COLUMN summary TO sum"])
def test_a_table_that_is_not_there_any_more_is_broken(database, change):
    with writing(database) as connection:
        connection.control(change)
    words = "tables of the store are not what they were"
    with pytest.raises(StoreError, match=words) as said, database.reading() as connection:
        connection.all(connectors.connectors, {})
    assert said.value.broken


@only_sqlite
@pytest.mark.parametrize("how", ["renamed", "deleted", "replaced"])
def test_a_file_that_is_not_where_it_was_is_broken_for_who_opens_it_again(database, tmp_path, how):
    file, other = tmp_path / "licet.db", tmp_path / "other.db"
    with database.reading():
        if how == "replaced":
            other.write_bytes(file.read_bytes())
            other.replace(file)
        else:
            file.rename(other)
            if how == "deleted":
                other.unlink()
        for again in (database.writing, database.confirm):
            with pytest.raises(StoreError, match="renamed, removed or replaced") as said:
                again()
            assert said.value.broken and said.value.code == "store.moved"
        with pytest.raises(StoreError, match="renamed, removed or replaced"), database.reading():
            pass
    assert how == "replaced" or not file.exists(), "nothing new has taken its place"


@only_sqlite
def test_a_locked_store_is_away_and_not_broken_in_sqlite(database, tmp_path):
    with (
        closing(sqlite3.connect(tmp_path / "licet.db", isolation_level=None)) as other,
        writing(database) as connection,
    ):
        connection.control("PRAGMA busy_timeout=10")
        other.execute("BEGIN IMMEDIATE")
        said = store_error(failing(lambda: connection.control("BEGIN IMMEDIATE")))
        other.execute("ROLLBACK")
        assert (said.code, said.broken, said.retry_after) == ("store.busy", False, 1.0)
        assert "another process has locked the store" in said.message
        connection.control("BEGIN IMMEDIATE")


@only_postgresql
def test_a_locked_store_is_away_and_not_broken_in_postgresql(database):
    with writing(database) as other, writing(database) as connection:
        connection.control("SET lock_timeout = '10ms'")
        other.control("BEGIN")
        other.one(log.head_locked, {})
        said = store_error(failing(lambda: connection.one(log.head_locked, {})))
        assert (said.code, said.broken) == ("store.busy", False) and "locked" in said.message
        other.control("ROLLBACK")
        assert connection.one(log.head_locked, {}).size == 0


@only_postgresql
def test_a_session_that_the_server_ended_is_away_and_the_next_one_works(database):
    with writing(database) as other:
        with pytest.raises(StoreError) as said, database.reading() as connection:
            other.connection.execute(
                "SELECT pg_terminate_backend(%s)", (connection.connection.info.backend_pid,)
            ).fetchone()
            connection.one(log.head, {})
        assert (said.value.code, said.value.broken) == ("store.busy", False)
    with database.reading() as connection:
        assert connection.one(log.head, {}).size == 0
    assert database.broken is None


@only_sqlite
def test_a_full_disk_has_a_code_of_its_own_and_is_away(database):
    with writing(database) as connection:
        (pages,) = connection.connection.execute("PRAGMA page_count").fetchone()
        connection.control(f"PRAGMA max_page_count = {pages}")
        rows = [{"connector": f"{n:04}" + "x" * 300} for n in range(2000)]
        said = store_error(failing(lambda: connection.many(connectors.ensure_connector, rows)))
        assert (said.code, said.broken, said.retry_after) == ("store.full", False, AGAIN_SECONDS)
        assert "the disk under the store is full" in said.message and "makes room" in said.message


WITHOUT_ROOM = """
import resource, signal, sqlite3, sys
from hub.store.database import Database
from hub.store.tables import connectors
from hub.store.trouble import store_error
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
connection = Database(sys.argv[1]).writing()
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))  # from here on the disk takes nothing more
try:
    connection.many(connectors.ensure_connector, [{"connector": f"{n}" + "x" * 3000} for n in range(2000)])
except sqlite3.Error as error:
    said = store_error(error)
    print(said.code, said.broken, said.message)
"""


def test_a_database_server_whose_disk_is_full_says_so_with_the_same_code():
    error = psycopg.errors.DiskFull("could not extend file")
    assert (store_error(error).code, store_error(error).broken) == ("store.full", False)


@only_sqlite
def test_a_disk_without_room_for_the_index_of_the_log_is_full_whatever_sqlite_calls_it(database, database_url):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_ROOM, database_url], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.startswith("store.full False the disk under the store is full"), done


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC])
def test_a_disk_that_does_not_give_or_take_what_was_asked_is_broken(code):
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    said = store_error(error)
    assert (said.code, said.broken) == ("store.broken", True) and "the disk does not give or take" in said.message


def test_a_mistake_in_a_statement_is_no_trouble_of_the_store(database):
    with writing(database) as connection:
        assert store_error(failing(lambda: connection.run(Statement("SELEKT"), {}))) is None
        row = {"token": "t", "source": "s", "lookup": None, "key": "k", "sealed": b""}
        names = ", ".join(row)
        insert = Statement(f"INSERT INTO subjects ({names}) VALUES ({', '.join(':' + name for name in row)})")
        assert store_error(failing(lambda: connection.run(insert, row))) is None
    assert store_error(ValueError("a bug")) is None


def test_the_words_for_whoever_asks_name_no_file_and_no_password(database_url, database):
    error = sqlite3.OperationalError("unable to open database file /srv/secret/licet.db")
    error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
    assert "/srv" not in store_error(error).message
    assert str(Path(database_url.partition("///")[2]).parent) not in store_error(error).message
