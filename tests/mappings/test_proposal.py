"""A sample body gives a document to begin with: how it is read, where the items are, which member is which field."""

import json
from pathlib import Path

import pytest

from mappings import MappingDocument
from mappings.cases import read_case, written
from mappings.document import Document
from mappings.lint import examine
from mappings.proposal import propose
from schemas.errors import ConfigError

VENDORS = Path(__file__).parent / "vendors"
ZONE = {"zone": "Asia/Shanghai"}


def sample(name):
    return read_case("x/y", VENDORS / f"{name}.json").transmission


def proposed(record, body):
    found = propose(record, body)
    [form] = found.document["forms"].values()
    return found, form, form["records"][0]["fields"]


def read(found, transmission):
    text = json.dumps(found.document).encode()
    assert not [each for each in examine("x.json", text)[1] if each.refused]
    document = MappingDocument("x/y", Document.model_validate_json(text), text)
    return written(document.read(transmission._replace(form="", context=ZONE)))


def test_a_cloud_with_people_as_names_is_read_from_its_sample():
    transmission = sample("attendance/cloud.cases/day")
    found, form, fields = proposed("attendance.Punch", transmission.body)
    assert (form["each"], form["great"]) == (["/data/users/*", "/checkins"], ["deviceId", "recordId"])
    assert form["expect"] == [{"at": "/code", "is": 0}] and form["key"] == [{"at": "/recordId"}]
    assert fields["subject"] == {"at": "../#"} and fields["occurred_at"]["formats"] == ["unix_ms"]
    assert not found.missing
    [punch] = read(found, transmission)[0]["records"]
    assert (punch["subject"], punch["occurred_at"]) == ("1001", "2026-03-02T00:01:02Z")
    assert punch["device"] == "99007199254740993"


def test_namespaces_and_the_person_around_a_certificate_are_found():
    transmission = sample("credential/xml_drop.cases/batch")
    found, form, fields = proposed("credential.CredentialStatus", transmission.body)
    assert form["namespaces"]["t"] == "urn:ca:transfer:2" and form["root"] == "/t:证书批次"
    assert form["each"] == ["/p:持证人", "/t:证书"]
    assert (fields["subject"], fields["number"]) == ({"at": "../p:编号"}, {"at": "/t:证号"})
    assert not found.missing and any("records" in each for each in read(found, transmission))


def test_a_table_with_title_footer_and_a_day_apart_from_its_hour_is_found():
    body = "考勤表,,,\n工号,日期,时间,设备\n1001,2026/3/2,8:01,K-1\n1002,2026/3/2,17:30,K-1\n合计 2,,,\n".encode("gbk")
    found, form, fields = proposed("attendance.Punch", body)
    assert (form["header"], form["title_lines"], form["footer"]) == (["工号", "日期", "时间", "设备"], 1, ["合计"])
    assert fields["occurred_at"]["join"] == ["/日期", "/时间"]
    outcomes = read(found, sample("attendance/export.cases/table")._replace(body=body))
    assert [each["records"][0]["occurred_at"] for each in outcomes] == ["2026-03-02T00:01:00Z", "2026-03-02T09:30:00Z"]


def test_texts_in_texts_lines_of_json_and_pairs_are_found():
    _found, form, _fields = proposed("learning.Enrolment", sample("learning/form_post.cases/changed").body)
    assert form["unpack"] == [{"at": "/biz_content", "read": "json"}] and form["each"][0] == "/biz_content/sessions"
    _found, form, _fields = proposed("learning.CreditedHours", sample("learning/blocks.cases/lines").body)
    assert form["read"] == "json_lines"
    found, form, fields = proposed("learning.CreditedHours", sample("learning/blocks.cases/night").body)
    assert (form["read"], form["separator"], form["assign"]) == ("key_value", "\n", ":")
    assert fields["occurred_at"]["formats"] == ["YYYY年M月D日"]
    assert list(found.missing) == ["credited_seconds", "required_seconds"]  # how long a class hour is no sample tells


def test_class_hours_are_never_taken_for_seconds_and_hours_are_counted_as_what_they_are():
    one = "<课程><流水号>{n}</流水号><工号>E1</工号><课程代码>A</课程代码><学时>{{}}</学时><应修学时>4</应修学时>"
    both = [one.format(n=n) + "<完成时间>2026/3/9 17:30:00</完成时间></课程>" for n in (1, 2)]
    body = f"<记录>{both[0]}{both[1]}</记录>".replace("{}", "{0}")
    found, form, fields = proposed("learning.CreditedHours", body.format("4").encode("utf-8"))
    assert found.missing == {"credited_seconds": "/学时", "required_seconds": "/应修学时"}
    assert form["key"] == [{"at": "/流水号"}] and fields["id"]["at"] == "/流水号", "each credit is one of its own"
    assert fields["course"] == {"at": "/课程代码"} and fields["occurred_at"]["formats"] == ["YYYY/M/D h:mm:ss"]
    said, _form, fields = proposed("learning.CreditedHours", body.format("1小时30分").encode("utf-8"))
    assert fields["credited_seconds"]["as"] == "duration" and list(said.missing) == ["required_seconds"]
    told = '[{"recordId": 1, "empno": "E1", "course": "A", "hours": 4, "time": "2026-03-09T17:30:00+08:00"}]'
    _found, _form, fields = proposed("learning.CreditedHours", told.encode())
    assert fields["credited_seconds"] == {"at": "/hours", "as": "amount", "times": 3600}


@pytest.mark.parametrize(
    ("record", "body", "words"),
    [
        ("attendance.Pnch", b"{}", "attendance.Pnch"),
        ("attendance.Punch", b"{", "json.syntax"),
        ("attendance.Punch", b"[]", "no item"),
        ("attendance.Punch", b"hello\nworld\n", "neither JSON"),
        ("attendance.Punch", b"", "neither JSON"),
        ("attendance.Punch", b"<a><!DOCTYPE x></a>", "cannot be read"),
    ],
)
def test_what_tells_nothing_is_refused(record, body, words):
    with pytest.raises(ConfigError, match=words):
        propose(record, body)
