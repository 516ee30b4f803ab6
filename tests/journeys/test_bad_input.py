"""Bad input at every door of a running hub: each answered with its code, nothing is lost, neighbours are unharmed."""

import http.client
import json
import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from connectors.simulators.authority import event, sign, to_json, to_xml
from tests.site import Site, order, until

JSON, XML = "application/cloudevents+json", "application/xml"
SOURCE = "urn:authority:demo-ca"
_counter = iter(range(1, 1_000_000))


@pytest.fixture(autouse=True)
def neighbours_unharmed(site) -> Iterator[None]:
    """After every bad item a good one applies at every door, and what came in is what became of it."""
    yield
    n = next(_counter)
    assert push(site, good(n), f"good-{n}")[:2] == (202, "applied")
    assert statements(site, [study()])[0] == 200
    at = datetime(2026, 3, 1, 9, tzinfo=UTC) + timedelta(minutes=n)
    before = became(site, "terminals", "applied")
    assert punch(site, f"1\t{at:%Y-%m-%d %H:%M:%S}\t0\t15\t0\t0\t0\n") == (200, b"OK: 1\n")
    assert became(site, "terminals", "applied") == before + 1
    assert site.balanced()


# --- the doors ---------------------------------------------------------------------------------------------------


def good(n: int, status: str = "active") -> dict[str, object]:
    return order(0, status, n)


def made(content: dict[str, object], id: str) -> bytes:
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return to_json(event(SOURCE, {"effective_at": now, **content}, id=id, time=now))


def signed(site: Site, body: bytes, media: str = JSON, **more: object) -> dict[str, str]:
    authority = site.authority()
    given = {"created": datetime.now(UTC), "nonce": uuid4().hex, **more}
    return sign("POST", authority.hub, body, media, authority.key, authority.kid, **given)  # type: ignore[arg-type]


def send(site: Site, body: bytes, headers: dict[str, str]) -> tuple[int, str, dict[str, object]]:
    """Status, result or code, and the whole answer of the authority's door."""
    status, answer = site.authority().post(body, headers)
    said = json.loads(answer)
    return status, said.get("code") or said.get("result"), said


def push(site: Site, content: dict[str, object], id: str) -> tuple[int, str, dict[str, object]]:
    return send(site, body := made(content, id), signed(site, body))


def raw(site: Site, body: bytes, media: str = JSON) -> tuple[int, str, dict[str, object]]:
    """Any bytes, signed as they are: proven, whatever they say."""
    return send(site, body, signed(site, body, media))


def study(**more: object) -> dict[str, object]:
    home = {"homePage": "https://lms.example.cn", "name": "l0"}
    activity = {"id": "https://lms.example.cn/course/dc-ops-online"}
    verb = {"id": "http://adlnet.gov/expapi/verbs/progressed"}
    base = {"id": str(uuid4()), "actor": {"account": home}, "verb": verb, "object": activity}
    return {**base, "timestamp": "2026-03-01T08:00:00Z", **more}


def statements(site: Site, content: object, password: str | None = None) -> tuple[int, dict[str, object]]:
    password = password or (site.home / "keys" / "lms.password").read_text()
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    account = b64encode(f"lms:{password}".encode()).decode()
    headers = {"authorization": f"Basic {account}", "x-experience-api-version": "1.0.3"}
    status, answer = site.post("/xapi/statements", body, **headers, **{"content-type": "application/json"})
    return status, json.loads(answer) if answer else {}


def punch(site: Site, lines: str | bytes, serial: str = "SN-1") -> tuple[int, bytes]:
    body = lines if isinstance(lines, bytes) else lines.encode()
    return site.post(f"/iclock/cdata?SN={serial}&table=ATTLOG&Stamp=1", body)


def became(site: Site, connector: str, word: str) -> int:
    rows = site.rows(f"SELECT {word} FROM connectors WHERE connector = '{connector}'")
    return int(rows[0][0]) if rows else 0


def facts(site: Site) -> int:
    return int(site.rows("SELECT count(*) FROM facts")[0][0])


# --- what cannot be read -----------------------------------------------------------------------------------------

BOMB = "<!DOCTYPE a [<!ENTITY a 'x'>" + "".join(
    f"<!ENTITY b{n} '{'&a;' if n == 0 else f'&b{n - 1};' * 10}'>" for n in range(9)
)
UNREADABLE_JSON = [
    (b"", "json.syntax"),
    (b'{"id":"1","id":"2"}', "json.duplicate-key"),
    (b'{"minutes":1,"\\u006dinutes":2}', "json.duplicate-key"),
    (b'{"score":NaN}', "json.number"),
    (b'{"score":-Infinity}', "json.number"),
    (b'{"score":1e999}', "json.number"),
    (b'{"score":' + b"9" * 5000 + b"}", "json.number"),
    (b'{"ext":' + b"[" * 40 + b"]" * 40 + b"}", "json.depth"),
    (b'{"name":"\\ud800"}', "json.encoding"),
    ('{"name":"张三"}'.encode("utf-16"), "encoding.invalid"),
    (b'{"name":"\xd5\xc5"}', "encoding.invalid"),
    (b'{"name":"a\nb"}', "json.syntax"),
    (b"{" + b",".join(b'"k%d":1' % n for n in range(21_000)) + b"}", "json.size"),
]
UNREADABLE_XML = [
    (f'<?xml version="1.0"?>{BOMB}]><a>&b8;</a>'.encode(), "xml.dtd-forbidden"),
    (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "xml.dtd-forbidden"),
    (b'<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="/etc/passwd"/></a>', "xml.include-forbidden"),
    (b'<?xml-stylesheet href="http://127.0.0.1:9/"?><a/>', "xml.pi-forbidden"),
    (b"<a>" * 20_000 + b"</a>" * 20_000, "xml.depth"),
    ('<?xml version="1.0" encoding="GBK"?><a>张三</a>'.encode(), "encoding.mismatch"),
    ('<?xml version="1.0" encoding="UTF-8"?><a>张三</a>'.encode("gbk"), "encoding.invalid"),
    (b'<AuthorityPush xmlns="urn:hub:authority:1"><id>E10<!-- -->01</id></AuthorityPush>', "xml.comment-in-value"),
    (b"<a><b></a>", "xml.syntax"),
]


@pytest.mark.parametrize(("body", "code"), UNREADABLE_JSON, ids=range(len(UNREADABLE_JSON)))
def test_json_that_cannot_be_read_is_named_and_kept_aside(site, body, code):
    at_both(site, body, JSON, code)
    status, said = statements(site, body)
    assert (status, said["code"]) == (400, code)
    assert site.entries("quarantined")[-1]["connector"] == "lms" and site.entries("quarantined")[-1]["code"] == code


@pytest.mark.parametrize(("body", "code"), UNREADABLE_XML, ids=range(len(UNREADABLE_XML)))
def test_xml_that_cannot_be_read_is_named_and_kept_aside(site, body, code):
    said = at_both(site, body, XML, code)
    assert "root:" not in json.dumps(said), "no file content in an answer"


def at_both(site: Site, body: bytes, media: str, code: str) -> dict[str, object]:
    before, known = became(site, "authority", "quarantined"), facts(site)
    status, found, said = raw(site, body, media)
    assert (status, found) == (400, code), said
    assert became(site, "authority", "quarantined") == before + 1 and facts(site) == known
    entry = site.entries("quarantined")[-1]
    assert (entry["connector"], entry["code"]) == ("authority", code)
    assert entry["payload"]["bytes"] == len(body)
    return said


def test_b049_a_credential_that_no_position_names_is_kept_and_told_and_an_alarm_when_it_closes(site):
    def alarms() -> list[dict[str, object]]:
        return [each for each in site.entries("alarm") if each["code"] == "ref.unknown-type"]

    n, known = next(_counter), facts(site)
    status, _code, said = push(site, {**good(n), "credential": "licenze"}, uuid4().hex)
    assert (status, said["items"]) == (202, [{"result": "applied", "code": "ref.unknown-type"}])
    assert facts(site) == known + 1 and alarms() == []
    for word in ("suspended", "revoked"):
        assert push(site, {**good(next(_counter), word), "credential": "licenze"}, uuid4().hex)[0] == 202
    assert [each["connector"] for each in alarms()] == ["authority"] * 2
    assert all(each["person"] for each in alarms())
    [row] = [each for each in open_alarms(site) if each["code"] == "ref.unknown-type"]
    assert (row["times"], row["about"]["connector"]) == (2, "authority")


def open_alarms(site: Site) -> list[dict[str, object]]:
    alarms = site.get("/api/v1/alarms")
    return alarms["alarms"] if isinstance(alarms, dict) else alarms


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"valid_from": "2026-02-30"}, {"time.invalid"}),
        ({"valid_from": "2027-01-01", "valid_until": "2026-01-01"}, {"meaning.order"}),
        ({"status": "cheerful"}, {"schema.range"}),
        ({"number": "L\u200b1"}, {"schema.charset"}),
        ({"holder": "r\u0000"}, {"schema.charset"}),
    ],
)
def test_an_event_that_says_what_cannot_be_is_kept_aside(site, change, codes):
    known = facts(site)
    status, code, said = push(site, {**good(next(_counter)), **change}, uuid4().hex)
    assert status == 422 and code in codes, said
    assert facts(site) == known and site.entries("quarantined")[-1]["code"] == code


# --- whose word it is --------------------------------------------------------------------------------------------


def refused(site: Site, body: bytes, headers: dict[str, str], code: str) -> None:
    """One answer to every failure of trust; the log has the true code; nothing is kept."""
    known, before = facts(site), became(site, "authority", "refused")
    transmissions = site.rows("SELECT count(*) FROM transmissions")
    assert send(site, body, headers)[:2] == (401, "refused")
    assert site.rows("SELECT count(*) FROM transmissions") == transmissions and facts(site) == known
    assert became(site, "authority", "refused") == before + 1
    assert site.entries("refused")[-1]["code"] == code


def test_one_bit_of_the_body_flipped(site):
    body = made(good(1, "revoked"), uuid4().hex)
    refused(site, body[:-2] + bytes([body[-2] ^ 1]) + body[-1:], signed(site, body), "sig.bad")


def test_a_body_written_anew_under_the_old_signature(site):
    body = made(good(1, "revoked"), uuid4().hex)
    refused(site, json.dumps(json.loads(body), indent=1).encode(), signed(site, body), "sig.bad")


def test_no_signature(site):
    body = made(good(1, "revoked"), uuid4().hex)
    headers = {k: v for k, v in signed(site, body).items() if not k.lower().startswith("signature")}
    refused(site, body, headers, "sig.missing")


def test_a_signature_of_yesterday(site):
    body = made(good(1, "revoked"), uuid4().hex)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    refused(site, body, signed(site, body, created=yesterday), "sig.stale")


def test_a_signature_that_does_not_cover_the_body(site):
    body = made(good(1, "revoked"), uuid4().hex)
    refused(site, body, signed(site, body, covered=("@method", "@target-uri", "content-type")), "sig.components")


def test_thousands_of_signatures(site):
    body = made(good(1, "revoked"), uuid4().hex)
    headers = signed(site, body)
    name = next(each for each in headers if each.lower() == "signature")
    headers[name] += "".join(f", s{n}=:AA==:" for n in range(2000))
    status = send(site, body, headers)[0]
    assert status == 401 and site.entries("refused")[-1]["code"].startswith("sig.")


def test_a_wrong_password_of_the_platform(site):
    known, before = facts(site), became(site, "lms", "refused")
    assert statements(site, [study()], "guessed")[0] == 401
    assert facts(site) == known and became(site, "lms", "refused") == before + 1
    assert site.entries("refused")[-1]["code"] == "auth.token"


@pytest.mark.parametrize("serial", ["SN-NOBODY", "", "a/../b", "x" * 65, "%E5%BC%A0"])
def test_a_terminal_that_nobody_knows(site, serial):
    known = facts(site)
    assert punch(site, "1\t2026-03-01 08:00:00\t0\t15\t0\t0\t0\n", serial)[0] == 401
    assert facts(site) == known and site.entries("refused")[-1]["code"] == "device.unknown"


@pytest.mark.parametrize("token", ["", "Bearer ", "Bearer wrong", "Basic abc", "Bearer \xe9"])
def test_the_api_answers_nobody_without_its_token(site, token):
    for path in ("/api/v1/connectors", "/api/v1/people/E0"):
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
        connection.request("GET", path, headers={"authorization": token} if token else {})
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["code"]) == (401, "auth.token")
        connection.close()


# --- again, late, out of order -----------------------------------------------------------------------------------


def test_the_same_push_again_is_a_duplicate(site):
    body = made(good(next(_counter)), uuid4().hex)
    headers, known = signed(site, body), facts(site)
    assert [send(site, body, headers)[0] for _ in range(3)] == [202, 200, 200]
    assert facts(site) == known + 1 and site.entries("duplicate")[-1]["connector"] == "authority"


def test_fifty_times_the_same_push_at_once_applies_once(site):
    body = made(good(next(_counter)), uuid4().hex)
    headers, known = signed(site, body), facts(site)
    before = {word: became(site, "authority", word) for word in ("applied", "duplicate")}
    start = threading.Barrier(50)

    def one(_n: int) -> int:
        start.wait(10)
        return send(site, body, headers)[0]

    with ThreadPoolExecutor(50) as pool:
        answers = sorted(pool.map(one, range(50)))
    assert answers == [200] * 49 + [202]
    assert facts(site) == known + 1
    assert became(site, "authority", "applied") == before["applied"] + 1
    assert became(site, "authority", "duplicate") == before["duplicate"] + 49


def test_the_same_id_with_other_content_is_a_conflict_and_an_alarm(site):
    id = uuid4().hex
    assert push(site, good(n := next(_counter)), id)[0] == 202
    known, alarms = facts(site), len(site.entries("alarm"))
    assert push(site, good(n, "revoked"), id)[:2] == (409, "state.id-conflict")
    assert facts(site) == known and len(site.entries("alarm")) == alarms + 1
    alarm = site.entries("alarm")[-1]
    assert alarm["code"] == "state.id-conflict" and alarm["known"]["commit"] != alarm["found"]["commit"]


def test_a_statement_with_a_known_id_and_other_content_is_a_conflict_and_an_alarm(site):
    first = study()
    assert statements(site, [first])[0] == 200
    known, alarms = facts(site), len(site.entries("alarm"))
    status, said = statements(site, [study(), {**first, "timestamp": "2026-03-01T09:00:00Z"}])
    assert (status, said["code"]) == (409, "state.id-conflict")
    assert facts(site) == known, "all or nothing"
    assert len(site.entries("alarm")) == alarms + 1


def test_a_mended_repeat_takes_the_place_of_what_was_kept_aside(site):
    id, n = uuid4().hex, next(_counter)
    assert push(site, {**good(n), "valid_from": "2026-02-30"}, id)[:2] == (422, "time.invalid")
    before, known = became(site, "authority", "quarantined"), facts(site)
    assert push(site, good(n), id)[:2] == (202, "applied")
    assert became(site, "authority", "quarantined") == before - 1 and facts(site) == known + 1
    assert site.entries("superseded")[-1]["connector"] == "authority"


def test_an_older_word_that_arrives_late_changes_nothing(site):
    number = {"number": f"L-late-{next(_counter)}", "holder": "r2"}
    assert push(site, {**order(2, "revoked", 9), **number}, uuid4().hex)[0] == 202
    until(lambda: scope(site) == "none", "it is decided")
    assert push(site, {**order(2, "active", 8), **number}, uuid4().hex)[0] == 202
    assert push(site, {**good(next(_counter)), "holder": "r1"}, uuid4().hex)[0] == 202  # a later unit of work
    until(lambda: site.get("/api/v1/people/E1")["positions"][0]["scope"] == "full", "what came later is decided")
    assert scope(site) == "none"


def scope(site: Site) -> str:
    return str(site.get("/api/v1/people/E2")["positions"][0]["scope"])


# --- how it is said ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "size", "name"),
    [
        ("/in/authority", 256 << 10, "authority"),
        ("/xapi/statements", 4 << 20, "lms"),
        ("/iclock/cdata?SN=SN-1&table=ATTLOG", 16 << 20, "terminals"),
    ],
)
def test_a_body_above_the_limit_is_not_read(site, path, size, name):
    known = facts(site)
    status, _answer = site.post(path, b"x" * (size + 1))
    assert status in (413, 0), "0: it hung up while we were still sending"
    assert facts(site) == known
    until(lambda: site.entries("refused")[-1].get("code") == "http.size", "it is on record")
    assert site.entries("refused")[-1]["connector"] == name


def test_an_endless_chunked_body_is_cut_off(site):
    line = socket.create_connection(("127.0.0.1", site.port), timeout=60)
    line.sendall(b"POST /in/authority HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
    line.sendall((b"%x\r\n" % 100_000 + b"z" * 100_000 + b"\r\n") * 3)
    assert b" 413 " in line.recv(4096)
    line.close()


@pytest.mark.parametrize(
    ("framing", "status"),
    [
        (b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"x-a: 1\r\n folded\r\n\r\n", 400),
        (b"x-long: " + b"a" * 200_000 + b"\r\n\r\n", 431),
    ],
)
def test_framing_that_may_be_read_in_two_ways_or_is_too_much(site, framing, status):
    line = socket.create_connection(("127.0.0.1", site.port), timeout=60)
    line.sendall(b"POST /in/authority HTTP/1.1\r\nhost: x\r\n" + framing)
    assert line.recv(4096).startswith(b"HTTP/1.1 %d " % status)
    line.close()


def test_a_sender_that_hangs_up_in_the_middle(site):
    known = facts(site)
    for _ in range(5):
        line = socket.create_connection(("127.0.0.1", site.port), timeout=60)
        line.sendall(b"POST /xapi/statements HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n[{")
        line.close()
    assert facts(site) == known


@pytest.mark.parametrize("path", ["/nowhere", "/in/nobody", "/in/..%2fadmin", "//in", "/in%00", "/api/v1/nothing"])
def test_paths_that_do_not_exist(site, path):
    assert site.post(path, b"{}")[0] == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/in/authority"), ("DELETE", "/in/authority"), ("TRACE", "/in/authority"), ("POST", "/api/v1/connectors")],
)
def test_methods_that_are_not_for_this_path(site, method, path):
    assert by_method(site, method, path) == 405


def test_a_method_that_the_platform_may_not_use(site):
    password = (site.home / "keys" / "lms.password").read_text()
    account = b64encode(f"lms:{password}".encode()).decode()
    assert by_method(site, "DELETE", "/xapi/statements", authorization=f"Basic {account}") == 405


def by_method(site: Site, method: str, path: str, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    connection.request(method, path, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_media_type_that_is_not_taken(site):
    body = made(good(1), uuid4().hex)
    assert send(site, body, signed(site, body, "text/plain"))[:2] == (415, "http.media-type")
    assert site.entries("refused")[-1]["code"] == "http.media-type"


def test_xml_of_another_namespace(site):
    now = datetime.now(UTC).isoformat()
    body = to_xml(event(SOURCE, good(1), id="x", time=now)).replace(b"urn:hub:authority:1", b"urn:someone:else")
    assert raw(site, body, XML)[:2] == (422, "schema.namespace")


def test_numbers_in_extensions_that_nobody_reads_refuse_no_batch(site):
    """Also where the batch is written anew, because a statement has no id."""
    great = {"https://x.example/n": 10**30, "https://x.example/l": [2**64, 1]}
    with_extensions = {**study(), "context": {"extensions": great}}
    without_id = {name: value for name, value in with_extensions.items() if name != "id"}
    assert statements(site, [with_extensions, without_id])[0] == 200


def test_a_gateways_own_signature_line_before_ours_changes_nothing(site):
    body = made(good(next(_counter)), "beside-a-gateway")
    headers = signed(site, body)
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)) as line:
        line.putrequest("POST", "/in/authority")
        line.putheader("Signature-Input", 'hop=("@method");created=1;keyid="gateway";tag="hop"')
        line.putheader("Signature", "hop=:AAAA:")
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            line.putheader(name, value)
        line.endheaders(body)
        answer = line.getresponse()
        assert answer.status == 202, answer.read()


def test_the_charset_of_the_header_must_be_that_of_the_prolog(site):
    content = event(
        SOURCE,
        {"effective_at": "2026-03-01T00:00:00Z", **good(next(_counter))},
        id="charset",
        time="2026-03-01T00:00:00Z",
    )
    body = to_xml(content)
    status, code, _said = send(site, body, signed(site, body, "application/xml; charset=gbk"))
    assert (status, code) == (400, "encoding.mismatch")
