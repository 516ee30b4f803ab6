"""What the log says was erased: that it is gone is then no fault."""

from typing import NamedTuple

import orjson

from hub.store.statement import Connection
from hub.store.tables.erased import erasures


class Gone(NamedTuple):
    """Transmissions whose bodies were erased, and entries of which nobody keeps what they commit to."""

    bodies: frozenset[str]
    enclosed: frozenset[str]


def gone(session: Connection) -> Gone:
    """All of it; that these entries are in the log as they were written, the walk along it says."""
    entries = [orjson.loads(row.body) for row in session.all(erasures, {})]
    bodies = frozenset(each for entry in entries for each in entry["evidence"])
    return Gone(bodies, frozenset(each for entry in entries for each in entry["enclosed"]))
