"""Who an identifier is. Identity is bound late: a record carries (source, subject), links say from when to when
that is which person, and unknown subjects wait until a link comes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from hub.clock import Ids, to_us
from hub.identity.links import links_in
from hub.identity.profiles import Profile, dump_profile, nobody, read_profile
from hub.rules.credentials.words import spelled
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.sealing import Sealer
from hub.store.statement import Connection
from hub.store.tables import identity
from hub.store.tables.identity import LinkedSubject
from schemas.errors import LicetError
from schemas.people import Person
from schemas.words import Words

_CACHED = 200_000

NUMBERS = "certificate number"
"""The source of certificate numbers; no source of identifiers has a blank in its name."""

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
    holder: "Subject | None" = None
    """Whose certificate number it is: then it is sealed under the key of that identifier."""
    printed: str = ""
    """A certificate number as it was written first: so its issuer is asked about it, and people read it."""

    @property
    def sealed_by(self) -> str:
        """The id of the key that seals it."""
        return self.key if self.holder is None else self.holder.key

    def become(self, token: str, key: str) -> None:
        """Take over what somebody quicker has stored."""
        self.token, self.key = token, key

    def settle(self) -> None:
        """It is stored."""
        self.new = False


class SinkIdentifier(NamedTuple):
    """One identifier by which a source or sink knows a person: in clear, its token, and whether it is theirs now."""

    name: str
    token: str
    now: bool


class Directory:
    """Subjects and persons. Caches what is asked for with every event; forgets it when it may no longer hold."""

    def __init__(self, database: Database, sealer: Sealer, ids: Ids, roster: str) -> None:
        self._database = database
        self._sealer = sealer
        self._ids = ids
        self.roster = roster
        self._known: dict[Identifier, Subject] = {}
        self._new: dict[Identifier, Subject] = {}

    def invalidate(self) -> None:
        """Drop what is cached: another process has written, or what was read inside a transaction was undone."""
        self._known, self._new = {}, {}  # others: whoever is reading keeps what that finds in those of before

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
        known = self._known
        found: dict[Identifier, Subject] = {}
        with self._database.reading() as session:
            for pair in pairs:
                lookup = self._sealer.lookup(*pair)
                row = session.one(identity.subject_by_lookup, {"lookup": lookup})
                if row is not None:
                    found[pair] = known[pair] = Subject(*pair, token=row.token, lookup=lookup, key=row.key)
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

    def number(self, number: str, holder: Subject) -> Subject:
        """What a certificate number is known by: the same token however it is spaced, hyphenated or written wide."""
        pair = (NUMBERS, spelled(number))
        known = self._known.get(pair) or self._new.get(pair)
        if known is None:
            lookup = self._sealer.number_token(pair[1])
            known = Subject(
                *pair, token=lookup.hex(), lookup=lookup, key=holder.key, new=True, holder=holder, printed=number
            )
            self._new[pair] = known
        return known

    def number_token(self, number: str) -> str:
        """By what a certificate number is spoken of, whether or not it was ever seen."""
        return self._sealer.number_token(spelled(number)).hex()

    # --- inside the transaction ------------------------------------------------------------------------------

    def keep(self, subjects: Iterable[Subject], tx: Tx) -> set[str]:
        """Insert new subjects, each sealed: the tokens of those that were not stored yet.

        One that somebody quicker has stored takes over what stands there.
        """
        new = [each for each in subjects if each.new]
        known = self._known_numbers(new, tx)
        return {each.token for each in new if each.token not in known and self._insert(each, tx)}

    def _known_numbers(self, new: Iterable[Subject], tx: Tx) -> set[str]:
        """The tokens of certificate numbers that are stored: they are no secret of this process, so one can ask."""
        numbers = {each.token: each for each in new if each.holder is not None}
        if not numbers:
            return set()
        rows = tx.session.all(identity.subjects_by_token, {"tokens": orjson.dumps([*numbers]).decode()})
        for row in rows:
            numbers[row.token].become(row.token, row.key)
        return {row.token for row in rows}

    def _insert(self, subject: Subject, tx: Tx) -> bool:
        key = subject.sealed_by
        sealed = self._sealer.seal(key, (subject.printed or subject.name).encode(), subject.token)
        row = {"token": subject.token, "source": subject.source, "lookup": subject.lookup, "key": key}
        if tx.session.run(identity.insert_subject, {**row, "sealed": sealed}) == 1:
            return True
        first = tx.session.one(identity.subject_by_lookup, {"lookup": subject.lookup})
        assert first is not None
        subject.become(first.token, first.key)
        return False

    def kept(self, subjects: Iterable[Subject]) -> None:
        """Remember new subjects after their commit."""
        for each in subjects:
            each.settle()
            self._known[each.source, each.name] = each
            self._new.pop((each.source, each.name), None)

    def person_of(self, subject: Subject, record: Person, tx: Tx) -> str:
        """The person of a roster identifier, made at first sight; of two statements the later one is kept.

        What it says of the person is sealed under the key of the identifier.
        """
        row = tx.session.one(identity.person_of_subject, {"subject": subject.token})
        at = to_us(record.as_of)
        if row is None:
            person = self._ids.token()
            tx.session.run(
                identity.insert_person, {"person": person, "subject": subject.token, "epoch": 0, "as_of": at}
            )
        else:
            person = row.person
            if row.as_of > at:
                return person
            tx.session.run(identity.set_person_as_of, {"of": person, "as_of": at})
        sealed = self._sealer.seal(subject.key, dump_profile(record), person)
        tx.session.run(identity.set_profile, {"of": person, "profile": sealed})
        return person

    # --- for people ------------------------------------------------------------------------------------------

    def person_by_number(self, employee_no: str) -> str | None:
        """The person of an employee number."""
        subject = self.find(self.roster, employee_no)
        if subject is None:
            return None
        with self._database.reading() as session:
            row = session.one(identity.person_of_subject, {"subject": subject.token})
        return None if row is None else row.person

    def named(self, employee_no: str, option: str = "") -> str:
        """The person of an employee number that somebody typed; ``option`` is where.

        Raises:
            ConfigError: Nobody has it; the nearest one is named.
        """
        person = self.person_by_number(employee_no)
        if person is None:
            raise nobody(employee_no, self.numbers(), option)
        return person

    def numbers(self) -> list[str]:
        """Every employee number that can still be read: to say which one somebody may have meant."""
        with self._database.reading() as session:
            rows = session.all(identity.all_people, {})
            return [name for row in rows if (name := self.name_of(row.subject, session)[1])]

    def profile(self, person: str, session: Connection) -> Profile | None:
        """How to call and reach a person; nothing when erased."""
        row = session.one(identity.profile, {"person": person})
        if row is None or row.profile is None:
            return None
        number = self._sealer.open(row.key, row.sealed, row.token)
        plain = self._sealer.open(row.key, row.profile, person)
        return None if number is None or plain is None else read_profile(number.decode(), plain)

    def seal_for(self, person: str, plain: bytes, place: str, session: Connection) -> bytes:
        """Bytes sealed under a person's own key, bound to a place: they go with the person."""
        row = session.one(identity.profile, {"person": person})
        assert row is not None, "no such person"
        return self._sealer.seal(row.key, plain, f"{person}/{place}")

    def open_for(self, person: str, sealed: bytes, place: str, session: Connection) -> bytes | None:
        """What ``seal_for`` sealed; nothing when the person was erased."""
        row = session.one(identity.profile, {"person": person})
        return None if row is None else self._sealer.open(row.key, sealed, f"{person}/{place}")

    def identifiers(self, person: str, source: str, at_us: int, session: Connection) -> list[SinkIdentifier]:
        """How a source or sink writes a person: what is theirs at an instant, then what was and is nobody else's now.

        Raises:
            LicetError: The key of one is gone, so nobody can say what it opens.
        """
        theirs: dict[str, LinkedSubject] = {}
        for row in session.all(identity.subjects_of_person, {"person": person}):
            if row.source == source and row.valid_from <= at_us:
                known = theirs.get(row.token)
                theirs[row.token] = row if known is None or known.valid_until < row.valid_until else known
        identifiers = [
            SinkIdentifier(self._opened(row), row.token, now)
            for row in theirs.values()
            if (now := at_us < row.valid_until) or not self._others(row.token, person, at_us, session)
        ]
        return sorted(identifiers, key=lambda each: (not each.now, each.token))

    def _others(self, token: str, person: str, at_us: int, session: Connection) -> bool:
        # Not from the cache: that is the writer's, and a reader may see less than it.
        return any(each.person != person and each.holds(at_us) for each in links_in(token, session))

    def _opened(self, row: LinkedSubject) -> str:
        plain = self._sealer.open(row.key, row.sealed, row.token)
        if plain is None:
            raise LicetError(
                "schema.missing",
                Words(
                    f"the key of an identifier of source {row.source!r} is gone",
                    f"来源 {row.source!r} 的标识的密钥已不存在",
                ),
            )
        return plain.decode()

    def name_of(self, token: str, session: Connection) -> tuple[str, str]:
        """Source and clear identifier of a subject, for those who may read it."""
        row = session.one(identity.subject, {"token": token})
        if row is None:
            return "", ""
        plain = self._sealer.open(row.key, row.sealed, token)
        return row.source, "" if plain is None else plain.decode()
