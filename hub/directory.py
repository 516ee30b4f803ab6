"""Who an identifier is. Identity is bound late: a record carries (source, subject), links say from when to when
that is which person, and unknown subjects wait until a link comes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import orjson

from hub.clock import Ids, to_us
from hub.store import queries as q
from hub.store.database import Database
from hub.store.sealing import Sealer
from hub.store.statement import Session
from hub.store.writer import Tx
from schemas.people import OtherIdentifier, Person

ALWAYS = -(1 << 62)
OPEN = 1 << 62
"""Bounds of a link without a beginning or an end, in stored microseconds."""

_CACHED = 200_000


@dataclass(slots=True)
class Subject:
    """One identifier of one source: its token, and what must be inserted while it is new."""

    source: str
    name: str
    token: str
    lookup: bytes
    key: str
    sealed: bytes | None = None


class Link(NamedTuple):
    """An identifier is a person in ``[valid_from, valid_until)``, stored microseconds."""

    person: str
    valid_from: int
    valid_until: int


class Profile(NamedTuple):
    """How to call and reach a person; opened from its seal only where people read."""

    employee_no: str
    name: str
    mail: str
    language: str


class Directory:
    """Subjects and persons. Caches what is asked for with every event; forgets it when somebody else writes."""

    def __init__(self, database: Database, sealer: Sealer, ids: Ids, roster: str) -> None:
        self._database = database
        self._sealer = sealer
        self._ids = ids
        self.roster = roster
        self._known: dict[tuple[str, str], Subject] = {}
        self._links: dict[str, tuple[Link, ...]] = {}

    def forget(self) -> None:
        """Drop what is cached: another process has written."""
        self._known.clear()
        self._links.clear()

    # --- before the transaction ------------------------------------------------------------------------------

    def subjects(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Subject]:
        """The subject of each (source, identifier); new ones are sealed here and inserted by ``keep``."""
        found: dict[tuple[str, str], Subject] = {}
        missing = []
        for pair in wanted:
            known = self._known.get(pair)
            if known is None:
                missing.append(pair)
            else:
                found[pair] = known
        if missing:
            found.update(self._look_up(missing))
        return found

    def find(self, source: str, name: str) -> Subject | None:
        """The subject of an identifier, if it was ever seen."""
        subject = self._look_up([(source, name)])[source, name]
        return None if subject.sealed is not None else subject

    def _look_up(self, pairs: list[tuple[str, str]]) -> dict[tuple[str, str], Subject]:
        found: dict[tuple[str, str], Subject] = {}
        with self._database.reading() as session:
            for source, name in pairs:
                lookup = self._sealer.lookup(source, name)
                row = session.one(q.subject_by_lookup, {"lookup": lookup})
                token, key = row if row is not None else (self._ids.token(), "")
                found[source, name] = Subject(source, name, token, lookup, key)
        self._seal_new([each for each in found.values() if not each.key])
        return found

    def _seal_new(self, new: list[Subject]) -> None:
        if not new:
            return
        self._sealer.keys.create([each.token for each in new])
        for each in new:
            each.key = each.token
            each.sealed = self._sealer.seal(each.key, each.name.encode(), each.token)

    def seal_profile(self, subject: Subject, person: Person) -> bytes:
        """What the roster says of a person, sealed into the row of the roster's identifier."""
        plain = orjson.dumps([person.subject, person.name, person.mail, person.language])
        return self._sealer.seal(subject.key, plain, subject.token)

    # --- inside the transaction ------------------------------------------------------------------------------

    def keep(self, subject: Subject, tx: Tx) -> str:
        """Insert a new subject; its token, which is another's if somebody was quicker."""
        if subject.sealed is None:
            return subject.token
        row = {"token": subject.token, "source": subject.source, "lookup": subject.lookup, "key": subject.key}
        if tx.session.run(q.insert_subject, {**row, "sealed": subject.sealed}) == 0:
            first = tx.session.one(q.subject_by_lookup, {"lookup": subject.lookup})
            assert first is not None
            subject.token, subject.key = first
        return subject.token

    def kept(self, subjects: Iterable[Subject]) -> None:
        """Remember subjects after their commit."""
        if len(self._known) > _CACHED:
            self._known.clear()
        for each in subjects:
            each.sealed = None
            self._known[each.source, each.name] = each

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
        self._links.pop(subject, None)
        tx.log("link", person=wanted.person, subject=subject, because="linked")
        return True

    def unlink(self, subject: str, person: str, until_us: int, tx: Tx) -> bool:
        """End a link at an instant; whether one was open."""
        ended = tx.session.run(q.end_link, {"of": subject, "whom": person, "until": until_us}) > 0
        self._links.pop(subject, None)
        if ended:
            tx.log("link", person=person, subject=subject, because="unlinked")
        return ended

    def person_of(self, subject: Subject, as_of: datetime, profile: bytes, tx: Tx) -> str:
        """The person of a roster identifier, made at first sight; of two statements the later one is kept."""
        row = tx.session.one(q.person_of_subject, {"subject": subject.token})
        at = to_us(as_of)
        if row is None:
            person = self._ids.token()
            tx.session.run(q.insert_person, {"person": person, "subject": subject.token, "epoch": 0, "as_of": at})
        else:
            person = row[0]
            if row[1] > at:
                return str(person)
            tx.session.run(q.set_person_as_of, {"of": person, "as_of": at})
        tx.session.run(q.set_subject, {"of": subject.token, "key": subject.key, "sealed": profile})
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

    def identifier(self, person: str, source: str, at_us: int, session: Session) -> str | None:
        """How a source or sink writes a person at an instant."""
        for token, of, key, sealed, valid_from, valid_until in session.all(q.subjects_of_person, {"person": person}):
            if of == source and valid_from <= at_us < valid_until:
                plain = self._sealer.open(key, sealed, token)
                if plain is not None:
                    return str(orjson.loads(plain)[0]) if of == self.roster else plain.decode()
        return None

    def name_of(self, token: str, session: Session) -> tuple[str, str]:
        """Source and clear identifier of a subject, for those who may read it."""
        row = session.one(q.subject, {"token": token})
        if row is None:
            return "", ""
        plain = self._sealer.open(row[1], row[2], token)
        return str(row[0]), "" if plain is None else plain.decode()


def bounds(identifier: OtherIdentifier) -> tuple[int, int]:
    """The stored bounds of a roster's other identifier."""
    start = ALWAYS if identifier.valid_from is None else to_us(identifier.valid_from)
    return start, OPEN if identifier.valid_until is None else to_us(identifier.valid_until)
