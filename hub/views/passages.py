"""How far each transmission came: arrived, read, whom it concerned, decided, sent, confirmed, or where it stopped.

A passage is read off the entries of the log, and for how its doors stand now off what is desired there.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from hub.audit.trail import Trail
from hub.intake.history import History
from hub.store.database import Database
from hub.store.tables.access import desired_of
from schemas.transmission import Ignored

_WINDOW, _CHUNK = 1000, 1000
_MOST_REREAD = 256 << 10
"""Bytes of a body that is read again to say why its items were ignored."""


class Decided(NamedTuple):
    """One decision: of whom, at which position, from which scope to which."""

    id: str
    person: str
    position: str
    before: str | None
    after: str


class AtDoor(NamedTuple):
    """How one target of a decision stands; ``code`` says why it is not as it must be, if that is known."""

    person: str
    sink: str
    target: str
    wanted: str
    state: str
    code: str


class Passage:
    """One transmission and all that has followed, or what followed from a date or a person without one.

    ``kind``: received, refused, decided or alarm; ``id`` is empty where no transmission is known.
    """

    def __init__(self, seq: int, kind: str, entry: Mapping[str, Any], because: Sequence[str] = ()) -> None:
        self.seq, self.kind, self.because = seq, kind, tuple(because)
        self.at = datetime.fromisoformat(entry["ts"])
        self.id: str = entry.get("transmission", "")
        self.connector: str = entry.get("connector", "")
        self.peer: str = entry.get("peer", "")
        self.counts: Mapping[str, int] = entry.get("counts", {})
        self.codes: Sequence[str] = entry.get("codes") or ([entry["code"]] if "code" in entry else [])
        self.times: int = entry["count"] if kind == "refused" and "count" in entry else 1
        self.decided: list[Decided] = []
        self.doors: Sequence[AtDoor] = ()
        self.ignored: Mapping[str, int] = {}

    @property
    def people(self) -> list[str]:
        """The tokens of those whom something was decided of."""
        return list(dict.fromkeys(each.person for each in self.decided))

    def came_again(self, times: int) -> None:
        """The same transmission came so many times more."""
        self.times += times

    def stands(self, doors: Sequence[AtDoor], ignored: Mapping[str, int]) -> None:
        """How its doors stand now, and why items of it were ignored."""
        self.doors, self.ignored = doors, ignored

    def json(self) -> dict[str, Any]:
        """The passage for programs."""
        return {
            "seq": self.seq,
            "kind": self.kind,
            "at": self.at.isoformat(),
            "transmission": self.id or None,
            "connector": self.connector or None,
            "peer": self.peer or None,
            "counts": dict(self.counts),
            "ignored": dict(self.ignored),
            "codes": list(self.codes),
            "times": self.times,
            "because": list(self.because),
            "decided": [each._asdict() for each in self.decided],
            "doors": [each._asdict() for each in self.doors],
        }


class _Fold:
    """Passages as the entries tell them, in the order of the log."""

    def __init__(self) -> None:
        self.all: dict[int, Passage] = {}
        self._of_transmission: dict[str, Passage] = {}
        self._of_decision: dict[str, Passage] = {}
        self._of_person: dict[str, Passage] = {}
        self._codes: dict[tuple[str, str, str], str] = {}

    def take(self, seq: int, entry: Mapping[str, Any]) -> Iterable[Passage]:
        """The passages that are further, or new, by an entry."""
        kind = entry["kind"]
        if kind in ("received", "quarantined"):
            return [self._arrived(seq, entry)]
        if kind == "duplicate":
            return self._again(seq, entry)
        if kind == "decided":
            return self._decided(seq, entry)
        if kind in ("refused", "refusals", "alarm"):
            return [self._new(seq, "alarm" if kind == "alarm" else "refused", entry)]
        return self._further(entry)

    def code_of(self, person: str, sink: str, target: str) -> str:
        """Why a target was not as it must be, the last time that was found."""
        return self._codes.get((person, sink, target), "")

    def _new(self, seq: int, kind: str, entry: Mapping[str, Any], because: Sequence[str] = ()) -> Passage:
        made = self.all[seq] = Passage(seq, kind, entry, because)
        return made

    def _arrived(self, seq: int, entry: Mapping[str, Any]) -> Passage:
        made = self._of_transmission[entry["transmission"]] = self._new(seq, "received", entry)
        return made

    def _again(self, seq: int, entry: Mapping[str, Any]) -> Sequence[Passage]:
        found = self._of_transmission.get(entry["transmission"]) or self._arrived(seq, entry)
        found.came_again(entry["count"])
        return [found]

    def _decided(self, seq: int, entry: Mapping[str, Any]) -> Sequence[Passage]:
        decision = Decided(entry["id"], entry["person"], entry.get("position", ""), entry.get("before"), entry["after"])
        found = [self._of_transmission[each] for each in entry["triggers"] if each in self._of_transmission]
        if not found:
            found = [self._new(seq, "decided", {"ts": entry["ts"]}, entry["triggers"])]
        for each in found:
            each.decided.append(decision)
            self._of_decision[decision.id] = self._of_person[decision.person] = each
        return found

    def _further(self, entry: Mapping[str, Any]) -> Sequence[Passage]:
        """An entry of a delivery: its decision is named, or it is the last one of that person."""
        person, target = entry.get("person", ""), entry.get("target", "")
        if target and entry["kind"] in ("accepted", "confirmed", "drifted", "unknown", "failed"):
            self._codes[person, entry["connector"], target] = entry.get("code", "")
        found = self._of_decision.get(entry.get("decision", "")) or (self._of_person.get(person) if target else None)
        return [] if found is None else [found]


class Passages:
    """Reads passages off the log, again and again from where it ended."""

    def __init__(self, trail: Trail, history: History, database: Database) -> None:
        self._trail, self._history, self._database = trail, history, database
        self._fold, self._after = _Fold(), -1

    def last(self, lines: int) -> Sequence[Passage]:
        """The last passages, as they stand now."""
        size, window = self._trail.size(), max(_WINDOW, 20 * lines)
        while True:
            self._fold, self._after = _Fold(), max(size - window, 0) - 1
            self._read()
            if len(self._fold.all) >= lines or window >= size:
                return [self._whole(each) for each in list(self._fold.all.values())[-lines:]] if lines else []
            window *= 4

    def further(self) -> Sequence[Passage]:
        """Those that are new or have come further since the last look."""
        return [self._whole(each) for each in self._read()]

    def _read(self) -> Sequence[Passage]:
        changed: dict[int, Passage] = {}
        before = None
        while before != self._after:
            before = self._after
            for seq, entry in self._trail.tail(self._after, _CHUNK):
                self._after = seq
                changed |= {each.seq: each for each in self._fold.take(seq, entry)}
        return list(changed.values())

    def _whole(self, passage: Passage) -> Passage:
        """The passage with how its doors stand now, and why items were ignored."""
        doors = [each for person in passage.people for each in self._doors(person, passage)]
        reread = passage.counts.get("ignored") and not passage.ignored
        passage.stands(doors, self._reasons(passage.id) if reread else passage.ignored)
        return passage

    def _doors(self, person: str, passage: Passage) -> Iterator[AtDoor]:
        decisions = {each.id for each in passage.decided}
        with self._database.reading() as session:
            rows = session.all(desired_of, {"person": person})
        for row in rows:
            if row.decision in decisions:
                state = row.mode if row.mode != "enforce" else row.state
                settled = state in ("confirmed", "observe")
                code = "" if settled else self._fold.code_of(person, row.sink, row.target)
                yield AtDoor(person, row.sink, row.target, row.wanted, state, code)

    def _reasons(self, transmission: str) -> Mapping[str, int]:
        """Why items were out of scope, by the document that read them then."""
        found: Counter[str] = Counter()
        for past in self._history.of([transmission]):
            document = self._history.read_by(past)
            if past.wire is not None and document is not None and len(past.wire.body) <= _MOST_REREAD:
                found.update(each.reason for each in document.read(past.wire) if isinstance(each, Ignored))
        return found
