"""What becomes of a notice, over a real mail server: taken, refused, put off or unknown is what it says."""

from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import pytest

from hub.assembly import Assembly
from hub.store import queries as q
from schemas.notice import Notice
from tests.contract.mailbox import Mailbox, listening
from tests.hub.decision.test_law import NOW, opened, roster, send
from tests.hub.doors import LiveClock, mail_route, outbox_of, until


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with listening() as started:
        yield started


@contextmanager
def hub(path, mailbox: Mailbox) -> Iterator[Assembly]:
    """A hub with one notice to HR that waits, and its outbox running."""
    clock = LiveClock(NOW)
    with opened(path, clock) as parts:
        send(parts, roster("E1"), clock)
        person = parts.directory.person_by_number("E1")
        parts.writer.call(lambda tx: tx.session.run(q.insert_notice, waiting(person)))
        outbox = outbox_of(parts, [mail_route(mailbox.port)], clock)
        outbox.start()
        try:
            yield parts
        finally:
            mailbox.released.set()
            outbox.stop()


def waiting(person):
    about = {"position": "dc-operations", "kind": "granted", "audience": "hr", "cause": "full", "stage": "1"}
    row = {"id": "n-1", "person": person, **about, "body": Notice(**about, at=NOW).model_dump_json()}
    return {**row, "state": "decided", "decided_at": 0, "next_at": 0, "tries": 0, "receipt": None}


def notice(parts):
    with parts.database.reading() as session:
        session._cursor.execute("SELECT state, receipt, tries FROM notices WHERE id = 'n-1'")
        return session._cursor.fetchone()


def said(parts):
    with parts.database.reading() as session:
        found = [orjson.loads(each.body) for each in session.all(q.entries_after, {"seq": -1, "limit": 999})]
    return [(each["outcome"], each.get("receipt")) for each in found if each["kind"] == "notified"]


def test_a_mail_that_was_taken_is_accepted_with_its_receipt(tmp_path, mailbox):
    with hub(tmp_path / "hub", mailbox) as parts:
        until(lambda: notice(parts)[0] == "accepted", "it is accepted")
        [mail] = mailbox.mails
        assert mail["To"] == "hr@staff.example"
        assert said(parts) == [("accepted", mail["Message-ID"])]


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_a_mail_that_was_refused_has_failed_and_never_counts_as_accepted(tmp_path, mailbox, command):
    mailbox.answer[command] = "550 not here"
    with hub(tmp_path / "hub", mailbox) as parts:
        until(lambda: notice(parts)[0] not in ("decided", "sent"), "it is settled")
        assert notice(parts)[:2] == ("failed", "peer.rejected")
        assert said(parts) == [("failed", "peer.rejected")]
        assert mailbox.taken == []


def test_a_mail_that_was_put_off_is_sent_later(tmp_path, mailbox):
    mailbox.answer["RCPT"] = "451 come again"
    with hub(tmp_path / "hub", mailbox) as parts:
        until(lambda: notice(parts)[2] >= 2, "it was tried again")
        assert said(parts) == []
        mailbox.answer.clear()
        until(lambda: notice(parts)[0] == "accepted", "it is accepted")
        assert len(mailbox.taken) == 1


def test_a_mail_whose_answer_was_lost_is_unknown_and_sent_again_as_the_same_message(tmp_path, mailbox):
    mailbox.hang_up_after_data = True
    with hub(tmp_path / "hub", mailbox) as parts:
        until(lambda: notice(parts)[0] == "unknown", "it is unknown")
        mailbox.hang_up_after_data = False
        until(lambda: notice(parts)[0] == "accepted", "it is accepted")
        assert len({mail["Message-ID"] for mail in mailbox.mails}) == 1 < len(mailbox.mails)
