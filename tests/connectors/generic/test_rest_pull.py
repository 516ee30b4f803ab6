"""A system that nobody wrote an adapter for is asked by settings alone, over real sockets, and does things wrong."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from connectors.generic.rest_pull import SPEC, Settings
from connectors.port import Page
from connectors.rounds.pace import Pace
from connectors.rounds.source import Rounds
from schemas.errors import LicetError, RejectedError, UnavailableError
from tests.contract.attendance_cloud import SECRET, SHANGHAI, AttendanceCloud, repeated, serving

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def source(settings: dict[str, Any]) -> Rounds:
    made: Rounds = SPEC.build("cloud", Settings.model_validate(settings))
    return made


def rounds(asked: Rounds, cursor: Any, now: datetime = NOW) -> tuple[list[Page], Any]:
    """All pages of a round, and the cursor that it leaves."""
    pages = []
    while True:
        pages.append(asked.poll(cursor, now))
        cursor = json.loads(json.dumps(pages[-1].cursor))
        if pages[-1].again_in is None:
            return pages, cursor


def bodies(pages: list[Page]) -> list[bytes]:
    return [each.body for page in pages for each in page.transmissions]


# ---------------------------------------------------------------- the attendance cloud


@pytest.fixture
def cloud() -> Iterator[AttendanceCloud]:
    with serving() as started:
        yield started


def of_cloud(cloud: AttendanceCloud, **more: Any) -> Rounds:
    return source({**cloud.settings(**more), "login_secret": SecretStr(SECRET)})


def numbers(pages: list[Page]) -> list[int]:
    found = [json.loads(body)["data"]["list"] for body in bodies(pages)]
    return [row["recordId"] - 9007199254740993 for rows in found for row in rows]


def day(cloud: AttendanceCloud, count: int, first: int = 0) -> None:
    for n in range(first, first + count):
        cloud.punched(n, datetime(2026, 3, 2, 8, tzinfo=SHANGHAI) + timedelta(minutes=n), person=f"E{n % 3}")


def test_a_round_brings_every_page_and_then_the_watermark_moves(cloud):
    day(cloud, 8)
    asked = of_cloud(cloud)
    pages, cursor = rounds(asked, {})
    assert numbers(pages) == list(range(8)) and cloud.logins == 1
    assert [each["pageNo"] for each in cloud.asked] == ["1", "2", "3"]
    assert [page.cursor.get("until") for page in pages[:-1]] == [None, None], "not before the last page was kept"
    assert cursor["until"] == NOW.isoformat()
    assert {each["beginTime"] for each in cloud.asked} == {"2026-03-01 00:00:00"}
    assert {each["endTime"] for each in cloud.asked} == {"2026-03-02 18:00:00"}

    pages, cursor = rounds(asked, cursor, NOW + timedelta(minutes=1))
    assert cloud.asked[-1]["beginTime"] == "2026-03-02 17:50:00", "the overlap before the last end"
    assert bodies(pages) == [], "an empty list brings nothing"
    cloud.punched(50, datetime(2026, 3, 2, 17, 55, tzinfo=SHANGHAI))  # heard of late, and within the overlap
    assert numbers(rounds(asked, cursor, NOW + timedelta(minutes=2))[0]) == [50]


def test_a_page_that_was_kept_is_not_asked_for_again_after_a_restart(cloud):
    day(cloud, 8)
    first = of_cloud(cloud).poll({}, NOW)
    later = of_cloud(cloud)  # another process, in another minute
    pages, _ = rounds(later, json.loads(json.dumps(first.cursor)), NOW + timedelta(minutes=3))
    assert numbers([first, *pages]) == list(range(8))
    assert repeated(cloud.asked) == [] and len({each["endTime"] for each in cloud.asked}) == 1


@pytest.mark.parametrize("wrong", ["html", "cut", "500", "busy", "429", "no list", "404"])
def test_no_page_is_lost_when_one_fails_in_the_middle(cloud, wrong):
    day(cloud, 8)
    asked = of_cloud(cloud)
    first = asked.poll({}, NOW)
    cloud.wrong.append(wrong)
    cursor = first.cursor
    if wrong == "404":  # not otherwise later: all of the window is asked for again
        page = asked.poll(cursor, NOW)
        assert page.alarm == "peer.missing" and "until" not in page.cursor and page.complete_until is None
        assert "404" in page.summary["pages"]["held"]
        cursor = page.cursor
    else:
        with pytest.raises(UnavailableError) as failed:
            asked.poll(cursor, NOW)
        assert failed.value.code in ("peer.bad-answer", "peer.unreachable", "peer.throttled")
        assert wrong != "429" or failed.value.retry_after == 7
        assert wrong != "busy" or "请求过于频繁" in failed.value.message
    pages, cursor = rounds(asked, cursor, NOW + timedelta(minutes=1))
    assert set(numbers([first, *pages])) == set(range(8)) and "until" in cursor


def test_a_token_that_ran_out_inside_a_200_is_renewed_once(cloud):
    day(cloud, 2)
    cloud.wrong = ["expired"]
    assert numbers(rounds(of_cloud(cloud), {})[0]) == [0, 1] and cloud.logins == 2
    cloud.wrong = ["expired", "expired"]
    with pytest.raises(RejectedError) as refused:
        of_cloud(cloud).poll({}, NOW)
    assert refused.value.code == "peer.auth"
    cloud.wrong = ["401"]
    assert numbers(rounds(of_cloud(cloud), {})[0]) == [0, 1]


def test_a_log_in_that_is_refused_says_what_was_found_and_never_the_secret(cloud):
    asked = source({**cloud.settings(), "login_secret": SecretStr("another-secret-of-it")})
    with pytest.raises(UnavailableError) as refused:
        asked.poll({}, NOW)
    assert "40001" in refused.value.message and "appSecret 错误" in refused.value.message
    assert "another-secret" not in refused.value.message


@pytest.mark.parametrize("wrong", ["first again", "empty"])
def test_pages_that_contradict_each_other_move_nothing_and_the_round_begins_anew(cloud, wrong):
    day(cloud, 5)
    asked = of_cloud(cloud)
    first = asked.poll({}, NOW)
    cloud.wrong.append(wrong)
    told = asked.poll(first.cursor, NOW)
    assert told.alarm == "peer.bad-answer" and told.transmissions == () and "round" not in told.cursor
    assert "expected" in told.summary["pages"]["held"]
    pages, cursor = rounds(asked, told.cursor, NOW)
    assert numbers(pages) == list(range(5)) and cursor["until"] == NOW.isoformat()


def test_a_redirect_is_not_followed_and_no_token_goes_elsewhere(cloud):
    day(cloud, 1)
    cloud.wrong.append("elsewhere")
    with pytest.raises(RejectedError) as refused:
        of_cloud(cloud).poll({}, NOW)
    assert refused.value.code == "peer.bad-answer" and "redirect" in refused.value.message


def test_a_server_that_gives_smaller_pages_than_asked_for_is_read_to_the_end(cloud):
    day(cloud, 7)
    cloud.largest = 2
    assert numbers(rounds(of_cloud(cloud), {})[0]) == list(range(7))


def test_a_long_time_is_cut_into_windows_that_leave_no_gap(cloud):
    with pytest.raises(UnavailableError) as refused:
        of_cloud(cloud).poll({}, NOW + timedelta(days=20))
    assert "1002" in refused.value.message and "不能超过7天" in refused.value.message
    for n in range(22):
        cloud.punched(n, datetime(2026, 3, 1, 12, tzinfo=SHANGHAI) + timedelta(days=n))
    asked = of_cloud(cloud, window_seconds=7 * 86_400)
    cloud.asked.clear()
    pages, cursor = rounds(asked, {}, NOW + timedelta(days=20))
    assert sorted(set(numbers(pages))) == list(range(22))
    assert cursor["until"] == (NOW + timedelta(days=20)).isoformat()
    spans = sorted({(each["beginTime"], each["endTime"]) for each in cloud.asked})
    assert len(spans) == 4 and all(later[0] < before[1] for before, later in pairwise(spans))


def test_a_clock_that_was_put_back_asks_for_no_window_that_ends_before_it_begins(cloud):
    asked = of_cloud(cloud)
    _, cursor = rounds(asked, {})
    _, after = rounds(asked, cursor, NOW - timedelta(hours=3))
    assert cloud.asked[-1]["beginTime"] < cloud.asked[-1]["endTime"]
    assert after["until"] == cursor["until"], "and the watermark never goes back"


def test_completeness_is_claimed_only_where_it_is_set_and_as_late_as_the_cloud_may_hear(cloud):
    assert rounds(of_cloud(cloud), {})[0][-1].complete_until is None
    assert rounds(of_cloud(cloud, complete=True), {})[0][-1].complete_until == NOW - timedelta(seconds=600)


# ---------------------------------------------------------------- how pages follow each other

Answerer = Callable[[str, dict[str, str], dict[str, str], bytes], tuple[int, dict[str, str], bytes]]


@contextmanager
def answering(answer: Answerer) -> Iterator[tuple[str, list[str]]]:
    """A server that answers so; its URL, and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            asked.append(self.path)
            path, _, query = self.path.partition("?")
            given = {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more, content = answer(path, given, headers, body)
            self.send_response(status)
            for name, values in {"content-length": str(len(content)), **more}.items():
                for value in values.split("\n"):
                    self.send_header(name, value)
            self.end_headers()
            if status != 304:
                self.wfile.write(content)

        do_POST = do_GET

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()


def said(value: Any, **headers: str) -> tuple[int, dict[str, str], bytes]:
    named = {name.replace("_", "-"): each for name, each in headers.items()}
    return 200, {"content-type": "application/json", **named}, json.dumps(value).encode()


ROWS = [{"id": str(n)} for n in range(5)]
TWO = 2


def by_page(_path, query, _headers, _body):
    at = (int(query["page"]) - 1) * TWO
    return said({"rows": ROWS[at : at + TWO], "pages": "3", "more": at + TWO < len(ROWS)})


def by_offset(_path, query, _headers, _body):
    at = int(query["from"])
    return said({"rows": ROWS[at : at + int(query["size"])], "total": 5})


def by_cursor(_path, query, _headers, _body):
    at = int(query.get("after") or 0)
    return said({"rows": ROWS[at : at + TWO], "next": str(at + TWO) if at + TWO < len(ROWS) else ""})


def by_last(_path, query, _headers, _body):
    rows = [row for row in ROWS if int(row["id"]) > int(query.get("since_id", -1))]
    return said({"rows": rows[:TWO]})


def by_url(path, query, _headers, _body):
    at = int(query.get("a b", "0"))
    return said({"rows": ROWS[at : at + TWO], "next": f"{path}?a%20b={at + TWO}" if at + TWO < len(ROWS) else None})


def by_link(path, query, _headers, _body):
    at = int(query.get("at", "0"))
    other = '<http://other.example/?x=1,2>; title="a, b"; rel="prev"'
    link = f'{other}\n<{path}?at={at + TWO}>; rel="last next"' if at + TWO < len(ROWS) else other
    return said({"rows": ROWS[at : at + TWO]}, link=link)


PAGED = {
    "page number to the last": (by_page, {"pages": "page", "page_parameter": "page", "pages_at": "/pages"}),
    "page number while there is more": (by_page, {"pages": "page", "page_parameter": "page", "more_at": "/more"}),
    "page number until one is empty": (by_page, {"pages": "page", "page_parameter": "page"}),
    "offset": (
        by_offset,
        {"pages": "offset", "page_parameter": "from", "size_parameter": "size", "page_size": 2, "total_at": "/total"},
    ),
    "cursor": (by_cursor, {"pages": "cursor", "page_parameter": "after", "next_at": "/next"}),
    "id of the last item": (by_last, {"pages": "cursor", "page_parameter": "since_id", "last_at": "/id"}),
    "URL in the answer": (by_url, {"pages": "next_url", "next_at": "/next"}),
    "Link header": (by_link, {"pages": "link"}),
}


def paged(url: str, **more: Any) -> Rounds:
    return source({"base_url": url, "path": "/list", "items": "/rows", "allow_private_address": True, **more})


def ids(pages: list[Page]) -> list[str]:
    return [row["id"] for body in bodies(pages) for row in json.loads(body)["rows"]]


@pytest.mark.parametrize("kind", PAGED)
def test_pages_follow_each_other_as_systems_do_it(kind):
    answer, settings = PAGED[kind]
    with answering(answer) as (url, asked):
        pages, cursor = rounds(paged(url, **settings), {})
        assert ids(pages) == ["0", "1", "2", "3", "4"], asked
        again, same = rounds(paged(url, **settings), cursor, NOW + timedelta(minutes=1))
        assert bodies(again) == [] and same == cursor, "what was brought is not brought again"


def test_a_feed_goes_on_from_its_last_cursor():
    settings = {**PAGED["id of the last item"][1], "keep_cursor": True}
    with answering(by_last) as (url, asked):
        _, cursor = rounds(paged(url, **settings), {})
        before = len(asked)
        pages, after = rounds(paged(url, **settings), cursor)
        assert (ids(pages), after["kept"], len(asked) - before) == ([], "4", 1)
        assert asked[-1].endswith("since_id=4")


@pytest.mark.parametrize(
    "following",
    ["http://evil.example/list?at=2", "//evil.example/x", "https://127.0.0.1/list", "http://[/", "file:///x"],
)
def test_no_page_of_another_server_is_asked_for(following):
    with answering(lambda *_: said({"rows": ROWS, "next": following})) as (url, asked):
        with pytest.raises(UnavailableError) as refused:
            paged(url, pages="next_url", next_at="/next").poll({}, NOW)
        assert refused.value.code == "peer.bad-answer" and len(asked) == 1


def test_cursors_that_lead_round_in_a_circle_end():
    steps = {"": "a", "a": "b", "b": "a"}

    def circle(_path, query, _headers, _body):
        at = query.get("after", "")
        return said({"rows": [{"id": at}], "next": steps[at]})

    with answering(circle) as (url, asked):
        pages, cursor = rounds(paged(url, pages="cursor", page_parameter="after", next_at="/next"), {})
        assert pages[-1].alarm == "peer.bad-answer" and len(asked) <= 4 and "round" not in cursor


def test_more_pages_than_are_thought_possible_are_a_mistake():
    with answering(lambda _p, query, *_: said({"rows": [{"id": query["n"]}]})) as (url, asked):
        asked_for = paged(url, pages="page", page_parameter="n", most_pages=4)
        pages, cursor = rounds(asked_for, {})
        assert len(asked) == 4 and pages[-1].alarm == "peer.bad-answer" and "most_pages" in str(pages[-1].summary)
        assert "round" not in cursor


def test_an_answer_that_has_not_changed_costs_one_question():
    known = []

    def tagged(_path, _query, headers, _body):
        known.append(headers.get("if-none-match"))
        return (304, {}, b"") if known[-1] == '"v1"' else said({"rows": ROWS}, etag='"v1"')

    with answering(tagged) as (url, _asked):
        pages, cursor = rounds(paged(url), {})
        assert len(bodies(pages)) == 1
        for _ in range(2):
            pages, after = rounds(paged(url), cursor)
            assert bodies(pages) == [] and after == cursor
        assert known == [None, '"v1"', '"v1"']


@pytest.mark.parametrize("page", ["1", "2"])
def test_that_nothing_has_changed_is_no_answer_where_nobody_said_what_is_known(page):
    def cached(_path, query, *_):
        unasked = query["n"] == page
        return (
            (304, {}, b"") if unasked else said({"rows": ROWS if query["n"] == "1" else [], "more": True}, etag='"v"')
        )

    with answering(cached) as (url, _asked):
        asked = paged(url, pages="page", page_parameter="n", more_at="/more", complete=True)
        cursor = {}
        with pytest.raises(UnavailableError) as failed:
            for _ in range(3):
                found = asked.poll(cursor, NOW)
                assert found.complete_until is None
                cursor = json.loads(json.dumps(found.cursor))
    assert failed.value.code == "peer.bad-answer" and "until" not in cursor


def test_a_token_that_has_run_out_may_be_found_beside_an_answer_that_has_not_changed():
    expired = []

    def tagged(path, _query, headers, _body):
        if path == "/oauth":
            return said({"access_token": "t", "expires_in": 3600})
        if expired and expired.pop():
            return said({"code": "expired"})
        known = headers.get("if-none-match") == '"v1"'
        return (304, {}, b"") if known else said({"code": "0", "rows": ROWS}, etag='"v1"')

    with answering(tagged) as (url, _asked):
        oauth = {"oauth_url": f"{url}/oauth", "oauth_client_id": "hub", "oauth_client_secret": SecretStr("s")}
        asked = paged(url, success_at="/code", success_is=["0"], expired_is=["expired"], **oauth)
        _pages, cursor = rounds(asked, {})
        expired.append(True)
        assert rounds(asked, cursor)[1] == cursor


def test_a_page_changed_back_to_what_it_was_is_brought_again():
    now = ["a"]
    with answering(lambda *_: said({"rows": [{"id": now[0]}]})) as (url, _asked):
        found, cursor = [], {}
        for now[0] in ("a", "b", "a", "a"):
            pages, cursor = rounds(paged(url), cursor)
            found += [each.path for page in pages for each in page.transmissions]
        assert found == ["1.1", "2.1", "3.1"], "each under a path of its own, or it would be taken for a repeat"


def test_an_xml_answer_of_one_item_and_of_none():
    answers = [b"<a><row><id>1</id></row></a>", b"<a></a>", b"<a>", b"<!DOCTYPE a><a/>"]
    with answering(lambda *_: (200, {"content-type": "application/xml"}, answers.pop(0))) as (url, _asked):
        asked = source({"base_url": url, "answer": "xml", "items": "/a/row", "allow_private_address": True})
        assert len(bodies(rounds(asked, {})[0])) == 1
        assert bodies(rounds(asked, {})[0]) == []
        for _ in range(2):
            with pytest.raises(UnavailableError) as refused:
                asked.poll({}, NOW)
            assert refused.value.code == "peer.bad-answer"


def test_an_answer_that_is_too_long_is_not_read_to_its_end():
    with answering(lambda *_: (200, {}, b"[" + b"1," * 600 + b"1]")) as (url, _asked):
        asked = source({"base_url": url, "most_bytes": 1024, "allow_private_address": True})
        with pytest.raises(UnavailableError):
            asked.poll({}, NOW)


NUMBERS = st.integers(-(10**70), 10**70).map(str) | st.sampled_from(["1E+999999999", "-0", "1e-400", "9" * 5000])
PLAIN = st.none() | st.booleans() | st.text(max_size=9)
KEYS = st.sampled_from(["rows", "next", "total", "more", "pages", "code", "x"])


def written(value: Any) -> str:
    """JSON with numbers as they were made."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{written(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return value[1] if isinstance(value, tuple) else json.dumps(value)


ANSWERS = st.recursive(
    PLAIN | st.tuples(st.just("number"), NUMBERS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "kind", ["page number to the last", "offset", "cursor", "id of the last item", "URL in the answer"]
)
def test_whatever_is_answered_comes_to_an_end_or_is_refused(kind):
    answers: list[bytes] = []
    with answering(lambda *_: (200, {}, answers[0])) as (url, _asked):
        asked = paged(url, success_at="/code", most_pages=5, **PAGED[kind][1])

        @hypothesis.settings(max_examples=20, deadline=None)
        @given(answer=ANSWERS, dressed=st.booleans())
        def ends(answer: Any, dressed: bool) -> None:
            body = {
                "code": ("number", "0"),
                "rows": [{"id": ("number", "1")}],
                **(answer if isinstance(answer, dict) else {}),
            }
            answers[:] = [written(body if dressed else answer).encode()]
            with suppress(LicetError):
                pages, cursor = rounds(asked, {})
                assert len(pages) <= 6 and "round" not in cursor

        ends()


def test_what_is_asked_for_otherwise_is_asked_for_from_its_beginning(cloud):
    day(cloud, 8)
    first = of_cloud(cloud).poll({}, NOW)
    other = of_cloud(cloud, page_size=5)  # the settings were changed between two pages
    pages, cursor = rounds(other, first.cursor)
    assert numbers(pages) == list(range(8)), "page 2 of five is not what follows page 1 of three"
    cloud.punched(40, datetime(2026, 2, 27, 9, tzinfo=SHANGHAI))
    pages, cursor = rounds(of_cloud(cloud, start="2026-02-26", window_seconds=None), cursor)
    assert 40 in numbers(pages), "an earlier start is gone back to"
    moved = of_cloud(cloud, start="2026-02-26", requests_per_minute=6000)
    rounds(moved, cursor)
    assert cloud.asked[-1]["beginTime"] > "2026-03-02", "who asks, and how often, changes nothing"


def test_a_feed_whose_cursor_is_forgotten_is_read_from_its_beginning_with_an_alarm():
    def feed(path, query, headers, body):
        return (410, {}, b"{}") if query.get("since_id") == "4" else by_last(path, query, headers, body)

    settings = {**PAGED["id of the last item"][1], "keep_cursor": True}
    with answering(by_last) as (url, _asked):
        _, cursor = rounds(paged(url, **settings), {})
    with answering(feed) as (url, _asked):
        told = paged(url, **settings).poll(cursor, NOW)
        assert told.alarm == "peer.bad-answer" and "410" in told.summary["pages"]["held"] and "kept" not in told.cursor
        first = paged(url, **settings).poll(told.cursor, NOW)
        assert first.cursor["round"]["place"] == "1"


# ---------------------------------------------------------------- who asks, and how often


def proven(check: Callable[[str, dict[str, str], dict[str, str], bytes], bool]) -> Answerer:
    def answer(path, query, headers, body):
        return said({"rows": ROWS}) if check(path, query, headers, body) else (401, {}, b"")

    return answer


def test_requests_are_signed_in_a_vendor_s_form_with_hmac_in_headers():
    def check(path, _query, headers, body):
        text = "\n".join(["POST", path, headers["x-time"], headers["x-nonce"], hashlib.sha256(body).hexdigest()])
        good = hmac.new(b"the-secret", text.encode(), "sha256").hexdigest()
        return headers["x-sign"] == good and headers["x-key"] == "hub" and headers["x-time"] == str(1772445600000)

    with answering(proven(check)) as (url, _asked):
        signed = {
            "sign_key": "hub",
            "sign_parts": ["method", "path", "time", "nonce", "body_sha256"],
            "sign_joint": "\n",
            "sign_clock": "milliseconds",
            "sign_names": {"key": "X-Key", "time": "X-Time", "nonce": "X-Nonce", "signature": "X-Sign"},
        }
        post = {"method": "POST", "send": "json", "parameters": {"/page/no": 1, "all": True}}
        good = paged(url, **signed, **post, sign_secret=SecretStr("the-secret"))
        assert len(bodies(rounds(good, {})[0])) == 1
        with pytest.raises(RejectedError):
            paged(url, **signed, **post, sign_secret=SecretStr("another")).poll({}, NOW)


def test_requests_are_signed_as_sorted_parameters_in_a_plain_hash():
    def check(_path, query, _headers, _body):
        given = query.pop("sign")
        text = "".join(f"{name}{value}" for name, value in sorted(query.items()))
        return given == hashlib.md5(f"s3cret{text}s3cret".encode()).hexdigest().upper() and query["dept"] == "机房 A"

    with answering(proven(check)) as (url, asked):
        signed = {
            "sign_key": "hub",
            "sign_secret": SecretStr("s3cret"),
            "sign_parts": ["secret", "sorted_bare", "secret"],
            "sign_keyed": False,
            "sign_hash": "md5",
            "sign_written": "HEX",
            "sign_place": "query",
            "sign_names": {"key": "app_key", "time": "timestamp", "signature": "sign"},
        }
        assert len(bodies(rounds(paged(url, **signed, query={"dept": "机房 A"}), {})[0])) == 1
        assert "机房 A" in unquote(asked[0].replace("+", " "))


def test_a_token_may_stand_in_the_url_and_is_put_into_a_next_url_anew():
    def answer(_path, query, _headers, _body):
        if query.get("access_token") != "a-token":
            return 403, {}, b""
        at = int(query.get("at", 0))
        return said({"rows": ROWS[at : at + 3], "next": "/list?access_token=old&at=3" if not at else None})

    with answering(answer) as (url, asked):
        token = {"token": SecretStr("a-token"), "token_parameter": "access_token"}
        pages, _ = rounds(paged(url, pages="next_url", next_at="/next", **token), {})
        assert len(ids(pages)) == 5 and asked[1].count("access_token") == 1


@pytest.mark.parametrize(
    ("settings", "header"),
    [
        ({"token": SecretStr("t")}, ("authorization", "Bearer t")),
        ({"token": SecretStr("t"), "token_header": "X-Api-Key"}, ("x-api-key", "t")),
        ({"user": "u", "password": SecretStr("p")}, ("authorization", "Basic dTpw")),
    ],
)
def test_a_token_or_password_proves_it(settings, header):
    with answering(proven(lambda _p, _q, headers, _b: headers.get(header[0]) == header[1])) as (url, _asked):
        assert len(bodies(rounds(paged(url, **settings), {})[0])) == 1


def test_client_credentials_give_a_token_that_is_renewed_when_refused():
    given = []

    def answer(path, _query, headers, _body):
        if path == "/oauth":
            given.append(f"given-{len(given)}")
            return said({"access_token": given[-1], "expires_in": 3600})
        good = headers["authorization"] == f"Bearer {given[-1]}" and len(given) > 1
        return said({"rows": ROWS}) if good else (401, {}, b"")

    with answering(answer) as (url, _asked):
        oauth = {"oauth_url": f"{url}/oauth", "oauth_client_id": "hub", "oauth_client_secret": SecretStr("s")}
        assert len(bodies(rounds(paged(url, **oauth), {})[0])) == 1 and len(given) == 2


def test_digest_answers_a_challenge_of_several_headers():
    def answer(_path, _query, headers, _body):
        if "sha-256" in headers.get("authorization", "").lower():
            return said({"rows": ROWS}, etag='"d"') if "if-none-match" not in headers else (304, {}, b"")
        rest = 'realm="cloud", qop="auth", nonce="n1"'
        return 401, {"www-authenticate": f"Digest {rest}, algorithm=SHA-256\nDigest {rest}, algorithm=MD5"}, b""

    with answering(answer) as (url, _asked):
        asked = paged(url, user="hub", password=SecretStr("p"), digest=True)
        pages, cursor = rounds(asked, {})
        assert len(bodies(pages)) == 1 and rounds(asked, cursor)[1] == cursor


def test_the_pace_is_kept_and_a_poll_that_comes_too_early_asks_nothing():
    with answering(by_page) as (url, asked):
        slow = paged(url, pages="page", page_parameter="page", requests_per_minute=2)
        first = slow.poll({}, NOW)
        assert first.again_in is not None and 29 < first.again_in <= 30
        early = slow.poll(first.cursor, NOW)
        assert (early.transmissions, early.cursor, len(asked)) == ((), first.cursor, 1)
        assert early.again_in is not None and early.again_in > 29


def test_the_pace_is_even_whatever_a_page_takes():
    clock = [100.0]
    pace = Pace(60, lambda: clock[0])
    assert pace.left() == 0
    pace.asked()
    pace.asked()
    assert pace.left() == 2
    clock[0] += 10
    assert pace.left() == 0
    pace.asked()
    assert pace.left() == 1


# ---------------------------------------------------------------- settings

WRONG = [
    {"path": "/x?a=1"},
    {"path": "x"},
    {"token_parameter": "t"},
    {"send": "json"},
    {"answer": "text", "items": "/rows"},
    {"busy_is": ["1"]},
    {"pages": "page"},
    {"pages": "page", "page_parameter": "n"},
    {"pages": "cursor", "page_parameter": "n"},
    {"pages": "next_url"},
    {"pages": "link", "keep_cursor": True},
    {"pages": "link", "total_at": "/t", "items": "/rows"},
    {"pages_at": "/p"},
    {"more_at": "/m"},
    {"since_parameter": "s"},
    {"start": "2026-01-01"},
    {"until_parameter": "u"},
    {"since_parameter": "s", "start": "2026-01-01"},
    {"since_parameter": "s", "start": "2026-01-01T00:00:00Z", "window_seconds": 3600},
    {"since_parameter": "s", "until_parameter": "u", "start": "2026-01-01T00:00:00Z", "window_seconds": 300},
    {"token": SecretStr("t"), "user": "u", "password": SecretStr("p")},
    {"user": "u"},
    {"digest": True},
    {"oauth_url": "https://c.example"},
    {"login_url": "https://c.example"},
    {"token": SecretStr("t"), "token_header": "X", "token_parameter": "y"},
    {"sign_secret": SecretStr("s")},
    {
        "sign_secret": SecretStr("s"),
        "sign_parts": ["sorted"],
        "sign_keyed": False,
        "sign_names": {"signature": "sign"},
    },
    {"success_at": "code"},
    {"zone": "Mars/North"},
    {"unknown": 1},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_settings_that_do_not_fit_are_refused(wrong):
    with pytest.raises(ValidationError):
        Settings.model_validate({"base_url": "https://c.example", "path": "/list", **wrong})


@pytest.mark.parametrize("url", ["ftp://c.example", "http://c.example/x", "https://", "https://127.0.0.1/x"])
def test_an_address_that_it_would_never_connect_to_is_refused_at_once(url):
    with pytest.raises(LicetError) as refused:
        source({"base_url": url})
    assert refused.value.code == "config.invalid"
