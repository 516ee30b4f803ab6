"""Credentials and badges of an issuer: what it signed is taken, as its lists say that it stands, and nothing else."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import ECKey, OKPKey, RSAKey
from pydantic import ValidationError

import mappings
from connectors.credential.badges import SPEC, Badges, Settings
from connectors.port import Page
from connectors.simulators.badge_issuer import PLACES, BadgeIssuer, encoded, hashed, serving, token, written
from schemas.credential import CredentialStatus
from schemas.errors import LicetError
from schemas.transmission import Item
from tests.connectors.test_http import certificate

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
BEGINS, ENDS = NOW - timedelta(days=30), NOW + timedelta(days=300)
LICENCE = "https://issuer.example/achievements/licence"
EMAIL = "zhang.wei@plant.example"
DOCUMENT = mappings.load("credential/badges")


@pytest.fixture
def issuer() -> Iterator[BadgeIssuer]:
    with serving(BadgeIssuer(now=lambda: NOW)) as started:
        yield started


def registered(issuer: BadgeIssuer, folder: Path, **more: Any) -> dict[str, Any]:
    """How a hub is set to look at the credentials of the simulated issuer."""
    alg = {"Ed25519": "ed25519", "ES256": "es256", "RS256": "rs256"}[issuer.alg]
    return {
        "folder": str(folder),
        "issuer": issuer.issuer,
        "keys": [{"kid": issuer.kid, "alg": alg, "public": issuer.jwk}],
        "credentials": {"licence": LICENCE},
        "status_at": [f"{issuer.url}/status"],
        "allow_private_address": True,
        **more,
    }


@contextmanager
def looking(issuer: BadgeIssuer, folder: Path, **more: Any) -> Iterator[Badges]:
    made = SPEC.build("badges", Settings.model_validate(registered(issuer, folder, **more)))
    try:
        yield made
    finally:
        made.close()


def put(folder: Path, text: str, name: str = "a.jwt") -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)


def given(made: BadgeIssuer, folder: Path, name: str = "a.jwt", shape: Any = "2.0", /, **more: Any) -> None:
    put(folder, made.sign(made.badge(EMAIL, LICENCE, BEGINS, **{"validUntil": written(ENDS), **more}), shape), name)


def rounds(source: Badges, cursor: Mapping[str, Any] | None = None, now: datetime = NOW) -> tuple[list[Page], Any]:
    """All pages of a round, and the cursor that it leaves."""
    pages, cursor = [], cursor or {}
    while True:
        pages.append(source.poll(cursor, now))
        cursor = json.loads(json.dumps(dict(pages[-1].cursor)))
        if pages[-1].again_in is None:
            return pages, cursor


def told(pages: list[Page]) -> list[CredentialStatus]:
    """All that was brought."""
    outcomes = [each for page in pages for sent in page.transmissions for each in DOCUMENT.read(sent)]
    assert all(isinstance(each, Item) for each in outcomes), outcomes
    found = [record for each in outcomes if isinstance(each, Item) for record in each.records]
    assert all(isinstance(each, CredentialStatus) for each in found)
    return found  # type: ignore[return-value]


def looked(issuer: BadgeIssuer, folder: Path, **more: Any) -> tuple[list[str], str]:
    """The statuses that one round brings, and the code of its alarm."""
    with looking(issuer, folder, **more) as source:
        pages, _cursor = rounds(source)
    return [each.status for each in told(pages)], pages[-1].alarm


@pytest.mark.parametrize("shape", ["2.0", "1.1"])
def test_a_badge_is_whose_it_says_holds_as_long_as_it_says_and_is_known_by_what_its_issuer_signed(
    issuer, tmp_path, shape
):
    given(issuer, tmp_path, "a.jwt", shape)
    with looking(issuer, tmp_path) as source:
        pages, cursor = rounds(source)
        [status] = told(pages)
        assert rounds(source, cursor)[0][0].transmissions == (), "what is as it was is not told again"
    assert (status.subject, status.credential, status.status) == (EMAIL, "licence", "active")
    assert (status.changed_at, status.valid_from, status.valid_until) == (BEGINS, BEGINS, ENDS)
    assert (status.provenance, status.said_at) == ("issuer_file", NOW)
    lists = pages[-1].summary["lists"]
    assert lists == {"read": 2, "missed": 0, "fetched_at": NOW, "stale_after": NOW + timedelta(days=1)}


STATES = [
    (set(), set(), "active"),
    ({7}, set(), "revoked"),
    (set(), {7}, "suspended"),
    ({7}, {7}, "revoked"),
    ({6, 8}, {0, PLACES - 1}, "active"),
]


@pytest.mark.parametrize(("revoked", "suspended", "status"), STATES)
def test_it_stands_as_its_own_places_in_the_lists_say(issuer, tmp_path, revoked, suspended, status):
    issuer.set_bits = {"revocation": revoked, "suspension": suspended}
    given(issuer, tmp_path)
    assert looked(issuer, tmp_path) == ([status], "")


@pytest.mark.parametrize("place", [0, 1, 7, 8, PLACES - 1])
def test_the_first_place_is_the_left_most_bit(issuer, tmp_path, place):
    issuer.set_bits["revocation"] = {place}
    given(issuer, tmp_path, places=place)
    given(issuer, tmp_path, "b.jwt", places=(place + 1) % PLACES, id="urn:other")
    assert looked(issuer, tmp_path) == (["revoked", "active"], "")


def test_a_suspension_that_is_lifted_reinstates_from_when_its_list_says_so_and_moves_no_end(issuer, tmp_path):
    given(issuer, tmp_path)
    with looking(issuer, tmp_path) as source:
        issuer.set_bits["suspension"] = {7}
        pages, cursor = rounds(source)
        assert [each.status for each in told(pages)] == ["suspended"]
        later = NOW + timedelta(hours=3)
        issuer.now, issuer.set_bits["suspension"] = lambda: later, set()
        pages, cursor = rounds(source, cursor, later)
        [status] = told(pages)
        assert (status.status, status.changed_at, status.valid_until) == ("active", later, ENDS)
        issuer.set_bits["suspension"] = {7}
        pages, cursor = rounds(source, cursor, later + timedelta(hours=1))
        [again] = told(pages)
        assert again.status == "suspended" and again.said_at > status.said_at, "the same words again are no repeat"


def test_what_was_learned_later_was_said_later_even_by_a_list_that_keeps_its_date(issuer, tmp_path):
    given(issuer, tmp_path)
    issuer.dated = NOW - timedelta(hours=20)
    with looking(issuer, tmp_path) as source:
        cursor, said = None, []
        for hours, bits in enumerate([set(), {7}, set(), {7}]):
            issuer.set_bits["suspension"] = bits
            pages, cursor = rounds(source, cursor, NOW + timedelta(minutes=hours))
            said += told(pages)
    assert [each.status for each in said] == ["active", "suspended", "active", "suspended"]
    assert [each.said_at for each in said] == [issuer.dated, *(NOW + timedelta(minutes=n) for n in (1, 2, 3))]
    assert [each.changed_at for each in said] == [BEGINS, *(each.said_at for each in said[1:])]


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
def test_it_may_be_signed_by_each_algorithm_that_keys_have(tmp_path, alg):
    key: Any = (
        ECKey.import_key(ec.generate_private_key(ec.SECP256R1()))
        if alg == "ES256"
        else RSAKey.import_key(rsa.generate_private_key(65537, 3072))
    )
    with serving(BadgeIssuer(now=lambda: NOW, alg=alg, key=key)) as issuer:
        given(issuer, tmp_path)
        assert looked(issuer, tmp_path) == (["active"], "")
        issuer.header = {"kid": None, "jwk": json.loads(issuer.jwk)}
        given(issuer, tmp_path)
        assert looked(issuer, tmp_path) == (["active"], ""), "a key that it shows is looked for among those registered"


def other_key() -> Any:
    return OKPKey.import_key(Ed25519PrivateKey.generate())


FORGED = {
    "a kid that nobody registered": ({"kid": "issuer-2"}, "sig.key-unknown"),
    "no kid": ({"kid": None}, "envelope.refused"),
    "a key of its own": ({"kid": None, "jwk": other_key().as_dict(private=False)}, "envelope.refused"),
    "a registered kid and a key of its own": ({"jwk": other_key().as_dict(private=False)}, "sig.bad"),
    "alg none": ({"alg": "none"}, "envelope.refused"),
    "HMAC with the public key": ({"alg": "HS256"}, "envelope.refused"),
    "another algorithm": ({"alg": "ES256"}, ""),
    "a key at an address": ({"jku": "https://evil.example/keys"}, "envelope.refused"),
    "a chain": ({"x5c": ["AAAA"]}, "envelope.refused"),
    "what is packed": ({"zip": "DEF"}, "envelope.refused"),
    "another kind of token": ({"typ": "at+jwt"}, "envelope.refused"),
}


@pytest.mark.parametrize("forged", FORGED)
def test_nothing_that_its_registered_key_did_not_sign_is_believed(issuer, tmp_path, forged):
    header, code = FORGED[forged]
    text = issuer.sign(issuer.badge(EMAIL, LICENCE, BEGINS))
    if header.get("alg") == "ES256":
        text = token(
            b"{}", ECKey.import_key(ec.generate_private_key(ec.SECP256R1())), {"alg": "ES256", "kid": issuer.kid}
        )
        code = "envelope.refused"
    elif "jwk" in header and "kid" not in header:
        credential = issuer.badge(EMAIL, LICENCE, BEGINS)
        text = token(credential, other_key(), {"alg": "Ed25519", "kid": issuer.kid, "typ": "vc+jwt", **header})
    else:
        text = issuer.sign(issuer.badge(EMAIL, LICENCE, BEGINS), **header)
    put(tmp_path, text)
    assert looked(issuer, tmp_path) == ([], code)
    assert issuer.asked == [], "nobody is asked on the word of who is not known"


@pytest.mark.parametrize("flip", [3, 60, 200, -4])
def test_one_letter_that_differs_is_noticed(issuer, tmp_path, flip):
    text = issuer.sign(issuer.badge(EMAIL, LICENCE, BEGINS))
    other = "A" if text[flip] != "A" else "B"
    put(tmp_path, text[:flip] + other + (text[flip + 1 :] if flip != -1 else ""))
    statuses, alarm = looked(issuer, tmp_path)
    assert statuses == [] and alarm in ("sig.bad", "envelope.refused", "sig.key-unknown")


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ({"state": "revoked"}, "sig.key-state"),
        ({"not_after": (NOW - timedelta(days=1)).isoformat()}, "sig.key-state"),
        ({"not_before": (NOW + timedelta(days=1)).isoformat()}, "sig.key-state"),
    ],
)
def test_a_key_that_is_not_believed_now_proves_nothing(issuer, tmp_path, key, code):
    given(issuer, tmp_path)
    keys = [{**registered(issuer, tmp_path)["keys"][0], **key}]
    assert looked(issuer, tmp_path, keys=keys) == ([], code)


def test_after_a_rotation_both_keys_are_believed(issuer, tmp_path):
    given(issuer, tmp_path)
    old = registered(issuer, tmp_path)["keys"][0]
    issuer.key, issuer.kid = other_key(), "issuer-2"
    given(issuer, tmp_path, "b.jwt", id="urn:b")
    keys = [old, registered(issuer, tmp_path)["keys"][0]]
    assert looked(issuer, tmp_path, keys=keys) == (["active", "active"], "")
    assert looked(issuer, tmp_path, keys=[old]) == ([], "sig.key-unknown"), "its lists are signed by the new one"


MALFORMED: dict[str, tuple[dict[str, Any], str]] = {
    "another issuer": ({"issuer": "https://evil.example"}, "badge.issuer"),
    "another issuer as an object": ({"issuer": {"id": "https://evil.example"}}, "badge.issuer"),
    "iss of another": ({"iss": "https://evil.example"}, "badge.form"),
    "jti of another": ({"jti": "urn:other"}, "badge.form"),
    "no issuer": ({"issuer": {"name": "Example"}}, "badge.form"),
    "no credential": ({"type": ["Something"]}, "badge.form"),
    "a day without an offset": ({"validFrom": "2026-01-01T00:00:00"}, "badge.form"),
    "no instant": ({"validUntil": "soon"}, "badge.form"),
    "exp that is no number": ({"exp": "1"}, "badge.form"),
    "exp beyond all time": ({"exp": 10**15}, "badge.form"),
    "two subjects": ({"credentialSubject": [{"id": "a"}, {"id": "b"}]}, "badge.form"),
    "no subject": ({"credentialSubject": "x"}, "badge.form"),
    "meant for somebody else": ({"aud": "https://other.example"}, "badge.form"),
    "meant for nobody": ({"aud": []}, "badge.form"),
    "sub of another": ({"credentialSubject": {"id": "urn:a"}, "sub": "urn:b"}, "badge.form"),
    "a list of issuers": ({"issuer": ["https://issuer.example/profile"]}, "badge.form"),
    "an id that is an object": ({"id": {"a": 1}}, "badge.form"),
    "inside vc and beside it": ({"vc": {"type": "VerifiableCredential"}}, "badge.form"),
    "a status that is no object": ({"credentialStatus": "https://x"}, "badge.form"),
    "endless statuses": ({"credentialStatus": [{}] * 17}, "badge.form"),
    "a status of another kind": ({"credentialStatus": {"type": "RevocationList2020Status"}}, "status.none"),
    "no status": ({"credentialStatus": None}, "status.none"),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_no_credential_of_this_issuer_grants_nothing_and_says_why(issuer, tmp_path, what):
    more, code = MALFORMED[what]
    given(issuer, tmp_path, **more)
    assert looked(issuer, tmp_path) == ([], code)


def test_a_credential_that_says_a_thing_twice_says_nothing(issuer, tmp_path):
    mine, other = (issuer.badge(each, LICENCE, BEGINS) for each in (EMAIL, "li.na@plant.example"))
    header = {"alg": "Ed25519", "kid": issuer.kid, "typ": "vc+jwt"}
    twice = f'{json.dumps(mine)[:-1]}, "credentialSubject": {json.dumps(other["credentialSubject"])}}}'
    put(tmp_path, token(twice.encode(), issuer.key, header))
    assert looked(issuer, tmp_path) == ([], "badge.form") and not issuer.asked


def test_one_that_says_for_whom_it_is_is_taken_by_who_is_called_so(issuer, tmp_path):
    given(issuer, tmp_path, aud=["https://other.example", "https://plant.example"])
    assert looked(issuer, tmp_path, audience="https://plant.example") == (["active"], "")


def test_a_header_that_names_another_issuer_than_the_credential_is_refused(issuer, tmp_path):
    put(tmp_path, issuer.sign(issuer.badge(EMAIL, LICENCE, BEGINS), iss="https://evil.example"))
    assert looked(issuer, tmp_path) == ([], "badge.issuer")


@pytest.mark.parametrize("body", [b"", b"a.b.c", b"{}", b'{"a":1,"a":2}', b"\xff\xfe", b"x" * 70_000, b"eyJ.eyJ.eyJ"])
def test_what_is_no_token_is_an_alarm_and_stops_no_other(issuer, tmp_path, body):
    (tmp_path / "a.jwt").write_bytes(body)
    given(issuer, tmp_path, "b.jwt")
    statuses, alarm = looked(issuer, tmp_path)
    assert statuses == ["active"] and alarm in ("envelope.refused", "badge.form")


ENTRIES: dict[str, tuple[dict[str, Any], str]] = {
    "a place beyond the end": ({"statusListIndex": str(PLACES)}, "status.list"),
    "a place below the first": ({"statusListIndex": "-1"}, "status.list"),
    "a place that is no number": ({"statusListIndex": "seven"}, "status.list"),
    "a place in other digits": ({"statusListIndex": "٧"}, "status.list"),
    "no place": ({"statusListIndex": None}, "status.list"),
    "places of two bits": ({"statusSize": 2}, "status.list"),
    "another purpose": ({"statusPurpose": "fraud"}, "badge.form"),
    "a purpose that is a list": ({"statusPurpose": ["revocation"]}, "badge.form"),
    "no address": ({"statusListCredential": None}, "badge.form"),
    "an address elsewhere": ({"statusListCredential": "http://127.0.0.1:9/status/revocation"}, "status.list"),
    "an inner address": ({"statusListCredential": "http://169.254.169.254/status/x"}, "status.list"),
    "an address that climbs": ({"statusListCredential": "{url}/status/../admin"}, "status.list"),
    "an address that climbs in disguise": ({"statusListCredential": "{url}/status/%2E%2e/admin"}, "status.list"),
    "an address that climbs by a slash in disguise": (
        {"statusListCredential": "{url}/status/..%2Fadmin"},
        "status.list",
    ),
    "an address that begins the same": ({"statusListCredential": "{url}/status-of-evil/x"}, "status.list"),
    "a user in the address": ({"statusListCredential": "{url}@evil.example/status/x"}, "status.list"),
}


@pytest.mark.parametrize("what", ENTRIES)
def test_a_status_that_cannot_be_looked_up_is_unknown_never_active(issuer, tmp_path, what):
    more, code = ENTRIES[what]
    more = {k: v.replace("{url}", issuer.url) if isinstance(v, str) else v for k, v in more.items()}
    given(issuer, tmp_path, credentialStatus=issuer.entry(7, **more))
    assert looked(issuer, tmp_path) == ([], code)
    assert not [each for each in issuer.asked if "admin" in each or "evil" in each]


def test_messages_and_refreshes_change_nothing_and_are_not_asked_for(issuer, tmp_path):
    entries = [issuer.entry(7), issuer.entry(9, "message", statusSize=2), issuer.entry(9, "refresh")]
    given(issuer, tmp_path, credentialStatus=entries)
    assert looked(issuer, tmp_path) == (["active"], "") and issuer.asked == ["/status/revocation"]


NAMED: list[tuple[str, Any, list[str], str]] = [
    ("nothing", [], ["active"], ""),
    ("it", [{"id": "urn:a"}], ["revoked"], ""),
    ("it, with a reason", [{"id": "urn:a", "revoked": True, "revocationReason": "withdrawn"}], ["revoked"], ""),
    ("that it is so no more", [{"id": "urn:a", "revoked": False}], ["active"], ""),
    ("others", [{"id": "urn:b"}, {"id": "urn:aa"}], ["active"], ""),
    ("what is no id", [{"id": 7}], [], "badge.form"),
    ("no list", None, [], "badge.form"),
]


@pytest.mark.parametrize(("listed", "statuses", "code"), [each[1:] for each in NAMED], ids=[e[0] for e in NAMED])
def test_a_list_of_what_is_revoked_is_read_where_its_issuer_signed_that_it_stands(
    issuer, tmp_path, listed, statuses, code
):
    url = f"{issuer.url}/status/revoked"
    issuer.plain["/status/revoked"] = {"id": url, "issuer": issuer.issuer, "revokedCredentials": listed}
    given(issuer, tmp_path, id="urn:a", credentialStatus={"id": url, "type": "1EdTechRevocationList"})
    assert looked(issuer, tmp_path) == (statuses, code) and issuer.asked == ["/status/revoked"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"issuer": "https://other.example"}, {}, "status.list"),
        ({"id": "https://issuer.example/other"}, {}, "status.list"),
        ({}, {"id": "https://evil.example/status"}, "status.list"),
        ({}, {"id": 7}, "badge.form"),
        ({}, {"id": None}, "badge.form"),
    ],
)
def test_a_list_of_what_is_revoked_counts_of_this_issuer_at_its_own_address_alone(
    issuer, tmp_path, change, status, code
):
    url = f"{issuer.url}/status/revoked"
    issuer.plain["/status/revoked"] = {"id": url, "issuer": issuer.issuer, "revokedCredentials": [], **change}
    given(issuer, tmp_path, credentialStatus={"id": url, "type": "1EdTechRevocationList", **status})
    assert looked(issuer, tmp_path) == ([], code)


BOMB = encoded(bytes(60_000_000))
LISTS: dict[str, tuple[dict[str, Any], str]] = {
    "of another issuer": ({"issuer": "https://other.example"}, "status.list"),
    "of another address": ({"id": "https://issuer.example/status/9"}, "status.list"),
    "of another purpose": ({"/statusPurpose": "suspension"}, "status.list"),
    "of another kind": ({"/type": "TokenStatusList"}, "status.list"),
    "its time is over": ({"validUntil": written(NOW - timedelta(minutes=1))}, "status.stale"),
    "its time has not come": ({"validFrom": written(NOW + timedelta(minutes=6))}, "status.stale"),
    "too short": ({"/encodedList": encoded(bytes(1000))}, "status.list"),
    "a bomb": ({"/encodedList": BOMB}, "status.list"),
    "cut off": ({"/encodedList": encoded(bytes(16_384))[:-12]}, "status.list"),
    "no gzip": ({"/encodedList": "uAAAA"}, "status.list"),
    "padded": ({"/encodedList": encoded(bytes(16_384)) + "="}, "status.list"),
    "no text": ({"/encodedList": 7}, "status.list"),
    "no list": ({"credentialSubject": {"id": "x"}}, "status.list"),
    "no credential": ({"type": ["x"]}, "badge.form"),
    "a credential that is no list": ({"type": ["VerifiableCredential", "OpenBadgeCredential"]}, "status.list"),
    "meant for somebody else": ({"aud": "https://other.example"}, "badge.form"),
}


@pytest.mark.parametrize("what", LISTS)
def test_a_list_that_is_not_the_one_that_was_asked_for_proves_nothing(issuer, tmp_path, what):
    issuer.changed, code = LISTS[what]
    given(issuer, tmp_path, credentialStatus=issuer.entry(7))
    assert looked(issuer, tmp_path) == ([], code)


def test_a_list_may_have_several_purposes_no_end_no_id_and_the_form_of_the_draft_before(issuer, tmp_path):
    given(issuer, tmp_path, credentialStatus=issuer.entry(7, type="StatusList2021Entry"))
    bits = bytearray(PLACES // 8)
    bits[0] = 1
    issuer.changed = {
        "/type": "StatusList2021",
        "/statusPurpose": ["refresh", "revocation"],
        "/encodedList": encoded(bytes(bits)).removeprefix("u"),
        "validUntil": None,
        "validFrom": None,
        "id": None,
    }
    with looking(issuer, tmp_path, stale_hours=2) as source:
        pages, _cursor = rounds(source)
    assert [each.status for each in told(pages)] == ["revoked"]
    assert pages[-1].summary["lists"]["stale_after"] == NOW + timedelta(hours=2)


AWAY = {
    "404": "status.missing",
    "410": "status.gone",
    "500": "peer.unreachable",
    "503": "peer.throttled",
    "429": "peer.throttled",
    "401": "peer.auth",
    "302": "peer.bad-answer",
    "400": "peer.bad-answer",
    "silent": "peer.timeout",
    "unsigned": "envelope.refused",
}


@pytest.mark.parametrize("wrong", AWAY)
def test_a_list_that_is_not_had_keeps_the_state_says_why_and_is_asked_for_again(issuer, tmp_path, wrong):
    given(issuer, tmp_path)
    with looking(issuer, tmp_path, deadline_seconds=0.3 if wrong == "silent" else 15) as source:
        pages, cursor = rounds(source)
        assert [each.status for each in told(pages)] == ["active"]
        issuer.wrong, issuer.set_bits["revocation"] = wrong, {7}
        pages, cursor = rounds(source, cursor)
        assert (told(pages), pages[-1].alarm) == ([], AWAY[wrong])
        assert pages[-1].summary["badges"]["missed"] == 1 and "/elsewhere" not in issuer.asked
        issuer.wrong = ""
        issuer.gate.set()
        pages, cursor = rounds(source, cursor)
        assert ([each.status for each in told(pages)], pages[-1].alarm) == (["revoked"], "")


def test_what_one_list_withdraws_is_withdrawn_whatever_the_other_says(issuer, tmp_path):
    elsewhere = issuer.entry(7, "suspension", statusListCredential="https://elsewhere.example/x")
    given(issuer, tmp_path, credentialStatus=[elsewhere, issuer.entry(7)])
    assert looked(issuer, tmp_path) == ([], "status.list")
    issuer.set_bits["revocation"] = {7}
    assert looked(issuer, tmp_path) == (["revoked"], "")


def test_an_older_list_than_was_read_before_takes_nothing_back(issuer, tmp_path):
    given(issuer, tmp_path)
    with looking(issuer, tmp_path) as source:
        issuer.set_bits["suspension"] = {7}
        _pages, cursor = rounds(source)
        issuer.dated, issuer.set_bits["suspension"] = NOW - timedelta(hours=1), set()
        pages, cursor = rounds(source, cursor)
        assert (told(pages), pages[-1].alarm) == ([], "status.stale")
        issuer.dated = NOW + timedelta(minutes=1)
        assert [each.status for each in told(rounds(source, cursor)[0])] == ["active"]


def test_a_server_whose_certificate_is_not_trusted_is_told_from_one_that_is_silent(tmp_path):
    mine, other = tmp_path / "mine", tmp_path / "other"
    mine.mkdir()
    other.mkdir()
    certificate(other)
    with serving(BadgeIssuer(now=lambda: NOW), certificate(mine)) as issuer:
        given(issuer, tmp_path)
        assert looked(issuer, tmp_path, ca_file=str(mine / "cert.pem")) == (["active"], "")
        assert looked(issuer, tmp_path, ca_file=str(other / "cert.pem")) == ([], "peer.tls")


def test_each_list_is_asked_for_once_a_round_however_many_credentials_name_it(issuer, tmp_path):
    for n in range(40):
        given(issuer, tmp_path, f"{n:02}.jwt", places=n, id=f"urn:{n}")
    issuer.set_bits["revocation"] = {39}
    with looking(issuer, tmp_path, at_once=10) as source:
        pages, cursor = rounds(source)
        assert len(pages) == 4 and len(issuer.asked) == 2
        assert [each.status for each in told(pages)] == ["active"] * 39 + ["revoked"]
        rounds(source, cursor)
    assert len(issuer.asked) == 4


def test_a_list_may_stand_at_the_very_address_that_settings_name(issuer, tmp_path):
    given(issuer, tmp_path, credentialStatus=issuer.entry(7))
    assert looked(issuer, tmp_path, status_at=[f"{issuer.url}/status/revocation"]) == (["active"], "")


@pytest.mark.parametrize(("wrong", "asked"), [("500", 3), ("429", 1)])
def test_a_server_that_owes_answers_is_left_alone_for_the_rest_of_the_round(issuer, tmp_path, wrong, asked):
    for n in range(9):
        given(issuer, tmp_path, f"{n}.jwt", id=f"urn:{n}", credentialStatus=_of_its_own(issuer, n))
    with looking(issuer, tmp_path) as source:
        issuer.wrong = wrong
        pages, cursor = rounds(source)
        assert (told(pages), pages[-1].alarm, len(issuer.asked)) == ([], AWAY[wrong], asked)
        issuer.wrong = ""
        assert len(told(rounds(source, cursor)[0])) == 9


def test_a_page_asks_for_so_many_lists_and_the_next_for_the_others(issuer, tmp_path):
    for n in range(40):
        given(issuer, tmp_path, f"{n:02}.jwt", id=f"urn:{n}", credentialStatus=_of_its_own(issuer, n))
    with looking(issuer, tmp_path) as source:
        pages, _cursor = rounds(source)
    assert [len(each.transmissions) for each in pages] == [32, 8] and len(issuer.asked) == 40


def _of_its_own(issuer: BadgeIssuer, n: int) -> dict[str, Any]:
    """A place in a list that no other credential is in."""
    return issuer.entry(7, statusListCredential=f"{issuer.url}/status/{n}/revocation")


def test_it_asks_no_more_often_than_may_be(issuer, tmp_path):
    given(issuer, tmp_path)
    with looking(issuer, tmp_path, requests_per_minute=60) as source:
        page = source.poll({}, NOW)
        assert (page.transmissions, issuer.asked) == ((), ["/status/revocation"])
        assert page.again_in is not None and 0 < page.again_in <= 1
        again = source.poll(json.loads(json.dumps(dict(page.cursor))), NOW)
        assert again.transmissions == () and len(issuer.asked) == 1


def identified(**more: Any) -> dict[str, Any]:
    return {"type": "IdentityObject", "identityType": "emailAddress", "hashed": False, "identityHash": EMAIL, **more}


HASHED = identified(hashed=True, salt="not so secret", identityHash=hashed(EMAIL, "not so secret"))
HOLDERS: list[tuple[str, Any, str, str]] = [
    ("plain", [identified()], "", EMAIL),
    ("as its id", {"id": f"mailto:{EMAIL}"}, "", EMAIL),
    ("a number beside it", [identified(identityType="studentId", identityHash="42"), identified()], "", EMAIL),
    ("hashed, in a folder of the holder", [HASHED], EMAIL, EMAIL),
    ("hashed without salt", [identified(hashed=True, identityHash=hashed(EMAIL))], EMAIL, EMAIL),
    ("hashed, as the holder writes it", [HASHED], "Zhang.Wei@plant.example", "Zhang.Wei@plant.example"),
    ("a number, in a folder of that number", [identified(identityType="studentId", identityHash="42")], "42", ""),
    ("a nickname that is another's address", [identified(identityType="nickname")], EMAIL, ""),
    ("hashed, a nickname", [{**HASHED, "identityType": "nickname"}], EMAIL, ""),
    ("hashed, in nobody's folder", [HASHED], "", ""),
    ("hashed, in the folder of another", [HASHED], "li.na@plant.example", ""),
    ("plain, in the folder of another", [identified()], "li.na@plant.example", ""),
    ("two of one kind", [identified(), identified(identityHash="li.na@plant.example")], "", ""),
    ("of another kind alone", [identified(identityType="studentId", identityHash="42")], "", ""),
    ("a DID", {"id": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"}, "", ""),
    ("by MD5", [identified(hashed=True, identityHash="md5$" + md5(EMAIL.encode()).hexdigest())], EMAIL, ""),
    ("nobody", [], "", ""),
]


@pytest.mark.parametrize(("stated", "claimed", "holder"), [each[1:] for each in HOLDERS], ids=[e[0] for e in HOLDERS])
def test_it_is_whose_it_says_that_it_is_and_never_a_guess(issuer, tmp_path, stated, claimed, holder):
    who = stated if isinstance(stated, dict) else {"identifier": stated}
    subject = {"achievement": {"id": LICENCE, "type": ["Achievement"]}, **who}
    given(issuer, tmp_path, f"{claimed}/a.jwt" if claimed else "a.jwt", credentialSubject=subject)
    with looking(issuer, tmp_path) as source:
        pages, _cursor = rounds(source)
    assert [each.subject for each in told(pages)] == ([holder] if holder else [])
    assert pages[-1].alarm == ("" if holder else "badge.recipient")
    assert not claimed or claimed not in str(pages[-1].summary), "who is claimed to hold it stands in no message"


def test_a_credential_that_is_no_badge_says_whose_it_is_where_settings_say(issuer, tmp_path):
    subject = {"id": "did:web:holder.example", "employeeNo": "E1042"}
    given(issuer, tmp_path, credentialSubject=subject, type=["VerifiableCredential", "ElectricianLicence"])
    settings = {"credentials": {"licence": "ElectricianLicence"}, "holder_at": "/credentialSubject/employeeNo"}
    with looking(issuer, tmp_path, **settings) as source:
        assert [each.subject for each in told(rounds(source)[0])] == ["E1042"]


def test_credentials_of_other_kinds_are_counted_and_passed_over(issuer, tmp_path):
    put(tmp_path, issuer.sign(issuer.badge(EMAIL, "https://issuer.example/achievements/first-aid", BEGINS)))
    with looking(issuer, tmp_path) as source:
        [page] = rounds(source)[0]
    assert (page.transmissions, page.alarm, page.summary["badges"]["others"]) == ((), "", 1) and not issuer.asked


def test_dates_of_claims_and_of_words_are_held_to_the_narrower(issuer, tmp_path):
    given(issuer, tmp_path, nbf=int(NOW.timestamp()), exp=(ENDS - timedelta(days=9)).timestamp())
    with looking(issuer, tmp_path) as source:
        [status] = told(rounds(source)[0])
    assert (status.valid_from, status.valid_until) == (NOW, ENDS - timedelta(days=9))


@pytest.mark.parametrize(
    ("begins", "ends"), [(NOW + timedelta(days=9), ENDS), (BEGINS, NOW - timedelta(days=1)), (BEGINS, None)]
)
def test_what_has_not_begun_or_is_over_is_told_with_its_dates_for_the_hub_to_judge(issuer, tmp_path, begins, ends):
    given(issuer, tmp_path, validFrom=written(begins), validUntil=None if ends is None else written(ends))
    with looking(issuer, tmp_path) as source:
        [status] = told(rounds(source)[0])
    assert (status.status, status.valid_from, status.valid_until) == ("active", begins, ends)


def test_one_that_is_issued_anew_has_a_number_of_its_own(issuer, tmp_path):
    given(issuer, tmp_path, id="urn:uuid:1", validUntil=written(NOW - timedelta(days=1)))
    given(issuer, tmp_path, "b.jwt", id="urn:uuid:2", places=8)
    given(issuer, tmp_path, "c.jwt", id="https://issuer.example/" + "a" * 200, places=9)
    given(issuer, tmp_path, "d.jwt", id=None, places=10)
    with looking(issuer, tmp_path) as source:
        numbers = [each.number for each in told(rounds(source)[0])]
    assert numbers[:2] == ["urn:uuid:1", "urn:uuid:2"] and len(set(numbers)) == 4
    assert all(each.startswith("sha256:") for each in numbers[2:])


def test_one_without_a_status_is_believed_until_its_end_where_settings_say_so(issuer, tmp_path):
    given(issuer, tmp_path, places=None)
    assert looked(issuer, tmp_path) == ([], "status.none")
    assert looked(issuer, tmp_path, without_status=True) == (["active"], "") and not issuer.asked


def test_a_file_that_is_gone_keeps_its_state_and_is_an_alarm_until_it_is_back(issuer, tmp_path):
    given(issuer, tmp_path)
    with looking(issuer, tmp_path) as source:
        _pages, cursor = rounds(source)
        (tmp_path / "a.jwt").rename(tmp_path / "a.jwt.part")
        for _ in range(2):
            pages, cursor = rounds(source, cursor)
            assert (told(pages), pages[-1].alarm) == ([], "badge.gone")
        (tmp_path / "a.jwt.part").rename(tmp_path / "a.jwt")
        pages, cursor = rounds(source, cursor)
        assert (told(pages), pages[-1].alarm) == ([], "")


@pytest.mark.parametrize(("ends", "bits"), [(NOW - timedelta(days=1), set()), (ENDS, {7})], ids=["over", "revoked"])
def test_what_can_hold_no_more_may_be_taken_away(issuer, tmp_path, ends, bits):
    issuer.set_bits["revocation"] = bits
    given(issuer, tmp_path, validUntil=written(ends))
    with looking(issuer, tmp_path) as source:
        _pages, cursor = rounds(source)
        (tmp_path / "a.jwt").unlink()
        pages, cursor = rounds(source, cursor)
        assert (told(pages), pages[-1].alarm, cursor["said"]) == ([], "", {})


def test_a_file_that_is_moved_is_the_same_credential(issuer, tmp_path):
    given(issuer, tmp_path)
    with looking(issuer, tmp_path) as source:
        issuer.set_bits["suspension"] = {7}
        _pages, cursor = rounds(source)
        (tmp_path / EMAIL).mkdir()
        (tmp_path / "a.jwt").rename(tmp_path / EMAIL / "b.jwt")
        pages, cursor = rounds(source, cursor)
        assert (told(pages), pages[-1].alarm) == ([], "")
        issuer.set_bits["suspension"] = set()
        pages, cursor = rounds(source, cursor, NOW + timedelta(minutes=1))
        [lifted] = told(pages)
        assert (lifted.status, lifted.changed_at) == ("active", NOW + timedelta(minutes=1))


def test_another_credential_in_the_place_of_one_that_still_holds_does_not_hide_it(issuer, tmp_path):
    given(issuer, tmp_path, id="urn:first")
    with looking(issuer, tmp_path) as source:
        _pages, cursor = rounds(source)
        given(issuer, tmp_path, id="urn:second", places=8, validUntil=written(ENDS + timedelta(days=300)))
        for brought in (["urn:second"], []):
            pages, cursor = rounds(source, cursor)
            assert ([each.number for each in told(pages)], pages[-1].alarm) == (brought, "badge.gone")
        issuer.now = lambda: ENDS
        pages, cursor = rounds(source, cursor, ENDS)
        assert (told(pages), pages[-1].alarm, len(cursor["said"])) == ([], "", 1)


def test_one_number_that_is_issued_anew_is_told_with_its_new_end_whether_its_file_is_new_or_not(issuer, tmp_path):
    later = ENDS + timedelta(days=300)
    given(issuer, tmp_path)
    with looking(issuer, tmp_path) as source:
        _pages, cursor = rounds(source)
        given(issuer, tmp_path, "b.jwt", validUntil=written(later))
        pages, cursor = rounds(source, cursor, NOW + timedelta(minutes=1))
        assert [each.valid_until for each in told(pages)] == [later]
        assert rounds(source, cursor, NOW + timedelta(minutes=2))[0][0].transmissions == ()


def test_one_bad_file_hides_no_list_that_is_not_had(issuer, tmp_path):
    put(tmp_path, "nothing", "a.jwt")
    given(issuer, tmp_path, "b.jwt")
    issuer.wrong = "404"
    with looking(issuer, tmp_path) as source:
        pages, _cursor = rounds(source)
    assert (pages[-1].alarm, pages[-1].more) == ("status.missing", ("envelope.refused",))
    assert pages[-1].summary["badges"]["missed"] == 2


def test_a_folder_that_is_not_there_is_no_empty_one(issuer, tmp_path):
    with looking(issuer, tmp_path / "nowhere") as source, pytest.raises(LicetError) as failed:
        source.poll({}, NOW)
    assert failed.value.code == "peer.unreachable"


def test_a_link_leads_nowhere(issuer, tmp_path):
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir()
    folder.mkdir()
    given(issuer, outside)
    (folder / "a.jwt").symlink_to(outside / "a.jwt")
    (folder / EMAIL).symlink_to(outside)
    assert looked(issuer, folder) == ([], "")


@pytest.mark.parametrize(
    ("more", "says"),
    [({"credentials": {}}, "credentials"), ({"keys": []}, "keys"), ({"status_at": ["ftp://x/y"]}, "status_at")],
)
def test_settings_that_do_not_fit_are_refused(issuer, tmp_path, more, says):
    with pytest.raises(ValidationError, match=says):
        Settings.model_validate(registered(issuer, tmp_path, **more))
