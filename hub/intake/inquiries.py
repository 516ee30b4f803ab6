"""Asks a source about the certificates that the hub knows: whose they are, and which, is told it by the hub."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from connectors.port import Certificate, Inquiring, Page
from hub.clock import to_us
from hub.identity.directory import Directory
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import register
from schemas.errors import LicetError


class Inquiries:
    """A source that is asked about single certificates, as one that is asked for what is new."""

    def __init__(self, source: Inquiring, identifiers: str, database: Database, directory: Directory) -> None:
        self._source, self._identifiers = source, identifiers
        self._database, self._directory = database, directory
        self._known: Sequence[Certificate] | None = None

    def poll(self, cursor: Mapping[str, Any], now: datetime) -> Page:
        """What it says of the next certificates of a round. Which there are is looked up as the round begins.

        Raises:
            LicetError: It cannot be asked.
        """
        if self._known is None:
            self._known = list(self._certificates(now))
        page = self._source.inquire(cursor, self._known, now)
        if page.again_in is None:
            self._known = None
        return page

    def _certificates(self, now: datetime) -> Iterator[Certificate]:
        """All that are somebody's now, of the credentials that it gives; of people whom it knows by an identifier."""
        asked = {"topics": orjson.dumps(sorted(self._source.credentials)).decode(), "at": to_us(now)}
        with self._database.reading() as session:
            found = {
                (row.person, row.topic, _number(row.body)) for row in session.all(register.certificates_told, asked)
            }
            for person, credential, token in sorted(found):
                holder, number = self._holder(person, now, session), self._directory.name_of(token, session)[1]
                if holder and number:
                    yield Certificate(holder, credential, number)

    def _holder(self, person: str, now: datetime, session: Connection) -> str:
        """How the source calls a person now; empty if it does not, or nobody can say it any more."""
        try:
            known = self._directory.identifiers(person, self._identifiers, to_us(now), session)
        except LicetError:  # the key is gone: of who was erased nobody is asked
            return ""
        return next((each.name for each in known if each.now), "")


def _number(body: str | None) -> str:
    """The token of the number that a statement speaks of; empty where it has none."""
    return str(orjson.loads(body).get("number", "")) if body else ""
