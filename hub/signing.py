"""Signs the log: a checkpoint whenever it grew, at most once a second, by a signer with a memory of its own."""

from threading import Lock

from audit_log.signer import Signer
from hub.clock import Clock, to_us
from hub.store import queries as q
from hub.store.database import Database
from hub.store.writer import Writer

SIGN_SECONDS = 1.0
_CHUNK = 5000


class Signing:
    """Gives the signer every leaf since its last head; it recomputes the root itself and signs only what extends it."""

    def __init__(self, signer: Signer, database: Database, writer: Writer, clock: Clock) -> None:
        self._signer = signer
        self._database = database
        self._writer = writer
        self._clock = clock
        self._lock = Lock()
        self._next = 0.0

    def sign(self, *, at_once: bool = False) -> None:
        """Sign the log as it is committed, if it grew and the last signature is old enough.

        Raises:
            TamperError: The log does not extend what was signed before.
        """
        with self._lock:
            if not at_once and self._clock.monotonic() < self._next:
                return
            self._next = self._clock.monotonic() + SIGN_SECONDS
            note = self._extend()
        if note is not None:
            row = {"size": self._signer.size, "at": to_us(self._clock.now()), "note": note}
            self._writer.call(lambda tx: tx.session.run(q.insert_checkpoint, row))

    def _extend(self) -> str | None:
        grown = False
        with self._database.reading() as session:
            while leaves := session.all(q.leaves_from, {"seq": self._signer.size, "limit": _CHUNK}):
                self._signer.extend([leaf for (leaf,) in leaves])
                grown = True
        return self._signer.sign() if grown else None
