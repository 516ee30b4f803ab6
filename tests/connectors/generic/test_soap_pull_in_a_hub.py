"""A hub that asks an attendance system over SOAP by a document and settings alone, and is ended in the middle of it."""

import shutil
import signal
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.simulators.soap.attendance import SHANGHAI, WSDL, Attendance, Record
from connectors.simulators.soap.proving import Signer
from connectors.simulators.soap.service import Service, serving
from tests.connectors.generic.test_rest_pull_in_a_hub import toml
from tests.connectors.soap.peers import asking_attendance, certificate, key, pem
from tests.site import Site, build, until

DOCUMENT = Path("tests/mappings/vendors/attendance/soap_records.json")
START = (datetime.now(SHANGHAI) - timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)


@pytest.fixture
def service():
    system = Attendance()
    system.records = [Record(n, f"E{n % 3}", START + timedelta(minutes=n)) for n in range(8)]
    with serving(system.service()) as started:
        yield started


def site_of(home: Path, service: Service, **more: Any) -> Site:
    made = build(home)
    (made.home / "mappings" / "attendance").mkdir(parents=True, exist_ok=True)
    (made.home / "soap").mkdir()
    shutil.copyfile(DOCUMENT, made.home / "mappings" / "attendance" / "soap_records.json")
    for each in (*WSDL.parent.glob("*.wsdl"), *WSDL.parent.glob("*.xsd")):
        shutil.copyfile(each, made.home / "soap" / each.name)
    given = {"start": f"{START:%Y-%m-%d}", "wsdl": "soap/attendance.wsdl", **more}
    settings = asking_attendance(service.url, **given)
    lines = ["", "[connectors.records]", 'adapter = "generic/soap_pull"', 'every = "1 seconds"']
    lines += ['mappings = { read = "attendance/soap_records" }']
    lines += [f"{name} = {toml(value)}" for name, value in settings.items()]
    with (made.home / "licet.toml").open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return made


def counts(site: Site) -> dict[str, int]:
    names = ("received", "held", "quarantined", "duplicate")
    rows = site.rows(f"SELECT {', '.join(names)} FROM connectors WHERE connector = 'records'")
    return dict(zip(names, rows[0] if rows else (0,) * len(names), strict=True))


def test_every_punch_comes_in_once_though_the_hub_dies_between_two_pages(service, tmp_path):
    site = site_of(tmp_path / "hub", service)
    checked = site.command("check", "--lang", "en")
    assert checked.returncode == 0 and "records: Any system that is asked over SOAP" in checked.stdout, checked
    service.wrong = ["", "500"]
    site.start()
    until(lambda: counts(site)["held"] >= 3 and not service.wrong, "the first page is in, the second one failed")
    site.end(signal.SIGKILL)
    site.start()
    until(lambda: counts(site)["held"] == 8, "all pages are in")
    seen = len(service.asked)
    until(lambda: len(service.asked) > seen + 1, "it is asked again")
    assert counts(site) == {"received": 8, "held": 8, "quarantined": 0, "duplicate": 0}
    assert site.balanced()
    site.end()


def test_an_answer_that_is_not_proven_is_an_alarm_and_brings_nothing(service, tmp_path):
    ours, theirs = certificate(key()), key("ec")
    service.signer = Signer(theirs, certificate(theirs))
    site = site_of(tmp_path / "hub", service, answer_certificates="keys/records.pem")
    (site.home / "keys" / "records.pem").write_bytes(pem(ours))
    with site.parts() as parts:
        polled = parts.polling.one("records")
        assert polled is not None
        asked = parts.polling.ask(polled)
        assert asked.counts == {} and asked.page is not None and asked.page.alarm == "sig.key-unknown"
        service.signer = Signer(key(), ours)
        assert parts.polling.ask(polled).counts == {"held": 8}
    assert site.rows("SELECT code FROM alarms WHERE connector = 'records'") == [("sig.key-unknown",)]


def test_a_wsdl_that_has_changed_is_named_before_the_hub_starts(service, tmp_path):
    site = site_of(tmp_path / "hub", service)
    with (site.home / "soap" / "attendance.xsd").open("a") as file:
        file.write("<!-- anew -->")
    said = site.command("check", "--lang", "en")
    assert said.returncode != 0 and "attendance.xsd of another content" in said.stderr + said.stdout
    zh = site.command("check", "--lang", "zh")
    assert "attendance.xsd 内容不同" in zh.stderr + zh.stdout


def test_it_is_tried_before_anything_of_it_is_kept(service, tmp_path):
    site = site_of(tmp_path / "hub", service, page_size=100)
    told = site.command("check", "--online", "--lang", "en").stdout
    assert "8 items read" in told, told
    assert not (site.home / "data" / "licet.db").exists()
