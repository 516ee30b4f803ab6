"""Says whose an identifier is, from when to when; what was held for it then applies by itself."""

from datetime import datetime
from typing import NamedTuple

from hub.clock import from_us, to_us
from hub.evidence.stale import forget_folds
from hub.identity.directory import Directory
from hub.identity.links import OPEN, Link, Links
from hub.identity.operators import Operators
from hub.intake.affected import identify
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables.intake import held_list
from hub.store.writer import Writer
from schemas.errors import CallError
from schemas.words import Words

BY_OPERATOR = "operator"
"""Why a person is looked at when an operator has linked or unlinked an identifier."""


class UnresolvedIdentifier(NamedTuple):
    """An identifier that nobody is known by, and how many items of a connector wait for it."""

    source: str
    identifier: str
    connector: str
    items: int
    since: datetime


class Linking:
    """What an operator says about identifiers. Each word is one unit of work with its entry."""

    def __init__(
        self, directory: Directory, links: Links, writer: Writer, database: Database, operators: Operators
    ) -> None:
        self._directory = directory
        self._links = links
        self._writer = writer
        self._database = database
        self._operators = operators

    def link(
        self, source: str, identifier: str, employee_no: str, start: int = -OPEN, end: int = OPEN, by: str = ""
    ) -> None:
        """Say whose an identifier is; what was held for it applies. What it did as another's stays theirs.

        ``by`` is who says so; without it the account of this machine answers for it.

        Raises:
            CallError: The person is unknown, or the identifier is another's without an end.
        """
        person = self._directory.named(employee_no)
        subject = self._directory.subjects([(source, identifier)])[source, identifier]
        acting = self._operators.one(by)

        def unit(tx: Tx) -> None:
            self._directory.keep([subject], tx)
            others = [each for each in self._links.of(subject.token, tx.session) if each.person != person]
            ended = max((each.valid_until for each in others if each.valid_from < end), default=start)
            if ended >= OPEN:
                raise CallError(
                    Words(
                        f"{source}/{identifier} is another person's; `licet people unlink` says until when",
                        f"{source}/{identifier} 已属于他人；用 `licet people unlink` 注明截止时刻",
                    )
                )
            link = Link(person, max(start, ended), end)
            identify(self._links, subject.token, link, BY_OPERATOR, tx, acting.member(tx))

        self._writer.call(unit)
        self._directory.kept([subject])

    def unlink(self, source: str, identifier: str, employee_no: str, until: datetime, by: str = "") -> bool:
        """End a link at an instant; whether one was open.

        Raises:
            CallError: The person is unknown.
        """
        person = self._directory.named(employee_no)
        subject = self._directory.find(source, identifier)
        if subject is None:
            return False
        acting = self._operators.one(by)

        def unit(tx: Tx) -> bool:
            actor = acting.member(tx)
            ended = self._links.end(subject.token, person, to_us(until), tx, trigger=BY_OPERATOR, actor=actor)
            forget_folds(subject.token, person, tx)
            tx.due(person, at=tx.now, because=BY_OPERATOR)
            return ended

        return self._writer.call(unit)

    def unresolved(self, limit: int = 1000) -> list[UnresolvedIdentifier]:
        """Identifiers that nobody is known by, the longest waiting first."""
        with self._database.reading() as session:
            return [
                UnresolvedIdentifier(
                    *self._directory.name_of(row.subject, session), row.connector, row.items, from_us(row.since)
                )
                for row in session.all(held_list, {"limit": limit})
            ]
