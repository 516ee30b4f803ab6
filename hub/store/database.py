"""Opens the database, SQLite or PostgreSQL: migrations, settings, connections for readers and for the one writer."""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import quote

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DatabaseError

from hub.store.statement import Connection
from hub.store.trouble import StoreError, store_error
from schemas.errors import ConfigError

log = logging.getLogger(__name__)

_MIGRATIONS = Path(__file__).parent / "migrations"
_WRITING = (
    "SET idle_in_transaction_session_timeout = '10s'",
    "SET idle_session_timeout = '10s'",
    "SET lock_timeout = '10s'",
)
"""A writer whose process stands still gives up its locks; it says a word every second when it has nothing to do."""
_PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""Seconds, and milliseconds for the last: a server that is gone without a word is noticed."""


class _AnyText(sqlite3.Connection):
    """Reads bytes that are no text as text with marks in it, instead of failing."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.text_factory = lambda content: content.decode("utf-8", "surrogateescape")


class Database:
    """One database. ``url`` is ``sqlite:///FILE`` or ``postgresql+psycopg://...``.

    SQLite runs in WAL with ``synchronous=FULL``: an acknowledged row is on the disk.
    """

    def __init__(self, url: str) -> None:
        if url.startswith("sqlite:///") or url.startswith("postgresql+psycopg://"):
            # The driver would put changes of tables outside of the transaction: transactions are begun by name.
            driver = {"isolation_level": None} if url.startswith("sqlite") else {}
            self.engine = create_engine(url, connect_args=driver)
        else:
            raise ConfigError("store.url: expected sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME")
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        self.broken: StoreError | None = None
        """Why nothing can be kept in this store any more, once that was found."""
        try:
            _migrate(self.engine)
            self.engine.dispose()
        except ConfigError:
            self.engine.dispose()
            raise
        except DatabaseError as error:
            self.engine.dispose()
            shown = self.engine.url.database if self.is_sqlite else self.engine.url.render_as_string()
            reason = str(error.orig).strip().partition("\n")[0]
            raise ConfigError(f"store.url: cannot open the store {shown} ({reason})") from error
        self._identity = _identity(self.file) if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded store."""
        return self.engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path:
        """The file of the embedded store."""
        return Path(str(self.engine.url.database))

    def confirm(self) -> None:
        """Return if the embedded store is still the file that was opened.

        Raises:
            StoreError: It was renamed, removed or replaced: what is written now would not be found again.
        """
        if self.is_sqlite and _identity(self.file) != self._identity:
            raise StoreError("store.moved", "the file of the store was renamed, removed or replaced", broken=True)

    def session(self) -> Connection:
        """A new driver connection of its own, in autocommit; transactions are begun by name."""
        if self.is_sqlite:
            self.confirm()
            return Connection(self._sqlite(), "sqlite")
        url = self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        given = conninfo_to_dict(url)
        patience = {name: value for name, value in _PATIENCE.items() if name not in given}
        return Connection(psycopg.connect(make_conninfo(url, **patience), autocommit=True), "postgresql")

    def writing(self) -> Connection:
        """A connection for who writes: its locks go if its process stands still."""
        connection = self.session()
        if not self.is_sqlite:
            for each in _WRITING:
                connection.control(each)
            connection.control(f"SET application_name = 'licet, process {os.getpid()}'")
        return connection

    def inspecting(self) -> Connection:
        """A connection that also reads text which is none, for who looks for what others have put there."""
        return Connection(self._sqlite(_AnyText), "sqlite") if self.is_sqlite else self.session()

    def _sqlite(self, kind: type[sqlite3.Connection] = sqlite3.Connection) -> sqlite3.Connection:
        # Opened by a URI that makes no file: one that is not there any more must not begin anew.
        uri = f"file:{quote(str(self.file))}?mode=rw"
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, check_same_thread=False, timeout=5.0, factory=kind
        )
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-32768",
            "wal_autocheckpoint=16384",
            "temp_store=MEMORY",  # savepoints note the pages they may put back: no file for that
        ):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reading, given back afterwards. Sees what was committed.

        Raises:
            UnavailableError: The store did not answer.
        """
        connection = self._lent()
        try:
            yield connection
        except Exception as error:
            trouble = store_error(error)
            if trouble is None:
                self._idle.put(connection)
                raise
            connection.connection.close()  # it may be in any state, and the idle ones most likely are gone as well
            self._close_idle()
            raise self.judged(trouble) from error
        except BaseException:
            self._idle.put(connection)
            raise
        self._idle.put(connection)

    def judged(self, trouble: StoreError) -> StoreError:
        """The same, and if it says that the store is broken, that stays so for everybody until a person has looked."""
        if trouble.broken and self.broken is None:
            self.broken = trouble
        return trouble

    def _lent(self) -> Connection:
        try:
            return self._idle.get_nowait()
        except Empty:
            pass
        try:
            return self.session()
        except Exception as error:
            trouble = store_error(error)
            raise error if trouble is None else self.judged(trouble) from error

    def close(self) -> None:
        """Close idle connections."""
        self._close_idle()
        self.engine.dispose()

    def _close_idle(self) -> None:
        try:
            while True:
                self._idle.get_nowait().connection.close()
        except Empty:
            pass


def _identity(file: Path) -> tuple[int, int] | None:
    """Which file this is, whatever it is called."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _migrate(engine: Engine) -> None:
    """Bring the store to today's version, whole or not at all."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    versions = ScriptDirectory.from_config(config)
    newest = versions.get_current_head()
    with engine.begin() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        if found == newest:
            return
        if found is not None:
            if found not in {each.revision for each in versions.walk_revisions()}:
                raise ConfigError(
                    f"store.url: found a store of version {found}, expected {newest} or older; run the newer program"
                )
            log.warning(
                "the store is of version %s and is moved to %s; with many facts that takes minutes", found, newest
            )
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
