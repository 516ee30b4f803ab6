"""The workbench over HTTP: who is let in, what is answered, what bounds it has, and that nothing is kept of it."""

import base64
import hashlib
import json
import re
import time
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import pytest

from hub.front.workbench_routes import QUESTIONS
from hub.workbench.asked import BODY_BYTES, DOCUMENT_BYTES
from tests.hub.workbench.training import DOCUMENT, XML
from tests.site import build, until

STATIC = Path(__file__).parents[3] / "hub" / "front" / "workbench"
API = "/api/v1/workbench/"
TRAINING = {"document": DOCUMENT, "context": {"zone": "Asia/Shanghai"}, "media_type": "application/xml"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    built = build(tmp_path_factory.mktemp("workbench") / "hub")
    built.start()
    until(lambda: built.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    yield built
    built.end()


def link(site) -> str:
    done = site.command("mapping", "page", "--json", "--at", site.url)
    found: str = json.loads(done.stdout)["link"]
    return found


@pytest.fixture(scope="module")
def token(site) -> str:
    status, opened = ask(site, "sessions", {"code": link(site).partition("#")[2]})
    assert status == 200
    return opened["token"]


def ask(site, what: str, content=None, token: str = "", **headers: str):
    """Status and answer."""
    fields = {"content-type": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    body = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(site.url + (what if what.startswith("/") else API + what), body, fields)
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:
            return answer.status, json.loads(answer.read())
    except HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


def look(site, token: str, **content):
    status, found = ask(site, "look", {"document": DOCUMENT, **content}, token)
    assert status == 200, found
    return found


def test_the_page_needs_no_token_and_lets_nothing_foreign_in(site):
    with urllib.request.urlopen(f"{site.url}/workbench/") as answer:
        rules = answer.headers["content-security-policy"]
        page = answer.read().decode()
    assert "default-src 'none'" in rules and "frame-ancestors 'none'" in rules and "unsafe" not in rules
    assert answer.headers["x-frame-options"] == "DENY" and answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in {name.lower() for name in answer.headers}
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|style=|javascript:", page)
    named = set(re.findall(r'(?:src|href)="([^"#]+)"', page))
    named |= {
        each for file in STATIC.glob("*.js") for each in re.findall(r'from "\./([^"]+)"', file.read_text("utf-8"))
    }
    for name in named:
        with urllib.request.urlopen(f"{site.url}/workbench/{name}") as answer:
            assert answer.headers["content-security-policy"] == rules and answer.headers["etag"], name


def test_no_file_of_the_page_names_another_host_or_makes_markup_of_text():
    for file in STATIC.iterdir():
        text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "//" not in re.sub(r"//[ .].*|/\*\*.*?\*/", "", text).replace(r"\/", ""), file.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|localStorage|cookie", text)


def test_a_page_that_is_known_is_not_sent_again_and_without_its_slash_is_found(site):
    with urllib.request.urlopen(f"{site.url}/workbench") as answer:
        assert answer.url == f"{site.url}/workbench/"
        mark = answer.headers["etag"]
    with pytest.raises(HTTPError, match="304"):
        request = urllib.request.Request(f"{site.url}/workbench/", headers={"if-none-match": mark})
        urllib.request.urlopen(request)
    for odd in ("nothing.js", "..%2fapi.py", "__init__.py", "page.html%00"):
        assert ask(site, f"/workbench/{odd}")[0] in (400, 404), odd


def test_a_link_opens_once_and_what_it_gives_opens_the_workbench_alone(site):
    code = link(site).partition("#")[2]
    status, opened = ask(site, "sessions", {"code": code})
    assert status == 200 and ask(site, "documents", token=opened["token"])[0] == 200
    status, refusal = ask(site, "sessions", {"code": code}, accept_language="zh-CN,zh;q=0.9")
    assert status == 401 and "licet mapping page" in refusal["detail"] and "链接已使用" in refusal["detail"]
    for path in ("/api/v1/people/E1", "/api/v1/connectors", "/metrics", "/api/v1/openapi.json"):
        assert ask(site, path, token=opened["token"])[0] == 401, path


def test_without_a_session_nothing_is_said_and_the_refusal_has_its_entry(site):
    for what, content in (("documents", None), ("look", TRAINING), ("case", TRAINING), ("proposal", {"record": "x"})):
        for token in ("", "wrong"):
            status, refusal = ask(site, what, content, token)
            assert (status, refusal["code"]) == (401, "auth.token"), what
    for odd in ({}, {"code": 7}, {"code": "x" * 75}):
        assert ask(site, "sessions", odd)[0] == 401
    until(lambda: [each for each in site.entries("refused") if each["code"] == "auth.token"], "it has its entry")


def test_the_token_of_the_api_asks_it_too(site):
    right = (site.home / "keys" / "api.token").read_text().strip()
    assert ask(site, "look", TRAINING, right)[0] == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec_fetch_site": "same-origin"}, 200),
        ({"sec_fetch_site": "none"}, 200),
        ({"sec_fetch_site": "cross-site"}, 400),
        ({"sec_fetch_site": "same-site"}, 400),
        ({"origin": "https://evil.example"}, 400),
        ({"origin": "null"}, 400),
        ({"content_type": "text/plain"}, 400),
    ],
)
def test_another_site_is_refused_whatever_it_holds(site, token, headers, status):
    assert ask(site, "look", TRAINING, token, **headers)[0] == status


def test_documents_to_begin_with_are_those_in_use_and_shipped_ones(site, token):
    _status, found = ask(site, "documents", token=token)
    by_name = {each["name"]: each for each in found["documents"]}
    assert by_name["people/roster_csv"]["instances"] == ["roster"] and by_name["people/roster_csv"]["cases"] > 5
    assert by_name["people/opening_csv"]["origin"] == "shipped"
    assert json.loads(by_name["people/roster_csv"]["document"])["forms"]
    assert "attendance.Punch" in found["records"] and found["most"]["body"] == BODY_BYTES


def test_each_field_has_its_source_what_is_done_and_what_it_becomes_and_what_is_not_read_is_said(site, token):
    seen = look(site, token, **TRAINING, body=XML, encoding="gbk")
    first, _second, missed = seen["preview"]["items"]
    assert first["where"] == "/培训记录/学员/0/课程" and first["outcome"]["key"] == "88001"
    hours = next(each for each in first["fields"] if each["field"] == "credited_seconds")
    told = (hours["source"], hours["found"], hours["conversion"], hours["details"], hours["value"])
    assert told == ("/学时", "'4'", "amount", "times 2700", "10800")
    assert '"credited_seconds"' in DOCUMENT.split("\n")[hours["line"] - 1]
    assert first["unread"] == ["/@名称"] and missed["outcome"] == {"ignored": "missed"}
    assert seen["findings"] == [] and seen["forms"] == ["xml"]


def test_the_bytes_of_a_file_are_read_as_they_are(site, token):
    right = base64.b64encode(XML.encode("gbk")).decode()
    wrong = base64.b64encode(XML.encode("utf-8")).decode()
    assert look(site, token, **TRAINING, body_base64=right)["preview"]["total"] == 3
    [fault] = look(site, token, **TRAINING, body_base64=wrong, language="zh")["preview"]["items"]
    assert fault["outcome"]["fault"] == "encoding.mismatch" and fault["meaning"] == "声明的编码与内容不符"


def test_a_name_that_the_hub_does_not_have_is_seen_before_it_is_sent(site, token):
    named = json.dumps({**json.loads(DOCUMENT), "note": "x"}).replace("dc-safety", "none-such")
    items = look(site, token, **{**TRAINING, "document": named}, body=XML, encoding="gbk")["preview"]["items"]
    assert items[0]["outcome"]["fault"] == "ref.unknown-name"


def test_what_is_wrong_has_its_line_and_what_was_meant_in_either_language(site, token):
    wrong = DOCUMENT.replace('"optional"', '"x"').replace('"subject"', '"subjct"')
    line = next(n for n, each in enumerate(wrong.split("\n"), 1) if "subjct" in each)
    for language, meant in (("en", "did you mean 'subject'?"), ("zh", "是否应为 'subject'？")):
        seen = look(site, token, **{**TRAINING, "document": wrong}, language=language)
        assert "preview" not in seen
        assert any(each["line"] == line and each["mend"] == meant for each in seen["findings"]), seen["findings"]
    [broken] = look(site, token, document='{"forms": ')["findings"]
    assert broken["refused"] and broken["line"] == 1


def test_golden_cases_run_and_a_draft_is_compared_with_what_runs(site, token):
    shipped = (STATIC.parents[2] / "mappings" / "people" / "roster_csv.json").read_text("utf-8")
    same = look(site, token, document=shipped, name="people/roster_csv", against="roster")
    assert same["cases"] and all(each["passed"] for each in same["cases"])
    assert same["difference"]["counts"] == {"rules": 0, "body": 0, "cases": 0}
    changed = json.loads(shipped)
    fields = changed["forms"]["people"]["records"][0]["fields"]
    fields["name"] = {"value": "x"}
    seen = look(site, token, document=json.dumps(changed), name="people/roster_csv", against="roster")
    assert seen["difference"]["counts"]["rules"] > 0 and seen["difference"]["counts"]["cases"] > 0
    assert any(each["differences"] for each in seen["cases"])


def test_a_document_is_proposed_for_a_body(site, token):
    status, found = ask(site, "proposal", {"record": "learning.CreditedHours", "body": XML, "encoding": "gbk"}, token)
    assert status == 200 and json.loads(found["document"])["forms"]["xml"]["root"] == "/培训记录"
    assert {"field": "credited_seconds", "perhaps": "/学时"} in found["missing"]
    status, refusal = ask(site, "proposal", {"record": "learning.Credited", "body": XML, "encoding": "gbk"}, token)
    assert status == 400 and "CreditedHours" in refusal["detail"]


def test_a_case_of_the_page_is_one_that_the_command_takes(site, token, tmp_path):
    status, case = ask(site, "case", {**TRAINING, "body": XML, "encoding": "gbk"}, token)
    assert status == 200
    world = tmp_path / "learning"
    (world / "training.cases").mkdir(parents=True)
    (world / "training.json").write_text(DOCUMENT, encoding="utf-8")
    (world / "training.cases" / "first.json").write_text(case["text"], encoding="utf-8")
    done = site.command("mapping", "test", str(world / "training.json"))
    assert done.returncode == 0 and "learning/training/first: 通过" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"body": "x" * (BODY_BYTES + 1)}, "http.size"),
        ({"body_base64": base64.b64encode(b"x" * (BODY_BYTES + 1)).decode()}, "http.size"),
        ({"document": " " * (DOCUMENT_BYTES + 1)}, "http.size"),
        ({"body_base64": "%"}, "http.request"),
        ({"body": "中", "encoding": "big5"}, "http.request"),
        ({"body": "😀", "encoding": "gbk"}, "encoding.invalid"),
        ({"against": "nobody"}, "http.request"),
        ({"name": "../../etc/passwd"}, "http.request"),
        ({"context": {"zone": 7}}, "http.request"),
        ({"contxt": {}}, "http.request"),
        ({"context": {str(n): "x" for n in range(40)}}, "http.request"),
    ],
    ids=str,
)
def test_what_is_too_large_or_cannot_be_is_refused_with_its_place(site, token, content, code):
    for language in ("en", "zh"):
        status, refusal = ask(site, "look", {**TRAINING, **content, "language": language}, token)
        assert refusal["code"] == code and 400 <= status < 500, refusal
        assert refusal["where"] and refusal["detail"]


def test_a_request_beyond_all_bounds_is_cut_off_before_it_is_read(site, token):
    assert ask(site, "look", {"document": "x" * (5 << 20)}, token)[0] in (0, 413)


def test_odd_bodies_and_documents_are_answered_and_no_bug(site, token):
    bodies = ["\0", "{", "<a>" * 50_000, "[" * 5000, "﻿{}", "a\tb\n" * 100_000, "1e999"]
    for media in ("application/json", "application/xml", "text/plain"):
        for body in bodies:
            assert ask(site, "look", {**TRAINING, "media_type": media, "body": body}, token)[0] == 200
    for document in ("", "[]", "null", '{"forms": {}}', "[" * 5000, '{"format": 1e999}', "\\u0000"):
        assert ask(site, "look", {**TRAINING, "document": document}, token)[0] == 200, document


def test_nothing_is_kept_and_nothing_is_touched(site, token):
    def kept() -> list[int]:
        names = [name for (name,) in site.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        still = [each for each in names if each in ("facts", "transmissions", "people", "subjects", "decisions")]
        assert len(still) > 2
        return [site.rows(f"SELECT count(*) FROM {each}")[0][0] for each in still]

    def files() -> dict[str, str]:
        own = (each for part in ("mappings", "positions", "keys") for each in (site.home / part).rglob("*"))
        found = [each for each in [*own, site.home / "licet.toml"] if each.is_file()]
        return {str(each): hashlib.sha256(each.read_bytes()).hexdigest() for each in found}

    before = (kept(), files())
    look(site, token, **TRAINING, body=XML, encoding="gbk", name="learning/training", against="roster")
    ask(site, "case", {**TRAINING, "body": XML, "encoding": "gbk"}, token)
    assert (kept(), files()) == before
    store = b"".join(each.read_bytes() for each in (site.home / "data").glob("licet.db*"))
    assert b"88001" not in store and "流水号".encode() not in store


def test_what_it_answers_is_kept_by_nobody_on_the_way(site, token):
    request = urllib.request.Request(f"{site.url}{API}documents", headers={"authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["cache-control"] == "no-store"


def test_every_question_is_in_the_openapi_text(site):
    paths = site.get("/api/v1/openapi.json")["paths"]
    for each in QUESTIONS:
        assert each.method in paths[each.path]


def test_others_are_answered_while_a_draft_is_looked_at(site, token):
    """A megabyte of lines, looked at for a while; the hub says meanwhile that it lives."""
    shipped = (STATIC.parents[2] / "mappings" / "attendance" / "zkteco_push.json").read_text("utf-8")
    lines = "7\t2026-03-02 08:01:02\t0\t15\t0\t0\n" * 20_000
    began = time.monotonic()
    status, found = ask(
        site, "look", {"document": shipped, "form": "ATTLOG", "media_type": "text/plain", "body": lines}, token
    )
    assert status in (200, 422) and time.monotonic() - began < 300
    if status == 422:
        assert found["code"] == "mapping.cost"
    assert site.status("/healthz")[0] == 200
