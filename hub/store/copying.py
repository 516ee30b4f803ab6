"""Copies a whole store, whatever its kind, as of one moment: into a SQLite file, and from one into a new store."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from hub.store.columns import Table
from hub.store.database import Database
from hub.store.migrate import migrate
from hub.store.schema import TABLES
from hub.store.statement import Connection
from hub.store.tables.hub import hub
from hub.store.tables.log import head, head_locked
from hub.store.trouble import store_error
from schemas.errors import ConfigError
from schemas.words import Words

T = TypeVar("T")

CHUNK = 5000
PATIENCE_SECONDS = 60.0
"""How long a copy waits for a moment between two commits."""
EPOCH_GAP = 1 << 20
"""What a copy adds to every epoch: what was sent after it was made had smaller ones."""


@contextmanager
def moment(database: Database, then: Callable[[], T]) -> Iterator[tuple[Connection, T]]:
    """A connection on which everything is read as of one moment, and what ``then`` gives at that moment.

    Nobody commits meanwhile: what stands in files beside the store fits what is read.
    """
    with closing(database.writing().connection) as raw, closing(database.inspecting().connection) as reader:
        writer = Connection(raw, "sqlite" if database.is_sqlite else "postgresql")
        session = Connection(reader, writer.dialect)
        _alone(writer)
        try:
            session.control("BEGIN" if database.is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            session.one(head, {})  # the moment is that of the first look
            found = then()
        finally:
            writer.control("ROLLBACK")
        yield session, found


def _alone(writer: Connection) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            writer.control("BEGIN IMMEDIATE" if writer.dialect == "sqlite" else "BEGIN")
            writer.one(head_locked, {})
            return
        except Exception as error:
            if store_error(error) is None or time.monotonic() > ends:
                raise
            if writer.dialect == "postgresql":
                writer.control("ROLLBACK")


def copy_out(session: Connection, target: Path) -> None:
    """Write what a connection of ``moment`` sees into a new SQLite file."""
    if session.dialect == "sqlite":
        with closing(sqlite3.connect(target)) as copy:
            session.connection.backup(copy)
    else:
        migrate(f"sqlite:///{target}")
        with closing(sqlite3.connect(target, isolation_level=None)) as copy:
            copy_rows(session, Connection(copy, "sqlite"))
    target.chmod(0o600)


def mark_restored(target: Path, at_us: int) -> None:
    """Have a copy know that it is one: whoever begins on it grants nothing, and sends nothing under a used epoch."""
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("BEGIN IMMEDIATE")
        copy.execute("UPDATE hub SET restored_at = ?", (at_us,))
        for table in ("people", "desired", "outbox"):
            copy.execute(f"UPDATE {table} SET epoch = epoch + ?", (EPOCH_GAP,))  # noqa: S608 - names of ours
        copy.execute("COMMIT")
        (found,) = copy.execute("PRAGMA quick_check").fetchone()
        if found != "ok":
            raise ConfigError(
                Words(
                    f"{target}: the copy is not sound ({found}); the store itself may be damaged",
                    f"{target}：副本不完好（{found}）；存储本身可能已损坏",
                )
            )


def copy_in(source: Path, url: str) -> None:
    """Fill a new store from a copy.

    Raises:
        ConfigError: There is a store already.
    """
    migrate(url)
    with closing(Database(url)) as database:
        with database.reading() as connection:
            end = connection.one(head, {})
            if end is None or end.size or connection.one(hub, {}) is not None:
                raise ConfigError(
                    Words(
                        "store.url: there is a store already; a copy is restored into a new one only",
                        "store.url：此处已有存储；副本只能恢复到新的存储",
                    )
                )
        kind = "sqlite" if database.is_sqlite else "postgresql"
        copy = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
        with closing(copy), closing(database.writing().connection) as raw:
            copy_rows(Connection(copy, "sqlite"), Connection(raw, kind))


def copy_rows(source: Connection, target: Connection) -> None:
    """Copy every table's rows into a new store, in one transaction."""
    target.control("BEGIN")
    for table in TABLES.values():
        target.control(f"DELETE FROM {table.name}")  # noqa: S608 - names of ours
        names = [column.name for column in table.columns]
        for rows in _chunks(source, table, names):
            _insert(target, table, names, rows)
        if target.dialect == "postgresql":
            _go_on_counting(target, table)
    target.control("COMMIT")


def _chunks(source: Connection, table: Table, names: Sequence[str]) -> Iterator[list[tuple[Any, ...]]]:
    text = f"SELECT {_list(names)} FROM {table.name}"  # noqa: S608 - names of ours
    named = {"name": "copying"} if source.dialect == "postgresql" else {}  # rows stay at the server until asked for
    with closing(source.connection.cursor(**named)) as cursor:
        cursor.execute(text)
        while rows := cursor.fetchmany(CHUNK):
            yield rows


def _insert(target: Connection, table: Table, names: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    if target.dialect == "sqlite":
        marks = ", ".join("?" * len(names))
        target.connection.executemany(f"INSERT INTO {table.name} ({_list(names)}) VALUES ({marks})", rows)  # noqa: S608 - names of our own tables
        return
    with target.connection.cursor() as cursor, cursor.copy(f"COPY {table.name} ({_list(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _go_on_counting(target: Connection, table: Table) -> None:
    """Row numbers that PostgreSQL gives go on after those that were copied."""
    for column in table.columns:
        if column.counted:
            given = "pg_get_serial_sequence(%s, %s)"
            highest = f"(SELECT coalesce(max({column.name}), 0) + 1 FROM {table.name})"  # noqa: S608 - names of ours
            target.connection.execute(f"SELECT setval({given}, {highest}, false)", (table.name, column.name))


def _list(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
