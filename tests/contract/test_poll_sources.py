"""What every poll source promises, asked with the files of each golden sample: in a folder, or served over HTTP."""

import copy
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mappings
from connectors.credential import badges, soap_authority
from connectors.generic import file_drop, rest_pull, soap_pull
from connectors.people import roster_csv
from connectors.port import Certificate, Inquiring, Page, PollSource, Spec
from mappings.cases import written
from schemas.errors import LicetError
from schemas.transmission import Fault, Ignored, Item
from tests import wire

NOW = wire.ARRIVAL
NOTHING_YET: Mapping[str, Any] = {}


Serving = Callable[[Path], AbstractContextManager[PollSource]]


@dataclass(frozen=True)
class Sample:
    """One golden sample: how its source is built over a copy of its files, and which file rubbish goes into."""

    name: str
    spec: Spec
    serve: Serving
    rubbish: str
    reads: str = ""

    def __str__(self) -> str:
        return self.name


@contextmanager
def _roster(folder: Path) -> Iterator[PollSource]:
    yield roster_csv.SPEC.build("here", roster_csv.Settings(folder=folder))


@contextmanager
def _dropped(folder: Path) -> Iterator[PollSource]:
    settings = {"folder": folder, "files": {"*.xml": ""}, "whole": "renamed", "zone": "Asia/Shanghai"}
    yield file_drop.SPEC.build("here", file_drop.Settings.model_validate(settings))


@contextmanager
def _handed_in(folder: Path) -> Iterator[PollSource]:
    settings = json.loads((folder / "settings.json").read_text("utf-8"))
    source = badges.SPEC.build("here", badges.Settings.model_validate({**settings, "folder": folder / "handed_in"}))
    try:
        yield source
    finally:
        source.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.do_GET()


@dataclass(frozen=True)
class AskedOfOne:
    """A source that must be told about which certificates it is to ask, told of one."""

    source: Inquiring

    def poll(self, cursor: Mapping[str, Any], now: datetime) -> Page:
        return self.source.inquire(cursor, [Certificate("r0", "licence", "L0")], now)


@contextmanager
def _pulled(folder: Path) -> Iterator[PollSource]:
    """A server of the folder's files, asked over REST, or over SOAP where there is a WSDL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        settings = json.loads((folder / "settings.json").read_text("utf-8"))
        settings["base_url"] = f"http://127.0.0.1:{server.server_address[1]}"
        soap = soap_authority.SPEC if "credentials" in settings else soap_pull.SPEC
        spec = soap if "wsdl" in settings else rest_pull.SPEC
        if "wsdl" in settings:
            settings["wsdl"] = str(folder / settings["wsdl"])
        source = spec.build("here", spec.settings.model_validate(settings))
        try:
            yield AskedOfOne(source) if isinstance(source, Inquiring) else source
        finally:
            source.close()
            server.shutdown()


SAMPLES = [
    *(Sample(name, roster_csv.SPEC, _roster, "people.csv") for name in wire.folders("people/roster_csv")),
    *(
        Sample(name, rest_pull.SPEC, _pulled, "answer.json", "attendance/time_cloud")
        for name in wire.folders("generic/rest_pull")
    ),
    *(
        Sample(name, soap_pull.SPEC, _pulled, "answer.xml", "attendance/soap_records")
        for name in wire.folders("generic/soap_pull")
    ),
    *(
        Sample(name, soap_authority.SPEC, _pulled, "answer.xml", "credential/soap_authority")
        for name in wire.folders("credential/soap_authority")
    ),
    *(Sample(name, badges.SPEC, _handed_in, "handed_in/licence.jwt") for name in wire.folders("credential/badges")),
    *(
        Sample(name, file_drop.SPEC, _dropped, "成绩 2026-03-02.XML", "learning/results_drop")
        for name in wire.folders("generic/file_drop")
    ),
]
VENDORS = Path("tests/mappings/vendors")


@dataclass(frozen=True)
class Case:
    sample: Sample
    folder: Path
    source: PollSource
    mapping: mappings.MappingDocument

    @property
    def complete(self) -> bool:
        """Whether it says how far it is complete."""
        return self.sample.spec.completeness != "none"

    def poll(self, cursor: Mapping[str, Any] = NOTHING_YET, minutes: int = 0) -> Page:
        return self.source.poll(cursor, NOW + timedelta(minutes=minutes))


@pytest.fixture(params=SAMPLES, ids=str)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    sample: Sample = request.param
    folder = tmp_path / "outside"
    shutil.copytree(wire.FOLDER / sample.name, folder)
    mapping = mappings.load(sample.reads, VENDORS) if sample.reads else mappings.load(sample.spec.mapping)
    with sample.serve(folder) as source:
        yield Case(sample, folder, source, mapping)


class TestEveryPollSource:
    def test_golden_files_become_golden_records(self, case: Case) -> None:
        outcomes = [outcome for each in case.poll().transmissions for outcome in case.mapping.read(each)]
        assert not [each for each in outcomes if isinstance(each, Fault)]
        said = [record for outcome in written(outcomes) for record in outcome.get("records", ())]
        assert said == wire.records(f"{case.sample.name}/expected")

    def test_transmissions_name_their_instance_and_the_instant_of_the_poll(self, case: Case) -> None:
        for each in case.poll().transmissions:
            assert (each.connector, each.received_at) == ("here", NOW)
            assert each.context.keys() <= set(case.sample.spec.context)

    def test_what_was_brought_is_not_brought_again(self, case: Case) -> None:
        page = case.poll()
        assert page.transmissions and not page.alarm and (page.complete_until is not None) == case.complete
        assert case.poll(page.cursor, minutes=1).transmissions == ()
        assert case.poll(page.cursor, minutes=1).cursor == page.cursor

    def test_a_poll_whose_cursor_was_lost_is_taken_for_the_same(self, case: Case) -> None:
        first, again = case.poll(), case.poll(minutes=1)
        assert [(each.id, each.peer, each.path, each.body) for each in first.transmissions] == [
            (each.id, each.peer, each.path, each.body) for each in again.transmissions
        ]
        assert first.cursor == again.cursor

    def test_a_cursor_is_plain_json_and_never_changed_in_place(self, case: Case) -> None:
        cursor = case.poll().cursor
        assert json.loads(json.dumps(cursor)) == cursor
        kept = copy.deepcopy(cursor)
        (case.folder / case.sample.rubbish).write_bytes((case.folder / case.sample.rubbish).read_bytes() + b"E9,x\n")
        with suppress(LicetError):
            case.poll(cursor, minutes=1)
        assert cursor == kept

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(tail=st.binary(max_size=80) | st.text(alphabet='E1,"\r\n张\t\0', max_size=40).map(str.encode))
    def test_rubbish_becomes_faults_or_a_refusal_and_nothing_else(self, case: Case, tail: bytes) -> None:
        good = (wire.FOLDER / case.sample.name / case.sample.rubbish).read_bytes()
        cursor = case.poll().cursor
        for body in (tail, good + tail):
            (case.folder / case.sample.rubbish).write_bytes(body)
            try:
                page = case.poll(cursor, minutes=1)
            except LicetError:
                continue
            for each in page.transmissions:
                assert all(isinstance(outcome, Item | Ignored | Fault) for outcome in case.mapping.read(each))
        (case.folder / case.sample.rubbish).write_bytes(good)
