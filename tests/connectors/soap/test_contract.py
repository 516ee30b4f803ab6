"""A WSDL is read from its pinned copy alone; what it does not offer, or is not read here, is told before asking."""

import shutil
import socket
from pathlib import Path

import pytest
from lxml import etree

from connectors.simulators.soap.attendance import WSDL
from connectors.soap.contract import Contract
from schemas.errors import ConfigError
from tests.connectors.soap.peers import pinned


@pytest.fixture
def wsdl(tmp_path):
    for each in (WSDL, WSDL.with_suffix(".xsd")):
        shutil.copyfile(each, tmp_path / each.name)
    return tmp_path / WSDL.name


def contract(wsdl: Path, **more: str) -> Contract:
    return Contract(wsdl, pinned(wsdl), **more)


def test_an_operation_is_asked_as_the_wsdl_says(wsdl):
    operation = contract(wsdl).operation("QueryRecords")
    assert (operation.version, operation.action) == ("1.1", "urn:qinglan:attendance:2/QueryRecords")
    window = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"}
    made = operation.envelope({"query": window, "pageNo": 1, "pageSize": 3})
    assert etree.QName(made).namespace == "http://schemas.xmlsoap.org/soap/envelope/"
    assert [etree.QName(each).localname for each in made[0][0]] == ["query", "pageNo", "pageSize"]


def test_of_several_ports_the_named_one_is_meant(wsdl):
    assert contract(wsdl, port="Soap12").operation("QueryRecords").version == "1.2"
    assert contract(wsdl, service="AttendanceService").operation("report").answers == (
        "{urn:qinglan:report}reportResponse"
    )


@pytest.mark.filterwarnings("ignore:.*wsdl")  # the library says what it leaves out; then it is not there
@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('schemaLocation="attendance.xsd"', 'schemaLocation="http://127.0.0.1:1/attendance.xsd"', "cannot be used"),
        ('schemaLocation="attendance.xsd"', 'schemaLocation="../attendance.xsd"', "an import of"),
        ('schemaLocation="attendance.xsd"', 'schemaLocation="/etc/passwd"', "an import of"),
        ('schemaLocation="attendance.xsd"', 'schemaLocation="file:///etc/passwd"', "cannot be used"),
        ('schemaLocation="attendance.xsd"', 'schemaLocation="other.xsd"', "cannot be read"),
        (
            "<wsdl:types>",
            '<wsdl:import namespace="urn:x" location="https://x.example/a.wsdl"/><wsdl:types>',
            "cannot be",
        ),
        ("<wsdl:definitions", "<!DOCTYPE x [<!ENTITY a 'b'>]><wsdl:definitions", "cannot be used"),
        ('<?xml version="1.0" encoding="UTF-8"?>', "no xml", "cannot be used"),
        ('element="q:QueryRecords"', 'element="q:Nothing"', "which the WSDL has not"),
        ('binding="q:Attendance11"', 'binding="q:Nothing"', "no such port"),
        ('<wsdl:input><soap:body use="literal"/>', '<wsdl:input><soap:body use="encoded"/>', 'use="encoded"'),
        ('<wsdl:output message="q:QueryRecordsOut"/>', "", "without one element each way"),
    ],
)
def test_what_leads_elsewhere_or_is_not_understood_is_refused(wsdl, old, new, says):
    text = wsdl.read_text("utf-8")
    assert old in text
    wsdl.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(ConfigError, match=says):
        contract(wsdl, port="Soap11").operation("QueryRecords")


def test_nothing_is_asked_for_over_the_network_while_a_wsdl_is_read(wsdl):
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/attendance.xsd"
        for name in (wsdl, wsdl.with_suffix(".xsd")):
            text = name.read_text("utf-8").replace(
                "<xsd:complexType", f'<xsd:include schemaLocation="{url}"/>' + "<xsd:complexType", 1
            )
            name.write_text(text.replace("attendance.xsd", url, 1) if name == wsdl else text, "utf-8")
        with pytest.raises(ConfigError):
            contract(wsdl)
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_file_that_has_changed_is_told_with_both_digests(wsdl):
    pins = pinned(wsdl)
    with wsdl.with_suffix(".xsd").open("a") as file:
        file.write("<!-- anew -->")
    with pytest.raises(ConfigError, match=f"(?s)attendance.xsd of another content, SHA-256 .*{pins['attendance.xsd']}"):
        Contract(wsdl, pins)


def test_a_file_without_a_digest_is_told_with_the_one_that_it_has(wsdl):
    pins = pinned(wsdl)
    digest = pins.pop("attendance.xsd")
    with pytest.raises(ConfigError, match=f'expected "attendance.xsd" = "{digest}"'):
        Contract(wsdl, pins)


def test_a_link_out_of_the_folder_is_not_followed(wsdl, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "x.xsd"
    shutil.copyfile(wsdl.with_suffix(".xsd"), outside)
    wsdl.with_suffix(".xsd").unlink()
    wsdl.with_suffix(".xsd").symlink_to(outside)
    with pytest.raises(ConfigError, match="elsewhere or too large"):
        contract(wsdl)


def test_names_that_are_nearly_right_are_told(wsdl):
    with pytest.raises(ConfigError, match="did you mean 'QueryRecords'"):
        contract(wsdl).operation("QueryRecord")
    with pytest.raises(ConfigError, match="unexpected keyword argument 'page'"):
        contract(wsdl).operation("QueryRecords").envelope({"page": 1})
    with pytest.raises(ConfigError, match="no such port"):
        contract(wsdl, port="Soap13")
