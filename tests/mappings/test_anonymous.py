"""Golden cases of real traffic: nothing in them names anybody, nothing leads back, and the document reads as much."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_plus

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

import mappings
from connectors.workbook import as_csv
from mappings import MappingDocument
from mappings.anonymous import Anonymous
from mappings.cases import read_case, shipped, written
from mappings.golden import run_cases
from mappings.keeping import case_text
from mappings.pseudonyms import pseudonyms, shifted, weeks_back
from schemas.transmission import Transmission

KEY = bytes(range(32))
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NUMBER = "482913"
NAME, MAIL, PHONE, CARD, ID = "张三丰", "zhang.sanfeng@corp.example", "13800138765", "E10423", "110101199003078515"
SECRETS = (NUMBER, NAME, MAIL, PHONE, CARD, ID, "zhang", "sanfeng", "corp", "三丰", "Zeppelin", "SN-GATE-77")
PUNCH = {
    "record": "attendance.Punch",
    "fields": {
        "subject": {"at": "/no"},
        "device": {"context": "device"},
        "occurred_at": {"at": "/time", "as": "instant", "zone": "Asia/Shanghai", "formats": ["YYYY-MM-DD hh:mm:ss"]},
        "occurred_local": {"at": "/time"},
        "direction": {"at": "/way", "table": {"进": "in", "出": "out"}, "default": "unknown"},
    },
}
KEYED = [{"at": "/time"}, {"at": "/mail", "optional": True, "as": "sha256"}]
TIMES = ("2026-03-02 08:01:59", "2026-03-02 17:30:00")


def form(read: str, **more: object) -> dict[str, object]:
    return {"read": read, "key": KEYED, "records": [PUNCH], **more}


@dataclass(frozen=True)
class Source:
    """A form, and a body that tells of somebody."""

    form: dict[str, object]
    body: bytes
    media: str = "text/plain"


def rows(separator: str, *more: str) -> list[str]:
    return [separator.join((NUMBER, TIMES[n], way, MAIL, *more)) for n, way in enumerate("进出")]


HEADER = ["no", "time", "way", "mail", "name"]
CSV = form("delimited", separator=",", quotes=True, header=HEADER, title_lines=2, footer=["合计"])
ITEM = {"no": NUMBER, "time": TIMES[0], "way": "进", "mail": MAIL, "name": NAME, NAME: {"phone": int(PHONE)}}
INNER = json.dumps({"身份证": ID, "way": "进", "卡": [CARD, None, True, 1.5]}, ensure_ascii=False)
XML = (
    f'<?xml version="1.0" encoding="GBK"?>\n<!-- {NAME} --><p:日报 xmlns:p="urn:Zeppelin" 科="{NAME}">'
    f'<p:item 号="{ID}">'
    f"<p:no>{NUMBER}</p:no><p:time>{TIMES[0]}</p:time><p:way>进</p:way><p:mail>{MAIL}</p:mail>"
    f"<p:x><{NAME}/></p:x><!-- {NAME} --><p:y>{PHONE}</p:y></p:item></p:日报>"
)


def sheet() -> bytes:
    """A workbook with a title, quoted cells and a footer, as a file drop hands it on."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        page = workbook.add_worksheet(NAME)
        told = [[f"Zeppelin {NAME}"], HEADER, [int(NUMBER), TIMES[0], "进", MAIL, f'{NAME}, "{PHONE}"'], ["合计", NAME]]
        for n, row in enumerate(told):
            page.write_row(n, 0, row)
    return as_csv(out.getvalue(), lambda _name, _rows: True, "Zeppelin.xlsx")


def percent(text: str, encoding: str) -> str:
    return quote_from_bytes(text.encode(encoding))


SOURCES = {
    "json": Source(form("json"), json.dumps([ITEM, ITEM], ensure_ascii=False, indent=1).encode(), "application/json"),
    "json in a text": Source(
        form("json", unpack_each=[{"at": "/more", "read": "json"}]),
        json.dumps({**ITEM, "more": INNER, "unread": f"<a b='{ID}'>{NAME}</a>"}).encode(),
    ),
    "json in lines": Source(form("json_lines"), "\n".join([json.dumps(ITEM), "", json.dumps(ITEM)]).encode()),
    "xml in gbk": Source(form("xml", root="/日报", each="/item"), XML.encode("gbk"), "text/xml"),
    "form in gb18030": Source(
        form("form", encoding="gb18030"),
        "&".join(
            f"{percent(key, 'gb18030')}={percent(str(value), 'gb18030')}"
            for key, value in {**ITEM, NAME: INNER}.items()
        ).encode(),
        "application/x-www-form-urlencoded",
    ),
    "columns in gbk": Source(
        form("delimited", separator="\t", columns=["no", "time", "way", "mail"], skip=["PUSH="]),
        "\r\n".join([f"PUSH={NAME}", *rows("\t", NAME, ID), ""]).encode("gbk"),
    ),
    "under a header": Source(CSV, "\n".join([f"Zeppelin {NAME}", ",".join(HEADER), *rows(",", NAME), ""]).encode()),
    "a row of two lines": Source(
        form("delimited", separator=",", quotes=True, line_breaks=True, columns=HEADER),
        f'"{NUMBER}",{TIMES[0]},进,"{MAIL}","{NAME}\n""{ID}"", {PHONE}"\n{NUMBER},{TIMES[1]},出,,\n'.encode(),
    ),
    "a workbook": Source(CSV, sheet(), "text/csv"),
    "places in gb18030": Source(
        form("fixed", count="gb18030", columns={"no": (0, 8), "time": (8, 27), "way": (27, 29), "mail": (30, 60)}),
        f"{NUMBER:8}{TIMES[0]}进 {MAIL:30}{NAME}{ID}\n".encode("gb18030"),
    ),
    "pairs": Source(
        form("key_value", separator="\t"),
        f"no={NUMBER}\ttime={TIMES[0]}\tway=进\tmail={MAIL}\t{NAME}={PHONE}\n".encode(),
    ),
    "blocks": Source(
        form("key_value", separator="\n", assign=":"),
        f"no: {NUMBER}\r\ntime: {TIMES[0]}\r\nway: 进\r\nmail: {MAIL}\r\n{NAME}: {ID}\r\n\r\n".encode("utf-8-sig"),
    ),
}


def of(name: str) -> tuple[MappingDocument, Transmission]:
    source = SOURCES[name]
    text = json.dumps({"format": 2, "forms": {"all": source.form}}, ensure_ascii=False).encode()
    return MappingDocument.parsed("attendance/one", "one.json", text), Transmission(
        "gate", NOW, source.media, source.body, "Zeppelin-1", "all", "SN-GATE-77", f"/{NAME}", {"device": "SN-GATE-77"}
    )


def told(text: str) -> str:
    """All that a case says, and its body as it is read."""
    body = json.loads(text)["body"]
    return "\n".join([text, body, unquote_plus(body, "gb18030"), json.dumps(json.loads(text), ensure_ascii=False)])


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_of_the_traffic_is_in_a_case_and_its_document_reads_as_much(name, tmp_path):
    document, wire = of(name)
    outcomes = written(document.read(wire))
    assert all("records" in each for each in outcomes) and outcomes, outcomes
    assert NUMBER in json.dumps(outcomes) and "2026-03-02" in json.dumps(outcomes)
    made = Anonymous(document, KEY).of(wire)
    assert made is not None
    text = told(case_text(document, made))
    assert not [secret for secret in (*SECRETS, "2026-03-02") if secret.lower() in text.lower()]
    again = written(document.read(made))
    assert list(map(kinds, again)) == list(map(kinds, outcomes))
    file = tmp_path / "one.json"
    file.write_bytes(document.text)
    (tmp_path / "one.cases").mkdir()
    (tmp_path / "one.cases" / "captured-1.json").write_text(case_text(document, made), encoding="utf-8")
    [run] = run_cases("attendance/one", file)
    assert run.passed, run.json()


def kinds(outcome):
    """What stays: how many records with which fields, and which way somebody went."""
    return [(sorted(each), each.get("direction")) for each in outcome["records"]]


def test_encoding_structure_and_what_the_document_says_itself_stay():
    document, wire = of("xml in gbk")
    made = Anonymous(document, KEY).of(wire)
    text = made.body.decode("gbk")
    assert text.startswith('<?xml version="1.0" encoding="GBK"?>\n<') and "<!--" not in text
    assert re.search(r"<(\w+):日报 xmlns:\1=", text) and ":no>" in text and "进</" in text
    document, wire = of("under a header")
    lines = Anonymous(document, KEY).of(wire).body.decode().split("\n")
    assert lines[1] == ",".join(HEADER) and len(lines) == len(wire.body.decode().split("\n"))
    document, wire = of("blocks")
    assert Anonymous(document, KEY).of(wire).body.startswith(b"\xef\xbb\xbfno: ")


def test_a_word_is_the_same_wherever_it_stands_and_another_with_another_key():
    document, wire = of("json")
    first, second = (Anonymous(document, key).of(wire).body for key in (KEY, KEY[::-1]))
    one, other = json.loads(first)
    assert one == other and first != second
    assert (len(one["no"]), len(one["name"]), one["way"]) == (len(NUMBER), len(NAME), "进")


def test_times_move_by_whole_weeks_and_the_clock_and_what_is_between_stay():
    document, wire = of("columns in gbk")
    found = [datetime.fromisoformat(each["records"][0]["occurred_at"]) for each in written(document.read(wire))]
    made = Anonymous(document, KEY).of(wire)
    moved = [datetime.fromisoformat(each["records"][0]["occurred_at"]) for each in written(document.read(made))]
    [by] = {new - old for new, old in zip(moved, found, strict=True)}
    assert by.days % 7 == 0 and by.seconds == 0 and -312 * 7 <= by.days <= -52 * 7
    assert made.received_at - wire.received_at == by


def test_a_day_that_has_no_such_time_elsewhere_and_what_cannot_be_read_is_dropped():
    summer = mappings.load("attendance/zkteco_push")
    context = {"zone": "Europe/Berlin", "device": "SN-1"}
    gap = b"482913\t2026-03-29 01:59:59\t0\t1\n482913\t2026-03-29 02:30:00\t0\t1\n"
    wire = Transmission("gate", NOW, "text/plain", gap, form="ATTLOG", context=context)
    assert Anonymous(summer, KEY).of(wire) is None
    document, wire = of("json")
    for body in (b"[" * 5000, b'{"a":1,"a":2}', b"\xff\xfe", b'{"a":' + b"9" * 70_000 + b"}", b""):
        assert Anonymous(document, KEY).of(wire._replace(body=body)) is None
    document, wire = of("xml in gbk")
    assert Anonymous(document, KEY).of(wire._replace(body=b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")) is None


def test_a_name_beside_a_time_is_no_time():
    fields = PUNCH["fields"] | {
        "occurred_at": {**PUNCH["fields"]["occurred_at"], "as": ["before", "instant"], "by": "/"}
    }
    rule = {**PUNCH, "fields": fields}
    text = json.dumps(
        {"format": 2, "forms": {"all": {**form("key_value", separator="\t"), "records": [rule]}}}
    ).encode()
    document = MappingDocument.parsed("attendance/one", "one.json", text)
    body = f"no={NUMBER}\ttime={TIMES[0]}/{NAME}\tway=进\n".encode()
    wire = Transmission("gate", NOW, "text/plain", body, context={"device": "SN-1"})
    assert "records" in written(document.read(wire))[0]
    made = Anonymous(document, KEY).of(wire)
    assert made is None or NAME not in made.body.decode()


def test_no_digest_leads_back_to_a_number_of_six_digits():
    """The case is searched as one does who knows how numbers look: what he finds is what stands for it."""
    keyed = [{"at": "/no", "as": "sha256"}]
    text = json.dumps({"forms": {"all": {**form("json"), "key": keyed}}}).encode()
    document = MappingDocument.parsed("attendance/one", "one.json", text)
    kinds = (hashlib.md5, hashlib.sha256)
    traces = {kind.__name__: kind(NUMBER.encode()).hexdigest() for kind in kinds}
    body = json.dumps({**ITEM, "traces": traces}).encode()
    made = Anonymous(document, KEY).of(Transmission("gate", NOW, "application/json", body, context={"device": "SN-1"}))
    case = case_text(document, made)
    assert not [each for each in traces.values() if each in case]
    digests = {bytes.fromhex(each) for each in re.findall(r"\b(?:[0-9a-f]{64}|[0-9a-f]{32})\b", case)}
    tried = (f"{n:06}" for n in range(1_000_000))
    found = [each for each in tried if not digests.isdisjoint(kind(each.encode()).digest() for kind in kinds)]
    assert found == [json.loads(made.body)["no"]] and found != [NUMBER]


ALL = [
    (name, file)
    for folder in (mappings.SHIPPED, Path(__file__).parent / "vendors")
    for name in shipped(folder)
    for file in sorted((folder / f"{name}.cases").glob("*.json"))
]


@pytest.mark.parametrize(("name", "file"), ALL, ids=lambda each: getattr(each, "stem", each))
def test_of_each_known_system_cases_of_as_many_outcomes_are_made(name, file):
    document = MappingDocument.read_from(name, file.parent.with_suffix(".json"))
    wire = read_case(name, file).transmission
    made = Anonymous(document, KEY).of(wire)
    if made is None:
        assert file.stem in DROPPED, "it was made before"
        return
    before, after = written(document.read(wire)), written(document.read(made))
    assert [sorted(each) for each in after] == [sorted(each) for each in before]
    people = {each["subject"] for found in before for each in found.get("records", ()) if "subject" in each}
    said = set(re.findall(r"[^\W_]+", json.dumps([made.body.decode("gb18030", "replace"), after], ensure_ascii=False)))
    assert not {each for each in people if len(each) > 3 and each.isalnum()} & said


DROPPED = {"attlog_summer_time", "attlog_offset", "plan_breaks", "half", "recording"}
"""Times that no other week has, offsets and breaks out of bounds, a body that is cut off, pieces beyond a film."""


@given(st.text(max_size=40), st.binary(min_size=32, max_size=32))
def test_what_stands_for_a_text_is_as_long_and_has_none_of_its_words(text, key):
    made = pseudonyms(key)(text)
    assert len(made) == len(text)
    words, others = (set(re.findall(r"[^\W_]{4,}", each)) for each in (text, made))
    assert not words & others


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("2026-03-02", "2025-03-03"),
        ("2026年3月2日 上午9:30", "2025年3月3日 上午9:30"),
        ("20260302T080159Z", "20250303T080159Z"),
        ("2026/3/2 8:01:59 PM", "2025/3/3 8:01:59 PM"),
        ("2026-03-02T08:01:59.250+08:00", "2025-03-03T08:01:59.250+08:00"),
        ("1772438350", "1740988750"),
        ("1772438350123", "1740988750123"),
        ("9999-12-31", "9999-12-31"),
        ("2026-02-30", None),
        ("2026-03-02 张三", None),
        ("张三 2026-03-02", None),
        ("2026-03-02 110101199003078515", None),
        ("13800138765", None),
        ("no time", None),
    ],
)
def test_what_is_a_time_and_nothing_else_moves(text, moved):
    assert shifted(weeks_back(0))(text) == moved
