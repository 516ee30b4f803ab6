"""A hub that asks an authority over SOAP how the certificates stand that it knows, and what follows at the door."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.credential import soap_authority
from connectors.simulators.soap.authority import SoapAuthority
from connectors.simulators.soap.service import Service, serving
from hub.alarms.desk import open_alarms
from hub.assembly import Assembly
from hub.config.instances import Instance
from hub.evidence.demanded import demands_told
from schemas.credential import CredentialStatus
from schemas.decision import RegisterEntry
from tests.conftest import HandClock
from tests.connectors.credential.test_soap_authority import RENEWAL, asking
from tests.connectors.soap.peers import certificate, key, pem, signer
from tests.hub.decision.test_law import NOW, Message, know, opened, qualified, send, status, t, targets
from tests.hub.intake.test_acts import POST, basis

DOCUMENT = Path("tests/mappings/vendors/credential/soap_authority.json")
HIGH, LOW = "high-E1", "low-E1"
SINCE = "2026-02-01T00:00:00+08:00"


@pytest.fixture
def authority() -> SoapAuthority:
    made = SoapAuthority()
    for number in (HIGH, LOW):
        made.stands(number, since="2026-01-20T00:00:00+08:00", validTo="2027-12-31", serial=5)
    return made


@pytest.fixture
def service(authority: SoapAuthority) -> Iterator[Service]:
    with serving(authority.service(signer=signer(), now=lambda: NOW)) as started:
        yield started


@contextmanager
def hub(
    home: Path, service: Service, clock: HandClock, url: str = "", *, without: str = "", **more: Any
) -> Iterator[Assembly]:
    """A hub in which E1 stands the post, and that asks the authority; ``without`` a certificate: it was never told.

    ``more`` are settings of how it asks.
    """
    (home / "mappings" / "credential").mkdir(parents=True)
    shutil.copyfile(DOCUMENT, home / "mappings" / "credential" / DOCUMENT.name)
    trusted = home / "authority.pem"
    trusted.write_bytes(pem(certificate(key())))
    names = {"high-voltage-electrician": "GY", "low-voltage-electrician": "DY"}
    given = asking(service.url, credentials=names, answer_certificates=str(trusted), **more)
    settings = soap_authority.Settings.model_validate(given)
    every, spec = timedelta(hours=1), soap_authority.SPEC
    instance = Instance("soap", spec, settings, "authority", every, "credential/soap_authority")
    service.now = clock.now
    with opened(home, clock, url, {"soap": instance}) as parts:
        for message in qualified("E1"):
            if not any(getattr(each, "number", "") == without for each in message[1] if without):
                send(parts, message, clock)
        assert targets(parts, "E1")["dc-ops"] == ("absent" if without else "present")
        yield parts


def poll(parts: Assembly) -> dict[str, int]:
    polled = parts.polling.one("soap")
    assert polled is not None
    return dict(parts.polling.ask(polled).counts)


def alarms(parts: Assembly) -> Sequence[str]:
    return [each.code for each in open_alarms(parts.database) if each.about.get("connector") == "soap"]


def test_a_certificate_that_the_authority_withdrew_closes_the_door(authority, service, tmp_path, database_url):
    with hub(tmp_path / "hub", service, HandClock(NOW), database_url) as parts:
        assert poll(parts) == {"applied": 2}
        assert targets(parts, "E1")["dc-ops"] == "present"
        asked = {each.envelope.findtext(".//{*}no"): each.envelope.findtext(".//{*}holder") for each in service.asked}
        assert asked == {"high-E1": "authority-E1", "low-E1": "authority-E1"}, "as it is printed"
        authority.stands(HIGH, state="注销", since=SINCE)
        assert poll(parts) == {"applied": 1}
        assert targets(parts, "E1")["dc-ops"] == "absent"


@pytest.mark.parametrize("state", ["暂停", "注销", "过期"])
def test_whatever_it_withdraws_by_closes(authority, service, tmp_path, state):
    authority.stands(HIGH, state=state, since=SINCE)
    with hub(tmp_path / "hub", service, HandClock(NOW)) as parts:
        poll(parts)
        assert targets(parts, "E1")["dc-ops"] == "absent"


@pytest.mark.parametrize("said", ["待核实", "no such certificate"])
def test_what_it_does_not_know_changes_nothing_is_an_alarm_and_the_stored_end_still_closes(
    authority, service, tmp_path, said
):
    clock = HandClock(NOW)
    authority.stands(HIGH, state=said, since=SINCE)
    if said == "no such certificate":
        del authority.certificates[HIGH]
    with hub(tmp_path / "hub", service, clock) as parts:
        poll(parts)
        assert targets(parts, "E1")["dc-ops"] == "present" and alarms(parts) == ["credential.unknown"]
        clock.advance(t("2028-01-02T00:00") - NOW)
        parts.deadlines.work_off()
        assert targets(parts, "E1")["dc-ops"] == "absent"


@pytest.mark.parametrize("wrong", ["500", "stale", "in_a_header", "sha1", "unsigned"])
def test_an_authority_that_is_away_or_not_believed_changes_nothing_either(authority, service, tmp_path, wrong):
    clock = HandClock(NOW)
    authority.stands(HIGH, state="注销", since=SINCE)
    service.always_wrong = wrong
    with hub(tmp_path / "hub", service, clock) as parts:
        assert poll(parts) == {} and targets(parts, "E1")["dc-ops"] == "present" and len(alarms(parts)) == 1
        assert poll(parts) == {} and len(alarms(parts)) == 1, "one alarm a cause"
        clock.advance(t("2028-01-02T00:00") - NOW)
        parts.deadlines.work_off()
        assert targets(parts, "E1")["dc-ops"] == "absent", "the end that is stored does not wait for it"
        clock.at, service.always_wrong = NOW, ""
        assert poll(parts) == {"applied": 2}


def test_who_is_known_there_by_nothing_and_what_has_no_number_is_not_asked_about(service, tmp_path):
    stranger = entered("E7", "high-E7")
    bare = CredentialStatus(
        subject="authority-E1",
        credential="low-voltage-electrician",
        number="",
        status="active",
        changed_at=t("2026-01-20T00:00"),
    )
    clock = HandClock(NOW)
    with hub(tmp_path / "hub", service, clock) as parts:
        messages: list[Message] = [("roster", [stranger]), ("authority", [bare])]
        for message in messages:
            send(parts, message, clock)
        poll(parts)
    assert {each.envelope.findtext(".//{*}no") for each in service.asked} == {"high-E1", "low-E1"}


@pytest.mark.parametrize("least", ["query", "push"])
def test_an_answer_is_known_by_a_query_and_the_issuers_own_word_by_more(
    authority, service, tmp_path, database_url, least
):
    clock = HandClock(NOW)
    authority.stands(HIGH, since="2026-01-20T00:00:00+08:00", validTo="2027-12-31", serial=5)
    with hub(tmp_path / "hub", service, clock, database_url, without=HIGH) as parts:
        post = parts.folder.positions[POST]
        high = post.credential["high-voltage"].model_copy(update={"least_provenance": least})
        know(parts, post.model_copy(update={"credential": {**post.credential, "high-voltage": high}}))
        parts.acts.enter(entered("E1", HIGH), basis("wang"), clock.now())
        assert targets(parts, "E1")["dc-ops"] == "absent", "one person entered it"
        clock.advance(timedelta(minutes=1))
        assert poll(parts) == {"applied": 2}
        assert targets(parts, "E1")["dc-ops"] == ("present" if least == "query" else "absent")
        clock.advance(timedelta(minutes=1))
        send(parts, status("E1", "high", "active", 6, until="2027-12-31T16:00:00Z"), clock)
        assert targets(parts, "E1")["dc-ops"] == "present", "the best of its sources counts"


def entered(number: str, certificate: str) -> RegisterEntry:
    """A certificate that a person entered in the register."""
    return RegisterEntry(
        subject=number,
        credential="high-voltage-electrician",
        number=certificate,
        status="active",
        changed_at=t("2026-01-20T00:00"),
        valid_from=t("2026-01-20T00:00"),
        valid_until=t("2028-01-01T00:00"),
        entered_by="person",
        as_of=NOW,
    )


def quoted(parts: Assembly, clock: HandClock) -> list[tuple[str, bool]]:
    """What a warning quotes now of the demands for the high-voltage certificate, and whether it is only announced."""
    person = parts.directory.person_by_number("E1")
    assert person is not None
    with parts.database.reading() as session:
        found = demands_told(person, "high-voltage-electrician", clock.now(), session)
    return [(each.demand.says, each.ahead) for each in found]


def test_what_a_renewal_takes_is_fetched_and_a_failed_fetch_leaves_what_was_told_last(
    authority, service, tmp_path, database_url
):
    clock = HandClock(NOW)
    faults = {"NoSuchCertificate": "empty", "NothingDemanded": "empty"}
    authority.demands(HIGH, since=SINCE, demands="8 hours")
    with hub(tmp_path / "hub", service, clock, database_url, renewal=RENEWAL, faults=faults) as parts:
        assert poll(parts) == {"applied": 3} and alarms(parts) == []
        assert quoted(parts, clock) == [("8 hours", False)]
        authority.demands(HIGH, since="2026-07-01T00:00:00+08:00", demands="12 hours")
        assert poll(parts) == {"applied": 1}
        assert quoted(parts, clock) == [("8 hours", False), ("12 hours", True)]
        service.always_wrong = "500"
        assert poll(parts) == {} and len(alarms(parts)) == 1
        clock.at = t("2026-07-02T00:00")
        assert quoted(parts, clock) == [("12 hours", False)]
