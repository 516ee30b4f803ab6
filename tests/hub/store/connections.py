"""A connection that writes, for a test; closed afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

from hub.store.database import Database
from hub.store.statement import Connection


@contextmanager
def writing(database: Database) -> Iterator[Connection]:
    connection = database.writing()
    try:
        yield connection
    finally:
        connection.connection.close()
