"""What every messenger promises, over a real server that refuses, hangs up and stalls on demand."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from connectors.notification.smtp import Settings, Smtp
from connectors.port import Address, Link, Message, Messenger, Receipt
from schemas.errors import RejectedError, UnavailableError, UnknownOutcomeError
from tests.contract.mailbox import Mailbox, listening
from tests.ports import free_port

TEXT = "王伟，您的低压电工证将于 2026-12-31 到期。\n.starts with a dot\nlast"
MESSAGE = Message("资质即将到期 – 30 days", TEXT)
WANG, LI = Address("mail", "wang@staff.example"), Address("mail", "li@staff.example")


@dataclass
class Case:
    """One messenger, and the mailbox behind it."""

    messenger: Messenger
    mailbox: Mailbox

    def send(self, key: str = "k1", to: Address = WANG, message: Message = MESSAGE) -> Receipt:
        return self.messenger.send(message, to=to, key=key)


def smtp(port: int, **more: object) -> Smtp:
    settings = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "licet@hub.example"}
    return Smtp("mail", Settings.model_validate({**settings, "deadline_seconds": 2.0, "answer_seconds": 2.0, **more}))


@pytest.fixture(params=["smtp"])
def case() -> Iterator[Case]:
    with listening() as mailbox:
        yield Case(smtp(mailbox.port), mailbox)


class TestEveryMessenger:
    def test_a_message_arrives_as_it_was_written(self, case: Case) -> None:
        receipt = case.send()
        [mail] = case.mailbox.mails
        assert receipt.id
        assert mail["Subject"] == "资质即将到期 – 30 days"
        assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == TEXT

    def test_a_line_that_is_a_dot_ends_nothing(self, case: Case) -> None:
        case.send(message=Message("dots", "first\n.\n..two\n.x\nlast"))
        [mail] = case.mailbox.mails
        assert mail.get_content().split() == ["first", ".", "..two", ".x", "last"]

    def test_one_envelope_has_one_recipient(self, case: Case) -> None:
        case.send(to=WANG)
        case.send(to=LI)
        assert [each.rcpt_tos for each in case.mailbox.taken] == [["wang@staff.example"], ["li@staff.example"]]

    def test_the_same_key_makes_the_same_message(self, case: Case) -> None:
        first, again, other = case.send("k1"), case.send("k1"), case.send("k2")
        contents = [each.content for each in case.mailbox.taken]
        assert first.id == again.id != other.id
        assert contents[0] == contents[1] != contents[2]

    @pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
    def test_a_passing_refusal_can_be_tried_later(self, case: Case, command: str) -> None:
        case.mailbox.answer[command] = "451 busy"
        with pytest.raises(UnavailableError):
            case.send()
        assert case.mailbox.taken == []

    @pytest.mark.parametrize(
        ("command", "answer", "code"),
        [
            ("RCPT", "550 no such user wang@staff.example", "mail.recipient"),
            ("RCPT", "553 5.7.1 wang may not be written to", "mail.recipient"),
            ("DATA", "550 5.1.1 no such user wang@staff.example", "mail.recipient"),
            ("DATA", "552 5.2.2 mailbox of wang is full", "mail.recipient"),
            ("DATA", "552 5.3.4 larger than wang may have", "mail.message"),
            ("DATA", "554 5.7.1 looks like advertising for wang", "mail.message"),
            ("DATA", "550 no such user wang@staff.example", "mail.message"),
            ("MAIL", "550 5.1.8 who is wang", "mail.message"),
            ("MAIL", "550 wang", "mail.message"),
        ],
    )
    def test_a_final_refusal_is_for_a_person_and_says_of_what(
        self, case: Case, command: str, answer: str, code: str
    ) -> None:
        case.mailbox.answer[command] = answer
        with pytest.raises(RejectedError) as refused:
            case.send()
        assert "wang" not in str(refused.value) and refused.value.code == code

    def test_an_answer_lost_after_the_message_was_taken_is_unknown(self, case: Case) -> None:
        case.mailbox.hang_up_after_data = True
        with pytest.raises(UnknownOutcomeError):
            case.send()
        assert len(case.mailbox.taken) == 1

    def test_an_answer_that_does_not_come_is_unknown_at_the_deadline(self, case: Case) -> None:
        case.mailbox.stall_after_data = True
        began = time.monotonic()
        with pytest.raises(UnknownOutcomeError):
            smtp(case.mailbox.port, answer_seconds=0.4).send(MESSAGE, to=WANG, key="k")
        assert time.monotonic() - began < 1.5

    @pytest.mark.parametrize(
        "to", ["", "wang", "wang@", "a@b@c", "wang@x.example>\r\nRCPT TO:<li@x.example", "王@x.cn"]
    )
    def test_what_is_no_address_is_refused_before_anything_is_sent(self, case: Case, to: str) -> None:
        with pytest.raises(RejectedError):
            case.send(to=Address("mail", to))
        assert case.mailbox.taken == []

    def test_an_address_of_a_kind_that_it_does_not_reach_is_refused(self, case: Case) -> None:
        with pytest.raises(RejectedError):
            case.send(to=Address("carrier-pigeon", WANG.value))
        assert case.mailbox.taken == []

    def test_where_a_reader_can_go_on_is_shown_with_what_it_is(self, case: Case) -> None:
        case.send(message=Message("s", "first", (Link("Ask a person", "https://hub.example/ask?n=1"),)))
        [mail] = case.mailbox.mails
        assert mail.get_content().splitlines() == ["first", "", "Ask a person: https://hub.example/ask?n=1"]

    def test_a_line_end_in_a_subject_adds_no_header(self, case: Case) -> None:
        case.send(message=Message("Hello\r\n Bcc: all@staff.example\nBcc: all@staff.example", "text"))
        [mail] = case.mailbox.mails
        assert mail["Bcc"] is None


def test_a_server_that_is_away_can_be_tried_later() -> None:
    with pytest.raises(UnavailableError) as away:
        smtp(free_port()).send(MESSAGE, to=WANG, key="k")
    assert away.value.code == "peer.unreachable"
