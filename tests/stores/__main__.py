"""Keeps a filled store of this version for later ones: ``python -m tests.stores``, at each release and never again.

What a released version left behind is not written anew: the later versions are tried on exactly that.
"""

import sqlite3
import tempfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from sqlalchemy.dialects import sqlite

from connectors.port import PeerState
from hub.store.migrations.target import metadata
from hub.store.version import VERSION
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, STORY, opened, send, study
from tests.hub.doors import enforced
from tests.stores import file_of


def main() -> None:
    """Tell the law's story to a hub and keep its store as SQL."""
    with tempfile.TemporaryDirectory() as place:
        home, clock = Path(place) / "hub", HandClock(NOW)
        with opened(home, clock) as parts:
            for message in STORY:
                send(parts, message, clock)
            enforced(parts)
            send(parts, study("E9", "20:00", "opened"), clock)  # nobody knows yet who that is
            parts.writer.call(lambda tx: parts.peers.store("terminals", "SN-1", PeerState("pending", {}, NOW), tx))
            clock.advance(timedelta(days=40))
            parts.deadlines.work_off()
            parts.signing.sign(at_once=True)
        with closing(sqlite3.connect(home / "data" / "licet.db")) as store:
            fill_empty(store)
            text = "\n".join(store.iterdump()) + "\n"
    file_of(VERSION).write_text(text, encoding="utf-8", newline="\n")
    print(f"{file_of(VERSION)}: {len(text)} bytes")


def fill_empty(store: sqlite3.Connection) -> None:
    """A row for each table to which nothing came in the story."""
    made_up = {"INTEGER": 1, "BIGINT": 1, "TEXT": "x", "BLOB": b"x"}
    for table in metadata().sorted_tables:
        if not store.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]:
            row = [made_up[str(column.type.compile(sqlite.dialect()))] for column in table.columns]
            store.execute(f"INSERT INTO {table.name} VALUES ({', '.join('?' * len(row))})", row)
    store.commit()


main()
