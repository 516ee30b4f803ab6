"""What the drivers of the store complain of, in our words: away for now, full, or broken so that a person must look."""

import sqlite3
import sys
from typing import Any

from hub.store.space import AGAIN_SECONDS
from schemas.errors import UnavailableError
from schemas.words import Words

_BROKEN_SQLITE = {
    sqlite3.SQLITE_CORRUPT: Words("pages of the store are destroyed", "存储的数据页已损坏"),
    sqlite3.SQLITE_NOTADB: Words("the file is no store any more", "该文件已不是存储文件"),
    sqlite3.SQLITE_IOERR: Words("the disk does not give or take what was asked", "磁盘读写出错"),
}
_AWAY_SQLITE = {
    sqlite3.SQLITE_BUSY: Words("another process has locked the store", "存储被其他进程锁定"),
    sqlite3.SQLITE_LOCKED: Words("another process has locked the store", "存储被其他进程锁定"),
    sqlite3.SQLITE_READONLY: Words("the store may not be written", "存储不可写入"),
    sqlite3.SQLITE_CANTOPEN: Words("the file of the store cannot be opened", "无法打开存储文件"),
}
_DESTROYED_POSTGRESQL = ("XX001", "XX002")
_NO_TABLE_POSTGRESQL, _NO_COLUMN_POSTGRESQL = "42P01", "42703"
_NO_TABLE_SQLITE, _NO_COLUMN_SQLITE = "no such table", "no such column"
_OTHER_TABLES = Words("the tables of the store are not what they were", "存储中的表与原来不同")
"""A test prepares every text: whatever a text does not find, somebody has taken away."""
_AWAY_POSTGRESQL = {
    "53300": Words("the database server takes no more connections", "数据库服务器连接数已满"),
    "55P03": Words("another process has locked the store", "存储被其他进程锁定"),
    "57P01": Words("the database server is being stopped", "数据库服务器正在停止"),
    "57P02": Words("the database server has crashed", "数据库服务器已崩溃"),
    "57P03": Words("the database server is starting", "数据库服务器正在启动"),
}
_DISK_FULL_POSTGRESQL = "53100"
_NO_SERVER = Words("the database server does not answer", "数据库服务器没有应答")


class StoreError(UnavailableError):
    """The store did not do what was asked; whoever asked hears 503.

    ``broken``: coming again does not help. The process that writes must end, and a person must look. ``followed``:
    another process has decided meanwhile; what this one keeps in memory and files is of before, and it must begin anew.
    """

    def __init__(
        self, code: str, words: Words, *, broken: bool = False, followed: bool = False, retry_after: float = 1.0
    ) -> None:
        super().__init__(code, words, retry_after=retry_after)
        self.broken = broken
        self.followed = followed


def store_error(error: Exception) -> StoreError | None:
    """A complaint of a driver about the store as a whole; nothing if the statement is at fault.

    The words say nothing of places and names: whoever asks may hear them.
    """
    if isinstance(error, StoreError):
        return error
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)
    return _of_postgresql(error)


def is_of_driver(error: Exception) -> bool:
    """Whether it is a complaint of a driver, about whatever."""
    return isinstance(error, sqlite3.Error) or _is_of_postgresql(error)


def is_without_table(error: Exception) -> bool:
    """Whether a table that a text names is not there."""
    if isinstance(error, sqlite3.OperationalError):
        return str(error).startswith(_NO_TABLE_SQLITE)
    return _is_of_postgresql(error) and _state(error) == _NO_TABLE_POSTGRESQL


def _is_of_postgresql(error: Exception) -> bool:
    driver = _driver()
    return driver is not None and isinstance(error, driver.Error)


def _driver() -> Any:
    """The driver of PostgreSQL where it is in use: a hub with an embedded store never loads it."""
    return sys.modules.get("psycopg")


def _state(error: Any) -> str:
    return error.sqlstate or ""


def _of_postgresql(error: Exception) -> StoreError | None:
    if not _is_of_postgresql(error):
        return None
    state = _state(error)
    if state in _DESTROYED_POSTGRESQL:
        return _broken(Words("tables of the store are destroyed", "存储中的表已损坏"))
    if state in {_NO_TABLE_POSTGRESQL, _NO_COLUMN_POSTGRESQL}:
        return _broken(_OTHER_TABLES)
    driver = _driver()
    if isinstance(error, (driver.OperationalError, driver.InterfaceError)):
        if state == _DISK_FULL_POSTGRESQL:
            return _full(Words("the disk of the database server is full", "数据库服务器磁盘已满"))
        return StoreError("store.busy", _AWAY_POSTGRESQL.get(state, _NO_SERVER))
    return None


def _of_sqlite(error: sqlite3.Error) -> StoreError | None:
    extended = getattr(error, "sqlite_errorcode", None) or 0
    code = extended & 0xFF
    if code == sqlite3.SQLITE_FULL or extended == sqlite3.SQLITE_IOERR_SHMSIZE:  # the one that is not called so
        return _full(Words("the disk under the store is full", "存储所在磁盘已满"))
    if code in _BROKEN_SQLITE:
        return _broken(_BROKEN_SQLITE[code])
    if code == sqlite3.SQLITE_ERROR and str(error).startswith((_NO_TABLE_SQLITE, _NO_COLUMN_SQLITE)):
        return _broken(_OTHER_TABLES)
    if code in _AWAY_SQLITE or (code == 0 and isinstance(error, sqlite3.OperationalError)):
        return StoreError("store.busy", _AWAY_SQLITE.get(code, Words("the store does not answer", "存储没有应答")))
    return None


def _full(words: Words) -> StoreError:
    return StoreError(
        "store.full",
        Words(f"{words}; nothing is written until somebody makes room", f"{words.zh}；腾出空间之前不再写入"),
        retry_after=AGAIN_SECONDS,
    )


def _broken(words: Words) -> StoreError:
    return StoreError(
        "store.broken",
        Words(f"{words}; restore the store from its backup", f"{words.zh}；请从备份恢复存储"),
        broken=True,
    )
