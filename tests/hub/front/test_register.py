"""Documents over the API: streamed into their seal, whatever their size; what is wrong is said by a code."""

import http.client
import json
import random
import socket

import pytest

from hub.front.admission import BYTES_SHARE
from tests.hub.register.papers import BASELINE, PLAIN, with_object
from tests.site import build, until

SAID = {"kind": "certificate", "about": "licence", "number": "T-1", "by": ["wang"], "file": "张三.pdf"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    built = build(tmp_path_factory.mktemp("register") / "hub")
    built.start()
    until(lambda: built.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    yield built
    built.end()


def ask(site, method, path, body=None, token=None, **headers):
    line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    right = (site.home / "keys" / "api.token").read_text()
    try:
        line.request(method, path, body, {"authorization": f"Bearer {right if token is None else token}", **headers})
        answer = line.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        line.close()


def post(site, content, said=SAID, person="E1", **headers):
    path = f"/api/v1/people/{person}/documents"
    status, _headers, body = ask(site, "POST", path, content, document=json.dumps(said), **headers)
    return status, json.loads(body)


def files_of(site):
    place = site.home / "data" / "register"
    return sorted(path.name for path in place.rglob("*") if path.is_file()) if place.exists() else []


def test_a_document_is_filed_listed_and_given_back(site):
    status, filed = post(site, PLAIN)
    assert (status, filed["new"], filed["media"], filed["file"]) == (200, True, "application/pdf", "张三.pdf")
    assert post(site, PLAIN)[1]["new"] is False, "who comes again changes nothing"
    _status, _headers, body = ask(site, "GET", "/api/v1/people/E1/documents")
    assert filed["id"] in [each["id"] for each in json.loads(body)]
    status, _headers, body = ask(site, "GET", f"/api/v1/documents/{filed['id']}")
    assert status == 200 and json.loads(body)["number"] == "T-1"
    status, headers, body = ask(site, "GET", f"/api/v1/documents/{filed['id']}/content")
    assert (status, body, headers["content-type"]) == (200, PLAIN, "application/pdf")
    assert headers["x-content-type-options"] == "nosniff" and "attachment" in headers["content-disposition"]


def test_one_larger_than_what_an_address_may_have_waiting_passes_and_the_line_serves_on(site):
    noise = random.Random(5).randbytes(19 << 20)
    content = PLAIN + noise + b"\nstartxref\n0\n%%EOF\n"
    assert len(content) > BYTES_SHARE
    for n in range(2):
        status, filed = post(site, content, {**SAID, "number": f"L-{n}"})
        assert (status, filed["bytes"]) == (200, len(content))
    assert ask(site, "GET", f"/api/v1/documents/{filed['id']}/content")[2] == content


@pytest.mark.parametrize(
    ("content", "said", "status", "code"),
    [
        (with_object(b"<< /S /JavaScript >>"), {}, 422, "document.active"),
        (b"hello", {}, 422, "document.format"),
        (b"", {}, 422, "document.format"),
        (bytes((20 << 20) + 1), {}, 413, "http.size"),
        (PLAIN, {"kind": "certificat"}, 422, "document.said"),
        (PLAIN, {"about": "licens"}, 422, "document.said"),
        (PLAIN, {"by": []}, 422, "document.said"),
        (PLAIN, {"by": "wang"}, 422, "schema.type"),
        (PLAIN, {"number": 7}, 422, "schema.type"),
        (PLAIN, {"about": ""}, 422, "schema.missing"),
        (PLAIN, {"colour": "red"}, 422, "schema.unknown-field"),
        (PLAIN, {"valid_until": "2029-01-01"}, 422, "time.invalid"),
        (PLAIN, {"valid_until": "2029-13-01T00:00:00Z"}, 422, "time.invalid"),
    ],
)
def test_what_is_not_taken_is_said_by_its_code_and_leaves_nothing(site, content, said, status, code):
    before = files_of(site)
    found, told = post(site, content, {**SAID, "number": "X", **said})
    assert (found, told["code"]) == (status, code)
    assert files_of(site) == before


def test_another_validity_takes_two_names(site):
    dated = {**SAID, "number": "V", "valid_until": "2029-01-01T00:00:00+08:00"}
    assert post(site, PLAIN, dated)[0] == 200
    later = {**dated, "valid_until": "2030-01-01T00:00:00+08:00", "reason": "renewed"}
    assert post(site, BASELINE, later)[1]["code"] == "document.said"
    status, filed = post(site, BASELINE, {**later, "by": ["wang", "li"]})
    assert (status, filed["edition"]) == (200, 2)


def test_without_the_token_nothing_is_taken_or_given(site):
    _status, filed = post(site, PLAIN, {**SAID, "number": "S"})
    for method, path in (("GET", f"/api/v1/documents/{filed['id']}"), ("POST", "/api/v1/people/E1/documents")):
        status, _headers, body = ask(site, method, path, token="wrong")
        assert status == 401 and b"T-1" not in body


@pytest.mark.parametrize(
    "path", ["/api/v1/documents/nothing", "/api/v1/documents/nothing/content", "/api/v1/people/X/documents"]
)
def test_what_is_not_there_is_not_found(site, path):
    assert ask(site, "GET", path)[0] == 404


def test_a_form_and_no_word_of_it_are_refused(site):
    assert post(site, PLAIN, **{"content-type": "multipart/form-data; boundary=x"})[1]["code"] == "http.media-type"
    status, _headers, body = ask(site, "POST", "/api/v1/people/E1/documents", PLAIN)
    assert (status, json.loads(body)["where"]) == (400, "document")


def test_a_damaged_document_is_never_given_as_if_it_were_whole(site):
    _status, filed = post(site, PLAIN, {**SAID, "number": "D"})
    path = site.home / "data" / "register" / filed["id"][:2] / filed["id"]
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)
    status, _headers, body = ask(site, "GET", f"/api/v1/documents/{filed['id']}/content")
    assert (status, json.loads(body)["code"]) == (503, "document.damaged")


def test_who_hangs_up_leaves_nothing(site):
    before = files_of(site)
    token = (site.home / "keys" / "api.token").read_text()
    head = (
        f"POST /api/v1/people/E1/documents HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n"
        f"document: {json.dumps({**SAID, 'number': 'H'})}\r\ncontent-length: 1000000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", site.port), timeout=60) as line:
        line.sendall(head.encode() + PLAIN)
        until(lambda: len(files_of(site)) > len(before), "it comes in")
    until(lambda: files_of(site) == before, "it is gone")
