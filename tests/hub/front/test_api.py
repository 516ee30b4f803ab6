"""The hub's own API: nothing without the token but whether it lives."""

import urllib.request
from urllib.error import HTTPError

import pytest

from tests.site import build, until


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    built = build(tmp_path_factory.mktemp("api") / "hub")
    built.start()
    until(lambda: built.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    yield built
    built.end()


def asked(url: str, token: str = "") -> tuple[int, str]:
    request = urllib.request.Request(url, headers={"authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize("path", ["/api/v1/people/E1", "/api/v1/connectors", "/metrics"])
def test_without_the_token_nothing_is_said(site, path):
    right = (site.home / "keys" / "api.token").read_text()
    for token in ("", "wrong", right[:-1], right + "x"):
        status, body = asked(site.url + path, token)
        assert status == 401 and "人" not in body
    assert asked(site.url + path, right)[0] == 200


def test_whether_it_lives_and_is_ready_needs_none(site):
    assert asked(f"{site.url}/healthz")[0] == 200
    assert asked(f"{site.url}/readyz") == (200, '{"status":"ready"}')


def test_metrics_count_items_and_name_nobody(site):
    _status, text = asked(f"{site.url}/metrics", (site.home / "keys" / "api.token").read_text())
    assert 'licet_items{connector="roster",result="applied"} 3.0' in text
    assert "E1" not in text


def test_a_person_s_view_has_scope_holds_with_cures_requirements_and_targets(site):
    view = site.get("/api/v1/people/E1")
    [position] = view["positions"]
    assert position["scope"] == "none" and position["holds"][0]["cause"] == "licence"
    assert position["holds"][0]["cure"]["zh"] and position["holds"][0]["cure"]["en"]
    assert position["verdicts"][0]["state"] == "not_met"
    assert view["targets"][0]["mode"] == "observe"


def test_an_unknown_person_is_not_found(site):
    assert asked(f"{site.url}/api/v1/people/X", (site.home / "keys" / "api.token").read_text())[0] == 404
