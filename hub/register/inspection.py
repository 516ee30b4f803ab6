"""Whether the files of the register are there, as they were filed: all at once, or some of them a turn."""

import hashlib
import time
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from typing import NamedTuple

import orjson

from hub.register.sealed import sealed_size
from hub.register.shelf import Shelf
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import alarms
from hub.store.tables import documents as sql
from hub.store.tables.documents import DocumentRow
from hub.store.writer import Writer

DAMAGED = "document.damaged"
STEP, PAUSE_SECONDS = 8, 1.0
"""In the background so many documents at once, so far apart."""
ROUND_SECONDS = 3600.0
LEFT_OVER = timedelta(days=1)
"""A file that no row names is removed once it is so old: until then a commit may name it."""
_CHUNK, _PIECE = 200, 1 << 20


class DocumentFault(NamedTuple):
    """A document that is not there as it was filed, and why."""

    document: str
    person: str
    why: str


def faults(database: Database, shelf: Shelf) -> Iterator[DocumentFault]:
    """Every document whose file is gone, or is not what was filed."""
    after = ""
    while rows := _after(database, after, _CHUNK):
        yield from (fault for row in rows if (fault := fault_of(row, shelf)) is not None)
        after = rows[-1].id


def fault_of(row: DocumentRow, shelf: Shelf) -> DocumentFault | None:
    """What is wrong with the file of a document."""
    digest = hashlib.sha256()
    try:
        with shelf.path(row.id).open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
    except FileNotFoundError:
        return DocumentFault(row.id, row.person, "its file is gone")
    except OSError as error:
        return DocumentFault(row.id, row.person, f"its file cannot be read ({error.strerror})")
    if digest.hexdigest() != row.ct_sha256:
        return DocumentFault(row.id, row.person, "its file is not what was filed")
    return None


def absent(database: Database, shelf: Shelf, monotonic: Callable[[], float], seconds: float) -> tuple[int, int]:
    """How many files are gone or of another size, of how many that were looked for within so many seconds."""
    ends, after, missing, looked = monotonic() + seconds, "", 0, 0
    while monotonic() < ends and (rows := _after(database, after, _CHUNK)):
        missing += sum(_is_absent(row, shelf) for row in rows)
        looked, after = looked + len(rows), rows[-1].id
    return missing, looked


def _is_absent(row: DocumentRow, shelf: Shelf) -> bool:
    path = shelf.path(row.id)
    return not path.is_file() or path.stat().st_size != sealed_size(row.size)


class RegisterWatch:
    """Looks at all files round after round, at a low rate; raises one alarm while a file is not as it was filed."""

    def __init__(
        self,
        database: Database,
        shelf: Shelf,
        writer: Writer,
        wall: Callable[[], float] = time.time,
        finish: Callable[[], object] = lambda: None,
    ) -> None:
        """``wall``: the machine's calendar, in which the ages of files are told. ``finish`` destroys files and keys of
        whom somebody began to erase."""
        self._database = database
        self._shelf = shelf
        self._writer = writer
        self._wall = wall
        self._finish = finish
        self._after = ""
        self._found = False

    def turn(self) -> float:
        """Look at the files that follow; the seconds until the next ones, or until the next round."""
        if not self._after:
            self._finish()
        rows = _after(self._database, self._after, STEP)
        if any(fault_of(row, self._shelf) is not None for row in rows):
            self._found = True
            self._say()
        if rows:
            self._after = rows[-1].id
            return PAUSE_SECONDS
        self._say()
        self._after, self._found = "", False
        self._sweep()
        return ROUND_SECONDS

    def _say(self) -> None:
        """Raise the alarm as soon as something is wrong; end it after a round in which nothing was."""
        with self._database.reading() as session:
            known = session.one(alarms.alarm_of_code, {"code": DAMAGED})
        is_raised = known is not None and known.state != "ended"
        if self._found and not is_raised:
            self._writer.call(lambda tx: tx.log("alarm", code=DAMAGED))
        elif is_raised and not self._found:
            assert known is not None
            self._writer.call(lambda tx: _end(known.id, tx))

    def _sweep(self) -> None:
        """Remove files that no row names."""
        before = self._wall() - LEFT_OVER.total_seconds()
        for document in list(self._shelf.unclaimed(before, self._claimed)):
            self._shelf.remove(document)

    def _claimed(self, documents: Collection[str]) -> Collection[str]:
        with self._database.reading() as session:
            return claimed(documents, session)


def claimed(documents: Collection[str], session: Connection) -> Collection[str]:
    """Which of these documents are kept."""
    ids = orjson.dumps(list(documents)).decode()
    return {row.id for row in session.all(sql.kept_among, {"ids": ids})}


def _after(database: Database, after: str, limit: int) -> list[DocumentRow]:
    with database.reading() as session:
        return session.all(sql.kept_after, {"after": after, "limit": limit})


def _end(alarm: str, tx: Tx) -> None:
    tx.session.run(alarms.set_alarm, {"of": alarm, "state": "ended", "at": tx.now_us})
