"""Every call to another system is on record: who was asked what, how that went, how long it took; never of whom."""

import json
import sqlite3
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from connectors.http import HttpClient
from connectors.port import Change, Observation, Page, Receipt
from hub.audit.recorded import Recorded
from hub.called import CalledDoor, CalledMessenger, CalledSource
from schemas.errors import LicetError, RejectedError, UnavailableError, UnknownOutcomeError
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened

FAILURES = [
    (UnavailableError("peer.unreachable", "away"), "failed", "peer.unreachable", None),
    (UnknownOutcomeError("cut off"), "unknown", "peer.unknown-outcome", None),
    (RejectedError("sink.no-person", "Zhang San is not known"), "rejected", "sink.no-person", None),
    (OverflowError("Zhang San"), "failed", None, "OverflowError"),
]
NOTICE = "0190c4f0-3d1a-7abc-8def-0123456789ab"


class Other:
    """Another system that answers, or fails as it is told, after some time."""

    def __init__(self, clock, error=None):
        self.clock = clock
        self.error = error

    def answer(self, *_arguments, **_named):
        self.clock.seconds += 0.25
        if self.error is not None:
            raise self.error
        return self.answers

    probe = resolve = observe = members = apply = poll = send = answer
    answers: object = "applied"


@pytest.fixture
def hub(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        yield parts, clock


def door_of(other, parts):
    return CalledDoor(other, Recorded("iam", other, parts.calls))


def calls(parts):
    parts.call_record.turn()
    with parts.database.reading() as store:
        rows = store.connection.execute("SELECT body FROM entries WHERE kind = 'call' ORDER BY seq").fetchall()
    return [json.loads(body) for (body,) in rows]


def test_a_write_a_poll_a_mail_and_a_probe_have_an_entry_each(hub):
    parts, clock = hub
    other = Other(clock)
    door = door_of(other, parts)
    assert door.apply(Change("Zhang San", "room", "absent", "key"), fence=7) == "applied"
    door.probe()
    CalledSource(Recorded("roster", other, parts.calls)).poll({"file": "Zhang San.csv"}, NOW)
    CalledMessenger(Recorded("mail", other, parts.calls)).send(
        "Dear Zhang San", to=("mail", "zhang@x"), key=f"licet-{NOTICE}"
    )
    applied, probed, polled, sent = calls(parts)
    assert (applied["operation"], applied["outcome"], applied["latency_ms"]) == ("apply", "answered", 250)
    assert (applied["target"], applied["wanted"], applied["epoch"]) == ("room", "absent", 7)
    assert (probed["operation"], polled["operation"], polled["connector"]) == ("probe", "poll", "roster")
    assert (sent["operation"], sent["notice"]) == ("send", NOTICE)
    assert "Zhang" not in json.dumps(calls(parts))


@pytest.mark.parametrize(("error", "outcome", "code", "name"), FAILURES)
def test_a_call_that_fails_is_on_record_with_its_code_and_fails_as_it_did(hub, error, outcome, code, name):
    parts, clock = hub
    foreseen = isinstance(error, LicetError)
    with pytest.raises(type(error) if foreseen else UnknownOutcomeError):
        door_of(Other(clock, error), parts).apply(Change("x", "room", "absent", "key"), fence=7)
    [entry] = calls(parts)
    assert (entry["outcome"], entry.get("code"), entry.get("error")) == (outcome, code, name)


def test_a_look_that_fails_as_nobody_foresaw_is_an_answer_that_cannot_be_understood(hub):
    parts, clock = hub
    odd = Other(clock, OverflowError("Python int too large to convert to C long"))
    for look in (door_of(odd, parts).probe, lambda: door_of(odd, parts).members("room")):
        with pytest.raises(UnavailableError) as failed:
            look()
        assert failed.value.code == "peer.bad-answer"


def test_a_list_without_an_end_is_not_read_for_ever(hub):
    """Each page comes at once and names another: no answer is late, and yet nobody else's turn would come."""
    parts, _clock = hub

    class Endless(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Endless) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        http = HttpClient(f"http://127.0.0.1:{server.server_port}", allow_private=True)

        class Pages:
            def members(self, target):
                while True:
                    http.call("GET", f"/{target}", deadline_s=5, write=False)

        with pytest.raises(UnavailableError) as ended:
            Recorded("iam", Pages(), parts.calls, lambda _call: 0.2)("members", "room")
        http.close()
        server.shutdown()
    assert ended.value.code == "peer.timeout"
    [entry] = calls(parts)
    assert (entry["operation"], entry["outcome"], entry["code"]) == ("members", "failed", "peer.timeout")


def test_looks_are_counted_and_told_of_together_by_outcome(hub):
    parts, clock = hub
    good, bad = Other(clock), Other(clock, RejectedError("sink.no-person", "nobody"))
    for _ in range(3):
        door_of(good, parts).resolve("E1")
    with pytest.raises(RejectedError):
        door_of(bad, parts).resolve("E2")
    door_of(good, parts).members("room")
    door_of(good, parts).observe("E1", ["room"])
    told = [(each["operation"], each["count"], each["outcome"], each["latency_ms"]) for each in calls(parts)]
    assert told == [
        ("resolve", 3, "answered", 750),
        ("resolve", 1, "rejected", 250),
        ("members", 1, "answered", 250),
        ("observe", 1, "answered", 250),
    ]
    assert [each.get("target") for each in calls(parts)] == [None, None, "room", None], "and nothing is told of twice"


def test_calls_wait_while_the_store_is_away_and_a_command_enters_them_at_its_end(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        door_of(Other(clock), parts).probe()
        waiting = parts.calls.take()
        parts.calls.put(waiting)
        assert [each.question.operation for each in waiting] == ["probe"]
        assert parts.writer.alive
    with closing(sqlite3.connect(tmp_path / "hub" / "data" / "licet.db")) as store:
        assert store.execute("SELECT count(*) FROM entries WHERE kind = 'call'").fetchone() == (1,)


def test_what_the_other_side_answers_is_handed_on(hub):
    parts, clock = hub
    for answer, port in (
        (Observation({}), lambda other: door_of(other, parts).observe("x", ["y"])),
        (Page((), {}), lambda other: CalledSource(Recorded("a", other, parts.calls)).poll({}, NOW)),
        (Receipt("1"), lambda other: CalledMessenger(Recorded("a", other, parts.calls)).send("m", to="t", key=NOTICE)),
    ):
        other = Other(clock)
        other.answers = answer
        assert port(other) is answer
