"""Leaves nothing of deleted rows in the files of an embedded store."""

from contextlib import closing

from hub.store.database import Database
from hub.store.statement import Connection

_OVERWRITTEN = "PRAGMA secure_delete=ON"
_EMPTIED = "PRAGMA wal_checkpoint(TRUNCATE)"


def overwrite(session: Connection) -> None:
    """Have what is deleted in this transaction overwritten, where the store is a file of ours."""
    if session.dialect == "sqlite":
        session.control(_OVERWRITTEN)


def empty_log(database: Database) -> bool:
    """Move what was committed into the store's file and empty the log beside it, where older pages lie still.

    Whether that could be done: not while somebody reads.
    """
    if not database.is_sqlite:
        return True
    with closing(database.writing().connection) as connection:
        busy, _pages, _moved = connection.execute(_EMPTIED).fetchone()
    return not busy
