"""What only webhooks do: signed as the standard says, sure of their order, and they promise nothing."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from standardwebhooks import Webhook as Verifier

from connectors.access.webhook import SPEC, Webhook
from connectors.port import Change
from connectors.webhook import WebhookSettings
from hub.access.examine import examine
from hub.access.sinks import Sink
from hub.config.instances import Instance
from hub.store.tables import connectors as rows
from schemas.errors import ConfigError, RejectedError, UnavailableError, UnknownOutcomeError
from tests.contract.test_doors import SECRET
from tests.contract.webhook_receiver import Receiver, receiving
from tests.hub.decision.test_law import NOW, opened, qualified, send, status
from tests.hub.doors import LiveClock, delivery_of, enforced, entries, row, turning, until

OTHER = "whsec_" + base64.b64encode(b"another secret of twenty-four bytes").decode()
GRANT = Change("HR-1", "role-dc-ops", "present", "hook/role-dc-ops/a.b/7/present")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(SECRET) as started:
        yield started


def door(url: str, now=None, **settings: object) -> Webhook:
    known = {"url": url, "secret": SECRET, "allow_private_address": True, **settings}
    return Webhook("hook", WebhookSettings.model_validate(known), *([now] if now else []))


def test_the_receiver_reads_who_what_and_in_which_order(receiver):
    door(receiver.url).apply(GRANT, fence=7)
    assert json.loads(receiver.bodies[0]) == {
        "type": "access.granted",
        "data": {"person": "HR-1", "target": "role-dc-ops", "wanted": "present", "epoch": 7, "key": GRANT.key},
    }


def test_one_change_is_one_message_however_often_it_is_sent(receiver):
    for _ in range(2):
        door(receiver.url).apply(GRANT, fence=7)
    assert len(set(receiver.taken)) == 1 and len(receiver.taken) == 2
    assert receiver.bodies[0] == receiver.bodies[1]
    assert receiver.members_of("role-dc-ops") == ["HR-1"]


def test_a_message_that_comes_late_opens_nothing_again(receiver):
    mine = door(receiver.url)
    mine.apply(Change("HR-1", "role-dc-ops", "absent", "later"), fence=8)
    mine.apply(GRANT, fence=7)
    assert receiver.members_of("role-dc-ops") == []


def test_chinese_targets_and_people_arrive_as_they_are(receiver):
    door(receiver.url).apply(Change("员工-1", "机房 A", "present", "hook/机房 A/1"), fence=1)
    assert receiver.members_of("机房 A") == ["员工-1"]


def test_a_secret_that_the_receiver_does_not_hold_is_refused_credentials(receiver):
    with pytest.raises(RejectedError) as refused:
        door(receiver.url, secret=OTHER).apply(GRANT, fence=1)
    assert refused.value.code == "peer.auth"
    assert receiver.refused and not receiver.bodies


def test_while_secrets_change_over_a_receiver_of_either_takes_it(receiver):
    door(receiver.url, secret=OTHER, former_secret=SECRET).apply(GRANT, fence=1)
    assert receiver.members_of("role-dc-ops") == ["HR-1"]
    assert Verifier(OTHER) and not receiver.refused


def test_the_time_of_sending_is_signed_so_an_old_message_is_worth_nothing(receiver):
    with pytest.raises(RejectedError) as refused:
        door(receiver.url, lambda: datetime.now(UTC) - timedelta(minutes=10)).apply(GRANT, fence=1)
    assert refused.value.code == "peer.auth" and "old" in receiver.refused[0]


@pytest.mark.parametrize(
    ("status", "failure", "code"),
    [
        (404, RejectedError, "peer.missing"),
        (410, RejectedError, "peer.gone"),
        (422, RejectedError, "peer.rejected"),
        (409, UnavailableError, "peer.conflict"),
        (429, UnavailableError, "peer.throttled"),
        (500, UnknownOutcomeError, "peer.unknown-outcome"),
        (307, RejectedError, "peer.bad-answer"),
    ],
)
def test_only_2xx_is_taken(receiver, status, failure, code):
    receiver.status = status
    with pytest.raises(failure) as failed:
        door(receiver.url).apply(GRANT, fence=1)
    assert failed.value.code == code


@pytest.mark.parametrize("secret", ["", "whsec_%%%", "whsec_c2hvcnQ=", "plain", SECRET.removeprefix("whsec_")])
def test_a_secret_of_another_form_is_refused_and_not_shown(secret):
    with pytest.raises(ValidationError) as refused:
        door("https://gate.example/hook", secret=secret)
    assert "Standard Webhooks" in str(refused.value)
    assert not secret or secret not in str(refused.value)


def test_plain_http_to_others_is_refused():
    with pytest.raises(ConfigError):
        door("http://gate.example/hook", allow_private_address=False)


def test_it_is_tried_with_a_message_that_changes_nothing(receiver):
    found = list(examine(Sink("hook", door(receiver.url), "roster"), ["role-dc-ops"], ["E1"]))
    assert [(each.tried, each.code, each.stops) for each in found] == [
        ("connection", "", False),
        ("people", "", False),
        ("read-back", "sink.no-read-back", False),
    ]
    assert json.loads(receiver.bodies[0])["type"] == "probe" and not receiver.inside


def test_a_revocation_ends_as_accepted_and_never_as_confirmed(tmp_path: Path, receiver):
    clock = LiveClock(NOW)
    settings = WebhookSettings.model_validate({"url": receiver.url, "secret": SECRET, "allow_private_address": True})
    instance = Instance("iam", SPEC, settings, "roster", timedelta(seconds=60))
    with opened(tmp_path / "hub", clock, instances={"iam": instance}) as parts:
        with turning(delivery_of(parts, parts.sinks, clock), parts.activators.delivery):
            for message in qualified("E1"):
                send(parts, message, clock)
            enforced(parts)
            until(lambda: "E1" in receiver.members_of("dc-ops"), "it was told to let E1 in")
            receiver.status = 503
            send(parts, status("E1", "high", "revoked", 5), clock)
            until(lambda: last_error(parts) == "peer.throttled", "it cannot take the revocation now")
            receiver.status = 204
            until(lambda: row(parts, "E1", "dc-ops")["state"] == "accepted", "the revocation was taken")
            assert receiver.members_of("dc-ops") == []
            until(lambda: row(parts, "E1", "dc-ops")["wanted"] == "absent", "it is to be closed")
        assert not entries(parts, "confirmed", "dc-ops")
        assert {each["code"] for each in entries(parts, "accepted", "dc-ops")} == {"sink.no-read-back"}
        assert [each.seen for each in parts.reconciler.differences(parts.sinks["iam"])] == []


def last_error(parts):
    with parts.database.reading() as store:
        return next(each.last_error for each in store.all(rows.connectors, {}) if each.connector == "iam")
