"""A hub dies in the middle of a job: the next one goes on with it, from its last page, as the same job."""

import json
import signal
from contextlib import closing
from datetime import timedelta
from http.client import HTTPConnection

import pytest

from tests.connectors.generic.test_rest_pull_in_a_hub import START
from tests.hub.jobs.asking import asked, ended, get, post, seen, with_cloud
from tests.site import until


@pytest.fixture(params=["sqlite", "postgresql"])
def known(request, tmp_path):
    with with_cloud(tmp_path / "hub") as (site, cloud):
        if request.param == "postgresql":
            site.on(request.getfixturevalue("postgresql_url"))
        site.start()
        until(lambda: cloud.asked, "the cloud was asked by itself")
        yield site, cloud


def balance(site):
    return next(each for each in get(site, "/api/v1/connectors") if each["name"] == "cloud")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_poll_goes_on_after_its_last_page(known, how):
    """Takes its time: a hub begins twice, on either store, for either way to end."""
    site, cloud = known
    seen(cloud, 6)
    cloud.asked.clear()
    cloud.held_page = "2"
    status, job, headers = post(site, kind="poll", connector="cloud", key="hourly-1")
    assert status == 202
    until(lambda: len(cloud.asked) == 2, "it is at the second page")
    until(lambda: get(site, headers["location"])["counts"] == {"held": 2}, "what the first page brought is told")
    assert get(site, headers["location"])["state"] == "running"
    if how == signal.SIGTERM:
        cloud.gate.set()
    site.end(how)
    cloud.gate.set()
    cloud.held_page = ""
    before = len(cloud.asked)
    site.start()
    assert post(site, kind="poll", connector="cloud", key="hourly-1")[2]["location"] == headers["location"]
    done = ended(site, headers["location"])
    assert (done["state"], done["attempt"], done["id"]) == ("succeeded", 1, job["id"])
    until(lambda: balance(site)["balance"]["held"] == 6, "all is in")
    if how == signal.SIGKILL:  # one that is asked to end may have ended the round before
        assert cloud.asked[before]["pageNo"] != "1", "what was kept is not asked for again"
    assert balance(site)["balanced"] and balance(site)["balance"]["duplicate"] == 0
    site.end()


def test_a_backfill_goes_on_after_its_last_page(known):
    site, cloud = known
    begin = START - timedelta(days=5)
    for n in range(6):
        cloud.punched(n, begin + timedelta(hours=1 + n), person=f"M{n}")
    window = {"from": begin.isoformat(), "to": (begin + timedelta(days=1)).isoformat()}
    until(lambda: balance(site)["last_contact_at"], "the first round is over")
    cloud.asked.clear()
    cloud.held_page = "2"
    place = post(site, kind="backfill", connector="cloud", window=window, key="past")[2]["location"]
    until(lambda: get(site, place)["counts"] == {"held": 2}, "what the first page brought is told")
    until(lambda: len(cloud.asked) == 2, "it is at the second page")
    site.end(signal.SIGKILL)
    cloud.gate.set()
    cloud.held_page = ""
    site.start()
    done = ended(site, place)
    assert (done["state"], done["attempt"], done["counts"]) == ("succeeded", 1, {"held": 6})
    asked_for = [
        each["pageNo"] for each in cloud.asked if each["endTime"].startswith(f"{begin + timedelta(1):%Y-%m-%d}")
    ]
    assert asked_for == ["1", "2", "2", "3"], "what was kept is not asked for again"
    assert balance(site)["balanced"] and balance(site)["balance"]["held"] == 6
    site.end()


def test_one_that_was_cancelled_before_the_hub_died_is_over_afterwards(known):
    site, cloud = known
    seen(cloud, 6)
    cloud.held_page = "2"
    cloud.asked.clear()
    place = post(site, kind="poll", connector="cloud", key="hourly-2")[2]["location"]
    until(lambda: len(cloud.asked) == 2, "it is at the second page")
    assert asked(site, "DELETE", place)[0] == 202
    site.end(signal.SIGKILL)
    cloud.gate.set()
    cloud.held_page = ""
    site.start()
    assert ended(site, place)["state"] == "cancelled"
    site.end()


def test_who_waits_for_a_job_does_not_hold_up_a_hub_that_ends(known):
    site, cloud = known
    seen(cloud, 6)
    cloud.held_page = "2"
    cloud.asked.clear()
    place = post(site, kind="poll", connector="cloud", key="hourly-3")[2]["location"]
    until(lambda: len(cloud.asked) == 2, "it is at the second page")
    with closing(HTTPConnection("127.0.0.1", site.port, timeout=60)) as waiting:
        token = (site.home / "keys" / "api.token").read_text()
        waiting.request("GET", f"{place}?wait=30", headers={"authorization": f"Bearer {token}"})
        assert get(site, place)["state"] == "running", "whoever came before is waiting by now"
        assert site.process is not None
        site.process.send_signal(signal.SIGTERM)
        assert json.loads(waiting.getresponse().read())["state"] == "running"
    cloud.gate.set()
    site.end()
