"""Day one at a plant with 300 people inside: nothing closes until two people say so, then everything that must."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.clock import to_us
from tests.contract.scim_server import ScimServer, running
from tests.faults.proxy import CHANGES, Proxy
from tests.journeys.commands import licet, told
from tests.site import Site, build, order, until

PEOPLE = 300


@pytest.fixture(scope="module")
def scim() -> Iterator[ScimServer]:
    with running() as server:
        users = tuple(server.add_user(userName=f"e{n}", externalId=f"E{n}") for n in range(PEOPLE))
        server.add_group("room", users)
        yield server


@pytest.fixture(scope="module")
def proxy(scim: ScimServer) -> Iterator[Proxy]:
    with Proxy("127.0.0.1", scim.port) as opened:
        yield opened


@pytest.fixture(scope="module")
def site(tmp_path_factory, scim: ScimServer, proxy: Proxy) -> Iterator[Site]:
    built = build(tmp_path_factory.mktemp("observe") / "hub", scim_url=proxy.url, people=PEOPLE)
    built.start()
    until(lambda: built.rows("SELECT count(*) FROM standings")[0][0] == PEOPLE, "everybody was looked at")
    yield built
    built.end()
    assert built.balanced()
    verified = built.command("audit", "verify")
    assert verified.returncode == 0, verified.stdout


def opening(site: Site, file: Path) -> None:
    """Tell the hub who had access when it began."""
    lines = ["employee_no,kind,what,from,until,number,hours,required_hours"]
    file.write_text("\n".join([*lines, *(f"E{n},access,iam/room,,,,," for n in range(PEOPLE))]), encoding="utf-8")
    done = told(site, "import", "opening", str(file), "--apply", "--by", "HR")
    assert done["applied"] == {"applied": PEOPLE}


def inside(scim: ScimServer) -> int:
    return len(scim.members_of("room"))


def changes(proxy: Proxy) -> list[str]:
    return [each.method for each in proxy.seen if each.method in CHANGES]


def targets(site: Site, n: int) -> list[dict[str, str]]:
    return site.get(f"/api/v1/people/E{n}")["targets"]


def overdue(site: Site) -> int:
    """How many people are to be looked at by now."""
    [(count,)] = site.rows(f"SELECT count(*) FROM due WHERE at <= {to_us(datetime.now(UTC))}")
    return int(count)


def test_observe_changes_nothing_outside_and_two_people_end_it(site, scim, proxy, tmp_path):
    opening(site, tmp_path / "opening.csv")
    asked = datetime.now(UTC)
    settled = "SELECT count(*) FROM desired WHERE wanted = 'absent' AND mode = 'observe'"
    until(lambda: site.rows(settled)[0][0] == PEOPLE, "all is decided")
    assert inside(scim) == PEOPLE and changes(proxy) == []

    rows = told(site, "plan")
    assert {each["person"] for each in rows} == {f"E{n}" for n in range(PEOPLE)} and len(rows) == PEOPLE
    assert {(each["wanted"], each["seen"], each["mode"]) for each in rows} == {("absent", "present", "observe")}
    assert all("post=none" in each["why"] and "licence" in each["why"] for each in rows)
    assert inside(scim) == PEOPLE and changes(proxy) == [], "a plan changes nothing"

    for actors in ((), ("--by", "A"), ("--by", "A", "--by", "A"), ("--by", "A", "--by", " ")):
        alone = licet(site, "enforce", "iam", *actors, "--lang", "en")
        assert alone.returncode == 1 and "two different people" in alone.stderr, actors
    assert not site.entries("mode") and inside(scim) == PEOPLE and changes(proxy) == []

    for name in ("iam", "post"):
        until(lambda: not overdue(site), "nobody waits to be looked at: that would hinder it, too")
        both = licet(site, "enforce", name, "--by", "Wang", "--by", "Li")
        assert both.returncode == 0, both.stderr
        assert both.stdout.count("关闭  E") == PEOPLE, "shown first"
        assert f"iam：共 {PEOPLE} 项：关闭 {PEOPLE} 项（{PEOPLE} 人）" in both.stdout
        assert "岗位：不得上岗（证书：未取得）" in both.stdout
        hindered = {"iam": "岗位 post 为观察模式", "post": "没有妨碍执行的情况"}[name]
        assert hindered in both.stdout.partition("正式执行")[2]
    until(lambda: inside(scim) == 0, "every door is closed")
    until(lambda: confirmed_closed(site) == PEOPLE, "every door is confirmed closed")
    assert all(times == 1 for times in proxy.changes.values()), "nothing was sent twice"
    assert [site.who(each["actor"]) for each in site.entries("mode")] == [["Wang", "Li"]] * 2
    assert min(datetime.fromisoformat(each["ts"]) for each in site.entries("confirmed")) > asked
    assert told(site, "plan") == []


def confirmed_closed(site: Site) -> int:
    return len({each["person"] for each in site.entries("confirmed") if each["observed"] == "absent"})


def push(site: Site, n: int, status: str, sequence: int, **more: object) -> None:
    told = site.authority().push(order(n, status, sequence, **more), now=datetime.now(UTC), id=f"o-{n}-{sequence}")
    assert told[0] == 202, told


def test_a_freeze_holds_what_is_derived_and_lets_a_revocation_pass(site, scim):
    for n in (1, 2, 4):
        push(site, n, "active", 1)
    until(lambda: inside(scim) == 3 and shown(site, 1, 2, 4) == {"confirmed"}, "three doors are open")
    over = {"valid_until": (datetime.now(UTC) - timedelta(days=2)).date().isoformat()}
    hour = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    frozen = ("freeze", "iam", "--until", hour, "--reason")
    assert licet(site, *frozen, "", "--by", "Li").returncode == 1
    assert licet(site, "freeze", "nowhere", *frozen[2:], "IAM moves", "--by", "Li").returncode == 1
    assert licet(site, *frozen, "IAM moves", "--by", "Li").returncode == 0
    push(site, 1, "active", 2, **over)  # derived: what it rests on is over
    push(site, 4, "active", 2, **over)
    push(site, 3, "active", 1)  # derived as well: a rule says that it opens
    until(lambda: [wanted(site, n) for n in (1, 4, 3)] == ["absent", "absent", "present"], "all is decided")
    push(site, 2, "revoked", 2)  # explicit: the issuer's own word
    until(lambda: inside(scim) == 2 and shown(site, 2) == {"confirmed"}, "the revocation has passed")
    push(site, 4, "revoked", 3)  # what was held as derived is now the issuer's word
    until(lambda: inside(scim) == 1 and shown(site, 4) == {"confirmed"}, "it passes as well")
    assert shown(site, 1, 3) == {"decided"}
    assert licet(site, "unfreeze", "iam", "--by", "Li").returncode == 0
    until(lambda: shown(site, 1, 3) == {"confirmed"}, "what waited is carried out")
    assert [targets(site, n)[0]["observed"] for n in (1, 3)] == ["absent", "present"] and inside(scim) == 1


def wanted(site: Site, n: int) -> str:
    return targets(site, n)[0]["wanted"]


def shown(site: Site, *people: int) -> set[str]:
    return {targets(site, n)[0]["state"] for n in people}
