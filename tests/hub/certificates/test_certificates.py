"""What was issued has a certificate: signed facts that strangers verify, a page, and how it stands now."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from io import BytesIO

import orjson
import pytest
import typst
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pypdf import PdfReader

from connectors.algorithms import public_pem
from hub.assembly import Assembly
from hub.certificates.attachment import attached_to
from hub.certificates.document import page_of
from hub.certificates.signature import published, read_keys, sign, unproven, verified
from hub.store.tables import certificates as sql
from hub.store.tables import log
from schemas.errors import ConfigError, PayloadError, TrustError
from tests.conftest import HandClock
from tests.hub.decision.test_law import LOG_KEY, NOW, opened, qualified, send, voided
from tests.hub.doors import enforced, look

FORMAL = "dc-ops-qualification"
CHINESE = any("CJK" in each or "WenQuanYi" in each for each in typst.Fonts(True, False, []).families())
needs_font = pytest.mark.skipif(not CHINESE, reason="no Chinese font here: `make peers` installs fonts-noto-cjk")


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def hub(tmp_path, clock):
    """A hub with one person who has earned it all, and whose certificates are written."""
    with opened(tmp_path / "hub", clock) as parts:
        enforced(parts)
        for message in qualified("E1"):
            send(parts, message, clock)
        while parts.certificate_desk.turn() == 0.0:
            pass
        yield parts


def formal(parts: Assembly):
    return next(each for each in parts.certificates.of_person("E1", "") if each.certificate.credential.id == FORMAL)


def entries(parts: Assembly, kind: str) -> list[dict]:
    with parts.database.reading() as session:
        found = session.all(log.entries_after, {"seq": 0, "limit": 1000})
    return [entry for row in found if (entry := orjson.loads(row.body))["kind"] == kind]


def test_what_was_issued_has_a_certificate_with_its_first_and_last_day(hub):
    kept = formal(hub)
    facts = kept.certificate
    assert (facts.holder.employee_no, facts.holder.name) == ("E1", "张三")
    assert facts.credential.zh == "数据中心安全运维资格证" and facts.position.en == "Data centre operations engineer"
    assert (facts.first_day.isoformat(), facts.last_valid_day.isoformat()) == ("2026-01-12", "2027-01-12")
    assert facts.ends_at.isoformat() == "2027-01-12T16:00:00+00:00", "the bound is the midnight after the last day"
    assert kept.standing.holds


def test_a_stranger_with_the_published_key_alone_verifies_the_facts(hub):
    """Nothing of ours: the key from the published set, the signature as RFC 7515 lays it out."""
    [member] = published(hub.certificates.key)["keys"]
    head, payload, signature = formal(hub).signed.split(".")
    key = Ed25519PublicKey.from_public_bytes(_bytes(member["x"]))
    key.verify(_bytes(signature), f"{head}.{payload}".encode())
    assert json.loads(_bytes(head)) == {"alg": "Ed25519", "cty": "vc", "kid": member["kid"], "typ": "vc+jwt"}
    said = json.loads(_bytes(payload))
    assert said["credentialSubject"].items() >= {"employee_no": "E1", "name": "张三"}.items()
    assert said["@context"][0] == "https://www.w3.org/ns/credentials/v2" and "VerifiableCredential" in said["type"]
    assert (said["validFrom"], said["validUntil"]) == ("2026-01-12T07:00:00.000000Z", "2027-01-12T16:00:00.000000Z")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_one_changed_letter_is_noticed_and_another_key_is_not_believed(hub):
    signed = formal(hub).signed
    head, payload, signature = signed.split(".")
    forged = urlsafe_b64encode(_bytes(payload).replace(b"2027-01-12", b"2037-01-12")).decode().rstrip("=")
    for text in (f"{head}.{forged}.{signature}", signed[:-6] + "AAAAAA", "", "a.b.c", signed[:-1], "é" * 9):
        with pytest.raises(TrustError):
            verified(text, [hub.certificates.key])
    with pytest.raises(TrustError):
        verified(sign(unproven(signed), Ed25519PrivateKey.generate()), [hub.certificates.key])
    unsigned = urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    with pytest.raises(TrustError):
        verified(f"{unsigned}.{payload}.", [hub.certificates.key])


def test_the_same_facts_are_signed_to_the_same_bytes(hub, tmp_path):
    key = Ed25519PrivateKey.generate()
    facts = formal(hub).certificate
    assert sign(facts, key) == sign(facts, key)
    assert verified(sign(facts, key), [key.public_key()]) == facts


@pytest.mark.parametrize("form", ["pem", "jwk", "set"])
def test_the_key_is_read_in_the_forms_in_which_it_is_published(hub, form):
    found = published(hub.certificates.key)
    forms = {"set": json.dumps(found), "jwk": json.dumps(found["keys"][0])}
    text = forms.get(form) or public_pem(hub.certificates.key).decode()
    assert verified(formal(hub).signed, read_keys(text)).number == formal(hub).certificate.number


@pytest.mark.parametrize("text", ["", "{}", '{"keys": []}', '{"keys": [{"kty": "RSA"}]}', "{", '{"keys": [3]}'])
def test_what_is_no_key_is_refused(text):
    with pytest.raises(ConfigError):
        read_keys(text)


def test_names_stand_in_the_document_and_never_in_the_log(hub):
    [*written] = entries(hub, "certified")
    assert len(written) == len(hub.certificates.of_person("E1", "hr")) == 2, "the provisional one, and the formal one"
    for entry in (*written, *entries(hub, "access")):
        assert "张三" not in str(entry) and "E1" not in str(entry) and FORMAL not in str(entry)
    with hub.database.reading() as session:
        rows = session.all(sql.certificates_of, {"person": hub.directory.person_by_number("E1")})
    assert all("张三".encode() not in row.signed and row.state == "written" for row in rows)


def test_a_lost_ground_is_shown_and_so_is_its_return(hub, clock):
    clock.advance(timedelta(days=1))
    send(hub, voided("E1-exam-2026-01-12"), clock)
    standing = formal(hub).standing
    assert (standing.state, standing.holds) == ("ground_lost", False)


def test_a_certificate_is_over_after_its_last_day_and_not_before(hub, clock):
    clock.at = formal(hub).certificate.ends_at - timedelta(seconds=1)
    look(hub)
    assert formal(hub).standing.holds
    clock.at += timedelta(seconds=1)
    assert formal(hub).standing.state == "over"


def test_what_the_hub_signed_and_does_not_know_is_said_so(hub, clock):
    changed = formal(hub).certificate.model_copy(update={"number": "dc-20260112-0badbeef"})
    key = load_pem_private_key(LOG_KEY, None)
    assert isinstance(key, Ed25519PrivateKey)
    assert hub.certificates.shown(sign(changed, key), "") is None
    with pytest.raises(TrustError):
        hub.certificates.shown(sign(changed, Ed25519PrivateKey.generate()), "")


def test_a_number_that_nobody_has_is_a_mistake(hub):
    with pytest.raises(ConfigError, match="certificate list"):
        hub.certificates.numbered("nothing", "")
    with pytest.raises(ConfigError, match="E9"):
        hub.certificates.of_person("E9", "")


def test_a_post_in_observe_certifies_nothing(tmp_path, clock):
    with opened(tmp_path / "hub", clock) as parts:
        for message in qualified("E1"):
            send(parts, message, clock)
        parts.certificate_desk.turn()
        assert parts.certificates.of_person("E1", "") == []


@needs_font
class TestPage:
    def test_it_shows_in_both_languages_what_is_signed_and_carries_it(self, hub):
        kept = formal(hub)
        page = hub.certificates.page(kept)
        text = PdfReader(BytesIO(page)).pages[0].extract_text()
        for shown in ("张三", "E1", kept.certificate.number, "2026-01-12", "2027-01-12", "有效期至", "Valid until"):
            assert shown in text
        assert attached_to(page) == kept.signed
        assert verified(attached_to(page), [hub.certificates.key]) == kept.certificate

    def test_exported_again_it_has_the_same_bytes_whatever_happened_since(self, hub, clock):
        first = hub.certificates.page(formal(hub))
        again = page_of(formal(hub).certificate, formal(hub).signed, hub.certificates.kid)
        assert again == first, "the page follows from the facts"
        clock.advance(timedelta(days=500))
        assert hub.certificates.page(formal(hub)) == first

    def test_what_is_of_a_person_is_never_taken_for_markup(self, hub):
        facts = formal(hub).certificate
        name = '#eval("1") *x* $y$ \\ <z> "'
        holder = facts.holder.model_copy(update={"name": name})
        page = page_of(facts.model_copy(update={"holder": holder}), "a.b.c", "kid")
        assert name.replace(" ", "") in PdfReader(BytesIO(page)).pages[0].extract_text().replace(" ", "")

    def test_a_rare_letter_of_a_name_is_shown(self, hub):
        facts = formal(hub).certificate
        holder = facts.holder.model_copy(update={"name": "㛃䶮𠮷"})
        page = page_of(facts.model_copy(update={"holder": holder}), "a.b.c", "kid")
        assert "㛃䶮𠮷" in PdfReader(BytesIO(page)).pages[0].extract_text()


def test_a_letter_that_no_font_has_is_refused_with_what_to_do(hub, tmp_path):
    empty = tmp_path / "fonts"
    empty.mkdir()
    with pytest.raises(ConfigError, match="fonts-noto-cjk") as refused:
        page_of(formal(hub).certificate, "a.b.c", "kid", empty)
    assert refused.value.code == "certificate.font"


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"%PDF-", b"%PDF-1.7\n%%EOF", b"%PDF-1.7\ntrailer<</Root 1 0 R>>"])
def test_a_pdf_without_a_certificate_proves_nothing(content):
    with pytest.raises(PayloadError, match="proves nothing"):
        attached_to(content)
