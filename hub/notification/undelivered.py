"""Tells HR by mail what could not be delivered: whom by name, which message, what to do; each once, several together.

What counts is what a mail server took. A mail of which nobody knows whether it arrived is sent once more as the same
message, and no third time; what HR's own server refuses waits. That HR cannot be told, or is named nowhere, is an alarm
of its own until a server took a mail to HR.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from connectors.port import Address, Message, Messenger
from hub.clock import Clock
from hub.identity.directory import Directory
from hub.notification.texts import render
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import alarms
from hub.store.tables import notices as sql
from hub.store.writer import Writer
from schemas.errors import CODES, RejectedError, UnavailableError, UnknownOutcomeError
from schemas.notice import Notice
from schemas.position import Position

UNTOLD = "notice.hr-untold"
Progress = Callable[[], None]
PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)
COPIES = 2
MOST = 40
"""Messages that one mail tells of; the others come with the next."""

_SUBJECT = {"zh": "{count} 条通知未能送达", "en": "{count} message(s) could not be delivered"}
_OPENING = {
    "zh": "以下人员未收到通知，请另行通知本人，并在名册中核对其邮箱：",
    "en": "These people did not get a message. Tell them by another way, and mend their address in the roster:",
}
_ERASED = {"zh": "（已删除）", "en": "(erased)"}


class HrAddress(NamedTuple):
    """Where HR reads, in which language, by whose zone."""

    mail: str
    language: str
    zone: ZoneInfo


class _Letter(NamedTuple):
    """One mail about these messages; ``sent``: copies that may have arrived."""

    rows: Sequence[sql.FailedNotice]
    message: Message
    sent: int = 0

    @property
    def key(self) -> str:
        """The same for the same messages."""
        return f"undelivered-{sha256(chr(10).join(each.id for each in self.rows).encode()).hexdigest()}"


class _Outcome(NamedTuple):
    """How it went by one route."""

    word: Literal["accepted", "failed", "unknown"]
    code: str | None = None


class Undelivered:
    """Tells HR. ``routes``: by name, what sends mail, in the order in which they are tried."""

    def __init__(
        self,
        hr: HrAddress,
        routes: Sequence[tuple[str, Messenger]],
        positions: Callable[[str], Position | None],
        *,
        directory: Directory,
        database: Database,
        writer: Writer,
        clock: Clock,
    ) -> None:
        self._hr = hr
        self._routes = routes
        self._positions = positions
        self._directory = directory
        self._database = database
        self._writer = writer
        self._clock = clock
        self._ripe_at = 0.0
        self._tries = 0
        self._doubtful: _Letter | None = None
        self._unkept: list[Callable[[Tx], None]] = []

    def turn(self, progress: Progress = lambda: None) -> None:
        """Tell what is to be told now. Says by ``progress`` that it goes on: a mail may take minutes."""
        self._keep()
        if self._clock.monotonic() < self._ripe_at:
            return
        letter, self._doubtful = self._doubtful or self._letter(), None
        if letter is None:
            return
        self._pause(self._tries)
        self._tries += 1
        if self._tell(letter, progress):
            self._tries = 0
            self._pause(0)

    def _pause(self, tries: int) -> None:
        self._ripe_at = self._clock.monotonic() + min(PAUSE * 2 ** min(tries, 9), LONGEST_PAUSE).total_seconds()

    def _letter(self) -> _Letter | None:
        with self._database.reading() as session:
            rows = session.all(sql.failed_notices, {"limit": MOST})
            lines = [line for row in rows for line in self._about(row, session)]
        if not rows:
            return None
        subject = _SUBJECT[self._hr.language].format(count=len(rows))
        return _Letter(rows, Message(subject, "\n".join([_OPENING[self._hr.language], "", *lines])))

    def _about(self, row: sql.FailedNotice, session: Connection) -> Iterator[str]:
        """Whom, by name and number, and what they should have read."""
        language, known = self._hr.language, CODES.get(row.receipt or "")
        profile, position = self._directory.profile(row.person, session), self._positions(row.position)
        name = _ERASED[language] if profile is None else f"{profile.name} ({profile.employee_no})"
        title = row.kind
        if position is not None and profile is not None:
            notice = Notice.model_validate_json(row.body)
            title = render(notice, position, profile.name, language, self._hr.zone).subject
        why = "" if known is None else f" [{known.zh if language == 'zh' else known.en}]"
        yield f"- {name}: {title}{why}"

    def _tell(self, letter: _Letter, progress: Progress) -> bool:
        """Whether some route took it."""
        for name, messenger in self._routes if self._hr.mail else ():
            progress()
            outcome = self._send(messenger, letter)
            letter = letter._replace(sent=letter.sent + (outcome.word == "unknown"))
            over = outcome.word == "accepted" or letter.sent >= COPIES
            self._keep(partial(_enter, letter.rows, name, outcome, over))
            if outcome.word == "accepted":
                return True
            if over:
                break
        if 0 < letter.sent < COPIES:
            self._doubtful = letter
        self._keep(_raise_untold)
        return False

    def _send(self, messenger: Messenger, letter: _Letter) -> _Outcome:
        try:
            messenger.send(letter.message, to=Address("mail", self._hr.mail), key=letter.key)
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


def _enter(rows: Sequence[sql.FailedNotice], route: str, outcome: _Outcome, over: bool, tx: Tx) -> None:
    """On record what HR was told of; no more once it was taken, or may have arrived twice."""
    for row in rows:
        tx.log("escalated", notice=row.id, connector=route, outcome=outcome.word, code=outcome.code)
        if over:
            tx.session.run(sql.tell_hr, {"of": row.id, "at": tx.now_us})
    if outcome.word == "accepted" and (alarm := _untold(tx)) is not None:
        tx.session.run(alarms.set_alarm, {"of": alarm.id, "state": "ended", "at": tx.now_us})


def _raise_untold(tx: Tx) -> None:
    """That HR cannot be told stands on the list of alarms, once."""
    if _untold(tx) is None:
        tx.log("alarm", code=UNTOLD)


def _untold(tx: Tx) -> alarms.AlarmRow | None:
    """The alarm that HR cannot be told, if it is not over."""
    known = tx.session.one(alarms.alarm_of_code, {"code": UNTOLD})
    return None if known is None or known.state == "ended" else known
