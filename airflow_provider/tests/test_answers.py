"""What an answer says: which may be asked again, when, and what of it goes into a message."""

import json
import pickle
from datetime import UTC, datetime

import pytest
from airflow.providers.licet import answers
from airflow.providers.licet.answers import HubError

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
PROBLEM = {
    "code": "job.kind",
    "title": "no such kind",
    "where": "/kind",
    "detail": "found 'pull', expected one of: poll",
}


def refused(status: int, said: object, **headers: str) -> HubError:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    with pytest.raises(HubError) as caught:
        answers.read(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, NOW)
    return caught.value


@pytest.mark.parametrize(
    ("status", "again"),
    [
        (400, False), (401, False), (403, False), (404, False), (405, False), (408, True), (409, False), (410, False),
        (413, False), (421, False), (422, False), (425, True), (429, True), (500, True), (501, False), (502, True),
        (503, True), (504, True),
    ],
)  # fmt: skip
def test_what_may_be_asked_again_is_told_by_the_status(status, again):
    assert refused(status, PROBLEM).retryable is again
    assert refused(status, b"<html>no problem of the hub</html>").code == f"http.{status}"


@pytest.mark.parametrize("status", [200, 202, 204, 301, 302, 307, 399])
@pytest.mark.parametrize("said", [b"", b"<html>please log in</html>", b"\xff\xfe", b"null"])
def test_an_answer_of_somebody_else_is_none(status, said):
    found = refused(status, said)
    assert (found.code, found.retryable, found.status) == ("answer.unreadable", False, status)


def test_a_redirection_is_none_even_with_a_body_of_ours():
    assert refused(302, {"id": "x"}).code == "answer.unreadable"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0), ("0", 0.0), (" 12 ", 12.0), ("86400", 3600.0), ("", None), ("soon", None), ("-3", None),
        ("1.5", None), ("Sat, 28 Nov 2026 12:00:30 GMT", 30.0), ("Sat, 28 Nov 2026 11:00:00 GMT", 0.0),
        ("Sun, 29 Nov 2026 12:00:00 GMT", 3600.0), ("Sat, 28 Nov 2026 20:00:30 +0800", 30.0), ("٧", None),
    ],
)  # fmt: skip
def test_retry_after_says_seconds_or_an_instant_and_no_more_than_an_hour(text, seconds):
    assert answers.retry_after(text, NOW) == seconds
    assert refused(503, PROBLEM, retry_after=text).retry_after == seconds


def test_a_refusal_says_what_the_hub_found_and_expected_and_nothing_of_another_body():
    assert str(refused(422, PROBLEM)) == (
        "the hub answered 422: job.kind, no such kind, /kind, found 'pull', expected one of: poll"
    )
    for said in (
        b"password=hunter2",
        b'{"password": "hunter2"}',
        b'["hunter2"]',
        b'"hunter2"',
        b'{"code": {"hunter2": 1}}',
    ):
        assert str(refused(500, said)) == "the hub answered 500"
    assert len(str(refused(422, {**PROBLEM, "detail": "x" * 9000}))) < 500


def test_an_error_survives_the_way_from_one_process_to_another():
    found = refused(503, {"code": "job.full"}, retry_after="10")
    again = pickle.loads(pickle.dumps(found))
    assert vars(again) == vars(found) and str(again) == str(found)
    assert (again.code, again.status, again.retryable, again.retry_after) == ("job.full", 503, True, 10.0)


WHOLE = {"id": "0192", "state": "queued", "attempt": 1, "counts": {}, "error": None, "result": None, "key": "k"}


@pytest.mark.parametrize(
    "said", [[], "0192", {}, 3, *({k: v for k, v in WHOLE.items() if k != each} for each in WHOLE if each != "key")]
)
def test_what_is_no_job_is_refused(said):
    with pytest.raises(HubError, match="no job") as caught:
        answers.job(said)
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("state", "over"),
    [("queued", False), ("running", False), ("succeeded", True), ("failed", True), ("cancelled", True)],
)
def test_a_job_is_over_in_three_states(state, over):
    assert answers.job({**WHOLE, "state": state}).over is over


@pytest.mark.parametrize(
    ("error", "code", "again", "after"),
    [
        (
            {"code": "peer.throttled", "title": "asked too often", "retryable": True, "retry_after": 7},
            "peer.throttled",
            True,
            7.0,
        ),
        ({"code": "peer.away", "title": "away", "retryable": True, "retry_after": None}, "peer.away", True, None),
        (
            {"code": "ref.unknown-name", "title": "unknown", "retryable": False, "retry_after": None},
            "ref.unknown-name",
            False,
            None,
        ),
        (
            {"code": "peer.throttled", "title": "t", "retryable": True, "retry_after": 999999},
            "peer.throttled",
            True,
            3600.0,
        ),
        (None, "job.failed", False, None),
    ],
)
def test_a_job_that_failed_says_why_and_when_again(error, code, again, after):
    with pytest.raises(HubError) as caught:
        answers.job({**WHOLE, "state": "failed", "error": error}).refuse_failed()
    assert (caught.value.code, caught.value.retryable, caught.value.retry_after) == (code, again, after)


def test_a_job_that_a_person_cancelled_is_not_begun_again():
    with pytest.raises(HubError) as caught:
        answers.job({**WHOLE, "state": "cancelled"}).refuse_failed()
    assert (caught.value.code, caught.value.retryable) == ("job.cancelled", False)


@pytest.mark.parametrize(
    "said", [{}, [{}], [{"connector": "lms"}], [{"connector": "lms", "complete_until": "soon"}], 3, None]
)
def test_what_are_no_watermarks_is_refused(said):
    if said != {}:
        with pytest.raises(HubError, match="no watermarks"):
            answers.watermarks(said)
    assert answers.watermarks([{"connector": "lms", "complete_until": None}]) == {"lms": None}
