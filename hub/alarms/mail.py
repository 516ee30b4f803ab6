"""Tells operators of alarms by mail: at most one mail a minute each, again while nobody acts, until one is taken.

What counts is what a mail server said: only a mail that it took is told. Where an operator cannot be told, the next
route is tried, then the other operators, and that is an alarm itself. A mail of which nobody knows whether it arrived
is sent once more as the same message, and no third time.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from connectors.port import Address, Messenger
from hub.alarms.desk import alarm_of
from hub.alarms.letter import letter
from hub.clock import Clock, to_us
from hub.identity.operators import Operators
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import alarms as sql
from hub.store.writer import Writer
from schemas.errors import RejectedError, UnavailableError, UnknownOutcomeError

UNTOLD = "alarm.untold"
PAUSE = timedelta(minutes=1)
"""An operator gets at most one mail in so long."""
LONGEST_PAUSE = timedelta(minutes=15)
"""So long at most until an operator who cannot be told is tried again."""
COPIES = 2
MOST = 40
"""Alarms in one mail; the others come with the next."""

Progress = Callable[[], None]
Heard = Literal["accepted", "failed", "unknown"]


class AlarmReader(NamedTuple):
    """An operator, and where and in which language they read."""

    name: str
    mail: str
    language: str


class AlarmRoute(NamedTuple):
    """A connector that sends mail."""

    name: str
    messenger: Messenger


class _Bundle(NamedTuple):
    """What one mail tells: these alarms, and whether there are more; ``sent``: copies that may have arrived."""

    alarms: Sequence[sql.AlarmRow]
    more: bool
    sent: int = 0

    def key_for(self, reader: str) -> str:
        """The same for the same news: what makes a copy the same message."""
        told = [f"{each.id} {each.told} {each.told_at}" for each in self.alarms]
        return f"alarms-{sha256(chr(10).join([reader, *told]).encode()).hexdigest()}"


class _Outcome(NamedTuple):
    """How it went by one route."""

    heard: Heard
    code: str | None = None


class AlarmMail:
    """Tells operators what is on the list of alarms. ``first`` hear of all; ``others`` where one of them cannot."""

    def __init__(
        self,
        first: Sequence[AlarmReader],
        others: Sequence[AlarmReader],
        routes: Sequence[AlarmRoute],
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
        self._routes = routes
        self._hub = hub
        self._zone = zone
        self._remind = remind
        self._operators = operators
        self._database = database
        self._writer = writer
        self._clock = clock
        self._pause = pause
        self._waits: dict[str, tuple[float, int]] = {}
        self._doubtful: dict[str, _Bundle] = {}
        self._deaf: dict[str, str] = {}
        self._unkept: list[Callable[[Tx], None]] = []

    @property
    def untold(self) -> str | None:
        """Why somebody could not be told of alarms when that was tried last: a code."""
        return next(iter(tuple(self._deaf.values())), None)

    def turn(self, progress: Progress = lambda: None) -> None:
        """Tell whoever is to be told something now. Says by ``progress`` that it goes on: a mail may take minutes."""
        self._keep()
        if not self._routes:
            return
        heard = [self._serve(reader, progress) for reader in self._first]
        if not all(heard):
            for reader in self._others:
                self._serve(reader, progress)

    def _serve(self, reader: AlarmReader, progress: Progress) -> bool:
        """Whether the operator could be told when that was tried last."""
        ripe_at, tries = self._waits.get(reader.name, (0.0, 0))
        if self._clock.monotonic() < ripe_at:
            return reader.name not in self._deaf
        bundle = self._doubtful.pop(reader.name, None) or self._bundle(reader)
        if bundle is None:
            return reader.name not in self._deaf
        pause = min(self._pause * 2 ** min(tries, 9), max(LONGEST_PAUSE, self._pause))
        self._waits[reader.name] = (self._clock.monotonic() + pause.total_seconds(), tries + 1)
        if self._tell(reader, bundle, progress):
            self._waits[reader.name] = (self._clock.monotonic() + self._pause.total_seconds(), 0)
        return reader.name not in self._deaf

    def _bundle(self, reader: AlarmReader) -> _Bundle | None:
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
        return _Bundle(rows[:MOST], len(rows) > MOST)

    def _tell(self, reader: AlarmReader, bundle: _Bundle, progress: Progress) -> bool:
        """Whether some route took it."""
        for route in self._routes:
            progress()
            heard, code = self._send(route, reader, bundle)
            bundle = bundle._replace(sent=bundle.sent + (heard == "unknown"))
            over = heard == "accepted" or bundle.sent >= COPIES
            self._keep(partial(self._enter, reader, bundle.alarms, route.name, _Outcome(heard, code), over))
            if heard == "accepted":
                self._deaf.pop(reader.name, None)
                return True
            self._deaf[reader.name] = code or UNTOLD
            if over:
                break
        if 0 < bundle.sent < COPIES:
            self._doubtful[reader.name] = bundle
        self._keep(_raise_untold)
        return False

    def _send(self, route: AlarmRoute, reader: AlarmReader, bundle: _Bundle) -> _Outcome:
        alarms = [alarm_of(row) for row in bundle.alarms]
        message = letter(alarms, self._hub, reader.language, self._zone, more=bundle.more)
        try:
            route.messenger.send(message, to=Address("mail", reader.mail), key=bundle.key_for(reader.name))
        except UnknownOutcomeError as error:
            return _Outcome("unknown", error.code)
        except (UnavailableError, RejectedError) as error:
            return _Outcome("failed", error.code)
        return _Outcome("accepted")

    def _keep(self, *units: Callable[[Tx], None]) -> None:
        """Keep what became of mails, in order; until that is done nothing more is sent."""
        self._unkept += units
        while self._unkept:
            self._writer.call(self._unkept[0])
            del self._unkept[0]

    def _enter(
        self, reader: AlarmReader, alarms: Sequence[sql.AlarmRow], route: str, outcome: _Outcome, over: bool, tx: Tx
    ) -> None:
        """On record how one mail went; told again only after a while once it was taken, or may have arrived twice."""
        acting = self._operators.one(reader.name)
        acting.member(tx)
        (token,), (heard, code) = acting.tokens, outcome
        tx.log("told", operator=token, connector=route, count=len(alarms), outcome=heard, code=code)
        if over:
            tx.session.many(sql.set_telling, [{"cause": a.cause, "operator": token, "at": tx.now_us} for a in alarms])
        if heard == "accepted":
            for each in alarms:
                tx.session.run(sql.set_told_of, {"of": each.cause, "at": tx.now_us})


def _raise_untold(tx: Tx) -> None:
    """That somebody cannot be told stands on the list as well, once."""
    known = tx.session.one(sql.alarm_of_code, {"code": UNTOLD})
    if known is None or known.state == "ended":
        tx.log("alarm", code=UNTOLD)
