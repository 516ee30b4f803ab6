"""What the hub posts is proven, and sealed to its receiver alone: strangers' libraries open it, and so does a hub."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from http_message_signatures.exceptions import HTTPMessageSignaturesException
from pydantic import ValidationError
from standardwebhooks import Webhook as Verifier

from connectors.access.webhook import Webhook as DoorWebhook
from connectors.algorithms import Algorithm, PrivateKey, public_jwk
from connectors.generic import webhook as received
from connectors.generic.rest_push import RestPush
from connectors.generic.rest_push import Settings as PushSettings
from connectors.keys import OwnKey
from connectors.learning.exam_webhook import ExamWebhook, Settings
from connectors.port import Change, PeerState, Registration, Request
from connectors.webhook import WebhookSettings
from mappings import MappingDocument
from mappings.document import Document
from schemas.errors import RejectedError, TrustError, UnavailableError
from schemas.transmission import Item
from tests.connectors.generic.answering import System, system

pytest.importorskip("xmlsec", reason="the extra licet[xml] is not installed")
from tests.contract.foreign import Asked, of_http, of_jose, of_xml

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
OURS: dict[Algorithm, PrivateKey] = {
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
    "es256": ec.generate_private_key(ec.SECP256R1()),
    "rs256": rsa.generate_private_key(65537, 3072),
}
THEIRS: dict[Algorithm, PrivateKey] = {
    "ecdh-x25519": x25519.X25519PrivateKey.generate(),
    "ecdh-p256": ec.generate_private_key(ec.SECP256R1()),
    "rsa-oaep": rsa.generate_private_key(65537, 3072),
}
PUBLISHED = {"keys": [public_jwk(key.public_key(), name, f"hub-{name}") for name, key in OURS.items()]}
SECRET = "whsec_" + "c2VjcmV0LW9mLXR3ZW50eS1mb3VyLWJ5dGVzLWFuZC1tb3Jl"
WORD = Registration(
    id="r-1",
    sequence=3,
    wanted="registered",
    learner="E1<&>王",
    kind="exam",
    topic="dc-formal",
    credential="dc-ops",
    position="dc-operations",
    since=datetime(2026, 4, 2, 9, 0, 5, tzinfo=UTC),
)
SEALED = [(signs, opens) for signs in ("ed25519", "es256") for opens in ("ecdh-x25519", "ecdh-p256")]


class Own:
    """The keys of a hub that signs."""

    def signing(self, algorithm: Algorithm, instant: datetime) -> OwnKey:
        return OwnKey(f"hub-{algorithm}", algorithm, OURS[algorithm])


class Opens:
    """The keys of a hub that is the receiver."""

    def at(self, kid: str, instant: datetime) -> OwnKey:
        algorithm: Algorithm = kid.removeprefix("theirs-")  # type: ignore[assignment]
        return OwnKey(kid, algorithm, THEIRS[algorithm])


def envelope(profile: str, signs: str = "ed25519", opens: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {"profile": profile, "algorithm": signs}
    if opens:
        public = json.dumps(public_jwk(THEIRS[opens].public_key(), opens))  # type: ignore[index,arg-type]
        made["receiver_key"] = {"kid": f"theirs-{opens}", "alg": opens, "public": public}
    return made | ({"receiver": "exams-prod"} if profile == "sealed" else {})


WAYS = {
    "http-signature": envelope("http-signature"),
    "sealed": envelope("sealed", "es256", "ecdh-x25519"),
    "xml": envelope("xml", "rs256", "rsa-oaep"),
}


@pytest.fixture
def there() -> Iterator[System]:
    with system() as started:
        yield started


def told(there: System, way: Mapping[str, Any], now: datetime = NOW, word: Registration = WORD) -> Asked:
    """What an exam system gets of a registration."""
    there.answers.append((200, {}))
    known = {"url": f"{there.url}/hooks", "allow_private_address": True, "envelope": way}
    exams = ExamWebhook("exams", Settings.model_validate(known), lambda: now, Own())
    exams.send(word)
    return came(there)


def came(there: System) -> Asked:
    method, path, body = there.asked[-1]
    return Asked(method, there.url + path, {name.lower(): value for name, value in there.headers.items()}, body)


@pytest.mark.parametrize("signs", ["ed25519", "es256"])
def test_a_signed_request_is_verified_by_a_library_of_others_and_changed_it_is_not(there: System, signs: str) -> None:
    asked = told(there, envelope("http-signature", signs), datetime.now(UTC))
    assert of_http(asked, PUBLISHED) == (f"hub-{signs}", asked.body)
    assert json.loads(asked.body)["data"]["learner"] == "E1<&>王"
    for changed in (replace(asked, body=asked.body + b" "), replace(asked, url=f"{there.url}/other")):
        with pytest.raises(HTTPMessageSignaturesException):
            of_http(changed, PUBLISHED)


@pytest.mark.parametrize(("signs", "opens"), SEALED)
def test_a_sealed_message_is_opened_by_a_library_of_others(there: System, signs: str, opens: Any) -> None:
    asked = told(there, envelope("sealed", signs, opens))
    header, body = of_jose(asked.body, THEIRS[opens], PUBLISHED)
    assert asked.headers["content-type"] == "application/jose" and b"registered" not in asked.body
    assert (header["kid"], header["aud"], header["iat"], header["cty"]) == (
        f"hub-{signs}",
        "exams-prod",
        NOW.timestamp(),
        "json",
    )
    assert json.loads(body)["data"]["sequence"] == 3


@pytest.mark.parametrize("signs", ["rs256", "es256"])
def test_sealed_xml_is_opened_by_the_library_itself(there: System, signs: str) -> None:
    asked = told(there, envelope("xml", signs, "rsa-oaep"))
    kid, when, root = of_xml(asked.body, THEIRS["rsa-oaep"], "theirs-rsa-oaep", PUBLISHED)
    assert (kid, when) == (f"hub-{signs}", "2026-11-22T09:00:00.000Z")
    assert root.findtext("{*}data/{*}learner") == "E1<&>王" and root.findtext("{*}type") == "exam.registered"


def test_a_message_that_is_sent_again_is_signed_anew_and_is_the_same(there: System) -> None:
    later = NOW + timedelta(hours=3)
    first, again = (
        of_jose(told(there, WAYS["sealed"], at).body, THEIRS["ecdh-x25519"], PUBLISHED) for at in (NOW, later)
    )
    assert first[1] == again[1] and first[0]["jti"] == again[0]["jti"] and first[0]["iat"] < again[0]["iat"]
    other = of_jose(told(there, WAYS["sealed"], NOW, replace(WORD, sequence=4)).body, THEIRS["ecdh-x25519"], PUBLISHED)
    assert other[0]["jti"] != first[0]["jti"]
    keys = [told(there, way, at).headers["idempotency-key"] for way in WAYS.values() for at in (NOW, later)]
    assert set(keys) == {"r-1/3"}


# --- another hub is the receiver ---------------------------------------------------------------------------------


def document() -> MappingDocument:
    """What reads registrations, in either form."""
    fields = {
        "json": {"subject": {"at": "/data/learner"}, "session": {"at": "/data/exam"}, "as_of": {"at": "/data/since"}},
        "xml": {"subject": {"at": "/data/learner"}, "session": {"at": "/data/exam"}, "as_of": {"at": "/data/since"}},
    }
    for each in fields.values():
        each["as_of"] = {**each["as_of"], "as": "instant"}
    forms = {
        "json": {"read": "json"},
        "xml": {"read": "xml", "namespace": "urn:licet:message:1", "root": "/Message"},
    }
    made = {
        name: {
            **form,
            "key": [{"at": "/data/registration"}],
            "records": [{"record": "learning.Enrolment", "fields": fields[name]}],
        }
        for name, form in forms.items()
    }
    text = json.dumps({"format": 2, "forms": made}).encode()
    return MappingDocument("x/y", Document.model_validate_json(text), text)


def hub(profile: str, **more: Any) -> received.Webhook:
    keys = [
        {"kid": each["kid"], "alg": name, "public": json.dumps(each)}
        for name, each in zip(OURS, PUBLISHED["keys"], strict=True)
    ]
    media = ["application/json", "application/xml"]
    named = {"audience": "exams-prod"} if profile == "sealed" else {}
    return received.Webhook(
        "from-hub",
        received.Settings.model_validate({"profile": profile, "keys": keys, "media": media, **named, **more}),
    )


def taken(asked: Asked, source: received.Webhook, at: datetime = NOW) -> Any:
    request = Request(asked.method, "/in/from-hub", {}, asked.headers, asked.body, asked.url, at)
    return source.receive(request, PeerState(own=Opens()))


def records(brought: Any) -> list[str]:
    [item] = document().read(brought)
    assert isinstance(item, Item)
    return [each.model_dump_json() for each in item.records]


def test_json_and_xml_of_one_event_are_one_record_whatever_proved_them(there: System) -> None:
    found = {}
    for profile, way in WAYS.items():
        form = "xml" if profile == "xml" else "json"
        reception = taken(told(there, way), hub(profile, form=form))
        assert reception.key_id == f"hub-{way['algorithm']}" and reception.proof
        [brought] = reception.transmissions
        found[profile] = records(brought)
        assert (brought.form, brought.media_type) == (form, f"application/{form}")
    assert found["sealed"] == found["xml"] == found["http-signature"]
    assert json.loads(found["xml"][0])["subject"] == "E1<&>王"


@pytest.mark.parametrize("profile", WAYS)
def test_what_is_stale_changed_or_of_another_profile_is_refused(there: System, profile: str) -> None:
    asked = told(there, WAYS[profile])
    for at in (NOW + timedelta(seconds=301), NOW - timedelta(seconds=61)):
        with pytest.raises(TrustError) as error:
            taken(asked, hub(profile), at)
        assert error.value.code == "sig.stale"
    body = bytearray(asked.body)
    body[len(body) // 2] ^= 1
    with pytest.raises(TrustError):
        taken(replace(asked, body=bytes(body)), hub(profile))
    for other in set(WAYS) - {profile}:
        with pytest.raises((TrustError, received.source.PayloadError)):  # type: ignore[attr-defined]
            taken(asked, hub(other))


def test_what_is_read_of_a_signed_request_is_what_was_signed(there: System) -> None:
    asked = told(there, WAYS["http-signature"])
    forged = replace(asked, headers={**asked.headers, "x-site": "north", "x-message": "m-1"})
    assert not taken(forged, hub("http-signature")).transmissions[0].context
    for more in ({"headers": ["x-site"]}, {"id_header": "x-message"}):
        with pytest.raises(TrustError) as error:
            taken(forged, hub("http-signature", **more))
        assert error.value.code == "sig.components"


def test_a_sealed_message_is_known_by_its_own_id_and_is_for_one_receiver(there: System) -> None:
    asked = told(there, WAYS["sealed"])
    header, _body = of_jose(asked.body, THEIRS["ecdh-x25519"], PUBLISHED)
    assert taken(asked, hub("sealed")).transmissions[0].id == header["jti"]
    with pytest.raises(TrustError) as error:
        taken(asked, hub("sealed", audience="another"))
    assert error.value.code == "envelope.refused"


@pytest.mark.parametrize(
    "wrong",
    [
        {"profile": "sealed"},
        {"profile": "sealed", "audience": "h", "secret": "x" * 20},
        {"profile": "sealed", "audience": "h", "headers": ["x-site"]},
        {"profile": "xml", "audience": "h"},
        {"profile": "xml", "query": ["site"]},
        {"profile": "http-signature", "secret": "x" * 20},
        {"profile": "token"},
        {"profile": "token", "secret": "x" * 20, "keys": [{"kid": "a", "public": json.dumps(PUBLISHED["keys"][0])}]},
    ],
)
def test_a_profile_goes_with_its_own_settings_alone(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        received.Settings.model_validate(wrong)


# --- other adapters that post ------------------------------------------------------------------------------------


def test_a_door_that_is_told_by_webhooks_is_told_sealed(there: System) -> None:
    there.answers.append((200, {}))
    known = {"url": there.url, "allow_private_address": True, "envelope": WAYS["sealed"]}
    door = DoorWebhook("hook", WebhookSettings.model_validate(known), lambda: NOW, Own())
    assert door.apply(Change("E1", "room", "absent", "k/1"), fence=7) == "applied"
    _header, body = of_jose(came(there).body, THEIRS["ecdh-x25519"], PUBLISHED)
    assert json.loads(body)["data"] == {"person": "E1", "target": "room", "wanted": "absent", "epoch": 7, "key": "k/1"}


def centre() -> MappingDocument:
    """An exam system that reads candidates as XML or JSON."""
    fields = {"person": {"at": "/No"}, "target": {"at": "/Exam"}}
    forms = {
        "xml": {"read": "xml", "root": "/Candidate", "records": [{"record": "door.Asked", "fields": fields}]},
        "json": {"read": "json", "records": [{"record": "door.Asked", "fields": fields}]},
    }
    text = json.dumps({"format": 2, "forms": forms}).encode()
    return MappingDocument("x/z", Document.model_validate_json(text), text)


def push(there: System, form: str, **more: Any) -> RestPush:
    operations = {
        name: {
            "method": "POST",
            "path": f"/{name}",
            "query": {"exam": "{target}"},
            "body": form,
            "content_type": f"application/{form}",
        }
        for name in ("admit", "withdraw")
    }
    known = {"base_url": there.url, "allow_private_address": True, **operations, **more}
    return RestPush("exams", PushSettings.model_validate(known), centre, lambda: NOW, Own())


@pytest.mark.parametrize("profile", WAYS)
def test_an_exam_system_that_nobody_knew_is_told_in_any_envelope(there: System, profile: str) -> None:
    form = "xml" if profile == "xml" else "json"
    there.answers.append((200, {}))
    push(there, form, token="t", envelope=WAYS[profile]).send(WORD)
    asked = came(there)
    assert asked.headers["authorization"] == "Bearer t" and asked.url.endswith("/admit?exam=dc-formal")
    if profile == "http-signature":
        body = taken(asked, hub(profile)).transmissions[0].body
    elif profile == "sealed":
        body = of_jose(asked.body, THEIRS["ecdh-x25519"], PUBLISHED)[1]
    else:
        _kid, _when, root = of_xml(asked.body, THEIRS["rsa-oaep"], "theirs-rsa-oaep", PUBLISHED)
        body = json.dumps({each.tag: each.text for each in root}).encode()
    assert json.loads(body) == {"No": "E1<&>王", "Exam": "dc-formal"}


def test_an_exam_system_may_want_standard_webhooks(there: System) -> None:
    there.answers.append((200, {}))
    RestPush(
        "exams", push(there, "json", webhook_secret=SECRET)._settings, centre, lambda: datetime.now(UTC), Own()
    ).send(WORD)
    asked = came(there)
    assert Verifier(SECRET).verify(asked.body, asked.headers) == {"No": "E1<&>王", "Exam": "dc-formal"}


@pytest.mark.parametrize(
    "wrong",
    [
        {**envelope("http-signature"), "algorithm": "rs256"},
        {**envelope("http-signature"), "receiver": "x"},
        envelope("http-signature", "ed25519", "ecdh-x25519"),
        envelope("sealed"),
        envelope("sealed", "ed25519", "rsa-oaep"),
        {**envelope("sealed", "ed25519", "ecdh-p256"), "receiver": ""},
        envelope("xml", "ed25519", "rsa-oaep"),
        envelope("xml", "rs256", "ecdh-x25519"),
    ],
)
def test_an_envelope_that_could_not_be_closed_is_refused_as_a_setting(wrong: dict[str, Any]) -> None:
    for model, known in (
        (WebhookSettings, {"url": "https://r.example"}),
        (
            PushSettings,
            {
                "base_url": "https://r.example",
                "admit": {"path": "/a", "body": "a"},
                "withdraw": {"path": "/b", "body": "a"},
            },
        ),
    ):
        with pytest.raises(ValidationError):
            model.model_validate({**known, "envelope": wrong})


@pytest.mark.parametrize(
    "known", [{}, {"secret": SECRET, "envelope": WAYS["sealed"]}, {"former_secret": SECRET, "envelope": WAYS["sealed"]}]
)
def test_one_proof_stands_under_each_message(known: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WebhookSettings.model_validate({"url": "https://r.example", **known})


def test_what_cannot_be_said_in_xml_is_sent_to_nobody(there: System) -> None:
    with pytest.raises(RejectedError) as error:
        told(there, WAYS["xml"], NOW, replace(WORD, learner="E\x01"))
    assert error.value.code == "peer.rejected" and not there.asked


def test_without_a_key_nothing_goes_out_and_it_is_said_how_to_make_one(there: System) -> None:
    known = {"url": there.url, "allow_private_address": True, "envelope": WAYS["sealed"]}
    with pytest.raises(UnavailableError) as error:
        ExamWebhook("exams", Settings.model_validate(known), lambda: NOW).send(WORD)
    assert error.value.code == "keys.none" and "--algorithm es256" in error.value.message and not there.asked
