"""The signer: remembers what it signed last, makes the tree anew from the leaves, signs only what extends it.

Whoever edits the database cannot get a new head for it: the leaves before the signer's own size are never asked
for again, and those after it must make the root that the hub claims.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit_log.checkpoint import Checkpoint, TamperError, sign
from audit_log.log import Head, grow


class Signer:
    """Holds the key, and the last signed head in a file of its own."""

    def __init__(self, name: str, key: Ed25519PrivateKey, state: Path) -> None:
        self.name = name
        self._key = key
        self._state = state
        self._head = _read(state)
        self._signed = self._head

    @property
    def size(self) -> int:
        """How many leaves it knows: the next ones must come from here."""
        return self._head.size

    @property
    def signed(self) -> Checkpoint:
        """What it signed last."""
        return Checkpoint(self.name, self._signed.size, self._signed.root())

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Take the leaves that follow."""
        self._head = grow(leaves, self._head)

    def sign(self, claimed: Head | None = None) -> str:
        """A signed note of the tree so far; durable in the signer's own file before it is given out.

        Raises:
            TamperError: ``claimed``, the log's own head, is not what the leaves make.
        """
        if claimed is not None and (claimed.size, claimed.root()) != (self._head.size, self._head.root()):
            self._head = self._signed
            raise TamperError(f"the log claims {claimed.size} entries with another root than its leaves make")
        _write(self._state, self._head)
        self._signed = self._head
        return sign(Checkpoint(self.name, self._head.size, self._head.root()), self.name, self._key)

    def check(self, head: Head) -> None:
        """Refuse a log that is shorter than what was signed.

        Raises:
            TamperError: The log was cut or rolled back.
        """
        if head.size < self._signed.size:
            raise TamperError(
                f"log rolled back: it has {head.size} entries, {self._signed.size} were signed; restore the database"
            )
        if head.size == self._signed.size and head.root() != self._signed.root():
            raise TamperError(f"log changed: {head.size} entries were signed with another root")


def _read(state: Path) -> Head:
    try:
        kept = json.loads(state.read_text())
    except FileNotFoundError:
        return Head()
    except ValueError as error:
        raise TamperError(f"{state} is not what the signer wrote; restore it from its backup") from error
    return Head(int(kept["size"]), bytes.fromhex(kept["frontier"]))


def _write(state: Path, head: Head) -> None:
    fresh = state.with_suffix(".new")
    with fresh.open("w") as opened:
        json.dump({"size": head.size, "frontier": head.frontier.hex()}, opened)
        opened.flush()
        os.fsync(opened.fileno())
    fresh.replace(state)
