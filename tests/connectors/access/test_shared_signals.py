"""What only Shared Signals do: found by discovery, verified by a foreign library, told once under one cause."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import KeySet, RSAKey
from pydantic import ValidationError

from connectors.access.shared_signals import SPEC, Settings
from connectors.port import Change, PeerState, Request
from hub.config.instances import Instance
from schemas.errors import PayloadError, RejectedError, UnavailableError, UnknownOutcomeError
from tests.contract.signal_receiver import AUDIENCE, CAEP, ISSUER, TOKEN, Receiver, receiving
from tests.contract.test_doors import SIGNING_KEY, published, signals
from tests.hub.decision.test_law import NOW, opened, qualified, send, status
from tests.hub.doors import LiveClock, delivery_of, enforced, entries, row, turning, until
from tests.hub.front.test_front import serving

REVOKED = Change("hr-1@example.cn", "role-dc-ops", "absent", "signals/role-dc-ops/a.b/7/absent")
CREDENTIAL, SESSION = f"{CAEP}credential-change", f"{CAEP}session-revoked"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


def door(receiver: Receiver, **settings: object):
    made = signals(receiver.url, **settings)
    receiver.keys = lambda: published(made, "/ssf/jwks.json")
    return made


def pem(key) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_a_closure_is_the_fact_and_its_effect_of_one_cause(receiver):
    door(receiver).apply(REVOKED, fence=7)
    fact, effect = receiver.taken.values()
    assert fact["txn"] == effect["txn"] and fact["jti"] != effect["jti"]
    assert list(fact["events"]) == [CREDENTIAL] and list(effect["events"]) == [SESSION]
    event = fact["events"][CREDENTIAL]
    assert (event["credential_type"], event["change_type"]) == ("verifiable-credential", "revoke")
    assert event["initiating_entity"] == "policy" and event["reason_admin"].keys() == {"zh-CN", "en"}
    assert fact["sub_id"] == {"format": "email", "email": "hr-1@example.cn"} == effect["sub_id"]
    assert receiver.ended == ["hr-1@example.cn"]


def test_an_opening_is_a_fact_alone_and_ends_no_session(receiver):
    door(receiver).apply(Change("hr-1@example.cn", "role-dc-ops", "present", "k"), fence=1)
    [fact] = receiver.taken.values()
    assert fact["events"][CREDENTIAL]["change_type"] == "update" and receiver.ended == []
    assert receiver.members_of("role-dc-ops") == ["hr-1@example.cn"]


def test_what_is_sent_again_is_the_same_to_the_receiver(receiver):
    for _ in range(2):
        door(receiver).apply(REVOKED, fence=7)
    assert len(receiver.taken) == 2 and receiver.deliveries == 4 and len(receiver.ended) == 1


def test_a_receiver_takes_what_it_asked_for_alone(receiver):
    door(receiver, events=["credential-change"]).apply(REVOKED, fence=7)
    assert [list(each["events"]) for each in receiver.taken.values()] == [[CREDENTIAL]]


@pytest.mark.parametrize(
    ("settings", "subject"),
    [
        (
            {"subject_format": "iss_sub", "subject_issuer": "https://iam.example"},
            {"format": "iss_sub", "iss": "https://iam.example", "sub": "hr-1@example.cn"},
        ),
        ({"subject_format": "opaque"}, {"format": "opaque", "id": "hr-1@example.cn"}),
    ],
)
def test_people_are_named_as_the_receiver_knows_them(receiver, settings, subject):
    door(receiver, **settings).apply(REVOKED, fence=7)
    assert [each["sub_id"] for each in receiver.taken.values()] == [subject, subject]


def test_a_key_of_tomorrow_is_published_before_it_signs(receiver):
    key = rsa.generate_private_key(65537, 2048)
    made = door(receiver, next_key=pem(key))
    kids = [each["kid"] for each in published(made, "/ssf/jwks.json")["keys"]]
    assert len(kids) == 2 and kids[1] == RSAKey.import_key(key).thumbprint()
    made.apply(REVOKED, fence=7)
    assert {each["kid"] for each in receiver.headers} == {kids[0]}
    door(receiver, key=pem(key)).apply(Change("b@example.cn", "role", "absent", "k2"), fence=8)
    assert receiver.headers[-1]["kid"] == kids[1]


def test_only_public_parts_of_keys_are_published():
    for each in published(signals("https://iam.example/signals"), "/ssf/jwks.json")["keys"]:
        assert each.keys() == {"kty", "n", "e", "kid", "use", "alg"}


def test_a_probe_is_the_standards_verification_event(receiver):
    door(receiver).probe()
    [claims] = receiver.taken.values()
    [(kind, event)] = claims["events"].items()
    assert kind.endswith("/ssf/event-type/verification") and len(event["state"]) == 32
    assert claims["sub_id"] == {"format": "opaque", "id": "licet"}


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"authorization": "Bearer other"}, "peer.auth"),
        ({"audience": "https://other.example"}, "peer.auth"),
        ({"issuer": "https://other.example"}, "peer.auth"),
    ],
)
def test_who_is_not_believed_hears_it_as_refused_credentials(receiver, settings, code):
    with pytest.raises(RejectedError) as refused:
        door(receiver, **settings).apply(REVOKED, fence=7)
    assert refused.value.code == code and not receiver.taken


def test_a_key_that_is_not_published_is_not_believed(receiver):
    made = door(receiver)
    other = pem(rsa.generate_private_key(65537, 2048))  # before anybody waits for an answer
    receiver.keys = lambda: published(signals(receiver.url, key=other), "/ssf/jwks.json")
    with pytest.raises(RejectedError) as refused:
        made.apply(REVOKED, fence=7)
    assert refused.value.code == "peer.auth" and "invalid_key" in refused.value.message


@pytest.mark.parametrize(
    ("status", "failure", "code"),
    [
        (200, UnknownOutcomeError, "peer.unknown-outcome"),
        (204, UnknownOutcomeError, "peer.unknown-outcome"),
        (400, RejectedError, "peer.rejected"),
        (404, RejectedError, "peer.rejected"),
        (429, UnavailableError, "peer.throttled"),
        (500, UnknownOutcomeError, "peer.unknown-outcome"),
    ],
)
def test_only_202_is_taken(receiver, status, failure, code):
    receiver.status = status
    with pytest.raises(failure) as failed:
        door(receiver).apply(REVOKED, fence=7)
    assert failed.value.code == code


def test_other_paths_and_methods_are_refused():
    made = signals("https://iam.example/signals")
    for method, path, code in (("GET", "/ssf/streams", "http.path"), ("POST", "/ssf/jwks.json", "http.method")):
        with pytest.raises(PayloadError) as refused:
            made.receive(Request(method, path, {}, {}, b"", "", NOW), PeerState())
        assert refused.value.code == code and made.failure(refused.value).status in (404, 405)


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://hub.example"},
        {"issuer": "https://hub.example/licet"},
        {"key": pem(rsa.generate_private_key(65537, 1024))},
        {"key": pem(ec.generate_private_key(ec.SECP256R1()))},
        {"key": "no key"},
        {"subject_format": "iss_sub"},
        {"subject_issuer": "https://iam.example"},
        {"events": ["session-revoked"]},
        {"events": ["account-disabled"]},
    ],
)
def test_settings_that_cannot_work_are_refused_and_show_no_key(wrong):
    with pytest.raises(ValidationError) as refused:
        signals("https://iam.example/signals", **wrong)
    assert "PRIVATE KEY" not in str(refused.value)


class TestAtAHub:
    """A hub serves what receivers ask, to anyone, and tells what it decides."""

    @pytest.fixture
    def site(self, tmp_path: Path, receiver):
        clock = LiveClock(NOW)
        known = {"issuer": ISSUER, "audience": AUDIENCE, "endpoint_url": receiver.url, "key": SIGNING_KEY}
        more = {"authorization": TOKEN, "allow_private_address": True}
        settings = Settings.model_validate({**known, **more})
        instance = Instance("iam", SPEC, settings, "roster", timedelta(seconds=60))
        with opened(tmp_path / "hub", clock, instances={"iam": instance}) as parts:
            (tmp_path / "hub" / "keys" / "api.token").write_text("for tests only", "ascii")
            with serving(app=parts.front(lambda: ISSUER, dict, list)) as (_host, port):
                receiver.keys = lambda: get(port, "/ssf/jwks.json")
                yield parts, clock, receiver, port

    def test_a_receiver_finds_the_keys_by_discovery(self, site):
        _parts, _clock, _receiver, port = site
        found = get(port, "/.well-known/ssf-configuration")
        assert (found["spec_version"], found["issuer"]) == ("1_0", ISSUER)
        assert found["delivery_methods_supported"] == ["urn:ietf:rfc:8935"]
        assert found["jwks_uri"].startswith(f"{ISSUER}/")
        assert KeySet.import_key_set(get(port, found["jwks_uri"].removeprefix(ISSUER)))

    def test_a_revocation_is_told_and_stays_accepted(self, site):
        parts, clock, receiver, _port = site
        with turning(delivery_of(parts, parts.sinks, clock), parts.activators.delivery):
            for message in qualified("E1"):
                send(parts, message, clock)
            enforced(parts)
            until(lambda: receiver.members_of("dc-ops") == ["E1"], "the right was told")
            send(parts, status("E1", "high", "revoked", 5), clock)
            until(lambda: receiver.members_of("dc-ops") == [] and receiver.ended, "its end was told")
            until(lambda: row(parts, "E1", "dc-ops")["state"] == "accepted", "it was taken")
        assert not entries(parts, "confirmed", "dc-ops")


def get(port: int, path: str):
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    content = json.loads(answer.read())
    connection.close()
    return content


def test_a_token_is_signed_as_it_says(receiver):
    door(receiver).apply(REVOKED, fence=7)
    assert all(each["alg"] == "RS256" and each["typ"] == "secevent+jwt" for each in receiver.headers)
    [jwk] = receiver.keys()["keys"]
    assert len(urlsafe_b64decode(jwk["n"] + "==")) == 256
