"""Signs the log: a checkpoint whenever it grew, at most once a second, by a signer with a memory of its own."""

from threading import Lock

from audit_log.checkpoint import Checkpoint, vkey
from audit_log.log import Head
from audit_log.signer import Signer
from hub.clock import Clock, to_us
from hub.store.database import Database
from hub.store.tables import log as t
from hub.store.writer import Writer

SIGN_SECONDS = 1.0
_CHUNK = 5000


class Signing:
    """Gives the signer every leaf since its last head; it makes the root itself and signs only what extends it."""

    def __init__(self, signer: Signer, database: Database, writer: Writer, clock: Clock) -> None:
        self._signer = signer
        self._database = database
        self._writer = writer
        self._clock = clock
        self._lock = Lock()
        self._next = 0.0

    @property
    def vkey(self) -> str:
        """The verifier key of the log, as text."""
        return vkey(self._signer.name, self._signer.public)

    @property
    def signed(self) -> Checkpoint:
        """The last signed head, by the signer's own memory."""
        return self._signer.signed

    def sign(self, *, at_once: bool = False) -> None:
        """Sign the log as it is committed, if it grew and the last signature is old enough.

        Raises:
            TamperError: The log does not extend what was signed before.
            UnavailableError: Nothing can be written: another process may decide by now, with a memory of its own.
        """
        with self._lock:
            if not at_once and self._clock.monotonic() < self._next:
                return
            self._next = self._clock.monotonic() + SIGN_SECONDS
            note = self._extend()
            row = {"size": self._signer.size, "at": to_us(self._clock.now()), "note": note}
        if note is not None:
            self._writer.call(lambda tx: tx.session.run(t.insert_checkpoint, row))

    def _extend(self) -> str | None:
        """The note of the log as it is committed; nothing where that stands beside it already."""
        while (claimed := self._taken()) is not None:
            self._writer.prove()
            if (note := self._signer.sign(claimed)) is not None:
                return note
        return self._left_over()

    def _left_over(self) -> str | None:
        """What was signed and came no further: its process ended before, or has yet to write it."""
        with self._database.reading() as session:
            last = session.one(t.last_checkpoint, {})
        return self._signer.note if (0 if last is None else last.size) < self._signer.size else None

    def _taken(self) -> Head | None:
        """What the log claims to be, once the signer knows its leaves; nothing where they are signed."""
        with self._database.reading() as session:
            row = session.one(t.head, {})
            assert row is not None
            claimed = Head(row.size, row.frontier)
            self._signer.check(claimed)
            if claimed.size <= self._signer.size:
                return None
            while self._signer.size < claimed.size:
                limit = min(_CHUNK, claimed.size - self._signer.size)
                leaves = session.all(t.leaves_from, {"seq": self._signer.size, "limit": limit})
                self._signer.extend([row.leaf for row in leaves])
                if not leaves:
                    break
        return claimed
