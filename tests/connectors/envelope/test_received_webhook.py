"""A message by Standard Webhooks is proven by its sender's key where one is known, else by a secret that is long."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

import mappings
from connectors.algorithms import public_pem
from connectors.credential.authority_push import SPEC, AuthorityPush, Settings
from connectors.envelope.received_webhook import verify_webhook
from connectors.keys import KeyRecord, KeyRing
from connectors.port import PeerState, Request
from connectors.simulators.authority import event, to_json
from schemas.errors import TrustError
from schemas.transmission import Item

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SECRET = "whsec_" + b64encode(bytes(range(32))).decode()
RAW = bytes(range(32))
NONE = KeyRing(())
PUBLIC = public_pem(KEY.public_key()).decode()
RING = KeyRing.of([KeyRecord(kid="ca-1", public=PUBLIC)])
SOURCE = "urn:authority:demo-ca"
ORDER = {"number": "C-1", "credential": "low", "holder": "9f2c", "status": "suspended"}
BODY = to_json(event(SOURCE, {**ORDER, "effective_at": "2026-11-22T09:00:00Z"}, id="01J", time="2026-11-22T09:00:00Z"))


def request(signature: str, body: bytes = BODY, id: str = "msg_1", at: datetime = NOW, **headers: str) -> Request:
    given = {"webhook-id": id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
    given |= {"content-type": "application/cloudevents+json", **{n.replace("_", "-"): v for n, v in headers.items()}}
    return Request("POST", "/in/ca", {}, given, body, "https://hub.example/in/ca", NOW)


def by_secret(body: bytes = BODY, at: datetime = NOW) -> str:
    return str(Webhook(SECRET).sign("msg_1", at, body.decode()))


def by_key(body: bytes = BODY, at: datetime = NOW, key: Ed25519PrivateKey = KEY) -> str:
    content = f"msg_1.{int(at.timestamp())}.".encode() + body
    return f"v1a,{b64encode(key.sign(content)).decode()}"


def refusal(asked: Request, keys: KeyRing = NONE, secrets: Any = (RAW,)) -> str:
    with pytest.raises(TrustError) as error:
        verify_webhook(asked, keys, secrets)
    return error.value.code


def test_the_example_of_the_standard_verifies_by_its_own_values() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    asked = request(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        b'{"test": 2432232314}',
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        at,
    )._replace(arrived_at=at)
    secret = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert verify_webhook(asked, NONE, [secret]).id == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_a_secret_proves_who_has_no_key_and_a_key_who_has_one() -> None:
    assert verify_webhook(request(by_secret()), NONE, [RAW]).kid == ""
    assert verify_webhook(request(by_key()), RING, ()).kid == "ca-1"
    assert verify_webhook(request(f"{by_secret()} v2,AAAA {by_key()}"), RING, [RAW]).kid == "ca-1"
    assert verify_webhook(request(f"v1,{'A' * 43}= {by_secret()}"), NONE, [b"x" * 32, RAW]).id == "msg_1"


@pytest.mark.parametrize(
    ("asked", "keys", "code"),
    [
        (request(by_secret()), RING, "sig.bad"),
        (request(by_key()), NONE, "sig.bad"),
        (request(by_key(key=Ed25519PrivateKey.generate())), RING, "sig.bad"),
        (request(by_key()), KeyRing.of([KeyRecord(kid="ca-1", public=PUBLIC, state="revoked")]), "sig.key-state"),
        (request(by_secret(), BODY + b" "), NONE, "sig.bad"),
        (request(by_secret(), id="msg_2"), NONE, "sig.bad"),
        (request(by_secret(), id="msg.1"), NONE, "sig.bad"),
        (request(by_secret(), webhook_timestamp="123.7"), NONE, "sig.bad"),
        (request(by_secret(), webhook_timestamp="-1"), NONE, "sig.bad"),
        (request(by_secret(at=NOW - timedelta(seconds=301)), at=NOW - timedelta(seconds=301)), NONE, "sig.stale"),
        (request(by_secret(at=NOW + timedelta(seconds=301)), at=NOW + timedelta(seconds=301)), NONE, "sig.stale"),
        (request("v1"), NONE, "sig.bad"),
        (request("v1,AAAA="), NONE, "sig.bad"),
        (request("v1," + "A" * 42 + "B="), NONE, "sig.bad"),
        (request("v1,ü"), NONE, "sig.bad"),
        (request(" ".join([by_secret()] * 17)), NONE, "sig.bad"),
        (request(""), NONE, "sig.missing"),
        (request("v1," + "A" * 5000), NONE, "sig.missing"),
    ],
)
def test_what_proves_nothing_is_refused_by_its_code(asked: Request, keys: KeyRing, code: str) -> None:
    assert refusal(asked, keys) == code


@given(header=st.text(max_size=80))
def test_rubbish_is_refused_and_nothing_else(header: str) -> None:
    assert refusal(request(header)) in ("sig.bad", "sig.missing")


SETTINGS = {"source": SOURCE, "zone": "Asia/Shanghai", "profile": "webhook"}


@pytest.mark.parametrize(
    "more", [{"secret": SECRET}, {"secret": "whsec_" + b64encode(b"y" * 32).decode(), "former_secret": SECRET}]
)
def test_an_authority_that_speaks_by_webhooks_is_read_like_any_other(more: dict[str, str]) -> None:
    adapter = AuthorityPush("ca", Settings.model_validate({**SETTINGS, **more}))
    [found] = adapter.receive(request(by_secret()), PeerState()).transmissions
    [item] = mappings.load(SPEC.mapping).read(found)
    assert isinstance(item, Item) and item.key == "01J"


def test_who_was_entered_a_key_is_believed_by_it_alone() -> None:
    adapter = AuthorityPush("ca", Settings.model_validate({**SETTINGS, "secret": SECRET}))
    assert adapter.receive(request(by_key()), PeerState(keys=RING)).key_id == "ca-1"
    with pytest.raises(TrustError):
        adapter.receive(request(by_secret()), PeerState(keys=RING))


def test_a_secret_that_is_short_is_refused_and_never_shown() -> None:
    short = "whsec_" + b64encode(b"s" * 31).decode()
    with pytest.raises(ValueError, match="32") as error:
        Settings.model_validate({**SETTINGS, "secret": short})
    assert short not in str(error.value)
