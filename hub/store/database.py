"""Opens the database, SQLite or PostgreSQL: migrations, settings, connections for readers and for the one writer."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DatabaseError

from hub.store.statement import Connection
from schemas.errors import ConfigError, UnavailableError

log = logging.getLogger(__name__)

_MIGRATIONS = Path(__file__).parent / "migrations"
DRIVER_ERRORS = (sqlite3.OperationalError, psycopg.OperationalError)


def busy(error: Exception) -> UnavailableError:
    """The store's own trouble in our words; the sender may come again."""
    return UnavailableError("store.busy", f"the store did not answer: {type(error).__name__}", retry_after=1.0)


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
        try:
            _migrate(self.engine)
        except ConfigError:
            self.engine.dispose()
            raise
        except DatabaseError as error:
            self.engine.dispose()
            shown = self.engine.url.database if self.is_sqlite else self.engine.url.render_as_string()
            reason = str(error.orig).strip().partition("\n")[0]
            raise ConfigError(f"store.url: cannot open the store {shown} ({reason})") from error

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded store."""
        return self.engine.dialect.name == "sqlite"

    def session(self) -> Connection:
        """A new driver connection of its own, in autocommit; transactions are begun by name."""
        if self.is_sqlite:
            return Connection(self._sqlite(), "sqlite")
        dsn = self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return Connection(psycopg.connect(dsn, autocommit=True), "postgresql")

    def _sqlite(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            str(self.engine.url.database), isolation_level=None, check_same_thread=False, timeout=10.0
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
        try:
            try:
                session = self._idle.get_nowait()
            except Empty:
                session = self.session()
            yield session
        except DRIVER_ERRORS as error:  # the connection may be in any state: it is not used again
            raise busy(error) from error
        except BaseException:
            self._idle.put(session)
            raise
        self._idle.put(session)

    def close(self) -> None:
        """Close idle connections."""
        while True:
            try:
                self._idle.get_nowait().connection.close()
            except Empty:
                break
        self.engine.dispose()


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
