"""What every system that asks promises: who asks is proven first, and an answer is one to that question alone."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
import xmltodict
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.algorithms import public_pem
from connectors.credential import figures_asked
from connectors.envelope.outgoing import no_key
from connectors.keys import OwnKey
from connectors.port import Asker, PeerState, Request
from connectors.simulators.authority import sign
from connectors.simulators.figures_asker import to_json, to_xml
from schemas.errors import CODES, LicetError, PayloadError, TrustError, UnavailableError

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
URL = "https://hub.example/ask/asks"
THEIRS, STRANGER = (
    Ed25519PrivateKey.from_private_bytes(bytes(range(32))),
    Ed25519PrivateKey.from_private_bytes(bytes(32)),
)
OWN = Ed25519PrivateKey.from_private_bytes(bytes(reversed(range(32))))
ASKED = {
    "id": "q-1",
    "person": "E1",
    "from": "2026-01-01",
    "to": "2026-12-31",
    "reason": "年度复核",
    "asOf": "2026-03-01T00:00:00+08:00",
    "courses": ["dc-safety"],
}
FOUND: dict[str, Any] = {"person": "E1", "total": {"creditedSeconds": 60}, "courses": [{"course": "dc-safety"}]}


class _Keys:
    def signing(self, algorithm, instant):
        if algorithm != "ed25519":
            raise no_key(algorithm, instant)
        return OwnKey("hub-1", "ed25519", OWN)


def _figures() -> Asker:
    keys = [{"kid": "theirs", "public": public_pem(THEIRS.public_key()).decode()}]
    made = figures_asked.Settings.model_validate({"keys": keys, "positions": ["post"]})
    asker: Asker = figures_asked.SPEC.build("asks", made, own=_Keys())
    return asker


def posted(body: bytes, form: str, key: Any = THEIRS, at: datetime = NOW, **more: Any) -> Request:
    headers = sign("POST", URL, body, f"application/{form}", key, "theirs", at, tag="figures-question")
    said = {name.lower(): value for name, value in headers.items()}
    target = more.get("target", URL)
    return Request("POST", "/ask/asks", {}, said, body, target, NOW)


WRITE: dict[str, Callable[[Any], bytes]] = {"json": to_json, "xml": to_xml}


@dataclass(frozen=True)
class Case:
    """One system that asks, in one form."""

    asker: Asker
    form: str

    def question(self, said: Any = ASKED) -> bytes:
        return WRITE[self.form](said)


CASES = {f"figures_asked_{form}": Case(_figures(), form) for form in WRITE}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
class TestEveryAsker:
    def test_a_question_is_read_the_same_in_every_form(self, case):
        body = case.question()
        asked = case.asker.question(posted(body, case.form), PeerState())
        assert (asked.id, asked.subject, asked.reason, asked.courses) == ("q-1", "E1", "年度复核", ("dc-safety",))
        assert asked.as_of == datetime(2026, 2, 28, 16, tzinfo=UTC) and asked.digest == sha256(body).hexdigest()
        assert (asked.form, asked.key_id) == (case.form, "theirs") and asked.proof

    def test_an_answer_is_signed_and_one_to_this_question_alone(self, case):
        body = case.question()
        asked = case.asker.question(posted(body, case.form), PeerState())
        told = case.asker.answer(FOUND, asked, NOW)
        said = json.loads(told.said) if case.form == "json" else xmltodict.parse(told.said)["FiguresAnswer"]
        assert dict(said["question"]) == {"id": "q-1", "sha256": sha256(body).hexdigest()}
        assert told.reply.status == 200 and 'tag="figures-answer"' in told.reply.headers["signature-input"]

    @pytest.mark.parametrize(
        "odd",
        [
            {"key": STRANGER},
            {"at": NOW - timedelta(hours=1)},
            {"at": NOW + timedelta(hours=1)},
            {"target": f"{URL}/other"},
        ],
        ids=["stranger", "old", "ahead", "elsewhere"],
    )
    def test_who_is_not_proven_hears_no_reason(self, case, odd):
        with pytest.raises(TrustError) as refused:
            case.asker.question(posted(case.question(), case.form, **odd), PeerState())
        reply = case.asker.failure(refused.value)
        assert reply.status == 401 and str(refused.value.message).encode() not in reply.body

    def test_what_was_changed_on_its_way_is_not_proven(self, case):
        signed = posted(case.question(), case.form)
        with pytest.raises(TrustError):
            case.asker.question(signed._replace(body=case.question({**ASKED, "person": "E2"})), PeerState())

    @pytest.mark.parametrize("name", ["id", "person", "from", "to", "reason"])
    def test_what_is_missing_is_named_once_the_sender_is_proven(self, case, name):
        said = {each: value for each, value in ASKED.items() if each != name}
        with pytest.raises(PayloadError) as failed:
            case.asker.question(posted(case.question(said), case.form), PeerState())
        assert (failed.value.code, failed.value.where) == ("schema.missing", f"/{name}")

    def test_every_failure_has_an_answer_and_a_busy_store_says_come_again(self, case):
        for code in CODES:
            assert 200 <= case.asker.failure(LicetError(code, "secret detail")).status < 600
        assert case.asker.failure(UnavailableError("store.busy", "locked")).status == 503

    @settings(max_examples=30, deadline=None)
    @given(body=st.binary(max_size=200))
    def test_rubbish_that_is_signed_is_refused_with_a_code(self, case, body):
        with pytest.raises(PayloadError):
            case.asker.question(posted(body, case.form), PeerState())
