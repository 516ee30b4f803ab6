"""What only an authority's push does; tests/contract asks what every push source must do."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

import mappings
from connectors.algorithms import public_pem
from connectors.credential.authority_push import NAMESPACE, SPEC, AuthorityPush, Settings
from connectors.keys import KeyRecord, write_pair
from connectors.port import ItemResult, Kept, PeerState, Reply, Request
from connectors.simulators.authority import event, sign, to_json, to_xml
from schemas.credential import CredentialStatus
from schemas.errors import CODES, ConflictError, PayloadError, TrustError, UnavailableError
from schemas.reading import read_xml
from schemas.record import Record
from schemas.transmission import Fault, Item

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SOURCE, TARGET = "urn:authority:demo-ca", "https://hub.example/in/ca"
SETTINGS = {
    "source": SOURCE,
    "audience": "hub-prod",
    "zone": "Asia/Shanghai",
    "keys": [{"kid": "ca-1", "alg": "ed25519", "public": public_pem(KEY.public_key()).decode()}],
}
AUTHORITY = AuthorityPush("ca", Settings.model_validate(SETTINGS))
STATE = PeerState()
JSON, XML = "application/cloudevents+json", "application/xml"
ORDER = {"number": "C-2024-000123", "credential": "low-voltage-electrician", "holder": "9f2c", "status": "suspended"}
EVENT = event(SOURCE, {**ORDER, "hubaud": "hub-prod", "sequence": 42}, id="01J", time="2026-11-22T09:00:00Z")


def push(body: bytes, media_type: str = JSON, at: datetime = NOW) -> Request:
    headers = sign("POST", TARGET, body, media_type, KEY, "ca-1", at, "n-1")
    return Request("POST", "/in/ca", {}, {name.lower(): v for name, v in headers.items()}, body, TARGET, NOW)


def golden(name: str) -> Request:
    """A request as it came over the wire; the time of arrival is the one that its signature states."""
    head, _, body = (Path("tests/wire/credential/authority_push") / f"{name}.http").read_bytes().partition(b"\r\n\r\n")
    line, *rest = head.decode("ascii").split("\r\n")
    headers = {n.lower(): v.strip() for n, _, v in (each.partition(":") for each in rest)}
    path = line.split()[1]
    return Request("POST", path, {}, headers, body, f"https://{headers['host']}{path}", NOW)


@pytest.mark.parametrize(("name", "form"), [("suspended", "json"), ("suspended_xml", "xml")])
def test_golden_bytes_are_handed_on_as_they_came(name: str, form: str) -> None:
    request = golden(name)
    [change] = AUTHORITY.receive(request, STATE).transmissions
    assert (change.id, change.form, change.peer, change.path) == ("01J", form, SOURCE, "/in/ca")
    assert change.body == request.body
    assert change.context == {"zone": "Asia/Shanghai"}


@pytest.mark.parametrize("name", ["suspended", "suspended_xml"])
def test_golden_bytes_become_a_suspended_credential(name: str) -> None:
    [change] = AUTHORITY.receive(golden(name), STATE).transmissions
    [item] = mappings.load(SPEC.mapping).read(change)
    assert isinstance(item, Item)
    assert item.records == (
        CredentialStatus(
            subject="9f2c4e1a",
            credential="low-voltage-electrician",
            number="C-2024-000123",
            status="suspended",
            reason="review_overdue",
            sequence=42,
            changed_at=datetime(2026, 11, 21, 16, tzinfo=UTC),
            said_at=datetime(2026, 11, 22, 9, tzinfo=UTC),
            # Plain dates count in Shanghai, UTC+8; the last day counts in full.
            valid_from=datetime(2024, 11, 21, 16, tzinfo=UTC),
            valid_until=datetime(2030, 11, 21, 16, tzinfo=UTC),
            review_due=datetime(2027, 11, 21, 16, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize("body", [b"", b"{", b'{"id":"1","id":"2"}', b"\xff"])
def test_what_was_handed_on_unread_is_a_fault_of_the_mapping(body: bytes) -> None:
    [change] = AUTHORITY.receive(push(body), STATE).transmissions
    [fault] = mappings.load(SPEC.mapping).read(change)
    assert isinstance(fault, Fault)


def test_json_and_xml_of_one_event_say_the_same() -> None:
    plain = read_xml(to_xml(EVENT), namespace="urn:hub:authority:1")["AuthorityPush"]
    assert {name: value for name, value in plain.items() if not name.startswith("@")} == EVENT


def test_a_repeat_with_a_new_signature_is_the_same_transmission() -> None:
    requests = [push(to_json(EVENT)), push(to_json(EVENT), at=NOW - timedelta(seconds=30))]
    first, again = (AUTHORITY.receive(each, STATE).transmissions[0] for each in requests)
    assert first.id == again.id == "01J"


def test_a_list_is_one_transmission_known_by_its_digest() -> None:
    [change] = AUTHORITY.receive(push(to_json([EVENT, {**EVENT, "id": "02J"}])), STATE).transmissions
    assert change.id is None


def test_more_than_a_hundred_events_are_refused() -> None:
    many = [{**EVENT, "id": str(n)} for n in range(101)]
    AUTHORITY.receive(push(to_json(many[:100])), STATE)
    with pytest.raises(PayloadError) as refused:
        AUTHORITY.receive(push(to_json(many)), STATE)
    assert refused.value.code == "json.size"


@pytest.mark.parametrize(
    ("name", "value"), [("source", "urn:authority:other"), ("hubaud", "hub-test"), ("hubaud", None)]
)
@pytest.mark.parametrize("render", [to_json, to_xml])
def test_an_event_of_another_authority_or_for_another_hub_is_refused(name: str, value: Any, render: Any) -> None:
    other = {key: v for key, v in {**EVENT, name: value}.items() if v is not None}
    with pytest.raises(PayloadError) as refused:
        AUTHORITY.receive(push(render(other), JSON if render is to_json else XML), STATE)
    assert (refused.value.code, refused.value.where) == ("schema.type", f"/{name}")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("specversion", None, "schema.missing"),
        ("specversion", "0.3", "schema.range"),
        ("id", None, "schema.missing"),
        ("id", "", "schema.range"),
        ("type", None, "schema.missing"),
        ("type", "credential.card.printed.v1", "schema.range"),
        ("time", "2026-11-22 09:00", "schema.type"),
        ("time", "2026-11-22T09:00:00", "schema.type"),
        ("time", "yesterday", "schema.type"),
    ],
)
@pytest.mark.parametrize("render", [to_json, to_xml])
def test_what_is_no_event_of_ours_by_its_envelope_is_refused_with_its_place(
    name: str, value: str | None, code: str, render: Any
) -> None:
    body = render({**EVENT, name: value or ""})
    if value is None:
        body = to_json({key: v for key, v in EVENT.items() if key != name})
        render = to_json
    with pytest.raises(PayloadError) as refused:
        AUTHORITY.receive(push(body, JSON if render is to_json else XML), STATE)
    assert refused.value.where == f"/{name}"
    codes = (code, "schema.type") if value == "" else (code,)  # an empty element is no text
    assert refused.value.code in codes


@pytest.mark.parametrize("value", [1, True, ["01J"], {"a": 1}])
def test_an_id_that_is_no_text_is_refused(value: Any) -> None:
    with pytest.raises(PayloadError) as refused:
        AUTHORITY.receive(push(to_json({**EVENT, "id": value})), STATE)
    assert (refused.value.code, refused.value.where) == ("schema.type", "/id")


@pytest.mark.parametrize(
    ("body", "media_type", "where"),
    [
        (to_json(EVENT), JSON, "/data/credential/scheme"),
        (to_xml(EVENT), XML, "/data/credential/scheme"),
        (to_json([{**EVENT, "data": {**EVENT["data"], "credential": {"scheme": "its-own"}}}, EVENT]), JSON, "/1/data"),
    ],
)
def test_of_a_credential_that_is_another_authoritys_it_says_nothing(body: bytes, media_type: str, where: str) -> None:
    limited = AuthorityPush("ca", Settings.model_validate({**SETTINGS, "schemes": ["its-own"]}))
    with pytest.raises(PayloadError) as failed:
        limited.receive(push(body, media_type), STATE)
    assert failed.value.code == "ref.unknown-name" and failed.value.where.startswith(where)
    assert AUTHORITY.receive(push(body, media_type), STATE).transmissions, "without a limit it may speak of all"


@pytest.mark.parametrize(
    "credential", [None, "x", {}, {"scheme": None}, {"scheme": ["its-own"]}, {"scheme": "ITS-OWN"}]
)
def test_no_spelling_of_a_scheme_is_taken_for_one_of_its_own(credential: Any) -> None:
    limited = AuthorityPush("ca", Settings.model_validate({**SETTINGS, "schemes": ["its-own"]}))
    body = to_json({**EVENT, "data": {**EVENT["data"], "credential": credential}})
    try:
        [change] = limited.receive(push(body), STATE).transmissions
    except PayloadError:
        return
    [fault] = mappings.load(SPEC.mapping).read(change)
    assert isinstance(fault, Fault)


def test_one_foreign_event_in_a_list_refuses_the_list() -> None:
    with pytest.raises(PayloadError):
        AUTHORITY.receive(push(to_json([EVENT, {**EVENT, "source": "urn:authority:other"}])), STATE)


@pytest.mark.parametrize("body", [b"", b"{", b'{"id":"1","id":"2"}', b"\xff"])
def test_a_proven_body_that_cannot_be_read_is_kept_for_the_mapping_to_judge(body: bytes) -> None:
    [change] = AUTHORITY.receive(push(body), STATE).transmissions
    assert (change.id, change.body) == (None, body)


def test_xml_of_another_namespace_is_refused() -> None:
    with pytest.raises(PayloadError) as refused:
        AUTHORITY.receive(push(to_xml(EVENT).replace(b"urn:hub:authority:1", b"urn:other"), XML), STATE)
    assert refused.value.code == "schema.namespace"


@pytest.mark.parametrize("media_type", ["text/plain", "", "application/jsonp"])
def test_another_media_type_is_refused_before_anything_is_read(media_type: str) -> None:
    request = push(to_json(EVENT))
    with pytest.raises(PayloadError) as refused:
        AUTHORITY.receive(request._replace(headers={**request.headers, "content-type": media_type}), STATE)
    assert refused.value.code == "http.media-type"


def test_only_post_is_a_push() -> None:
    with pytest.raises(PayloadError) as refused:
        AUTHORITY.receive(push(to_json(EVENT))._replace(method="PUT"), STATE)
    assert AUTHORITY.failure(refused.value).status == 405


def test_the_media_type_may_carry_its_character_set() -> None:
    AUTHORITY.receive(push(to_xml(EVENT), "text/xml; charset=utf-8"), STATE)


@given(at=st.integers(0, len(to_json(EVENT)) - 1), bit=st.integers(0, 7))
def test_no_flipped_bit_is_trusted(at: int, bit: int) -> None:
    body = bytearray(to_json(EVENT))
    body[at] ^= 1 << bit
    with pytest.raises(TrustError):
        AUTHORITY.receive(push(to_json(EVENT))._replace(body=bytes(body)), STATE)


# --- nothing of the contract is dropped in silence -----------------------------------------------------------

WHOLE: dict[str, Any] = {
    **EVENT,
    "data": {
        "credential": {"number": "C-1", "scheme": "licence"},
        "holder": {"ref": "r0", "ref_type": "pairwise"},
        "status": "active",
        "effective_at": "2026-11-22T09:00:00+08:00",
        "previous_status": "suspended",
        "reason_code": "reviewed",
        "observed_at": "2026-11-22T09:00:00Z",
        "valid_from": "2024-11-22",
        "valid_until": "2030-11-21",
        "review_due": "2027-11-21",
        "renewal": {
            "rule_id": "special-operation/3y",
            "demands": "8 class hours before the review",
            "hours_required": "8",
            "hours_earned": "2.5",
            "period_start": "2024-11-22",
            "period_end": "2027-11-21",
        },
    },
}
"""An event with every member that there is."""
KINDS: list[Any] = ["plain text", "", 5, Decimal("1.5"), True, [], ["x"], {}, {"x": "y"}]
KEPT = {"data/reason_code", "data/previous_status", "data/observed_at", "subject"}
"""Of which nothing is kept with the event where they are empty."""


def members(part: dict[str, Any], at: str = "") -> Iterator[str]:
    """The place of each member, however deep."""
    for name, value in part.items():
        yield f"{at}{name}"
        if isinstance(value, dict):
            yield from members(value, f"{at}{name}/")


def changed(where: str, value: Any) -> dict[str, Any]:
    """The whole event with something else at a place."""
    event = deepcopy(WHOLE)
    *path, last = where.split("/")
    part = event
    for name in path:
        part = part[name]
    part[last] = value
    return event


def fate(body: bytes, media_type: str) -> tuple[str, str, tuple[Record, ...]]:
    """Code and place of what is wrong, if anything is, and the records that are taken all the same."""
    try:
        [change] = AUTHORITY.receive(push(body, media_type), STATE).transmissions
        [outcome] = mappings.load(SPEC.mapping).read(change)
    except PayloadError as error:
        return error.code, error.where, ()
    if isinstance(outcome, Item):
        odd = outcome.left_out
        return ("", "", outcome.records) if odd is None else (odd.code, _bare(odd.where), outcome.records)
    assert isinstance(outcome, Fault), outcome
    return outcome.code, _bare(outcome.where), ()


def _bare(where: str) -> str:
    """A place within the event: in XML it begins at the root element."""
    return where.removeprefix("/AuthorityPush")


def is_told(where: str, told: str) -> bool:
    """Whether a place was named: itself, or something in it or around it but the whole."""
    place = f"/{where}"
    return bool(told) and (told == place or told.startswith(f"{place}/") or place.startswith(f"{told}/"))


@pytest.mark.parametrize("where", list(members(WHOLE)))
def test_a_member_of_another_kind_is_refused_or_left_out_with_its_place(where: str) -> None:
    """Or quoted: the demands of a renewal are, however they are written."""
    written: Any = WHOLE
    for name in where.split("/"):
        written = written[name]
    for value in KINDS:
        if type(value) is type(written) and value != "":
            continue  # another text, or another object: whether it fits is not a question of its kind
        code, told, records = fate(json.dumps(changed(where, value), default=float).encode(), JSON)
        if value == "" and where in KEPT:
            continue
        if where.startswith("data/renewal/") and not code:
            quoted = [str(getattr(each, name)) for each in records[1:] for name in type(each).model_fields]
            assert value == "" or str(value) in quoted, (where, value, records)
            continue
        assert code in CODES and is_told(where, told), (where, value, code, told)
        kinds = [type(each) for each in records]
        assert kinds == ([CredentialStatus] if where.startswith("data/renewal") else []), (where, value)


def _emptied(element: etree._Element) -> None:
    element.clear()


def _nil(element: etree._Element) -> None:
    element.clear()
    element.set("{http://www.w3.org/2001/XMLSchema-instance}nil", "true")


def _filled(element: etree._Element) -> None:
    element.text = None
    etree.SubElement(element, f"{{{NAMESPACE}}}strange").text = "x"


def _twice(element: etree._Element) -> None:
    element.addnext(deepcopy(element))


ODD_ELEMENTS = {"empty": _emptied, "nil": _nil, "with another inside": _filled, "twice": _twice}


@pytest.mark.parametrize("odd", ODD_ELEMENTS)
def test_in_xml_an_element_of_another_form_is_refused_or_left_out_with_its_place(odd: str) -> None:
    for where in members(WHOLE):
        root = etree.fromstring(to_xml(WHOLE))
        [element] = root.findall("/".join(f"{{{NAMESPACE}}}{name}" for name in where.split("/")))
        ODD_ELEMENTS[odd](element)
        code, told, records = fate(etree.tostring(root), XML)
        if odd == "empty" and (where in KEPT or "renewal/" in where):
            assert not code or is_told(where, told), where
            continue  # of what is only kept or quoted there is nothing to say then
        if (odd, where) == ("nil", "data/renewal"):
            assert len(records) == 2, "with nothing in it, it takes back what was said"
            continue
        assert code in CODES and is_told(where, told), (where, code, told)
        kinds = [type(each) for each in records]
        assert kinds == ([CredentialStatus] if where.startswith("data/renewal") else []), where


@pytest.mark.parametrize("within", ["data", "data/credential", "data/holder", "data/renewal"])
def test_a_member_that_the_contract_does_not_know_is_named(within: str) -> None:
    for render, media_type in ((to_json, JSON), (to_xml, XML)):
        code, told, records = fate(render(changed(f"{within}/strange", "x")), media_type)
        assert (code, told) == ("schema.unknown-field", f"/{within}/strange")
        assert len(records) == (1 if within == "data/renewal" else 0), "only a renewal is left out alone"


def test_a_further_attribute_of_the_envelope_is_no_matter() -> None:
    assert fate(to_json({**WHOLE, "traceparent": "00-1"}), JSON)[:2] == ("", "")


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("dataschema", "urn:hub:schema:credential-status:2"),
        ("datacontenttype", "application/xml"),
        ("data/holder/ref_type", "id-card"),
    ],
)
def test_a_word_of_a_closed_list_that_is_not_in_it_is_refused(where: str, value: str) -> None:
    for render, media_type in ((to_json, JSON), (to_xml, XML)):
        assert fate(render(changed(where, value)), media_type) == ("schema.range", f"/{where}", ())


def test_what_was_left_out_stands_beside_the_result() -> None:
    _answer, body = reply(ItemResult("applied", "01J", "schema.type", "/data/renewal"))
    assert body["items"] == [{"id": "01J", "result": "applied", "code": "schema.type", "where": "/data/renewal"}]


def reply(*items: ItemResult, repeat: bool = False) -> tuple[Reply, dict[str, Any]]:
    counts: dict[str, int] = {}
    for item in items:
        counts[item.result] = counts.get(item.result, 0) + 1
    kept: Sequence[Kept] = (Kept(counts, items, repeat, "01J"),)
    built = AUTHORITY.receive(push(to_json(EVENT)), STATE).reply(kept, ())
    return built, json.loads(built.body)


def test_what_was_taken_is_answered_with_its_result() -> None:
    answer, body = reply(ItemResult("applied", "01J"))
    assert (answer.status, answer.media_type) == (202, "application/json")
    assert body == {"id": "01J", "result": "applied", "items": [{"id": "01J", "result": "applied"}]}


def test_a_person_not_known_yet_is_answered_as_held() -> None:
    answer, body = reply(ItemResult("held", "01J", "ref.unknown-subject"))
    assert (answer.status, body["result"]) == (202, "held")


def test_a_repeat_is_answered_200_in_the_same_form() -> None:
    answer, body = reply(ItemResult("applied", "01J"), repeat=True)
    assert (answer.status, body["result"]) == (200, "applied")


@pytest.mark.parametrize(("code", "status"), [("json.syntax", 400), ("schema.missing", 422), ("time.invalid", 422)])
def test_what_was_quarantined_is_answered_with_code_and_place(code: str, status: int) -> None:
    answer, body = reply(ItemResult("quarantined", "", code, "/data/status"), ItemResult("quarantined"))
    assert (answer.status, answer.media_type) == (status, "application/problem+json")
    assert (body["code"], body["where"]) == (code, "/data/status")


def test_an_event_from_long_ago_waits_for_a_person_and_needs_no_mending() -> None:
    answer, body = reply(ItemResult("quarantined", "01J", "time.stale"))
    assert (answer.status, body["result"]) == (202, "quarantined")


def test_every_failure_of_trust_gets_one_and_the_same_answer() -> None:
    answers = {
        AUTHORITY.failure(TrustError(code, f"about {code}")).body
        for code in ("sig.bad", "sig.stale", "sig.key-state", "sig.key-unknown", "sig.missing", "sig.components")
    }
    assert len(answers) == 1
    answer = AUTHORITY.failure(TrustError("sig.bad", "x"))
    assert (answer.status, answer.media_type) == (401, "application/problem+json")
    assert json.loads(answer.body)["code"] == "refused"


def test_a_conflict_and_a_busy_store_have_their_own_answers() -> None:
    assert AUTHORITY.failure(ConflictError("same id, other body")).status == 409
    busy = AUTHORITY.failure(UnavailableError("store.busy", "busy", retry_after=2.4))
    assert (busy.status, busy.headers) == (503, {"retry-after": "3"})


def test_a_zone_that_is_none_is_a_wrong_setting() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Settings.model_validate({**SETTINGS, "zone": "Asia/Nowhere"})


def test_its_settings_are_described_and_it_takes_all_or_nothing() -> None:
    assert SPEC.ports == ("push",)
    assert (SPEC.batch, SPEC.completeness, SPEC.paths, SPEC.max_body) == ("all", "none", (), 262_144)
    assert all(field.description for model in (Settings, KeyRecord) for field in model.model_fields.values())


def test_the_simulated_authority_pushes_over_a_socket_what_the_hub_believes(tmp_path: Path) -> None:
    private, _ = write_pair(tmp_path, "ca", KEY)
    taken: list[Request] = []

    class Hub(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            taken.append(Request("POST", self.path, {}, headers, body, hub + self.path, datetime.now(UTC)))
            self.send_response(202)
            self.end_headers()
            self.wfile.write(b'{"result":"applied"}')

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Hub) as server:
        hub = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        orders = [
            {"do": "push", **ORDER},
            {"do": "push", **ORDER, "as": "xml"},
            {"do": "push", **ORDER, "forge": True},
            {"do": "push", **ORDER, "at": "2026-01-01T00:00:00+08:00"},
        ]
        command = [sys.executable, "-m", "connectors.simulators.authority", "--hub", f"{hub}/in/ca"]
        done = subprocess.run(
            [*command, "--key", str(private), "--kid", "ca-1", "--source", SOURCE],
            input="".join(json.dumps(order) + "\n" for order in orders),
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        server.shutdown()
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["status"] for each in answers] == [202] * 4
    assert all(each["ms"] > 0 for each in answers)
    ca = AuthorityPush("ca", Settings.model_validate({**SETTINGS, "audience": ""}))
    for request in taken[:2]:
        assert ca.receive(request, STATE).transmissions
    for request, code in zip(taken[2:], ("sig.bad", "sig.stale"), strict=True):
        with pytest.raises(TrustError) as refused:
            ca.receive(request, STATE)
        assert refused.value.code == code


def test_the_simulated_authority_reports_a_hub_that_is_away(tmp_path: Path) -> None:
    private, _ = write_pair(tmp_path, "ca", KEY)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    command = [sys.executable, "-m", "connectors.simulators.authority", "--hub", f"http://127.0.0.1:{port}/in/ca"]
    done = subprocess.run(
        [*command, "--key", str(private), "--kid", "ca-1", "--source", SOURCE],
        input=json.dumps(ORDER) + "\nnot json\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert [json.loads(line)["status"] for line in done.stdout.splitlines()] == [0, 0]
