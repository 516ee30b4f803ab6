"""The table of bad inputs at the public boundary: one row a case with status, code and entry; nothing else changes.

What a row says is checked in one way: the answer, no new fact or standing, one entry of that kind and code, and a good
push of the same sender afterwards applies. Where rows stand that need another other side (the hub as a client,
connections that drip) is said at the end, where all are counted.
"""

import csv
import json
import re
import socket
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any
from urllib.error import HTTPError
from uuid import uuid4

import pytest

from connectors.simulators import roster_csv
from connectors.simulators.authority import event, sign, to_json, to_xml
from tests.connectors import test_authorization, test_http
from tests.faults import test_answers
from tests.hub.front import test_slow
from tests.hub.front.test_budgets import everything
from tests.journeys import test_bad_input
from tests.journeys.commands import licet, told
from tests.site import Site, build, order, until, write_roster

JSON, XML = "application/cloudevents+json", "application/xml"
SOURCE = "urn:authority:demo-ca"
_numbers = iter(range(1, 1_000_000))


def content(**changed: Any) -> dict[str, Any]:
    """A good event with a number of its own; names with ``__`` lead into it, and ``None`` takes away."""
    n = next(_numbers)
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    made = event(SOURCE, {"effective_at": now, **order(0, "active", n)}, id=uuid4().hex, time=now)
    for path, value in changed.items():
        *steps, last = path.split("__")
        place = made
        for step in steps:
            place = place[step]
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return made


def signed(site: Site, body: bytes, media: str) -> dict[str, str]:
    authority = site.authority()
    given = {"created": datetime.now(UTC), "nonce": uuid4().hex}
    return sign("POST", authority.hub, body, media, authority.key, authority.kid, **given)  # type: ignore[arg-type]


def push(site: Site, body: bytes, media: str = JSON) -> tuple[int, str]:
    status, said = site.authority().post(body, signed(site, body, media))
    answer = json.loads(said)
    return status, answer.get("code") or answer.get("result")


def study(site: Site, **result: Any) -> tuple[int, str]:
    """Status and code of a statement of the learning platform with this result."""
    statement = {
        "id": str(uuid4()),
        "actor": {"account": {"homePage": "https://lms.example.cn", "name": "l0"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
        "object": {"id": "https://lms.example.cn/course/dc-ops-online"},
        "timestamp": "2026-03-01T08:00:00Z",
        "result": result,
    }
    account = b64encode(b"lms:" + (site.home / "keys" / "lms.password").read_bytes()).decode()
    headers = {"authorization": f"Basic {account}", "x-experience-api-version": "1.0.3"}
    headers["content-type"] = "application/json"
    status, answer = site.post("/xapi/statements", json.dumps([statement]).encode(), **headers)
    return status, json.loads(answer)["code"]


def wire(site: Site, request: bytes) -> tuple[int, str]:
    """Status and code of what bytes on a connection are answered with."""
    with closing(socket.create_connection(("127.0.0.1", site.port), timeout=60)) as line:
        with suppress(OSError):  # it is cut off before all is sent
            line.sendall(request)
        said = everything(line)
    _head, _, body = said.partition(b"\r\n\r\n")
    return int(said.split(b" ", 2)[1]), json.loads(body)["code"]


def http(*lines: str, body: bytes = b"") -> bytes:
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Row:
    case: str
    send: Callable[[Site], tuple[int, str]]
    status: int
    code: str
    entry: str = "quarantined"
    connector: str = "authority"


def json_body(case: str, body: bytes, status: int, code: str) -> Row:
    return Row(case, lambda site: push(site, body), status, code)


def xml_body(case: str, body: bytes | str, status: int, code: str) -> Row:
    whole = body if isinstance(body, bytes) else body.encode()
    return Row(case, lambda site: push(site, whole, XML), status, code)


def value(case: str, code: str, /, **changed: Any) -> Row:
    return Row(case, lambda site: push(site, to_json(content(**changed))), 422, code)


def result(case: str, code: str, /, **said: Any) -> Row:
    return Row(case, lambda site: study(site, **said), 400, code, connector="lms")


def connection(
    case: str, request: bytes, status: int, code: str, entry: str = "refused", connector: str = "front"
) -> Row:
    return Row(case, lambda site: wire(site, request), status, code, entry, connector)


def in_xml(before: str, after: str) -> bytes:
    text = to_xml(content()).decode()
    assert before in text
    return text.replace(before, after, 1).encode()


HOST = "host: x"
POST = "POST /in/authority HTTP/1.1"
BOMB = "<!DOCTYPE a [<!ENTITY a 'x'>" + "".join(
    f"<!ENTITY b{n} '{'&a;' if n == 0 else f'&b{n - 1};' * 10}'>" for n in range(9)
)
ROWS = [
    json_body("B001 empty", b"", 400, "json.syntax"),
    json_body("B002 key twice", b'{"minutes":40,"minutes":4}', 400, "json.duplicate-key"),
    json_body("B003 key twice, once escaped", b'{"minutes":40,"\\u006dinutes":4}', 400, "json.duplicate-key"),
    json_body("B004 NaN", b'{"x":NaN}', 400, "json.number"),
    json_body("B004 Infinity", b'{"x":Infinity}', 400, "json.number"),
    json_body("B004 -Infinity", b'{"x":-Infinity}', 400, "json.number"),
    json_body("B005 1e999", b'{"x":1e999}', 400, "json.number"),
    json_body("B006 5000 digits", b'{"x":' + b"7" * 5000 + b"}", 400, "json.number"),
    json_body("B007 depth in ext", b'{"ext":' + b"[" * 32 + b"]" * 32 + b"}", 400, "json.depth"),
    json_body("B008 lone surrogate", b'{"name":"\\ud800"}', 400, "json.encoding"),
    value("B009 NUL", "schema.charset", data__holder__ref="E1\0"),
    json_body("B010 UTF-16", '{"a":"张三"}'.encode("utf-16-le"), 400, "encoding.invalid"),
    json_body("B012 200,000 keys", b"{" + b",".join(b'"%d":1' % n for n in range(25_000)) + b"}", 400, "json.size"),
    value("B013 typo", "schema.unknown-field", data__valid_untill="2030-01-01"),
    value("B014 __proto__", "schema.unknown-field", **{"data": {**content()["data"], "__proto__": {}}}),
    value("B014 constructor", "schema.unknown-field", data__constructor="x"),
    value("B014 $ref", "schema.unknown-field", **{"data__$ref": "x"}),
    value("B014 @type", "schema.unknown-field", **{"data__@type": "x"}),
    json_body("B015 raw newline", b'{"name":"a\nb"}', 400, "json.syntax"),
    json_body("B015 raw tab", b'{"name":"a\tb"}', 400, "json.syntax"),
    *(value(f"B017 {each!r}", "schema.type", sequence=each) for each in (" 40 ", "4_0", "+40", "40.0", "0x28")),
    value("B018 full-width digits", "schema.type", sequence="４０"),
    value("B019 true", "schema.type", sequence=True),
    value("B020 zero width", "schema.charset", data__holder__ref="E1001\u200b"),
    value("B020 bidi", "schema.charset", data__holder__ref="E1001\u202e"),
    value("B080 forged line", "schema.charset", data__credential__number="L-1\n2026-03-01 decided full"),
    value("B080 escape sequence", "schema.charset", data__credential__number="\x1b[2JL-1"),
    json_body("B080 blanks", to_json(content(data__credential__number=" " * 100_000)), 400, "json.size"),
    value("B020 filler", "schema.charset", data__holder__ref="E1001\u3164"),
    result("B021 minus 40 minutes", "schema.type", duration="PT-40M"),
    result("B021 rate 1.7", "schema.range", score={"scaled": 1.7}),
    result("B021 rate 90", "schema.range", score={"scaled": 90}),
    value("B021 minus 1", "schema.type", sequence="-1"),
    xml_body("B022 entity bomb", f'<?xml version="1.0"?>{BOMB}]><a>&b8;</a>', 400, "xml.dtd-forbidden"),
    xml_body("B023 file", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', 400, "xml.dtd-forbidden"),
    xml_body(
        "B024 XInclude",
        '<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="/etc/passwd"/></a>',
        400,
        "xml.include-forbidden",
    ),
    xml_body("B026 style sheet", '<?xml-stylesheet href="http://127.0.0.1:9/"?><a/>', 400, "xml.pi-forbidden"),
    xml_body("B027 nested", b"<a>" * 30_000 + b"</a>" * 30_000, 400, "xml.depth"),
    xml_body("B028 says GBK, is UTF-8", '<?xml version="1.0" encoding="GBK"?><a>张三</a>', 400, "encoding.mismatch"),
    xml_body(
        "B029 says UTF-8, is GBK",
        '<?xml version="1.0" encoding="UTF-8"?><a>张三</a>'.encode("gbk"),
        400,
        "encoding.invalid",
    ),
    xml_body("B030 UTF-7", '<?xml version="1.0" encoding="UTF-7"?><a/>', 400, "encoding.unsupported"),
    xml_body("B030 EBCDIC", "<?xml version='1.0'?><a/>".encode("cp037"), 400, "encoding.unsupported"),
    xml_body("B030 UTF-32", "<a/>".encode("utf-32"), 400, "encoding.unsupported"),
    xml_body("B031 attribute twice", '<a x="1" x="2"/>', 400, "xml.syntax"),
    xml_body("B032 undeclared prefix", "<p:a/>", 400, "xml.syntax"),
    xml_body("B033 wrong namespace", in_xml("urn:hub:authority:1", "urn:other"), 422, "schema.namespace"),
    xml_body("B034 comment in a value", in_xml("</status>", "<!-- -->x</status>"), 400, "xml.comment-in-value"),
    xml_body(
        "an element twice",
        in_xml("<status>active</status>", "<status>active</status><status>revoked</status>"),
        422,
        "schema.type",
    ),
    xml_body("B020 blank in XML", in_xml("</ref>", "\u3000</ref>"), 422, "schema.charset"),
    xml_body("B035 second root", to_xml(content()) + b"<b/>", 400, "xml.syntax"),
    xml_body("B035 text behind", to_xml(content()) + b"text", 400, "xml.syntax"),
    xml_body("B036 XML 1.1", b'<?xml version="1.1"?><a/>', 400, "xml.syntax"),
    xml_body("B036 control character", b"<a>&#1;</a>", 400, "xml.syntax"),
    value("B039 no such day", "time.invalid", data__effective_at="2026-02-30T08:00:00+08:00"),
    value("B040 offset", "time.offset", data__effective_at="2026-02-20T08:00:00+23:59"),
    value("B041 week date", "time.invalid", data__effective_at="2026-W47-7"),
    value("B041 bare date", "time.invalid", data__effective_at="2026-02-20"),
    value("B040 offset of a day", "time.offset", data__effective_at="2026-02-20T08:00:00-24:00"),
    value("B045 ends before it begins", "meaning.order", data__valid_from="2031-01-01", data__valid_until="2030-01-01"),
    connection(
        "B070 two lengths", http(POST, HOST, "content-length: 3", "transfer-encoding: chunked"), 400, "http.framing"
    ),
    connection("B071 folded", http(POST, HOST, "x-a: 1", " folded", "content-length: 0"), 400, "http.framing"),
    connection("B071 bare line ends", b"GET /healthz HTTP/1.1\nhost: x\n\n", 400, "http.framing"),
    connection("B072 200 kB header", http(POST, HOST, "x-long: " + "a" * 200_000), 431, "http.headers"),
    connection(
        "B073 chunked without end",
        http(POST, HOST, "transfer-encoding: chunked", body=(b"fff0\r\n" + b"z" * 0xFFF0 + b"\r\n") * 8),
        413,
        "http.size",
        connector="authority",
    ),
    connection(
        "announced too long",
        http(POST, HOST, "expect: 100-continue", "content-length: 300000000"),
        413,
        "http.size",
        connector="authority",
    ),
    connection(
        "B011 10 MB",
        http(POST, HOST, "content-length: 10000000", body=b"z" * 400_000),
        413,
        "http.size",
        connector="authority",
    ),
    connection("B074 gzip", http(POST, HOST, "content-encoding: gzip", "content-length: 0"), 415, "http.coding"),
    connection("B075 unknown coding", http(POST, HOST, "content-encoding: x-zip, gzip"), 415, "http.coding"),
    connection("B075 transfer coding", http(POST, HOST, "transfer-encoding: gzip, chunked"), 415, "http.coding"),
    connection("B078 CONNECT", http("CONNECT x:443 HTTP/1.1", HOST), 405, "http.method"),
    connection(
        "B078 TRACE",
        http("TRACE /in/authority HTTP/1.1", HOST, "connection: close"),
        405,
        "http.method",
        connector="authority",
    ),
    connection(
        "B078 override",
        http("GET /in/authority HTTP/1.1", HOST, "x-http-method-override: DELETE", "connection: close"),
        405,
        "http.method",
        connector="authority",
    ),
    connection("no Host", http("GET /healthz HTTP/1.1"), 400, "http.framing"),
    connection("two Hosts", http("GET /healthz HTTP/1.1", HOST, "host: y"), 400, "http.framing"),
    connection(
        "parameter twice",
        http("GET /in/authority?a=1&a=2 HTTP/1.1", HOST, "connection: close"),
        400,
        "http.request",
        connector="authority",
    ),
]


def state(site: Site) -> tuple[Any, ...]:
    """What no refused input may change."""
    return (
        site.rows("SELECT count(*) FROM facts"),
        site.rows("SELECT person, position, scope FROM standings ORDER BY person"),
        site.rows("SELECT * FROM desired ORDER BY 1, 2, 3"),
    )


def kept_aside(site: Site) -> int:
    """How much was ever kept for a person to look at."""
    return int(site.rows("SELECT count(*) FROM quarantine WHERE sealed IS NOT NULL")[0][0])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.case)
def test_a_bad_input_is_answered_named_and_changes_nothing(site, row):
    before, known, waiting = state(site), len(site.entries(row.entry)), kept_aside(site)
    assert row.send(site) == (row.status, row.code)
    until(lambda: len(site.entries(row.entry)) > known, "it has its entry")
    [entry] = site.entries(row.entry)[known:]
    assert (entry["connector"], entry["code"]) == (row.connector, row.code)
    assert state(site) == before
    assert kept_aside(site) == waiting + (row.entry == "quarantined"), "kept, if it is proven whose it is"
    assert push(site, to_json(content())) == (202, "applied"), "the sender's next good one applies"


def test_the_same_bad_body_again_hears_the_same_and_waits_once(site):
    for body, answer in (
        (to_json(content(data__effective_at="2026-02-31T00:00:00Z")), (422, "time.invalid")),
        (b'{"x":[NaN,1]}', (400, "json.number")),
    ):
        before = site.rows("SELECT count(*) FROM quarantine")[0][0]
        assert [push(site, body) for _ in range(3)] == [answer] * 3
        assert site.rows("SELECT count(*) FROM quarantine")[0][0] == before + 1
        assert site.entries("duplicate")[-1]["connector"] == "authority"


@pytest.mark.parametrize(
    "path", ["/in/..%2fadmin", "//in", "/in%00", "/in", "/in/authority/", "/in/authority/x", "/in/AUTHORITY"]
)
def test_b079_a_path_that_is_none_is_not_found(site, path):
    before, known = state(site), len(site.entries("refused"))
    assert wire(site, http(f"GET {path} HTTP/1.1", HOST, "connection: close")) == (404, "http.path")
    until(lambda: len(site.entries("refused")) > known, "it has its entry")
    entry = site.entries("refused")[-1]
    assert (entry["connector"], entry["code"]) == ("front", "http.path") and state(site) == before


def test_b025_a_schema_location_is_never_fetched(site):
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0)
        where = f'xsi:schemaLocation="urn:hub:authority:1 http://127.0.0.1:{canary.getsockname()[1]}/x.xsd"'
        body = in_xml(
            "<AuthorityPush ", f'<AuthorityPush xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" {where} '
        )
        assert push(site, body, XML)[0] in (202, 422)
        with pytest.raises(BlockingIOError):
            canary.accept()


def lines(site: Site, text: str, serial: str = "SN-1") -> tuple[int, bytes]:
    return site.post(f"/iclock/cdata?SN={serial}&table=ATTLOG&Stamp=1", text.encode())


def test_b016_one_bad_line_of_500_is_set_aside_alone_and_named(site):
    """A terminal hears a number of lines, and sends all again if it is too low: the results stand in the log."""
    punches = [f"2\t2026-04-01 08:{n // 60:02}:{n % 60:02}\t0\t15\t0\t0\t0" for n in range(500)]
    punches[316] = "2\tyesterday\t0\t15\t0\t0\t0"
    before, known = state(site), len(site.entries("quarantined"))
    assert lines(site, "\n".join([*punches, ""])) == (200, b"OK: 500\n")
    [entry] = site.entries("quarantined")[known:]
    assert (entry["connector"], entry["code"]) == ("terminals", "time.invalid")
    assert entry["counts"] == {"applied": 499, "quarantined": 1}
    waits = told(site, "quarantine", "list")[-1]
    assert (waits["code"], waits["where"]) == ("time.invalid", "line 317 time")
    assert licet(site, "quarantine", "show", waits["id"], "--by", "A").stdout == punches[316]
    assert state(site) == before


def test_b042_a_punch_of_before_there_were_terminals_waits_for_a_person_and_a_late_one_counts(site):
    """A terminal brings what it recorded while it was away, however long: that counts, and is listed as late."""
    before, known, waiting = state(site), len(site.entries("quarantined")), kept_aside(site)
    day = (datetime.now(UTC) - timedelta(days=31)).strftime("%Y-%m-%d %H:%M:%S")
    old = "2\t1999-12-30 08:00:00\t0\t15\t0\t0\t0"
    assert lines(site, f"2\t{day}\t0\t15\t0\t0\t0\n{old}\n") == (200, b"OK: 2\n")
    [entry] = site.entries("quarantined")[known:]
    assert (entry["connector"], entry["peer"], entry["code"]) == ("terminals", "SN-1", "time.stale")
    assert entry["counts"] == {"applied": 1, "quarantined": 1}
    assert kept_aside(site) == waiting + 1 and state(site) == before
    waits = told(site, "quarantine", "list")[-1]
    assert (waits["code"], waits["where"]) == ("time.stale", "line 2 time")
    assert licet(site, "quarantine", "show", waits["id"], "--by", "A").stdout == old


def test_b046_a_local_time_that_a_clock_change_skips_is_set_aside(site):
    known = len(site.entries("quarantined"))
    assert lines(site, "2\t2026-03-08 02:30:00\t0\t15\t0\t0\t0\n", "SN-NY") == (200, b"OK: 1\n")
    [entry] = site.entries("quarantined")[known:]
    assert (entry["connector"], entry["peer"], entry["code"]) == ("terminals", "SN-NY", "time.ambiguous")


def test_b048_whom_only_another_source_knows_is_answered_as_whom_nobody_knows(site):
    """An authority that asks by an identifier of the terminals, or of the platform, learns and changes nothing."""
    before = state(site)

    def asked(ref: str) -> tuple[int, dict[str, Any]]:
        body = to_json(content(data__holder__ref=ref, data__credential__number=f"L-{ref}", data__status="revoked"))
        status, said = site.authority().post(body, signed(site, body, JSON))
        return status, {name: each for name, each in json.loads(said).items() if name not in ("id", "receipt")}

    stranger = asked("nobody-at-all")
    assert stranger[0] == 202
    for ref in ("l0", "0", "E0"):
        assert asked(ref) == stranger, ref
    assert push(site, to_json(content())) == (202, "applied")
    assert state(site)[1:] == before[1:]


def test_b047_whom_nobody_knows_is_held(site):
    body = to_json(content(data__holder__ref="nobody-yet", data__credential__number="L-unknown"))
    assert push(site, body) == (202, "held")


def test_b050_one_id_with_other_content_is_a_conflict(site):
    known = uuid4().hex
    assert push(site, to_json(content(id=known)))[0] == 202
    before, alarms = state(site), len(site.entries("alarm"))
    assert push(site, to_json(content(id=known, data__status="revoked"))) == (409, "state.id-conflict")
    assert state(site) == before and len(site.entries("alarm")) == alarms + 1


HOSTILE = {
    "B092 formula": '=HYPERLINK("http://x.example","y")',
    "B092 plus": "+cmd|' /C calc'!A0",
    "B092 at": "@SUM(1+1)*cmd|'x'!A1",
    "B080 colours": "\x1b[2J\x1b[31mred",
    "B080 backwards": "\u202edeverp",
}

SHOWN = {"B080 colours": r"\x1b[2J\x1b[31mred", "B080 backwards": r"\u202edeverp"}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_name_is_stored_as_text_and_shown_on_one_line(site, case):
    """The hub writes no table for a spreadsheet: where a name is shown it is JSON, or one line of a terminal."""
    name = HOSTILE[case]
    named(site, name)
    until(lambda: name_of(site, "X1") == name, "it is stored as it came")
    shown = licet(site, "why", "X1").stdout
    assert shown.splitlines()[0] == f"X1  {SHOWN.get(case, name)}"
    assert told(site, "why", "X1")["name"] == name


def test_b080_a_line_end_in_a_name_forges_no_line(site):
    """A spreadsheet lets people break a line inside a cell: it is read as a blank."""
    named(site, "evil\n2026-03-01 decided full")
    until(lambda: name_of(site, "X1") == "evil 2026-03-01 decided full", "it is stored on one line")
    shown = licet(site, "why", "X1").stdout
    assert not any(line.startswith("2026-03-01") for line in shown.splitlines())


def test_b080_blanks_for_a_name_are_set_aside(site):
    known = len(site.entries("quarantined"))
    named(site, " " * 1_000_000)
    until(lambda: len(site.entries("quarantined")) > known, "it is set aside")
    assert site.entries("quarantined")[-1]["connector"] == "roster"


def name_of(site: Site, person: str) -> str | None:
    with suppress(HTTPError):  # nobody of this number yet
        return str(site.get(f"/api/v1/people/{person}")["name"])
    return None


def named(site: Site, name: str) -> None:
    """Have HR's file name one person more, so."""
    write_roster(site.home, range(3))
    file = site.home / "roster" / "people.csv"
    with file.open(encoding="utf-8", newline="") as rows:
        table = list(csv.DictReader(rows))
    more = {**table[-1], "employee_no": "X1", "name": name}
    more |= {column: "x1" for column in more if column.startswith("id:")}
    roster_csv.write_people(site.home / "roster", [*table, more])


def test_b077_who_hangs_up_in_the_middle_of_a_body_leaves_no_trace_of_an_error(site):
    for _ in range(20):
        with closing(socket.create_connection(("127.0.0.1", site.port))) as line:
            line.sendall(http(POST, HOST, "content-length: 1000", body=b"half"))
    assert push(site, to_json(content())) == (202, "applied")


ACCEPTED = {
    "GBK": ("gbk", "王伟"),
    "GB2312": ("gb2312", "王伟"),
    "GB18030 beyond the BMP": ("gb18030", "𠮷野"),
    "a name with a dot": ("utf-8", "古丽·买买提"),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_must_be_accepted_in_xml(site, case):
    encoding, reason = ACCEPTED[case]
    text = to_xml(content(data__reason_code=reason)).decode()
    body = text.replace('encoding="UTF-8"', f'encoding="{encoding.upper()}"').encode(encoding)
    assert push(site, body, XML) == (202, "applied")


@pytest.mark.parametrize(
    "changed",
    [
        {"data__effective_at": "2026-02-20T08:00:00+08:00"},
        {"data__effective_at": "2026-02-20T08:00:00.123456789Z"},
        {"data__effective_at": "2024-02-29T08:00:00Z"},
        {"data__reason_code": "𠮷·" * 20},
    ],
    ids=["offset", "nine digits", "leap day", "rare characters"],
)
def test_what_must_be_accepted_in_json(site, changed):
    assert push(site, to_json(content(**changed)))[0] == 202


def test_unknown_headers_are_accepted(site):
    body = to_json(content())
    headers = {**signed(site, body, JSON), "X-Something": "new", "Priority": "u=1"}
    assert site.authority().post(body, headers)[0] == 202


URLS = [
    "B081 https://169.254.169.254/v2",
    "B081 https://127.0.0.1/v2",
    *(f"B082 https://{host}/v2" for host in ("2130706433", "0x7f.1", "127.1", "0177.0.0.1", "0")),
    "B082 https://①②⑦.⓪.⓪.①/v2",
    *(f"B083 https://[{host}]/v2" for host in ("::ffff:127.0.0.1", "::", "fe80::1%25eth0", "fd00::1")),
    "B084 http://a.example\\\\@127.0.0.1/",
    *(f"B085 {scheme}://a.example/x" for scheme in ("file", "ftp", "gopher", "data", "unix")),
    "B091 http://iam.example/v2",
]


@pytest.mark.parametrize("case", URLS)
def test_check_refuses_addresses_that_would_not_be_called(case, tmp_path):
    _, _, url = case.partition(" ")
    site = build(tmp_path / "hub")
    text = (site.home / "licet.toml").read_text(encoding="utf-8")
    text = text.replace('base_url = "http://127.0.0.1:9/v2"', f'base_url = "{url}"').replace(
        "allow_private_address = true\n", "", 1
    )
    assert url in text
    (site.home / "licet.toml").write_text(text, encoding="utf-8")
    found = licet(site, "check")
    assert found.returncode == 1 and re.match(
        rf"{site.home}/licet\.toml:[0-9]+:1：\[connectors\.iam\]：", found.stderr
    ), found.stderr
    assert len(found.stderr.splitlines()) == 1


def test_b090_a_secret_in_plain_text_is_refused_and_never_shown(tmp_path):
    site = build(tmp_path / "hub")
    text = (site.home / "licet.toml").read_text(encoding="utf-8")
    (site.home / "licet.toml").write_text(
        text.replace('token = "file:keys/scim.token"', 'token = "hunter2"'), encoding="utf-8"
    )
    found = licet(site, "check")
    assert found.returncode == 1 and "明文口令或密钥" in found.stderr and "hunter2" not in found.stderr + found.stdout


ELSEWHERE = (test_bad_input, test_slow, test_answers, test_http, test_authorization)
PROMISED = [*range(1, 37), *range(39, 43), *range(46, 51), *range(70, 86), *range(90, 102)]


def test_every_case_of_the_table_is_tried():
    names = [name for module in (*ELSEWHERE, sys.modules[__name__]) for name in _names(module)]
    tried = {int(number) for name in names for number in re.findall(r"(?:\b|_)[Bb](\d{3})(?:\b|_)", name)}
    assert [f"B{n:03}" for n in PROMISED if n not in tried] == []


def _names(module: ModuleType) -> Iterator[str]:
    """What the tests of a module are called, and their cases."""
    for name, test in vars(module).items():
        if not name.startswith("test_") or not callable(test):
            continue
        yield name
        for mark in getattr(test, "pytestmark", ()):
            if mark.name == "parametrize":
                yield from (
                    getattr(case, "case", None) or getattr(case, "id", None) or str(case) for case in mark.args[1]
                )
