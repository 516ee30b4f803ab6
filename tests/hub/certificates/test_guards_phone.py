"""What a guard's phone does: it reads the code on the page and believes what is signed, by nothing of ours."""

import gzip
import json
from base64 import urlsafe_b64decode
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from hub.certificates.credential import PURPOSES
from hub.certificates.facts import Issuer
from hub.certificates.signature import published
from hub.views.withdrawn import StatusLists
from tests.conftest import HandClock
from tests.hub.certificates.test_certificates import CHINESE, formal
from tests.hub.certificates.test_status_list import URL
from tests.hub.decision.test_law import LOG_KEY, NOW, opened, qualified, send, voided
from tests.hub.doors import enforced

jwcrypto = pytest.importorskip("jwcrypto", reason="set up the environment anew: `make test`")
pdfium = pytest.importorskip("pypdfium2", reason="set up the environment anew: `make test`")
zxing = pytest.importorskip("zxingcpp", reason="set up the environment anew: `make test`")

if not CHINESE:
    pytest.skip("no Chinese font here: `make peers` installs fonts-noto-cjk", allow_module_level=True)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def hub(tmp_path, clock):
    with opened(tmp_path / "hub", clock, public_url=URL) as parts:
        enforced(parts)
        for message in qualified("E1"):
            send(parts, message, clock)
        while parts.certificate_desk.turn() == 0.0:
            pass
        yield parts


def scanned(page: bytes) -> str:
    """What the one code on a page says, as a camera sees the page."""
    seen = pdfium.PdfDocument(BytesIO(page))[0].render(scale=4, grayscale=True)
    [code] = zxing.read_barcodes(memoryview(bytes(seen.buffer)).cast("B", (seen.height, seen.stride)))
    return str(code.text)


def believed(token: str, keys: dict[str, Any]) -> dict[str, Any]:
    """What is signed, by the key that the phone has pinned: any other, and any other algorithm, proves nothing."""
    from jwcrypto.jwk import JWK
    from jwcrypto.jws import JWS

    found = JWS()
    found.allowed_algs = ["EdDSA", "Ed25519"]
    found.deserialize(token)
    [member] = keys["keys"]
    found.verify(JWK.from_json(json.dumps({**member, "alg": "Ed25519"} if "alg" in member else member)))
    said: dict[str, Any] = json.loads(found.payload)
    return said


def bit(entry: dict[str, Any], token: str, keys: dict[str, Any]) -> int:
    """The bit of a certificate in a list that the hub serves, signed by the pinned key."""
    listed = believed(token, keys)
    assert listed["id"] == entry["statusListCredential"]
    packed = listed["credentialSubject"]["encodedList"].removeprefix("u")
    bits = gzip.decompress(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    place = int(entry["statusListIndex"])
    return bits[place >> 3] >> (7 - place % 8) & 1


def online(hub, clock, said, keys) -> dict[str, int]:
    """What the lists say of a certificate now."""
    lists = StatusLists(hub.database, Issuer("h", URL), load_pem_private_key(LOG_KEY, None), clock)
    entries = {each["statusPurpose"]: each for each in said["credentialStatus"]}
    return {purpose: bit(entries[purpose], str(lists.signed(purpose, 0)), keys) for purpose in PURPOSES}


def test_the_code_on_the_page_is_believed_offline_and_what_the_lists_say_online(hub, clock):
    kept, keys = formal(hub), published(hub.certificates.key)
    said = believed(scanned(hub.certificates.page(kept)), keys)
    subject = said["credentialSubject"]
    assert kept.certificate.number in json.dumps(said) and "E1" in json.dumps(subject)
    assert online(hub, clock, said, keys) == {"revocation": 0, "suspension": 0}
    clock.advance(timedelta(days=1))
    send(hub, voided("E1-exam-2026-01-12"), clock)
    assert online(hub, clock, said, keys) == {"revocation": 0, "suspension": 1}, "what it rested on was taken back"


def test_a_code_that_another_key_signed_is_not_believed(hub):
    from jwcrypto.jwk import JWK
    from jwcrypto.jws import InvalidJWSSignature

    token = scanned(hub.certificates.page(formal(hub)))
    other = json.loads(JWK.generate(kty="OKP", crv="Ed25519").export_public())
    with pytest.raises(InvalidJWSSignature):
        believed(token, {"keys": [other]})
    head, payload, signature = token.split(".")
    with pytest.raises(InvalidJWSSignature):
        believed(f"{head}.{payload[:-2]}{'A' if payload[-2] != 'A' else 'B'}{payload[-1]}.{signature}",
                 published(hub.certificates.key))  # fmt: skip
