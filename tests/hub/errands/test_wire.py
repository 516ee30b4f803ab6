"""Whatever crosses a port comes back from the store as it was; nothing else can be made of what stands there."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from connectors.port import (
    Address,
    Change,
    Fact,
    Leased,
    Link,
    Message,
    Observation,
    Page,
    Queued,
    Receipt,
    Registration,
    Reply,
    Request,
    Trained,
)
from hub.errands.wire import FailedElsewhereError, dump, failure, load, told_failure
from schemas.errors import LicetError, PayloadError, RejectedError, TrustError, UnavailableError, UnknownOutcomeError
from schemas.transmission import NOTHING, Transmission
from schemas.words import Words

NOW = datetime(2026, 3, 2, 1, 30, 0, 123456, tzinfo=UTC)
VALUES = [
    None,
    [True, 1, 1.5, "人", b"\xff\x00", Decimal("0.10"), timedelta(seconds=3), date(2026, 3, 2), NOW],
    {"!": "Change", "is": {}},
    {("room", "E1"): frozenset({"a"}), 7: {1}},
    Change("E1", "room", "absent", "key"),
    Observation({"room": "present"}, {"room": {"etag": "1"}}, {"room": "why"}, {"room": frozenset({"a"})}, gone=True),
    Observation({"room": "present"}, ending=frozenset({"room"})),
    Leased(frozenset({"a", "b"}), frozenset({"b"})),
    Queued("SN-1", ("a", "b")),
    Message("主题", "text", (Link("here", "https://x"),)),
    Address("mail", "a@example.cn"),
    Receipt("1", "taken"),
    Fact("patch", "true"),
    Request("POST", "/in/a", {"q": "人"}, {"x": "1"}, b"\x00", "https://h/in/a?q", NOW, "10.0.0.1"),
    Reply(202, b"{}", "application/json", {"location": "/x"}),
    Registration("1", 2, "registered", "l1", "exam", "t", "licence", "post", NOW),
    Trained("1", 2, "l1", "c", ("课", "course"), date(2026, 1, 1), date(2026, 12, 31), 1, 2, 3, 4, NOW),
    Page(
        (Transmission("lms", NOW, "application/json", b"\x00{}", "id", context={"a": "b"}),),
        {"page": [1, {"x": None}]},
        NOW,
        {"people": {"added": ["E1"], "held": Words("held", "暂缓")}},
        again_in=0.5,
    ),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_comes_back_as_it_was(value):
    again = load(dump(value))
    assert again == value and type(again) is type(value)


def test_words_keep_both_languages_and_what_nobody_may_change_is_a_mapping_again():
    assert f"{load(dump(Words('away', '离线'))).zh}" == "离线"
    assert load(dump(Transmission("lms", NOW, "text/plain", b"").context)) == dict(NOTHING)


def test_what_crosses_no_port_is_refused():
    with pytest.raises(TypeError, match="object crosses no port"):
        dump([object()])
    with pytest.raises(KeyError):
        load(b'{"!":"Popen","is":{}}')


@pytest.mark.parametrize(
    "error",
    [
        UnavailableError("peer.away", Words("away", "离线"), retry_after=3.5),
        UnknownOutcomeError("lost"),
        RejectedError("sink.no-person", "nobody"),
        TrustError("sig.bad", "no"),
        PayloadError("json.syntax", "not JSON", "/a"),
        LicetError("config.invalid", "x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_failure_is_raised_where_it_was_asked_for(error):
    again = failure(load(dump(told_failure(error))))
    assert type(again) is type(error) and (again.code, again.message) == (error.code, error.message)
    assert getattr(again, "retry_after", None) == getattr(error, "retry_after", None)
    assert getattr(again, "where", None) == getattr(error, "where", None)


def test_of_a_bug_no_more_than_its_class_is_told():
    again = failure(load(dump(told_failure(KeyError("E1")))))
    assert type(again) is FailedElsewhereError and str(again) == "KeyError"
