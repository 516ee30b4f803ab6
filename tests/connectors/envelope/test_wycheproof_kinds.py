"""The kinds of Wycheproof's vectors for JOSE: each is refused here, whatever the library underneath would say of it."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwe
from joserfc.jwk import OKPKey
from pydantic import ValidationError

from connectors.algorithms import KINDS, public_jwk, public_pem, read_public
from connectors.envelope.sealed import open_sealed
from connectors.jose import verify_compact
from connectors.key_set import read_key_set
from connectors.keys import EVER, KeyRecord, KeyRing, Life, OwnKey, PeerKey
from connectors.webhook import WebhookSettings
from schemas.errors import ConfigError, RejectedError, TrustError

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ES, ED = ec.derive_private_key(7, ec.SECP256R1()), Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = KeyRing.of(
    [
        KeyRecord(kid="es", alg="es256", public=public_pem(ES.public_key()).decode()),
        KeyRecord(kid="ed", public=public_pem(ED.public_key()).decode()),
    ]
)
TYP = "message+jws"


def b64(content: bytes) -> bytes:
    return urlsafe_b64encode(content).rstrip(b"=")


def es256(payload: bytes = b"{}") -> tuple[bytes, int, int]:
    """What is signed, and the two numbers of a good signature, the first of them with a zero byte in front of it."""
    head = b64(json.dumps({"alg": "ES256", "kid": "es", "typ": TYP}).encode())
    text = head + b"." + b64(payload)
    while True:
        r, s = decode_dss_signature(ES.sign(text, ec.ECDSA(SHA256())))
        if r.bit_length() <= 248:
            return text, r, s


TEXT, R, S = es256()
GOOD = R.to_bytes(32, "big") + S.to_bytes(32, "big")
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def named(cases: dict[str, Any]) -> list[Any]:
    """Cases by their names: what they hold is another one in each run."""
    return [pytest.param(value, id=name) for name, value in cases.items()]


def verified(signature: bytes, text: bytes = TEXT) -> bytes:
    return verify_compact(text + b"." + signature, KEYS, NOW, TYP).payload


def refusal(signature: bytes, text: bytes = TEXT) -> str:
    with pytest.raises(TrustError) as error:
        verified(signature, text)
    return error.value.code


def test_a_good_signature_of_64_bytes_is_taken() -> None:
    assert verified(b64(GOOD)) == b"{}"


@pytest.mark.parametrize(
    "signature",
    named(
        {
            "66 bytes: both with a zero in front": b"\0" + GOOD[:32] + b"\0" + GOOD[32:],
            "66 bytes: zeros behind": GOOD + b"\0\0",
            "514 bytes": bytes(225) + GOOD[:32] + bytes(225) + GOOD[32:],
            "62 bytes: without its zero": GOOD[1:32] + GOOD[33:],
            "DER": ES.sign(TEXT, ec.ECDSA(SHA256())),
            "nothing": b"",
        }
    ),
)
def test_es256_has_64_bytes_and_no_others(signature: bytes) -> None:
    assert refusal(b64(signature)) == "envelope.refused"


@pytest.mark.parametrize(
    "signature",
    named(
        {
            "r and s are 0": bytes(64),
            "r is the order, s is 1": ORDER.to_bytes(32, "big") + (1).to_bytes(32, "big"),
            "s above the order": GOOD[:32] + bytes([255]) * 32,
            "r and s changed over": GOOD[32:] + GOOD[:32],
            "another r": ((R + 1) % ORDER).to_bytes(32, "big") + GOOD[32:],
        }
    ),
)
def test_numbers_that_no_signature_has_are_refused(signature: bytes) -> None:
    assert refusal(b64(signature)) == "sig.bad"


@pytest.mark.parametrize(
    "spelt",
    named(
        {
            "padding": b64(GOOD) + b"==",
            "one padding character": b64(GOOD) + b"=",
            "a line end": b64(GOOD) + b"\n",
            "a blank within": b64(GOOD)[:20] + b" " + b64(GOOD)[20:],
            "the other alphabet": b64(GOOD).replace(b"-", b"+").replace(b"_", b"/") + b"+/",
            "spare bits": b64(GOOD)[:-1] + bytes([b64(GOOD)[-1] + 1]),
            "no ASCII": b64(GOOD)[:-2] + "é".encode(),
        }
    ),
)
def test_base64url_has_one_spelling(spelt: bytes) -> None:
    assert refusal(spelt) == "envelope.refused"


@pytest.mark.parametrize("part", range(5))
@pytest.mark.parametrize("more", [b"=", b"==", b" ", b"\n"])
def test_no_part_of_a_sealed_message_is_padded(part: int, more: bytes) -> None:
    own = KINDS["ecdh-x25519"].generate()
    head = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "kid": "own", "cty": "JOSE"}
    known = jwe.JWERegistry(algorithms=["ECDH-ES+A256KW", "A256GCM"], strict_check_header=False)
    parts = (
        jwe.encrypt_compact(head, b"x.y.z", OKPKey.import_key(own.public_key()), registry=known).encode().split(b".")
    )
    parts[part] += more

    class Own:
        def at(self, kid: str, instant: datetime) -> OwnKey:
            return OwnKey(kid, "ecdh-x25519", own)

    with pytest.raises(TrustError) as error:
        open_sealed(b".".join(parts), Own(), KEYS, "hub", NOW)
    assert error.value.code == "envelope.refused"


# --- which key may do what ---------------------------------------------------------------------------------------


def test_a_key_has_one_use() -> None:
    """A key that is encrypted to verifies nothing, and neither kind is read as the other."""
    both = ec.derive_private_key(9, ec.SECP256R1())
    ring = KeyRing([PeerKey("es", "ecdh-p256", both.public_key(), Life(EVER))])
    with pytest.raises(TrustError) as error:
        verify_compact(TEXT + b"." + b64(GOOD), ring, NOW, TYP)
    assert error.value.code == "envelope.refused"
    for algorithm, use in (("es256", "enc"), ("ecdh-p256", "sig")):
        member = {**public_jwk(both.public_key(), algorithm), "use": use}  # type: ignore[arg-type]
        with pytest.raises(ConfigError):
            read_public(json.dumps(member), "k", algorithm)  # type: ignore[arg-type]
    enc = public_jwk(both.public_key(), "ecdh-p256", "enc")
    assert [
        each.kid
        for each in read_key_set(json.dumps({"keys": [enc, public_jwk(ED.public_key(), "ed25519", "s")]}).encode())
    ] == ["s"]
    with pytest.raises(RejectedError):
        read_key_set(json.dumps({"keys": [enc]}).encode())


def test_an_algorithm_belongs_to_its_key_whatever_the_message_says() -> None:
    for alg in ("Ed25519", "EdDSA", "HS256", "none", "RS256", "ES256K", "es256"):
        head = b64(json.dumps({"alg": alg, "kid": "es", "typ": TYP}).encode())
        assert refusal(b64(GOOD), head + b"." + b64(b"{}")) == "envelope.refused"


@pytest.mark.parametrize("bits", [1024, 2048])
@pytest.mark.parametrize("algorithm", ["rs256", "rsa-oaep"])
def test_short_rsa_keys_are_no_keys(bits: int, algorithm: Any) -> None:
    public = rsa.generate_private_key(65537, bits).public_key()
    numbers = public.public_numbers()
    n, e = (b64(each.to_bytes((each.bit_length() + 7) // 8, "big")).decode() for each in (numbers.n, numbers.e))
    member = {"kty": "RSA", "n": n, "e": e}
    for text in (public_pem(public).decode(), json.dumps(member)):
        with pytest.raises(ConfigError, match=str(bits)):
            read_public(text, "k", algorithm)
    good = public_jwk(ED.public_key(), "ed25519", "good")  # in a set it is one for other purposes, and not believed
    assert [key.kid for key in read_key_set(json.dumps({"keys": [{**member, "kid": "r"}, good]}).encode())] == ["good"]


def test_short_secrets_are_no_secrets() -> None:
    for secret in ("whsec_", "whsec_QQ==", "whsec_" + urlsafe_b64encode(bytes(23)).decode(), "A" * 40):
        with pytest.raises(ValidationError) as error:
            WebhookSettings.model_validate({"url": "https://r.example", "secret": secret})
        assert secret.removeprefix("whsec_")[:8] not in str(error.value) or not secret.removeprefix("whsec_")


@pytest.mark.parametrize(
    "member",
    named(
        {
            "a shared key": {"kty": "oct", "k": "AAAA", "kid": "x"},
            "a private key": {**public_jwk(ED.public_key(), "ed25519", "x"), "d": "AAAA"},
            "a point off the curve": {
                **public_jwk(ES.public_key(), "es256", "x"),
                "y": public_jwk(ES.public_key(), "es256")["x"],
            },
            "a coordinate with padding": {
                **public_jwk(ED.public_key(), "ed25519", "x"),
                "x": public_jwk(ED.public_key(), "ed25519")["x"] + "=",
            },
            "a coordinate that is short": {**public_jwk(ED.public_key(), "ed25519", "x"), "x": "AAAA"},
        }
    ),
)
def test_a_set_with_a_key_that_is_none_is_refused_whole(member: dict[str, Any]) -> None:
    good = public_jwk(ED.public_key(), "ed25519", "good")
    with pytest.raises(RejectedError) as error:
        read_key_set(json.dumps({"keys": [good, member]}).encode())
    assert error.value.code == "keys.set"


def test_a_name_stands_once() -> None:
    one, other = public_jwk(ED.public_key(), "ed25519", "k"), public_jwk(ES.public_key(), "es256", "k")
    with pytest.raises(RejectedError):
        read_key_set(json.dumps({"keys": [one, other]}).encode())
    with pytest.raises(RejectedError):
        read_key_set(b'{"keys": [' + json.dumps(one).encode() + b'], "keys": []}')
    with pytest.raises(ConfigError):
        KeyRing.of(
            [KeyRecord(kid="k", alg=alg, public=json.dumps(each)) for alg, each in (("ed25519", one), ("es256", other))]
        )  # type: ignore[arg-type]
