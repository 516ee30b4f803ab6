"""That one entry stands in the log: C2SP tlog-proof, text that a stranger checks offline with the key of the log."""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass

from audit_log.checkpoint import Checkpoint, TamperError, read_vkey, verify
from audit_log.merkle import HASH_BYTES, inclusion_proof, leaf_hash, verify_inclusion

_FIRST = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
_MAX_BYTES, _MAX_PATH = 32 * 1024, 63


@dataclass(frozen=True, slots=True)
class Proof:
    """Where an entry stands, the hashes from its neighbour up to the root, and the signed head that has this root."""

    index: int
    path: tuple[bytes, ...]
    note: str

    def text(self) -> str:
        """The proof as it is given to others."""
        lines = [_FIRST, f"index {self.index}", *(b64encode(each).decode() for each in self.path)]
        return "\n".join([*lines, "", self.note])


def prove(index: int, leaves: Sequence[bytes], note: str) -> Proof:
    """The proof of the entry at ``index`` of a log whose first hashes these are, as many as the signed head has.

    Raises:
        ValueError: There is no such entry.
    """
    return Proof(index, tuple(inclusion_proof(index, leaves)), note)


def read(text: str) -> Proof:
    """The proof of a text, its signature unchecked.

    Raises:
        TamperError: It is not of the form.
    """
    head, separator, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    if len(text) > _MAX_BYTES or not separator or first != _FIRST:
        raise TamperError(f"proof: expected {_FIRST}, an index, hashes, an empty line, and a signed head")
    if lines and lines[0].startswith("extra "):
        lines.pop(0)  # opaque, and trusted by nobody
    index = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if index is None or len(lines) > _MAX_PATH:
        raise TamperError("proof: expected the index of the entry as a plain number, and at most 63 hashes")
    return Proof(int(index[1]), tuple(_hash(line) for line in lines), note)


def check(entry: bytes, text: str, key: str) -> Checkpoint:
    """The signed head that has this entry, by a proof and the verifier key of the log.

    Raises:
        TamperError: The proof is not of the form, of another log or entry, or the head is not signed by this key.
    """
    name, public = read_vkey(key)
    proof = read(text)
    head = verify(proof.note, {name: public}, name)
    if not verify_inclusion(proof.index, head.size, leaf_hash(entry), proof.path, head.root):
        raise TamperError(f"proof: the entry is not the one at index {proof.index} of the {head.size} that are signed")
    return head


def _hash(line: str) -> bytes:
    try:
        found = b64decode(line, validate=True)
    except Base64Error as error:
        raise TamperError("proof: a hash is not base64") from error
    if len(found) != HASH_BYTES or b64encode(found).decode() != line:
        raise TamperError("proof: found a line that is not a SHA-256 hash")
    return found
