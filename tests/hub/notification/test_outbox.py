"""What becomes of a notice, over a real mail server: taken, refused, put off or unknown is what it says."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import orjson
import pytest

from hub.access.leases import decider, store_us, us
from hub.alarms.desk import open_alarms
from hub.assembly import Assembly
from hub.store.tables import log, notices
from schemas.notice import Notice
from schemas.people import Person
from tests.contract.mailbox import Mailbox, listening
from tests.hub.decision.test_law import NOW, opened, roster, send, t
from tests.hub.doors import LiveClock, mail_route, outbox_of, turning, until


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with listening() as started:
        yield started


@contextmanager
def hub(
    path,
    mailbox: Mailbox,
    owner: str = "decider/test",
    sent_by: str = "",
    audience: str = "hr",
    known: Sequence[Person] = (),
) -> Iterator[Assembly]:
    """A hub with one notice to HR that waits, or is being sent by somebody, and its outbox running."""
    clock = LiveClock(NOW)
    with opened(path, clock) as parts:
        send(parts, roster("E1"), clock)
        for each in known:
            send(parts, ("roster", [each]), clock)
        person = parts.directory.person_by_number("E1")
        parts.writer.call(lambda tx: tx.session.run(notices.insert_notice, waiting(person, audience)))
        if sent_by:
            parts.writer.call(lambda tx: tx.session.run(notices.send_notice, sent(sent_by, store_us(tx.session))))
        outbox = outbox_of(parts, [mail_route(mailbox.port)], clock, owner)
        with turning(outbox, parts.activators.mail):
            try:
                yield parts
            finally:
                mailbox.released.set()


NOTICE = "0190c4f0-3d1a-7abc-8def-0123456789ab"


def waiting(person, audience="hr"):
    about = {"position": "dc-operations", "kind": "granted", "audience": audience, "cause": "full", "stage": "1"}
    row = {"id": NOTICE, "person": person, **about, "body": Notice(**about, at=NOW).model_dump_json()}
    return {**row, "state": "decided", "decided_at": 0, "next_at": 0, "tries": 0, "receipt": None}


def sent(by, now):
    return {"of": NOTICE, "owner": by, "now": now, "until": now + us(3600), "tries": 1}


def notice(parts):
    with parts.database.reading() as session:
        session._cursor.execute(f"SELECT state, receipt, tries FROM notices WHERE id = '{NOTICE}'")
        return session._cursor.fetchone()


def said(parts):
    with parts.database.reading() as session:
        found = [orjson.loads(each.body) for each in session.all(log.entries_after, {"seq": -1, "limit": 999})]
        told = [each for each in found if each["kind"] == "notified"]
        assert {each["notice"] for each in told} <= {NOTICE}
        receipts = [parts.enclosures.content(each["id"], "receipt", session) for each in told]
    words = [b"" if each is None else each.partition(b"\n")[0] for each in receipts]
    return [(each["outcome"], each.get("code", word.decode())) for each, word in zip(told, words, strict=True)]


def test_a_mail_that_was_taken_is_accepted_with_its_receipt(tmp_path, mailbox):
    with hub(tmp_path / "hub", mailbox) as parts:
        until(lambda: notice(parts)[0] == "accepted", "it is accepted")
        [mail] = mailbox.mails
        assert mail["To"] == "hr@staff.example"
        assert said(parts) == [("accepted", mail["Message-ID"])]


@pytest.mark.parametrize(
    ("command", "code", "alarm"),
    [
        ("RCPT", "mail.recipient", "notice.undelivered"),
        ("MAIL", "mail.message", "mail.message"),
        ("DATA", "mail.message", "mail.message"),
    ],
)
def test_a_mail_that_was_refused_has_failed_and_what_to_do_follows_from_what_was(
    tmp_path, mailbox, command, code, alarm
):
    mailbox.answer[command] = "550 not here"
    with hub(tmp_path / "hub", mailbox) as parts:
        until(lambda: notice(parts)[0] not in ("decided", "sent"), "it is settled")
        assert notice(parts)[:2] == ("failed", code)
        assert said(parts) == [("failed", code)]
        assert [each.code for each in open_alarms(parts.database)] == [alarm]
        assert mailbox.taken == []


def test_who_has_no_address_is_told_by_somebody_else(tmp_path, mailbox):
    with hub(tmp_path / "hub", mailbox, audience="person") as parts:
        until(lambda: notice(parts)[0] == "failed", "it is settled")
        (alarm,) = open_alarms(parts.database)
        person = parts.directory.person_by_number("E1")
        assert (alarm.code, dict(alarm.about)) == (
            "notice.no-address",
            {"person": person, "position": "dc-operations"},
        )


def person(number, **more):
    return Person(subject=number, name=f"N{number}", as_of=t("2026-01-02T00:00"), **more)


BOSS = person("E9", mail="boss@staff.example", language="en")


@pytest.mark.parametrize(
    ("known", "reader"),
    [
        ([person("E1", manager="E9"), BOSS], "boss@staff.example"),
        ([person("E1", mail="e1@staff.example", manager="E1")], "hr@staff.example"),
        ([person("E1", manager="E9")], "hr@staff.example"),
        ([person("E1", manager="E9"), person("E9")], "hr@staff.example"),
        ([person("E1"), BOSS], "hr@staff.example"),
        (
            [person("E1", manager="E8"), BOSS, person("E1", manager="E9").model_copy(update={"as_of": NOW})],
            "boss@staff.example",
        ),
    ],
    ids=["known", "themselves", "nobody knows", "no address", "none named", "another since"],
)
def test_a_line_manager_reads_it_or_hr_in_the_place_of_one_who_is_not_reached(tmp_path, mailbox, known, reader):
    with hub(tmp_path / "hub", mailbox, audience="manager", known=known) as parts:
        until(lambda: notice(parts)[0] == "accepted", "it is accepted")
        [mail] = mailbox.mails
        assert mail["To"] == reader


def test_a_mail_that_was_put_off_is_sent_later(tmp_path, mailbox):
    mailbox.answer["RCPT"] = "451 come again"
    with hub(tmp_path / "hub", mailbox) as parts:
        until(lambda: notice(parts)[2] >= 2, "it was tried again")
        assert said(parts) == []
        mailbox.answer.clear()
        until(lambda: notice(parts)[0] == "accepted", "it is accepted")
        assert len(mailbox.taken) == 1


def test_a_mail_whose_answer_was_lost_is_unknown_and_sent_again_as_the_same_message(tmp_path, mailbox):
    mailbox.hang_up_after_data = mailbox.hang_up_once = True
    with hub(tmp_path / "hub", mailbox) as parts:
        until(lambda: notice(parts)[0] == "accepted", "it is accepted")
        assert len({mail["Message-ID"] for mail in mailbox.mails}) == 1 and len(mailbox.mails) == 2


def test_a_mail_whose_answer_is_lost_twice_is_never_sent_a_third_time_and_somebody_hears_of_it(tmp_path, mailbox):
    mailbox.hang_up_after_data = True
    with hub(tmp_path / "hub", mailbox) as parts:
        until(lambda: notice(parts)[0] == "failed", "it has failed")
        assert len(mailbox.mails) == 2 and len({mail["Message-ID"] for mail in mailbox.mails}) == 1
        assert said(parts) == [("failed", "peer.unknown-outcome")]
        (alarm,) = open_alarms(parts.database)
        person = parts.directory.person_by_number("E1")
        assert (alarm.code, dict(alarm.about)) == ("notice.undelivered", {"connector": "mail", "person": person})


def test_mail_waits_where_the_server_refuses_us_and_goes_out_once_that_is_mended(tmp_path, mailbox):
    mailbox.answer["MAIL"] = "530 5.7.0 authenticate first"
    with hub(tmp_path / "hub", mailbox) as parts:
        until(lambda: notice(parts)[2] >= 3, "it was tried again and again")
        assert notice(parts)[0] in ("decided", "sent") and said(parts) == []
        found = [(each.code, dict(each.about), each.times) for each in open_alarms(parts.database)]
        assert found == [("peer.auth", {"connector": "mail"}, 1)], "it is said once"
        mailbox.answer.clear()
        until(lambda: notice(parts)[0] == "accepted", "it is accepted")
        assert len(mailbox.mails) == 1


def test_a_mail_that_was_being_sent_by_a_process_that_is_gone_is_sent_once_more(tmp_path, mailbox):
    with hub(tmp_path / "hub", mailbox, owner=decider("second"), sent_by=decider("first")) as parts:
        until(lambda: notice(parts)[0] == "accepted", "it is accepted")
        assert notice(parts)[2] == 2 and len(mailbox.taken) == 1


def test_a_mail_that_another_process_is_sending_is_left_to_it_until_it_is_not_heard_of(tmp_path, mailbox):
    with hub(tmp_path / "hub", mailbox, owner="mailer/2", sent_by="mailer/1") as parts:
        time.sleep(1.5)  # time enough to take it
        assert notice(parts)[0] == "sent" and not mailbox.taken
        parts.writer.call(lambda tx: tx.session.control("UPDATE notices SET next_at = 1"))
        until(lambda: notice(parts)[0] == "accepted", "it is accepted")


def test_a_mail_that_takes_long_is_not_sent_by_another_worker_meanwhile(tmp_path, mailbox):
    mailbox.stall_after_data = True
    with hub(tmp_path / "hub", mailbox) as parts:
        until(lambda: mailbox.taken, "it is under way")
        parts.writer.call(lambda tx: tx.session.control("UPDATE notices SET next_at = 1"))
        time.sleep(1.5)  # time enough to take it
        assert len(mailbox.taken) == 1
        mailbox.released.set()
        until(lambda: notice(parts)[0] == "accepted", "it is accepted")
