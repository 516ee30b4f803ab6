"""What only the door by a document does; the contract of doors and the odd systems ask for the rest."""

import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.dialogue.answers import Answers
from connectors.generic.rest_door import RestDoor, Settings
from connectors.generic.rest_door.forms import require_forms
from connectors.generic.rest_door.lists import Reading
from connectors.generic.rest_door.settings import ListOperation
from connectors.listings import MOST_PAGES
from connectors.port import Change
from mappings import MappingDocument
from schemas.door import Answer, Member
from schemas.errors import RejectedError, SettingError, UnavailableError, UnknownOutcomeError
from tests.connectors.generic.answering import system

FIND = {"path": "/people", "query": {"no": "{person}"}}
MEMBERS = {"path": "/groups/{target}/members"}
GRANT = {"method": "PUT", "path": "/groups/{target}/members/{subject}"}
REVOKE = {"method": "DELETE", "path": "/groups/{target}/members/{subject}", "query": {"request": "{key}", "x": "1"}}
ACCOUNT = {"record": "door.Account", "fields": {"subject": {"at": "/id"}, "person": {"at": "/no"}}}
MEMBER = {"record": "door.Member", "fields": {"subject": {"at": "/id"}}}
LISTS = {
    "accounts": {"read": "json", "each": "/list", "records": [ACCOUNT]},
    "members": {"read": "json", "each": "/list", "records": [MEMBER]},
}
PAGED = {"total": {"at": "/total", "optional": True}, "next": {"at": "/next", "optional": True}}


def document(answer: Any = None, code: Any = None, **forms: Any) -> MappingDocument:
    told = {"says": answer, **PAGED, **({"code": code} if code else {})}
    says = {"read": "json", "records": [{"record": "door.Answer", "fields": told}]}
    given = {**LISTS, **({"answer": says} if answer else {}), **forms}
    return MappingDocument.parsed("door/x", "x.json", json.dumps({"format": 2, "version": 1, "forms": given}).encode())


BY_STATUS = document()
BY_CODE = document(
    {"at": "/code", "else": [{"context": "status"}], "table": {"0": "done", "9": "login", "200": "done"}}
)


def settings(url: str = "http://127.0.0.1:9", **more: Any) -> Settings:
    operations = {"find": FIND, "members": MEMBERS, "grant": GRANT, "revoke": REVOKE}
    return Settings.model_validate({"base_url": url, "allow_private_address": True, **operations, **more})


def door(url: str, spoken: MappingDocument = BY_STATUS, **more: Any) -> RestDoor:
    return RestDoor("iam", settings(url, **more), lambda: spoken)


def people(*numbers: str, **more: Any) -> tuple[int, Any]:
    return 200, {"list": [{"id": f"u-{each}", "no": each} for each in numbers], **more}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"find": {**FIND, "query": {"no": "{subject}"}}}, "{subject}"),
        ({"grant": {**GRANT, "path": "/groups/{target}/{persons}"}}, "{persons}"),
        ({"grant": {**GRANT, "path": "/groups/{"}}, "/groups/{"),
        ({"grant": {**GRANT, "path": "/groups?id={target}"}}, "query"),
        ({"grant": {**GRANT, "path": "/a/../b"}}, "path"),
        ({"grant": {**GRANT, "path": "groups"}}, "begins with /"),
        ({"grant": {**GRANT, "method": "GET"}}, "POST"),
        ({"grant": {**GRANT, "methode": "PUT"}}, "methode"),
        ({"token": "a", "user": "u", "password": "p"}, "one way"),
    ],
)
def test_settings_that_could_not_be_carried_out_are_refused(change, wrong):
    with pytest.raises(ValidationError) as refused:
        settings(**change)
    assert wrong in str(refused.value)


@pytest.mark.parametrize(
    ("spoken", "more", "setting"),
    [
        (document(members={"like": "accounts", "read": "json", "each": "/list"}), {}, "mappings"),
        (BY_STATUS, {"grant": {**GRANT, "body": "add"}}, "grant.body"),
        (BY_STATUS, {"revoke": {**REVOKE, "body": "accounts"}}, "revoke.body"),
    ],
)
def test_a_document_that_does_not_say_what_is_needed_is_refused_with_the_setting(spoken, more, setting):
    with pytest.raises(SettingError) as refused:
        require_forms(settings(**more), spoken)
    assert refused.value.setting == setting


def test_a_document_that_says_it_is_taken():
    require_forms(settings(), BY_STATUS)
    require_forms(settings(), BY_CODE)


def test_a_value_stays_one_value_in_a_path_and_a_query():
    with system(people("张/三?&#"), (204, b"")) as there:
        found = door(there.url)
        assert found.resolve("张/三?&#") == "u-张/三?&#"
        found.apply(Change("a/b c", "../机房", "absent", "k&1"), fence=1)
        assert there.asked[0][1] == "/people?no=%E5%BC%A0%2F%E4%B8%89%3F%26%23"
        assert there.asked[1][1] == "/groups/..%2F%E6%9C%BA%E6%88%BF/members/a%2Fb%20c?request=k%261&x=1"


@pytest.mark.parametrize("name", ["..", ".", ""])
def test_what_would_be_another_path_is_not_sent(name):
    with system() as there:
        with pytest.raises(RejectedError) as refused:
            door(there.url).apply(Change(name, "g", "absent", "k"), fence=1)
        assert refused.value.code == "peer.rejected"
        assert there.asked == []


@pytest.mark.parametrize(
    ("wanted", "status", "error", "code"),
    [
        ("present", 200, None, "applied"),
        ("absent", 204, None, "applied"),
        ("absent", 404, RejectedError, "sink.no-target"),
        ("absent", 409, UnavailableError, "peer.conflict"),
        ("absent", 412, UnavailableError, "peer.conflict"),
        ("absent", 429, UnavailableError, "peer.throttled"),
        ("absent", 400, RejectedError, "peer.rejected"),
        ("absent", 401, RejectedError, "peer.auth"),
        ("absent", 403, RejectedError, "peer.auth"),
        ("absent", 500, UnknownOutcomeError, "peer.unknown-outcome"),
    ],
)
def test_without_words_of_its_own_the_status_says_how_it_went(wanted, status, error, code):
    with system((status, b"")) as there:
        found = door(there.url)
        change = Change("u-1", "g", wanted, "k")
        if error is None:
            assert found.apply(change, fence=1) == code
            return
        with pytest.raises(error) as refused:
            found.apply(change, fence=1)
        assert refused.value.code == code


TOLD = {
    "done": (None, "applied"),
    "already": (RejectedError, "peer.rejected"),
    "not_there": (None, "noop"),
    "no_person": (None, "noop"),
    "nobody": (RejectedError, "peer.rejected"),
    "busy": (UnavailableError, "peer.throttled"),
    "conflict": (UnavailableError, "peer.conflict"),
    "login": (RejectedError, "peer.auth"),
    "no_rights": (RejectedError, "peer.auth"),
    "no_target": (RejectedError, "sink.no-target"),
    "refused": (RejectedError, "peer.rejected"),
    "failed": (UnknownOutcomeError, "peer.unknown-outcome"),
}


@pytest.mark.parametrize("word", TOLD)
def test_each_word_of_an_answer_to_a_removal_has_one_meaning(word):
    error, code = TOLD[word]
    with system((200, {"code": "x"})) as there:
        found = door(there.url, document({"at": "/code", "table": {"x": word}}))
        if error is None:
            assert found.apply(Change("u-1", "g", "absent", "k"), fence=1) == code
            return
        with pytest.raises(error) as refused:
            found.apply(Change("u-1", "g", "absent", "k"), fence=1)
        assert refused.value.code == code


def test_whoever_looks_at_a_refusal_sees_the_system_s_own_code():
    says = {"at": "/code", "table": {"0": "done"}, "default": "refused"}
    spoken = document(says, {"at": "/code", "as": "text"})
    with system((200, {"code": 77002, "msg": "张三"})) as there:
        with pytest.raises(RejectedError, match="77002") as refused:
            door(there.url, spoken).apply(Change("u-1", "g", "absent", "k"), fence=1)
        assert "张三" not in refused.value.message


def test_a_status_of_failure_may_have_a_body_that_says_what_happened():
    spoken = document(
        {"at": "/code", "else": [{"context": "status"}], "table": {"E7": "not_there", "404": "not_there"}}
    )
    with system((500, {"code": "E7"}), (404, {})) as there:
        found = door(there.url, spoken, statuses=[500])
        assert found.apply(Change("u-1", "g", "absent", "k"), fence=1) == "noop"
        assert found.apply(Change("u-1", "g", "absent", "k"), fence=1) == "noop", "404: no member, as some have it"


def of_roles() -> MappingDocument:
    """A system that says which roles one account has, and answers 404 about an account that it does not have."""
    fields = {"subject": {"context": "subject"}, "target": {"at": "/role"}}
    look = {"read": "json", "each": "/list", "records": [{"record": "door.Member", "fields": fields}]}
    status = {"context": "status", "when": [{"context": "operation", "is": "look"}]}
    return document({"at": "/code", "else": [status], "table": {"0": "done", "404": "no_person"}}, look=look)


def roles(*names: str) -> tuple[int, Any]:
    return 200, {"code": 0, "list": [{"role": each} for each in names]}


def test_the_roles_of_one_account_may_be_what_is_looked_at():
    with system(people("E1", code=0), roles("g", "h"), roles("h"), people("E1", code=0), (404, b"{}")) as there:
        found = door(there.url, of_roles(), look={"path": "/people/{subject}/roles"})
        subject = found.resolve("E1")
        assert found.observe(subject, ["g"]).presence == {"g": "present"}
        seen = found.observe(subject, ["g"])
        assert (seen.presence, seen.unproven) == ({"g": "absent"}, {}), "it was shown before, and nobody has none"
        assert there.asked[-1][1] == "/people/licet-nobody-has-this-id/roles"


def test_of_an_account_that_was_never_seen_in_a_target_somebody_else_must_be():
    outside = [people("E1", code=0), roles("h"), people("E1", code=0)]
    with system(*outside, people("2", "3", code=0, total=2), roles("g"), (404, b"{}")) as there:
        found = door(there.url, of_roles(), look={"path": "/people/{subject}/roles"})
        assert found.observe(found.resolve("E1"), ["g"]).unproven == {}
    with system(*outside, people("2", "3", code=0, total=2), roles("x")) as there:
        found = door(there.url, of_roles(), look={"path": "/people/{subject}/roles"})
        assert found.observe(found.resolve("E1"), ["g"]).unproven == {"g": "sink.uncalibrated"}


def test_a_request_is_signed_in_the_vendor_s_form():
    """Key, instant and body, as many of them want it."""
    names = {"key": "X-App", "time": "X-Time", "signature": "X-Sign"}
    signing = {"sign_key": "app", "sign_secret": "s3cret", "sign_parts": ["key", "time", "path"], "sign_names": names}
    with system((204, b"")) as there:
        at = datetime(2026, 3, 2, 1, tzinfo=UTC)
        found = RestDoor("iam", settings(there.url, **signing), lambda: BY_STATUS, lambda: at)
        found.apply(Change("u-1", "g", "absent", "k"), fence=1)
        expected = hmac.new(b"s3cret", b"app1772413200/groups/g/members/u-1", "sha256").hexdigest()
        assert {each.lower(): there.headers[each] for each in names.values()} == {
            "x-app": "app",
            "x-time": "1772413200",
            "x-sign": expected,
        }


def test_a_token_that_has_run_out_in_a_200_is_renewed_once():
    login = 200, {"code": 9}
    with system(login, people("E1", code=0), login, login) as there:
        oauth = {"oauth_url": f"{there.url}/token", "oauth_client_id": "hub", "oauth_client_secret": "s"}
        found = door(there.url, BY_CODE, **oauth)
        assert found.resolve("E1") == "u-E1"
        with pytest.raises(RejectedError) as refused:
            found.matches("E2")
        assert refused.value.code == "peer.auth"
        assert there.tokens == ["t0", "t1", "t2"]
        assert len(there.asked) == 4


def test_a_list_goes_on_at_the_cursor_that_each_page_names():
    members = {**MEMBERS, "query": {"after": "{cursor}", "limit": "{size}"}, "page_size": 2}
    pages = [people("1", "2", code=0, next="c/1"), people("3", code=0, next="c2"), people(code=0)]
    with system(*pages) as there:
        assert door(there.url, BY_CODE, members=members).members("g") == {"u-1", "u-2", "u-3"}
        assert [each[1].partition("?")[2] for each in there.asked] == [
            "limit=2",
            "after=c%2F1&limit=2",
            "after=c2&limit=2",
        ]


def test_a_list_that_goes_on_where_it_began_is_none():
    members = {**MEMBERS, "query": {"after": "{cursor}"}}
    with system(people("1", code=0, next="c"), people("2", code=0, next="c")) as there:
        with pytest.raises(UnavailableError) as bad:
            door(there.url, BY_CODE, members=members).members("g")
        assert bad.value.code == "peer.bad-answer"


def test_pages_that_bring_nothing_end_also_where_each_names_another_cursor():
    members = {**MEMBERS, "query": {"after": "{cursor}"}}
    with system(*(people(code=0, next=f"c{n}") for n in range(30))) as there:
        with pytest.raises(UnavailableError) as endless:
            door(there.url, BY_CODE, members=members).members("g")
        assert endless.value.code == "peer.bad-answer" and len(there.asked) == 11
    empty = [people(code=0, next=f"c{n}") for n in range(10)]  # some systems filter what they have cut
    with system(*empty, people("E1", code=0)) as there:
        assert door(there.url, BY_CODE, members=members).members("g") == {"u-E1"}


def test_a_list_ends_whatever_number_of_pages_it_says_to_have():
    members = {**MEMBERS, "query": {"after": "{cursor}"}}
    reading = Reading[Member](Answers("iam", BY_STATUS), ListOperation.model_validate(members), "members")
    with pytest.raises(UnavailableError) as endless:
        for n in range(MOST_PAGES + 1):
            page = [Member(subject=f"u-{n}")]
            reading.take(page, 1, Answer(subject="", says="done", next=f"c{n}"))
    assert endless.value.code == "peer.bad-answer" and not reading.is_over


def test_a_list_may_be_asked_for_by_how_much_was_read_in_a_body():
    asked = {"record": "door.Asked", "when": [{"at": "/sort", "is": "id"}]}
    asked["fields"] = {"offset": {"at": "/from", "as": "integer"}, "size": {"at": "/limit", "as": "integer"}}
    spoken = document({"at": "/code", "table": {"0": "done"}}, ask={"read": "json", "records": [asked]})
    members = {"method": "POST", "path": "/g/{target}", "query": {"o": "{offset}"}, "body": "ask", "page_size": 2}
    with system(people("1", "2", code=0, total=3), people("3", code=0, total=3)) as there:
        assert door(there.url, spoken, members=members).members("g") == {"u-1", "u-2", "u-3"}
        assert [json.loads(each[2]) for each in there.asked] == [
            {"sort": "id", "from": 0, "limit": 2},
            {"sort": "id", "from": 2, "limit": 2},
        ]


def test_nobody_is_unknown_before_somebody_was_found():
    with system(people(), people(), people("HR-1"), people()) as there:
        with pytest.raises(RejectedError) as refused:
            door(there.url).resolve("E1")
        assert refused.value.code == "sink.uncalibrated"
        with pytest.raises(RejectedError) as refused:
            door(there.url, canary="HR-1").resolve("E1")
        assert refused.value.code == "sink.no-person"


def test_two_accounts_are_never_guessed_about():
    with system((200, {"list": [{"id": "a", "no": "E1"}, {"id": "b", "no": "E1"}]})) as there:
        with pytest.raises(RejectedError) as refused:
            door(there.url).resolve("E1")
        assert refused.value.code == "sink.ambiguous"


def test_nothing_is_granted_to_an_account_that_is_another_s_now():
    with system(people("E1"), (200, {"list": [{"id": "u-2", "no": "E1"}]})) as there:
        found = door(there.url)
        change = Change(found.resolve("E1"), "g", "present", "k")
        with pytest.raises(UnavailableError) as stale:
            found.apply(change, fence=1)
        assert stale.value.code == "sink.no-person"
        assert [each[0] for each in there.asked] == ["GET", "GET"]


def test_who_moved_between_two_pages_is_not_taken_for_absent():
    """Somebody stands on both pages, so somebody may stand on none: the total alone proves nothing."""
    members = {**MEMBERS, "query": {"p": "{page}"}, "page_size": 2}
    with system(
        people("E1", code=0, total=1),
        people("2", "3", code=0, total=4),
        people("3", "4", code=0, total=4),
        people("E1", code=0, total=1),
    ) as there:
        found = door(there.url, BY_CODE, members=members)
        seen = found.observe(found.resolve("E1"), ["g"])
        assert (seen.presence["g"], seen.unproven["g"]) == ("absent", "sink.uncalibrated")


@pytest.mark.parametrize(
    ("again", "presence", "proven"),
    [
        ([("3", "E1"), ("5", "6")], "present", True),
        ([("3", "4"), ("5", "6")], "absent", False),
        ([("2", "3"), ("5", "6")], "absent", True),
        ([("2", "3"), ("5", "6"), ("7",)], "absent", True),
    ],
)
def test_one_who_goes_and_one_who_comes_between_two_pages_hide_nobody(again, presence, proven):
    """E1 moved to the page that was read already, and the total is the same: a list of pages is read twice."""
    members = {**MEMBERS, "query": {"p": "{page}"}, "page_size": 2}
    total = sum(map(len, again))
    with system(
        people("E1", code=0, total=1),
        people("2", "3", code=0, total=4),
        people("5", "6", code=0, total=4),
        *(people(*each, code=0, total=total) for each in again),
        people("E1", code=0, total=1),
        people("6", code=0, total=1),
    ) as there:
        found = door(there.url, BY_CODE, members=members, canary="6")
        look = found.observe(found.resolve("E1"), ["g"])
        assert (look.presence, look.unproven == {}) == ({"g": presence}, proven)


def test_without_a_document_nothing_is_asked():
    found = RestDoor("iam", settings())
    with pytest.raises(Exception, match="found no mapping document"):
        found.probe()
