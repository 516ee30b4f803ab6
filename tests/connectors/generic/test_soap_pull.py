"""A system that nobody wrote an adapter for is asked over SOAP by settings alone, and does things wrong."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from lxml import etree
from pydantic import ValidationError

from connectors.generic.soap_pull import SPEC, Settings
from connectors.port import Page
from connectors.rounds.source import Rounds
from connectors.simulators.soap.attendance import SHANGHAI, Attendance, Record
from connectors.simulators.soap.proving import named_by, signed_by
from connectors.simulators.soap.service import Service, serving
from schemas.errors import LicetError, RejectedError, UnavailableError
from tests.connectors.soap.peers import AT, NOW, asking_attendance, certificate, key, pem, private

_Q = "{urn:qinglan:attendance:2}"


@contextmanager
def asked(service: Service, **more: Any) -> Iterator[Rounds]:
    made: Rounds = SPEC.build("soap", Settings.model_validate(asking_attendance(service.url, **more)))
    try:
        yield made
    finally:
        made.close()


def rounds(source: Rounds, cursor: Any = None, minutes: int = 0) -> tuple[list[Page], Any]:
    """All pages of a round, and the cursor that it leaves."""
    pages, cursor = [], cursor or {}
    while True:
        pages.append(source.poll(cursor, NOW + timedelta(minutes=minutes)))
        cursor = json.loads(json.dumps(pages[-1].cursor))
        if pages[-1].again_in is None:
            return pages, cursor


def told(pages: list[Page]) -> list[str]:
    """The numbers of all records that were brought."""
    bodies = [etree.fromstring(each.body) for page in pages for each in page.transmissions]
    return [str(each.get("id")) for body in bodies for each in body.iter(f"{_Q}record")]


@pytest.fixture
def system() -> Attendance:
    made = Attendance()
    start = NOW.astimezone(SHANGHAI).replace(hour=8)
    made.records = [Record(9007199254740993 + n, f"E{n}", start + timedelta(minutes=n)) for n in range(8)]
    return made


@pytest.fixture
def service(system: Attendance) -> Iterator[Service]:
    with serving(system.service()) as started:
        yield started


@pytest.mark.parametrize("port", ["Soap11", "Soap12"])
def test_all_pages_of_a_window_come_and_then_what_is_new(system, service, port):
    with asked(service, port=port) as source:
        pages, cursor = rounds(source)
        assert told(pages) == [str(each.id) for each in system.records] and len(service.asked) == 3
        assert rounds(source, cursor, 1)[0][-1].transmissions == ()
        system.records.append(Record(1, "E9", NOW.astimezone(SHANGHAI)))
        assert told(rounds(source, cursor, 2)[0]) == ["1"]
    first = service.asked[0].envelope.find(f".//{_Q}QueryRecords")
    assert first.findtext(f"{_Q}query/{_Q}from") == "2026-03-01T00:00:00+08:00"
    assert first.findtext(f"{_Q}query/{_Q}unit") == "A" and first.findtext(f"{_Q}pageSize") == "3"


def test_a_long_time_is_cut_into_windows(system, service):
    with asked(service, start="2025-12-20", complete=True) as source:
        cursor, seen = {}, []
        for _ in range(20):
            page = source.poll(cursor, NOW)
            cursor = page.cursor
            seen.append(page)
            if page.again_in is None:
                break
        assert told(seen) == [str(each.id) for each in system.records]
        assert seen[-1].complete_until == NOW - timedelta(seconds=600) and seen[0].complete_until is None


@pytest.mark.parametrize("nothing", ["list", "fault"])
def test_where_there_is_nothing_the_window_moves(system, service, nothing):
    system.records, system.nothing = [], nothing
    with asked(service) as source:
        pages, cursor = rounds(source)
    assert [each.transmissions for each in pages] == [()] and cursor["until"] == NOW.isoformat()


def test_a_fault_that_nobody_explained_is_a_failure_and_moves_nothing(system, service):
    system.records, system.nothing = [], "fault"
    with asked(service, faults={}) as source, pytest.raises(UnavailableError, match="NoRecords") as failed:
        source.poll({}, NOW)
    assert failed.value.code == "soap.fault"


WRONG = {
    "fault:Server:broken": (UnavailableError, "soap.fault"),
    "fault:Client:no such unit": (RejectedError, "soap.fault"),
    "fault:Client.Authentication:who": (RejectedError, "soap.fault"),
    "fault:MustUnderstand:odd": (RejectedError, "soap.fault"),
    "fault:Server:later:TooOften": (UnavailableError, "peer.throttled"),
    "fault:Client:log in:SessionExpired": (RejectedError, "peer.auth"),
    "fault:Client:x:FailedAuthentication": (RejectedError, "peer.auth"),
    "401": (RejectedError, "peer.auth"),
    "403": (RejectedError, "peer.auth"),
    "404": (RejectedError, "peer.missing"),
    "302": (RejectedError, "peer.bad-answer"),
    "429": (UnavailableError, "peer.throttled"),
    "500": (UnavailableError, "peer.unreachable"),
    "502": (UnavailableError, "peer.unreachable"),
    "html": (UnavailableError, "soap.envelope"),
    "rest": (UnavailableError, "peer.bad-answer"),
    "nothing": (UnavailableError, "peer.bad-answer"),
    "cut": (UnavailableError, "peer.bad-answer"),
    "dtd": (UnavailableError, "peer.bad-answer"),
    "other_answer": (UnavailableError, "peer.bad-answer"),
    "two_answers": (UnavailableError, "peer.bad-answer"),
    "empty_body": (UnavailableError, "peer.bad-answer"),
    "two_bodies": (UnavailableError, "soap.envelope"),
    "must_understand": (UnavailableError, "soap.must-understand"),
    "mtom": (UnavailableError, "soap.attachment"),
    "xop": (UnavailableError, "soap.attachment"),
}


@pytest.mark.parametrize("port", ["Soap11", "Soap12"])
@pytest.mark.parametrize(("wrong", "expected"), WRONG.items())
def test_what_it_does_wrong_is_told_by_its_code_and_asked_for_again(system, service, port, wrong, expected):
    kind, code = expected
    with asked(service, port=port) as source:
        service.wrong = [wrong]
        with pytest.raises(LicetError) as failed:
            source.poll({}, NOW)
        assert (type(failed.value), failed.value.code) == (kind, code), failed.value.message
        assert told(rounds(source)[0]) == [str(each.id) for each in system.records]


def test_a_system_that_is_busy_is_left_alone_for_as_long_as_it_says(service):
    service.wrong = ["429"]
    with asked(service) as source, pytest.raises(UnavailableError) as failed:
        source.poll({}, NOW)
    assert failed.value.retry_after == 7


def test_a_word_of_its_own_within_a_good_answer_is_minded(system, service):
    system.busy = True
    with asked(service) as source, pytest.raises(UnavailableError, match="忙") as failed:
        source.poll({}, NOW)
    assert failed.value.code == "peer.throttled"


def test_an_answer_that_takes_too_long_is_not_waited_for(service):
    service.wrong = ["held"]
    with asked(service, deadline_seconds=0.3) as source, pytest.raises(UnavailableError) as failed:
        source.poll({}, NOW)
    assert failed.value.code == "peer.timeout"


def test_an_answer_that_is_too_long_is_not_read(system, service):
    system.records = [Record(n, "E" * 200, NOW) for n in range(100)]
    with asked(service, page_size=100, most_bytes=1024) as source, pytest.raises(UnavailableError):
        source.poll({}, NOW)


def test_a_text_within_an_answer_is_read_as_what_it_is(system, service):
    more = {
        "operation": "report",
        "parameters": {"unit": "A"},
        "since_parameter": "since",
        "until_parameter": "",
        "window_seconds": None,
        "pages": "none",
        "page_parameter": "",
        "size_parameter": "",
        "total_at": None,
        "text_at": "/reportResponse/return",
        "items": "/data/list",
        "success_at": "/code",
    }
    with asked(service, **more) as source:
        [page] = rounds(source)[0]
    [brought] = page.transmissions
    assert brought.media_type == "application/json" and len(json.loads(brought.body)["data"]["list"]) == 8
    with asked(service, **{**more, "text_at": "/reportResponse/answer"}) as source, pytest.raises(UnavailableError):
        source.poll({}, NOW)


# ---------------------------------------------------------------- how requests are proven


def test_a_request_is_signed_over_body_and_timestamp(service, tmp_path):
    ours = tmp_path / "hub.pem"
    ours.write_bytes(pem(certificate(key())))
    service.admits = partial(signed_by, certificate=certificate(key()), at=NOW)
    with asked(service, sign_certificate=str(ours), sign_key=private(key())) as source:
        assert rounds(source)[0][0].transmissions
    names = [etree.QName(each).localname for each in service.asked[0].envelope[0][0]]
    assert names == ["Timestamp", "BinarySecurityToken", "Signature"], "what a strict layout wants"
    with asked(service) as source, pytest.raises(RejectedError) as refused:
        source.poll({}, NOW)
    assert refused.value.code == "peer.auth"


def test_a_user_shows_a_digest_that_is_good_once(service):
    service.admits = partial(named_by, user="hub", password="secret-of-the-hub", at=NOW, seen=set())
    with asked(service, wss_user="hub", wss_password="secret-of-the-hub") as source:
        assert len(rounds(source)[0]) == 3, "each request has a nonce of its own"
        assert b"secret-of-the-hub" not in etree.tostring(service.asked[0].envelope)
    with asked(service, wss_user="hub", wss_password="another") as source, pytest.raises(RejectedError) as refused:
        source.poll({}, NOW)
    assert refused.value.code == "peer.auth"


def test_instants_are_written_as_they_are_whatever_zone_the_clock_has(service, tmp_path):
    ours = tmp_path / "hub.pem"
    ours.write_bytes(pem(certificate(key())))
    proofs = {"sign_certificate": str(ours), "sign_key": private(key()), "wss_user": "hub", "wss_password": "secret"}
    with asked(service, **proofs) as source:
        source.poll({}, NOW.astimezone(SHANGHAI))
    created = [each.text for each in service.asked[0].envelope.iter("{*}Created")]
    assert [datetime.fromisoformat(each) for each in created] == [NOW, NOW]


def test_a_password_goes_as_it_is_only_where_that_is_said(service):
    with asked(service, wss_user="hub", wss_password="secret-of-the-hub", wss_digest=False) as source:
        source.poll({}, NOW)
    assert b">secret-of-the-hub<" in etree.tostring(service.asked[0].envelope)


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"pages": "link", "total_at": None}, "a page has no address"),
        ({"wss_user": "hub"}, "wss_user and wss_password together"),
        ({"sign_certificate": "a.pem"}, "sign_certificate and sign_key together"),
        ({"pinned": {}}, "pinned"),
        ({"pinned": {"a.wsdl": "abc"}}, "pinned"),
        ({"operation": ""}, "operation"),
        ({"path": "ws?x"}, "path"),
    ],
)
def test_settings_that_do_not_fit_are_refused(more, says):
    with pytest.raises(ValidationError, match=says):
        Settings.model_validate(asking_attendance("http://127.0.0.1", **more))


def test_what_the_wsdl_does_not_take_is_told_before_anybody_is_asked(service):
    for wrong in ({"parameters": {"/query/unot": "A"}}, {"page_parameter": "pageNumber"}, {"size_parameter": ""}):
        with pytest.raises(LicetError, match="cannot be asked with"), asked(service, **wrong):
            pass
    assert not service.asked and AT
