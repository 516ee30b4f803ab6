"""HR hears, by a real mail server, of each message that nobody got: once, several in one mail, no third copy."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from hub.alarms.desk import open_alarms
from hub.alarms.late import LATE, LateNotices
from hub.assembly import Assembly
from hub.clock import to_us
from hub.mailing import MailRoute
from hub.notification.undelivered import UNTOLD, HrAddress, Undelivered
from hub.store.tables import notices
from schemas.notice import Notice
from tests.conftest import HandClock
from tests.contract.mailbox import Mailbox, listening
from tests.hub.decision.test_law import NOW, ZONE, opened, roster, send
from tests.hub.doors import entries_of, mail_route

HR = "hr@staff.example"


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def parts(tmp_path, clock) -> Iterator[Assembly]:
    with opened(tmp_path / "hub", clock) as made:
        for number in ("E1", "E2"):
            send(made, roster(number), clock)
        yield made


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with listening() as started:
        yield started


def keep(parts, number: str, state: str, n: int, audience: str = "person", code: str | None = None) -> None:
    """A message in a state."""
    about = {"position": "dc-operations", "kind": "granted", "audience": audience, "cause": "full", "stage": str(n)}
    body = Notice(**about, at=NOW).model_dump_json()
    row = {"id": f"0190c4f0-3d1a-7abc-8def-{n:012x}", "person": parts.directory.person_by_number(number), **about}
    row |= {
        "body": body,
        "state": state,
        "decided_at": to_us(parts.clock.now()),
        "next_at": 0,
        "tries": 1,
        "receipt": code,
    }
    parts.writer.call(lambda tx: tx.session.run(notices.insert_notice, row))


def telling(parts, clock, mailbox, language: str = "en", hr: str = HR) -> Undelivered:
    routes = [] if mailbox is None else [mail_route(mailbox.port)]
    return Undelivered(
        HrAddress(hr, language, ZONE),
        [MailRoute(route.name, route.messenger) for route in routes],
        parts.folder.positions.get,
        directory=parts.directory,
        database=parts.database,
        writer=parts.writer,
        clock=clock,
    )


def escalated(parts) -> list[tuple[str, str | None]]:
    return [(each["outcome"], each.get("code")) for each in entries_of(parts, "escalated")]


def untold(parts) -> list[int]:
    """How often the alarm was raised that HR cannot be told, if it is not over."""
    return [each.times for each in open_alarms(parts.database) if each.code == UNTOLD]


CURES = {"en": ("mend their address", "their address is right"), "zh": ("更正其邮箱", "邮箱无误")}


@pytest.mark.parametrize(("language", "title"), [("en", "Access granted"), ("zh", "岗位权限已开通")])
def test_hr_hears_whom_which_message_and_what_to_do_once_in_one_mail(parts, clock, mailbox, language, title):
    keep(parts, "E1", "failed", 1, code="mail.recipient")
    keep(parts, "E2", "failed", 2, code="mail.message")
    keep(parts, "E2", "accepted", 3)
    keep(parts, "E2", "failed", 4, audience="hr")
    told = telling(parts, clock, mailbox, language=language)
    told.turn()
    (mail,) = mailbox.mails
    shown = mail.get_content()
    assert mail["To"] == HR and "2" in mail["Subject"]
    assert all(f"（{n}）" in shown or f" ({n})" in shown for n in ("E1", "E2")) and shown.count(title) == 2
    of_one, of_other = [line for line in shown.replace("\n  ", " ").splitlines() if line.startswith("-")]
    assert CURES[language][0] in of_one and CURES[language][1] in of_other, "each with what to do about it"
    assert escalated(parts) == [("accepted", None)] * 2
    clock.advance(timedelta(hours=1))
    told.turn()
    telling(parts, clock, mailbox).turn()
    assert len(mailbox.taken) == 1, "a restart tells it no second time"


@pytest.mark.parametrize("answer", [{"RCPT": "550 no"}, {"MAIL": "451 later"}])
def test_what_hr_could_not_be_told_is_told_later_and_not_at_every_turn(parts, clock, mailbox, answer):
    mailbox.answer.update(answer)
    keep(parts, "E1", "failed", 1)
    told = telling(parts, clock, mailbox)
    told.turn()
    told.turn()
    assert [word for word, _code in escalated(parts)] == ["failed"] and mailbox.taken == []
    assert untold(parts) == [1]
    mailbox.answer.clear()
    clock.advance(timedelta(minutes=2))
    told.turn()
    assert [word for word, _code in escalated(parts)] == ["failed", "accepted"] and len(mailbox.taken) == 1
    assert untold(parts) == []


@pytest.mark.parametrize("missing", ["address", "route"])
def test_that_hr_is_named_nowhere_or_nothing_reaches_hr_is_one_alarm_until_hr_was_told(parts, clock, mailbox, missing):
    told = telling(parts, clock, mailbox, hr="") if missing == "address" else telling(parts, clock, None)
    told.turn()
    assert untold(parts) == [], "there is nothing to tell"
    keep(parts, "E1", "failed", 1)
    for _ in range(3):
        told.turn()
        clock.advance(timedelta(minutes=16))
    assert untold(parts) == [1] and escalated(parts) == [] and mailbox.taken == []
    telling(parts, clock, mailbox).turn()
    assert untold(parts) == [] and len(mailbox.taken) == 1


def test_a_mail_to_hr_whose_answer_is_lost_is_sent_once_more_and_no_third_time(parts, clock, mailbox):
    mailbox.hang_up_after_data = True
    keep(parts, "E1", "failed", 1)
    told = telling(parts, clock, mailbox)
    for _ in range(4):
        told.turn()
        clock.advance(timedelta(minutes=16))
    assert len(mailbox.mails) == 2 and len({mail["Message-ID"] for mail in mailbox.mails}) == 1
    assert [word for word, _code in escalated(parts)] == ["unknown", "unknown"]
    assert untold(parts) == [1], "nobody knows whether HR got it"


def late(parts, clock) -> list[tuple[str, int]]:
    """Look twice; what is open, and how often it was said."""
    watch = LateNotices(parts.database, parts.writer, clock, timedelta(hours=1))
    watch.turn()
    watch.turn()
    return [(each.about["person"], each.times) for each in open_alarms(parts.database) if each.code == LATE]


@pytest.mark.parametrize("state", ["decided", "unknown", "sent"])
def test_a_message_that_no_server_took_in_its_time_is_an_alarm_once_until_it_is_over(parts, clock, state):
    keep(parts, "E1", state, 1)
    keep(parts, "E1", state, 2)
    keep(parts, "E2", "accepted", 3)
    clock.advance(timedelta(minutes=59))
    assert late(parts, clock) == []
    clock.advance(timedelta(minutes=2))
    person = parts.directory.person_by_number("E1")
    assert late(parts, clock) == [(person, 1)]
    for n in (1, 2):
        row = {"of": f"0190c4f0-3d1a-7abc-8def-{n:012x}", "state": "accepted", "next_at": 0, "tries": 1}
        parts.writer.call(lambda tx, row=row: tx.session.run(notices.set_notice, {**row, "receipt": "<m@x>"}))
    assert late(parts, clock) == []


def test_a_late_message_somebody_has_looked_at_is_said_no_more_and_a_new_one_is(parts, clock):
    keep(parts, "E1", "decided", 1)
    clock.advance(timedelta(hours=2))
    assert len(late(parts, clock)) == 1
    (alarm,) = [each for each in open_alarms(parts.database) if each.code == LATE]
    parts.alarm_desk.acknowledge(alarm.id, "wang")
    assert late(parts, clock) == []
    clock.advance(timedelta(hours=1))
    keep(parts, "E1", "decided", 2)
    clock.advance(timedelta(hours=2))
    assert [times for _person, times in late(parts, clock)] == [2]
