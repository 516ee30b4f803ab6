"""Verifies a log without the hub: entries, tree, signed head, an older head. ``python -m audit_log.verify DIR``."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit_log.checkpoint import Checkpoint, TamperError, read_vkey, verify
from audit_log.entry import EntryError, canonical
from audit_log.log import Head
from audit_log.merkle import append, edge_root, leaf_hash


@dataclass(slots=True)
class Report:
    """What was found: size and root of the log, the first bad index, and every reason to doubt it."""

    size: int = 0
    root: str = ""
    first_bad: int | None = None
    problems: list[str] = field(default_factory=list)
    heads: int = 0

    @property
    def good(self) -> bool:
        """Whether the log verifies."""
        return not self.problems

    def doubt(self, index: int | None, problem: str) -> None:
        """Note a problem; the first bad index stays."""
        if self.first_bad is None:
            self.first_bad = index
        self.problems.append(problem)


def verify_entries(entries: Iterable[tuple[int, bytes, bytes | None]], heads: Sequence[Checkpoint]) -> Report:
    """Check (index, entry, stored leaf hash or nothing) in order, against every signed head of ``heads``."""
    report = Report(heads=len(heads))
    by_size: dict[int, list[Checkpoint]] = {}
    for each in heads:
        by_size.setdefault(each.size, []).append(each)
    edge: list[bytes] = []
    for index, body, stored in entries:
        if index != report.size:
            report.doubt(report.size, f"entry {report.size} is missing: found {index} in its place")
            return report
        leaf = leaf_hash(body)
        if stored is not None and stored != leaf:
            report.doubt(index, f"entry {index} is not what was hashed")
        if (reason := _malformed(body)) is not None:
            report.doubt(index, f"entry {index}: {reason}")
        append(index, edge, leaf)
        report.size += 1
        for head in by_size.pop(report.size, ()):
            _check_head(report, head, edge)
    report.root = edge_root(edge).hex()
    if any(size > report.size for size in by_size):
        report.doubt(report.size, f"the log ends at {report.size}, {max(by_size)} entries were signed")
    return report


def _check_head(report: Report, head: Checkpoint, edge: Sequence[bytes]) -> None:
    if head.root != edge_root(edge):
        report.doubt(None, f"the first {head.size} entries have another root than was signed")


def _malformed(body: bytes) -> str | None:
    try:
        entry = json.loads(body)
        if not isinstance(entry, dict):
            return "not a JSON object"
        return None if canonical(entry) == body else "not in canonical form"
    except (ValueError, RecursionError, EntryError) as error:
        return str(error)


def verify_export(folder: Path, trusted: str | None = None, older: Iterable[str] = ()) -> Report:
    """Check an exported folder. ``trusted`` is a verifier key from elsewhere; without it the folder's own is used.

    ``older`` are checkpoints that the verifier kept from before: a log that was rolled back and signed again is
    caught by them alone.

    Raises:
        TamperError: The checkpoint or the key cannot be believed.
    """
    name, public = read_vkey(trusted if trusted is not None else (folder / "vkey.txt").read_text())
    notes = [(folder / "checkpoint").read_text(), *older]
    heads = [verify(note, {name: public}, name) for note in notes]
    report = verify_entries(_exported(folder), heads)
    if report.size > heads[0].size:
        report.doubt(heads[0].size, f"found {report.size} entries, {heads[0].size} were signed")
    return report


def verify_log(
    entries: Iterable[tuple[int, bytes, bytes | None]],
    notes: Iterable[str],
    name: str,
    public: Ed25519PublicKey,
    head: Head,
    signed: Checkpoint,
) -> Report:
    """Check a log in place: entries, every checkpoint kept beside them, its own head, and what the signer remembers.

    Raises:
        TamperError: A kept checkpoint cannot be believed.
    """
    keys: Mapping[str, Ed25519PublicKey] = {name: public}
    kept = [verify(note, keys, name) for note in notes]
    report = verify_entries(entries, [*kept, signed])
    report.heads = len(kept)
    if (head.size, head.root().hex()) != (report.size, report.root):
        report.doubt(None, f"the head row says {head.size} entries, with another root than they make")
    return report


def _exported(folder: Path) -> Iterator[tuple[int, bytes, bytes | None]]:
    with (folder / "entries.jsonl").open("rb") as lines:
        for line in lines:
            index, _, body = line.rstrip(b"\n").partition(b"\t")
            yield (int(index) if index.isdigit() else -1), body, None


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 0 when the log verifies, 1 when not."""
    parser = argparse.ArgumentParser(prog="python -m audit_log.verify", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--vkey", help="verifier key that you trust; default: the one in the folder")
    parser.add_argument("--older", type=Path, action="append", default=[], help="a checkpoint kept from before")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    try:
        report = verify_export(given.folder, given.vkey, [each.read_text() for each in given.older])
    except (TamperError, OSError, UnicodeDecodeError) as error:
        report = Report(problems=[str(error)])
    if given.json:
        sys.stdout.write(json.dumps({**asdict(report), "good": report.good}) + "\n")
    else:
        verdict = "verified" if report.good else "NOT verified"
        sys.stdout.write(f"{verdict}: {report.size} entries, root {report.root}\n")
        sys.stdout.writelines(f"  {problem}\n" for problem in report.problems)
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
