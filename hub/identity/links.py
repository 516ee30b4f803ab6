"""Whose an identifier is, and from when to when: links, and how two words about one identifier stand side by side."""

from collections.abc import Callable
from typing import NamedTuple

from audit_log.entry import Actor
from hub.clock import to_us
from hub.store.commit import Tx
from hub.store.statement import Connection
from hub.store.tables import identity
from schemas.people import OtherIdentifier

ALWAYS = -(1 << 62)
OPEN = 1 << 62
"""Bounds of a link without a beginning or an end, in stored microseconds."""

_CACHED = 200_000

Moved = Callable[[str, str, Tx], None]
"""Hears, in the same commit, of a person and the source under which their identifiers have changed."""


class Link(NamedTuple):
    """An identifier is a person in ``[valid_from, valid_until)``, stored microseconds."""

    person: str
    valid_from: int
    valid_until: int

    def holds(self, at_us: int) -> bool:
        """Whether the identifier is the person at an instant."""
        return self.valid_from <= at_us < self.valid_until


def link_bounds(identifier: OtherIdentifier) -> tuple[int, int]:
    """The stored bounds of a roster's other identifier."""
    start = ALWAYS if identifier.valid_from is None else to_us(identifier.valid_from)
    return start, OPEN if identifier.valid_until is None else to_us(identifier.valid_until)


class Links:
    """Links by identifier, cached for the writer; forgotten when they may no longer hold."""

    def __init__(self, moved: Moved) -> None:
        self._moved = moved
        self._cached: dict[str, tuple[Link, ...]] = {}

    def invalidate(self) -> None:
        """Drop what is cached: another process has written, or what was read inside a transaction was undone."""
        self._cached.clear()

    def of(self, subject: str, session: Connection) -> tuple[Link, ...]:
        """Which persons an identifier (its token) is or was."""
        links = self._cached.get(subject)
        if links is None:
            links = links_in(subject, session)
            if len(self._cached) > _CACHED:
                self._cached.clear()
            self._cached[subject] = links
        return links

    def add(self, subject: str, wanted: Link, tx: Tx, *, trigger: str, actor: Actor | None = None) -> bool:
        """Say whose an identifier is, by a transmission or an operator's word; whether that is news."""
        if wanted in self.of(subject, tx.session):
            return False
        row = {"subject": subject, **wanted._asdict(), "known_at": tx.now_us}
        tx.session.run(identity.insert_link, row)
        self._changed(subject, wanted.person, "linked", tx, trigger, actor)
        return True

    def end(
        self, subject: str, person: str, until_us: int, tx: Tx, *, trigger: str, actor: Actor | None = None
    ) -> bool:
        """End a link at an instant; whether one was open."""
        asked = {"of": subject, "whom": person, "until": until_us, "now": tx.now_us}
        ended = tx.session.run(identity.end_link, asked) > 0
        if ended:
            self._changed(subject, person, "unlinked", tx, trigger, actor)
        return ended

    def reconcile(
        self, subject: str, wanted: Link, said_at: int, tx: Tx, *, trigger: str
    ) -> tuple[Link | None, set[str]]:
        """A link as it may stand beside those of other persons, and the persons from whom it takes something.

        Whom the roster names later has an identifier from that word on; what was done with it before stays with
        who had it. What an operator or a later word ended is open again only from ``said_at`` on.
        """
        links = self.of(subject, tx.session)
        start, end = _reopened(wanted, links, said_at)
        losers = set()
        for other in links:
            if other.person == wanted.person or other.valid_until <= start or other.valid_from >= end:
                continue
            if other.valid_until <= said_at:
                start = max(start, other.valid_until)
                continue
            losers.add(other.person)
            word = _said_at(other.person, tx)
            if word > said_at:
                end = max(word, other.valid_from)
                self._move(subject, other, other._replace(valid_from=end), tx, trigger)
            else:
                start = max(start, said_at)
                self._move(subject, other, other._replace(valid_until=max(other.valid_from, said_at)), tx, trigger)
        link = Link(wanted.person, start, end)
        return (None if start >= end or link in links else link), losers

    def _move(self, subject: str, before: Link, after: Link, tx: Tx, trigger: str) -> None:
        tx.session.run(identity.delete_link, {"of": subject, "whom": before.person, "since": before.valid_from})
        if after.valid_from < after.valid_until:
            row = {"subject": subject, **after._asdict(), "known_at": tx.now_us}
            tx.session.run(identity.insert_link, row)
        self._changed(subject, before.person, "moved", tx, trigger)

    def _changed(
        self, subject: str, person: str, outcome: str, tx: Tx, trigger: str, actor: Actor | None = None
    ) -> None:
        self._cached.pop(subject, None)
        tx.log("link", person=person, subject=subject, outcome=outcome, triggers=[trigger], actor=actor)
        row = tx.session.one(identity.subject, {"token": subject})
        if row is not None:
            self._moved(person, row.source, tx)


def links_in(subject: str, session: Connection) -> tuple[Link, ...]:
    """Which persons an identifier is or was, read from the store at this moment."""
    return tuple(Link(*row) for row in session.all(identity.links_of_subject, {"subject": subject}))


def _reopened(wanted: Link, links: tuple[Link, ...], said_at: int) -> tuple[int, int]:
    """The bounds of a link beside what its own person had of it: an end that was set before this word stands."""
    start, end = wanted.valid_from, wanted.valid_until
    for own in links:
        if own.person == wanted.person and own.valid_from <= start < own.valid_until < end:
            start, end = (start, own.valid_until) if own.valid_until > said_at else (said_at, end)
    return start, end


def _said_at(person: str, tx: Tx) -> int:
    row = tx.session.one(identity.person_as_of, {"person": person})
    return ALWAYS if row is None else row.as_of
