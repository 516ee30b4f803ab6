"""A sealed message opens for its hub alone, and whatever is not exactly of the profile is refused by a code."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe, jws
from joserfc.jwk import ECKey, OctKey, OKPKey

import mappings
from connectors.algorithms import Algorithm, public_jwk, public_pem
from connectors.credential.authority_push import SPEC, AuthorityPush, Settings
from connectors.envelope.sealed import open_sealed
from connectors.keys import KeyRecord, KeyRing, OwnKey
from connectors.port import PeerState, Request
from connectors.simulators.authority import event, sign, to_json, to_xml
from connectors.simulators.sealing import encrypted, sealed, signed
from schemas.errors import PayloadError, TrustError
from schemas.transmission import Item

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ED = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ES = ec.derive_private_key(12345, ec.SECP256R1())
X25519 = X25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
P256 = ec.derive_private_key(54321, ec.SECP256R1())
SOURCE, TARGET, AUDIENCE = "urn:authority:demo-ca", "https://hub.example/in/ca", "hub-prod"
ORDER = {"number": "C-1", "credential": "low", "holder": "9f2c", "status": "suspended", "hubaud": AUDIENCE}
ORDER["effective_at"] = "2026-11-22T09:00:00Z"
EVENT = event(SOURCE, ORDER, id="01J", time="2026-11-22T09:00:00Z")
KEYS = KeyRing.of(
    [
        KeyRecord(kid="ca-ed", public=public_pem(ED.public_key()).decode()),
        KeyRecord(kid="ca-es", alg="es256", public=public_pem(ES.public_key()).decode()),
        KeyRecord(kid="ca-old", public=public_pem(ED.public_key()).decode(), state="retired"),
    ]
)
TO_X, TO_P = public_jwk(X25519.public_key(), "ecdh-x25519"), public_jwk(P256.public_key(), "ecdh-p256")
TO = {"ecdh-x25519": TO_X, "ecdh-p256": TO_P}


class Own:
    """The keys of a hub."""

    def __init__(self) -> None:
        keys: list[tuple[dict[str, Any], Algorithm, Any]] = [(TO_X, "ecdh-x25519", X25519), (TO_P, "ecdh-p256", P256)]
        self._keys = {str(jwk["kid"]): OwnKey(str(jwk["kid"]), name, private) for jwk, name, private in keys}
        self._keys["signs"] = OwnKey("signs", "ed25519", ED)

    def at(self, kid: str, instant: datetime) -> OwnKey:
        if kid not in self._keys:
            raise TrustError("sig.key-unknown", f"none at {instant}")
        return self._keys[kid]


OWN = Own()
HEAD = {"kid": "ca-ed", "iat": int(NOW.timestamp()), "aud": AUDIENCE, "cty": "json"}
BODY = to_json(EVENT)


def opened(text: bytes | str, at: datetime = NOW) -> Any:
    return open_sealed(text.encode() if isinstance(text, str) else text, OWN, KEYS, AUDIENCE, at)


def refusal(text: bytes | str, at: datetime = NOW) -> str:
    with pytest.raises(TrustError) as error:
        opened(text, at)
    return error.value.code


@pytest.mark.parametrize("to", ["ecdh-x25519", "ecdh-p256"])
@pytest.mark.parametrize(("kid", "key"), [("ca-ed", ED), ("ca-es", ES)])
def test_what_was_sealed_opens_to_the_bytes_that_were_signed(to: str, kid: str, key: Any) -> None:
    message = sealed(BODY, key, kid, TO[to], audience=AUDIENCE, at=NOW)
    found = opened(message)
    assert (found.body, found.form, found.kid) == (BODY, "json", kid)
    protected, _, signature = found.proof["jws"].split(".")
    rebuilt = f"{protected}.{urlsafe_b64encode(BODY).decode().rstrip('=')}.{signature}"
    ours: Any = OKPKey if key is ED else ECKey
    known = jws.JWSRegistry(algorithms=["Ed25519", "ES256"], strict_check_header=False)
    assert jws.deserialize_compact(rebuilt, ours.import_key(key), registry=known).payload == BODY


def test_a_name_that_the_key_had_before_is_its_algorithm_still() -> None:
    parts = [urlsafe_b64encode(each).rstrip(b"=") for each in (json.dumps({**WHOLE, "alg": "EdDSA"}).encode(), BODY)]
    signature = urlsafe_b64encode(ED.sign(b".".join(parts))).rstrip(b"=")
    assert opened(encrypted(b".".join([*parts, signature]).decode(), TO_X)).body == BODY


def inner(**header: Any) -> str:
    """A sealed message whose signed header says otherwise; ``None`` takes a member away."""
    head = {name: value for name, value in {**HEAD, **header}.items() if value is not None}
    return encrypted(signed(BODY, ES if head["kid"] == "ca-es" else ED, head), TO_X)


def forged(header: dict[str, Any], signature: bytes = bytes(64)) -> str:
    """A JWS that no library would make, sealed as it should be."""
    head = urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    parts = (head, *(urlsafe_b64encode(each).decode().rstrip("=") for each in (BODY, signature)))
    return encrypted(".".join(parts), TO_X)


WHOLE = {"alg": "Ed25519", "typ": "authority-push+jws", **HEAD}
ATTACKS = {
    "none": lambda: forged({**WHOLE, "alg": "none"}, b""),
    "none, signed with zeros": lambda: forged({**WHOLE, "alg": "none"}),
    "HMAC under the public key": lambda: encrypted(
        jws.serialize_compact(
            {**WHOLE, "alg": "HS256"},
            BODY,
            OctKey.import_key(public_pem(ED.public_key()).decode().encode().hex()),
            registry=jws.JWSRegistry(algorithms=["HS256"], strict_check_header=False),
        ),
        TO_X,
    ),
    "algorithm of another key": lambda: encrypted(signed(BODY, ES, {**HEAD, "kid": "ca-ed"}), TO_X),
    "another typ": lambda: inner(typ="JWT"),
    "no typ": lambda: forged({name: WHOLE[name] for name in WHOLE if name != "typ"}),
    "no kid": lambda: forged({name: WHOLE[name] for name in WHOLE if name != "kid"}),
    "kid a list": lambda: forged({**WHOLE, "kid": ["ca-ed"]}),
    "crit": lambda: forged({**WHOLE, "crit": ["exp"], "exp": 1}),
    "b64": lambda: forged({**WHOLE, "b64": False, "crit": ["b64"]}),
    "a key in the message": lambda: inner(jwk=public_jwk(ED.public_key(), "ed25519")),
    "where to fetch a key": lambda: inner(jku="https://evil.example/jwks.json"),
    "another hub": lambda: inner(aud="hub-test"),
    "no hub": lambda: inner(aud=None),
    "several hubs": lambda: inner(aud=[AUDIENCE, "hub-test"]),
    "nested deeper": lambda: inner(cty="JOSE"),
    "iat a text": lambda: inner(iat=str(HEAD["iat"])),
    "iat true": lambda: inner(iat=True),
    "no iat": lambda: inner(iat=None),
    "66 bytes of ES256": lambda: forged({**WHOLE, "alg": "ES256", "kid": "ca-es"}, b"\0" + bytes(64) + b"\0"),
    "DER of ES256": lambda: forged({**WHOLE, "alg": "ES256", "kid": "ca-es"}, bytes(70)),
    "a member twice": lambda: encrypted(_with_header('{"alg":"Ed25519","alg":"Ed25519",' + json.dumps(HEAD)[1:]), TO_X),
    "no JWS at all": lambda: encrypted(BODY.decode(), TO_X),
    "JSON serialization": lambda: encrypted(json.dumps({"payload": "", "signatures": []}), TO_X),
    "another enc": lambda: encrypted(signed(BODY, ED, HEAD), TO_X, enc="A128GCM"),
    "CBC": lambda: encrypted(signed(BODY, ED, HEAD), TO_X, enc="A256CBC-HS512"),
    "compressed": lambda: encrypted(signed(BODY, ED, HEAD), TO_X, zip="DEF"),
    "agreement without wrapping": lambda: encrypted(signed(BODY, ED, HEAD), TO_X, alg="ECDH-ES"),
    "outer cty": lambda: encrypted(signed(BODY, ED, HEAD), TO_X, cty="JWT"),
    "outer member": lambda: encrypted(signed(BODY, ED, HEAD), TO_X, apu="QQ"),
    "signed and not encrypted": lambda: signed(BODY, ED, HEAD),
    "five empty parts": lambda: "....",
    "nothing": lambda: "",
    "a password": lambda: _direct("PBES2-HS256+A128KW"),
    "a shared key": lambda: _direct("dir"),
    "a key of ours that signs": lambda: _outer(lambda head: {**head, "kid": "signs"}),
    "an ephemeral key on another curve": lambda: _outer(lambda head: {**head, "epk": TO_P_ONLY}),
    "an ephemeral key with its private part": lambda: _outer(lambda head: {**head, "epk": {**head["epk"], "d": "AA"}}),
    "no ephemeral key": lambda: _outer(lambda head: {name: head[name] for name in head if name != "epk"}),
}
TO_P_ONLY = {name: TO_P[name] for name in ("kty", "crv", "x", "y")}


def _with_header(text: str) -> str:
    parts = (text.encode(), BODY, bytes(64))
    return ".".join(urlsafe_b64encode(each).decode().rstrip("=") for each in parts)


def _direct(alg: str) -> str:
    key = OctKey.import_key(bytes(32))
    known = jwe.JWERegistry(algorithms=[alg, "A256GCM"], strict_check_header=False)
    head = {"alg": alg, "enc": "A256GCM", "kid": TO_X["kid"], "cty": "JOSE"}
    return jwe.encrypt_compact(head, signed(BODY, ED, HEAD), key, registry=known)


def _outer(change: Any) -> str:
    """A good message whose outer header was changed afterwards."""
    head, *rest = encrypted(signed(BODY, ED, HEAD), TO_X).split(".")
    header = json.loads(urlsafe_b64decode(head + "=="))
    return ".".join([urlsafe_b64encode(json.dumps(change(header)).encode()).decode().rstrip("="), *rest])


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_not_of_the_profile_is_refused_by_one_code(attack: str) -> None:
    assert refusal(ATTACKS[attack]()) == "envelope.refused"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: inner(kid="ca-9"), "sig.key-unknown"),
        (lambda: inner(kid="ca-old"), "sig.key-state"),
        (lambda: encrypted(signed(BODY, Ed25519PrivateKey.generate(), HEAD), TO_X), "sig.bad"),
        (lambda: inner(iat=int((NOW - timedelta(seconds=301)).timestamp())), "sig.stale"),
        (lambda: inner(iat=int((NOW + timedelta(seconds=61)).timestamp())), "sig.stale"),
        (lambda: encrypted(signed(BODY, ED, HEAD), {**TO_X, "kid": "another"}), "sig.key-unknown"),
        (lambda: _outer(lambda head: {**head, "epk": {**head["epk"], "x": "A" * 43}}), "sig.bad"),
        (lambda: _outer(lambda head: {**head, "epk": {"kty": "OKP", "crv": "X25519", "x": "AQ"}}), "sig.bad"),
    ],
    ids=["unknown", "retired", "another's", "old", "ahead", "other hub's key", "small order", "short point"],
)
def test_a_proof_that_fails_is_refused_by_its_code(make: Any, code: str) -> None:
    assert refusal(make()) == code


def test_a_point_that_is_not_on_the_curve_is_refused() -> None:
    head, *rest = encrypted(signed(BODY, ED, HEAD), TO_P).split(".")
    header = json.loads(urlsafe_b64decode(head + "=="))
    header["epk"]["y"] = header["epk"]["x"]
    bad = ".".join([urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("="), *rest])
    assert refusal(bad) == "sig.bad"


GOOD = sealed(BODY, ED, "ca-ed", TO_X, audience=AUDIENCE, at=NOW)


@given(at=st.integers(0, len(GOOD) - 1), bit=st.integers(0, 7))
def test_no_flipped_bit_is_trusted(at: int, bit: int) -> None:
    changed = bytearray(GOOD)
    changed[at] ^= 1 << bit
    with pytest.raises(TrustError):
        opened(bytes(changed))


@given(body=st.binary(max_size=200))
def test_rubbish_is_refused_and_nothing_else(body: bytes) -> None:
    with pytest.raises(TrustError):
        opened(body)


@pytest.mark.parametrize("change", [b"=", b" ", b"\n", b"."])
def test_one_message_has_one_spelling(change: bytes) -> None:
    assert refusal(GOOD + change) == "envelope.refused"
    head, rest = GOOD.split(b".", 1)
    assert refusal(head + change + b"." + rest) == "envelope.refused"


SETTINGS = {"source": SOURCE, "audience": AUDIENCE, "zone": "Asia/Shanghai", "keys": [{"kid": "ca-ed", "public": ""}]}
SETTINGS["keys"] = [{"kid": "ca-ed", "public": public_pem(ED.public_key()).decode()}]
STATE = PeerState(own=OWN)
SEALS = AuthorityPush("ca", Settings.model_validate({**SETTINGS, "profile": "sealed"}))
SIGNS = AuthorityPush("ca", Settings.model_validate(SETTINGS))


def request(body: bytes, media: str = "application/jose", **headers: str) -> Request:
    return Request("POST", "/in/ca", {}, {"content-type": media, **headers}, body, TARGET, NOW)


def records(adapter: AuthorityPush, asked: Request) -> Any:
    [found] = adapter.receive(asked, STATE).transmissions
    [outcome] = mappings.load(SPEC.mapping).read(found)
    assert isinstance(outcome, Item)
    return outcome


def test_json_and_xml_in_either_profile_are_one_record() -> None:
    xml = to_xml(EVENT)
    asked = [(SEALS, request(sealed(BODY, ED, "ca-ed", TO_X, audience=AUDIENCE, at=NOW)))]
    asked.append((SEALS, request(sealed(xml, ED, "ca-ed", TO_X, audience=AUDIENCE, at=NOW, form="xml"))))
    for body, media in ((BODY, "application/cloudevents+json"), (xml, "application/xml")):
        headers = {n.lower(): v for n, v in sign("POST", TARGET, body, media, ED, "ca-ed", NOW, "n").items()}
        asked.append((SIGNS, Request("POST", "/in/ca", {}, headers, body, TARGET, NOW)))
    found = [records(*each) for each in asked]
    written = {json.dumps([record.model_dump(mode="json") for record in each.records]) for each in found}
    assert len(written) == 1 and len({each.key for each in found}) == 1


def test_a_message_never_chooses_its_profile() -> None:
    sealed_one = request(sealed(BODY, ED, "ca-ed", TO_X, audience=AUDIENCE, at=NOW))
    with pytest.raises(PayloadError) as error:
        SIGNS.receive(sealed_one, STATE)
    assert error.value.code == "http.media-type"
    media = "application/cloudevents+json"
    headers = {n.lower(): v for n, v in sign("POST", TARGET, BODY, media, ED, "ca-ed", NOW, "n").items()}
    with pytest.raises(PayloadError) as error:
        SEALS.receive(Request("POST", "/in/ca", {}, headers, BODY, TARGET, NOW), STATE)
    assert error.value.code == "http.media-type"
    with pytest.raises(TrustError):
        SEALS.receive(
            Request("POST", "/in/ca", {}, {**headers, "content-type": "application/jose"}, BODY, TARGET, NOW), STATE
        )


def test_what_is_sealed_must_name_its_hub() -> None:
    with pytest.raises(ValueError, match="audience"):
        Settings.model_validate({**SETTINGS, "profile": "sealed", "audience": ""})


def test_a_body_that_was_proven_and_cannot_be_read_is_handed_on() -> None:
    bad = sealed(b"{", ED, "ca-ed", TO_X, audience=AUDIENCE, at=NOW)
    [found] = SEALS.receive(request(bad), STATE).transmissions
    assert (
        found.body == b"{" and SPEC.played(Settings.model_validate({**SETTINGS, "profile": "sealed"})).auth == "sealed"
    )
