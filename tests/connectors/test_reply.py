"""What adapters answer alike."""

import json

import pytest

from connectors.reply import problem, problem_of, wait
from schemas.errors import PayloadError, RejectedError, UnavailableError


@pytest.mark.parametrize(("seconds", "said"), [(None, "1"), (0.0, "1"), (0.2, "1"), (2.0, "2"), (2.1, "3")])
def test_a_sender_is_never_told_to_come_again_too_early(seconds, said):
    assert wait(UnavailableError("store.busy", "busy", retry_after=seconds)) == {"retry-after": said}


def test_what_is_refused_for_good_has_no_instant_to_come_again():
    assert wait(RejectedError("peer.rejected", "no")) == {} == wait(OSError("no"))


def test_a_problem_has_the_status_it_names():
    reply = problem(problem_of(PayloadError("json.syntax", "found x, expected JSON", "/0")))
    assert (reply.status, reply.media_type) == (400, "application/problem+json")
    assert json.loads(reply.body)["where"] == "/0"


def test_a_bug_says_nothing_of_itself():
    assert json.loads(problem(problem_of(KeyError("secret"))).body) == {"status": 500, "code": "internal"}
