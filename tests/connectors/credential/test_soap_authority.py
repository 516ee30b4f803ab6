"""An authority that is asked over SOAP, certificate by certificate: what it says is taken, and nothing else."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from pydantic import ValidationError

import mappings
from connectors.credential.soap_authority import SPEC, Settings, SoapAuthority
from connectors.port import Certificate, Page
from connectors.simulators.badge_issuer import BadgeIssuer
from connectors.simulators.badge_issuer import serving as serving_tls
from connectors.simulators.soap.authority import WSDL
from connectors.simulators.soap.authority import SoapAuthority as Simulated
from connectors.simulators.soap.proving import FORGERIES, Signer
from connectors.simulators.soap.service import SIGNED_AT, SIGNED_ODDLY, Service, serving
from schemas.credential import CredentialStatus, RenewalDemand
from schemas.errors import LicetError
from schemas.transmission import Item
from tests.connectors import test_http
from tests.connectors.soap.peers import NOW, another_key, certificate, key, pem, pinned, signer

DOCUMENT = mappings.load("credential/soap_authority", Path("tests/mappings/vendors"))
SINCE = "2026-03-02T09:00:00+08:00"
HARMLESS = {"with_a_key_of_its_own", "all_covered"}


def asking(url: str, **more: Any) -> dict[str, Any]:
    """How a hub is set to ask the simulated authority."""
    return {
        "base_url": url,
        "path": "/ws",
        "wsdl": str(WSDL),
        "pinned": {"authority.wsdl": pinned(WSDL)["authority.wsdl"]},
        "credentials": {"licence": "DY"},
        "status": {
            "operation": "QueryStatus",
            "parameters": {"/certificate/no": "{number}", "/certificate/class": "{credential}", "/holder": "{holder}"},
            "number_at": "/QueryStatusResponse/certificate/no",
        },
        "faults": {"NoSuchCertificate": "empty", "Busy": "busy"},
        "zone": "Asia/Shanghai",
        "allow_private_address": True,
        **more,
    }


def known(*numbers: int) -> list[Certificate]:
    return [Certificate(f"r{n}", "licence", f"L{n}") for n in numbers]


@contextmanager
def asked(service: Service, **more: Any) -> Iterator[SoapAuthority]:
    made = SPEC.build("authority", Settings.model_validate(asking(service.url, **more)))
    try:
        yield made
    finally:
        made.close()


def rounds(source: SoapAuthority, of: list[Certificate], cursor: Any = None) -> tuple[list[Page], Any]:
    """All pages of a round, and the cursor that it leaves."""
    pages, cursor = [], cursor or {}
    while True:
        pages.append(source.inquire(cursor, of, NOW))
        cursor = json.loads(json.dumps(dict(pages[-1].cursor)))
        if pages[-1].again_in is None:
            return pages, cursor


def told(pages: list[Page]) -> list[tuple[str, str]]:
    """Number and status of all that was brought."""
    outcomes = [each for page in pages for sent in page.transmissions for each in DOCUMENT.read(sent)]
    assert all(isinstance(each, Item) for each in outcomes), outcomes
    return [(each.records[0].number, each.records[0].status) for each in outcomes]


@pytest.fixture
def authority() -> Simulated:
    made = Simulated()
    for n in range(5):
        made.stands(f"L-{n}", since=SINCE, validTo="2030-11-21")
    return made


@pytest.fixture
def service(authority: Simulated) -> Iterator[Service]:
    other = Signer(another_key(), certificate(another_key()))
    with serving(authority.service(other=other, now=lambda: NOW)) as started:
        yield started


@pytest.fixture
def trusted(service: Service, tmp_path: Path) -> dict[str, str]:
    """It signs its answers, and the hub knows by which certificate."""
    service.signer = signer()
    file = tmp_path / "authority.pem"
    file.write_bytes(pem(certificate(key())))
    return {"answer_certificates": str(file)}


def test_every_certificate_is_asked_about_and_told_once_until_it_changes(authority, service, trusted):
    with asked(service, at_once=2, **trusted) as source:
        pages, cursor = rounds(source, known(3, 1, 0, 4, 2))
        assert told(pages) == [(f"L-{n}", "active") for n in range(5)] and len(pages) == 3
        assert pages[-1].summary["certificates"] == {"asked": 5, "missed": 0}
        authority.stands("L-3", state="注销", since=SINCE)
        pages, cursor = rounds(source, known(3, 1, 0, 4, 2), cursor)
        assert told(pages) == [("L-3", "revoked")] and len(service.asked) == 10
    request = service.asked[0].envelope
    assert request.findtext(".//{*}no") == "L0" and request.findtext(".//{*}class") == "DY"
    assert request.findtext(".//{*}holder") == "r0"


def test_every_status_is_told(authority, service):
    words = {"正常": "active", "暂停": "suspended", "注销": "revoked", "过期": "expired", "换证": "superseded"}
    words["待核实"] = "unknown"
    for n, state in enumerate(words):
        authority.stands(f"S-{n}", state=state, since=SINCE)
    of = [Certificate("r0", "licence", f"S{n}") for n in range(len(words))]
    with asked(service) as source:
        assert [status for _number, status in told(rounds(source, of)[0])] == list(words.values())


def test_a_round_goes_on_where_it_was_left(authority, service):
    with asked(service, at_once=1) as source:
        first = source.inquire({}, known(0, 1, 2), NOW)
    assert first.again_in == 0 and len(service.asked) == 1
    with asked(service, at_once=10) as source:
        pages, _cursor = rounds(source, known(0, 1, 2), json.loads(json.dumps(dict(first.cursor))))
    assert told([first, *pages]) == [("L-0", "active"), ("L-1", "active"), ("L-2", "active")]
    assert len(service.asked) == 3


def test_one_that_the_authority_does_not_know_is_an_alarm_and_says_nothing_of_it(authority, service, trusted):
    with asked(service, **trusted) as source:
        pages, cursor = rounds(source, known(0, 7))
        assert told(pages) == [("L-0", "active")] and pages[-1].alarm == "credential.unknown"
        assert pages[-1].summary["certificates"]["missed"] == 1
        assert rounds(source, known(0, 7), cursor)[0][-1].transmissions == ()


def test_an_answer_about_another_certificate_is_not_taken(authority, service, trusted):
    authority.certificates["L-1"]["answers_for"] = "L-0"
    with asked(service, **trusted) as source:
        pages, _cursor = rounds(source, known(1, 2))
    assert told(pages) == [("L-2", "active")] and pages[-1].alarm == "peer.bad-answer"


def test_one_answer_that_is_a_fault_holds_up_no_other(authority, service):
    authority.certificates["L-1"]["fault"] = "Broken"
    with asked(service) as source:
        pages, _cursor = rounds(source, known(0, 1, 2))
    assert told(pages) == [("L-0", "active"), ("L-2", "active")] and pages[-1].alarm == "soap.fault"


AWAY = {"500": "peer.unreachable", "429": "peer.throttled", "401": "peer.auth", "fault:Server:x:Busy": "peer.throttled"}
AWAY |= {"404": "peer.missing", "410": "peer.gone"}


@pytest.mark.parametrize(("wrong", "code"), AWAY.items())
def test_an_authority_that_is_away_is_one_alarm_and_then_an_error_until_it_is_back(service, wrong, code):
    with asked(service) as source:
        service.always_wrong = wrong
        page = source.inquire({}, known(0, 1), NOW)
        assert (page.transmissions, page.alarm, page.again_in) == ((), code, None)
        with pytest.raises(LicetError) as failed:
            source.inquire(page.cursor, known(0, 1), NOW)
        assert failed.value.code == code
        service.always_wrong = ""
        pages, cursor = rounds(source, known(0, 1), page.cursor)
        assert told(pages) == [("L-0", "active"), ("L-1", "active")] and "away" not in cursor
        service.always_wrong = wrong
        assert source.inquire(cursor, known(0, 1), NOW).alarm == code, "another outage is another alarm"


def test_a_certificate_that_is_not_trusted_and_a_silence_are_told_apart_and_say_nothing(service, tmp_path):
    mine, other = tmp_path / "mine", tmp_path / "other"
    mine.mkdir()
    other.mkdir()
    test_http.certificate(other)
    with (
        serving_tls(BadgeIssuer(), test_http.certificate(mine)) as server,
        asked(service, base_url=server.url, ca_file=str(other / "cert.pem")) as source,
    ):
        page = source.inquire({}, known(0), NOW)
        assert (page.transmissions, page.alarm) == ((), "peer.tls")
    service.admits = lambda _envelope: service.gate.wait(60)
    with asked(service, deadline_seconds=0.3) as source:
        page = source.inquire({}, known(0), NOW)
        assert (page.transmissions, page.alarm) == ((), "peer.timeout")
        service.gate.set()


@pytest.mark.parametrize("poison", [0, 1, 2])
def test_one_that_it_never_answers_about_holds_up_no_other_for_longer_than_a_turn(authority, service, poison):
    def admits(envelope):
        if envelope.findtext(".//{*}no") == f"L{poison}":
            service.gate.wait(60)
        return True

    service.admits = admits
    with asked(service, deadline_seconds=0.3) as source:
        pages, cursor = [], {}
        for _ in range(4):
            pages.append(source.inquire(cursor, known(0, 1, 2), NOW))
            cursor = pages[-1].cursor
            if "round" not in cursor and "away" not in cursor:
                break
    assert sorted(told(pages)) == [(f"L-{n}", "active") for n in range(3) if n != poison]
    assert pages[-1].alarm == "peer.timeout" and pages[-1].summary["certificates"]["missed"] == 1


def test_what_was_heard_before_it_went_away_is_kept(service):
    with asked(service) as source:
        service.wrong = ["", "", "500"]
        first = source.inquire({}, known(0, 1, 2), NOW)
        assert told([first]) == [("L-0", "active"), ("L-1", "active")] and first.again_in == 0
        assert told(rounds(source, known(0, 1, 2), first.cursor)[0]) == [("L-2", "active")]


def test_a_proof_that_nobody_would_look_at_is_not_passed_over(service):
    service.signer = signer()
    with asked(service) as source:
        page = source.inquire({}, known(0), NOW)
    assert (page.transmissions, page.alarm) == ((), "soap.must-understand")


@pytest.mark.parametrize("wrong", sorted({*FORGERIES, *SIGNED_ODDLY, *SIGNED_AT, "unsigned", "other_key"} - HARMLESS))
def test_nothing_that_is_forged_says_anything_of_a_certificate(authority, service, trusted, wrong):
    authority.stands("L-0", state="注销", since=SINCE)
    service.always_wrong = wrong
    with asked(service, **trusted) as source:
        pages, cursor = rounds(source, known(0))
        assert told(pages) == [] and pages[-1].alarm.startswith(("sig.", "wss.", "envelope.", "soap."))
        service.always_wrong = ""
        assert told(rounds(source, known(0), cursor)[0]) == [("L-0", "revoked")]


def test_it_is_asked_no_more_often_than_may_be(service):
    with asked(service, requests_per_minute=60) as source:
        page = source.inquire({}, known(0, 1), NOW)
        assert len(service.asked) == 1 and page.again_in is not None and 0 < page.again_in <= 1
        again = source.inquire(page.cursor, known(0, 1), NOW)
        assert again.transmissions == () and len(service.asked) == 1 and again.cursor == page.cursor


def test_of_nobody_nobody_is_asked(service):
    with asked(service) as source:
        page = source.inquire({}, [], NOW)
    assert (page.transmissions, page.alarm, page.again_in) == ((), "", None) and not service.asked


def test_what_a_holder_is_called_cannot_break_the_question(service):
    odd = Certificate("a<b>&\"'", "licence", "L0")
    with asked(service) as source:
        [page] = rounds(source, [odd])[0]
    inquiry = etree.fromstring(page.transmissions[0].body)
    assert (inquiry.findtext("holder"), inquiry.findtext("number")) == (odd.holder, "L0")


@pytest.mark.parametrize(
    ("more", "says"), [({"credentials": {}}, "credentials"), ({"status": {"operation": "x"}}, "parameters")]
)
def test_settings_that_do_not_fit_are_refused(more, says):
    with pytest.raises(ValidationError, match=says):
        Settings.model_validate(asking("http://127.0.0.1", **more))


def test_what_the_wsdl_does_not_take_is_told_before_anybody_is_asked(service):
    status = {**asking(service.url)["status"], "parameters": {"/certificate/number": "{number}"}}
    with pytest.raises(LicetError, match="cannot be asked with"), asked(service, status=status):
        pass
    assert not service.asked


RENEWAL = {
    "operation": "QueryRenewal",
    "parameters": {"/certificate/no": "{number}", "/certificate/class": "{credential}"},
    "number_at": "/QueryRenewalResponse/certificate/no",
}


def demanded(pages: list[Page]) -> list[tuple[str, str]]:
    """Holder and demands of all that was brought about renewals."""
    outcomes = [each for page in pages for sent in page.transmissions for each in DOCUMENT.read(sent)]
    records = [record for each in outcomes if isinstance(each, Item) for record in each.records]
    return [(each.subject, each.says) for each in records if isinstance(each, RenewalDemand)]


def test_what_a_renewal_takes_is_asked_after_how_all_stand_and_told_once_until_it_changes(authority, service, trusted):
    authority.demands("L-0", since=SINCE, demands="8 hours")
    authority.demands("L-2", since=SINCE, demands="12 hours")
    faults = {"NoSuchCertificate": "empty", "NothingDemanded": "empty"}
    with asked(service, at_once=2, renewal=RENEWAL, **{**trusted, "faults": faults}) as source:
        pages, cursor = rounds(source, known(0, 1, 2))
        assert [each.operation for each in service.asked] == ["QueryStatus"] * 3 + ["QueryRenewal"] * 3
        assert demanded(pages) == [("r0", "8 hours"), ("r2", "12 hours")]
        assert pages[-1].summary["certificates"] == {"asked": 3, "missed": 0} and not pages[-1].alarm
        authority.demands("L-2", since=SINCE, demands="16 hours")
        pages, cursor = rounds(source, known(0, 1, 2), cursor)
        assert demanded(pages) == [("r2", "16 hours")]
        assert rounds(source, known(0, 1, 2), cursor)[0][-1].transmissions == ()


@pytest.mark.parametrize("wrong", ["unsigned", "stale", "fault:Server:odd:Odd", "other_answer"])
def test_a_renewal_that_is_not_answered_holds_up_no_status_and_is_an_alarm(authority, service, trusted, wrong):
    """A revocation that is told beside it is taken all the same."""
    authority.demands("L-0", since=SINCE, demands="8 hours")
    authority.stands("L-0", state="注销", since=SINCE)
    with asked(service, renewal=RENEWAL, **trusted) as source:
        service.wrong = ["", wrong]
        pages, _cursor = rounds(source, known(0))
        brought = [each for page in pages for sent in page.transmissions for each in DOCUMENT.read(sent)]
        assert [each.records[0].status for each in brought] == ["revoked"] and demanded(pages) == []
        assert pages[-1].alarm and pages[-1].summary["certificates"]["missed"] == 1


def test_a_round_goes_on_where_it_was_left_between_the_two_questions(authority, service):
    authority.demands("L-1", since=SINCE, demands="8 hours")
    with asked(service, at_once=1, renewal=RENEWAL, faults={"NothingDemanded": "empty"}) as source:
        first = source.inquire({}, known(0, 1), NOW)
        second = source.inquire(json.loads(json.dumps(dict(first.cursor))), known(0, 1), NOW)
    with asked(service, at_once=1, renewal=RENEWAL, faults={"NothingDemanded": "empty"}) as source:
        pages, _cursor = rounds(source, known(0, 1), json.loads(json.dumps(dict(second.cursor))))
    assert [each.operation for each in service.asked] == ["QueryStatus", "QueryStatus", "QueryRenewal", "QueryRenewal"]
    assert demanded(pages) == [("r1", "8 hours")]


@pytest.mark.parametrize("wrong", ["500", "429"])
def test_who_is_away_for_renewals_alone_is_asked_again_how_all_stand(authority, service, wrong):
    """What is only quoted never holds up what closes doors."""
    for n in range(5):
        authority.demands(f"L-{n}", since=SINCE, demands=f"{n} hours")
    with asked(service, at_once=2, renewal=RENEWAL) as source:
        pages, cursor = rounds(source, known(*range(5)))
        assert len(demanded(pages)) == 5
        service.asked.clear()
        authority.demands("L-4", since=SINCE, demands="40 hours")
        service.wrong = ["", "", "", "", "", *[wrong] * 3, "left"]
        pages, cursor = rounds(source, known(*range(5)), cursor)
        assert [each.operation for each in service.asked] == ["QueryStatus"] * 5 and service.wrong == ["left"]
        assert pages[-1].alarm and pages[-1].summary["certificates"] == {
            "asked": 5,
            "missed": 5,
            "held": "5 answers not had about 5 certificates; their state stays",
        }
        authority.stands("L-3", state="注销", since=SINCE)
        pages, cursor = rounds(source, known(*range(5)), cursor)
        brought = [record for page in pages for sent in page.transmissions for record in DOCUMENT.read(sent)[0].records]
        assert [each.status for each in brought if isinstance(each, CredentialStatus)] == ["revoked"]
        assert demanded(pages) == [("r4", "40 hours")], "what was told before is not told again"
