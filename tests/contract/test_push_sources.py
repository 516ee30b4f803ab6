"""What every push source promises, asked with the bytes of each golden sample."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

import mappings
from connectors.algorithms import public_pem
from connectors.attendance import zkteco_push
from connectors.credential import authority_push
from connectors.generic import webhook
from connectors.learning import xapi_push
from connectors.port import Kept, PeerState, PushSource, Request, Spec
from mappings.cases import written
from schemas.errors import CODES, LicetError, TrustError, UnavailableError
from schemas.transmission import Fault, Ignored, Item
from tests import wire

_CA = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
SOURCES: list[tuple[str, Spec, Mapping[str, Any], datetime]] = [
    ("attendance/zkteco_push", zkteco_push.SPEC, {}, wire.ARRIVAL),
    (
        "credential/authority_push",
        authority_push.SPEC,
        {
            "source": "urn:authority:demo-ca",
            "audience": "hub-prod",
            "zone": "Asia/Shanghai",
            "keys": [{"kid": "ca-1", "alg": "ed25519", "public": public_pem(_CA).decode()}],
        },
        datetime(2026, 11, 22, 9, tzinfo=UTC),
    ),
    (
        "learning/xapi_push",
        xapi_push.SPEC,
        {
            "user": "lms",
            "password": "for-tests-only",
            "course_prefix": "https://lms.example.cn/course/",
            "home_page": "https://lms.example.cn",
        },
        wire.ARRIVAL,
    ),
    ("generic/webhook", webhook.SPEC, {"profile": "token", "secret": "a-token-of-the-cloud"}, wire.ARRIVAL),
]
OWN = {"generic/webhook": ("attendance/cloud", Path("tests/mappings/vendors"))}
"""The document of an adapter that has none of its own, and where it stands."""
WITH_IDS = {"learning/xapi_push/moodle_without_ids"}
"""Cases whose items get the ids that their sender left out."""
_LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
OPEN_TO_ALL = {"learning/xapi_push/about"}
"""What the protocol answers without an account; it brings nothing."""


def _with(request: Request, **headers: str) -> Request:
    return request._replace(headers={**request.headers, **headers})


STRANGERS: dict[str, Callable[[Request, PeerState], tuple[Request, PeerState]]] = {
    "attendance/zkteco_push": lambda request, state: (request, state._replace(status="retired")),
    "credential/authority_push": lambda request, state: (_with(request, signature="sig=:AAAA:"), state),
    "generic/webhook": lambda request, state: (_with(request, authorization="Bearer wrong"), state),
    "learning/xapi_push": lambda request, state: (
        _with(request, authorization=f"Basic {b64encode(b'lms:wrong').decode()}"),
        state,
    ),
}
"""The same request from somebody else."""


@dataclass(frozen=True)
class Case:
    name: str
    source: PushSource
    request: Request
    mapping: mappings.MappingDocument
    state: PeerState
    told: frozenset[str]

    def __str__(self) -> str:
        return self.name


CASES = [
    Case(name, source, wire.request(name, arrived_at=at), mapping, PeerState(), spec.contexts(set_))
    for adapter, spec, given, at in SOURCES
    for set_ in [spec.settings.model_validate(given)]
    for source in [spec.build("here", set_)]
    for mapping in [mappings.load(spec.mapping) if spec.mapping else mappings.load(*OWN[adapter])]
    for name in wire.cases(adapter)
]


def as_text(state: PeerState) -> str:
    return json.dumps([state.status, dict(state.memory), str(state.last_contact_at)])


@pytest.mark.parametrize("case", CASES, ids=str)
class TestEveryPushSource:
    def test_golden_bytes_become_golden_records(self, case: Case) -> None:
        expected = wire.records(case.name)
        taken = case.source.receive(case.request, case.state).transmissions
        outcomes = [outcome for each in taken for outcome in case.mapping.read(each)]
        said = [r for outcome in written(outcomes) for r in outcome.get("records", ())]
        assert said == expected if expected is not None else said

    def test_bodies_are_handed_on_as_they_came(self, case: Case) -> None:
        for each in case.source.receive(case.request, case.state).transmissions:
            if case.name in WITH_IDS:
                plain = [{k: v for k, v in item.items() if k != "id"} for item in json.loads(each.body)]
                assert plain == json.loads(case.request.body)
            elif each.form == "told":  # what may not be kept: that it came is
                assert each.body.startswith(b"table=") and f"bytes={len(case.request.body)}\t".encode() in each.body
            else:
                assert each.body == case.request.body
            assert each.connector == "here"
            assert each.received_at == case.request.arrived_at

    def test_beside_a_body_stands_what_its_spec_says(self, case: Case) -> None:
        for each in case.source.receive(case.request, case.state).transmissions:
            assert each.context.keys() <= case.told

    def test_a_repeat_is_taken_for_the_same(self, case: Case) -> None:
        later = case.request._replace(arrived_at=case.request.arrived_at + timedelta(seconds=30))
        first, again = (case.source.receive(each, case.state).transmissions for each in (case.request, later))
        assert [(e.id, e.peer, e.path, e.body) for e in first] == [(e.id, e.peer, e.path, e.body) for e in again]

    def test_a_state_is_plain_json_and_never_changed_in_place(self, case: Case) -> None:
        before = as_text(case.state)
        state = case.source.receive(case.request, case.state).new_state
        assert as_text(case.state) == before
        assert json.loads(json.dumps(dict(state.memory))) == state.memory
        kept = as_text(state)
        assert case.source.receive(case.request, state).new_state == state
        assert as_text(state) == kept

    def test_an_instant_that_is_remembered_has_its_offset(self, case: Case) -> None:
        for state in (case.state, PeerState("unknown"), case.state._replace(last_contact_at=_LONG_AGO)):
            try:
                kept = case.source.receive(case.request, state).new_state.memory
            except LicetError:
                continue
            for text in re.findall(r'"([0-9]{4}-[0-9]{2}-[0-9]{2}T[^"]*)"', json.dumps(dict(kept))):
                assert datetime.fromisoformat(text).utcoffset() == timedelta(), text

    def test_a_second_request_changes_nothing_more(self, case: Case) -> None:
        state = case.source.receive(case.request, case.state).new_state
        assert case.source.receive(case.request, state).new_state is state

    def test_nothing_is_complete_beyond_now_and_a_peer_can_be_described(self, case: Case) -> None:
        reception = case.source.receive(case.request, case.state)
        assert reception.complete_until is None or reception.complete_until <= case.request.arrived_at
        assert isinstance(case.source.describe(reception.new_state), str)
        assert all(isinstance(each, str) for each in case.source.remarks(reception.new_state))

    def test_every_transmission_can_be_answered(self, case: Case) -> None:
        reception = case.source.receive(case.request, case.state)
        reply = reception.reply([Kept({"applied": 1}) for _ in reception.transmissions], ())
        assert 200 <= reply.status < 300

    def test_every_failure_has_an_answer_and_a_busy_store_says_come_again(self, case: Case) -> None:
        for code in CODES:
            assert 200 <= case.source.failure(LicetError(code, "secret detail")).status < 600
        assert case.source.failure(UnavailableError("store.busy", "locked")).status == 503

    def test_a_stranger_is_refused_and_hears_no_reason(self, case: Case) -> None:
        if case.name in OPEN_TO_ALL:
            assert not case.source.receive(case.request, case.state).transmissions
            return
        with pytest.raises(TrustError) as refused:
            case.source.receive(*STRANGERS[case.name.rpartition("/")[0]](case.request, case.state))
        reply = case.source.failure(refused.value)
        assert reply.status in (401, 403)
        assert refused.value.message.encode() not in reply.body

    @settings(max_examples=30, deadline=None)
    @given(body=st.binary(max_size=200))
    def test_rubbish_becomes_faults_or_a_refusal_and_nothing_else(self, case: Case, body: bytes) -> None:
        try:
            taken = case.source.receive(case.request._replace(body=body), case.state).transmissions
        except LicetError:
            return
        for each in taken:
            assert all(isinstance(outcome, Item | Ignored | Fault) for outcome in case.mapping.read(each))
