"""Mail that must be heard: one at a time to each reader, by the first route that takes it, at most two copies.

What counts is what a mail server took. A mail of which nobody knows whether it arrived is sent once more as the same
message, and no third time; what a server refuses waits, longer each time. That a reader cannot be told is an alarm.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Generic, Literal, NamedTuple, TypeVar

from connectors.port import Address, Message, Messenger
from hub.clock import Clock
from hub.store.commit import Tx
from hub.store.tables import alarms
from hub.store.writer import Writer
from schemas.errors import RejectedError, UnavailableError, UnknownOutcomeError

COPIES = 2
PAUSE = timedelta(minutes=1)
"""A reader gets at most one mail in so long."""
LONGEST_PAUSE = timedelta(minutes=15)
"""So long at most until a reader who cannot be told is tried again."""

log = logging.getLogger(__name__)

Progress = Callable[[], None]
About = TypeVar("About")


class MailRoute(NamedTuple):
    """A connector that sends mail."""

    name: str
    messenger: Messenger


class Outcome(NamedTuple):
    """How it went by one route."""

    word: Literal["accepted", "failed", "unknown"]
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Mail(Generic[About]):
    """One mail, what it tells of, and its key: the same for a copy. ``sent``: copies that may have arrived."""

    to: str
    message: Message
    key: str
    about: About
    sent: int = 0

    @property
    def is_over(self) -> bool:
        """Whether no copy may follow."""
        return self.sent >= COPIES


Unit = Callable[[Tx], None]
Enter = Callable[[str, About, str, Outcome, bool], Iterable[Unit]]
"""What puts on record whom a mail told what, by which route, how that went, and whether it is not told again."""


def same(kind: str, lines: Sequence[str]) -> str:
    """The key of a mail: the same for the same news."""
    return f"{kind}-{sha256(chr(10).join(lines).encode()).hexdigest()}"


class Mailing(Generic[About]):
    """What is told to each of several readers. ``untold``: the code of the alarm that one of them cannot be told."""

    def __init__(
        self,
        routes: Sequence[MailRoute],
        enter: Enter[About],
        untold: str,
        *,
        writer: Writer,
        clock: Clock,
        pause: timedelta = PAUSE,
    ) -> None:
        self.routes = routes
        self._enter = enter
        self._untold = untold
        self._writer = writer
        self._clock = clock
        self._shortest = pause
        self._waits: dict[str, tuple[float, int]] = {}
        self._doubtful: dict[str, Mail[About]] = {}
        self._deaf: dict[str, str] = {}
        self._unkept: list[Unit] = []

    @property
    def why_untold(self) -> str | None:
        """Why somebody could not be told when that was tried last: a code."""
        return next(iter(tuple(self._deaf.values())), None)

    def serve(self, reader: str, mail: Callable[[], Mail[About] | None], progress: Progress) -> bool:
        """Tell a reader what there is, if it is time; whether they could be told when that was tried last."""
        ripe_at, tries = self._waits.get(reader, (0.0, 0))
        if self._clock.monotonic() >= ripe_at:
            found = self._doubtful.pop(reader, None) or mail()
            if found is not None:
                self._wait(reader, tries)
                if self._tell(reader, found, progress):
                    self._wait(reader, 0, counted=False)
        return reader not in self._deaf

    def keep(self, *units: Unit) -> None:
        """Keep what became of mails, in order; until that is done nothing more is sent.

        While the store is away that waits. What fails by a bug fails again: it is dropped, and everybody else is told.
        """
        self._unkept += units
        while self._unkept:
            try:
                self._writer.call(self._unkept[0])
            except UnavailableError:
                raise
            except Exception:
                log.exception("what became of a mail cannot be kept")
            del self._unkept[0]

    def _wait(self, reader: str, tries: int, *, counted: bool = True) -> None:
        pause = min(self._shortest * 2 ** min(tries, 9), max(LONGEST_PAUSE, self._shortest))
        self._waits[reader] = (self._clock.monotonic() + pause.total_seconds(), tries + counted)

    def _tell(self, reader: str, mail: Mail[About], progress: Progress) -> bool:
        """Whether some route took it."""
        for route in self.routes if mail.to else ():
            progress()
            outcome = _sent(route, mail)
            mail = replace(mail, sent=mail.sent + (outcome.word == "unknown"))
            over = outcome.word == "accepted" or mail.is_over
            self.keep(*self._enter(reader, mail.about, route.name, outcome, over))
            if outcome.word == "accepted":
                self._deaf.pop(reader, None)
                return True
            self._deaf[reader] = outcome.code or self._untold
            if over:
                break
        if mail.sent and not mail.is_over:
            self._doubtful[reader] = mail
        self.keep(self._raise)
        return False

    def _raise(self, tx: Tx) -> None:
        """That somebody cannot be told stands on the list of alarms, once."""
        if open_alarm(self._untold, tx) is None:
            tx.log("alarm", code=self._untold)


def open_alarm(code: str, tx: Tx) -> alarms.AlarmRow | None:
    """The alarm of a code that is about nothing else, if it is not over."""
    known = tx.session.one(alarms.alarm_of_code, {"code": code})
    return None if known is None or known.state == "ended" else known


def _sent(route: MailRoute, mail: Mail[About]) -> Outcome:
    try:
        route.messenger.send(mail.message, to=Address("mail", mail.to), key=mail.key)
    except UnknownOutcomeError as error:
        return Outcome("unknown", error.code)
    except (UnavailableError, RejectedError) as error:
        return Outcome("failed", error.code)
    return Outcome("accepted")
