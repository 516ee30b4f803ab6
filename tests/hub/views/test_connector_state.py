"""How each outside system stands is kept in the store: who opens it anew sees the same dead sink."""

from datetime import timedelta

import pytest

from connectors.port import Address, Message
from hub.audit.recorded import Recorded
from hub.called import CalledDoor, CalledMessenger
from hub.clock import to_us
from hub.store.database import Database
from hub.store.tables import connectors as tables
from hub.store.tables import notices
from hub.views.status import connectors, metrics
from schemas.errors import LicetError, RejectedError, UnavailableError, UnknownOutcomeError
from schemas.notice import Notice
from tests.conftest import HandClock
from tests.contract.mailbox import listening
from tests.hub.audit.test_calls import Other
from tests.hub.decision.test_law import NOW, opened, qualified, roster, send, status
from tests.hub.doors import delivering, enforced, entries, mail_route, row, until

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def parts(tmp_path, clock):
    with opened(tmp_path / "hub", clock) as made:
        _ = made.writer  # it makes the store
        yield made


def shown(parts, name="iam", messenger=""):
    """As somebody sees it who has just opened the store."""
    database = Database(parts.folder.database_url)
    try:
        [found] = connectors(database, {name: "Adapter"}, messenger)
    finally:
        database.close()
    return found


def asked(parts, clock, error: Exception | None = None) -> None:
    other = Other(clock, error)
    try:
        CalledDoor(other, Recorded("iam", other, parts.calls)).probe()
    except Exception as raised:
        assert error in (raised, raised.__cause__)
    parts.call_record.turn()


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (UnavailableError("peer.unreachable", "away"), "away", "peer.unreachable"),
        (UnavailableError("peer.throttled", "later"), "away", "peer.throttled"),
        (UnknownOutcomeError("cut off"), "away", "peer.unknown-outcome"),
        (RejectedError("peer.auth", "who are you"), "refused", "peer.auth"),
        (RejectedError("peer.rejected", "not that one"), "well", "peer.rejected"),
        (KeyError("a bug"), "away", "KeyError"),
    ],
)
def test_a_system_that_fails_is_shown_so_until_it_answers_again_also_after_a_restart(parts, clock, error, state, code):
    assert shown(parts).state == "unheard"
    asked(parts, clock)
    assert shown(parts).state == "well" and shown(parts).last_contact_at == NOW
    clock.advance(MINUTE)
    asked(parts, clock, error)
    found = shown(parts)
    assert (found.state, found.last_error, found.last_error_at) == (state, code, clock.at)
    assert found.last_contact_at == (clock.at if state == "well" else NOW)
    told = found.json()
    assert told["state_zh"] and told["state_en"] and told["last_error_zh"] and told["last_error_en"]
    assert isinstance(error, LicetError) == (told["last_error_en"] != code), "a code is said in words"
    assert (
        f'licet_connector_state{{connector="iam",state="{state}"}} 1.0'
        in metrics(parts.database, {"iam": "Adapter"}).decode()
    )
    clock.advance(MINUTE)
    asked(parts, clock)
    found = shown(parts)
    assert (found.state, found.last_error) == ("well", code), "the last error stays to be read"


def test_what_strangers_do_at_a_door_says_nothing_of_the_system(parts, clock):
    asked(parts, clock)
    clock.advance(MINUTE)
    refusal = {"of": "iam", "code": "auth.signature", "at": to_us(clock.at)}
    parts.writer.call(lambda tx: tx.session.run(tables.connector_error, refusal))
    assert shown(parts).state == "well"


def test_a_mail_server_shows_what_waits_for_it_and_since_when(parts, clock):
    with listening() as mailbox:
        messenger = CalledMessenger(Recorded("mail", mail_route(mailbox.port).messenger, parts.calls))
        messenger.send(Message("s", "t"), to=Address("mail", "a@x.example"), key="k")
        mailbox.answer["RCPT"] = "550 no such user"
        clock.advance(MINUTE)
        with pytest.raises(RejectedError):
            messenger.send(Message("s", "t"), to=Address("mail", "b@x.example"), key="l")
    parts.call_record.turn()
    send(parts, roster("E1"), clock)
    about = {"position": "dc-operations", "kind": "granted", "audience": "person", "cause": "full", "stage": "1"}
    waiting = {**about, "id": "n", "person": "p", "body": Notice(**about, at=NOW).model_dump_json(), "state": "decided"}
    waiting |= {"decided_at": to_us(NOW), "next_at": 0, "tries": 0, "receipt": None}
    parts.writer.call(lambda tx: tx.session.run(notices.insert_notice, waiting))
    found = shown(parts, "mail", "mail")
    assert (found.state, found.backlog, found.waiting_since) == ("waiting", 1, NOW)
    assert found.last_error == "mail.recipient", "it is well, and refused one"


@pytest.mark.parametrize("wanted", ["present", "absent"])
def test_what_a_sink_refused_is_called_refused_with_its_reason_and_never_unknown(tmp_path, wanted):
    def refuse(change):
        if change.target == "dc-ops" and change.wanted == wanted:
            raise RejectedError("peer.rejected", "403 it says")

    with delivering(tmp_path / "hub") as (parts, door, clock):
        if wanted == "present":
            door.fail = refuse
        for message in qualified("E1"):
            send(parts, message, clock)
        enforced(parts)
        if wanted == "absent":
            until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed", "the door is open")
            door.fail = refuse
            send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: entries(parts, "failed", "dc-ops"), "it was refused")
        said = entries(parts, "failed", "dc-ops", "unknown")
        assert {(each["kind"], each["outcome"], each["code"]) for each in said} == {
            ("failed", "refused", "peer.rejected")
        }
        found = shown(parts)
        assert found.backlog >= 1 and found.waiting_since is not None and found.last_error == "peer.rejected"
