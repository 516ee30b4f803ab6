"""A webhook that nothing proves: what it says is not read; it has the hub ask the issuer itself, so often at most."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from connectors.simulators.badge_issuer import serving as answering
from connectors.simulators.badge_issuer import written
from connectors.simulators.hosted_badges import HostedBadges
from hub.config.folder import read_folder
from hub.running import Hub
from schemas.errors import ConfigError
from tests.hub.front.test_front import serving
from tests.site import Site, build, until

FORGED = json.dumps({"event_type": "badge.state.changed", "data": {"id": "/assertions/2", "state": "revoked"}}).encode()


@pytest.fixture
def issuer() -> Iterator[HostedBadges]:
    with answering(HostedBadges()) as started:
        yield started


def settings(issuer: HostedBadges, site: Site, more: str = "ping_seconds = 1") -> None:
    """A hub that asks this issuer once a day, and whenever it is pinged."""
    badges = site.home / "badges"
    badges.mkdir()
    ends = written(datetime.now(UTC) + timedelta(days=200))
    made = issuer.assertion("1", "A0", issuer.badge_class("high"), datetime.now(UTC) - timedelta(days=3), expires=ends)
    (badges / "1.json").write_text(json.dumps(made))
    with (site.home / "licet.toml").open("a", encoding="utf-8") as file:
        file.write(f"""
[connectors.badges]
adapter = "credential/badges"
every = "86400 seconds"
identifiers = "authority"
folder = "badges"
issuer = "{issuer.issuer}"
credentials = {{ high-voltage-electrician = "{issuer.url}/classes/high" }}
hosted_at = ["{issuer.url}"]
allow_private_address = true
{more}
""")


@contextmanager
def at_work(site: Site) -> Iterator[str]:
    """Where it is reached."""
    hub = Hub(read_folder(site.home))
    hub.start()
    try:
        with serving(app=hub.parts.front(lambda: "http://hub.example", dict, list)) as (host, port):
            yield f"http://{host}:{port}"
    finally:
        hub.stop()


def post(url: str, body: bytes = FORGED, method: str = "POST") -> int:
    at = urlsplit(url)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=30)
    try:
        connection.request(method, at.path, body, {"content-type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def statuses(site: Site) -> list[str]:
    """How the badge stood, as the hub has heard it."""
    rows = site.rows("SELECT body FROM facts WHERE kind = 'credential_status' ORDER BY id")
    return [json.loads(row[0])["status"] for row in rows]


def test_a_ping_has_the_issuer_asked_at_once_and_what_it_says_itself_is_not_believed(issuer, tmp_path):
    site = build(tmp_path / "hub", people=1)
    settings(issuer, site)
    with at_work(site) as url:
        until(lambda: statuses(site) == ["active"], "the first round is over")
        assert post(f"{url}/ping/badges") == 200
        until(lambda: issuer.asked.count("/assertions/1") == 2, "it is asked long before a day is over")
        issuer.revoked["/assertions/1"] = 410
        assert [post(f"{url}/ping/badges", each) for each in (b"", b"{", b"x" * 200_000)] == [200] * 3
        until(lambda: statuses(site) == ["active", "revoked"], "what the issuer says counts")
        assert not [path for path in issuer.asked if "2" in path], "where a ping points nobody goes"


def test_who_pings_what_is_not_there_too_much_or_otherwise_is_told_so_and_nothing_is_asked(issuer, tmp_path):
    site = build(tmp_path / "hub", people=1)
    settings(issuer, site)
    with at_work(site) as url:
        until(lambda: statuses(site) == ["active"], "the first round is over")
        assert post(f"{url}/ping/badges", b"x" * 300_000) == 413
        assert post(f"{url}/ping/badges", method="GET") == 405
        assert post(f"{url}/ping/roster") == 404, "of others nobody can say it"
        assert post(f"{url}/ping/badges/more") == 404
        assert issuer.asked.count("/assertions/1") == 1


def test_only_what_is_asked_can_be_pinged(tmp_path):
    site = build(tmp_path / "hub", people=1)
    file = site.home / "licet.toml"
    file.write_text(
        file.read_text("utf-8").replace("[connectors.mail]\n", "[connectors.mail]\nping_seconds = 60\n"), "utf-8"
    )
    with pytest.raises(ConfigError, match="ping_seconds"):
        read_folder(site.home)
