"""Tells HR by mail whose access an issuer's own word closed: one mail of all that belong together, however many.

It is sent once no more have come for a while: thousands that an issuer withdraws at once are one mail, which says how
many, of which posts, and names the first.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from connectors.port import Message
from hub.clock import Clock, from_us, to_us
from hub.identity.directory import Directory
from hub.mailing import Mail, Mailing, MailRoute, Outcome, Progress, Unit, same
from hub.notification.hr_mails import called, withdrawn_mail
from hub.notification.undelivered import HR, UNTOLD, HrAddress, end_untold
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import withdrawals as sql
from hub.store.writer import Writer
from schemas.position import Position

QUIET = timedelta(seconds=30)
"""So long nobody else must have lost access until HR is told."""
LONGEST = timedelta(minutes=10)
"""HR is told of the first after so long at most, whatever still comes."""
MOST = 40
"""So many a mail names."""


class _Told(NamedTuple):
    """What a mail tells: of so many people, until an instant."""

    people: int
    until: int


class Withdrawn:
    """Tells HR. ``routes``: what sends mail, in the order in which they are tried; with none, nothing is kept."""

    def __init__(
        self,
        hr: HrAddress,
        routes: list[MailRoute],
        positions: Callable[[str], Position | None],
        *,
        directory: Directory,
        database: Database,
        writer: Writer,
        clock: Clock,
        most: int = MOST,
    ) -> None:
        self._hr = hr
        self._positions = positions
        self._directory = directory
        self._database = database
        self._writer = writer
        self._clock = clock
        self._most = most
        self._reached = bool(hr.mail and routes)
        self._mailing = Mailing[_Told](routes, _enter, UNTOLD, writer=writer, clock=clock)

    def turn(self, progress: Progress = lambda: None) -> None:
        """Tell what is to be told now. Says by ``progress`` that it goes on: a mail may take minutes."""
        self._mailing.keep()
        if self._reached:
            self._mailing.serve(HR, self._mail, progress)
        elif self._waiting().people:
            until = to_us(self._clock.now())
            self._writer.call(lambda tx: tx.session.run(sql.forget_told, {"until": until}))

    def _waiting(self) -> sql.Withdrawals:
        with self._database.reading() as session:
            found = session.one(sql.withdrawals, {})
        assert found is not None, "a count has a row"
        return found

    def _mail(self) -> Mail[_Told] | None:
        waiting = self._waiting()
        if waiting.first is None or waiting.last is None:
            return None
        now, first, last = self._clock.now(), from_us(waiting.first), from_us(waiting.last)
        if now - last < QUIET and now - first < LONGEST:
            return None
        told = _Told(waiting.people, waiting.last)
        message = self._message(told, first, last)
        return Mail(self._hr.mail, message, same("withdrawn", [str(waiting.first), *map(str, told)]), told)

    def _message(self, told: _Told, first: datetime, last: datetime) -> Message:
        """Posts with how many, people by name and number, what to do."""
        with self._database.reading() as session:
            posts = [(self._post(row), row.people) for row in session.all(sql.by_position, {"until": told.until})]
            named = session.all(sql.some, {"until": told.until, "limit": self._most})
            people = [self._called(row.person, session) for row in named]
        return withdrawn_mail(posts, people, told.people, (first, last), self._hr.language, self._hr.zone)

    def _post(self, row: sql.OfPosition) -> str:
        position = self._positions(row.position)
        return row.position if position is None else str(getattr(position.name, self._hr.language))

    def _called(self, person: str, session: Connection) -> str:
        profile = self._directory.profile(person, session)
        known = ("", "") if profile is None else (profile.name, profile.employee_no)
        return called(*known, self._hr.language)


def keep_withdrawn(lost: Iterable[tuple[str, set[str]]], tx: Tx) -> None:
    """Keep that an issuer's word closed access of people in posts: HR is to be told."""
    rows = [{"person": person, "position": each, "at": tx.now_us} for person, posts in lost for each in sorted(posts)]
    tx.session.many(sql.insert_withdrawal, rows)


def _enter(_reader: str, about: _Told, route: str, outcome: Outcome, over: bool) -> Iterator[Unit]:
    """On record what HR was told of; no more once it was taken, or may have arrived twice."""

    def unit(tx: Tx) -> None:
        tx.log("withdrawals", count=about.people, connector=route, outcome=outcome.word, code=outcome.code)
        if over:
            tx.session.run(sql.forget_told, {"until": about.until})

    yield unit
    if outcome.word == "accepted":
        yield end_untold
