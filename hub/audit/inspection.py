"""Compares the log with what was signed of it and with what stands beside it: its end at start, all of it in rounds."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from audit_log.checkpoint import TamperError, verify
from audit_log.log import Head
from audit_log.signer import Signer
from audit_log.walk import Report, Walk
from hub.audit.rows import as_bytes, faults
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import log as t

CHUNK = 1000


class Round:
    """One walk along the log in the store, from a head on; ``report`` says what it found so far."""

    def __init__(self, signer: Signer, start: Head | None = None) -> None:
        self._signer = signer
        self._walk = Walk([], start)

    @property
    def report(self) -> Report:
        """What was found so far."""
        return self._walk.report

    def step(self, session: Connection, limit: int = CHUNK) -> bool:
        """Check the entries that follow; whether there were any."""
        rows = session.all(t.whole_entries_after, {"seq": self.report.size - 1, "limit": limit})
        if not rows or self._walk.broken:
            return False
        self._expect(self.report.size, rows[-1].seq + 1, session)
        for row in rows:
            self._walk.take(row.seq, as_bytes(row.body), row.leaf)
        for index, fault in faults(rows, session):
            self.report.doubt(index, fault)
        return True

    def _expect(self, above: int, until: int, session: Connection) -> None:
        """Every signed head on the way: those kept beside the log, and those that the signer remembers."""
        signer = self._signer
        for row in session.all(t.checkpoints, {"above": above, "until": until}):
            try:
                signed = verify(row.note, {signer.name: signer.public}, signer.name)
            except TamperError as error:
                self.report.doubt(None, f"checkpoint {row.size}: {error}")
                continue
            if signed.size != row.size:
                self.report.doubt(None, f"checkpoint {row.size}: is one of {signed.size} entries")
            self._walk.expect(signed)
        for head in signer.heads:
            if above < head.size <= until:
                self._walk.expect(head)

    def finish(self, session: Connection) -> Report:
        """The report of a walk to the end: the head row says the same, and nothing that was signed lies beyond."""
        report, signed = self._walk.finish(), self._signer.signed
        head = session.one(t.head, {})
        assert head is not None, "the head row is made by the first migration"
        if Head(head.size, head.frontier) != self._walk.head():
            report.doubt(None, f"the head row says {head.size} entries, and not what {report.size} entries make")
        if report.size < signed.size:
            report.doubt(report.size, f"log rolled back: it ends at {report.size}, {signed.size} entries were signed")
        return report


def check_whole(database: Database, signer: Signer) -> Report:
    """Everything at once, as it is committed at this moment."""
    with snapshot(database) as session:
        whole = Round(signer)
        while whole.step(session):
            pass
        return whole.finish(session)


def check_start(database: Database, signer: Signer) -> None:
    """Compare count, last entry, head and the end of the log with what the signer remembers.

    Raises:
        TamperError: The log was cut, changed or rolled back.
    """
    with snapshot(database) as session:
        _check_extent(session, signer)
        end = Round(signer, signer.oldest)
        while end.step(session):
            pass
        report = end.finish(session)
    if not report.good:
        first = "" if report.first_bad is None else f", first wrong index {report.first_bad}"
        raise TamperError(f"log changed: {report.problems[0]}{first}; see `licet audit verify`, restore the database")


def _check_extent(session: Connection, signer: Signer) -> None:
    head, extent = session.one(t.head, {}), session.one(t.extent, {})
    assert head is not None and extent is not None
    signer.check(Head(head.size, head.frontier))
    if extent.entries != head.size or (head.size and (extent.first, extent.last) != (0, head.size - 1)):
        raise TamperError(
            f"log changed: the head row says {head.size} entries, found {extent.entries}, "
            f"numbered {extent.first} to {extent.last}; see `licet audit verify`, restore the database"
        )


@contextmanager
def snapshot(database: Database) -> Iterator[Connection]:
    """A connection on which everything is read as of one moment, while others go on writing.

    Text that is none is read too: it was put there by somebody, and the check shall say where.
    """
    session = database.inspecting()
    with closing(session.connection):
        session.control("BEGIN" if database.is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield session
