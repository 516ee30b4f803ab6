"""Tells operators of alarms by mail: at most one mail a minute each, again while nobody acts, until one is taken.

Where an operator cannot be told by any route, the other operators are, and that is an alarm itself.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.alarms.desk import alarm_of
from hub.alarms.letter import letter
from hub.clock import Clock, to_us
from hub.identity.operators import Operators
from hub.mailing import PAUSE, Mail, Mailing, MailRoute, Outcome, Progress, Unit, same
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import alarms as sql
from hub.store.writer import Writer

UNTOLD = "alarm.untold"
MOST = 40
"""Alarms in one mail; the others come with the next."""


_Alarms = Sequence[sql.AlarmRow]


class AlarmReader(NamedTuple):
    """An operator, and where and in which language they read."""

    name: str
    mail: str
    language: str


class AlarmMail:
    """Tells operators what is on the list of alarms. ``first`` hear of all; ``others`` where one of them cannot."""

    def __init__(
        self,
        first: Sequence[AlarmReader],
        others: Sequence[AlarmReader],
        routes: Sequence[MailRoute],
        *,
        hub: str,
        zone: ZoneInfo,
        remind: timedelta,
        operators: Operators,
        database: Database,
        writer: Writer,
        clock: Clock,
        pause: timedelta = PAUSE,
    ) -> None:
        self._first = first
        self._others = others
        self._hub = hub
        self._zone = zone
        self._remind = remind
        self._operators = operators
        self._database = database
        self._clock = clock
        self._pause = pause
        self._mailing = Mailing[_Alarms](routes, self._enter, UNTOLD, writer=writer, clock=clock, pause=pause)

    @property
    def untold(self) -> str | None:
        """Why somebody could not be told of alarms when that was tried last: a code."""
        return self._mailing.why_untold

    def turn(self, progress: Progress = lambda: None) -> None:
        """Tell whoever is to be told something now. Says by ``progress`` that it goes on: a mail may take minutes."""
        self._mailing.keep()
        if not self._mailing.routes:
            return
        heard = [self._serve(reader, progress) for reader in self._first]
        if not all(heard):
            for reader in self._others:
                self._serve(reader, progress)

    def _serve(self, reader: AlarmReader, progress: Progress) -> bool:
        """Whether the operator could be told when that was tried last."""
        return self._mailing.serve(reader.name, lambda: self._mail(reader), progress)

    def _mail(self, reader: AlarmReader) -> Mail[_Alarms] | None:
        """What an operator is to be told now, if a mail may be sent to them now."""
        (token,), now = self._operators.one(reader.name).tokens, self._clock.now()
        about = {"operator": token, "now": to_us(now)}
        asked = {**about, "before": to_us(now - self._remind), "limit": MOST + 1}
        with self._database.reading() as session:
            last = session.one(sql.last_telling, about)
            rows = session.all(sql.alarms_to_tell, asked)
        told_at = None if last is None else last.told_at
        if not rows or (told_at is not None and told_at > to_us(now - self._pause)):
            return None
        shown, more = [alarm_of(row) for row in rows[:MOST]], len(rows) > MOST
        message = letter(shown, self._hub, reader.language, self._zone, more=more)
        news = [f"{each.id} {each.told} {each.told_at}" for each in rows[:MOST]]
        return Mail(reader.mail, message, same("alarms", [reader.name, *news]), rows[:MOST])

    def _enter(self, reader: str, about: _Alarms, route: str, outcome: Outcome, over: bool) -> Iterator[Unit]:
        """On record how one mail went; told again only after a while once it was taken, or may have arrived twice."""
        acting = self._operators.one(reader)

        def unit(tx: Tx) -> None:
            acting.member(tx)
            (token,) = acting.tokens
            tx.log("told", operator=token, connector=route, count=len(about), outcome=outcome.word, code=outcome.code)
            if over:
                told = [{"cause": each.cause, "operator": token, "at": tx.now_us} for each in about]
                tx.session.many(sql.set_telling, told)
            if outcome.word == "accepted":
                for each in about:
                    tx.session.run(sql.set_told_of, {"of": each.cause, "at": tx.now_us})

        yield unit
