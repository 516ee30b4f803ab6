"""What readers and who writes can rely on, on both databases: durable, apart, told in our words."""

import socket
import sqlite3
import threading
from contextlib import closing

import psycopg
import pytest

from hub.store.database import Database
from hub.store.tables import connectors, log
from schemas.errors import ConfigError, UnavailableError
from tests.hub.store.connections import writing
from tests.ports import free_port


def asked(connection, *names):
    """How a connection is set."""
    ask = "PRAGMA {}" if connection.dialect == "sqlite" else "SHOW {}"
    return {name: connection.connection.execute(ask.format(name)).fetchone()[0] for name in names}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_acknowledged_is_on_the_disk_in_sqlite(database):
    with writing(database) as connection:
        found = asked(connection, "synchronous", "journal_mode", "foreign_keys", "temp_store", "wal_autocheckpoint")
        assert found == {
            "synchronous": 2,  # FULL: the log is flushed at every commit
            "journal_mode": "wal",
            "foreign_keys": 1,
            "temp_store": 2,
            "wal_autocheckpoint": 16384,
        }


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("weaker", ["off", "local", "remote_write"])
def test_what_is_acknowledged_is_on_the_disk_in_postgresql_whatever_the_database_says(database, weaker):
    with writing(database) as connection:
        connection.connection.execute(f"ALTER DATABASE {_name(connection)} SET synchronous_commit = {weaker}")
    with writing(database) as connection:
        assert asked(connection, "synchronous_commit", "fsync") == {"synchronous_commit": "on", "fsync": "on"}
    with database.reading() as connection:
        connection.connection.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_stronger_promise_of_the_database_is_kept(database):
    with writing(database) as connection:
        connection.connection.execute(f"ALTER DATABASE {_name(connection)} SET synchronous_commit = remote_apply")
    with writing(database) as connection:
        assert asked(connection, "synchronous_commit") == {"synchronous_commit": "remote_apply"}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_server_that_does_not_flush_is_refused(database, database_url):
    with writing(database) as connection:
        try:
            _set_fsync(connection, "off")
            with pytest.raises(ConfigError, match="runs with fsync = off and may lose what it acknowledged"):
                Database(database_url)
        finally:
            _set_fsync(connection, "on")
    Database(database_url).close()


def _set_fsync(connection, value):
    connection.connection.execute(f"ALTER SYSTEM SET fsync = {value}")
    connection.connection.execute("SELECT pg_reload_conf()")
    while asked(connection, "fsync")["fsync"] != value:
        pass


def _name(connection):
    return connection.connection.execute("SELECT current_database()").fetchone()[0]


def test_who_reads_changes_nothing(database):
    refused = (sqlite3.OperationalError, psycopg.errors.ReadOnlySqlTransaction)
    with pytest.raises((*refused, UnavailableError)), database.reading() as connection:
        connection.run(connectors.ensure_connector, {"connector": "gate"})
    with closing(database.inspecting().connection) as connection, pytest.raises(refused):
        connection.execute("DELETE FROM head")
    with database.reading() as connection:
        assert connection.all(connectors.connectors, {}) == [] and connection.one(log.head, {}).size == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_reads_a_store_that_nobody_has_open_leaves_no_file_behind(database_url, tmp_path, database):
    database.close()
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    assert set(before) == {"licet.db"}
    reader = Database(database_url)
    with reader.reading() as connection:
        assert connection.one(log.head, {}).size == 0
    reader.close()
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


def test_a_store_that_does_not_answer_is_said_in_our_words_and_the_next_reader_gets_a_good_connection(database):
    with pytest.raises(UnavailableError), database.reading() as connection:
        connection.connection.close()
        _fail(connection)
    with database.reading() as connection:
        assert connection.one(log.head, {}) is not None


def _fail(connection) -> None:
    try:
        connection.one(log.head, {})
    except (sqlite3.ProgrammingError, psycopg.OperationalError) as closed:
        error = sqlite3.OperationalError("away")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise error from closed


def test_a_bug_of_the_reader_costs_no_connection(database):
    with pytest.raises(KeyError), database.reading():
        raise KeyError
    with database.reading() as connection:
        assert connection.one(log.head, {}) is not None


def test_what_is_lent_while_the_database_is_closed_is_closed_when_it_comes_back(database, database_url):
    other = Database(database_url)
    with other.reading() as session:
        other.close()
        assert session.connection.execute("SELECT 1").fetchone() == (1,), "who has it may end what he does"
    with pytest.raises((sqlite3.ProgrammingError, psycopg.OperationalError), match="closed"):
        session.connection.execute("SELECT 1")


@pytest.mark.parametrize("url", ["mysql://host/db", "sqlite://", "postgresql://host/db", "licet.db"])
def test_an_address_of_another_kind_is_refused(url):
    with pytest.raises(ConfigError, match="expected sqlite:///FILE or postgresql"):
        Database(url)


def test_a_server_that_cannot_be_reached_is_said_so_without_its_password():
    with pytest.raises(ConfigError, match="cannot open the store") as refused:
        Database(f"postgresql+psycopg://licet:secret-word@127.0.0.1:{free_port()}/licet?connect_timeout=1")
    assert "secret-word" not in str(refused.value)


def _ending(listener: socket.socket, ended: list[bytes]) -> None:
    """A server that lets somebody in, and refuses the first thing it is asked; what it hears then is the end."""
    line, _address = listener.accept()
    line.settimeout(60)
    with line, line.makefile("rb") as asked_for:
        while (length := int.from_bytes(asked_for.read(4))) == 8:  # would the server encrypt? it would not
            asked_for.read(length - 4)
            line.sendall(b"N")
        asked_for.read(length - 4)
        ready = b"Z\0\0\0\5I"
        line.sendall(b"R\0\0\0\x08\0\0\0\0" + ready)
        asked_for.read(int.from_bytes(asked_for.read(5)[1:]) - 4)
        said = b"SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"
        line.sendall(b"E" + (len(said) + 4).to_bytes(4) + said + ready)
        ended.append(asked_for.read(1))


def test_a_server_that_ends_just_after_it_let_us_in_keeps_no_connection():
    ended: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=_ending, args=(listener, ended))
        server.start()
        with pytest.raises(ConfigError, match="terminating connection") as found:
            Database(f"postgresql+psycopg://hub@127.0.0.1:{listener.getsockname()[1]}/hub")
        server.join()
    assert ended == [b"X"], found.value
