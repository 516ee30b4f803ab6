"""Writes a log as a folder that strangers can check: entries, tiles (C2SP tlog-tiles), signed head, verifier key."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from audit_log.proof import Proof
from audit_log.tiles import tile_files

ENTRIES, CHECKPOINT, KEY, README = "entries.jsonl", "checkpoint", "vkey.txt", "README"
README_TEXT = b"""A sync audit log.

checkpoint       signed head (C2SP tlog-checkpoint)
vkey.txt         the key that the log says it is signed by: compare it with the one you were given
entries.jsonl    one entry a line: index, tab, the entry's bytes
tile/            the Merkle tree and the entries (C2SP tlog-tiles)

Check every byte of it with `python -m audit_log.verify . --key KEY`, KEY being the key that you were given by
another way; or check tree and signature with any tool that reads tlog-tiles. The members of an entry are
explained in docs/entries.md of the hub.
"""


def export(folder: Path, entries: Iterable[tuple[int, bytes]], note: str, key: str) -> int:
    """Write the folder; the number of entries. ``entries`` must be those of the checkpoint, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    size = 0

    def passing() -> Iterator[bytes]:
        nonlocal size
        for index, body in entries:
            lines.write(line(index, body))
            size += 1
            yield body

    with (folder / ENTRIES).open("wb") as lines:
        for file in tile_files(passing()):
            _write(folder / file.path, file.content)
    _write(folder / CHECKPOINT, note.encode())
    _write(folder / KEY, key.encode() + b"\n")
    _write(folder / README, README_TEXT)
    return size


ENTRY, PROOF, COSE = "entry.json", "entry.tlog-proof", "entry.cose"
PROOF_TEXT = b"""One entry of a sync audit log, and the proof that it stands there.

entry.json        the entry, byte for byte; its members are explained in docs/entries.md of the hub
entry.tlog-proof  where it stands, and the signed head (C2SP tlog-proof)
entry.cose        the same as a COSE receipt (RFC 9942)
vkey.txt          the key that the log says it is signed by: compare it with the one you were given

Check it with `python -m audit_log.verify . --key KEY`, KEY being the key that you were given by another way; or with
any tool that reads one of the two proofs.
"""


def export_entry(folder: Path, entry: bytes, proof: Proof, cose: bytes, key: str) -> None:
    """Write one entry with its proofs as a folder."""
    files = {ENTRY: entry, PROOF: proof.text().encode(), COSE: cose, KEY: key.encode() + b"\n", README: PROOF_TEXT}
    for name, content in files.items():
        _write(folder / name, content)


def line(index: int, body: bytes) -> bytes:
    """An entry as it stands in ``entries.jsonl``."""
    return b"%d\t%b\n" % (index, body)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
