"""The balance of a connector is written in the commit of what it counts: neither ever stands without the other."""

import sqlite3
from contextlib import closing

import pytest

from hub.store.tables.connectors import connectors
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, roster, send, status

REFUSING = """
CREATE TRIGGER refuse_{verb} BEFORE {verb} ON connectors BEGIN SELECT RAISE(ABORT, 'the balance cannot be written'); END
"""


def rows(path, table):
    with closing(sqlite3.connect(path)) as store, store:
        return store.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_what_cannot_be_counted_is_not_kept(tmp_path):
    clock, store = HandClock(NOW), tmp_path / "hub" / "data" / "licet.db"
    with opened(tmp_path / "hub", clock) as parts:
        send(parts, roster("E1"), clock)
        kept = {table: rows(store, table) for table in ("transmissions", "facts", "entries", "connectors")}
        with closing(sqlite3.connect(store)) as other, other:
            for verb in ("insert", "update"):
                other.execute(REFUSING.format(verb=verb))
        with pytest.raises(Exception, match=r"balance|store"):
            send(parts, status("E1", "high", "active", 1), clock)
        assert {table: rows(store, table) for table in kept} == kept
        with closing(sqlite3.connect(store)) as other, other:
            for verb in ("insert", "update"):
                other.execute(f"DROP TRIGGER refuse_{verb}")
        send(parts, status("E1", "high", "active", 1), clock)
        with parts.database.reading() as session:
            counted = {row.connector: row.received for row in session.all(connectors, {})}
        assert counted["authority"] == 1 and rows(store, "transmissions") == kept["transmissions"] + 1
