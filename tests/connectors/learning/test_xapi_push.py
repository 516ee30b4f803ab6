"""What only xAPI platforms do; tests/contract asks what every push source must do."""

import json
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import mappings
from connectors.learning.xapi_push import SPEC, Settings, XapiPush
from connectors.port import ItemResult, Kept, PeerState, Reception, Reply, Request
from connectors.simulators.xapi_push import Platform
from schemas.errors import ConflictError, LicetError, PayloadError, TrustError, UnavailableError
from schemas.transmission import Item, Transmission
from tests import wire
from tests.connectors.learning.conformance import DROP, changed

NOW = wire.ARRIVAL
LMS = XapiPush("lms", Settings.model_validate({"user": "lms", "password": "for-tests-only"}))
MAPPING = mappings.load(SPEC.mapping)
STATE = PeerState()
ID, OTHER = "2b8c1f0e-6a51-4a3e-9c37-0d5b7f2a1cff", "2b8c1f0e-6a51-4a3e-9c37-0d5b7f2a1cfe"
VERBS = "http://adlnet.gov/expapi/verbs/"
STATEMENT: dict[str, Any] = {
    "actor": {"account": {"homePage": "https://lms.example.cn", "name": "zhang.san"}},
    "verb": {"id": VERBS + "progressed"},
    "object": {"id": "https://lms.example.cn/course/dc-ops-online"},
    "timestamp": "2026-03-02T09:00:00Z",
}
HEADERS = {
    "authorization": "Basic " + b64encode(b"lms:for-tests-only").decode(),
    "x-experience-api-version": "1.0.3",
    "content-type": "application/json; charset=utf-8",
}


def ask(
    content: Any = None, method: str = "POST", path: str = "/xapi/statements", at: datetime = NOW, **query: str
) -> Request:
    body = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    return Request(method, path, query, HEADERS, body, f"https://hub.example{path}", at)


def said(reception: Reception, *kept: Kept) -> Reply:
    return reception.reply(kept or [Kept({"applied": 1}) for _ in reception.transmissions], ())


def ids(request: Request) -> list[str]:
    found: list[str] = json.loads(said(LMS.receive(request, STATE)).body)
    return found


def sent(request: Request) -> Any:
    [taken] = LMS.receive(request, STATE).transmissions
    return json.loads(taken.body)


def refusal(request: Request) -> PayloadError:
    with pytest.raises(PayloadError) as refused:
        LMS.receive(request, STATE)
    assert LMS.failure(refused.value).status in (400, 404, 405)
    return refused.value


# ---------------------------------------------------------------- who speaks, and how


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic 密",
        "Bearer " + HEADERS["authorization"][6:],
        "Basic " + b64encode(b"lms:for-tests-onlY").decode(),
        "Basic " + b64encode(b"lms").decode(),
        HEADERS["authorization"][6:],
    ],
)
def test_a_wrong_account_hears_401_how_to_sign_in_and_nothing_else(authorization: str) -> None:
    request = ask(STATEMENT)._replace(headers={**HEADERS, "authorization": authorization})
    with pytest.raises(TrustError) as refused:
        LMS.receive(request, STATE)
    reply = LMS.failure(refused.value)
    titles = {"title": "origin not proven", "title_zh": "来源未证实"}
    said = {"type": "urn:licet:error:refused", **titles, "status": 401, "code": "refused"}
    assert (reply.status, reply.media_type, json.loads(reply.body)) == (401, "application/problem+json", said)
    assert reply.headers["www-authenticate"].startswith("Basic ")


def test_a_stranger_is_not_told_which_paths_exist() -> None:
    request = ask(method="GET", path="/xapi/agents")._replace(headers={})
    with pytest.raises(TrustError):
        LMS.receive(request, STATE)


def test_anybody_may_ask_which_versions_are_spoken() -> None:
    reply = said(LMS.receive(ask(method="GET", path="/xapi/about")._replace(headers={}), STATE))
    assert (reply.status, json.loads(reply.body)) == (200, {"version": ["1.0.3"]})


@pytest.mark.parametrize("version", ["1.0", "1.0.0", "1.0.3", "1.0.9"])
def test_every_1_0_version_is_spoken_with(version: str) -> None:
    request = ask(STATEMENT)._replace(headers={**HEADERS, "x-experience-api-version": version})
    assert said(LMS.receive(request, STATE)).status == 200


@pytest.mark.parametrize("version", ["", "0.95", "1.1.0", "2.0.0", "1.0.x", "1.0.3 "])
def test_a_missing_or_other_version_is_a_400(version: str) -> None:
    request = ask(STATEMENT)._replace(headers={**HEADERS, "x-experience-api-version": version})
    assert refusal(request).code == "http.request"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (ask(STATEMENT, path="/xapi/activities/state"), 404),
        (ask(STATEMENT, path="/xapi/agents/profile", method="PUT"), 404),
        (ask(STATEMENT, path="/xapi/"), 404),
        (ask(path="/xapi/statements", method="GET"), 405),
        (ask(path="/xapi/statements", method="DELETE"), 405),
        (ask(path="/xapi/about", method="POST"), 404),
        (ask(STATEMENT, statementId=ID), 400),
        (ask(STATEMENT, method="PUT"), 400),
        (ask(STATEMENT, method="PUT", statementId="7"), 400),
        (ask({**STATEMENT, "id": OTHER}, method="PUT", statementId=ID), 400),
        (ask(STATEMENT, method="PUT", statementId=ID, limit="1"), 400),
        (ask(STATEMENT)._replace(headers={**HEADERS, "content-type": "multipart/mixed; boundary=x"}), 400),
    ],
    ids=str,
)
def test_what_is_wrong_with_the_request_is_no_fault_of_its_body(request_: Request, status: int) -> None:
    refused = refusal(request_)
    assert LMS.failure(refused).status == status
    assert refused.code.startswith("http."), "else the hub keeps the body aside and takes its repeat for known"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (TrustError("auth.token", "?"), 401),
        (PayloadError("json.syntax", "?"), 400),
        (PayloadError("schema.missing", "?"), 400),
        (PayloadError("http.media-type", "?"), 400),
        (PayloadError("http.size", "?"), 413),
        (ConflictError("?"), 409),
        (UnavailableError("store.busy", "?", retry_after=7), 503),
        (RuntimeError("secret"), 500),
    ],
)
def test_every_answer_names_the_version_and_what_can_be_read(error: Exception, status: int) -> None:
    replies = [LMS.failure(error), said(LMS.receive(ask(STATEMENT), STATE))]
    replies.append(said(LMS.receive(ask(STATEMENT, "PUT", statementId=ID), STATE)))
    replies.append(said(LMS.receive(ask(method="GET", path="/xapi/about"), STATE)))
    for reply in replies:
        assert reply.headers["x-experience-api-version"] == "1.0.3"
        assert datetime.fromisoformat(reply.headers["x-experience-api-consistent-through"]) <= NOW
    assert (replies[0].status, b"secret" in replies[0].body) == (status, False)


def test_a_busy_store_says_when_to_come_again() -> None:
    assert LMS.failure(UnavailableError("store.busy", "?", retry_after=7)).headers["retry-after"] == "7"


# ---------------------------------------------------------------- ids


def test_ids_are_answered_in_the_order_of_the_batch_also_when_all_are_known() -> None:
    batch = [{**STATEMENT, "id": ID}, STATEMENT, {**STATEMENT, "id": OTHER}]
    reception = LMS.receive(ask(batch), STATE)
    first = said(reception, Kept({"applied": 3}))
    again = said(reception, Kept({"applied": 3}, repeat=True))
    known = said(reception, Kept({"duplicate": 3}))
    assert (first.status, first.body) == (again.status, again.body) == (known.status, known.body)
    answered = json.loads(first.body)
    assert (first.status, answered[0], answered[2], len(answered)) == (200, ID, OTHER, 3)
    assert [each["id"] for each in sent(ask(batch))] == answered


def test_a_put_is_answered_204_and_takes_its_id_from_the_address() -> None:
    reception = LMS.receive(ask(STATEMENT, "PUT", statementId=ID), STATE)
    assert (said(reception).status, said(reception).body) == (204, b"")
    assert sent(ask(STATEMENT, "PUT", statementId=ID)) == {**STATEMENT, "id": ID}


def test_a_put_holds_one_statement() -> None:
    assert refusal(ask([{**STATEMENT, "id": ID}], "PUT", statementId=ID)).code == "schema.type"


def test_a_body_whose_statements_have_ids_stays_as_it_came() -> None:
    body = b'[ {"id": "%s", %s ]' % (ID.encode(), json.dumps(STATEMENT).encode()[1:])
    [taken] = LMS.receive(ask(body), STATE).transmissions
    assert taken.body == body


def test_a_statement_without_id_gets_the_same_one_whenever_it_is_sent_again() -> None:
    later = NOW + timedelta(hours=3)
    [first] = ids(ask(STATEMENT))
    assert ids(ask([{**STATEMENT, "actor": {"name": "张三", **STATEMENT["actor"]}}], at=later)) == [first]
    retried = changed(STATEMENT, "/context/registration", OTHER)  # Moodle changes it with every try
    assert ids(ask([retried], at=later)) == [first]


@pytest.mark.parametrize(
    ("pointer", "new"),
    [
        ("/actor/account/name", "li.si"),
        ("/actor", {"mbox": "mailto:zhang.san@example.cn"}),
        ("/verb/id", VERBS + "completed"),
        ("/object/id", "https://lms.example.cn/course/other"),
        ("/object", {"objectType": "Agent", "mbox": "mailto:a@example.cn"}),
        ("/timestamp", "2026-03-02T09:00:01Z"),
        ("/result/completion", True),
        ("/result/score/raw", 85.5),
    ],
)
def test_another_fact_gets_another_id(pointer: str, new: Any) -> None:
    assert ids(ask(changed(STATEMENT, pointer, new))) != ids(ask(STATEMENT))


def test_the_order_of_a_groups_members_is_no_other_fact() -> None:
    members = [{"mbox": "mailto:a@example.cn"}, {"mbox": "mailto:b@example.cn", "name": "B"}]
    groups = [{"objectType": "Group", "member": each} for each in (members, members[::-1])]
    first, second = (ids(ask({**STATEMENT, "actor": each})) for each in groups)
    assert first == second


def test_two_equal_statements_without_id_are_one_fact_and_no_error() -> None:
    first, second = ids(ask([STATEMENT, STATEMENT]))
    assert first == second


def test_what_has_neither_id_nor_time_happened_when_it_came() -> None:
    bare = changed(STATEMENT, "/timestamp", DROP)
    given = sent(ask(bare))
    assert datetime.fromisoformat(given["timestamp"]) == NOW
    assert sent(ask(bare, at=NOW + timedelta(minutes=1)))["id"] != given["id"]


def test_numbers_keep_their_digits_when_ids_are_filled_in() -> None:
    body = json.dumps(STATEMENT)[:-1].encode() + b', "result": {"score": {"raw": 85.50, "max": 1E+2, "min": 0}}}'
    [taken] = LMS.receive(ask(body), STATE).transmissions
    assert b'"raw":85.50,"max":1E+2,"min":0' in taken.body


def test_one_id_twice_in_a_batch_is_refused_in_whatever_spelling() -> None:
    refused = refusal(ask([{**STATEMENT, "id": ID}, {**STATEMENT, "id": ID.upper()}]))
    assert (refused.code, refused.where) == ("meaning.batch", "/1/id")


def test_ids_are_one_spelling_so_that_a_voiding_finds_its_target() -> None:
    voiding = {**STATEMENT, "id": OTHER.upper(), "verb": {"id": VERBS + "voided"}}
    voiding["object"] = {"objectType": "StatementRef", "id": ID.upper()}
    assert (sent(ask(voiding))["id"], sent(ask(voiding))["object"]["id"]) == (OTHER, ID)


def test_an_empty_batch_is_taken_and_brings_nothing() -> None:
    reception = LMS.receive(ask([]), STATE)
    assert (reception.transmissions, said(reception).status, said(reception).body) == ((), 200, b"[]")


def test_what_the_mapping_refuses_is_a_400_that_says_where() -> None:
    items = (ItemResult("quarantined", code="time.invalid", where="/1/timestamp"),)
    for kept in (Kept({"quarantined": 2}, items), Kept({"quarantined": 2}, repeat=True)):
        reply = said(LMS.receive(ask([STATEMENT]), STATE), kept)
        assert reply.status == json.loads(reply.body)["status"] == 400
    assert json.loads(said(LMS.receive(ask([STATEMENT]), STATE), Kept({"quarantined": 2}, items)).body)["where"] == (
        "/1/timestamp"
    )


# ---------------------------------------------------------------- what a statement is

GROUP = {"objectType": "Group", "member": [{"mbox": "mailto:a@example.cn"}]}
SUB = {"objectType": "SubStatement", **{name: STATEMENT[name] for name in ("actor", "verb", "object")}}
GOOD: list[tuple[str, Any]] = [
    ("/actor", {"mbox_sha1sum": "A" * 40}),
    ("/actor", {"openid": "https://id.example.cn/zhang"}),
    ("/actor", GROUP),
    ("/actor", {"objectType": "Group", "mbox": "mailto:team@example.cn"}),
    ("/object/id", "http://[::1"),
    ("/object", {"objectType": "Agent", "mbox": "mailto:a@example.cn"}),
    ("/object", {"objectType": "StatementRef", "id": ID}),
    ("/object", SUB),
    ("/timestamp", DROP),
    ("/timestamp", "2026-03-02T09:00:00.123456789+08:00"),
    ("/timestamp", "2026-03-02T09:00:00"),
    ("/timestamp", "2026-03-02T09:00:00-00:00"),
    ("/stored", "2026-03-02T09:00:00Z"),
    ("/version", "1.0.0"),
    ("/authority", {"mbox": "mailto:lms@example.cn"}),
    ("/attachments", []),
    ("/result/extensions", {"https://x.example/e": None}),
    ("/object/definition", {"extensions": {"https://x.example/e": {"deep": [None]}}}),
    ("/result/score", {"scaled": -1, "raw": 3, "min": 3, "max": 3.5}),
    ("/context/registration", ID),
    ("/context/team", GROUP),
    ("/context/contextActivities", {"parent": {"id": "https://x.example/1"}, "other": [{"id": "urn:x:2"}]}),
    ("/context/statement", {"objectType": "StatementRef", "id": ID}),
]
BAD: list[tuple[str, Any, str]] = [
    ("/id", "7", "/id"),
    ("/id", f"{{{ID[:-2]}}}", "/id"),
    ("/id", 7, "/id"),
    ("/id", None, "/id"),
    ("/actor", DROP, "/actor"),
    ("/actor", "zhang.san", "/actor"),
    ("/actor", {}, "/actor"),
    ("/actor/mbox", "mailto:a@example.cn", "/actor"),
    ("/actor", {"mbox": "a@example.cn"}, "/actor/mbox"),
    ("/actor", {"mbox_sha1sum": "xyz"}, "/actor/mbox_sha1sum"),
    ("/actor", {"openid": "zhang"}, "/actor/openid"),
    ("/actor/account/homePage", DROP, "/actor/account/homePage"),
    ("/actor/account/name", "", "/actor/account/name"),
    ("/actor/objectType", "Person", "/actor/objectType"),
    ("/actor", {"objectType": "Group"}, "/actor/member"),
    ("/actor", {"objectType": "Group", "member": []}, "/actor/member"),
    ("/actor", {"objectType": "Group", "member": "all"}, "/actor/member"),
    ("/actor", {"objectType": "Group", "member": [GROUP]}, "/actor/member/0"),
    ("/actor", {"objectType": "Group", "member": [{}]}, "/actor/member/0"),
    ("/verb", DROP, "/verb"),
    ("/verb/id", "progressed", "/verb/id"),
    ("/verb", "progressed", "/verb"),
    ("/object", DROP, "/object"),
    ("/object", [], "/object"),
    ("/object/id", "no iri", "/object/id"),
    ("/object/definition", "course", "/object/definition"),
    ("/object", {"objectType": "Thing", "id": "urn:x:1"}, "/object/objectType"),
    ("/object", {"objectType": "StatementRef", "id": "7"}, "/object/id"),
    ("/object", {**SUB, "id": ID}, "/object/id"),
    ("/object", {**SUB, "object": SUB}, "/object/object"),
    ("/object", {**SUB, "actor": {}}, "/object/actor"),
    ("/verb/id", VERBS + "voided", "/object/objectType"),
    ("/result", "passed", "/result"),
    ("/result/success", "yes", "/result/success"),
    ("/result/completion", 1, "/result/completion"),
    ("/result/response", 5, "/result/response"),
    ("/result/score", 85, "/result/score"),
    ("/result/score/raw", "85", "/result/score/raw"),
    ("/result/score/raw", True, "/result/score/raw"),
    ("/result/score/scaled", 1.1, "/result/score/scaled"),
    ("/result/score", {"raw": 101, "max": 100}, "/result/score"),
    ("/result/score", {"min": 9, "max": 1}, "/result/score"),
    ("/result/extensions", [], "/result/extensions"),
    ("/result/response", None, "/result/response"),
    ("/context", [], "/context"),
    ("/context/registration", "7", "/context/registration"),
    ("/context/instructor", {}, "/context/instructor"),
    ("/context/statement", {"id": ID}, "/context/statement/objectType"),
    ("/context/contextActivities", [], "/context/contextActivities"),
    ("/context/contextActivities/parent", [{"id": "urn:x:1"}, {}], "/context/contextActivities/parent/1/id"),
    ("/timestamp", "2026-03-02", "/timestamp"),
    ("/timestamp", "2026-02-30T09:00:00Z", "/timestamp"),
    ("/timestamp", 1772442000, "/timestamp"),
    ("/stored", "now", "/stored"),
    ("/version", "2.0.0", "/version"),
    ("/authority", {}, "/authority"),
    ("/attachments", {}, "/attachments"),
    ("/newMember", {"of a later version": 1}, "/newMember"),
    ("/Timestamp", "2026-03-02T09:00:00Z", "/Timestamp"),
    ("/a~b", {"c/d": [0, None]}, "/a~0b/c~1d/1"),
]


@pytest.mark.parametrize(("pointer", "new"), GOOD, ids=str)
def test_a_statement_of_the_protocols_form_is_taken(pointer: str, new: Any) -> None:
    good = changed(STATEMENT, pointer, new)
    assert said(LMS.receive(ask([STATEMENT, good]), STATE)).status == 200


@pytest.mark.parametrize(("pointer", "new", "where"), BAD, ids=str)
def test_a_statement_of_another_form_refuses_the_batch_and_says_where(pointer: str, new: Any, where: str) -> None:
    bad = changed(STATEMENT, pointer, new)
    refused = refusal(ask([STATEMENT, bad]))
    assert refused.where == f"/1{where}"
    assert refusal(ask(bad)).where == where
    assert not refused.code.startswith("http.")
    for secret in ("zhang", "example"):
        assert secret not in refused.message


@pytest.mark.parametrize("body", [b"", b"null", b"7", b'"x"', b"[[]]", b"[null]", b"{", b'{"a":1,"a":2}', b"\xff"])
def test_what_is_no_statement_is_refused(body: bytes) -> None:
    assert LMS.failure(refusal(ask(body))).status == 400


@pytest.mark.parametrize("duration", ["PT1234S", "PT1H0M0S", "P3Y1M29DT4H35M59.14S", "P4W", "PT0.5H", "P1D", "PT0S"])
def test_a_legal_duration_is_taken(duration: str) -> None:
    assert LMS.receive(ask(changed(STATEMENT, "/result/duration", duration)), STATE).transmissions


@pytest.mark.parametrize(
    "duration", ["P4W1D", "P", "PT", "P1DT", "1H", "PT1.5H30M", "PT1S ", "-PT1S", "P1S", "PT٣S", "PT1H1H", "", 60]
)
def test_another_duration_is_refused(duration: Any) -> None:
    assert refusal(ask(changed(STATEMENT, "/result/duration", duration))).where == "/result/duration"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "objectType", "member", "account", "mbox", "score", "duration", "parent"]), inner
        )
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(
    name=st.sampled_from(["id", "actor", "verb", "object", "result", "context", "timestamp", "authority", "version"]),
    junk=JUNK,
)
def test_junk_anywhere_is_refused_or_read(name: str, junk: Any) -> None:
    try:
        [taken] = LMS.receive(ask([{**STATEMENT, name: junk}]), STATE).transmissions
    except PayloadError as error:
        assert LMS.failure(error).status == 400
        return
    assert len(MAPPING.read(taken)) == 1


@pytest.mark.parametrize(
    "wrong", [{"user": "a:b"}, {"zone": "Mars"}, {"user": ""}, {"password": ""}, {"password": "p", "user": "u", "x": 1}]
)
def test_wrong_settings_are_refused_without_showing_the_password(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate({"user": "lms", "password": "hunter2", **wrong})
    assert "hunter2" not in str(refused.value)


# ---------------------------------------------------------------- over a real wire


class Hub:
    """A small HTTP server that keeps all transmissions and what their statements were."""

    def __init__(self) -> None:
        self.taken: list[Transmission] = []
        self.lines = 0
        self.refuse: LicetError | None = None

    def answer(self, request: Request) -> Reply:
        try:
            if self.refuse:
                raise self.refuse
            reception = LMS.receive(request, STATE)
        except LicetError as error:
            return LMS.failure(error)
        self.taken += reception.transmissions
        return reception.reply([Kept({"applied": 1}) for _ in reception.transmissions], ())


@pytest.fixture
def served() -> Iterator[tuple[Hub, str]]:
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            hub.lines += 1
            super().setup()

        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body, "", NOW)
            reply = hub.answer(request)
            self.send_response(reply.status)
            for name, value in {**reply.headers, "content-length": str(len(reply.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_PUT = do_POST

        def log_message(self, *parts: object) -> None:
            """Tests are quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield hub, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_platform_says_what_its_learners_do_on_one_connection(served: tuple[Hub, str]) -> None:
    hub, url = served
    platform = Platform(url, "lms", "for-tests-only")
    at = "2026-03-02T17:00:00+08:00"
    study = {"who": "zhang.san", "course": "dc-ops-online", "verb": "progressed", "at": at}
    assert [platform.study({**study, "id": ID})[0], platform.study({**study, "id": ""})[0]] == [200, 200]
    assert platform.exam({"who": "zhang.san", "exam": "e", "passed": False, "score": 5, "at": at})[0] == 200
    assert platform.void({"who": "lms", "statement": ID, "at": at})[0] == 200
    assert platform.put({**STATEMENT, "id": OTHER}) == (204, b"")
    assert platform.about() == (200, b'{"version":["1.0.3"]}')
    platform.close()
    read = [outcome for each in hub.taken for outcome in MAPPING.read(each)]
    kinds = [record.KIND for outcome in read if isinstance(outcome, Item) for record in outcome.records]
    assert kinds == ["study", "study", "result", "voided", "study"]
    assert hub.lines == 1


def test_the_platform_runs_as_a_process_and_obeys_orders(served: tuple[Hub, str], tmp_path: Path) -> None:
    _hub, url = served
    secret = tmp_path / "password"
    secret.write_text("for-tests-only\n")
    orders = [
        {"do": "study", "actor": STATEMENT["actor"], "course": "c", "verb": "completed"},
        {"do": "post", "statements": [STATEMENT, 7]},
        {"do": "dance"},
        {"do": "study"},
        {"do": "put", "statement": {**STATEMENT, "id": ID}},
    ]
    command = [sys.executable, "-m", "connectors.simulators.xapi_push", "--hub", url, "--user", "lms"]
    given = "".join(json.dumps(order) + "\n" for order in orders)
    done = subprocess.run(
        [*command, "--password-file", str(secret)], input=given, capture_output=True, text=True, timeout=30, check=True
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["status"] for each in answers] == [200, 400, 0, 0, 204]
    wrong = subprocess.run(
        [*command, "--password-env", "LMS_PASSWORD"],
        input=json.dumps(orders[0]),
        env={"LMS_PASSWORD": "wrong"},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert json.loads(wrong.stdout)["status"] == 401
