"""Whoever is not served hears why in the language that they ask for; bytes that are proven stay as they are."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.front.languages import InItsLanguage, in_language, language_of
from hub.front.problem import problem, problem_bytes
from schemas.errors import CODES, PayloadError
from schemas.words import Words

WHY = PayloadError("schema.missing", Words("found nothing", "未填写"), "/id")


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("ZH-Hans-CN", "zh"),
        ("en-GB, en;q=0.9, zh;q=0.8", "en"),
        ("de, zh;q=0.5, en;q=0.4", "zh"),
        ("zh;q=0", "en"),
        ("zh;q=x", "en"),
        ("zh;q=9, en", "en"),
        ("de", "en"),
        ("*", "en"),
        ("zhuang", "en"),
        (" , ;;q=, zh ; q=0.1", "zh"),
    ],
)
def test_the_language_is_the_one_that_is_preferred(asked, language):
    assert language_of(asked) == language


@given(st.text(alphabet="zhen-,;q=.0123456789* ", max_size=60))
def test_whatever_is_asked_has_an_answer(asked):
    assert language_of(asked) in ("zh", "en")


def answered(response, *fields):
    """What a request with some header fields is answered by an application: status, header, body."""
    sent = []

    async def app(scope, receive, send):
        await response(scope, receive, send)

    async def keep(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "headers": [*fields]}
    asyncio.run(InItsLanguage(app)(scope, None, keep))
    [start, body] = sent
    assert dict(start["headers"])[b"content-length"] == b"%d" % len(body["body"])
    return dict(start["headers"]), body["body"]


def test_a_problem_is_told_in_chinese_or_in_english():
    english, said = answered(problem(WHY))
    assert json.loads(said) == {
        "type": "urn:licet:error:schema.missing",
        "title": CODES["schema.missing"].en,
        "title_zh": CODES["schema.missing"].zh,
        "status": 422,
        "code": "schema.missing",
        "detail": "found nothing",
        "where": "/id",
    }
    assert (english[b"content-language"], english[b"vary"]) == (b"en", b"accept-language")
    chinese, said = answered(problem(WHY, {"retry-after": "1"}), (b"accept-language", b"zh-CN,en;q=0.5"))
    told = json.loads(said)
    assert (told["title"], told["detail"], told["code"]) == (CODES["schema.missing"].zh, "未填写", "schema.missing")
    assert (chinese[b"content-language"], chinese[b"retry-after"]) == (b"zh", b"1") and "detail_zh" not in told


def test_what_is_no_problem_or_is_proven_by_its_digest_stays(monkeypatch):
    plain = {b"content-type": b"application/json"}
    proven = {b"content-type": b"application/problem+json", b"content-digest": b"sha-256=:x:"}
    for fields in (plain, proven):

        async def response(_scope, _receive, send, fields=fields):
            given = [*fields.items(), (b"content-length", b"15")]
            await send({"type": "http.response.start", "status": 200, "headers": given})
            await send({"type": "http.response.body", "body": b'{"detail_zh":1}'})

        found, body = answered(response, (b"accept-language", b"zh"))
        assert body == b'{"detail_zh":1}' and b"content-language" not in found


def test_a_problem_without_words_of_its_own_stays_as_it_is():
    bare = {"type": "urn:licet:error:refused", "status": 401, "code": "refused"}
    assert in_language(bare, "zh") == in_language(bare, "en") == bare


def test_what_is_answered_before_a_request_is_read_is_english():
    head, _, body = problem_bytes("http.busy", Words("too many", "过多")).partition(b"\r\n\r\n")
    assert b"content-language: en" in head and json.loads(body)["detail"] == "too many" and b"detail_zh" not in body
