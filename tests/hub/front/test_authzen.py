"""A gateway of somebody else asks in the words of OpenID AuthZEN, over a real socket, and is answered in them."""

import json
import re
import urllib.request
from datetime import UTC, datetime
from urllib.error import HTTPError

import pytest

from audit_log.proof import check
from audit_log.verify import main
from tests.site import build, order, until

POST = {"type": "position", "id": "post"}
FULL = {"name": "full"}
E0, E1 = ({"type": "person", "id": number} for number in ("E0", "E1"))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """E0 holds what the post takes, E1 and E2 do not."""
    built = build(tmp_path_factory.mktemp("authzen") / "hub")
    built.start()
    until(lambda: built.rows("SELECT count(*) FROM standings")[0][0] == 3, "everybody was looked at")
    assert built.authority().push(order(0, "active", 1), now=datetime.now(UTC), id="a-0")[0] == 202
    until(lambda: built.rows("SELECT count(*) FROM standings WHERE scope = 'full'")[0][0] == 1, "one may")
    yield built
    built.end()


def post(site, path, body, token=None, **headers):
    """Status, what was said, header fields."""
    token = (site.home / "keys" / "api.token").read_text() if token is None else token
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"authorization": f"Bearer {token}", "content-type": "application/json", **headers}
    request = urllib.request.Request(f"{site.url}/access/v1/{path}", raw, fields)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read()), answer.headers
    except HTTPError as error:
        return error.code, json.loads(error.read()), error.headers


def test_6_one_question_one_answer_with_its_receipt(site):
    status, said, headers = post(site, "evaluation", {"subject": E0, "action": FULL, "resource": POST})
    assert (status, said["decision"], headers["content-type"]) == (200, True, "application/json")
    entry = said["context"]["receipt"]["entry"]
    assert entry in {each["id"] for each in site.entries("decided")}, "the log has what it rests on"
    assert post(site, "evaluation", {"subject": E1, "action": FULL, "resource": POST})[1]["decision"] is False


def test_who_asks_in_chinese_hears_in_chinese_why_a_question_is_not_answered(site):
    for asked, language in (("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("en", "en"), ("", "en")):
        status, said, headers = post(site, "evaluation", {"action": FULL}, **{"accept-language": asked})
        assert (status, headers["content-language"], said["code"]) == (400, language, "http.request")
        assert bool(re.search("[\u4e00-\u9fff]", said["detail"])) is (language == "zh"), said
        assert "detail_zh" not in said


def test_its_receipt_leads_to_the_entry_and_the_proof_that_it_stands_in_the_signed_log(site):
    said = post(site, "evaluation", {"subject": E0, "action": FULL, "resource": POST})[1]
    proven = site.get(f"/api/v1/entries/{said['context']['receipt']['entry']}")
    assert check(proven["entry"].encode(), proven["tlog_proof"], proven["vkey"]).size > 0
    entry = json.loads(proven["entry"])
    assert (entry["kind"], entry["position"], entry["after"]) == ("decided", "post", "full")


@pytest.mark.parametrize("entry", ["x", "0192a000-0000-7000-8000-000000000000", "%25"])
def test_an_entry_that_there_is_not_is_not_found(site, entry):
    with pytest.raises(HTTPError, match="404"):
        site.get(f"/api/v1/entries/{entry}")


def test_the_same_proof_is_written_for_strangers_by_a_command(site, tmp_path):
    entry = site.entries("decided")[0]["id"]
    done = site.command("audit", "prove", entry, "-o", str(tmp_path / "one"))
    assert done.returncode == 0, done.stderr
    key = (tmp_path / "one" / "vkey.txt").read_text().strip()
    assert main([str(tmp_path / "one"), "--key", key]) == 0
    again = site.command("audit", "prove", entry, "-o", str(tmp_path / "one"), "--lang", "en")
    assert again.returncode != 0 and "not empty" in again.stderr


def test_a_person_is_known_by_the_ids_of_other_systems_as_well(site):
    other = {"type": "authority", "id": order(0, "active", 1)["holder"]}
    assert post(site, "evaluation", {"subject": other, "action": FULL, "resource": POST})[1]["decision"] is True


def test_what_it_does_not_know_is_ignored_and_changes_nothing(site):
    asked = {
        "subject": {**E0, "properties": {"department": "DC"}},
        "action": {**FULL, "properties": {"method": "GET"}},
        "resource": {**POST, "properties": {}},
        "context": {"time": "1985-10-26T01:22-07:00"},
        "something": [1],
    }
    assert post(site, "evaluation", asked)[1]["decision"] is True


ALL = {"subject": E0, "action": FULL, "resource": POST}
BAD = [
    ("no subject", {**ALL, "subject": None}),
    ("subject missing", {"action": FULL, "resource": POST}),
    ("action missing", {"subject": E0, "resource": POST}),
    ("resource missing", {"subject": E0, "action": FULL}),
    ("subject without type", {**ALL, "subject": {"id": "E0"}}),
    ("subject without id", {**ALL, "subject": {"type": "person"}}),
    ("resource without type", {**ALL, "resource": {"id": "post"}}),
    ("resource without id", {**ALL, "resource": {"type": "position"}}),
    ("action without name", {**ALL, "action": {}}),
    ("id is a number", {**ALL, "subject": {"type": "person", "id": 7}}),
    ("subject is text", {**ALL, "subject": "E0"}),
    ("properties are text", {**ALL, "subject": {**E0, "properties": "x"}}),
    ("not JSON", b"{"),
    ("nothing", b""),
    ("an array", []),
    ("twice the same member", b'{"subject": {}, "subject": {}}'),
]


@pytest.mark.parametrize(("about", "body"), BAD, ids=[about for about, _body in BAD])
def test_10_a_request_without_what_it_must_have_is_400_and_says_where(site, about, body):
    status, said, _headers = post(site, "evaluation", body)
    assert status == 400 and said["code"] and said["detail"], said


def test_10_a_body_of_another_media_type_is_400(site):
    assert post(site, "evaluation", ALL, **{"content-type": "text/plain"})[0] == 400


def test_without_the_token_nothing_is_said(site):
    for path in ("evaluation", "evaluations", "search/subject", "search/action", "search/resource"):
        status, said, headers = post(site, path, ALL, token="wrong")
        assert status == 401 and "decision" not in said and headers["www-authenticate"] == "Bearer"


def test_10_the_id_of_a_request_comes_back_with_the_answer_and_with_an_error(site):
    assert post(site, "evaluation", ALL, **{"x-request-id": "r-1"})[2]["x-request-id"] == "r-1"
    assert post(site, "evaluation", {}, **{"x-request-id": "r-2"})[2]["x-request-id"] == "r-2"
    assert post(site, "evaluation", ALL)[2]["x-request-id"] is None


def test_7_many_questions_with_defaults_are_answered_in_their_order(site):
    many = [{}, {"subject": E1}, {"resource": {"type": "position", "id": "nowhere"}}]
    _status, said, _headers = post(site, "evaluations", {**ALL, "evaluations": many})
    assert [each["decision"] for each in said["evaluations"]] == [True, False, False]
    assert said["evaluations"][2]["context"]["error"]["status"] == 404
    assert "decision" not in said


def test_7_without_questions_it_is_one_question(site):
    for asked in (ALL, {**ALL, "evaluations": []}):
        assert post(site, "evaluations", asked)[1]["decision"] is True


@pytest.mark.parametrize(
    ("semantic", "found"),
    [
        ("execute_all", [True, False, True]),
        ("deny_on_first_deny", [True, False]),
        ("permit_on_first_permit", [True]),
    ],
)
def test_7_it_stops_where_it_was_told_to(site, semantic, found):
    many = [{"subject": E0}, {"subject": E1}, {"subject": E0}]
    asked = {"action": FULL, "resource": POST, "evaluations": many, "options": {"evaluations_semantic": semantic}}
    assert [each["decision"] for each in post(site, "evaluations", asked)[1]["evaluations"]] == found


def test_7_too_many_or_broken_questions_are_400_and_say_which(site):
    assert post(site, "evaluations", {**ALL, "evaluations": [{}] * 101})[0] == 400
    status, said, _headers = post(site, "evaluations", {**ALL, "evaluations": [{}, {"action": {}}]})
    assert status == 400 and said["where"] == "/evaluations/1/action/name"
    assert post(site, "evaluations", {**ALL, "evaluations": [{}], "options": {"evaluations_semantic": "x"}})[0] == 400


def test_8_who_may_is_found_page_by_page(site):
    asked = {"subject": {"type": "person"}, "action": FULL, "resource": POST}
    _status, said, _headers = post(site, "search/subject", {**asked, "page": {"limit": 1}})
    assert said["results"] == [E0] and said["page"]["count"] == 1
    while token := said["page"]["next_token"]:
        said = post(site, "search/subject", {**asked, "page": {"token": token}})[1]
        assert E0 not in said["results"], "nobody comes twice"


def test_8_a_token_is_good_for_its_own_question_alone(site):
    asked = {"subject": {"type": "person"}, "action": FULL, "resource": POST, "page": {"token": "AAAA"}}
    assert post(site, "search/subject", asked)[0] == 400


def test_8_where_and_how_a_person_may(site):
    where = {"subject": E0, "action": FULL, "resource": {"type": "position"}}
    assert post(site, "search/resource", where)[1]["results"] == [POST]
    how = {"subject": E0, "resource": POST}
    assert post(site, "search/action", how)[1]["results"] == [FULL]
    assert post(site, "search/action", {**how, "subject": E1})[1]["results"] == []


def test_9_where_it_is_asked_is_found_without_a_token(site):
    with urllib.request.urlopen(f"{site.url}/.well-known/authzen-configuration", timeout=60) as answer:
        found = json.loads(answer.read())
    base = found["policy_decision_point"]
    assert found == {
        "policy_decision_point": base,
        "access_evaluation_endpoint": f"{base}/access/v1/evaluation",
        "access_evaluations_endpoint": f"{base}/access/v1/evaluations",
        "search_action_endpoint": f"{base}/access/v1/search/action",
        "search_resource_endpoint": f"{base}/access/v1/search/resource",
        "search_subject_endpoint": f"{base}/access/v1/search/subject",
    }
