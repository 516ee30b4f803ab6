"""A scheduler asks for work over a real socket: under a key it is one job, however often it is asked for."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.scim_server import running
from tests.hub.jobs.asking import asked, ended, get, post, seen, with_cloud
from tests.site import order, until


@pytest.fixture(scope="module")
def scim():
    with running() as started:
        for n in range(3):
            started.add_user(userName=f"e{n}", externalId=f"E{n}")
        started.add_group("room")
        yield started


@pytest.fixture(scope="module")
def known(tmp_path_factory, scim):
    with with_cloud(tmp_path_factory.mktemp("jobs") / "hub", scim_url=f"http://127.0.0.1:{scim.port}") as (site, cloud):
        site.start()
        until(lambda: site.rows("SELECT count(*) FROM standings")[0][0] == 3, "everybody was looked at")
        until(lambda: cloud.asked, "the cloud was asked by itself")
        yield site, cloud
        site.end()


@pytest.fixture
def site(known):
    return known[0]


@pytest.fixture
def cloud(known):
    site, cloud = known
    until(lambda: not asked(site, "GET", "/api/v1/jobs?state=running")[1], "nothing is left of the test before")
    cloud.asked.clear()
    cloud.gate.clear()
    yield cloud
    cloud.held_page = ""
    cloud.gate.set()


def test_a_forecast_is_done_once_under_its_key_and_its_result_names_people(site):
    to = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    status, job, headers = post(site, kind="forecast", window={"to": to}, key="nightly-1")
    assert status == 202 and headers["location"] == f"/api/v1/jobs/{job['id']}" and job["key"] == "nightly-1"
    done = ended(site, headers["location"])
    assert (done["state"], done["progress"], done["error"]) == ("succeeded", 1.0, None)
    assert done["counts"]["people"] == 3 and done["window"] == {"to": to}
    assert get(site, done["result"])["until"] == to
    again = post(site, kind="forecast", window={"to": to}, key="nightly-1")
    assert (again[0], again[2]["location"], again[1]["attempt"]) == (200, headers["location"], 1)
    outcomes = [each["outcome"] for each in site.entries("job") if each["job"] == job["id"]]
    assert outcomes == ["asked", "succeeded"]
    assert site.entries("job")[0]["auth"] == {"method": "token", "result": "verified"}


def test_the_same_instant_in_another_zone_is_the_same_content_and_another_instant_is_not(site):
    to = datetime.now(UTC) + timedelta(days=30)
    first = post(site, kind="forecast", window={"to": to.isoformat()}, key="zones")
    shanghai = to.astimezone(tz=datetime.fromisoformat("2026-01-01T00:00+08:00").tzinfo)
    assert post(site, kind="forecast", window={"to": shanghai.isoformat()}, key="zones")[1]["id"] == first[1]["id"]
    status, problem, _ = post(site, kind="forecast", window={"to": (to + timedelta(1)).isoformat()}, key="zones")
    assert (status, problem["code"]) == (409, "state.id-conflict")
    assert post(site, kind="forecast", key="zones")[0] == 409


FORECAST = {"kind": "forecast", "key": "k"}
BAD = [
    ("no object", b"[]", "http.request"),
    ("no JSON", b"{", "json.syntax"),
    ("a key twice", b'{"kind":"poll","kind":"poll"}', "json.duplicate-key"),
    ("too deep", b"[" * 64 + b"]" * 64, "json.depth"),
    ("too large", b'{"key":"' + b"x" * 20000 + b'"}', "http.size"),
    ("no key", {"kind": "forecast"}, "schema.missing"),
    ("a key of another type", {**FORECAST, "key": 7}, "schema.type"),
    ("an empty key", {**FORECAST, "key": ""}, "http.request"),
    ("a long key", {**FORECAST, "key": "x" * 129}, "http.request"),
    ("a key with a blank", {**FORECAST, "key": "a b"}, "http.request"),
    ("a key beyond ASCII", {**FORECAST, "key": "键"}, "http.request"),
    ("no kind", {"key": "k"}, "schema.missing"),
    *(
        (f"a kind that is not there: {kind}", {"kind": kind, "key": "k"}, "job.kind")
        for kind in ("prune", "Poll", "sweep ", "")
    ),
    ("no connector", {"kind": "poll", "key": "k"}, "schema.missing"),
    ("a connector that is not there", {"kind": "poll", "key": "k", "connector": "clod"}, "ref.unknown-name"),
    ("one that pushes", {"kind": "poll", "key": "k", "connector": "authority"}, "ref.unknown-name"),
    ("a sink that is a source", {"kind": "reconcile", "key": "k", "sink": "cloud"}, "ref.unknown-name"),
    ("a report without a name", {"kind": "report", "key": "k"}, "schema.missing"),
    ("a draft that is a list", {"kind": "what-if", "key": "k", "draft": ["post.toml"]}, "schema.type"),
    ("a draft that is not there", {"kind": "what-if", "key": "k", "draft": "../keys/api.token"}, "ref.unknown-name"),
    ("a sweep of one sink", {"kind": "sweep", "key": "k", "sink": "iam"}, "schema.unknown-field"),
    ("a place for the log", {"kind": "export", "key": "k", "folder": "/etc"}, "schema.unknown-field"),
    ("a window of the log", {"kind": "export", "key": "k", "window": {"to": "x"}}, "schema.unknown-field"),
    ("a member that it does not take", {**FORECAST, "connector": "cloud"}, "schema.unknown-field"),
    ("a window of a poll", {"kind": "poll", "key": "k", "connector": "cloud", "window": {}}, "schema.unknown-field"),
    ("a window that is a text", {**FORECAST, "window": "90d"}, "schema.type"),
    ("a window with a start", {**FORECAST, "window": {"from": "2026-01-01T00:00Z", "to": "x"}}, "schema.unknown-field"),
    ("an instant without offset", {**FORECAST, "window": {"to": "2030-01-01T00:00:00"}}, "time.invalid"),
    ("an instant that is none", {**FORECAST, "window": {"to": "2030-02-30T00:00:00Z"}}, "time.invalid"),
    ("an instant at the end of time", {**FORECAST, "window": {"to": "9999-12-31T23:59:59-14:00"}}, "time.invalid"),
    ("an instant that has passed", {**FORECAST, "window": {"to": "2020-01-01T00:00:00Z"}}, "schema.range"),
    ("an instant too far ahead", {**FORECAST, "window": {"to": "2999-01-01T00:00:00Z"}}, "schema.range"),
]


@pytest.mark.parametrize(("body", "code"), [each[1:] for each in BAD], ids=[each[0] for each in BAD])
def test_what_cannot_be_done_is_refused_by_its_name_and_nothing_is_kept(site, body, code):
    before = site.rows("SELECT count(*) FROM jobs")
    status, problem, _ = asked(site, "POST", "/api/v1/jobs", body)
    assert 400 <= status < 500 and problem["code"] == code, problem
    if status == 422:
        assert problem["where"] and "expected" in problem["detail"], problem
    assert site.rows("SELECT count(*) FROM jobs") == before


def test_nothing_is_said_or_done_without_the_token(site):
    job = post(site, kind="forecast", key="mine")[1]["id"]
    ended(site, f"/api/v1/jobs/{job}")
    for method, path in (
        ("POST", "/api/v1/jobs"),
        ("GET", "/api/v1/jobs"),
        ("GET", f"/api/v1/jobs/{job}"),
        ("GET", f"/api/v1/jobs/{job}/result"),
        ("DELETE", f"/api/v1/jobs/{job}"),
        ("GET", "/api/v1/watermarks"),
    ):
        for token in ("", "wrong"):
            status, problem, _ = asked(site, method, path, {} if method == "POST" else None, token)
            assert (status, problem["code"]) == (401, "auth.token"), (method, path)


@pytest.mark.parametrize("job", ["x", "0192a000-0000-7000-8000-000000000000", "%25", "%00", "%27"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_job_that_there_is_not_is_not_found(site, method, job):
    assert asked(site, method, f"/api/v1/jobs/{job}")[0] == 404
    assert asked(site, "GET", f"/api/v1/jobs/{job}/result")[0] == 404
    assert asked(site, "PUT", "/api/v1/jobs", {})[0] == 405


def test_who_waits_for_a_job_hears_when_it_is_over_and_not_later_than_asked(site, cloud):
    place = post(site, kind="forecast", key="waited-for")[2]["location"]
    assert get(site, f"{place}?wait=30")["state"] == "succeeded"
    seen(cloud, 4, first=40)
    cloud.held_page = "2"
    held = post(site, kind="poll", connector="cloud", key="held")[2]["location"]
    until(lambda: len(cloud.asked) >= 2, "it is at the second page")
    assert get(site, f"{held}?wait=1")["state"] == "running"
    cloud.gate.set()
    assert get(site, f"{held}?wait=30")["state"] == "succeeded"
    for wait in ("31", "-1", "1.5", "", "x", "99999999999"):
        assert asked(site, "GET", f"{held}?wait={wait}")[1]["code"] == "http.request", wait


def test_they_are_listed_newest_first_by_state_and_page(site):
    for n in range(3):
        ended(site, post(site, kind="forecast", key=f"list-{n}")[2]["location"])
    keys = [each["key"] for each in get(site, "/api/v1/jobs")]
    assert keys[:3] == ["list-2", "list-1", "list-0"]
    newest = get(site, "/api/v1/jobs?state=succeeded")[0]["id"]
    assert get(site, f"/api/v1/jobs?state=succeeded&before={newest}")[0]["key"] == "list-1"
    assert asked(site, "GET", "/api/v1/jobs?state=over")[0] == 400
    shown = json.loads(site.command("jobs", "list", "--json", "--state", "succeeded").stdout)
    assert shown[0]["key"] == "list-2"
    assert "list-2" in site.command("jobs", "show", newest).stdout
    assert "succeeded" in site.command("jobs", "cancel", newest, "--lang", "en").stdout, "what is over stays as it is"


def test_a_poll_brings_all_pages_and_says_how_many_items_and_how_far_it_is_complete(site, cloud):
    seen(cloud, 5)
    done = ended(site, post(site, kind="poll", connector="cloud", key="poll-1")[2]["location"])
    assert (done["state"], done["connector"], done["counts"]["held"]) == ("succeeded", "cloud", 5)
    marks = {each["connector"]: each["complete_until"] for each in get(site, "/api/v1/watermarks")}
    assert {"cloud", "roster", "terminals", "iam"} <= set(marks)
    assert 'licet_jobs{kind="poll",state="succeeded"}' in site.metrics()


def test_a_system_that_fails_is_named_and_the_same_key_tries_again(site, cloud):
    cloud.wrong = ["html"]
    place = post(site, kind="poll", connector="cloud", key="fails")[2]["location"]
    failed = ended(site, place)
    assert (failed["state"], failed["error"]["code"], failed["attempt"]) == ("failed", "peer.bad-answer", 1)
    assert failed["error"]["title_zh"] and failed["error"]["retryable"] is False
    status, _, headers = post(site, kind="poll", connector="cloud", key="fails")
    assert (status, headers["location"]) == (202, place)
    again = ended(site, place)
    assert (again["state"], again["attempt"], again["error"]) == ("succeeded", 2, None)


def test_a_cancelled_job_ends_between_two_pages_and_what_it_has_kept_stays(site, cloud):
    seen(cloud, 6, first=10)
    cloud.held_page = "2"
    place = post(site, kind="poll", connector="cloud", key="cancelled")[2]["location"]
    until(lambda: len(cloud.asked) >= 2, "it is at the second page")
    waiting = post(site, kind="poll", connector="cloud", key="waits")[2]["location"]
    assert get(site, waiting)["state"] == "queued", "one at a time of a kind and connector"
    status, job, _ = asked(site, "DELETE", place)
    assert (status, job["state"], job["cancelling"]) == (202, "running", True)
    assert (
        asked(site, "DELETE", waiting)[:2] == (200, get(site, waiting)) and get(site, waiting)["state"] == "cancelled"
    )
    assert post(site, kind="poll", connector="cloud", key="cancelled")[0] == 200, "it is not over yet"
    pages = len(cloud.asked)
    cloud.gate.set()
    done = ended(site, place)
    assert done["state"] == "cancelled" and sum(done["counts"].values()) > 0 and len(cloud.asked) == pages
    assert asked(site, "DELETE", place)[0] == 200, "a second time changes nothing"
    outcomes = [each["outcome"] for each in site.entries("job") if place.endswith(each["job"])]
    assert outcomes == ["asked", "cancelled"]
    cloud.held_page = ""
    assert post(site, kind="poll", connector="cloud", key="cancelled")[0] == 202
    again = ended(site, place)
    assert (again["state"], again["attempt"], again["cancelling"]) == ("succeeded", 2, False)


def test_no_more_wait_than_may_and_who_comes_then_hears_when_to_come_again(site, cloud):
    seen(cloud, 4, first=20)
    cloud.held_page = "2"
    places: list[str] = []
    while (answer := post(site, kind="poll", connector="cloud", key=f"many-{len(places)}"))[0] == 202:
        places.append(answer[2]["location"])
    assert (answer[0], answer[1]["code"], answer[2]["retry-after"]) == (503, "job.full", "10") and len(places) >= 100
    assert post(site, kind="poll", connector="cloud", key="many-90")[0] == 200, "a known key is no further job"
    with site.parts() as parts:
        assert parts.jobs.cancel(places[-1].rpartition("/")[2], parts.operators.one("王")).state == "cancelled"
    [entry] = [each for each in site.entries("job") if each.get("actor")]
    assert site.who(entry["actor"]) == ["王"] and places[-1].endswith(entry["job"])
    for place in places:
        asked(site, "DELETE", place)
    cloud.gate.set()
    ended(site, places[0])
    assert post(site, kind="forecast", key="one-more")[0] == 202


def test_a_door_that_was_opened_behind_the_hub_s_back_is_found_by_a_job(site, scim):
    site.enforce()
    assert site.authority().push(order(0, "active", 1), now=datetime.now(UTC), id="e-1")[0] == 202
    until(lambda: len(scim.members_of("room")) == 1, "the door is open")
    [user] = scim.members_of("room")
    assert site.authority().push(order(0, "revoked", 2), now=datetime.now(UTC), id="e-2")[0] == 202
    until(lambda: scim.members_of("room") == [], "the door is closed")
    until(lambda: "confirmed" in str(site.rows("SELECT state FROM desired WHERE epoch > 1")), "it was seen closed")
    group = scim.call("GET", "/Groups")["Resources"][0]["id"]
    operation = {"op": "add", "path": "members", "value": [{"value": user}]}
    patch = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
    scim.call("PATCH", f"/Groups/{group}", patch)
    done = ended(site, post(site, kind="reconcile", sink="iam", key="sweep-1")[2]["location"])
    assert (done["state"], done["counts"]["drifted"], done["sink"]) == ("succeeded", 1, "iam")
    until(lambda: scim.members_of("room") == [], "it was closed again")
    marks = {each["connector"]: each["complete_until"] for each in get(site, "/api/v1/watermarks")}
    assert datetime.fromisoformat(done["asked_at"]) <= datetime.fromisoformat(marks["iam"]) <= datetime.now(UTC)


def test_the_store_names_nobody_in_what_a_job_found(site):
    assert post(site, kind="forecast", key="names")[0] == 202
    for (result,) in site.rows("SELECT result FROM jobs WHERE result IS NOT NULL"):
        assert "人" not in result and "E1" not in result
