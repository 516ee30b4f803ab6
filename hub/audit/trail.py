"""The log as people read it: its last entries, the check in place, and the folder for strangers."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from audit_log.export import export
from audit_log.signer import Signer
from audit_log.walk import Report
from hub.audit.inspection import check_whole
from hub.audit.signing import Signing
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import log
from schemas.errors import ConfigError

_CHUNK = 1000


class Trail:
    """Reads, checks and exports the log of this hub."""

    def __init__(self, database: Database, signer: Signer, signing: Signing) -> None:
        self._database = database
        self._signer = signer
        self._signing = signing

    def size(self) -> int:
        """How many entries are committed."""
        with self._database.reading() as session:
            head = session.one(log.head, {})
        return 0 if head is None else head.size

    def of_person(self, person: str, limit: int) -> list[tuple[int, dict[str, Any]]]:
        """The last entries about a person, newest first: place in the log, and entry."""
        with self._database.reading() as session:
            rows = session.all(log.entries_of_person, {"person": person, "limit": limit})
        return [(row.seq, orjson.loads(row.body)) for row in rows]

    def tail(self, after: int, limit: int) -> Iterable[tuple[int, dict[str, Any]]]:
        """Entries after a place in the log."""
        with self._database.reading() as session:
            for row in session.all(log.entries_after, {"seq": after, "limit": limit}):
                yield row.seq, orjson.loads(row.body)

    def verify(self) -> Report:
        """What a check in place found: entries, columns, tree, signed heads, sealed bodies, the signer's memory."""
        return check_whole(self._database, self._signer)

    def export(self, target: Path) -> int:
        """Write the log up to its last signed head as a folder that strangers can check; the number of entries.

        Raises:
            ConfigError: The folder is not empty, or nothing was signed yet.
        """
        if target.exists() and any(target.iterdir()):
            raise ConfigError(f"{target} is not empty; choose a new folder")
        self._signing.sign(at_once=True)
        with self._database.reading() as session:
            last = session.one(log.last_checkpoint, {})
            if last is None:
                raise ConfigError("nothing was signed yet; start the hub once")
            entries = ((row.seq, row.body.encode()) for row in _entries(session) if row.seq < last.size)
            return export(target, entries, last.note, self._signing.vkey)


def _entries(session: Connection) -> Iterator[log.EntryLeafRow]:
    after = -1
    while rows := session.all(log.entries_after, {"seq": after, "limit": _CHUNK}):
        yield from rows
        after = rows[-1].seq
