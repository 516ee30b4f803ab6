"""What waits for a person: alarms nobody has looked at, cases past their day, and who would hear at all."""

from collections.abc import Iterator
from datetime import datetime

from hub.clock import to_us
from hub.config.folder import HubFolder
from hub.config.settings import Settings
from hub.doctor.finding import Finding
from hub.rules.files.renewals import reviews_near
from hub.store.statement import Connection
from hub.store.tables import alarms, looks
from schemas.words import Words, number_of


def owners(session: Connection, folder: HubFolder, now: datetime) -> Iterator[Finding]:
    """What no person has taken up, and whether anybody is named who would."""
    lines = [*_alarms(session), *_cases(session, now), *_renewals(folder, now), *_nobody(folder.settings)]
    yield from lines
    if not lines:
        words = Words(
            "no open alarm, no case past its day; operators and HR are named", "无未处理告警和逾期事项，人员已指定"
        )
        yield Finding("owners", "good", words)


def _alarms(session: Connection) -> Iterator[Finding]:
    raised = sum(each.alarms for each in session.all(alarms.alarm_counts, {}) if each.state == "raised")
    untold = session.one(alarms.untold_count, {})
    if raised:
        words = Words(f"{number_of(raised, 'alarm')} nobody has looked at", f"{raised} 项告警无人处理")
        yield Finding("owners", "bad", words, "licet alarms list")
    if untold is not None and untold.alarms:
        words = Words(
            f"{number_of(untold.alarms, 'alarm')} no operator was told of",
            f"{untold.alarms} 项告警未告知任何运维人员",
        )
        yield Finding("owners", "bad", words, "licet connectors")


def _cases(session: Connection, now: datetime) -> Iterator[Finding]:
    found = session.one(looks.open_cases, {"now": to_us(now)})
    if found is not None and found.overdue:
        words = Words(
            f"{number_of(found.overdue, 'case is past its', 'cases are past their')} day, of {found.cases} open: "
            "gone to the head of HR",
            f"{found.cases} 项待处理事项中 {found.overdue} 项已逾期，已转人力资源部门负责人",
        )
        yield Finding("owners", "bad", words, "licet cases list")
    elif found is not None and found.cases:
        words = Words(
            f"{number_of(found.cases, 'case waits', 'cases wait')}, none past its day",
            f"{found.cases} 项待处理，均未逾期",
        )
        yield Finding("owners", "soon", words, "licet cases list")


def _renewals(folder: HubFolder, now: datetime) -> Iterator[Finding]:
    """Renewal rules whose sources somebody has to read again."""
    today = now.astimezone(folder.zone).date()
    for rule in reviews_near(folder.positions.values(), folder.renewals, today):
        day = rule.next_review_on
        if day < today:
            words = Words(
                f"renewal rule {rule.id} was to be reviewed by {day}: what it quotes may be out of date",
                f"续期规则 {rule.id} 应于 {day} 前核对，所引内容可能已过时",
            )
        else:
            words = Words(f"renewal rule {rule.id} is to be reviewed by {day}", f"续期规则 {rule.id} 应于 {day} 前核对")
        yield Finding("owners", "soon", words, f"licet rules renewal {rule.id}")


def _nobody(settings: Settings) -> Iterator[Finding]:
    if not settings.operators:
        words = Words("no operator is named: nobody hears of alarms", "未指定运维人员，无人能收到告警")
        yield Finding("owners", "bad", words, "licet check")
    if not settings.hub.hr_mail:
        words = Words("hub.hr_mail is empty: HR hears of nothing", "未填写 hub.hr_mail，人力资源部门收不到通知")
        yield Finding("owners", "bad", words, "licet check")
