"""Holds kept standings and decisions against their entries: what was edited, or put back to an older one, shows."""

import hmac
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from hub.audit.enclosures import commitment
from hub.audit.rows import as_bytes
from hub.store.statement import Connection
from hub.store.tables import review
from hub.store.tables.log import WholeEntry
from hub.store.tables.review import CommittedRow

Fault = tuple[int | None, str]
"""The index of an entry, if it is one, and what is wrong beside it."""

_KINDS = frozenset({"decided", "reviewed"})


class _Word(NamedTuple):
    """The last entry about a person in a position: its index, its id, and what it commits to."""

    seq: int
    id: str
    commit: str


class StandingCheck:
    """Goes along the log with a walk. One of the ``whole`` log knows the entry of every standing."""

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole
        self._last: dict[tuple[str, str], _Word] = {}

    def take(self, rows: Sequence[WholeEntry], session: Connection) -> Iterator[Fault]:
        """What is wrong with the decisions of these entries."""
        words: dict[str, _Word] = {}
        for row in rows:
            if row.kind in _KINDS and (entry := _committing(row.body)) is not None:
                word = _Word(row.seq, entry["id"], entry["standing"]["commit"])
                self._last[entry["person"], entry["position"]] = word
                if row.kind == "decided":
                    words[word.id] = word
        kept = _decisions(words, session) if words else {}
        for word in words.values():
            if word.id not in kept:
                yield word.seq, f"entry {word.seq}: its decision is gone"
            elif not _is_of(kept[word.id], word):
                yield word.seq, f"entry {word.seq}: its decision is not what was decided"

    def finish(self, session: Connection) -> Iterator[Fault]:
        """What is wrong with the standings, once the walk has come to the end."""
        for row in session.all(review.committed_standings, {}):
            word = self._last.pop((row.person, row.position), None)
            if word is not None and (row.entry != word.id or not _is_of(row, word)):
                yield word.seq, f"entry {word.seq}: the standing of its person is not what was put on record"
            elif word is None and self._whole:
                yield None, f"a standing of person {row.person} that no entry put on record"
        for word in self._last.values():
            yield word.seq, f"entry {word.seq}: the standing of its person is gone"


def _committing(body: str) -> dict[str, Any] | None:
    """The entry, if it commits to a standing; what is no entry at all, the walk says."""
    try:
        entry = orjson.loads(as_bytes(body))
    except orjson.JSONDecodeError:
        return None
    named = isinstance(entry, dict) and {"id", "person", "position", "standing"} <= entry.keys()
    return entry if named else None


def _decisions(words: dict[str, _Word], session: Connection) -> dict[str, CommittedRow]:
    ids = orjson.dumps(list(words)).decode()
    return {row.entry: row for row in session.all(review.committed_decisions, {"ids": ids})}


def _is_of(row: CommittedRow, word: _Word) -> bool:
    """Whether a row is what the entry commits to; one whose salt was erased can be told by nobody."""
    if row.salt is None:
        return True
    found = str(commitment(as_bytes(row.salt), as_bytes(row.body))["commit"])
    return hmac.compare_digest(found, word.commit) and orjson.loads(row.body)["scope"] == row.scope
