"""Holds kept standings and decisions against their entries: what was edited, or put back to an older one, shows."""

import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from hub.audit.enclosures import commitment
from hub.audit.rows import as_bytes
from hub.store.statement import Connection
from hub.store.tables import review
from hub.store.tables.log import WholeEntry
from hub.store.tables.review import KeptDecision, KeptStanding

Fault = tuple[int | None, str]
"""The index of an entry, if it is one, and what is wrong beside it."""

_KINDS = frozenset({"decided", "reviewed", "erased"})
_PERSONS = 500
Entry = Mapping[str, Any]


class _Word(NamedTuple):
    """The last entry about a person in a position: its index, its id, what it commits to; and the last decision."""

    seq: int
    id: str
    commit: str
    decision: str
    scope: str


class StandingCheck:
    """Goes along the log with a walk, and along the standings once that has come to the end.

    One of the ``whole`` log knows the entry of every standing; one of its end those that it met.
    """

    def __init__(self, *, whole: bool) -> None:
        self._last: dict[tuple[str, str], _Word] = {}
        self._place: tuple[str, str] | None = ("", "") if whole else None

    def take(self, rows: Sequence[WholeEntry], session: Connection) -> Iterator[Fault]:
        """What is wrong with the decisions of these entries."""
        decided = []
        for row in rows:
            entry = _entry(row.body) if row.kind in _KINDS else None
            if entry is None:
                continue
            if entry["kind"] == "erased":
                self._forget(entry["person"])
            else:
                self._remember(row.seq, entry)
                if entry["kind"] == "decided":
                    decided.append((row.seq, entry))
        kept = _decisions([entry for _seq, entry in decided], session) if decided else {}
        for seq, said in decided:
            if said["id"] not in kept:
                yield seq, f"entry {seq}: its decision is gone"
            elif not _is_decision(kept[said["id"]], said):
                yield seq, f"entry {seq}: its decision is not what was decided"

    def page(self, session: Connection, limit: int) -> Sequence[Fault] | None:
        """What is wrong with the standings that follow, by the entries so far; nothing when all were looked at."""
        if self._place is None:
            return None
        person, position = self._place
        rows = session.all(review.kept_standings, {"person": person, "position": position, "limit": limit})
        self._place = (rows[-1].person, rows[-1].position) if rows else None
        return [fault for row in rows if (fault := self._checked(row, whole=True)) is not None]

    def finish(self, session: Connection) -> Iterator[Fault]:
        """What is wrong with the standings that were met, or have changed since they were looked at."""
        persons = sorted({person for person, _position in self._last})
        for at in range(0, len(persons), _PERSONS):
            ids = orjson.dumps(persons[at : at + _PERSONS]).decode()
            for row in session.all(review.kept_standings_of, {"ids": ids}):
                if (fault := self._checked(row, whole=False)) is not None:
                    yield fault
        for word in self._last.values():
            yield word.seq, f"entry {word.seq}: the standing of its person is gone"

    def _checked(self, row: KeptStanding, *, whole: bool) -> Fault | None:
        word = self._last.pop((row.person, row.position), None)
        if word is None:
            return (None, f"a standing of person {row.person} that no entry put on record") if whole else None
        if _is_standing(row, word):
            return None
        return word.seq, f"entry {word.seq}: the standing of its person is not what was put on record"

    def _forget(self, person: str) -> None:
        """The standings of a person were erased."""
        for place in [each for each in self._last if each[0] == person]:
            del self._last[place]

    def _remember(self, seq: int, entry: Entry) -> None:
        if "standing" not in entry:  # without a rule: an issuer's word, or an end, closed targets
            return
        place = entry["person"], entry["position"]
        before = self._last.get(place)
        decision, scope = ("", "") if before is None else (before.decision, before.scope)
        if entry["kind"] == "decided":
            decision, scope = entry["id"], entry["after"]
        self._last[place] = _Word(seq, entry["id"], entry["standing"]["commit"], decision, scope)


def _entry(body: str) -> dict[str, Any] | None:
    """The entry; what is no entry at all, the walk says."""
    try:
        entry = orjson.loads(as_bytes(body))
    except orjson.JSONDecodeError:
        return None
    named = isinstance(entry, dict) and {"id", "kind", "person"} <= entry.keys()
    return entry if named and (entry["kind"] in ("decided", "erased") or "standing" in entry) else None


def _decisions(entries: Iterable[Entry], session: Connection) -> dict[str, KeptDecision]:
    ids = orjson.dumps([entry["id"] for entry in entries]).decode()
    return {row.id: row for row in session.all(review.kept_decisions, {"ids": ids})}


def _is_decision(row: KeptDecision, entry: Entry) -> bool:
    said = (row.person, row.after, row.before) == (entry["person"], entry["after"], entry.get("before", ""))
    if not said or not set(_json(row.evidence)) >= set(entry.get("evidence", ())):
        return False
    if "standing" not in entry:
        return row.body == ""
    return row.position == entry["position"] and _opens(row.salt, row.body, entry["after"], entry["standing"]["commit"])


def _is_standing(row: KeptStanding, word: _Word) -> bool:
    # A walk that began after the last decision knows of none.
    decided = not word.decision or (row.decision, row.scope) == (word.decision, word.scope)
    return decided and row.entry == word.id and _opens(row.salt, row.body, row.scope, word.commit)


def _opens(salt: object, body: object, scope: object, commit: str) -> bool:
    """Whether salt and body are what was committed to; where both were erased nobody can tell."""
    if salt is None:
        return as_bytes(body) == b""
    found = str(commitment(as_bytes(salt), as_bytes(body))["commit"])
    standing = _json(body)
    return hmac.compare_digest(found, commit) and "scope" in standing and standing["scope"] == scope


def _json(text: object) -> dict[str, Any]:
    try:
        found = orjson.loads(as_bytes(text))
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
