"""Keys of peers have a life, secrets are references, and new pairs are private from their first moment."""

import json
import stat
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from connectors.algorithms import public_pem
from connectors.keys import KeyRecord, KeyRing, read_reference, resolve_secret, write_pair
from schemas.errors import ConfigError, TrustError

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PEM = public_pem(KEY.public_key()).decode()
PRIME = 2**255 - 19
ORDER_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022


def ring(**more: object) -> KeyRing:
    return KeyRing.of([KeyRecord.model_validate({"kid": "ca-1", "public": PEM, **more})])


@pytest.mark.parametrize("state", ["active", "retiring"])
def test_a_key_in_use_is_believed(state: str) -> None:
    assert ring(state=state).at("ca-1", NOW).public.public_bytes_raw() == KEY.public_key().public_bytes_raw()


@pytest.mark.parametrize("state", ["pending", "retired", "revoked"])
def test_a_key_out_of_use_is_not_believed(state: str) -> None:
    with pytest.raises(TrustError) as refused:
        ring(state=state).at("ca-1", NOW)
    assert refused.value.code == "sig.key-state"


def test_a_key_is_believed_from_its_first_instant_and_not_at_its_last() -> None:
    keys = ring(not_before=NOW, not_after=NOW + timedelta(days=1))
    keys.at("ca-1", NOW)
    for outside in (NOW - timedelta(microseconds=1), NOW + timedelta(days=1)):
        with pytest.raises(TrustError) as refused:
            keys.at("ca-1", outside)
        assert refused.value.code == "sig.key-state"


def test_a_kid_that_nobody_registered_is_unknown() -> None:
    with pytest.raises(TrustError) as refused:
        ring().at("ca-2", NOW)
    assert refused.value.code == "sig.key-unknown"


def test_the_same_key_reads_from_pem_jwk_and_file(tmp_path: Path) -> None:
    x = urlsafe_b64encode(KEY.public_key().public_bytes_raw()).decode().rstrip("=")
    (tmp_path / "ca.pub.pem").write_text(PEM)
    jwk = json.dumps({"kty": "OKP", "crv": "Ed25519", "x": x})
    for text in (PEM, jwk, "file:ca.pub.pem"):
        record = KeyRecord.model_validate({"kid": "k", "public": text}, context={"base": tmp_path})
        assert KeyRing.of([record]).at("k", NOW).public.public_bytes_raw() == KEY.public_key().public_bytes_raw()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        '{"kty":"OKP","crv":"Ed25519","x":"AA"}',
        '{"kty":"oct","k":"c2VjcmV0"}',
        '{"kty":"OKP","crv":"Ed25519","x":"' + "A" * 43 + '","d":"' + "A" * 43 + '"}',
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        .decode(),
    ],
    ids=["empty", "broken PEM", "short x", "symmetric", "private JWK", "other curve"],
)
def test_what_is_no_ed25519_public_key_is_a_wrong_setting(text: str) -> None:
    with pytest.raises(ConfigError, match="'ca-1'"):
        ring(public=text)


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("y", [0, 1, ORDER_8, PRIME - ORDER_8, PRIME - 1, PRIME, PRIME + 1])
def test_a_point_of_small_order_is_no_key(y: int, sign: int) -> None:
    weak = Ed25519PublicKey.from_public_bytes((y | sign << 255).to_bytes(32, "little"))
    with pytest.raises(ConfigError, match="small order"):
        ring(public=public_pem(weak).decode())


def test_a_kid_stands_once() -> None:
    record = KeyRecord(kid="ca-1", public=PEM)
    with pytest.raises(ConfigError, match="twice"):
        KeyRing.of([record, record])


def test_a_secret_is_read_from_its_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("s3cr€t\n")
    monkeypatch.setenv("LICET_TEST_TOKEN", "from-env")
    assert resolve_secret("file:token", tmp_path).get_secret_value() == "s3cr€t"
    assert resolve_secret("env:LICET_TEST_TOKEN", tmp_path).get_secret_value() == "from-env"
    assert "s3cr" not in repr(resolve_secret("file:token", tmp_path))


@pytest.mark.parametrize(
    "reference", ["plain-secret", "env:LICET_NOT_SET", "file:missing", "file:empty", "env:", "kms:x"]
)
def test_a_reference_that_leads_nowhere_says_what_to_do(tmp_path: Path, reference: str) -> None:
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(ConfigError) as wrong:
        resolve_secret(reference, tmp_path)
    assert "plain-secret" not in str(wrong.value)


def test_a_file_far_too_large_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 70_000)
    with pytest.raises(ConfigError, match="65536"):
        read_reference("file:large", tmp_path)


def test_a_new_pair_is_private_fits_together_and_is_never_overwritten(tmp_path: Path) -> None:
    private, public = write_pair(tmp_path, "hub", KEY)
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert public.read_text() == PEM
    with pytest.raises(ConfigError, match="exists"):
        write_pair(tmp_path, "hub", Ed25519PrivateKey.generate())
    assert b"PRIVATE KEY" in private.read_bytes()
