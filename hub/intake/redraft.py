"""What a draft of a mapping document would make otherwise of what an instance brought: records, and facts."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from hub.clock import to_us
from hub.identity.directory import Directory, Subject
from hub.intake.facts import Fact, Origin, facts_of, id_key, identifiers_in
from hub.intake.history import History, Past
from hub.intake.prepare import sorted_out, source_of
from hub.store.database import Database
from hub.store.drafted import OtherFacts, stored_fact
from hub.store.statement import Connection
from hub.store.tables import punches
from mappings import MappingDocument
from mappings.cases import written_record
from schemas.record import Record
from schemas.transmission import Item

Progress = Callable[[int, int], None]
_UNSEEN = b"?"
_STUDIED = ("study", "result")
Items = Sequence[tuple[int, Item]]


class RecordChange(NamedTuple):
    """One record that would be lost, added or changed; ``fields`` are those that differ, before and after."""

    transmission: str
    arrived_at: datetime
    what: str
    record: str
    source: str
    subject: str
    key: str
    fields: tuple[tuple[str, Any, Any], ...]


@dataclass(slots=True)
class Redraft:
    """What a draft would make otherwise of ``looked_at`` transmissions; of ``erased`` ones nothing can be said.

    ``concerned`` are the tokens of identifiers with the instants of what differs about them; ``sessions`` of the plan.
    """

    looked_at: int = 0
    erased: int = 0
    differing: int = 0
    unreadable: tuple[int, int] = (0, 0)
    """Items that could not be read, before and after."""
    changes: list[RecordChange] = field(default_factory=list)
    facts: OtherFacts = field(default_factory=OtherFacts)
    concerned: set[tuple[str, int]] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)
    statements: set[bytes] = field(default_factory=set)
    """Keys of statements that would be withdrawn, or no more."""
    gone: set[tuple[Any, ...]] = field(default_factory=set)
    """What identifies facts that are taken away and that nothing else has brought so far."""
    added: set[tuple[Any, ...]] = field(default_factory=set)

    def count(self, *, erased: bool) -> None:
        """One more transmission was looked at."""
        self.looked_at += 1
        self.erased += erased

    def differ(self, before: int, after: int, changes: Iterable[RecordChange]) -> None:
        """One more transmission is read otherwise; so many of its items could not be read, before and after."""
        self.differing += 1
        self.unreadable = self.unreadable[0] + before, self.unreadable[1] + after
        self.changes.extend(changes)


class Redrafting:
    """Reads what was brought by a draft, and by the document that read it then. It writes nothing."""

    def __init__(self, history: History, directory: Directory, database: Database) -> None:
        self._history = history
        self._directory = directory
        self._database = database
        self._subjects: dict[tuple[str, str], Subject] = {}

    def of(
        self,
        draft: MappingDocument,
        origin: Origin,
        since: datetime,
        progress: Progress,
        *,
        present: MappingDocument | None = None,
    ) -> Redraft:
        """What a draft makes otherwise of all that an instance brought since an instant.

        It is compared with ``present``, or else with the document that read each transmission then.
        """
        found, ids = Redraft(), self._history.ids(origin.connector, since)
        with self._database.reading() as session:
            for n, past in enumerate(self._history.of(ids), 1):
                self._look(past, (present or self._history.read_by(past) or draft, draft), origin, found, session)
                progress(n, len(ids))
        return found

    def _look(
        self,
        past: Past,
        documents: tuple[MappingDocument, MappingDocument],
        origin: Origin,
        found: Redraft,
        session: Connection,
    ) -> None:
        found.count(erased=past.wire is None)
        if past.wire is None:
            return
        first, then = (each.read(past.wire) for each in documents)
        if first == then and not found.gone:
            return
        origin = source_of(past.wire, origin)
        (old, bad, _), (new, worse, _) = sorted_out(first, origin), sorted_out(then, origin)
        if first != then:
            found.differ(len(bad), len(worse), changed(past, old, new, origin.source))
        self._exchange(self._rows(past, old, origin), self._rows(past, new, origin), found, session)

    def _rows(self, past: Past, items: Items, origin: Origin) -> dict[tuple[Any, ...], Fact]:
        """The facts of a transmission by what identifies each; an identifier nobody has stays without a token."""
        assert past.wire is not None
        arrived = to_us(past.wire.received_at)
        subjects = {pair: self._subject(pair) for pair in identifiers_in(list(items), origin.source)}
        facts = facts_of(list(items), subjects, self._directory.number, origin, arrived)
        for fact in facts:
            fact.row.update(transmission=past.id, known_at=arrived)
        return {_identity(fact.row): fact for fact in facts}

    def _subject(self, pair: tuple[str, str]) -> Subject:
        if pair not in self._subjects:
            unknown = Subject(*pair, token=f"?{pair[0]}?{pair[1]}", lookup=_UNSEEN, key="")
            self._subjects[pair] = self._directory.find(*pair) or unknown
        return self._subjects[pair]

    def _exchange(
        self,
        old: Mapping[tuple[Any, ...], Fact],
        new: Mapping[tuple[Any, ...], Fact],
        found: Redraft,
        session: Connection,
    ) -> None:
        """Take away what this transmission brought first and would bring no more; add what nothing else brought."""
        for identity, fact in old.items():
            if not _same(new.get(identity), fact) and self._take(fact, found, session):
                found.gone.add(identity)
                _concern(fact, found)
        for identity, fact in new.items():
            if identity not in found.added and (identity in found.gone or not _is_stored(fact, session)):
                found.gone.discard(identity)
                found.added.add(identity)
                found.facts.rows.append(fact.row)
                _concern(fact, found)

    def _take(self, fact: Fact, found: Redraft, session: Connection) -> bool:
        row = fact.row
        if "slice" in row:
            punch = session.one(punches.punch, row)
            if punch is None or punch.transmission != row["transmission"]:
                return False
            found.facts.gone_punches.append({name: row[name] for name in ("slice", "subject", "key")})
            return True
        stored = session.one(stored_fact, row)
        if stored is None or stored.transmission != row["transmission"]:
            return False
        found.facts.gone.append(stored.id)
        return True


def changed(past: Past, old: Items, new: Items, source: str) -> Iterator[RecordChange]:
    """The records that differ: of one key, kind and subject together, whatever is left over is lost or added."""
    assert past.wire is not None
    before, after = _records(old), _records(new)
    for at in dict.fromkeys([*before, *after]):
        mine, theirs = before.get(at, []), after.get(at, [])
        for n in range(max(len(mine), len(theirs))):
            one, other = (each[n] if n < len(each) else None for each in (mine, theirs))
            if one != other:
                key, record, subject = at
                what = "added" if one is None else "lost" if other is None else "changed"
                fields = tuple(_fields(one, other)) if what == "changed" else ()
                yield RecordChange(past.id, past.wire.received_at, what, record, source, subject, key, fields)


def _records(items: Items) -> dict[tuple[str, str, str], list[Record]]:
    found: dict[tuple[str, str, str], list[Record]] = {}
    for _n, item in items:
        for record in item.records:
            name = f"{type(record).__module__.rpartition('.')[2]}.{type(record).__name__}"
            found.setdefault((item.key, name, record.subject if record.OF_A_PERSON else ""), []).append(record)
    return found


def _fields(one: Record | None, other: Record | None) -> Iterator[tuple[str, Any, Any]]:
    before, after = ({} if each is None else written_record(each) for each in (one, other))
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            yield name, before.get(name), after.get(name)


def _identity(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (row["slice"], row["subject"], row["key"]) if "slice" in row else (row["key"],)


def _same(new: Fact | None, old: Fact) -> bool:
    """Whether a fact stays as it is: in all of its columns."""
    return new is not None and orjson.dumps(_plain(new.row)) == orjson.dumps(_plain(old.row))


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in row.items()}


def _is_stored(fact: Fact, session: Connection) -> bool:
    if "slice" in fact.row:
        return session.one(punches.punch, fact.row) is not None
    return session.one(stored_fact, fact.row) is not None


def _concern(fact: Fact, found: Redraft) -> None:
    if fact.row["kind"] == "session":
        found.sessions.add(fact.row["topic"])
    elif fact.row["kind"] == "voided":
        source = fact.subject.source if fact.subject else ""
        found.statements.update(id_key(source, kind, fact.row["topic"]) for kind in _STUDIED)
    elif fact.row["subject"]:
        found.concerned.add((fact.row["subject"], fact.row["at"]))
