"""Who an identifier is. Identity is bound late: a record carries (source, subject), links say from when to when
that is which person, and unknown subjects wait until a link comes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from hub.clock import Ids, to_us
from hub.store import queries as q
from hub.store.database import Database
from hub.store.sealing import Sealer
from hub.store.statement import Session
from hub.store.writer import Tx
from schemas.errors import LicetError
from schemas.people import OtherIdentifier, Person

ALWAYS = -(1 << 62)
OPEN = 1 << 62
"""Bounds of a link without a beginning or an end, in stored microseconds."""

_CACHED = 200_000

Identifier = tuple[str, str]
"""A source and how it writes somebody."""


@dataclass(slots=True)
class Subject:
    """One identifier of one source. ``new``: it must be inserted with the first transmission that is kept."""

    source: str
    name: str
    token: str
    lookup: bytes
    key: str
    new: bool = False


class Link(NamedTuple):
    """An identifier is a person in ``[valid_from, valid_until)``, stored microseconds."""

    person: str
    valid_from: int
    valid_until: int


class SinkIdentifier(NamedTuple):
    """One identifier by which a source or sink knows a person: in clear, its token, and whether it is theirs now."""

    name: str
    token: str
    now: bool


class Profile(NamedTuple):
    """How to call and reach a person; opened from its seal only where people read."""

    employee_no: str
    name: str
    mail: str
    language: str


class Directory:
    """Subjects and persons. Caches what is asked for with every event; forgets it when it may no longer hold."""

    def __init__(self, database: Database, sealer: Sealer, ids: Ids, roster: str) -> None:
        self._database = database
        self._sealer = sealer
        self._ids = ids
        self.roster = roster
        self._known: dict[Identifier, Subject] = {}
        self._new: dict[Identifier, Subject] = {}
        self._links: dict[str, tuple[Link, ...]] = {}
        self.moved: Callable[[str, str, Tx], None] | None = None
        """Hears, in the same commit, of a person whose identifiers of a source have changed."""

    def forget(self) -> None:
        """Drop what is cached: another process has written, or what was read inside a transaction was undone."""
        self._known.clear()
        self._new.clear()
        self._links.clear()

    # --- before the transaction ------------------------------------------------------------------------------

    def subjects(self, wanted: Iterable[Identifier]) -> dict[Identifier, Subject]:
        """The subject of each (source, identifier); new ones get their key here and are inserted by ``keep``."""
        found: dict[Identifier, Subject] = {}
        missing = []
        for pair in wanted:
            known = self._known.get(pair) or self._new.get(pair)
            if known is None:
                missing.append(pair)
            else:
                found[pair] = known
        if missing:
            found.update(self._looked_up(missing))
            found.update(self._made([pair for pair in missing if pair not in found]))
        return found

    def find(self, source: str, name: str) -> Subject | None:
        """The subject of an identifier, if it was ever seen."""
        return self._looked_up([(source, name)]).get((source, name))

    def _looked_up(self, pairs: list[Identifier]) -> dict[Identifier, Subject]:
        if len(self._known) > _CACHED:
            self._known.clear()
        found: dict[Identifier, Subject] = {}
        with self._database.reading() as session:
            for pair in pairs:
                lookup = self._sealer.lookup(*pair)
                row = session.one(q.subject_by_lookup, {"lookup": lookup})
                if row is not None:
                    found[pair] = self._known[pair] = Subject(*pair, token=row[0], lookup=lookup, key=row[1])
        return found

    def _made(self, pairs: list[Identifier]) -> dict[Identifier, Subject]:
        """New subjects; all transmissions that bring one before it is kept share it."""
        if not pairs:
            return {}
        if len(self._new) > _CACHED:
            self._new.clear()
        made = [self._made_one(*pair) for pair in pairs]
        self._sealer.keys.create([each.key for each in made])
        return {pair: self._new.setdefault(pair, each) for pair, each in zip(pairs, made, strict=True)}

    def _made_one(self, source: str, name: str) -> Subject:
        token = self._ids.token()
        return Subject(source, name, token, self._sealer.lookup(source, name), key=token, new=True)

    # --- inside the transaction ------------------------------------------------------------------------------

    def keep(self, subject: Subject, tx: Tx) -> bool:
        """Insert a new subject, whether that was needed; it takes over another's token if somebody was quicker."""
        if not subject.new:
            return False
        sealed = self._sealer.seal(subject.key, subject.name.encode(), subject.token)
        row = {"token": subject.token, "source": subject.source, "lookup": subject.lookup, "key": subject.key}
        if tx.session.run(q.insert_subject, {**row, "sealed": sealed}) == 1:
            return True
        first = tx.session.one(q.subject_by_lookup, {"lookup": subject.lookup})
        assert first is not None
        subject.token, subject.key = first
        return False

    def kept(self, subjects: Iterable[Subject]) -> None:
        """Remember new subjects after their commit."""
        for each in subjects:
            each.new = False
            self._known[each.source, each.name] = each
            self._new.pop((each.source, each.name), None)

    def links(self, token: str, session: Session) -> tuple[Link, ...]:
        """Which persons an identifier is or was."""
        found = self._links.get(token)
        if found is None:
            found = tuple(Link(*row) for row in session.all(q.links_of_subject, {"subject": token}))
            if len(self._links) > _CACHED:
                self._links.clear()
            self._links[token] = found
        return found

    def person_at(self, token: str, at_us: int, session: Session) -> str | None:
        """The person that an identifier is at an instant, if anybody."""
        for link in self.links(token, session):
            if link.valid_from <= at_us < link.valid_until:
                return link.person
        return None

    def link(self, subject: str, wanted: Link, tx: Tx) -> bool:
        """Say whose an identifier is; whether that is news. What was held for it applies from now on."""
        if wanted in self.links(subject, tx.session):
            return False
        tx.session.run(q.insert_link, {"subject": subject, **wanted._asdict(), "known_at": tx.now_us})
        self._changed(subject, wanted.person, "linked", tx)
        return True

    def reconcile_links(self, subject: str, wanted: Link, said_at: int, tx: Tx) -> tuple[Link | None, set[str]]:
        """A link as it may stand beside those of other persons, and the persons from whom it takes something.

        Whom the roster names later has an identifier from that word on; what was done with it before stays with
        who had it. What an operator or a later word ended is open again only from ``said_at`` on.
        """
        start, end = wanted.valid_from, wanted.valid_until
        known = self.links(subject, tx.session)
        for own in known:
            if own.person == wanted.person and own.valid_from <= start < own.valid_until < end:
                start, end = (start, own.valid_until) if own.valid_until > said_at else (said_at, end)
        losers = set()
        for other in known:
            if other.person == wanted.person or other.valid_until <= start or other.valid_from >= end:
                continue
            word = self._said_at(other.person, tx)
            if other.valid_until <= said_at:
                start = max(start, other.valid_until)
                continue
            losers.add(other.person)
            if word > said_at:
                end = max(word, other.valid_from)
                self._move(subject, other, other._replace(valid_from=end), tx)
            else:
                start = max(start, said_at)
                self._move(subject, other, other._replace(valid_until=max(other.valid_from, said_at)), tx)
        found = Link(wanted.person, start, end)
        return (None if start >= end or found in known else found), losers

    def _said_at(self, person: str, tx: Tx) -> int:
        row = tx.session.one(q.person_as_of, {"person": person})
        return ALWAYS if row is None else int(row[0])

    def _move(self, subject: str, before: Link, after: Link, tx: Tx) -> None:
        row = {"subject": subject, **before._asdict()}
        tx.session.run(q.delete_link, {"of": subject, "whom": before.person, "since": before.valid_from})
        if after.valid_from < after.valid_until:
            tx.session.run(q.insert_link, {**row, **after._asdict(), "known_at": tx.now_us})
        self._changed(subject, before.person, "another", tx)

    def unlink(self, subject: str, person: str, until_us: int, tx: Tx) -> bool:
        """End a link at an instant; whether one was open."""
        ended = tx.session.run(q.end_link, {"of": subject, "whom": person, "until": until_us}) > 0
        if ended:
            self._changed(subject, person, "unlinked", tx)
        return ended

    def _changed(self, subject: str, person: str, because: str, tx: Tx) -> None:
        self._links.pop(subject, None)
        tx.log("link", person=person, subject=subject, because=because)
        row = None if self.moved is None else tx.session.one(q.subject, {"token": subject})
        if self.moved is not None and row is not None:
            self.moved(person, row[0], tx)

    def person_of(self, subject: Subject, said: Person, tx: Tx) -> str:
        """The person of a roster identifier, made at first sight; of two statements the later one is kept.

        What it says of the person is sealed into the row of the identifier.
        """
        row = tx.session.one(q.person_of_subject, {"subject": subject.token})
        at = to_us(said.as_of)
        if row is None:
            person = self._ids.token()
            tx.session.run(q.insert_person, {"person": person, "subject": subject.token, "epoch": 0, "as_of": at})
        else:
            person = row[0]
            if row[1] > at:
                return str(person)
            tx.session.run(q.set_person_as_of, {"of": person, "as_of": at})
        plain = orjson.dumps([said.subject, said.name, said.mail, said.language])
        sealed = self._sealer.seal(subject.key, plain, subject.token)
        tx.session.run(q.set_subject, {"of": subject.token, "key": subject.key, "sealed": sealed})
        return str(person)

    # --- for people ------------------------------------------------------------------------------------------

    def person_by_number(self, employee_no: str) -> str | None:
        """The person of an employee number."""
        subject = self.find(self.roster, employee_no)
        if subject is None:
            return None
        with self._database.reading() as session:
            row = session.one(q.person_of_subject, {"subject": subject.token})
        return None if row is None else str(row[0])

    def profile(self, person: str, session: Session) -> Profile | None:
        """How to call and reach a person; nothing when erased."""
        row = session.one(q.person, {"person": person})
        if row is None:
            return None
        sealed = session.one(q.subject, {"token": row[0]})
        plain = None if sealed is None else self._sealer.open(sealed[1], sealed[2], row[0])
        return None if plain is None else Profile(*orjson.loads(plain))

    def identifiers(self, person: str, source: str, at_us: int, session: Session) -> list[SinkIdentifier]:
        """How a source or sink writes a person: what is theirs at an instant, then what was and is nobody else's now.

        Raises:
            LicetError: The key of one is gone, so nobody can say what it opens.
        """
        theirs: dict[str, tuple[bool, str, bytes]] = {}
        for token, of, key, sealed, valid_from, valid_until in session.all(q.subjects_of_person, {"person": person}):
            if of == source and valid_from <= at_us:
                now = at_us < valid_until or (token in theirs and theirs[token][0])
                theirs[token] = now, key, sealed
        found = [
            SinkIdentifier(self._opened(source, token, key, sealed), token, now)
            for token, (now, key, sealed) in theirs.items()
            if now or not self._others(token, person, at_us, session)
        ]
        return sorted(found, key=lambda each: (not each.now, each.token))

    def _others(self, token: str, person: str, at_us: int, session: Session) -> bool:
        # Not from the cache: that is the writer's, and a reader may see less than it.
        links = [Link(*row) for row in session.all(q.links_of_subject, {"subject": token})]
        return any(each.person != person and each.valid_from <= at_us < each.valid_until for each in links)

    def _opened(self, source: str, token: str, key: str, sealed: bytes) -> str:
        plain = self._sealer.open(key, sealed, token)
        if plain is None:
            raise LicetError("schema.missing", f"the key of an identifier of source {source!r} is gone")
        return str(orjson.loads(plain)[0]) if source == self.roster else plain.decode()

    def name_of(self, token: str, session: Session) -> tuple[str, str]:
        """Source and clear identifier of a subject, for those who may read it."""
        row = session.one(q.subject, {"token": token})
        if row is None:
            return "", ""
        plain = self._sealer.open(row[1], row[2], token)
        return str(row[0]), "" if plain is None else plain.decode()


def link_bounds(identifier: OtherIdentifier) -> tuple[int, int]:
    """The stored bounds of a roster's other identifier."""
    start = ALWAYS if identifier.valid_from is None else to_us(identifier.valid_from)
    return start, OPEN if identifier.valid_until is None else to_us(identifier.valid_until)
