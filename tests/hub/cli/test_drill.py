"""``licet drill revoke``: what a withdrawal of everything comes to, told by a hub of its own; nothing is touched."""

import json
from datetime import UTC, datetime

import pytest

from tests.contract.scim_server import running
from tests.hub.cli.test_what_if import content
from tests.journeys.commands import run
from tests.site import build, order, until


@pytest.fixture(scope="module")
def scim():
    with running() as server:
        for n in range(3):
            server.add_user(userName=f"e{n}", externalId=f"E{n}")
        server.add_group("room")
        yield server


@pytest.fixture(scope="module")
def site(scim, tmp_path_factory):
    """Three people inside by their licences; the post must have two."""
    site = build(tmp_path_factory.mktemp("site") / "hub", scim_url=f"http://127.0.0.1:{scim.port}")
    post = site.home / "positions" / "post.toml"
    post.write_text(
        post.read_text("utf-8").replace("[credential.", "[manning]\nat_least = 2\n[credential.", 1), "utf-8"
    )
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM standings")[0][0] == 3, "everybody was looked at")
    site.enforce()
    for n in range(3):
        assert site.authority().push(order(n, "active", 1), now=datetime.now(UTC), id=f"r-{n}")[0] == 202
    until(lambda: len(scim.members_of("room")) == 3, "all are inside")
    until(lambda: not site.rows("SELECT 1 FROM outbox"), "all is confirmed")
    site.end()
    return site


def drill(site, *arguments):
    return run("drill", "revoke", "-c", str(site.home), *arguments)


def test_it_says_which_doors_close_how_long_that_takes_and_who_is_left(site, scim):
    before = content(site)
    done = drill(site, "--issuer", "authority", "--json")
    assert done.returncode == 1, "the post would be empty"
    told = json.loads(done.stdout)
    assert (told["numbers"], told["people"], told["of"]) == (3, 3, 3)
    [load] = told["sinks"]
    assert (load["sink"], load["closings"], load["longest"], load["code"]) == ("iam", 3, 3, "")
    assert load["seconds"] > 0
    post = {"position": "post", "now": 3, "after": 0, "at_least": 2, "short": True}
    assert told["posts"] == [post]
    assert content(site) == before and len(scim.members_of("room")) == 3


def test_it_is_told_in_both_languages(site):
    assert (
        "post: 3 in full scope now, 0 then, at least 2 - too few"
        in drill(site, "--issuer", "authority", "--lang", "en").stdout
    )
    assert "3 人中 3 人受影响" in drill(site, "--issuer", "authority", "--lang", "zh").stdout


def test_an_issuer_that_nobody_names_is_said(site):
    wrong = drill(site, "--issuer", "nobody", "--lang", "en")
    assert wrong.returncode == 1 and "expected who issues a credential of a position: authority" in wrong.stderr
