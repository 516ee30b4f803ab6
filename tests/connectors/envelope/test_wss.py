"""Answers of a SOAP peer are believed for what is signed alone: forgeries over real sockets, each with its code."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from connectors.envelope.trusted import certificates_of
from connectors.envelope.wss import verify
from connectors.generic.soap_pull import SPEC, Settings
from connectors.port import Page
from connectors.simulators.soap.attendance import SHANGHAI, Attendance, Record
from connectors.simulators.soap.proving import FORGERIES, WSU, Signer, canonical
from connectors.simulators.soap.service import Service, serving
from schemas.errors import ConfigError, TrustError
from tests.connectors.soap.peers import NOW, another_key, asking_attendance, certificate, key, pem, private, signer

CODES = {
    "unsigned": "sig.missing",
    "without_signature": "sig.missing",
    "without_security": "sig.missing",
    "sha1": "wss.algorithm",
    "sha1_in_name": "wss.algorithm",
    "truncated_hmac": "wss.algorithm",
    "with_another_transform": "envelope.refused",
    "in_the_signature": "envelope.refused",
    "stale": "sig.stale",
    "over": "sig.stale",
    "from_the_future": "sig.stale",
    "body_uncovered": "sig.components",
    "time_uncovered": "sig.components",
    "in_a_header": "wss.wrapped",
    "bare_in_the_header": "wss.wrapped",
    "in_security": "wss.wrapped",
    "with_the_same_id": "wss.wrapped",
    "with_an_id_of_another_name": "wss.wrapped",
    "renamed_within": "wss.wrapped",
    "second_body": "soap.envelope",
    "body_before": "soap.envelope",
    "second_security": "wss.header",
    "security_for_another": "wss.header",
    "second_signature": "wss.header",
    "second_timestamp": "wss.header",
    "changed": "sig.bad",
    "other_key": "sig.key-unknown",
    "mtom": "soap.attachment",
}
"""What a peer or a forger does, and the code by which it is refused."""


@pytest.fixture
def service() -> Iterator[Service]:
    system = Attendance()
    system.records = [Record(n, "E0", NOW.astimezone(SHANGHAI) - timedelta(hours=n)) for n in range(1, 3)]
    made = system.service()
    made.now, made.signer = (lambda: NOW), signer()
    made.other = Signer(another_key(), certificate(another_key()))
    with serving(made) as started:
        yield started


def asked(service: Service, folder: Path, trusted: bytes, **more: Any) -> Page:
    file = folder / "authority.pem"
    file.write_bytes(trusted)
    made = SPEC.build(
        "x", Settings.model_validate(asking_attendance(service.url, answer_certificates=str(file), **more))
    )
    try:
        page: Page = made.poll({}, NOW)
    finally:
        made.close()
    return page


@pytest.mark.parametrize("kind", ["rsa", "ec"])
@pytest.mark.parametrize("port", ["Soap11", "Soap12"])
def test_an_answer_that_is_signed_is_read(service, tmp_path, kind, port):
    service.signer = signer(kind)
    page = asked(service, tmp_path, pem(certificate(key(kind))), port=port)
    assert not page.alarm and b"<q:empNo>E0</q:empNo>" in page.transmissions[0].body


def test_more_may_be_signed_than_must(service, tmp_path):
    service.wrong = ["all_covered"]
    assert asked(service, tmp_path, pem(certificate(key()))).transmissions


def test_certificates_change_over(service, tmp_path):
    both = pem(certificate(another_key()), certificate(key()))
    assert asked(service, tmp_path, both).transmissions
    service.signer = service.other
    assert asked(service, tmp_path, both).transmissions


@pytest.mark.parametrize(("wrong", "code"), CODES.items())
def test_what_a_forger_does_is_refused_by_its_code(service, tmp_path, wrong, code):
    service.wrong = [wrong]
    trusted = pem(certificate(key()))
    if code.startswith("soap."):
        with pytest.raises(Exception, match=r"SOAP|MTOM") as refused:
            asked(service, tmp_path, trusted)
        assert refused.value.code == code
        return
    page = asked(service, tmp_path, trusted)
    assert (page.transmissions, page.alarm) == ((), code), page


def test_every_forgery_has_its_code():
    assert set(FORGERIES) - set(CODES) == {"with_a_key_of_its_own"}, "the one that changes nothing that is believed"


def test_a_key_that_a_message_brings_is_not_used(service, tmp_path):
    service.wrong = ["with_a_key_of_its_own"]
    assert asked(service, tmp_path, pem(certificate(key()))).transmissions


def test_a_certificate_that_has_expired_is_refused_though_it_was_agreed_on(service, tmp_path):
    service.signer = signer(until=NOW - timedelta(days=1))
    page = asked(service, tmp_path, pem(service.signer.certificate))
    assert (page.transmissions, page.alarm) == ((), "sig.key-state")


def test_an_unsigned_fault_never_means_that_there_is_nothing(service, tmp_path):
    service.wrong = ["fault:Server:no records:NoRecords"]
    service.signer = None
    page = asked(service, tmp_path, pem(certificate(key())))
    assert page.alarm == "sig.missing" and "until" not in page.cursor, "the window did not move"


def test_a_signed_fault_does(service, tmp_path):
    service.wrong = ["fault:Server:no records:NoRecords"]
    page = asked(service, tmp_path, pem(certificate(key())))
    assert not page.alarm and not page.transmissions and page.cursor["until"] == NOW.isoformat()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "cannot be read"),
        (b"no certificate", "cannot be read"),
        (pem(certificate(key(), signs=False)), "another kind"),
        (pem(*[certificate(key())] * 5), "5 certificates"),
    ],
)
def test_certificates_that_are_none_are_refused_before_anybody_is_asked(service, tmp_path, content, says):
    with pytest.raises(ConfigError, match=says):
        asked(service, tmp_path, content)
    assert not service.asked


# ---------------------------------------------------------------- the verifier alone


def envelope(**oddly: Any) -> etree._Element:
    made = etree.fromstring(
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:p="urn:p"><s:Body>'
        b"<p:Status>revoked</p:Status></s:Body></s:Envelope>"
    )
    signer().sign(made, NOW, **oddly)
    return made


@pytest.fixture(scope="module")
def trusted(tmp_path_factory):
    file = tmp_path_factory.mktemp("keys") / "a.pem"
    file.write_bytes(pem(certificate(key())))
    return certificates_of(file, "answer_certificates")


def test_namespaces_that_a_signature_includes_are_minded(trusted):
    verify(envelope(prefixes="s p"), trusted, NOW, timedelta(minutes=5))


def test_what_came_over_the_wire_is_verified(trusted):
    verify(etree.fromstring(etree.tostring(envelope())), trusted, NOW, timedelta(minutes=5))


@settings(max_examples=300, deadline=None)
@given(at=st.integers(0, 100_000), bit=st.integers(0, 7))
def test_no_flipped_bit_changes_what_is_read(trusted, at, bit):
    """Of each bit either the message is refused, or it says byte for byte what was signed."""
    text = bytearray(etree.tostring(envelope()))
    text[at % len(text)] ^= 1 << bit
    try:
        root = etree.fromstring(bytes(text))
        soap = f"{{{etree.QName(root).namespace}}}"
        if [each.tag for each in root] != [f"{soap}Header", f"{soap}Body"]:
            return
    except (etree.XMLSyntaxError, ValueError):
        return
    try:
        verify(root, trusted, NOW, timedelta(minutes=5))
    except TrustError:
        return
    assert canonical(root[-1][0]) == canonical(envelope()[-1][0])


@pytest.mark.parametrize(
    "created", ["2026-03-02", "2026-03-02T10:00:00", "now", "", "2026-03-02T10:00:00+99:00", "9999-99-99T00:00:00Z"]
)
def test_a_time_that_is_none_is_refused(trusted, created):
    made = envelope()
    time = deepcopy(made[0][0][0])
    time[0].text = created
    made[0][0].remove(made[0][0][0])
    made[0][0].insert(0, time)
    with pytest.raises(TrustError) as refused:
        verify(made, trusted, NOW, timedelta(minutes=5))
    assert refused.value.code in ("sig.bad", "sig.stale")


def test_an_end_is_not_waited_for(trusted):
    with pytest.raises(TrustError) as refused:
        verify(envelope(life=timedelta(minutes=2)), trusted, NOW + timedelta(minutes=3), timedelta(minutes=5))
    assert refused.value.code == "sig.stale"
    assert envelope()[0][0][0].get(f"{{{WSU}}}Id") == "TS-1"


def test_our_key_must_fit_our_certificate(service, tmp_path):
    file = tmp_path / "hub.pem"
    file.write_bytes(pem(certificate(key())))
    for wrong in (private(another_key()), "no key"):
        with pytest.raises(ConfigError, match="sign_key"):
            given = asking_attendance(service.url, sign_certificate=str(file), sign_key=wrong)
            SPEC.build("x", Settings.model_validate(given))
