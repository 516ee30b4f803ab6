"""What the hub does by its own timers is what a job of that kind does: whoever has a scheduler changes only when."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from hub.config.folder import read_folder
from hub.running import Hub
from tests.contract.scim_server import ScimServer, running
from tests.hub.jobs.asking import seen, with_cloud
from tests.site import Site, build, until

TIMER, JOB = "timer", "job"
_INSIDE = "SELECT count(*) FROM desired WHERE wanted = 'present' AND state = 'confirmed'"
_LICENCE = b"""employee_no,kind,what,from,until,number,hours,required_hours
E1,credential,licence,2024-01-01,2099-12-31,L-1,,
"""
_EMPTIED = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [{"op": "remove", "path": "members"}],
}


@contextmanager
def at_work(site: Site, *, by_itself: bool) -> Iterator[Hub]:
    """A hub of this folder in this process, with its own timers for what others are asked, or without."""
    hub = Hub(read_folder(site.home))
    hub.start(polling=by_itself, sweeping=by_itself)
    try:
        yield hub
    finally:
        hub.stop()


def wanted(hub: Hub, **asked: str) -> None:
    """A job, once it is over."""
    job, _begun = hub.parts.jobs.ask({"key": str(uuid4()), **asked})
    until(lambda: hub.parts.jobs.one(job.id).over, "it is over")
    assert hub.parts.jobs.one(job.id).state == "succeeded", hub.parts.jobs.one(job.id)


def left(site: Site, *kinds: str) -> list[dict[str, object]]:
    """What the log says of these, without what is another one each time."""
    told = ("connector", "counts", "wanted", "observed", "outcome", "code", "target")
    return [{name: each.get(name) for name in told} for kind in kinds for each in site.entries(kind)]


@pytest.fixture(scope="module")
def polled(tmp_path_factory):
    """Of each way to ask: what was asked of the cloud, and what stands in the store."""
    found = {}
    for way in (TIMER, JOB):
        with with_cloud(tmp_path_factory.mktemp(way) / "hub") as (site, cloud):
            seen(cloud, 3)
            with at_work(site, by_itself=way == TIMER) as hub:
                for each in hub.parts.polling.polled:
                    if way == JOB:
                        wanted(hub, kind="poll", connector=each.name)
                until(lambda: len(site.rows("SELECT 1 FROM standings")) == 3, "everybody was looked at")
                until(lambda: site.rows("SELECT received FROM connectors WHERE connector = 'cloud'") == [(3,)], "asked")
            balance = "SELECT connector, received, applied, duplicate, held, quarantined FROM connectors"
            places = "SELECT connector, cursor IS NOT NULL FROM connectors"
            complete = "SELECT connector FROM watermarks WHERE complete_until > 0"
            found[way] = {
                "pages": [each["pageNo"] for each in cloud.asked],
                "received": sorted(map(str, left(site, "received"))),
                **{sql: sorted(site.rows(sql)) for sql in (balance, places, complete)},
            }
    return found


def test_a_round_of_the_hub_s_own_leaves_what_a_job_leaves(polled):
    assert polled[TIMER]["pages"] == ["1", "2"]
    assert polled[TIMER] == polled[JOB]


def swept(site: Site, scim: ScimServer, *, by_itself: bool) -> list[dict[str, object]]:
    """What the log says of a door that another hand closed, once a sweep has seen that."""
    with at_work(site, by_itself=by_itself) as hub:
        roster = hub.parts.polling.one("roster")
        assert roster is not None
        hub.parts.polling.ask(roster)
        hub.parts.opening.keep(hub.parts.opening.preview(_LICENCE, hub.parts.clock.now()), ["A"])
        for name in ("iam", "post"):
            hub.parts.enforcement.enforce(name, datetime.now(UTC), ["A", "B"])
        until(lambda: site.rows(_INSIDE) == [(1,)], "the door was opened, and seen open")
        [group] = scim.call("GET", "/Groups")["Resources"]
        scim.call("PATCH", f"/Groups/{group['id']}", _EMPTIED)
        if not by_itself:
            wanted(hub, kind="reconcile", sink="iam")
        until(lambda: site.entries("drifted"), "it was seen closed")
    return left(site, "drifted", "alarm")


def test_a_sweep_of_the_hub_s_own_does_what_a_job_does(tmp_path):
    told = {}
    with running() as scim:
        for n in range(3):
            scim.add_user(userName=f"e{n}", externalId=f"E{n}")
        scim.add_group("room")
        for way in (TIMER, JOB):
            site = build(tmp_path / way, scim_url=f"http://127.0.0.1:{scim.port}")
            settings = (site.home / "licet.toml").read_text("utf-8")
            often = settings.replace("[hub]\n", "[hub]\nsweep_seconds = 0.2\n", 1)
            (site.home / "licet.toml").write_text(often, "utf-8")
            told[way] = swept(site, scim, by_itself=way == TIMER)
    [drifted] = [each for each in told[TIMER] if each["wanted"]]
    assert (drifted["connector"], drifted["wanted"], drifted["observed"]) == ("iam", "present", "absent")
    assert told[TIMER] == told[JOB]
