"""Checks a log entry by entry, from a place in it on: form, hash, tree, and every signed head on the way."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from audit_log.checkpoint import Checkpoint
from audit_log.entry import EntryError, canonical
from audit_log.log import Head
from audit_log.merkle import append, edge_root, leaf_hash

_PROBLEMS = 100
"""As many problems as a report lists: a log that is wrong throughout needs no longer one."""


@dataclass(slots=True)
class Report:
    """What was found: size and root of the log, the first wrong index, and every reason to doubt it.

    Where only the tree tells, ``first_bad`` is the first index that no signed head before it covers.
    """

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
        """Note a problem; the smallest wrong index stays."""
        if index is not None and (self.first_bad is None or index < self.first_bad):
            self.first_bad = index
        if len(self.problems) < _PROBLEMS:
            self.problems.append(problem)


class Walk:
    """A walk along a log; ``report`` says what it found so far."""

    def __init__(self, heads: Iterable[Checkpoint], start: Head | None = None) -> None:
        begin = start or Head()
        self.report = Report(size=begin.size)
        self.broken = False
        """An entry is missing: what follows has no place."""
        self._edge = begin.edge()
        self._agreed = begin.size
        self._heads: dict[int, list[Checkpoint]] = {}
        for each in heads:
            self.expect(each)

    def expect(self, head: Checkpoint) -> None:
        """A signed head: of here, or of a place that is still to come."""
        self.report.heads += 1
        if head.size > self.report.size:
            self._heads.setdefault(head.size, []).append(head)
        elif head.size == self.report.size:
            self._compare(head)

    def take(self, index: int, body: bytes, stored: bytes | None = None) -> None:
        """The next entry, with the hash that was stored of it if there is one."""
        report = self.report
        if index != report.size:
            self.broken = True
            report.doubt(report.size, f"entry {report.size} is missing: found {index} in its place")
            return
        leaf = leaf_hash(body)
        if stored is not None and stored != leaf:
            report.doubt(index, f"entry {index} is not what was hashed")
        if (reason := malformed(body)) is not None:
            report.doubt(index, f"entry {index}: {reason}")
        append(index, self._edge, leaf)
        report.size += 1
        for head in self._heads.pop(report.size, ()):
            self._compare(head)

    def head(self) -> Head:
        """The log up to here."""
        return Head(self.report.size, b"".join(self._edge))

    def finish(self) -> Report:
        """The report; a head beyond the end is a log that was cut."""
        report = self.report
        report.root = edge_root(self._edge).hex()
        if not self.broken and self._heads:
            report.doubt(report.size, f"the log ends at {report.size}, {max(self._heads)} entries were signed")
        return report

    def _compare(self, head: Checkpoint) -> None:
        if head.root == edge_root(self._edge):
            self._agreed = head.size
            return
        known = self.report.first_bad
        if known is not None and self._agreed <= known < head.size:  # its own fault says where
            self.report.doubt(None, f"the first {head.size} entries have another root than was signed")
            return
        place = f"the first wrong one is one of {self._agreed} to {head.size - 1}"
        self.report.doubt(self._agreed, f"the first {head.size} entries have another root than was signed: {place}")


def verify_entries(entries: Iterable[tuple[int, bytes, bytes | None]], heads: Sequence[Checkpoint]) -> Report:
    """Check (index, entry, stored leaf hash or nothing) in order, against every signed head of ``heads``."""
    walk = Walk(heads)
    for index, body, stored in entries:
        walk.take(index, body, stored)
        if walk.broken:
            break
    return walk.finish()


def malformed(body: bytes) -> str | None:
    """Why bytes are no entry in canonical form; nothing if they are."""
    try:
        entry = json.loads(body)
        if not isinstance(entry, dict):
            return "not a JSON object"
        return None if canonical(entry) == body else "not in canonical form"
    except (ValueError, RecursionError, EntryError) as error:
        return str(error)
