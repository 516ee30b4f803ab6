"""Compares the log with what was signed of it and with what stands beside it: its end at start, all of it in rounds."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import NamedTuple

from audit_log.checkpoint import Checkpoint, TamperError, verify
from audit_log.log import Head
from audit_log.signer import Signer
from audit_log.walk import Report, Walk
from hub.audit.rows import as_bytes, faults
from hub.audit.standings import StandingCheck
from hub.clock import Clock
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import log as t
from hub.store.writer import Writer

CHUNK = 1000
STEP, PAUSE_SECONDS = 100, 0.25
"""In the background so many entries at once, so far apart: 400 a second cost less than a hundredth of a processor."""
ROUND_SECONDS = 3600.0


class Round:
    """One walk along the log in the store, from a head on; ``report`` says what it found so far."""

    def __init__(self, signer: Signer, start: Head | None = None) -> None:
        self._signer = signer
        self._walk = Walk([], start)
        self._standings = StandingCheck(whole=start is None)

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
        for index, fault in (*faults(rows, session), *self._standings.take(rows, session)):
            self.report.doubt(index, fault)
        return True

    def step_standings(self, session: Connection, limit: int = CHUNK) -> bool:
        """Check the standings that follow, where the walk has come to the end; whether there were any."""
        wrong = self._standings.page(session, limit)
        for index, fault in wrong or ():
            self.report.doubt(index, fault)
        return wrong is not None

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

    def finish(self, session: Connection, signed: Checkpoint) -> Report:
        """The report of a walk to the end: the head row says the same, and nothing that was signed lies beyond."""
        report = self._walk.finish()
        head = session.one(t.head, {})
        assert head is not None, "the head row is made by the first migration"
        if Head(head.size, head.frontier) != self._walk.head():
            report.doubt(None, f"the head row says {head.size} entries, and not what {report.size} entries make")
        if (beside := _extent_fault(head.size, session)) is not None:
            report.doubt(None, beside)
        for index, fault in self._standings.finish(session):
            report.doubt(index, fault)
        if report.size < signed.size:
            report.doubt(report.size, f"log rolled back: it ends at {report.size}, {signed.size} entries were signed")
        return report


class Progress(NamedTuple):
    """How far the check in the background is: entries checked in this round, rounds that went well, the last one."""

    checked: int
    rounds: int
    good_at: datetime | None


NOTHING_CHECKED = Progress(0, 0, None)


class Inspection:
    """Checks the whole log and what stands beside it in the background, round after round, at a low rate."""

    def __init__(self, database: Database, signer: Signer, writer: Writer, clock: Clock) -> None:
        self._database = database
        self._signer = signer
        self._writer = writer
        self._clock = clock
        self._round: Round | None = None
        self._rounds = 0
        self._good_at: datetime | None = None

    @property
    def progress(self) -> Progress:
        """How far it is."""
        checked = 0 if self._round is None else self._round.report.size
        return Progress(checked, self._rounds, self._good_at)

    def turn(self) -> float:
        """Check the entries that follow; the seconds until the next ones, or until the next round.

        Raises:
            TamperError: Something is not what was signed.
        """
        current = self._round = self._round or Round(self._signer)
        signed = self._signer.signed
        with snapshot(self._database) as session:
            more = current.step(session, STEP) or current.step_standings(session, STEP)
            report = current.report if more else current.finish(session, signed)
        _require_good(report)
        if more:
            return PAUSE_SECONDS
        self._round, self._rounds, self._good_at = None, self._rounds + 1, self._clock.now()
        self._writer.call(lambda tx: tx.log("checked", size=report.size, root=report.root))
        return ROUND_SECONDS


def check_whole(database: Database, signer: Signer) -> Report:
    """Everything at once, as it is committed at this moment."""
    signed = signer.signed
    with snapshot(database) as session:
        whole = Round(signer)
        while whole.step(session) or whole.step_standings(session):
            pass
        return whole.finish(session, signed)


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
        _require_good(end.finish(session, signer.signed))


def _require_good(report: Report) -> None:
    if not report.good:
        first = "" if report.first_bad is None else f", first wrong index {report.first_bad}"
        raise TamperError(f"log changed: {report.problems[0]}{first}; see `licet audit verify`, restore the database")


def _check_extent(session: Connection, signer: Signer) -> None:
    head = session.one(t.head, {})
    assert head is not None, "the head row is made by the first migration"
    signer.check(Head(head.size, head.frontier))
    if (fault := _extent_fault(head.size, session)) is not None:
        raise TamperError(f"log changed: {fault}; see `licet audit verify`, restore the database")


def _extent_fault(size: int, session: Connection) -> str | None:
    """What is wrong with how many entries there are and how they are numbered: one before the first is read, too."""
    extent = session.one(t.extent, {})
    assert extent is not None, "it counts"
    if extent.entries == size and (not size or (extent.first, extent.last) == (0, size - 1)):
        return None
    return f"the head row says {size} entries, found {extent.entries}, numbered {extent.first} to {extent.last}"


@contextmanager
def snapshot(database: Database) -> Iterator[Connection]:
    """A connection on which everything is read as of one moment, while others go on writing.

    Text that is none is read too: it was put there by somebody, and the check shall say where.
    """
    session = database.inspecting()
    with closing(session.connection):
        session.control("BEGIN" if database.is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield session
