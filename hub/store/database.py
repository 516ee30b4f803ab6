"""Opens a store of today's version, SQLite or PostgreSQL: connections for readers, and for who writes."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import quote

from hub.store.address import Address
from hub.store.statement import Connection
from hub.store.trouble import StoreError, is_of_driver, is_without_table, store_error
from hub.store.version import accept
from schemas.errors import ConfigError
from schemas.words import Words

_SETTINGS = (
    "foreign_keys=ON",
    "cache_size=-8192",  # enough for a commit; SQLite walks all of it after one that has balanced a tree
    "temp_store=MEMORY",  # savepoints note the pages they may put back: no file for that
)
_WRITING_SQLITE = ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=16384")
_DURABLE_POSTGRESQL = """
    SELECT set_config(name, 'on', false) FROM pg_settings
    WHERE name = 'synchronous_commit' AND setting <> 'remote_apply'
"""
"""Whatever role or database say: what is acknowledged is on the disk."""
_WRITING_POSTGRESQL = (
    "SET idle_in_transaction_session_timeout = '4s'",
    "SET idle_session_timeout = '3s'",
    "SET lock_timeout = '10s'",
    _DURABLE_POSTGRESQL,
    f"SET application_name = 'licet, process {os.getpid()}'",
)
"""A writer whose process stands still gives up its locks; it says a word every second when it has nothing to do."""
_BESIDE_POSTGRESQL = (
    "SET idle_in_transaction_session_timeout = '4s'",
    "SET lock_timeout = '4s'",
    f"SET application_name = 'licet-beside, process {os.getpid()}'",
)
_READING_POSTGRESQL = ("SET default_transaction_read_only = on",)
_VERSION = "SELECT version_num FROM alembic_version"


class _AnyText(sqlite3.Connection):
    """Reads bytes that are no text as text with marks in it, instead of failing."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.text_factory = lambda content: content.decode("utf-8", "surrogateescape")


class Database:
    """One store, made by ``hub.store.migrate``. What is committed is on the disk; who reads changes nothing.

    Raises:
        StoreVersionError: It is missing, older or newer than this program's; nothing was done to it.
        ConfigError: It cannot be opened, or is not safe to write.
    """

    def __init__(self, url: str) -> None:
        self._address = Address(url)
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        self._closed = False
        self.broken: StoreError | None = None
        """Why nothing can be kept in this store any more, once that was found."""
        if self.file is not None and not self.file.exists():
            accept(None, str(self._address))
        self._identity = _identity(self.file)
        try:
            self._accept()
        except Exception as error:
            if not is_of_driver(error):
                raise
            trouble, reason = store_error(error), str(error).strip().partition("\n")[0]
            is_broken = trouble is not None and trouble.broken
            remedy = Words("; restore it from its backup", "；请从备份恢复") if is_broken else Words("", "")
            raise ConfigError(
                Words(
                    f"store.url: cannot open the store {self._address} ({reason}){remedy}",
                    f"store.url：无法打开存储 {self._address}（{reason}）{remedy.zh}",
                ),
                cure=self._address.cure,
            ) from error

    def _accept(self) -> None:
        connection = self._reader()
        try:
            accept(_revision(connection), str(self._address))
            if not self.is_sqlite and connection.connection.execute("SHOW fsync").fetchone() == ("off",):
                raise ConfigError(
                    Words(
                        f"store.url: {self._address} runs with fsync = off and may lose what it acknowledged",
                        f"store.url：{self._address} 以 fsync = off 运行，可能丢失已确认的数据",
                    ),
                    cure=Words(
                        "set fsync = on in the database's configuration, then start again",
                        "在数据库配置中设 fsync = on 后重新启动",
                    ),
                )
        except BaseException:
            connection.connection.close()
            raise
        self._idle.put(connection)

    @property
    def file(self) -> Path | None:
        """The file of the embedded store."""
        return self._address.file

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded store."""
        return self.file is not None

    def confirm(self) -> None:
        """Return if the embedded store is still the file that was opened.

        Raises:
            StoreError: It was renamed, removed or replaced: what is written now would not be found again.
        """
        if _identity(self.file) != self._identity:
            raise StoreError(
                "store.moved",
                Words("the file of the store was renamed, removed or replaced", "存储文件已被改名、移走或替换"),
                broken=True,
            )

    def writing(self) -> Connection:
        """A connection for who writes, in autocommit; transactions are begun by name.

        What it commits is on the disk. Its locks go if its process stands still.
        """
        if self.file is not None:
            self.confirm()
            return Connection(_sqlite(self.file, _SETTINGS + _WRITING_SQLITE), "sqlite")
        return Connection(_postgresql(self._address.dsn, _WRITING_POSTGRESQL), "postgresql")

    def inspecting(self) -> Connection:
        """A connection that also reads text which is none, for who looks for what others have put there."""
        return self._reader(_AnyText)

    def beside(self) -> Connection:
        """A connection of its own for who looks at the store with temporary tables beside it; close it afterwards.

        What is written through it without naming one of these would be written: it is for ``hub.store.drafted`` alone.
        """
        if self.file is not None:
            self.confirm()
            return Connection(_sqlite(self.file, _SETTINGS), "sqlite")
        return Connection(_postgresql(self._address.dsn, ()), "postgresql")

    def beside_writer(self, *, durable: bool) -> Connection:
        """A connection to a PostgreSQL store for who hands on work beside the writer, and hears of it (``LISTEN``).

        What it writes is no fact, and unless it is to be ``durable`` it may be lost with the server.
        """
        settings = (*_BESIDE_POSTGRESQL, _DURABLE_POSTGRESQL if durable else "SET synchronous_commit = off")
        return Connection(_postgresql(self._address.dsn, settings), "postgresql")

    def _reader(self, kind: type[sqlite3.Connection] = sqlite3.Connection) -> Connection:
        if self.file is not None:
            self.confirm()
            # Not ``mode=ro``: who reads so a store that nobody has open leaves the files of its log behind.
            return Connection(_sqlite(self.file, (*_SETTINGS, "query_only=ON"), kind), "sqlite")
        return Connection(_postgresql(self._address.dsn, _READING_POSTGRESQL), "postgresql")

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
                self._give_back(connection)
                raise
            connection.connection.close()  # it may be in any state, and the idle ones most likely are gone as well
            self._close_idle()
            raise self.judged(trouble) from error
        except BaseException:
            self._give_back(connection)
            raise
        self._give_back(connection)

    def _give_back(self, connection: Connection) -> None:
        self._idle.put(connection)
        if self._closed:
            self._close_idle()

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
            return self._reader()
        except Exception as error:
            trouble = store_error(error)
            raise error if trouble is None else self.judged(trouble) from error

    def close(self) -> None:
        """Close idle connections now, and each that is lent as soon as it is given back."""
        self._closed = True
        self._close_idle()

    def _close_idle(self) -> None:
        try:
            while True:
                self._idle.get_nowait().connection.close()
        except Empty:
            pass


def _postgresql(dsn: str, settings: tuple[str, ...]) -> Any:
    from psycopg import connect  # noqa: PLC0415 - an embedded store does without

    connection = connect(dsn, autocommit=True)
    try:
        for setting in settings:
            connection.execute(setting)
    except BaseException:  # a server that ends just then must not keep what nobody holds
        connection.close()
        raise
    return connection


def _sqlite(
    file: Path, settings: tuple[str, ...], kind: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    # Opened by a URI that makes no file: one that is not there any more must not begin anew.
    uri = f"file:{quote(str(file))}?mode=rw"
    connection = sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, timeout=5.0, factory=kind
    )
    try:
        for setting in settings:
            connection.execute(f"PRAGMA {setting}")
    except BaseException:
        connection.close()
        raise
    return connection


def _revision(connection: Connection) -> str | None:
    """The version that a store says it has; nothing where there is no store."""
    try:
        row = connection.connection.execute(_VERSION).fetchone()
    except Exception as error:
        if not is_without_table(error):
            raise
        return None
    (revision,) = row or (None,)
    return revision


def _identity(file: Path | None) -> tuple[int, int] | None:
    """Which file this is, whatever it is called."""
    try:
        found = None if file is None else file.stat()
    except OSError:
        return None
    return None if found is None else (found.st_dev, found.st_ino)
