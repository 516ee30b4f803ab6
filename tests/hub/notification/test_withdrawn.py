"""HR hears, by a real mail server, whose access issuers closed: one mail however many, once."""

from datetime import timedelta

import pytest

from hub.alarms.desk import open_alarms
from hub.mailing import MailRoute
from hub.notification.undelivered import UNTOLD, HrAddress
from hub.notification.withdrawn import LONGEST, QUIET, Withdrawn
from hub.store.tables.withdrawals import withdrawals
from tests.conftest import HandClock
from tests.contract.mailbox import listening
from tests.hub.decision.test_law import NOW, ZONE, opened, qualified, send, send_together, status
from tests.hub.doors import HeldDoor, enforced, entries_of, instance, mail_route

PEOPLE = [f"E{n}" for n in range(1, 7)]
SECOND = timedelta(seconds=1)


@pytest.fixture
def mailbox():
    with listening() as started:
        yield started


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def parts(tmp_path, clock):
    with opened(tmp_path / "hub", clock, instances={"iam": instance(HeldDoor(), "roster")}) as made:
        for number in PEOPLE:
            for message in qualified(number):
                send(made, message, clock)
        enforced(made)
        yield made


def telling(parts, clock, mailbox, hr="hr@staff.example", language="en"):
    route = mail_route(mailbox.port)
    return Withdrawn(
        HrAddress(hr, language, ZONE),
        [MailRoute(route.name, route.messenger)],
        parts.folder.positions.get,
        directory=parts.directory,
        database=parts.database,
        writer=parts.writer,
        clock=clock,
        most=4,
    )


def withdraw(parts, clock, *numbers, said="revoked"):
    for number in numbers:
        send(parts, status(number, "high", said, 5), clock)


def told(parts):
    return [(each["count"], each["outcome"]) for each in entries_of(parts, "withdrawals")]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Data centre operations: 6", "for 6 people", "and 2 more")),
        ("zh", ("数据中心运维岗位：6", "以下 6 人", "另有 2 人")),
    ],
)
def test_hr_hears_once_of_all_whom_an_issuer_withdrew_at_once(parts, clock, mailbox, language, words):
    hr = telling(parts, clock, mailbox, language=language)
    withdraw(parts, clock, *PEOPLE[:3])
    hr.turn()
    clock.advance(QUIET - SECOND)
    withdraw(parts, clock, *PEOPLE[3:], said="suspended")
    clock.advance(QUIET - SECOND)
    hr.turn()
    assert mailbox.taken == [], "more may come"
    clock.advance(SECOND)
    hr.turn()
    (mail,) = mailbox.mails
    shown = mail.get_content()
    position = parts.folder.positions["dc-operations"].name
    assert mail["To"] == "hr@staff.example" and "6" in mail["Subject"]
    assert f"{getattr(position, language)}" in shown
    assert (
        all(each in shown for each in words[1:]) and sum(f"({n})" in shown or f"（{n}）" in shown for n in PEOPLE) == 4
    )
    for _ in range(3):
        clock.advance(LONGEST)
        hr.turn()
        telling(parts, clock, mailbox).turn()
    assert len(mailbox.taken) == 1 and told(parts) == [(6, "accepted")], "a restart tells it no second time"


def test_those_of_whom_doors_are_closed_before_anybody_is_judged_are_told_of_once_too(parts, clock, mailbox):
    people = {parts.directory.person_by_number(number) for number in PEOPLE}
    parts.left_over.add([("f" * 32, ["date"])])  # somebody waits: of those that follow each is put off
    parts.writer.call(lambda tx: [tx.due(person, at=tx.now, because="date") for person in people])
    withdraw(parts, clock, *PEOPLE)
    parts.deadlines.work_off()
    clock.advance(QUIET)
    telling(parts, clock, mailbox).turn()
    assert told(parts) == [(len(PEOPLE), "accepted")]


def test_while_some_still_come_hr_waits_no_longer_than_that(parts, clock, mailbox):
    hr = telling(parts, clock, mailbox)
    withdraw(parts, clock, PEOPLE[0])
    clock.advance(LONGEST - QUIET / 2)
    withdraw(parts, clock, PEOPLE[1])
    hr.turn()
    assert told(parts) == []
    clock.advance(QUIET / 2)
    hr.turn()
    assert told(parts) == [(2, "accepted")]


def test_what_hr_could_not_be_told_is_an_alarm_until_it_is_told(parts, clock, mailbox):
    mailbox.answer["RCPT"] = "550 no"
    hr = telling(parts, clock, mailbox)
    withdraw(parts, clock, *PEOPLE)
    clock.advance(QUIET)
    hr.turn()
    assert told(parts) == [(6, "failed")] and UNTOLD in {each.code for each in open_alarms(parts.database)}
    mailbox.answer.clear()
    clock.advance(timedelta(minutes=2))
    hr.turn()
    assert told(parts)[1:] == [(6, "accepted")] and len(mailbox.taken) == 1
    assert UNTOLD not in {each.code for each in open_alarms(parts.database)}


def test_who_lost_nothing_as_the_post_is_only_observed_is_not_told_of(tmp_path, clock, mailbox):
    with opened(tmp_path / "hub", clock, instances={"iam": instance(HeldDoor(), "roster")}) as parts:
        for number in PEOPLE:
            for message in qualified(number):
                send(parts, message, clock)
        hr = telling(parts, clock, mailbox)
        withdraw(parts, clock, PEOPLE[0])  # judged at once
        send_together(parts, [status(number, "high", "revoked", 5) for number in PEOPLE[1:]], clock)
        with parts.database.reading() as session:
            assert session.one(withdrawals, {}).people == 0
        hr.turn()
        clock.advance(QUIET)
        hr.turn()
        assert told(parts) == [] and mailbox.taken == []


def test_what_ends_by_its_date_and_what_was_closed_before_is_not_told(parts, clock, mailbox):
    hr = telling(parts, clock, mailbox)
    withdraw(parts, clock, PEOPLE[0], said="suspended")
    clock.advance(QUIET)
    hr.turn()
    send(parts, status(PEOPLE[0], "high", "revoked", 6), clock)
    clock.advance(timedelta(days=900))  # whatever the others had has ended
    parts.deadlines.work_off()
    hr.turn()
    clock.advance(QUIET)
    hr.turn()
    assert told(parts) == [(1, "accepted")]
