"""Checks an exported folder to the last byte: what its entries make must be what stands there, and nothing else."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from audit_log.checkpoint import Checkpoint, TamperError, read_vkey, verify, vkey
from audit_log.entry import EntryError, canonical
from audit_log.export import CHECKPOINT, COSE, ENTRIES, ENTRY, KEY, PROOF, PROOF_TEXT, README, README_TEXT, line
from audit_log.merkle import HASH_BYTES
from audit_log.proof import check, read
from audit_log.receipt import check as check_receipt
from audit_log.tiles import TILE, File, bundle_path, bundled, tile_files
from audit_log.walk import Report, Walk


def verify_export(folder: Path, trusted: str | None = None, older: Iterable[bytes] = ()) -> Report:
    """Check an exported folder. ``trusted`` is a verifier key from elsewhere; without it the folder's own is used,
    which proves that the folder agrees with itself and not whose log it is.

    ``older`` are checkpoints that the verifier kept from before: a log that was rolled back and signed again is
    caught by them alone.

    Raises:
        TamperError: The checkpoint or the key cannot be believed.
    """
    given = _text(folder / KEY)
    name, public = read_vkey(given if trusted is None else trusted)
    notes = [_text(folder / CHECKPOINT), *(_decoded(each, "older checkpoint") for each in older)]
    heads = [verify(note, {name: public}, name) for note in notes]
    found = _Folder(folder, heads)
    if given != vkey(name, public) + "\n":
        found.walk.report.doubt(None, f"{KEY}: not the key that the log was checked with")
    return found.check()


def verify_entry(folder: Path, trusted: str | None = None) -> Report:
    """Check a folder of one entry: its form, where the proof says that it stands, and the receipt.

    ``size`` and ``root`` are those of the signed head. ``trusted`` as for a whole log.

    Raises:
        TamperError: The proof, the receipt or the key cannot be believed.
    """
    given, entry = _text(folder / KEY), (folder / ENTRY).read_bytes()
    key = given.strip() if trusted is None else trusted
    proof = _text(folder / PROOF)
    head = check(entry, proof, key)
    report = Report(size=head.size, root=head.root.hex(), heads=1)
    try:
        said = json.loads(entry)
        in_form = canonical(said) == entry
    except (ValueError, EntryError) as error:
        raise TamperError(f"{ENTRY}: not an entry: {error}") from error
    if not in_form:
        report.doubt(None, f"{ENTRY}: not in canonical form")
    check_receipt((folder / COSE).read_bytes(), read(proof), head, said["id"], key)
    if given != vkey(*read_vkey(key)) + "\n":
        report.doubt(None, f"{KEY}: not the key that the entry was checked with")
    known = {ENTRY, PROOF, COSE, KEY, README}
    for name in sorted({each.name for each in folder.iterdir()} - known):
        report.doubt(None, f"{name}: has no place here")
    if (folder / README).read_bytes() != PROOF_TEXT:
        report.doubt(None, f"{README}: other bytes than belong there")
    return report


class _Folder:
    """One folder under check."""

    def __init__(self, folder: Path, heads: list[Checkpoint]) -> None:
        self.walk = Walk(heads)
        self._folder = folder
        self._size = heads[0].size
        self._seen = {KEY, CHECKPOINT, ENTRIES, README}

    def check(self) -> Report:
        with (self._folder / ENTRIES).open("rb") as lines:
            for file in tile_files(self._entries(lines)):
                self._compare(file)
            if lines.read(1):
                self.walk.report.doubt(self._size, f"{ENTRIES}: more than the {self._size} entries that were signed")
        self._compare(File(README, README_TEXT))
        for path in self._others():
            self.walk.report.doubt(None, f"{path}: has no place in an export")
        return self.walk.finish()

    def _entries(self, lines: BinaryIO) -> Iterator[bytes]:
        """The entries as the bundles have them, each compared with its line on the way."""
        for start in range(0, self._size, TILE):
            width = min(TILE, self._size - start)
            bodies = self._bundle(bundle_path(start // TILE, width), start, width)
            for index, body in enumerate(bodies, start):
                if lines.readline() != line(index, body):
                    self.walk.report.doubt(index, f"{ENTRIES}: line {index} is not the entry of the bundle")
                self.walk.take(index, body)
                yield body
            if len(bodies) < width:
                return

    def _bundle(self, path: str, start: int, width: int) -> list[bytes]:
        try:
            found = list(bundled((self._folder / path).read_bytes()))
        except (OSError, ValueError) as error:
            self.walk.report.doubt(start, f"{path}: cannot be read: {error}")
            return []
        if len(found) != width:
            at = start + min(len(found), width)
            self.walk.report.doubt(at, f"{path}: {len(found)} entries found, {width} expected")
        return found[:width]

    def _compare(self, file: File) -> None:
        self._seen.add(file.path)
        try:
            found = (self._folder / file.path).read_bytes()
        except OSError as error:
            self.walk.report.doubt(file.leaves_from, f"{file.path}: cannot be read: {error.strerror}")
            return
        if found != file.content:
            self.walk.report.doubt(_differs(file, found), f"{file.path}: other bytes than belong there")

    def _others(self) -> list[str]:
        found = (each.relative_to(self._folder).as_posix() for each in self._folder.rglob("*") if not each.is_dir())
        return sorted(set(found) - self._seen)


def _differs(file: File, found: bytes) -> int | None:
    """The index of the first entry whose hash differs, if these are hashes of entries."""
    if file.leaves_from is None:
        return None
    pairs = zip(_hashes(file.content), _hashes(found), strict=False)
    return file.leaves_from + next((n for n, (one, other) in enumerate(pairs) if one != other), 0)


def _hashes(tile: bytes) -> Iterator[bytes]:
    return (tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES))


def _text(path: Path) -> str:
    return _decoded(path.read_bytes(), path.name)


def _decoded(content: bytes, name: str) -> str:
    """Text as it stands: a line end of another system is a changed byte."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise TamperError(f"{name}: not text in UTF-8") from error
