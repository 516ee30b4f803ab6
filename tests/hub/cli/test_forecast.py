"""``licet forecast``: who will lose what within some days, told by a hub of its own; nothing is touched."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.hub.cli.test_what_if import content
from tests.journeys.commands import run
from tests.site import build, order, until


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Three people with a licence; that of the second ends in some thirty days."""
    site = build(tmp_path_factory.mktemp("site") / "hub")
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM standings")[0][0] == 3, "everybody was looked at")
    soon = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
    for n, more in enumerate(({}, {"valid_until": soon}, {})):
        assert site.authority().push(order(n, "active", 1, **more), now=datetime.now(UTC), id=f"r-{n}")[0] == 202
    until(lambda: site.rows("SELECT count(*) FROM standings WHERE scope = 'full'")[0][0] == 3, "all may work")
    site.end()
    return site


def forecast(site, *arguments):
    return run("forecast", "-c", str(site.home), *arguments)


def test_who_will_lose_what_and_when_and_what_prevents_it(site):
    before = content(site)
    done = forecast(site, "90d", "--json")
    assert done.returncode == 0, done
    told = json.loads(done.stdout)
    [lockout] = told["lockouts"]
    assert (told["people"], lockout["person"], lockout["position"]) == (3, "E1", "post")
    assert (lockout["before"], lockout["after"]) == ("full", "none")
    assert timedelta(days=29) < datetime.fromisoformat(lockout["at"]) - datetime.now(UTC) < timedelta(days=32)
    assert [(each["cause"], each["reason"], each["cure"]["by"]) for each in lockout["causes"]] == [
        ("licence", "credential_expired", "issuer")
    ]
    assert content(site) == before


def test_it_looks_as_far_as_it_is_asked_to(site):
    assert json.loads(forecast(site, "20d", "--json").stdout)["lockouts"] == []
    for wrong in ("0d", "d", "99999d", "soon"):
        assert forecast(site, wrong).returncode != 0


def test_it_is_told_in_both_languages(site):
    assert "E1 人1  post: full -> none" in forecast(site, "90d", "--lang", "en").stdout
    assert forecast(site, "20d", "--lang", "zh").stdout == "没有可预见的权限失效\n共 3 人：0 项权限将失效\n"
