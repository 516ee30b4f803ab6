"""The signer: remembers what it signed last, makes the tree anew from the leaves, signs only what extends it.

Whoever edits the database cannot get a new head for it: the leaves before the signer's own size are never asked
for again, and those after it must make the root that the hub claims. Its memory is a file of its own, signed with
the key of the log: without the key nobody writes another one, and a memory that is missing is no new beginning.

Several processes may sign one log at a time: each writes with the others locked out, and on top of what they wrote. So
no head on the disk is ever followed by one that is not known to extend it.
"""

import fcntl
import json
import os
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit_log.checkpoint import Checkpoint, TamperError, key_id, sign, verify
from audit_log.log import Head, grow
from audit_log.proof import Proof
from audit_log.receipt import cose

TAIL = 1000
"""A head at least so many entries back is remembered too, so that the end of a log can be made anew from it."""

Mark = Mapping[str, str | int]
NO_MARK: Mark = MappingProxyType({})

_DOMAIN = b"licet signer memory v1\n"
"""Stands before what is signed: no checkpoint, which anybody may have, can be taken for a memory."""


class Signer:
    """Holds the key, and the last signed heads in a file of its own."""

    def __init__(self, name: str, key: Ed25519PrivateKey, memory: Path) -> None:
        """Read the memory.

        Raises:
            TamperError: It is missing, or was not written with this key for a log of this name.
        """
        self.name = name
        self._key = key
        self._memory = memory
        self._heads, self._mark = _read(memory, name, key.public_key())
        self._head = self._heads[-1]

    @classmethod
    def begin(cls, name: str, key: Ed25519PrivateKey, memory: Path, mark: Mark = NO_MARK) -> "Signer":
        """The signer of a log that has no entry yet; its memory is durable when this returns.

        Raises:
            FileExistsError: There is a memory already.
        """
        with _alone(memory):
            if memory.exists():
                raise FileExistsError(f"{memory} exists: the log was begun before")
            _write(memory, name, [Head()], mark, key)
        return cls(name, key, memory)

    @property
    def public(self) -> Ed25519PublicKey:
        """The key that verifies what it signs."""
        return self._key.public_key()

    @property
    def mark(self) -> Mark:
        """What its owner has it remember beside the heads: texts and numbers."""
        return dict(self._mark)

    def remember(self, mark: Mark) -> None:
        """Keep another mark; durable when this returns. A number of it never becomes smaller than it was."""
        with _alone(self._memory):
            self._overtaken()
            self._mark = _not_less(mark, self._mark)
            _write(self._memory, self.name, self._heads, self._mark, self._key)

    @property
    def size(self) -> int:
        """How many leaves it knows: the next ones must come from here."""
        return self._head.size

    @property
    def signed(self) -> Checkpoint:
        """What it signed last."""
        return self._checkpoint(self._heads[-1])

    @property
    def heads(self) -> Sequence[Checkpoint]:
        """What it remembers to have signed, the oldest first."""
        return [self._checkpoint(head) for head in self._heads]

    @property
    def oldest(self) -> Head:
        """The oldest head that it remembers, from which the end of the log can be made anew."""
        return self._heads[0]

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Take the leaves that follow."""
        self._head = grow(leaves, self._head)

    def sign(self, claimed: Head | None = None) -> str | None:
        """A signed note of the tree so far; durable in the signer's own file before it is given out.

        Nothing where another process has signed meanwhile: the leaves from its head on are to be taken then.

        Raises:
            TamperError: ``claimed``, the log's own head, is not what the leaves make; or the memory on the disk is not
                one that was written with this key.
        """
        head = self._head
        if claimed is not None and (claimed.size, claimed.root()) != (head.size, head.root()):
            self._head = self._heads[-1]
            raise TamperError(f"the log claims {claimed.size} entries with another root than its leaves make")
        with _alone(self._memory):
            if self._overtaken():
                return None
            heads = _remembered(self._heads, head)
            _write(self._memory, self.name, heads, self._mark, self._key)
        self._heads = heads
        return self.note

    @property
    def note(self) -> str:
        """The signed note of what it signed last: the same, however often it is asked for."""
        return sign(self.signed, self.name, self._key)

    def receipt(self, proof: Proof, entry_id: str) -> bytes:
        """The COSE receipt of an entry in a head that was signed with this key.

        Raises:
            TamperError: It was not.
        """
        signed = verify(proof.note, {self.name: self.public}, self.name)
        return cose(proof, signed, entry_id, key_id(self.name, self.public), self._key.sign)

    def check(self, head: Head) -> None:
        """Refuse a log that is shorter than what was signed.

        Raises:
            TamperError: The log was cut or rolled back.
        """
        signed = self._heads[-1]
        if head.size < signed.size:
            raise TamperError(
                f"log rolled back: it has {head.size} entries, {signed.size} were signed; restore the database"
            )
        if head.size == signed.size and head.root() != signed.root():
            raise TamperError(f"log changed: {head.size} entries were signed with another root")

    def _overtaken(self) -> bool:
        """Whether another process has signed more; what that remembers is then remembered here. Its mark always is.

        Raises:
            TamperError: It was not written with this key, or has another root for the same entries.
        """
        if not self._memory.exists():
            return False  # what was lost while this one knows it is written anew
        heads, mark = _read(self._memory, self.name, self.public)
        self._mark = _not_less(mark, self._mark)
        ours, theirs = self._heads[-1], heads[-1]
        if theirs.size == ours.size and theirs.root() != ours.root():
            raise TamperError(f"{self._memory} has another root for the {ours.size} entries that were signed")
        if theirs.size <= ours.size:
            return False
        self._heads, self._head = heads, theirs
        return True

    def _checkpoint(self, head: Head) -> Checkpoint:
        return Checkpoint(self.name, head.size, head.root())


def _remembered(before: Sequence[Head], head: Head) -> list[Head]:
    """At most three heads: one that is far enough back, the one that will take its place, the last."""
    kept = [each for each in before[:-1] if each.size < head.size]
    if not kept or before[-1].size - kept[-1].size >= TAIL:
        kept.append(before[-1])
    while len(kept) > 1 and head.size - kept[1].size >= TAIL:
        kept.pop(0)
    return [*kept[:2], head]


def _not_less(mark: Mark, before: Mark) -> Mark:
    """A mark of which no number is smaller than it was."""
    least = {name: value for name, value in before.items() if isinstance(value, int)}
    return {
        name: max(value, least.get(name, value)) if isinstance(value, int) else value for name, value in mark.items()
    }


@contextmanager
def _alone(memory: Path) -> Iterator[None]:
    """While this lasts no other process writes the memory; the lock ends with the process that has it."""
    with memory.with_name(f"{memory.name}.lock").open("w") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield


def _read(memory: Path, name: str, public: Ed25519PublicKey) -> tuple[list[Head], Mark]:
    try:
        kept = json.loads(memory.read_bytes())
        public.verify(b64decode(kept.pop("signature"), validate=True), _signed_bytes(kept))
        heads = [Head(int(each["size"]), bytes.fromhex(each["frontier"])) for each in kept["heads"]]
        mark = dict(kept["mark"])
    except FileNotFoundError as missing:
        raise TamperError(
            f"{memory} is missing, and a log without its signer's memory proves nothing; restore it from its backup"
        ) from missing
    except InvalidSignature as forged:
        raise TamperError(f"{memory} was not written with the key of this log; restore it from its backup") from forged
    except (ValueError, KeyError, TypeError, AttributeError, Base64Error) as error:
        raise TamperError(f"{memory} is not what the signer wrote; restore it from its backup") from error
    if kept["name"] != name:
        raise TamperError(f"{memory} is of the log {kept['name']!r}, expected {name!r}")
    return heads, mark


def _write(memory: Path, name: str, heads: Sequence[Head], mark: Mark, key: Ed25519PrivateKey) -> None:
    """Durable, the name of the file too: a memory that vanishes with the power would stop the hub."""
    kept: dict[str, Any] = {
        "name": name,
        "heads": [{"size": head.size, "frontier": head.frontier.hex()} for head in heads],
        "mark": dict(mark),
    }
    fresh = memory.with_name(f"{memory.name}.{os.getpid()}.new")  # its own, should the disk know no locks
    with fresh.open("w") as opened:
        json.dump({**kept, "signature": b64encode(key.sign(_signed_bytes(kept))).decode()}, opened)
        opened.flush()
        os.fsync(opened.fileno())
    fresh.replace(memory)
    _sync(memory.parent)


def _signed_bytes(kept: dict[str, Any]) -> bytes:
    return _DOMAIN + json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
