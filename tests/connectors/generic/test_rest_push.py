"""An exam centre that nobody wrote an adapter for is told who may sit what, by a document and settings alone."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

import pytest
from pydantic import ValidationError

from connectors.generic.rest_push import SPEC, RestPush, Settings, require_forms
from connectors.port import Registration
from hub.config.instances import Instance
from mappings import load
from schemas.errors import RejectedError, SettingError, UnavailableError, UnknownOutcomeError
from tests.connectors.generic.answering import system
from tests.hub.decision.test_law import NOW, opened, send, voided
from tests.hub.doors import LiveClock, enforced, until
from tests.hub.exams.test_desk import COMPLETED, TRAINED, rows, told, turning

VENDORS = Path("tests/mappings/vendors")
DOCUMENT = load("door/exams", VENDORS)
WORD = Registration(
    id="r-1",
    sequence=3,
    wanted="registered",
    learner="E1",
    kind="exam",
    topic="dc-formal",
    credential="dc-ops",
    position="dc-operations",
    since=datetime(2026, 4, 2, 9, 0, 5, tzinfo=UTC),
)
CENTRE = {
    "exams": {"dc-formal": "1002"},
    "admit": {"path": "/exam/candidates/add", "body": "candidate"},
    "withdraw": {"method": "DELETE", "path": "/exam/{target}/candidates/{person}"},
}


def settings(url="http://127.0.0.1:9", **more):
    return Settings.model_validate({"base_url": url, "allow_private_address": True, **CENTRE, **more})


def push(url, **more):
    return RestPush("exams", settings(url, deadline_seconds=0.5, **more), lambda: DOCUMENT)


def test_the_centre_reads_who_may_sit_what_since_when_in_its_own_words():
    with system((200, {"errcode": 0}), (200, {"errcode": 0})) as there:
        receipt = push(there.url).send(WORD)
        assert receipt.detail == "done 0"
        method, path, body = there.asked[0]
        assert (method, path, there.headers["idempotency-key"]) == ("POST", "/exam/candidates/add", "r-1/3")
        assert json.loads(body) == {
            "source": "LICET",
            "examId": 1002,
            "candidates": [{"jobNo": "E1"}],
            "applyTime": "2026-04-02 17:00:05",
        }
        push(there.url).send(replace(WORD, wanted="withdrawn", learner="王/伟"))
        assert there.asked[1] == ("DELETE", "/exam/1002/candidates/%E7%8E%8B%2F%E4%BC%9F", b"")


@pytest.mark.parametrize(
    ("wanted", "code", "failure"),
    [
        ("registered", 40003, None),
        ("withdrawn", 40004, None),
        ("withdrawn", 40005, None),
        ("registered", 40004, RejectedError),
        ("registered", 40005, UnavailableError),
        ("registered", 45009, UnavailableError),
        ("registered", 42001, RejectedError),
        ("registered", 50000, UnknownOutcomeError),
        ("registered", 99999, RejectedError),
    ],
)
def test_a_200_is_no_yes(wanted, code, failure):
    with system((200, {"errcode": code, "errmsg": "王伟"})) as there:
        registrar, word = push(there.url), replace(WORD, wanted=wanted)
        if failure is None:
            assert str(code) in registrar.send(word).detail
            return
        with pytest.raises(failure) as refused:
            registrar.send(word)
        assert "王伟" not in refused.value.message


@pytest.mark.parametrize("answer", [(200, b"<html>log in</html>"), (200, {}), (200, {"errmsg": "ok"})])
def test_what_is_no_answer_of_the_centre_may_have_been_taken(answer):
    with system(answer) as there, pytest.raises(UnknownOutcomeError):
        push(there.url).send(WORD)


def test_a_learning_system_reads_who_has_to_take_what_for_which_post_and_who_no_longer_has():
    learning = {
        "admit": None,
        "withdraw": None,
        "exams": {},
        "enrol": {"path": "/course/learners/add", "body": "learner"},
        "unenrol": {"method": "DELETE", "path": "/course/{target}/learners/{person}"},
        "courses": {"dc-safety": "C-101"},
    }
    course = replace(WORD, kind="course", topic="dc-safety", credential="")
    with system((200, {"errcode": 40003}), (200, {"errcode": 40004}), (200, {"errcode": 40005})) as there:
        lms = push(there.url, **learning)
        assert lms.takes("course", "dc-safety") and not lms.takes("course", "another")
        assert not lms.takes("exam", "dc-formal"), "it holds none"
        assert lms.send(course).detail == "already 40003"
        method, path, body = there.asked[0]
        assert (method, path, there.headers["idempotency-key"]) == ("POST", "/course/learners/add", "r-1/3")
        assert json.loads(body) == {
            "source": "LICET",
            "courseId": "C-101",
            "learners": [{"jobNo": "E1"}],
            "post": "dc-operations",
        }
        assert lms.send(replace(course, wanted="withdrawn")).detail == "not_there 40004"
        assert there.asked[1] == ("DELETE", "/course/C-101/learners/E1", b"")
        with pytest.raises(UnavailableError):
            lms.send(course)
    require_forms(settings(**learning), DOCUMENT)
    with pytest.raises(SettingError) as refused:
        require_forms(settings(**{**learning, "enrol": {"path": "/x", "body": "learners"}}), DOCUMENT)
    assert refused.value.setting == "enrol.body"


def test_it_holds_the_exams_that_are_listed_or_all():
    assert push("http://127.0.0.1:9").takes("exam", "dc-formal") and not push("http://127.0.0.1:9").takes(
        "exam", "other"
    )
    assert push("http://127.0.0.1:9", exams={}).takes("exam", "other")


@pytest.mark.parametrize(
    "wrong",
    [
        {"admit": {"path": "/x/{subject}"}},
        {"withdraw": {"path": "/x", "method": "GET"}},
        {"admit": {}},
        {"admit": None},
        {"admit": None, "withdraw": None},
        {"enrol": {"path": "/x"}, "courses": {"a": "1"}},
        {"enrol": {"path": "/x"}, "unenrol": {"path": "/x"}},
        {"courses": {"a": "1"}},
    ],
)
def test_settings_that_could_not_be_carried_out_are_refused(wrong):
    with pytest.raises(ValidationError):
        settings(**wrong)


def test_a_document_that_cannot_write_what_is_sent_is_refused():
    require_forms(settings(), DOCUMENT)
    with pytest.raises(SettingError) as refused:
        require_forms(settings(withdraw={"path": "/x", "body": "candidates"}), DOCUMENT)
    assert refused.value.setting == "withdraw.body"


@dataclass
class Centre:
    """The other side: who may sit which exam, and what it was told. ``busy`` so often first."""

    url: str = ""
    sitting: set[tuple[str, str]] = field(default_factory=set)
    keys: list[str] = field(default_factory=list)
    busy: int = 2
    lock: Lock = field(default_factory=Lock)

    def answer(self, method, path, body, key):
        with self.lock:
            self.keys.append(key)
            if self.busy:
                self.busy -= 1
                return {"errcode": 45009, "errmsg": "接口调用超过限制"}
            if method == "POST":
                place = str(body["examId"]), body["candidates"][0]["jobNo"]
                known, code = place in self.sitting, 40003
                self.sitting.add(place)
            else:
                place = path.split("/")[2], path.split("/")[4]
                known, code = place not in self.sitting, 40004
                self.sitting.discard(place)
            return {"errcode": code if known else 0, "errmsg": "重复操作" if known else "ok"}


@contextmanager
def centre() -> Iterator[Centre]:
    there = Centre()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format, *args):
            pass

        def serve(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            key = self.headers["idempotency-key"]
            said = there.answer(self.command, self.path, json.loads(body) if body else None, key)
            data = json.dumps(said, ensure_ascii=False).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_DELETE = serve

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    there.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield there
    finally:
        server.shutdown()
        server.server_close()


def test_who_meets_all_else_is_a_candidate_there_and_who_does_no_more_is_none(tmp_path):
    own = tmp_path / "hub" / "mappings" / "door"
    own.mkdir(parents=True)
    shutil.copyfile(VENDORS / "door" / "exams.json", own / "exams.json")
    clock = LiveClock(NOW)
    with centre() as there:
        made = settings(there.url, exams={"dc-ops-exam": "1002"})
        instance = Instance("exams", SPEC, made, "lms", timedelta(seconds=60), "door/exams")
        with opened(tmp_path / "hub", clock, instances={"exams": instance}) as parts:
            enforced(parts)
            for message in [*TRAINED, COMPLETED]:
                send(parts, message, clock)
            with turning(parts):
                until(lambda: rows(parts) == [("dc-ops-exam", "registered", "accepted")], "registered")
                assert there.sitting == {("1002", "lms-E1")} and told(parts) == ["exam_open"]
                clock.advance(timedelta(days=1))
                send(parts, voided("E1-2026-01-08-20:30-completed"), clock)
                until(lambda: rows(parts) == [("dc-ops-exam", "withdrawn", "accepted")], "withdrawn")
        assert there.sitting == set()
        first, second = sorted(set(there.keys))
        assert there.keys == [first, first, first, second], "busy twice, and one word is one key"
