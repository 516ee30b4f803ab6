"""What the drivers of the store complain of, in our words: away for now, or broken so that a person must look."""

import sqlite3
from typing import NamedTuple

import psycopg
from psycopg import errors as postgresql

from schemas.errors import UnavailableError

_BROKEN_SQLITE = {
    sqlite3.SQLITE_CORRUPT: "pages of the file are destroyed",
    sqlite3.SQLITE_NOTADB: "the file is no store any more",
    sqlite3.SQLITE_IOERR: "the disk does not give or take what was asked",
}
_AWAY_SQLITE = {
    sqlite3.SQLITE_BUSY: "another process has locked the store",
    sqlite3.SQLITE_LOCKED: "another process has locked the store",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the store may not be written",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
}
_BROKEN_POSTGRESQL = (postgresql.DataCorrupted, postgresql.IndexCorrupted, postgresql.UndefinedTable)
_AWAY_POSTGRESQL = (psycopg.OperationalError, psycopg.InterfaceError)


class StoreError(UnavailableError):
    """The store did not do what was asked; whoever asked hears 503.

    ``broken``: coming again does not help. The process that writes must end, and a person must look.
    """

    def __init__(self, code: str, words: str, *, broken: bool = False) -> None:
        super().__init__(code, words, retry_after=1.0)
        self.broken = broken


class Trouble(NamedTuple):
    """Why the store cannot be written now."""

    code: str
    words: str
    broken: bool


def store_error(error: Exception) -> StoreError | None:
    """A complaint of a driver about the store as a whole; nothing if the statement is at fault."""
    if isinstance(error, StoreError):
        return error
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)
    if isinstance(error, _BROKEN_POSTGRESQL):
        return _broken(str(error).partition("\n")[0])
    if isinstance(error, _AWAY_POSTGRESQL):
        return StoreError("store.busy", f"the store did not answer: {str(error).partition(chr(10))[0]}")
    return None


def _of_sqlite(error: sqlite3.Error) -> StoreError | None:
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in _BROKEN_SQLITE:
        return _broken(f"{_BROKEN_SQLITE[code]} ({error})")
    if code in _AWAY_SQLITE or (code == 0 and isinstance(error, sqlite3.OperationalError)):
        return StoreError("store.busy", f"the store did not answer: {_AWAY_SQLITE.get(code, 'it is away')} ({error})")
    return None


def _broken(words: str) -> StoreError:
    return StoreError("store.broken", f"{words}; end the hub and restore the store from its backup", broken=True)
