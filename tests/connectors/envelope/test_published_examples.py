"""The examples of the specifications, by their own values: keys and primitives agree, and a profile takes no less."""

import json
from base64 import b64decode
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from joserfc import jwe, jws
from joserfc.jwk import ECKey

from connectors.algorithms import Algorithm, jose_key, public_jwk, read_private, read_public
from connectors.envelope.http_sig import verify
from connectors.jose import decrypt_compact, verify_compact
from connectors.keys import KeyRecord, KeyRing, NoOwnKeys
from connectors.port import Request
from schemas.errors import ConfigError, TrustError

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)

RFC8037_A4 = (
    '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}',
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
)
RFC7515_A3 = (
    '{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",'
    '"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}',
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
)


@pytest.mark.parametrize(
    ("example", "algorithm", "alg"),
    [(RFC8037_A4, "ed25519", "Ed25519"), (RFC7515_A3, "es256", "ES256")],
    ids=["RFC 8037 A.4", "RFC 7515 A.3"],
)
def test_the_key_of_an_example_is_read_and_verifies_its_signature(
    example: tuple[str, str], algorithm: Algorithm, alg: str
) -> None:
    key, text = example
    public = read_public(key, "example", algorithm)
    body, _, signature = text.rpartition(".")
    raw = b64decode(signature.replace("-", "+").replace("_", "/") + "==")
    model: Any = jws.JWSRegistry(algorithms=[alg]).get_alg(alg)
    assert model.verify(body.encode(), raw, jose_key(public))
    assert not model.verify(body.encode() + b"A", raw, jose_key(public))
    with pytest.raises(TrustError) as error:  # it names no key, no hub and no use
        verify_compact(text.encode(), KeyRing.of([KeyRecord(kid="k", alg=algorithm, public=key)]), NOW, "x")  # type: ignore[arg-type]
    assert error.value.code == "envelope.refused"


def test_the_thumbprint_of_rfc_8037_a3_names_the_key() -> None:
    named = public_jwk(read_public(RFC8037_A4[0], "k"), "ed25519")
    assert named["kid"] == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_the_encrypted_example_of_rfc_7520_5_4_opens_and_is_not_of_our_profile() -> None:
    key = {
        "kty": "EC",
        "crv": "P-384",
        "x": "YU4rRUzdmVqmRtWOs2OpDE_T5fsNIodcG8G5FWPrTPMyxpzsSOGaQLpe2FpxBmu2",
        "y": "A8-yxCHxkfBz3hKZfI1jUYMjUhsEveZ9THuwFjH2sCNdtksRJU7D5-SkgaFL1ETP",
        "d": "iTx2pk7wW-GqJkHcEkFQb2EFyYcO7RugmaW3mRrQVAOUiPommT0IdnYK2xDlZh-j",
    }
    text = (
        "eyJhbGciOiJFQ0RILUVTK0ExMjhLVyIsImtpZCI6InBlcmVncmluLnRvb2tAdHVja2Jvcm91Z2guZXhhbXBsZSIsImVwayI6eyJrdHkiOiJF"
        "QyIsImNydiI6IlAtMzg0IiwieCI6InVCbzRrSFB3Nmtiang1bDB4b3dyZF9vWXpCbWF6LUdLRlp1NHhBRkZrYllpV2d1dEVLNml1RURzUTZ3"
        "TmROZzMiLCJ5Ijoic3AzcDVTR2haVkMyZmFYdW1JLWU5SlUyTW84S3BvWXJGRHI1eVBOVnRXNFBnRXdaT3lRVEEtSmRhWTh0YjdFMCJ9LCJl"
        "bmMiOiJBMTI4R0NNIn0.0DJjBXri_kBcC46IkU5_Jk9BqaQeHdv2.mH-G2zVqgztUtnW_."
        "tkZuOO9h95OgHJmkkrfLBisku8rGf6nzVxhRM3sVOhXgz5NJ76oID7lpnAi_cPWJRCjSpAaUZ5dOR3Spy7QuEkmKx8-3RCMhSYMzsXaEwDdX"
        "ta9Mn5B7cCBoJKB0IgEnj_qfo1hIi-uEkUpOZ8aLTZGHfpl05jMwbKkTe2yK3mjF6SBAsgicQDVCkcY9BLluzx1RmC3ORXaM0JaHPB93YcdS"
        "DGgpgBWMVrNU1ErkjcMqMoT_wtCex3w03XdLkjXIuEr2hWgeP-nkUZTPU9EoGSPj6fAS-bSz87RCPrxZdj_iVyC6QWcqAu07WNhjzJEPc4jV"
        "ntRJ6K53NgPQ5p99l3Z408OUqj4ioYezbS6vTPlQ.WuGzxmcreYjpHGJoa17EBg"
    )
    known = jwe.JWERegistry(algorithms=["ECDH-ES+A128KW", "A128GCM"])
    found = jwe.decrypt_compact(text, ECKey.import_key(key), registry=known).plaintext or b""
    assert found.decode().startswith("You can trust us to stick with you through thick and thin")
    with pytest.raises(TrustError) as error:
        decrypt_compact(text.encode(), NoOwnKeys(), NOW, "JOSE")
    assert error.value.code == "envelope.refused"


def test_the_agreement_of_rfc_8037_a6_comes_out_by_keys_as_they_are_read_here() -> None:
    theirs = '{"kty":"OKP","crv":"X25519","x":"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"}'
    public = read_public(theirs, "Bob", "ecdh-x25519")
    assert isinstance(public, X25519PublicKey)
    ephemeral = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
    shared = X25519PrivateKey.from_private_bytes(ephemeral).exchange(public)
    assert shared.hex() == "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
    with pytest.raises(ConfigError):  # a key has one use: what is encrypted to signs nothing
        read_public(theirs, "Bob", "ed25519")


def test_the_canonical_form_is_that_of_the_example_of_rfc_8785() -> None:
    """Its strings and literals (3.2.2); of numbers we write whole ones alone, and names are ASCII by the schemas."""
    said = json.loads(
        r"""{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"""
    )
    canonical = '{"literals":[null,true,false],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'.encode()
    assert orjson.dumps(said, option=orjson.OPT_SORT_KEYS) == canonical == rfc8785.dumps(said)


def test_the_signed_request_of_rfc_9421_b_2_6_verifies_and_covers_too_little_for_us() -> None:
    key_text = "MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs="
    public = f"-----BEGIN PUBLIC KEY-----\n{key_text}\n-----END PUBLIC KEY-----"
    keys = KeyRing.of([KeyRecord(kid="test-key-ed25519", public=public)])
    covered = (
        '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473'
        ';keyid="test-key-ed25519"'
    )
    signature = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
    base = (
        '"date": Tue, 20 Apr 2021 02:07:55 GMT\n"@method": POST\n"@path": /foo\n"@authority": example.com\n'
        f'"content-type": application/json\n"content-length": 18\n"@signature-params": {covered}'
    )
    key: Any = keys.at("test-key-ed25519", NOW).public
    key.verify(b64decode(signature), base.encode())
    text = "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF"
    pem = f"-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----".encode()
    own: Any = read_private(pem, "ed25519", "B.1.4")
    assert own.sign(base.encode()) == b64decode(signature)
    headers = {
        "date": "Tue, 20 Apr 2021 02:07:55 GMT",
        "content-type": "application/json",
        "content-length": "18",
        "content-digest": "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
        "signature-input": f"sig-b26={covered}",
        "signature": f"sig-b26=:{signature}:",
    }
    at = datetime.fromtimestamp(1618884473, UTC)
    request = Request("POST", "/foo", {}, headers, b'{"hello": "world"}', "https://example.com/foo", at)
    with pytest.raises(TrustError) as error:
        verify(request, keys)
    assert error.value.code in ("sig.missing", "sig.bad", "sig.components")
