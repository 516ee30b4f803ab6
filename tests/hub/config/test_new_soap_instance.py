"""What follows from a WSDL is proposed: the digests of all files that it is read from, and its one operation."""

import shutil
import tomllib
from pathlib import Path

import pytest

from connectors.simulators.soap import attendance
from hub.config import scaffold
from hub.config.folder import read_folder
from hub.config.mappings import begin
from tests.connectors.soap.peers import pinned
from tests.journeys.commands import one_line, run

ASKED = ("--set", "base_url=https://soap.example", "--lang", "en")

ONE_OPERATION = Path("tests/wire/credential/soap_authority/one_answer/authority.wsdl")


@pytest.fixture
def home(tmp_path):
    made = tmp_path / "hub"
    scaffold.write(made, "datacentre")
    (made / "soap").mkdir()
    for each in (attendance.WSDL, attendance.WSDL.with_suffix(".xsd"), ONE_OPERATION):
        shutil.copyfile(each, made / "soap" / each.name)
    begin(made, "learning/x", "learning/xapi_push")
    return made


def new(home, adapter, wsdl, *more):
    named = (adapter, "fresh", "--reads", "learning/x", "--set", f"wsdl=soap/{wsdl}")
    return run("connectors", "new", *named, *ASKED, *more, "-c", str(home))


def test_the_digests_of_all_that_a_wsdl_imports_are_written(home):
    done = new(home, "generic/soap_pull", "attendance.wsdl", "--set", "operation=report", "--set", "zone=Asia/Shanghai")
    assert done.returncode == 0, done
    table = tomllib.loads((home / "licet.toml").read_text("utf-8"))["connectors"]["fresh"]
    digests = pinned(attendance.WSDL)
    assert table["pinned"] == {name: digests[name] for name in ("attendance.wsdl", "attendance.xsd")}


def test_the_one_operation_of_an_authority_is_written_and_what_it_takes_is_said(home):
    given = ("--set", 'credentials={ low-voltage-electrician = "DY" }')
    done = new(home, "credential/soap_authority", "authority.wsdl", *given)
    assert done.returncode == 0 and "QueryStatus(certificate: ns0:Certificate" in done.stdout, done
    text = (home / "licet.toml").read_text("utf-8")
    filled = text.replace(
        "parameters = {}", 'parameters = { "/certificate/no" = "{number}", "/certificate/class" = "DY" }'
    )
    assert filled != text
    (home / "licet.toml").write_text(filled, "utf-8")
    assert read_folder(home).instances["fresh"].settings.status.number_at == "/QueryStatusResponse"


def test_what_somebody_typed_is_left_as_it_is(home):
    typed = '{ "attendance.wsdl" = "' + "0" * 64 + '" }'
    done = new(home, "generic/soap_pull", "attendance.wsdl", "--set", f"pinned={typed}", "--set", "operation=report")
    assert done.returncode != 0 and "attendance.wsdl of another content" in done.stderr


def test_a_wsdl_that_leads_elsewhere_is_refused_and_nothing_is_written(home):
    before = (home / "licet.toml").read_bytes()
    wsdl = home / "soap" / "attendance.wsdl"
    wsdl.write_text(wsdl.read_text("utf-8").replace('"attendance.xsd"', '"../licet.toml"'), "utf-8")
    one_line(new(home, "generic/soap_pull", "attendance.wsdl"), "an import of", "save it there")
    one_line(new(home, "generic/soap_pull", "nothing.wsdl"), "nothing.wsdl, which cannot be read")
    assert (home / "licet.toml").read_bytes() == before
