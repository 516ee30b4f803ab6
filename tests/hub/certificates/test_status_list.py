"""The lists of how certificates stand, read as W3C Bitstring Status List 1.0 lays them out and by nothing of ours."""

import gzip
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from hub.certificates.asking import listed_state
from hub.certificates.credential import PER_LIST, PURPOSES, credential_of, facts_in
from hub.certificates.facts import Issuer
from hub.certificates.signature import sign, sign_credential, unproven, verified_credential
from hub.certificates.status_list import VALID, is_set, list_of
from hub.store.tables import erased
from hub.views.withdrawn import StatusLists
from schemas.certificate import Certificate
from schemas.errors import ConfigError, TrustError, UnavailableError
from tests.conftest import HandClock
from tests.hub.certificates.test_certificates import formal
from tests.hub.decision.test_law import NOW, opened, qualified, send, voided
from tests.hub.doors import enforced, look
from tests.ports import free_port

URL, KEY = "https://hub.example.cn", Ed25519PrivateKey.generate()
AT = datetime(2026, 3, 1, tzinfo=UTC)
SHORT = timedelta(days=1)
places = st.integers(0, 3 * PER_LIST - 1)


def made(those: set[int], purpose: str = "revocation", n: int = 0) -> dict:
    return list_of(those, hub="h", url=URL, purpose=purpose, n=n, now=AT)


def bit(found: dict, at: int) -> int:
    """A bit, by the words of the specification: base64url in multibase, gzip, the left-most bit first."""
    text = found["credentialSubject"]["encodedList"]
    assert text[0] == "u"
    bits = gzip.decompress(urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4)))
    assert len(bits) * 8 == 131_072
    return int(f"{bits[at // 8]:08b}"[at % 8])


@given(st.sets(places, max_size=20), places)
def test_exactly_the_bits_of_its_places_are_set(those, other):
    n = other // PER_LIST
    found = made({each for each in those if each // PER_LIST == n}, n=n)
    address = f"{URL}/status/revocation/{n}"
    assert found["id"] == address and found["credentialSubject"]["statusPurpose"] == "revocation"
    assert bit(found, other % PER_LIST) == (other in those)
    assert is_set(found, other, "revocation", address, AT) == (other in those)


@pytest.mark.parametrize(
    ("change", "at", "purpose"),
    [
        ({"id": f"{URL}/status/revocation/1"}, AT, "revocation"),
        ({}, AT, "suspension"),
        ({}, AT + VALID, "revocation"),
        ({}, AT - timedelta(hours=1), "revocation"),
        ({"credentialSubject": {}}, AT, "revocation"),
        ({"credentialSubject": {**made(set())["credentialSubject"], "encodedList": "u" + "A" * 40}}, AT, "revocation"),
        ({"credentialSubject": {**made(set())["credentialSubject"], "encodedList": "uH4sI"}}, AT, "revocation"),
        ({"validUntil": "tomorrow"}, AT, "revocation"),
        ({"validUntil": None}, AT, "revocation"),
    ],
)
def test_another_list_an_old_one_and_none_prove_nothing(change, at, purpose):
    found = {**made(set()), **change}
    with pytest.raises(TrustError):
        is_set(found, 7, purpose, f"{URL}/status/revocation/0", at)


@pytest.fixture
def hosts() -> Iterator[ThreadingHTTPServer]:
    """Whoever answers in the place of the hub, with what is put into ``said`` by path."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = self.server.said.get(self.path, (404, b""))
            self.server.asked += 1
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def date_time_string(self, _timestamp: float | None = None) -> str:
            return format_datetime(self.server.time, usegmt=True)

        def log_message(self, *_said: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.time, server.asked = AT, 0
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("n", [0, 1], ids=["its own", "another one of the same hub"])
def test_who_answers_with_another_list_of_the_hub_keeps_no_certificate_alive(hosts, n):
    url = f"http://127.0.0.1:{hosts.server_port}"
    given = facts(issuer_url=url, place=7)
    lists = {p: list_of(set(), hub="h", url=url, purpose=p, n=n, now=AT) for p in PURPOSES}
    hosts.said = {f"/status/{p}/0": (200, sign_credential(each, KEY).encode()) for p, each in lists.items()}
    if n == 0:
        assert listed_state(given, [KEY.public_key()], AT) == "holds"
        return
    with pytest.raises(TrustError):
        listed_state(given, [KEY.public_key()], AT)


CLOCKS = {
    # the clock of who asks, the server's, when its list was signed: what is said of the first
    "behind, and the list is an old one": (AT, AT + timedelta(days=9), AT, "12960 minutes behind"),
    "ahead, and the list seems an old one": (AT + VALID, AT, AT, "1440 minutes ahead of"),
    "behind what was signed, whatever the server says": (
        AT - timedelta(hours=1),
        AT - timedelta(hours=1),
        AT,
        "60 min",
    ),
    "as the issuer's, give or take what a list lives": (AT + timedelta(minutes=4), AT, AT, ""),
    "as the issuer's, and the list is an old one": (AT + VALID, AT + VALID, AT, "list"),
}


@pytest.mark.parametrize("which", CLOCKS)
def test_by_a_clock_that_is_not_the_issuer_s_nothing_holds_and_it_is_said(hosts, which):
    here, hosts.time, signed, said = CLOCKS[which]
    url = f"http://127.0.0.1:{hosts.server_port}"
    lists = {p: list_of(set(), hub="h", url=url, purpose=p, n=0, now=signed) for p in PURPOSES}
    hosts.said = {f"/status/{p}/0": (200, sign_credential(each, KEY).encode()) for p, each in lists.items()}
    if not said:
        assert listed_state(facts(issuer_url=url, place=7), [KEY.public_key()], here) == "holds"
        return
    with pytest.raises(TrustError if said == "list" else ConfigError, match=said):
        listed_state(facts(issuer_url=url, place=7), [KEY.public_key()], here)
    assert hosts.asked == 1


@pytest.mark.parametrize("status", [404, 410, 500, 204, 0], ids=str)
@pytest.mark.parametrize("withheld", PURPOSES)
def test_a_list_that_is_not_had_keeps_no_certificate_alive(hosts, withheld, status):
    url = f"http://127.0.0.1:{hosts.server_port if status else free_port()}"
    lists = {p: list_of(set(), hub="h", url=url, purpose=p, n=0, now=AT) for p in PURPOSES}
    hosts.said = {f"/status/{p}/0": (200, sign_credential(each, KEY).encode()) for p, each in lists.items()}
    hosts.said[f"/status/{withheld}/0"] = (status, b"")
    with pytest.raises(UnavailableError):
        listed_state(facts(issuer_url=url, place=7), [KEY.public_key()], AT)


def test_a_list_that_unpacks_to_gigabytes_is_not_read_to_its_end_and_says_nothing():
    packed = gzip.compress(bytes(50_000_000))
    text = "u" + urlsafe_b64encode(packed).decode().rstrip("=")
    found = made(set())
    found["credentialSubject"]["encodedList"] = text
    with pytest.raises(TrustError):
        is_set(found, 7, "revocation", found["id"], AT)


def facts(**more: object) -> Certificate:
    day = {"first_day": "2026-01-12", "last_valid_day": "2027-01-12", "zone": "Asia/Shanghai", "issued_at": AT}
    named = {"id": "x", "zh": "某", "en": "X"}
    whole = {"issuer": "h", "number": "n-1", "holder": {"employee_no": "E1", "name": "张三"}, "position": named}
    whole |= {
        "credential": named,
        "manner": "granted",
        "valid_from": AT,
        "ends_at": AT + timedelta(days=1),
        "rules": "1",
    }
    return Certificate.model_validate({**whole, **day, **more})


@given(places, st.sampled_from(["", URL, f"{URL}/hub"]))
def test_a_certificate_says_as_a_credential_what_it_says(place, url):
    certificate = facts(place=place if url else 0, issuer_url=url)
    said = json.loads(json.dumps(credential_of(certificate)))
    assert facts_in(said) == certificate
    assert [each["statusPurpose"] for each in said.get("credentialStatus", [])] == (list(PURPOSES) if url else [])


@pytest.mark.parametrize("name", ["issuer", "validFrom", "credentialSubject", "type", "@context"])
def test_a_credential_that_says_less_or_more_is_no_certificate(name):
    said = credential_of(facts(issuer_url=URL))
    for wrong in ({n: v for n, v in said.items() if n != name}, {**said, name: "x"}, {**said, "more": 1}):
        with pytest.raises(TrustError):
            facts_in(wrong)


class TestServed:
    """What the hub serves follows what it decides."""

    @pytest.fixture
    def clock(self) -> HandClock:
        return HandClock(NOW)

    @pytest.fixture
    def hub(self, tmp_path, clock):
        with opened(tmp_path / "hub", clock, public_url=URL) as parts:
            enforced(parts)
            for message in qualified("E1"):
                send(parts, message, clock)
            while parts.certificate_desk.turn() == 0.0:
                pass
            yield parts

    def bits(self, hub, clock, kept) -> dict[str, int]:
        """The bits of a certificate, of a hub that is addressed by a URL."""
        lists = StatusLists(hub.database, Issuer("h", URL), KEY, clock)
        found = {}
        for purpose in PURPOSES:
            signed = lists.signed(purpose, 0)
            assert signed is not None
            listed = verified_credential(signed, [KEY.public_key()])
            found[purpose] = bit(listed, kept.certificate.place)
        return found

    def test_places_are_given_once(self, hub):
        first, second = hub.certificates.of_person("E1", "")
        assert {first.certificate.place, second.certificate.place} == {0, 1}

    def test_what_holds_is_in_no_list_and_what_was_taken_back_is(self, hub, clock):
        kept = formal(hub)
        assert self.bits(hub, clock, kept) == {"revocation": 0, "suspension": 0}
        clock.advance(timedelta(days=1))
        send(hub, voided("E1-exam-2026-01-12"), clock)
        assert self.bits(hub, clock, kept) == {"revocation": 0, "suspension": 1}

    def test_of_who_was_erased_a_certificate_holds_no_more(self, hub, clock):
        kept, person = formal(hub), {"person": hub.directory.person_by_number("E1")}
        clock.advance(timedelta(days=1))
        taken = (erased.erase_certificates, *erased.OF_A_PERSON)
        hub.writer.call(lambda tx: [tx.session.run(each, person) for each in taken])
        assert self.bits(hub, clock, kept) == {"revocation": 0, "suspension": 1}, "its place stays, and says so"

    def test_what_is_over_by_its_own_day_is_in_no_list(self, hub, clock):
        kept = formal(hub)
        clock.at = kept.certificate.ends_at
        look(hub)
        assert self.bits(hub, clock, kept) == {"revocation": 0, "suspension": 0}

    def test_a_hub_without_an_address_serves_none(self, hub, clock):
        lists = StatusLists(hub.database, Issuer("h", ""), KEY, clock)
        assert lists.signed("revocation", 0) is None
        assert "credentialStatus" not in credential_of(facts())

    def test_it_is_made_anew_once_a_while_and_no_sooner(self, hub, clock):
        lists = StatusLists(hub.database, Issuer("h", URL), KEY, clock)
        first = lists.signed("revocation", 0)
        clock.advance(timedelta(milliseconds=900))
        assert lists.signed("revocation", 0) == first
        clock.advance(timedelta(seconds=2))
        assert lists.signed("revocation", 0) != first


def test_a_certificate_of_another_form_under_the_same_key_is_none():
    signed = sign(facts(), KEY)
    assert unproven(signed) == facts()
    with pytest.raises(TrustError):
        facts_in(verified_credential(signed, [KEY.public_key()]) | {"type": ["VerifiableCredential"]})
