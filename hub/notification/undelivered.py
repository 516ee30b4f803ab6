"""Tells HR by mail what could not be delivered: whom by name, which message, what to do; each once, several together.

That HR cannot be told, or is named nowhere, is an alarm of its own until a server took a mail to HR.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.clock import Clock
from hub.identity.directory import Directory
from hub.mailing import Mail, Mailing, MailRoute, Outcome, Progress, Unit, open_alarm, same
from hub.notification.hr_mails import NotTold, called, undelivered_mail
from hub.notification.texts import subject
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import alarms
from hub.store.tables import notices as sql
from hub.store.writer import Writer
from schemas.errors import CODES
from schemas.notice import Notice
from schemas.position import Position

UNTOLD = "notice.hr-untold"
HR = "hr"
MOST = 40
"""Messages that one mail tells of; the others come with the next."""

_CURES = {
    "mail.recipient": {"zh": "请在名册中更正其邮箱", "en": "mend their address in the roster"},
    "notice.no-address": {"zh": "请在名册中补全其邮箱", "en": "give them an address in the roster"},
    "mail.message": {
        "zh": "邮箱无误，运维人员正与邮件服务器核实",
        "en": "their address is right; operators look at the mail server",
    },
}
"""What HR can do about the cause, where it can, by the code of what went wrong."""
_Failed = Sequence[sql.FailedNotice]


class HrAddress(NamedTuple):
    """Where HR reads, in which language, by whose zone."""

    mail: str
    language: str
    zone: ZoneInfo


class Undelivered:
    """Tells HR. ``routes``: what sends mail, in the order in which they are tried."""

    def __init__(
        self,
        hr: HrAddress,
        routes: Sequence[MailRoute],
        positions: Callable[[str], Position | None],
        *,
        directory: Directory,
        database: Database,
        writer: Writer,
        clock: Clock,
    ) -> None:
        self._hr = hr
        self._positions = positions
        self._directory = directory
        self._database = database
        self._clock = clock
        self._mailing = Mailing[_Failed](routes, _enter, UNTOLD, writer=writer, clock=clock)

    def turn(self, progress: Progress = lambda: None) -> None:
        """Tell what is to be told now. Says by ``progress`` that it goes on: a mail may take minutes."""
        self._mailing.keep()
        self._mailing.serve(HR, self._mail, progress)

    def _mail(self) -> Mail[_Failed] | None:
        with self._database.reading() as session:
            rows = session.all(sql.failed_notices, {"limit": MOST})
            untold = [self._about(row, session) for row in rows]
        if not rows:
            return None
        message = undelivered_mail(untold, self._clock.now(), self._hr.language, self._hr.zone)
        return Mail(self._hr.mail, message, same("undelivered", [each.id for each in rows]), rows)

    def _about(self, row: sql.FailedNotice, session: Connection) -> NotTold:
        """Whom, by name and number, and what they should have read."""
        language, known = self._hr.language, CODES.get(row.receipt or "")
        profile, position = self._directory.profile(row.person, session), self._positions(row.position)
        title = row.kind
        if position is not None and profile is not None:
            title = subject(Notice.model_validate_json(row.body), position, language, self._hr.zone)
        why = [] if known is None else [known.zh if language == "zh" else known.en]
        why += [cure[language] for cure in (_CURES.get(row.receipt or ""),) if cure]
        who = ("", "") if profile is None else (profile.name, profile.employee_no)
        return NotTold(called(*who, language), title, why)


def _enter(_reader: str, about: _Failed, route: str, outcome: Outcome, over: bool) -> Iterator[Unit]:
    """On record what HR was told of; no more once it was taken, or may have arrived twice."""

    def unit(tx: Tx) -> None:
        for row in about:
            tx.log("escalated", notice=row.id, connector=route, outcome=outcome.word, code=outcome.code)
            if over:
                tx.session.run(sql.tell_hr, {"of": row.id, "at": tx.now_us})

    yield unit
    if outcome.word == "accepted":
        yield end_untold


def end_untold(tx: Tx) -> None:
    """HR was told of something: that it cannot be is over."""
    if (alarm := open_alarm(UNTOLD, tx)) is not None:
        tx.session.run(alarms.set_alarm, {"of": alarm.id, "state": "ended", "at": tx.now_us})
