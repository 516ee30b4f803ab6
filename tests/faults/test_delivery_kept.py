"""What a delivery keeps on record around its writes, seen from a real server and from a process that is killed."""

import signal
from datetime import UTC, datetime

import pytest

from tests.contract.scim_server import running
from tests.faults.proxy import CHANGES, Proxy
from tests.site import build, order, until


@pytest.fixture
def scim():
    with running() as server:
        yield server


@pytest.fixture
def proxy(scim):
    with Proxy("127.0.0.1", scim.port) as opened:
        yield opened


@pytest.fixture
def site(tmp_path, proxy):
    built = build(tmp_path / "hub", scim_url=proxy.url, people=1, groups=("room", "annex"))
    built.start()
    until(lambda: built.rows("SELECT count(*) FROM people")[0][0] == 1, "the roster is in")
    built.enforce()
    yield built
    if built.process is not None:
        built.end()


def push(site, status, sequence):
    answer, _body = site.authority().push(order(0, status, sequence), now=datetime.now(UTC), id=f"e-{sequence}")
    assert answer in (200, 202)


def states(site):
    return dict(site.rows("SELECT target, state FROM desired"))


def opened(site, scim, *groups, others=()):
    for group in groups:
        scim.add_group(group, others)
    person = scim.add_user(userName="e0", externalId="E0")
    push(site, "active", 1)
    until(lambda: all(person in scim.members_of(group) for group in groups), "the doors are open")
    until(lambda: all(states(site)[group] == "confirmed" for group in groups), "they are confirmed")


def changes(proxy, group):
    return [each for each in proxy.seen if each.method in CHANGES and each.key.startswith(f"iam/{group}/")]


def test_every_try_of_one_change_carries_one_key(site, scim, proxy):
    opened(site, scim, "room", "annex")
    proxy.clear()
    proxy.fail("reset", "away", "503", "429")
    push(site, "revoked", 2)
    until(lambda: set(states(site).values()) == {"confirmed"} and not scim.members_of("room"), "the doors are closed")
    tries = [changes(proxy, group) for group in ("room", "annex")]
    assert sum(map(len, tries)) == 6, "four failed and two came through"
    assert [len({each.key for each in those}) for those in tries] == [1, 1]


def test_a_change_is_on_record_as_sent_before_its_effect_and_unknown_once_its_process_is_gone(site, scim, proxy):
    keeper = scim.add_user(userName="keeper", externalId="K")  # a list that shows nobody proves no absence
    opened(site, scim, "room", "annex", others=(keeper,))
    proxy.clear()
    proxy.fail("hold")
    before = len(site.entries("attempt"))
    push(site, "revoked", 2)
    until(lambda: changes(proxy, "room") or changes(proxy, "annex"), "a change has landed, and is not answered yet")
    assert states(site) == {"room": "sent", "annex": "sent"}
    decided = site.rows("SELECT epoch FROM desired WHERE target = 'room'")[0][0]
    attempts = site.entries("attempt")[before:]
    assert [(each["epoch"], each["wanted"]) for each in attempts] == [(decided, "absent")] * 2
    site.end(signal.SIGKILL)
    proxy.clear()
    site.start()
    until(lambda: set(states(site).values()) == {"confirmed"}, "the doors are confirmed")
    assert proxy.seen[0].method == "GET", "who does not know looks first"
    assert scim.members_of("room") == scim.members_of("annex") == [keeper]
    tries = [each for group in ("room", "annex") for each in changes(proxy, group)]
    assert len(tries) <= 3 and len({each.key for each in tries}) <= 2, "what is in doubt is sent again by its own key"


def test_a_refused_grant_stays_until_it_is_not_refused_any_more(site, scim):
    scim.add_group("room")
    scim.add_user(userName="e0", externalId="E0")
    push(site, "active", 1)
    until(lambda: states(site) == {"room": "confirmed", "annex": "failed"}, "one is open, one is refused")
    until(lambda: site.rows("SELECT tries FROM outbox WHERE tries > 1"), "it was tried again")
    said = [each for each in site.entries("failed") if each["target"] == "annex"]
    assert {each["code"] for each in said} == {"sink.no-target"}
    scim.add_group("annex")
    until(lambda: scim.members_of("annex") and states(site)["annex"] == "confirmed", "it is open as well")
    until(lambda: not site.rows("SELECT 1 FROM outbox"), "nothing waits any more")


def test_a_group_that_is_gone_keeps_no_other_one_open(site, scim):
    opened(site, scim, "room", "annex")
    [annex] = [each["id"] for each in scim.call("GET", "/Groups")["Resources"] if each["displayName"] == "annex"]
    scim.call("DELETE", f"/Groups/{annex}")
    push(site, "revoked", 2)
    until(lambda: not scim.members_of("room") and states(site)["room"] == "confirmed", "the other one is closed")
    assert states(site)["annex"] != "confirmed", "what is not shown is not seen closed"
    assert [each["code"] for each in site.entries("failed") if each["target"] == "annex"][-1] == "sink.no-target"
