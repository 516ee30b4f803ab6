"""Signs the log: a checkpoint whenever it grew, at most once a second, by a signer with a memory of its own."""

from pathlib import Path
from threading import Lock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from audit_log.checkpoint import Checkpoint, vkey
from audit_log.log import Head
from audit_log.signer import Signer
from hub.clock import Clock, to_us
from hub.store import queries as q
from hub.store.database import Database
from hub.store.writer import Writer
from schemas.errors import ConfigError

SIGN_SECONDS = 1.0
_CHUNK = 5000


class Signing:
    """Gives the signer every leaf since its last head; it makes the root itself and signs only what extends it."""

    def __init__(self, folder: Path, name: str, database: Database, writer: Writer, clock: Clock) -> None:
        self.key = log_key(folder)
        self.name = name
        self._signer = Signer(name, self.key, folder / "data" / "signer.json")
        self._database = database
        self._writer = writer
        self._clock = clock
        self._lock = Lock()
        self._next = 0.0

    @property
    def vkey(self) -> str:
        """The verifier key of the log, as text."""
        return vkey(self.name, self.key.public_key())

    @property
    def signed(self) -> Checkpoint:
        """The last signed head, by the signer's own memory."""
        return self._signer.signed

    def check(self) -> None:
        """Refuse a log that is shorter than, or other than, what was signed.

        Raises:
            TamperError: It was cut, changed or rolled back.
        """
        with self._database.reading() as session:
            row = session.one(q.head, {})
        assert row is not None
        self._signer.check(Head(row[0], bytes(row[1])))

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
            row = {"size": self._signer.size, "at": to_us(self._clock.now()), "note": note}
        if note is not None:
            self._writer.call(lambda tx: tx.session.run(q.insert_checkpoint, row))

    def _extend(self) -> str | None:
        with self._database.reading() as session:
            row = session.one(q.head, {})
            assert row is not None
            claimed = Head(row[0], bytes(row[1]))
            self._signer.check(claimed)
            if claimed.size <= self._signer.size:
                return None
            while self._signer.size < claimed.size:
                limit = min(_CHUNK, claimed.size - self._signer.size)
                leaves = session.all(q.leaves_from, {"seq": self._signer.size, "limit": limit})
                self._signer.extend([bytes(leaf) for (leaf,) in leaves])
                if not leaves:
                    break
        return self._signer.sign(claimed)


def log_key(folder: Path) -> Ed25519PrivateKey:
    """The key that signs the log.

    Raises:
        ConfigError: It is missing or not Ed25519.
    """
    file = folder / "keys" / "log.pem"
    try:
        key = load_pem_private_key(file.read_bytes(), None)
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read {file}; `licet init` makes it") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"{file}: expected an Ed25519 key")
    return key
