"""Operators hear of alarms by a real mail server; what one loses goes by another way, in two copies at most."""

from collections.abc import Iterator
from datetime import timedelta

import orjson
import pytest

from connectors.notification.smtp import Settings as SmtpSettings
from connectors.notification.smtp import Smtp
from hub.alarms.desk import open_alarms
from hub.alarms.mail import UNTOLD, AlarmMail, AlarmReader
from hub.mailing import Mailing, MailRoute
from hub.store.tables import log
from hub.store.tables.erased import OF_A_PERSON
from schemas.errors import UnavailableError
from tests.conftest import HandClock
from tests.contract.mailbox import Mailbox, listening
from tests.hub.alarms.test_alarms import raise_
from tests.hub.decision.test_law import NOW, ZONE, opened
from tests.ports import free_port

WANG = AlarmReader("wang", "wang@ops.example", "zh")
LI = AlarmReader("li", "li@ops.example", "en")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def parts(tmp_path, clock):
    with opened(tmp_path / "hub", clock) as made:
        yield made


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with listening() as started:
        yield started


@pytest.fixture
def second() -> Iterator[Mailbox]:
    with listening() as started:
        yield started


def route(port: int, name: str = "mail", deadline: float = 15.0) -> MailRoute:
    settings = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "licet@hub.example"}
    return MailRoute(name, Smtp(name, SmtpSettings.model_validate({**settings, "answer_seconds": deadline})))


def telling(parts, clock, *routes: MailRoute, first=(WANG,), others=()) -> AlarmMail:
    return AlarmMail(
        first,
        others,
        routes,
        hub="licet",
        zone=ZONE,
        remind=timedelta(hours=4),
        operators=parts.operators,
        database=parts.database,
        writer=parts.writer,
        clock=clock,
    )


def told(parts) -> list[tuple[str, str, str | None]]:
    with parts.database.reading() as session:
        found = [orjson.loads(each.body) for each in session.all(log.entries_after, {"seq": -1, "limit": 9999})]
    return [(each["outcome"], each["connector"], each.get("code")) for each in found if each["kind"] == "told"]


def text(mail) -> str:
    return mail.get_content()


def state(parts) -> dict[str, tuple[bool, int]]:
    return {each.code: (each.told_at is not None, each.told) for each in open_alarms(parts.database)}


def test_operators_are_told_what_it_is_and_what_to_do_each_in_their_language(parts, clock, mailbox):
    raise_(parts, "sink.unconfirmed", connector="iam", person="a" * 32, target="room")
    raise_(parts, "hub.loop")
    telling(parts, clock, route(mailbox.port), first=(WANG, LI)).turn()
    by_reader = {mail["To"]: mail for mail in mailbox.mails}
    assert set(by_reader) == {"wang@ops.example", "li@ops.example"}
    assert "2" in by_reader["li@ops.example"]["Subject"]
    for each in open_alarms(parts.database):
        for reader in (WANG, LI):
            shown = text(by_reader[reader.mail])
            assert each.meaning(reader.language) in shown and each.remedy(reader.language) in shown
            assert f"licet alarms ack {each.id}" in shown
    assert told(parts) == [("accepted", "mail", None)] * 2
    assert state(parts) == {"sink.unconfirmed": (True, 2), "hub.loop": (True, 2)}


def test_an_operator_gets_one_mail_a_minute_however_much_happens(parts, clock, mailbox):
    mail = telling(parts, clock, route(mailbox.port))
    raise_(parts, "hub.loop")
    mail.turn()
    for n in range(60):
        raise_(parts, "review.stuck", person=f"{n:032x}")
        mail.turn()
        telling(parts, clock, route(mailbox.port)).turn()  # a restart is no reason either
    assert len(mailbox.taken) == 1
    clock.advance(MINUTE)
    mail.turn()
    mail.turn()
    clock.advance(MINUTE)
    mail.turn()
    assert len(mailbox.taken) == 3 and sum(text(each).count("licet alarms ack") for each in mailbox.mails) == 61
    clock.advance(MINUTE)
    mail.turn()
    assert len(mailbox.taken) == 3, "all of it is told"


def test_who_is_erased_while_the_mail_goes_out_keeps_no_other_alarm_from_being_told(parts, clock, mailbox):
    raise_(parts, "sink.unconfirmed", connector="iam", person="a" * 32, target="room")
    sends = route(mailbox.port)

    class Erasing:
        """The mail server of another hub, which takes its time."""

        def send(self, message, *, to, key):
            [erases] = [each for each in OF_A_PERSON if "alarms" in each.text]
            parts.writer.call(lambda tx: tx.session.run(erases, {"person": "a" * 32}))
            return sends.messenger.send(message, to=to, key=key)

    mail = telling(parts, clock, MailRoute("mail", Erasing()))
    mail.turn()
    raise_(parts, "hub.loop")
    clock.advance(MINUTE)
    mail.turn()
    assert told(parts) == [("accepted", "mail", None)] * 2 and state(parts) == {"hub.loop": (True, 1)}
    with parts.database.reading() as session:
        assert session.connection.execute("SELECT count(*) FROM tellings").fetchone() == (1,)


def test_what_can_never_be_kept_of_a_mail_is_dropped_and_what_waits_for_the_store_is_not(parts, clock):
    failures = [UnavailableError("store.busy", "locked")]
    mailing = Mailing([], lambda *_: [], UNTOLD, writer=parts.writer, clock=clock)

    def busy(tx):
        if failures:
            raise failures.pop()
        tx.log("alarm", code="hub.loop")

    def wrong(_tx):
        raise KeyError("gone")

    with pytest.raises(UnavailableError):
        mailing.keep(wrong, busy, wrong)
    mailing.keep()
    assert [(each.code, each.times) for each in open_alarms(parts.database)] == [("hub.loop", 1)]


def test_it_is_told_again_while_nobody_acts_and_no_more_once_somebody_has(parts, clock, mailbox):
    mail = telling(parts, clock, route(mailbox.port))
    raise_(parts, "hub.loop")
    mail.turn()
    clock.advance(timedelta(hours=3, minutes=59))
    mail.turn()
    assert len(mailbox.taken) == 1
    clock.advance(MINUTE)
    mail.turn()
    assert len(mailbox.taken) == 2 and state(parts) == {"hub.loop": (True, 2)}
    assert len({each["Message-ID"] for each in mailbox.mails}) == 2, "a reminder is news"
    (alarm,) = open_alarms(parts.database)
    parts.alarm_desk.acknowledge(alarm.id, "wang")
    clock.advance(timedelta(hours=9))
    mail.turn()
    assert len(mailbox.taken) == 2
    raise_(parts, "hub.loop")
    mail.turn()
    assert len(mailbox.taken) == 3, "it happened again"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"RCPT": "550 no such user"}, "mail.recipient"),
        ({"RCPT": "451 later"}, "peer.throttled"),
        ({"MAIL": "530 who are you"}, "peer.auth"),
        ({"DATA": "554 no"}, "mail.message"),
    ],
)
def test_what_one_server_refuses_another_takes(parts, clock, mailbox, second, answer, code):
    mailbox.answer.update(answer)
    raise_(parts, "hub.loop")
    mail = telling(parts, clock, route(mailbox.port), route(second.port, "relay"))
    mail.turn()
    assert told(parts) == [("failed", "mail", code), ("accepted", "relay", None)]
    assert len(second.taken) == 1 and mail.untold is None and state(parts) == {"hub.loop": (True, 1)}


def test_that_an_operator_cannot_be_told_is_an_alarm_and_others_hear_of_it(parts, clock, mailbox):
    mailbox.refused.add("wang@ops.example")
    raise_(parts, "hub.loop")
    mail = telling(parts, clock, route(mailbox.port), others=(LI,))
    mail.turn()
    (taken,) = mailbox.mails
    assert taken["To"] == "li@ops.example" and "hub.loop" in text(taken) and UNTOLD in text(taken)
    assert mail.untold == "mail.recipient" and state(parts)[UNTOLD] == (True, 1)
    mail.turn()
    assert len(told(parts)) == 2, "a refused address is not tried at every turn"
    mailbox.refused.clear()
    clock.advance(timedelta(minutes=16))
    mail.turn()
    assert {each["To"] for each in mailbox.mails} == {"li@ops.example", "wang@ops.example"} and mail.untold is None


def test_while_nobody_answers_nothing_counts_as_told_and_all_of_it_comes_later(parts, clock, mailbox):
    gone = telling(parts, clock, route(free_port()))
    raise_(parts, "hub.loop")
    gone.turn()
    assert gone.untold == "peer.unreachable" and told(parts) == [("failed", "mail", "peer.unreachable")]
    assert state(parts) == {"hub.loop": (False, 0), UNTOLD: (False, 0)}
    assert [each.times for each in open_alarms(parts.database) if each.code == UNTOLD] == [1]
    telling(parts, clock, route(mailbox.port)).turn()
    (taken,) = mailbox.mails
    assert "hub.loop" in text(taken) and UNTOLD in text(taken)


@pytest.mark.parametrize("how", ["hang_up_after_data", "stall_after_data"])
def test_an_answer_that_was_lost_costs_one_more_copy_and_no_third(parts, clock, mailbox, how):
    mailbox.hang_up_after_data = how == "hang_up_after_data"
    mailbox.stall_after_data = how == "stall_after_data"
    raise_(parts, "hub.loop")
    mail = telling(parts, clock, route(mailbox.port, deadline=0.5))
    mail.turn()
    for _ in range(5):
        clock.advance(timedelta(minutes=16))
        mail.turn()
    copies = [each["Message-ID"] for each in mailbox.mails if UNTOLD not in text(each)]
    assert len(copies) == 2 and len(set(copies)) == 1
    assert {outcome for outcome, _route, _code in told(parts)} == {"unknown"} and mail.untold == "peer.unknown-outcome"
    assert state(parts)["hub.loop"] == (False, 0), "nobody knows, so nobody counts as told"


def test_the_other_route_carries_the_second_copy(parts, clock, mailbox, second):
    mailbox.hang_up_after_data = True
    raise_(parts, "hub.loop")
    telling(parts, clock, route(mailbox.port), route(second.port, "relay")).turn()
    (one,), (two,) = mailbox.mails, second.mails
    assert one["Message-ID"] == two["Message-ID"] and state(parts) == {"hub.loop": (True, 1)}


def test_the_mail_names_nobody(parts, clock, mailbox):
    raise_(parts, "sink.unconfirmed", connector="iam", person="a" * 32, target="room")
    telling(parts, clock, route(mailbox.port)).turn()
    (mail,) = mailbox.mails
    assert "a" * 32 in text(mail) and mail["To"] == "wang@ops.example"


def test_a_clock_that_was_ahead_and_is_set_back_silences_nobody_and_floods_nobody(parts, clock, mailbox):
    clock.at += timedelta(days=365)
    raise_(parts, "hub.loop")
    telling(parts, clock, route(mailbox.port)).turn()
    clock.at -= timedelta(days=365)
    clock.seconds += 86400
    raise_(parts, "position.missing")
    mail = telling(parts, clock, route(mailbox.port))
    mail.turn()
    assert len(mailbox.taken) == 2
    for _ in range(10):
        clock.advance(MINUTE)
        mail.turn()
    assert len(mailbox.taken) == 2, "both are told; nothing has happened since"
