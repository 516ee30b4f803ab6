"""Who signed a request is known only from a signature that covers what it must, now, by a key in use."""

import re
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from time import process_time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from connectors.algorithms import public_pem
from connectors.envelope.http_sig import verify
from connectors.keys import KeyRecord, KeyRing
from connectors.port import Request
from connectors.simulators.authority import COVERED, sign
from schemas.errors import TrustError

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = KeyRing.of([KeyRecord(kid="ca-1", public=public_pem(KEY.public_key()).decode())])
TARGET = "https://hub.example/in/ca"
BODY = '{"id":"1","名":"王伟"}'.encode()
ORDER = 2**252 + 27742317777372353535851937790883648493


def signed(body: bytes = BODY, created: datetime = NOW, kid: str = "ca-1", **more: object) -> Request:
    headers = sign("POST", TARGET, body, "application/json", KEY, kid, created, "n-1", **more)  # type: ignore[arg-type]
    lower = {name.lower(): value for name, value in headers.items()}
    return Request("POST", "/in/ca", {}, {"host": "hub.example", **lower}, body, TARGET, NOW)


GOOD = signed()


def with_header(request: Request, **changed: str | None) -> Request:
    headers = {**request.headers, **{name.replace("_", "-"): value for name, value in changed.items()}}
    return request._replace(headers={name: value for name, value in headers.items() if value is not None})


def with_signature(signature: bytes) -> Request:
    return with_header(GOOD, signature=f"sig=:{b64encode(signature).decode()}:")


def refusal(request: Request, keys: KeyRing = KEYS) -> str:
    with pytest.raises(TrustError) as refused:
        verify(request, keys)
    assert "王" not in str(refused.value)
    return refused.value.code


SIGNATURE = b64decode(GOOD.headers["signature"][5:-1])


def test_a_good_signature_says_who_and_when() -> None:
    proof = verify(GOOD, KEYS)
    assert (proof.kid, proof.created_at, proof.nonce) == ("ca-1", NOW, "n-1")


@given(at=st.integers(0, len(BODY) - 1), bit=st.integers(0, 7))
def test_no_flipped_bit_of_the_body_is_trusted(at: int, bit: int) -> None:
    body = bytearray(BODY)
    body[at] ^= 1 << bit
    assert refusal(GOOD._replace(body=bytes(body))) == "sig.bad"


@given(at=st.integers(0, 63), bit=st.integers(0, 7))
def test_no_flipped_bit_of_the_signature_is_trusted(at: int, bit: int) -> None:
    flipped = bytearray(SIGNATURE)
    flipped[at] ^= 1 << bit
    assert refusal(with_signature(bytes(flipped))) == "sig.bad"


def test_a_body_written_anew_is_not_the_one_that_was_signed() -> None:
    assert refusal(GOOD._replace(body=BODY.replace(b":", b": "))) == "sig.bad"


def test_a_digest_mended_after_signing_is_not_trusted() -> None:
    assert refusal(with_header(GOOD, content_digest=signed(b"other").headers["content-digest"])) == "sig.bad"
    mended = with_header(GOOD, content_digest=signed(b"other").headers["content-digest"])
    assert refusal(mended._replace(body=b"other")) == "sig.bad"


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "PUT"},
        {"target": TARGET + "2"},
        {"target": TARGET + "?x=1"},
        {"target": "https://other.example/in/ca"},
    ],
)
def test_a_request_sent_elsewhere_is_not_trusted(changed: dict[str, str]) -> None:
    assert refusal(GOOD._replace(**changed)) == "sig.bad"  # type: ignore[arg-type]


def test_another_content_type_than_was_signed_is_not_trusted() -> None:
    assert refusal(with_header(GOOD, content_type="application/xml")) == "sig.bad"


@pytest.mark.parametrize("name", ["signature", "signature_input", "content_digest", "content_type"])
def test_without_its_headers_nothing_is_proven(name: str) -> None:
    assert refusal(with_header(GOOD, **{name: None})) == "sig.missing"


@pytest.mark.parametrize("left_out", COVERED)
def test_a_signature_must_cover_all_that_matters(left_out: str) -> None:
    covered = tuple(name for name in COVERED if name != left_out)
    assert refusal(signed(covered=covered)) == "sig.components"


def test_a_component_with_a_parameter_is_not_the_component() -> None:
    covered = ("@method", "@target-uri", "content-type", '"content-digest";key="sha-256"')
    assert refusal(signed(covered=covered)) == "sig.components"


@pytest.mark.parametrize("parameter", ["created", "keyid"])
def test_a_signature_must_say_when_and_by_which_key(parameter: str) -> None:
    without = re.sub(rf';{parameter}=("[^"]*"|\d+)', "", GOOD.headers["signature-input"])
    assert refusal(with_header(GOOD, signature_input=without)) == "sig.components"


@pytest.mark.parametrize("seconds", [-300, 0, 60])
def test_a_signature_is_fresh_within_its_window(seconds: int) -> None:
    verify(signed(created=NOW + timedelta(seconds=seconds)), KEYS)


@pytest.mark.parametrize("seconds", [-301, 61, 10**9])
def test_a_signature_outside_the_window_is_stale(seconds: int) -> None:
    assert refusal(signed(created=NOW + timedelta(seconds=seconds))) == "sig.stale"


def test_freshness_is_judged_at_arrival_not_today() -> None:
    assert verify(GOOD._replace(arrived_at=NOW + timedelta(seconds=299)), KEYS).kid == "ca-1"
    assert refusal(GOOD._replace(arrived_at=NOW + timedelta(days=1))) == "sig.stale"


@pytest.mark.parametrize(("life", "good"), [(1, True), (300, True), (301, False), (0, False), (-5, False)])
def test_a_signature_that_expires_lives_at_most_five_minutes(life: int, good: bool) -> None:
    request = signed(expires=NOW + timedelta(seconds=life))
    if good:
        verify(request, KEYS)
    else:
        assert refusal(request) == "sig.stale"


def test_an_expired_signature_is_stale_inside_the_window() -> None:
    request = signed(created=NOW - timedelta(seconds=100), expires=NOW - timedelta(seconds=1))
    assert refusal(request) == "sig.stale"


def test_a_key_that_is_not_registered_is_unknown() -> None:
    assert refusal(signed(kid="ca-2")) == "sig.key-unknown"


def test_a_key_that_begins_tomorrow_is_not_believed_today() -> None:
    record = KeyRecord(kid="ca-1", public=public_pem(KEY.public_key()).decode(), not_before=NOW + timedelta(days=1))
    assert refusal(GOOD, KeyRing.of([record])) == "sig.key-state"


def test_the_key_of_another_is_not_this_one() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    record = KeyRecord(kid="ca-1", public=public_pem(other.public_key()).decode())
    assert refusal(GOOD, KeyRing.of([record])) == "sig.bad"


@pytest.mark.parametrize("alg", ["hmac-sha256", "rsa-v1_5-sha256", "none", "ED25519"])
def test_the_algorithm_is_the_keys_whatever_the_message_says(alg: str) -> None:
    claimed = GOOD.headers["signature-input"].replace('alg="ed25519"', f'alg="{alg}"')
    assert refusal(with_header(GOOD, signature_input=claimed)) == "sig.bad"


def test_another_tag_is_not_this_purpose() -> None:
    assert refusal(signed(tag="another-purpose")) == "sig.bad"


def test_a_signature_of_another_purpose_beside_ours_is_left_alone() -> None:
    both = with_header(
        GOOD,
        signature_input=GOOD.headers["signature-input"] + ', proxy=("@method");created=1;keyid="p";tag="hop"',
        signature=GOOD.headers["signature"] + ", proxy=:AAAA:",
    )
    assert verify(both, KEYS).kid == "ca-1"


def test_two_signatures_of_our_purpose_are_refused() -> None:
    twice = with_header(
        GOOD,
        signature_input=GOOD.headers["signature-input"] + ", b" + GOOD.headers["signature-input"][3:],
        signature=GOOD.headers["signature"] + ", b" + GOOD.headers["signature"][3:],
    )
    assert refusal(twice) == "sig.bad"


def also_signed(kid: str, key: Ed25519PrivateKey, label: str = "b", **more: object) -> Request:
    """The good request with a second signature before its own."""
    other = sign("POST", TARGET, BODY, "application/json", key, kid, NOW, "n-2", **more)  # type: ignore[arg-type]
    other = {name.lower(): value for name, value in other.items()}
    return with_header(
        GOOD,
        signature_input=f"{label}{other['signature-input'][3:]}, {GOOD.headers['signature-input']}",
        signature=f"{label}{other['signature'][3:]}, {GOOD.headers['signature']}",
    )


OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
SECOND = KeyRecord(kid="ca-2", public=public_pem(OTHER_KEY.public_key()).decode())


def test_while_a_peer_changes_its_keys_the_signature_of_the_one_that_is_known_is_enough() -> None:
    assert verify(also_signed("ca-2", OTHER_KEY), KEYS).kid == "ca-1"
    both = KeyRing.of([KeyRecord(kid="ca-1", public=public_pem(KEY.public_key()).decode()), SECOND])
    assert verify(also_signed("ca-2", OTHER_KEY), both).kid == "ca-2"
    ended = KEYS.under([SECOND.model_copy(update={"state": "retired"}).key()])
    assert verify(also_signed("ca-2", OTHER_KEY), ended).kid == "ca-1"


def test_of_two_signatures_by_keys_that_are_believed_both_must_be_good() -> None:
    both = KeyRing.of([KeyRecord(kid="ca-1", public=public_pem(KEY.public_key()).decode()), SECOND])
    forged = also_signed("ca-2", Ed25519PrivateKey.from_private_bytes(bytes(32)))
    assert refusal(forged, both) == "sig.bad"
    assert refusal(also_signed("ca-2", OTHER_KEY, covered=COVERED[1:]), both) == "sig.components"


def test_two_signatures_by_keys_that_nobody_knows_prove_nothing() -> None:
    assert (
        refusal(also_signed("ca-2", OTHER_KEY), KeyRing.of([SECOND.model_copy(update={"kid": "x"})]))
        == "sig.key-unknown"
    )


def among(others: int) -> Request:
    """The good request with so many signatures of other purposes before its own."""
    return with_header(
        GOOD,
        signature_input=", ".join(
            [*(f'l{n}=("@method");tag="hop"' for n in range(others)), GOOD.headers["signature-input"]]
        ),
        signature=", ".join([*(f"l{n}=:AAAA:" for n in range(others)), GOOD.headers["signature"]]),
    )


def test_sixteen_signatures_are_read_and_no_more() -> None:
    assert verify(among(15), KEYS).kid == "ca-1"
    assert refusal(among(16)) == "sig.bad"


def test_a_flood_of_signatures_costs_next_to_nothing() -> None:
    flood = among(10_000)
    began = process_time()
    assert refusal(flood) == "sig.bad"
    assert process_time() - began < 0.05


BASE64 = GOOD.headers["signature"][5:-1]
SPARE_BITS = BASE64[:-3] + chr(ord(BASE64[-3]) + 1) + "=="


@pytest.mark.parametrize(
    "text",
    [BASE64[:40] + " " + BASE64[40:], BASE64.rstrip("="), BASE64 + "=", SPARE_BITS, "-" + BASE64[1:], "", BASE64[:-8]],
    ids=["space", "no padding", "more padding", "spare bits", "other alphabet", "empty", "short"],
)
def test_base64_has_one_spelling(text: str) -> None:
    assert refusal(with_header(GOOD, signature=f"sig=:{text}:")) == "sig.bad"


@pytest.mark.parametrize(
    "signature", [SIGNATURE[:63], SIGNATURE + b"\0", b"", bytes(64)], ids=["63", "65", "0", "zero"]
)
def test_a_signature_has_64_bytes(signature: bytes) -> None:
    assert refusal(with_signature(signature)) == "sig.bad"


def test_a_signature_moved_by_the_group_order_is_refused() -> None:
    s = int.from_bytes(SIGNATURE[32:], "little") + ORDER
    assert refusal(with_signature(SIGNATURE[:32] + s.to_bytes(32, "little"))) == "sig.bad"


@pytest.mark.parametrize(
    "digest",
    ["sha-256", "sha-256=::", "sha-256=:AAAA:", "sha-512=:AAAA:", "md5=:AAAA:", "sha-256=?1", "SHA-256=:AAAA:"],
)
def test_a_digest_that_is_no_sha_256_is_refused(digest: str) -> None:
    assert refusal(with_header(GOOD, content_digest=digest)) == "sig.bad"


@given(inputs=st.text(max_size=80), values=st.text(max_size=80))
def test_rubbish_is_refused_and_nothing_else(inputs: str, values: str) -> None:
    assert refusal(with_header(GOOD, signature_input=inputs, signature=values)).startswith("sig.")


@given(value=st.text(max_size=60))
def test_rubbish_around_a_good_value_is_refused_and_nothing_else(value: str) -> None:
    rest = GOOD.headers["signature-input"]
    assert refusal(with_header(GOOD, signature_input=f"{rest};x={value}")).startswith("sig.")


def by_hand(digest: str) -> Request:
    """RFC 9421, section 2.5: one line a component, then the parameters, no line end after the last."""
    covered = '("content-digest" "content-type" "@target-uri" "@method")'
    parameters = f'{covered};tag="authority-push";keyid="ca-1";created={int(NOW.timestamp())}'
    base = (
        f'"content-digest": {digest}\n"content-type": application/json\n"@target-uri": {TARGET}\n"@method": POST\n'
        f'"@signature-params": {parameters}'
    )
    signature = b64encode(KEY.sign(base.encode())).decode()
    return with_header(
        GOOD, content_digest=digest, signature_input=f"by-hand={parameters}", signature=f"by-hand=:{signature}:"
    )


DIGEST = f"sha-256=:{b64encode(sha256(BODY).digest()).decode()}:"
OTHER = f"sha-256=:{b64encode(sha256(b'other').digest()).decode()}:"


@pytest.mark.parametrize("digest", [DIGEST, f"sha-512=:AAAA:, {DIGEST}"])
def test_a_base_written_by_hand_from_the_rfc_is_the_base_that_is_verified(digest: str) -> None:
    assert verify(by_hand(digest), KEYS).nonce is None


@pytest.mark.parametrize("digest", [f"{DIGEST}, {DIGEST}", f"{DIGEST}, {OTHER}", OTHER, "sha-512=:AAAA:"])
def test_a_signed_digest_must_be_one_and_that_of_the_body(digest: str) -> None:
    assert refusal(by_hand(digest)) == "sig.bad"
