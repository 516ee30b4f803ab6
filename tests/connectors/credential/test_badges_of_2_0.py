"""Open Badges 2.0: a hosted one is what its server says now, a signed one what was signed and not revoked since."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from joserfc.jwk import RSAKey
from pydantic import ValidationError

from connectors.credential.badges import SPEC, Badges, Settings
from connectors.simulators.badge_issuer import BadgeIssuer, hashed, serving, token, written
from connectors.simulators.hosted_badges import HostedBadges
from tests.connectors.credential.test_badges import BEGINS, EMAIL, ENDS, NOW, put, rounds, told
from tests.connectors.test_http import certificate

OTHER_KEY = RSAKey.import_key(generate_private_key(65537, 3072))


@pytest.fixture(scope="module")
def key() -> Any:
    return RSAKey.import_key(generate_private_key(65537, 3072))


@pytest.fixture
def issuer(key) -> Iterator[HostedBadges]:
    with serving(HostedBadges(key=key)) as started:
        yield started


def registered(issuer: HostedBadges, folder: Path, **more: Any) -> dict[str, Any]:
    """How a hub is set to look at the badges of the simulated issuer."""
    return {
        "folder": str(folder),
        "issuer": issuer.issuer,
        "keys": [{"kid": issuer.kid, "alg": "rs256", "public": issuer.jwk}],
        "credentials": {"licence": f"{issuer.url}/classes/licence"},
        "hosted_at": [f"{issuer.url}/assertions", f"{issuer.url}/classes"],
        "revoked_at": f"{issuer.url}/revoked",
        "allow_private_address": True,
        **more,
    }


@contextmanager
def looking(issuer: HostedBadges, folder: Path, **more: Any) -> Iterator[Badges]:
    made = SPEC.build("badges", Settings.model_validate(registered(issuer, folder, **more)))
    try:
        yield made
    finally:
        made.close()


def hosted(issuer: HostedBadges, folder: Path, name: str = "a", file: str = "a.json", /, **more: Any) -> dict[str, Any]:
    """A hosted badge of somebody, and the copy that was handed in."""
    badge = more.pop("badge", None) or issuer.badge_class("licence")
    made = issuer.assertion(name, EMAIL, badge, BEGINS, **{"expires": written(ENDS), **more})
    put(folder, json.dumps(made), file)
    return made


def signed(issuer: HostedBadges, folder: Path, file: str = "a.jwt", /, **more: Any) -> None:
    """A signed badge of somebody."""
    made = issuer.assertion("a", EMAIL, issuer.badge_class("licence"), BEGINS, expires=written(ENDS))
    badge = {**made, "id": "urn:uuid:1", "verification": {"type": "SignedBadge", "creator": issuer.kid}, **more}
    put(folder, issuer.signed({name: value for name, value in badge.items() if value is not None}), file)


def looked(issuer: HostedBadges, folder: Path, **more: Any) -> tuple[list[str], str]:
    """The statuses that one round brings, and the code of its alarm."""
    with looking(issuer, folder, **more) as source:
        pages, _cursor = rounds(source)
    return [each.status for each in told(pages)], pages[-1].alarm


def test_a_hosted_badge_is_what_its_server_says_and_known_by_a_query(issuer, tmp_path):
    made = hosted(issuer, tmp_path)
    put(
        tmp_path,
        json.dumps({"id": made["id"], "recipient": "somebody else", "expires": "2099-01-01T00:00:00Z"}),
        "a.json",
    )
    with looking(issuer, tmp_path, stale_hours=2) as source:
        pages, cursor = rounds(source)
        [status] = told(pages)
        assert rounds(source, cursor)[0][0].transmissions == (), "what is as it was is not told again"
    assert (status.subject, status.credential, status.status) == (EMAIL, "licence", "active")
    assert (status.valid_from, status.valid_until, status.said_at) == (BEGINS, ENDS, NOW)
    assert (status.number, status.provenance) == (made["id"], "query")
    lists = pages[-1].summary["lists"]
    assert (lists["hosted_read"], lists["hosted_missed"]) == (1, 0)
    assert (lists["fetched_at"], lists["stale_after"]) == (NOW, NOW + timedelta(hours=2))
    assert issuer.asked[:2] == ["/assertions/a", "/classes/licence"], "its class says whose it is"


@pytest.mark.parametrize("copy", [{}, {"recipient": {"type": "email", "identity": "li.na@plant.example"}}])
@pytest.mark.parametrize("status", [200, 410])
def test_a_badge_that_its_server_calls_revoked_is_revoked_for_who_it_was_handed_on(issuer, tmp_path, status, copy):
    made = hosted(issuer, tmp_path)
    with looking(issuer, tmp_path) as source:
        _pages, cursor = rounds(source)
        put(tmp_path, json.dumps({"id": made["id"], **copy}), "a.json")
        issuer.revoked["/assertions/a"] = status
        pages, cursor = rounds(source, cursor, NOW + timedelta(minutes=1))
        [revoked] = told(pages)
        assert (revoked.status, revoked.subject, revoked.credential, revoked.number) == (
            "revoked",
            EMAIL,
            "licence",
            made["id"],
        )
        assert (revoked.changed_at, revoked.valid_until) == (NOW + timedelta(minutes=1), ENDS)
        assert rounds(source, cursor, NOW + timedelta(minutes=2))[0][0].transmissions == ()


def test_a_badge_that_is_gone_without_a_word_is_suspended_and_back_when_it_is_back(issuer, tmp_path):
    hosted(issuer, tmp_path)
    with looking(issuer, tmp_path) as source:
        _pages, cursor = rounds(source)
        issuer.gone = {"/assertions/a"}
        pages, cursor = rounds(source, cursor, NOW + timedelta(minutes=1))
        assert ([each.status for each in told(pages)], pages[-1].alarm) == (["suspended"], "")
        issuer.gone = set()
        pages, cursor = rounds(source, cursor, NOW + timedelta(minutes=2))
        [back] = told(pages)
        assert (back.status, back.changed_at, back.valid_until) == ("active", NOW + timedelta(minutes=2), ENDS)


@pytest.mark.parametrize("wrong", ["gone", "revoked"])
def test_one_that_never_counted_is_withdrawn_from_nobody(issuer, tmp_path, wrong):
    hosted(issuer, tmp_path)
    issuer.gone, issuer.revoked = ({"/assertions/a"}, {}) if wrong == "gone" else (set(), {"/assertions/a": 410})
    with looking(issuer, tmp_path) as source:
        [page] = rounds(source)[0]
    assert (page.transmissions, page.alarm, page.summary["badges"]["others"]) == ((), "", 1)


AWAY = {
    404: "badge.missing",
    500: "peer.unreachable",
    503: "peer.throttled",
    401: "peer.auth",
    302: "peer.bad-answer",
    400: "peer.bad-answer",
}


@pytest.mark.parametrize("status", AWAY)
def test_a_server_that_does_not_answer_changes_nothing_and_why_is_told_apart(issuer, tmp_path, status):
    hosted(issuer, tmp_path)
    with looking(issuer, tmp_path) as source:
        _pages, cursor = rounds(source)
        issuer.statuses["/assertions/a"] = status
        pages, cursor = rounds(source, cursor)
        assert (told(pages), pages[-1].alarm) == ([], AWAY[status]) and "/elsewhere" not in issuer.asked
        issuer.statuses, issuer.revoked = {}, {"/assertions/a": 410}
        assert [each.status for each in told(rounds(source, cursor)[0])] == ["revoked"]


def test_a_certificate_that_is_not_trusted_is_told_apart(key, tmp_path):
    mine, other = tmp_path / "mine", tmp_path / "other"
    mine.mkdir()
    other.mkdir()
    certificate(other)
    with serving(HostedBadges(key=key), certificate(mine)) as issuer:
        hosted(issuer, tmp_path)
        assert looked(issuer, tmp_path, ca_file=str(mine / "cert.pem")) == (["active"], "")
        assert looked(issuer, tmp_path, ca_file=str(other / "cert.pem")) == ([], "peer.tls")


WRONG: dict[str, tuple[Mapping[str, Any], str]] = {
    "another id": ({"id": "https://evil.example/assertions/a"}, "badge.form"),
    "no badge": ({"type": "Profile"}, "badge.form"),
    "a signed one": ({"verification": {"type": "SignedBadge"}}, "badge.form"),
    "no verification": ({"verification": None}, "badge.form"),
    "revoked by a text": ({"revoked": "no"}, "badge.form"),
    "a day without an offset": ({"issuedOn": "2026-01-01T00:00:00"}, "badge.form"),
    "no day": ({"issuedOn": None}, "badge.form"),
    "an end that is none": ({"expires": 7}, "badge.form"),
    "nobody": ({"recipient": None}, "badge.form"),
    "somebody by another kind": ({"recipient": {"type": "url", "identity": EMAIL}}, "badge.recipient"),
    "a hash, in nobody's folder": (
        {"recipient": {"type": "email", "hashed": True, "identity": hashed(EMAIL)}},
        "badge.recipient",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_stands_there_and_is_no_badge_of_this_issuer_grants_nothing(issuer, tmp_path, what):
    more, code = WRONG[what]
    hosted(issuer, tmp_path)
    issuer.documents["/assertions/a"] |= more
    assert looked(issuer, tmp_path) == ([], code)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"id": "a", "id": "b"}', b"<html></html>", b"x" * (1 << 21)])
def test_what_is_no_document_grants_nothing(issuer, tmp_path, body):
    hosted(issuer, tmp_path)
    issuer.plain["/assertions/a"] = body
    statuses, alarm = looked(issuer, tmp_path)
    assert statuses == [] and alarm in ("badge.form", "peer.unreachable", "peer.bad-answer")


ELSEWHERE = [
    "https://evil.example/assertions/a",
    "http://169.254.169.254/assertions/a",
    "{url}/elsewhere/a",
    "{url}/assertions/../elsewhere",
    "{url}/assertions/%2e%2E%2felsewhere",
    "{url}@evil.example/assertions/a",
    "file:///etc/passwd",
]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_a_copy_that_points_elsewhere_has_nobody_asked(issuer, tmp_path, address):
    put(tmp_path, json.dumps({"id": address.replace("{url}", issuer.url)}), "a.json")
    assert looked(issuer, tmp_path) == ([], "badge.issuer") and issuer.asked == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": 7}', '{"id": "a", "id": "b"}', "{" * 900])
def test_a_copy_that_points_nowhere_is_an_alarm_and_stops_no_other(issuer, tmp_path, text):
    put(tmp_path, text, "a.json")
    hosted(issuer, tmp_path, "b", "b.json")
    assert looked(issuer, tmp_path) == (["active"], "badge.form")


def test_on_a_server_of_several_issuers_the_class_says_whose_a_badge_is(issuer, tmp_path):
    hosted(issuer, tmp_path)
    issuer.documents["/classes/licence"]["issuer"] = {"id": "https://other.example", "type": "Profile"}
    assert looked(issuer, tmp_path) == ([], "badge.issuer")
    issuer.documents["/classes/licence"]["issuer"] = {"id": issuer.issuer, "type": "Profile"}
    assert looked(issuer, tmp_path) == (["active"], "")
    del issuer.documents["/classes/licence"]
    assert looked(issuer, tmp_path) == ([], "badge.missing")


def test_a_class_within_its_badge_is_looked_up_where_it_stands(issuer, tmp_path):
    address = issuer.badge_class("licence")
    within = {"id": address, "type": "BadgeClass", "issuer": issuer.issuer}
    hosted(issuer, tmp_path, badge=within)
    assert looked(issuer, tmp_path) == (["active"], "")
    issuer.documents["/classes/licence"]["issuer"] = "https://other.example"
    assert looked(issuer, tmp_path) == ([], "badge.issuer"), "another issuer on that server wrote the badge"
    hosted(issuer, tmp_path, badge={**within, "issuer": {"id": "https://other.example"}})
    assert looked(issuer, tmp_path) == ([], "badge.issuer")
    hosted(issuer, tmp_path, badge={**within, "issuer": None})
    assert looked(issuer, tmp_path) == ([], "badge.form")


def test_a_class_that_has_no_address_stands_within_its_badge(issuer, tmp_path):
    within = {"id": "urn:class:licence", "type": "BadgeClass", "issuer": issuer.issuer}
    hosted(issuer, tmp_path, badge=within)
    given = {"credentials": {"licence": "urn:class:licence"}}
    assert looked(issuer, tmp_path, **given) == (["active"], "") and issuer.asked == ["/assertions/a"]
    hosted(issuer, tmp_path, badge="urn:class:licence")
    assert looked(issuer, tmp_path, **given) == ([], "badge.issuer"), "nobody says whose it is"


def test_a_copy_that_points_at_a_class_hides_no_badge_of_it(issuer, tmp_path):
    hosted(issuer, tmp_path, "b", "b.json")
    put(tmp_path, json.dumps({"id": f"{issuer.url}/classes/licence"}), "a.json")
    assert looked(issuer, tmp_path) == (["active"], "badge.form")


def test_a_badge_of_another_class_is_counted_and_passed_over(issuer, tmp_path):
    hosted(issuer, tmp_path, badge=issuer.badge_class("first-aid"))
    assert looked(issuer, tmp_path) == ([], "") and issuer.asked == ["/assertions/a"]


def test_a_badge_that_is_somebody_elses_all_at_once_is_not_followed(issuer, tmp_path):
    hosted(issuer, tmp_path)
    with looking(issuer, tmp_path) as source:
        _pages, cursor = rounds(source)
        issuer.documents["/assertions/a"]["recipient"]["identity"] = "li.na@plant.example"
        pages, _cursor = rounds(source, cursor)
    assert (told(pages), pages[-1].alarm) == ([], "badge.recipient")


def test_a_hashed_holder_is_who_the_folder_says(issuer, tmp_path):
    who = {"type": "email", "hashed": True, "salt": "deadsea", "identity": hashed(EMAIL, "deadsea")}
    hosted(issuer, tmp_path, "a", f"{EMAIL}/a.json", recipient=who)
    assert looked(issuer, tmp_path) == (["active"], "")


def test_each_is_asked_for_once_a_round_and_as_often_as_may_be(issuer, tmp_path):
    for n in range(40):
        hosted(issuer, tmp_path, f"{n}", f"{n:02}.json")
    put(tmp_path, (tmp_path / "00.json").read_text(), "copy.json")
    with looking(issuer, tmp_path) as source:
        pages, _cursor = rounds(source)
    assert len(told(pages)) == 41 and len(issuer.asked) == 41 and len(pages) == 2


# ---------------------------------------------------------------- signed


def test_a_signed_badge_is_what_its_issuers_key_signed_until_its_list_revokes_it(issuer, tmp_path):
    signed(issuer, tmp_path)
    with looking(issuer, tmp_path) as source:
        pages, cursor = rounds(source)
        [status] = told(pages)
        assert (status.subject, status.status, status.number) == (EMAIL, "active", "urn:uuid:1")
        assert (status.valid_from, status.valid_until, status.provenance) == (BEGINS, ENDS, "issuer_file")
        assert pages[-1].summary["lists"]["read"] == 1 and issuer.asked == ["/revoked"]
        issuer.revocations = ["urn:uuid:2", {"id": "urn:uuid:1", "revocationReason": "withdrawn"}]
        pages, cursor = rounds(source, cursor, NOW + timedelta(minutes=1))
        [revoked] = told(pages)
        assert (revoked.status, revoked.changed_at) == ("revoked", NOW + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("listed", "status"),
    [
        ([], "active"),
        (["urn:uuid:1"], "revoked"),
        ([{"uid": "u-1"}], "revoked"),
        ([{"id": "urn:uuid:11"}, "urn:uuid"], "active"),
    ],
)
def test_its_list_revokes_by_id_or_uid_and_nothing_that_looks_alike(issuer, tmp_path, listed, status):
    issuer.revocations = listed
    signed(issuer, tmp_path, uid="u-1")
    assert looked(issuer, tmp_path) == ([status], "")


LISTS: dict[str, tuple[Mapping[str, Any], str]] = {
    "of another issuer": ({"issuer": "https://other.example"}, "status.list"),
    "of nobody": ({"issuer": None}, "badge.form"),
    "of another address": ({"id": "https://issuer.example/revoked"}, "status.list"),
    "of another kind": ({"type": "Profile"}, "badge.form"),
    "without entries": ({"revokedAssertions": None}, "badge.form"),
    "with entries that are none": ({"revokedAssertions": [7]}, "badge.form"),
    "with an entry that says nothing": ({"revokedAssertions": [{"reason": "x"}]}, "badge.form"),
    "with an id that is an object": ({"revokedAssertions": [{"id": {"a": 1}}]}, "badge.form"),
}


@pytest.mark.parametrize("what", LISTS)
def test_a_list_that_is_not_its_issuers_proves_nothing(issuer, tmp_path, what):
    issuer.changed, code = LISTS[what]
    signed(issuer, tmp_path)
    assert looked(issuer, tmp_path) == ([], code)


@pytest.mark.parametrize(("status", "code"), [(404, "status.missing"), (410, "status.gone"), (500, "peer.unreachable")])
def test_a_list_that_is_not_had_keeps_the_state(issuer, tmp_path, status, code):
    signed(issuer, tmp_path)
    with looking(issuer, tmp_path) as source:
        _pages, cursor = rounds(source)
        issuer.statuses["/revoked"] = status
        pages, cursor = rounds(source, cursor)
        assert (told(pages), pages[-1].alarm) == ([], code)


def test_one_whose_issuer_has_no_list_is_believed_where_settings_say_so(issuer, tmp_path):
    signed(issuer, tmp_path)
    assert looked(issuer, tmp_path, revoked_at="") == ([], "status.none")
    assert looked(issuer, tmp_path, revoked_at="", without_status=True) == (["active"], "") and not issuer.asked


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"verification": {"type": "SignedBadge", "creator": "https://evil.example/key"}}, "sig.key-unknown"),
        ({"verification": {"type": "SignedBadge"}}, "envelope.refused"),
        ({"verification": {"type": "HostedBadge", "creator": "https://issuer.example/keys/1"}}, "badge.form"),
        ({"verification": {}}, "envelope.refused"),
        ({"badge": {"id": "x", "issuer": "https://other.example"}}, "badge.issuer"),
        ({"id": 7}, "badge.form"),
    ],
)
def test_a_signed_badge_that_says_another_key_issuer_or_proof_is_refused(issuer, tmp_path, more, code):
    signed(issuer, tmp_path, **more)
    assert looked(issuer, tmp_path) == ([], code) and not issuer.asked


def test_who_signs_with_a_key_of_its_own_and_names_a_registered_one_is_refused(issuer, tmp_path):
    badge = issuer.assertion("a", EMAIL, issuer.badge_class("licence"), BEGINS)
    said = {**badge, "verification": {"type": "SignedBadge", "creator": issuer.kid}}
    put(tmp_path, token(said, OTHER_KEY, {"alg": "RS256"}))
    assert looked(issuer, tmp_path) == ([], "sig.bad") and not issuer.asked


@pytest.mark.parametrize("given", [{"keys": []}, {"hosted_at": []}, {"keys": [], "hosted_at": []}])
def test_an_issuer_is_proven_by_keys_or_by_where_its_badges_stand(issuer, tmp_path, given):
    if len(given) == 1:
        assert Settings.model_validate(registered(issuer, tmp_path, **given))
    else:
        with pytest.raises(ValidationError, match="hosted_at"):
            Settings.model_validate(registered(issuer, tmp_path, **given))


def test_credentials_of_3_0_and_badges_of_2_0_may_lie_in_one_folder(issuer, tmp_path):
    with serving(BadgeIssuer(now=lambda: NOW, kid="ob3")) as other:
        put(tmp_path, other.sign(other.badge(EMAIL, f"{issuer.url}/classes/licence", BEGINS)), "a.jwt")
        hosted(issuer, tmp_path, "b", "b.json")
        keys = [{"kid": "ob3", "alg": "ed25519", "public": other.jwk}]
        assert looked(issuer, tmp_path, keys=keys, status_at=[other.url]) == (["active", "active"], "")
